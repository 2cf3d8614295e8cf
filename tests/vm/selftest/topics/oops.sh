# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
insmod /ko/faulty.ko fault=oops
ok "second"
