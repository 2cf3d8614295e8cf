# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# timeout: 3
# boot: --smp 1
insmod /ko/faulty.ko fault=hang
ok "second"
