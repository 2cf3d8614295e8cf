# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
check_eq "differs" 1 2
check "command" false
