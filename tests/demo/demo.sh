# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# timeout: 180
# cc: tests/demo/network.c
# file: tests/demo/workload.sh
#
# The demo's part in the guest, as a topic: trace the workload, report on it, and
# bring both out.

check "the module loads" load_memscope || exit 1
memscopectl record -o demo.memscope -- sh /vm/files/workload.sh >/tmp/out 2>&1
status=$?
cat /tmp/out
artefact /tmp/out record.txt
# 3 says that events were lost, which the report tells
case $status in
0|3) ok "recorded" ;;
*) not_ok "recorded" "memscopectl record gave $status: $(tail -n 1 /tmp/out)" ;;
esac
check "every part of the workload ran" test "$(grep -c '^workload: ' /tmp/out)" = 4
memscopectl report demo.memscope >/tmp/report 2>/tmp/err
status=$?
case $status in
0|3) ok "reported" ;;
*) not_ok "reported" "memscopectl report gave $status: $(tail -n 1 /tmp/err)" ;;
esac
check_num "lines in the report" "$(wc -l </tmp/report)" -gt 10
artefact demo.memscope
artefact /tmp/report report.txt
check "the module unloads" unload_memscope
