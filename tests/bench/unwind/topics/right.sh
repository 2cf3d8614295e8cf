# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
# timeout: 900
# variants: tracepoint kprobe
#
# Every capture of a mixed load is compared with stack_trace_save.

counters=/sys/kernel/debug/unwind_bench

counter()
{
	sed -n "s/^$1 //p" /tmp/counters
}

processes()
{
	_i=0
	while [ $_i -lt "$1" ]; do
		/bin/true
		/bin/sh -c 'echo a | cat | wc -c' >/dev/null
		_i=$((_i + 1))
	done
}

network()
{
	httpd -p 127.0.0.1:8080 -h /tmp/work
	_i=0
	while [ $_i -lt "$1" ]; do
		wget -q -O /dev/null http://127.0.0.1:8080/blob
		_i=$((_i + 1))
	done
	killall httpd
	ping -c 10 -i 0.005 127.0.0.1 >/dev/null 2>&1
}

# Some 30,000 captures
load_once()
{
	tar cf /tmp/work/a.tar -C / bin etc vm 2>/dev/null
	tar xf /tmp/work/a.tar -C /tmp/work 2>/dev/null
	rm -rf /tmp/work/bin /tmp/work/vm /tmp/work/a.tar
	processes 12
	network 6
	(
		for _i in 1 2 3 4 5 6; do usleep 2000 & done
		wait
	)
	ls -lR /proc/self /proc/1 /proc/sys/net >/dev/null 2>&1
	find /sys -xdev -maxdepth 4 -type f 2>/dev/null | head -n 300 | xargs cat >/dev/null 2>&1
}

mkdir -p /tmp/work
dd if=/dev/urandom of=/tmp/work/blob bs=64k count=16 2>/dev/null
ifconfig lo 127.0.0.1 up
mount -t debugfs debugfs /sys/kernel/debug 2>/dev/null

# On arm64 a probed function's caller is in a register yet, and on no stack.
[ "$VARIANT$(uname -m)" = kprobeaarch64 ] && frees=0 || frees=1
minutes=$(sed -n 's/.*unwind_minutes=\([0-9]*\).*/\1/p' /proc/cmdline)
check "load" insmod /ko/unwind_bench_module.ko probe="$VARIANT" unwind_audit=1 depth=32 \
	frees=$frees
load_once
begin=$(cut -d. -f1 /proc/uptime)
while [ $(($(cut -d. -f1 /proc/uptime) - begin)) -lt $((minutes * 60)) ]; do
	load_once
done
cat $counters >/tmp/counters
cat /tmp/counters
artefact /tmp/counters
check "unload" rmmod unwind_bench_module

check_num "captures" "$(counter taken)" -ge 15000
if [ "$VARIANT" = kprobe ] && ! grep -q ' kretprobe_find_ret_addr$\|rethook' /proc/kallsyms; then
	skip "every call site was found" "this kernel's walk ends at kretprobes:$(
		) $(counter lost_site) of $(counter taken) were not"
else
	check_num "every call site was found" "$(counter lost_site)" -eq 0
fi
if [ "$(counter off)" -gt 0 ]; then
	skip "walks are right" "no ORC unwinder here: all $(counter off) are the reference's"
	skip "walks are fast" "no ORC unwinder here"
	return 0
fi
fast=$(($(counter fast) * 100 / $(counter taken)))
check_num "walks were audited" "$(counter audited)" -ge 10000
check_num "walks are right" "$(counter mismatched)" -eq 0
if grep -q ' kretprobe_find_ret_addr$\|rethook' /proc/kallsyms; then
	check_num "walks are fast" $fast -ge 95
else
	skip "walks are fast" "a kernel before 5.15: $fast %"
fi
