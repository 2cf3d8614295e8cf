# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
ok "first"
# shellcheck disable=SC2154
check_eq "second" "$no_such_variable" 2
