# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# timeout: 3
ok "first"
sleep 30
