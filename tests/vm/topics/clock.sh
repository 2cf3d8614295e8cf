# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
# timeout: 180
#
# Events are timed by CLOCK_MONOTONIC: while the kernel's clock source is the TSC, when
# it is another, and when it changes in a session. What one task does stays in order.

load=/sys/kernel/debug/memscope_load/run
source=/sys/devices/system/clocksource/clocksource0
events=/tmp/events

# Nanoseconds since boot, to a hundredth of a second; there is no suspend here
now()
{
	awk '{ printf "%.0f\n", $1 * 1e9 }' /proc/uptime
}

# All of the events' times lie between two, and rise for the pairs of one thread
check_times()
{
	_name=$1 _begin=$2 _end=$3
	check_num "$_name: there are events" "$(grep -c . $events)" -gt 200
	check_eq "$_name: none before the session or after now" "$(sed -n \
		's/.*"time_ns": *\([0-9]*\).*/\1/p' $events |
		awk -v begin="$_begin" -v end="$_end" \
		'$1 < begin - 2e7 || $1 > end + 2e7 { bad++ } END { print bad + 0 }')" 0
	check_eq "$_name: what one thread does is in order" "$(grep load_pair_variable $events |
		sed -n 's/.*"time_ns": *\([0-9]*\).*/\1/p' |
		awk '$1 < last { bad++ } { last = $1; n++ }
			END { print bad + 0, (n >= 400 ? "enough" : n + 0) }')" "0 enough"
}

check "insmod memscope" load_memscope
check "insmod memscope_load" insmod /ko/memscope_load.ko
cat $source/available_clocksource
check_eq "the TSC is the clock source" "$(cat $source/current_clocksource)" tsc

begin=$(now)
check "start" memscopectl start --buffer-kb 4096
echo "pair n=200 size=4000" >$load
check "dump" sh -c "memscopectl dump --json >$events"
head -n 2 $events
check_times "cycles" "$begin" "$(now)"

# Left in the buffer: some in cycles, some not
echo "pair n=200 size=4000" >$load
other=$(sed 's/tsc-early//; s/tsc//; s/^ *//; s/ .*//' $source/available_clocksource)
check "another clock source: $other" sh -c "echo $other >$source/current_clocksource"
echo "pair n=200 size=4000" >$load
check "dump" sh -c "memscopectl dump --json >$events"
check_times "changed" "$begin" "$(now)"
echo "pair n=200 size=4000" >$load
check "dump" sh -c "memscopectl dump --json >$events"
check_times "changed before" "$begin" "$(now)"
check "stop" memscopectl stop

begin=$(now)
check "start" memscopectl start --buffer-kb 4096
echo "pair n=200 size=4000" >$load
check "dump" sh -c "memscopectl dump --json >$events"
check_times "another" "$begin" "$(now)"
check "stop" memscopectl stop
check "the TSC again" sh -c "echo tsc >$source/current_clocksource"
begin=$(now)
check "start" memscopectl start --buffer-kb 4096
echo "pair n=200 size=4000" >$load
check "dump" sh -c "memscopectl dump --json >$events"
check_times "back" "$begin" "$(now)"
memscopectl status
check "stop" memscopectl stop
check "rmmod memscope" unload_memscope
check "rmmod memscope_load" rmmod memscope_load
