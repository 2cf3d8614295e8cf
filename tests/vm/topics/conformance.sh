# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
# timeout: 400
# variants: auto kprobe
# cc: tests/vm/guest/conform.c
#
# The module sees exactly what memscope_load does: every path of the allocator, in
# every context, in storms, filtered and by the reader itself.

check "insmod" load_memscope
check "load" insmod /ko/memscope_load.ko
check "ran to its end" conform "$VARIANT"
check "unload" rmmod memscope_load
check "rmmod" unload_memscope
