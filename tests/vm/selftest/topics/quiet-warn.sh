# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# boot: --append panic_on_warn=0
insmod /ko/faulty.ko fault=warn
ok "after it"
rmmod faulty
