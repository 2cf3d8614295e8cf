# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
# timeout: 300
#
# Sessions and the module come and go under an allocation storm: nothing is left
# behind, nothing is refused without a reason, and what is lost is counted exactly.

load=/sys/kernel/debug/memscope_load

# Allocations on all CPUs, by 30 threads, until storm_end
storm_begin()
{
	echo "storm threads=30 ms=600000 pause_us=20000" >$load/run 2>/dev/null &
	storm=$!
}

storm_end()
{
	kill -9 $storm
	wait $storm 2>/dev/null
}

module_users()
{
	awk '$1 == "memscope" { print $3 }' /proc/modules
}

# The identity of each CPU, and that the buffers are at rest
check_identity()
{
	memscopectl status >/tmp/status
	check_eq "$1: hits are accounted for on every CPU" "$(awk '
		$1 == "identity" { for (i = 2; i <= NF; i++) print $i }' /tmp/status |
		sort -u)" holds
}

# counter NAME: its sum over CPUs
counter()
{
	memscopectl status | awk -v name="$1" '$1 == name {
		gsub(",", ""); for (i = 2; i <= NF; i++) sum += $i } END { print sum + 0 }'
}

cycles_of_sessions()
{
	good=0
	cycle=0
	while [ $cycle -lt 8 ]; do
		cycle=$((cycle + 1))
		mode=auto
		[ $((cycle % 2)) = 0 ] || mode=kprobe
		memscopectl start --probe $mode --buffer-kb 256 >/dev/null || break
		[ $((cycle % 5)) != 0 ] || memscopectl dump | tail -n 1 >/dev/null
		memscopectl stop >/dev/null || break
		[ $((cycle % 7)) != 0 ] || memscopectl reset >/dev/null || break
		good=$((good + 1))
	done
	check_eq "start and stop under a storm" $good 8
	check_eq "no session holds the module" "$(module_users)" 0
	check_identity "after cycles"
}

cycles_of_the_module()
{
	good=0
	while [ $good -lt 4 ]; do
		rmmod memscope || break
		insmod /ko/memscope.ko || break
		memscopectl start --buffer-kb 256 >/dev/null || break
		memscopectl stop >/dev/null || break
		good=$((good + 1))
	done
	check_eq "load and unload under a storm" $good 4
}

unload_is_refused()
{
	memscopectl start >/dev/null
	if rmmod memscope 2>/tmp/err; then
		not_ok "unload while a session runs" "it was unloaded"
		load_memscope
	else
		ok "unload is refused while a session runs"
	fi
	check "session goes on" memscopectl stop
}

# An attached session ends with its reader, however that ends.
reader_is_killed()
{
	memscopectl record -o /tmp/killed.memscope >/dev/null 2>&1 &
	reader=$!
	tries=0
	while [ "$(module_users)" = 0 ] && [ $tries -lt 50 ]; do
		sleep 0.1
		tries=$((tries + 1))
	done
	check_num "a reader's session holds the module" "$(module_users)" -ge 1
	expect_exit "another start is refused" 1 memscopectl start
	check_grep "and it says why" "runs already" /tmp/err
	expect_exit "stop by another is refused" 1 memscopectl stop
	check_grep "and it says whose the session is" "reader" /tmp/err
	expect_exit "a second recorder is refused" 1 \
		memscopectl record -d 1 -o /tmp/second.memscope
	sleep 1
	kill -9 $reader
	wait $reader 2>/dev/null
	tries=0
	while [ "$(module_users)" != 0 ] && [ $tries -lt 50 ]; do
		sleep 0.1
		tries=$((tries + 1))
	done
	check_eq "its session ends with a killed reader" "$(module_users)" 0
	check_identity "after the killed reader"
	memscopectl report /tmp/killed.memscope >/tmp/out 2>/tmp/err
	check_eq "what it wrote can be read: exit 3" $? 3
}

# Two readers of one session: each event goes to one of them.
two_readers()
{
	memscopectl start >/dev/null
	memscopectl dump >/tmp/one &
	one=$!
	memscopectl dump >/tmp/two
	wait $one
	memscopectl stop >/dev/null
	memscopectl dump >/tmp/three
	read_events=$(cat /tmp/one /tmp/two /tmp/three | grep -c '^[0-9]')
	check_eq "two readers share the events" "$read_events" "$(counter read)"
	check_identity "after two readers"
}

# Nobody reads a small buffer.
overflow()
{
	memscopectl start --buffer-kb 16 --stack-every 1000 >/dev/null
	echo "path=variable n=5000 size=64 cpu=0" >$load/run
	memscopectl stop >/dev/null
	check_num "a full buffer loses" "$(counter lost)" -ge 9000
	check_identity "after an overflow"
	hits=$(counter hits)
	lost=$(counter lost)
	expect_exit "a dump with losses exits with 3" 3 memscopectl dump
	check_eq "what was not lost is read" "$(grep -c '^[0-9]' /tmp/out)" $((hits - lost))
}

hotplug()
{
	cpu=/sys/devices/system/cpu/cpu1/online
	if [ ! -w $cpu ]; then
		skip "hotplug" "this guest has no CPU to take away"
		return
	fi
	memscopectl start --buffer-kb 4096 >/dev/null
	storm_begin
	good=0
	while [ $good -lt 4 ]; do
		echo 0 >$cpu || break
		sleep 0.2
		echo 1 >$cpu || break
		good=$((good + 1))
		memscopectl dump | tail -n 1 >/dev/null
	done
	storm_end
	echo 1 >$cpu 2>/dev/null
	check_eq "CPUs come and go in a session" $good 4
	echo 0 >$cpu
	check "start with a CPU away" sh -c "memscopectl stop && memscopectl start"
	echo 1 >$cpu
	echo "path=variable n=500 size=64 cpu=1" >$load/run
	check "stop" memscopectl stop
	memscopectl dump >/tmp/events
	check_num "a CPU that came later is traced" \
		"$(grep -c 'load_alloc_variable' /tmp/events)" -ge 500
	check_identity "after hotplug"
}

load_memscope && insmod /ko/memscope_load.ko || exit
unload_is_refused
overflow
two_readers
reader_is_killed
storm_begin
cycles_of_sessions
cycles_of_the_module
storm_end
hotplug
check "unload the load" rmmod memscope_load
check "rmmod" unload_memscope
