# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# The module loads, answers, and unloads.

check "insmod" load_memscope
check "status" memscopectl status
check "rmmod" unload_memscope
