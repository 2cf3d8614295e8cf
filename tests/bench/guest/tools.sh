# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck disable=SC2034  # what finish() sets is for the caller
#
# The tools that are compared, each with how to begin it, end it, and ask what it
# kept and lost.  `begin TOOL` returns when it traces; `finish TOOL` sets events, lost
# (- if it does not say), memory_bytes and disk_bytes (0 if it keeps none), cpu_ms.

tracing=/sys/kernel/tracing
data=/run/data
log=/run/log
allocations="kmem:kmalloc kmem:kmem_cache_alloc"
frees="kmem:kfree kmem:kmem_cache_free"
buffer_kb=65536
all_tools="none ms-auto ms-auto-stack ms-kprobe ms-kprobe-stack record record-stack
ftrace ftrace-stack ftrace-hist ftrace-hist-stack perf perf-stack bpftrace bpftrace-stack
bcc"
tools=$(cat /bench/only)
tools=${tools:-$all_tools}

say()
{
	echo "@ $*"
}

# wait_for PATTERN: the tool says that it has begun
wait_for()
{
	local tries=600

	until grep -q "$1" $log 2>/dev/null; do
		sleep 0.2
		[ $((tries -= 1)) -gt 0 ] || { say "no '$1' from it: $(tail -n 3 $log)"; return 1; }
	done
}

wait_for_session()
{
	until memscopectl status | grep -q 'a session is running'; do
		sleep 0.1
	done
}

# in_background COMMAND...: with the CPU time it takes in $log.time.  Under job control,
# without which bash would let it ignore SIGINT.
in_background()
{
	set -m
	(TIMEFORMAT='%U %S'; time "$@" >$log 2>&1) 2>$log.time &
	child=$!
	set +m
}

# interrupt NAME: end it as Ctrl-C would, and wait
interrupt()
{
	local pid

	for pid in $(pgrep -x "$1"); do
		kill -INT "$pid"
	done
	wait $child
	cpu_ms=$(awk '{ printf "%.0f", ($1 + $2) * 1000 }' $log.time)
}

events_on()
{
	local event

	for event in $allocations $frees; do
		echo 1 >"$tracing/events/${event/://}/enable"
	done
}

trigger()
{
	local event

	for event in $allocations; do
		echo "$2hist:keys=$1:size=16384" >"$tracing/events/${event/://}/trigger"
	done
}

memscope_options()
{
	case $1 in
	ms-auto|record) echo --probe auto --features -stacks ;;
	ms-auto-stack|record-stack) echo --probe auto --stack-every 1 ;;
	ms-kprobe) echo --probe kprobe --features -stacks ;;
	ms-kprobe-stack) echo --probe kprobe --stack-every 1 ;;
	esac
}

perf_events()
{
	local event

	for event in $allocations $frees; do
		echo "-e $event"
	done
}

# For a map by object: what is put in, and what takes it out
bpftrace_program()
{
	local value=$1 event program=

	for event in $allocations; do
		program+="tracepoint:$event { @[args->ptr] = $value; } "
	done
	for event in $frees; do
		program+="tracepoint:$event { delete(@[args->ptr]); } "
	done
	echo "$program END { clear(@); }"
}

begin()
{
	events=0 lost=0 memory_bytes=0 disk_bytes=0 cpu_ms=0
	rm -f $data $log $log.time
	case $1 in
	none) ;;
	ms-*)
		# shellcheck disable=SC2046
		memscopectl start --buffer-kb $buffer_kb $(memscope_options "$1") >$log
		;;
	record|record-stack)
		# shellcheck disable=SC2046
		in_background memscopectl record -o $data --buffer-kb $buffer_kb \
			$(memscope_options "$1")
		wait_for_session
		sleep 3
		;;
	ftrace|ftrace-stack)
		echo 262144 >$tracing/buffer_size_kb
		echo >$tracing/trace
		[ "$1" = ftrace ] || echo 1 >$tracing/options/stacktrace
		events_on
		;;
	ftrace-hist) trigger call_site '' ;;
	ftrace-hist-stack) trigger stacktrace '' ;;
	perf|perf-stack)
		# shellcheck disable=SC2046
		in_background perf record -a -m 16384 -o $data $([ "$1" = perf ] || echo -g) \
			$(perf_events)
		sleep 3
		;;
	bpftrace|bpftrace-stack)
		export BPFTRACE_MAP_KEYS_MAX=1000000
		in_background bpftrace -e "$(bpftrace_program \
			"$([ "$1" = bpftrace ] && echo args-\>bytes_req || echo 'kstack(16)')")"
		wait_for Attaching
		sleep 5
		;;
	bcc)
		PYTHONUNBUFFERED=1 in_background memleak-bpfcc 3600
		wait_for 'Attaching to'
		sleep 2
		;;
	esac
}

memscope_figures()
{
	memscopectl status --json >$log.status
	lost=$(memscope_counter lost)
	events=$(($(memscope_counter read) + $(memscope_counter buffered)))
	memory_bytes=$((events * 48))
	cp $log.status "/bench/out/status-$1"
}

# memscope_counter NAME: the sum over CPUs
memscope_counter()
{
	grep -o "\"$1\": *[0-9]*" $log.status | awk '{ sum += $NF } END { print sum + 0 }'
}

ftrace_figures()
{
	local stats=$tracing/per_cpu/cpu0/stats

	events=$(awk '/^entries/ { print $2 }' $stats)
	memory_bytes=$(awk '/^bytes/ { print $2 }' $stats)
	lost=$(awk '/^(overrun|dropped|commit overrun)/ { n += $NF } END { print n + 0 }' $stats)
}

perf_figures()
{
	perf report -i $data --stats >$log.stats 2>/dev/null
	events=$(awk '/SAMPLE events/ { print $3; exit }' $log.stats)
	perf script -i $data --show-lost-events 2>/dev/null |
		awk '/PERF_RECORD_LOST/ { n += $NF } END { print n + 0 }' >$log.lost
	lost=$(cat $log.lost)
	disk_bytes=$(stat -c %s $data)
}

finish()
{
	local event

	case $1 in
	ms-*)
		memscopectl stop >$log
		memscope_figures "$1"
		memscopectl reset >$log
		;;
	record|record-stack)
		interrupt memscopectl
		memscope_figures "$1"
		disk_bytes=$(stat -c %s $data)
		;;
	ftrace|ftrace-stack)
		for event in $allocations $frees; do
			echo 0 >"$tracing/events/${event/://}/enable"
		done
		[ "$1" = ftrace ] || echo 0 >$tracing/options/stacktrace
		ftrace_figures
		echo >$tracing/trace
		echo 1 >$tracing/buffer_size_kb
		;;
	ftrace-hist) trigger call_site '!'; lost=- ;;
	ftrace-hist-stack) trigger stacktrace '!'; lost=- ;;
	perf|perf-stack) interrupt perf; perf_figures ;;
	bpftrace|bpftrace-stack) interrupt bpftrace; lost=- ;;
	bcc) interrupt memleak-bpfcc; lost=- ;;
	esac
}
