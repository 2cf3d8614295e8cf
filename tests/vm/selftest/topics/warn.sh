# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
ok "first"
insmod /ko/faulty.ko fault=warn
ok "second"
