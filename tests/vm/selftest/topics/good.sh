# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# variants: one two
# cc: tests/vm/selftest/hello.c
#
# Everything a topic may do, and all of it right.

check "loads" insmod /ko/faulty.ko
check "unloads" rmmod faulty
check "variant" test -n "$VARIANT"
check_eq "equal" "$(hello)" hello
check_num "number" "$(nproc)" -eq 2
echo "some words" >/tmp/words
check_grep "grep" '^some' /tmp/words
expect_exit "exit" 1 ls /nowhere
check_grep "its stderr" "No such file" /tmp/err
check_eq "loopback" "$(cat /sys/class/net/lo/operstate)" unknown
artefact /tmp/words
skip "skipped" "to be counted"
