# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
# timeout: 300
# boot: --smp 1 --icount
#
# Instructions that a capture adds to a pair of kmalloc and kfree: a stack that was
# met before, one that is walked, and stack_trace_save. (A walk varies with where the
# kernel lies: rules that are not in their first slot take longer.)

counters=/sys/kernel/debug/unwind_bench
mount -t debugfs debugfs /sys/kernel/debug 2>/dev/null

# pairs PARAMETER...: fills /tmp/DEPTH with instructions a pair
pairs()
{
	insmod /ko/unwind_bench_module.ko pairs=50 unwind_audit=0 "$@" || return
	for _depth in 6 12 17 32; do
		sed -n "s/^pair_at_$_depth \([0-9]*\).*/\1/p" $counters >/tmp/$_depth
	done
	off=$(sed -n 's/^off //p' $counters)
	rmmod unwind_bench_module
}

report()
{
	_line="$1:"
	for _depth in 6 12 17 32; do
		_line="$_line $(($(cat /tmp/$_depth) - $(cat /tmp/bare$_depth)))"
	done
	echo "$_line" | tee -a /tmp/cost
}

echo "instructions a capture, at 6, 12, 17 and 32 frames" | tee /tmp/cost
for probe in tracepoint kprobe; do
	check "$probe: none" pairs probe=$probe depth=0
	for depth in 6 12 17 32; do mv /tmp/$depth /tmp/bare$depth; done
	pairs probe=$probe depth=64
	report "$probe, met before"
	known=$(($(cat /tmp/17) - $(cat /tmp/bare17)))
	pairs probe=$probe depth=16
	report "$probe, met before, 16 frames at most"
	pairs probe=$probe depth=64 keep=0
	report "$probe, met before, written out"
	pairs probe=$probe depth=64 unwind_paths=0
	report "$probe, walked"
	walked=$(($(cat /tmp/17) - $(cat /tmp/bare17)))
	pairs probe=$probe depth=64 unwind_fast=0
	report "$probe, stack_trace_save"
	reference=$(($(cat /tmp/17) - $(cat /tmp/bare17)))
	if [ "$off" -gt 0 ] && [ "$known" -gt 2000 ]; then
		skip "$probe: met before" "no ORC unwinder: $known"
	else
		check_num "$probe: met before, 17 frames" "$known" -le 320
		check_num "$probe: walked, a fifth of stack_trace_save" $((walked * 5)) -le "$reference"
	fi
done
artefact /tmp/cost
