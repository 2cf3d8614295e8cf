# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
# timeout: 240
#
# memscope_load tells the truth: ftrace, as a witness of its own, counts the same
# events from the same functions. Its generators do what they were asked.

load=/sys/kernel/debug/memscope_load
tracing=/sys/kernel/tracing
result=/tmp/result

# load COMMAND: the answer is in $result
load()
{
	echo "$*" >$load/run 2>/dev/null
	_load_status=$?
	cat $load/result >$result
	return $_load_status
}

# field KEY: of the result's first level, without quotes
field()
{
	sed -n "s/^\"$1\": \"\{0,1\}\([^\",]*\)\"\{0,1\},\{0,1\}\$/\1/p" $result | head -n 1
}

# witness EVENT TRIGGER: count it, by call site
witness()
{
	echo "$2:size=16384" >"$tracing/events/$1/trigger" && echo "$1 $2" >>/tmp/witnesses
}

forget()
{
	while read -r _event _trigger; do
		echo "$_trigger:size=16384:clear" >>"$tracing/events/$_event/trigger"
	done </tmp/witnesses
}

# Probe the first of these functions that there is. witness_function NAME VALUE FUNCTION...
witness_function()
{
	_name=$1 _value=$2
	shift 2
	for _function; do
		echo "p:load/$_name $_function ret=\$stack0:x64 n=$_value" \
			>>$tracing/kprobe_events 2>/dev/null || continue
		witness "load/$_name" hist:keys=ret.hex:vals=n
		return
	done
}

# seen START END VALUE EVENT...: sum of VALUE (hitcount or n) from call sites in a range
seen()
{
	_start=${1#0x} _end=${2#0x} _value=$3
	shift 3
	for _event; do
		[ ! -e "$tracing/events/$_event/hist" ] || cat "$tracing/events/$_event/hist"
	done | tr -d ',{}' | awk -v start="$_start" -v end="$_end" -v value="$_value:" '
		# addresses have one length, so that they compare as text
		$1 ~ /^(call_site|ret):$/ && "x" $2 > "x" start && "x" $2 <= "x" end {
			for (i = 1; i < NF; i++)
				if ($i == value)
					sum += $(i + 1)
		}
		END { print sum + 0 }'
}

alloc_seen()
{
	seen "$(field alloc_start)" "$(field alloc_end)" "$@"
}

free_seen()
{
	seen "$(field free_start)" "$(field free_end)" "$@"
}

# Objects that the witness saw coming and going, by the kind of path
count_seen()
{
	case $1 in
	bulk|bulk-single) allocs=$(alloc_seen n load/bulk_alloc) ;;
	nolock*) allocs=$(alloc_seen hitcount load/nolock) ;;
	*) allocs=$(alloc_seen hitcount kmem/kmalloc kmem/kmem_cache_alloc) ;;
	esac
	case $1 in
	bulk|single-bulk|kfree-bulk) frees=$(free_seen n load/bulk_free) ;;
	nolock) frees=$(free_seen hitcount load/nolock_free) ;;
	kfree-rcu*|cache-rcu) frees=$(free_seen hitcount load/deferred) ;;
	*) frees=$(free_seen hitcount kmem/kfree kmem/kmem_cache_free) ;;
	esac
}

run_path()
{
	path=$1 context=$2 n=100
	case $path in *vmalloc*) n=4 ;; esac
	forget
	if ! load "path=$path context=$context n=$n size=300 cpu=1 free_cpu=0"; then
		not_ok "$path $context" "$(field reason)"
		return
	fi
	[ "$path" != call-rcu ] || load_barrier
	count_seen "$path"
	wanted_allocs=$(field allocs)
	wanted_frees=$(($(field frees) + $(field deferred)))
	case $path in
	krealloc-move) wanted_frees=$((wanted_frees / 2)) ;;	# the other half: in krealloc
	esac
	[ "$(field alloc_site)" = own ] || allocs=$wanted_allocs
	[ "$(field free_site)" = own ] || frees=$wanted_frees
	failed=$(field alloc_failed)
	check_eq "$path $context" \
		"$allocs allocs, $frees frees, $failed failed, status $(field status)" \
		"$wanted_allocs allocs, $wanted_frees frees, 0 failed, status ok"
}

load_barrier()
{
	cp $result /tmp/kept
	echo barrier >$load/run
	cp /tmp/kept $result
}

test_paths()
{
	load paths
	grep '"name"' $result >/tmp/paths
	while read -r line; do
		name=$(echo "$line" | sed 's/.*"name": "\([^"]*\)".*/\1/')
		case $line in
		*unsupported*)
			skip "$name" "$(echo "$line" | sed 's/.*"unsupported": "\([^"]*\)".*/\1/')"
			continue ;;
		esac
		for context in process softirq hardirq nmi; do
			case $line in
			*"\"$context\": 1"*) run_path "$name" $context ;;
			esac
		done
	done </tmp/paths
}

test_refusals()
{
	for line in path=none "path=kmalloc cpu=77" "path=kmalloc context=user" \
		    "path=kmalloc n=0" "path=kmalloc colour=red" "path=kmalloc free=maybe" \
		    "nonsense" "generate" "site id=300 arrival=none" "site id=1 arrival=daily" \
		    "path=kmalloc context=softirq n=20000"; do
		if load "$line"; then
			not_ok "refused: $line" "it was accepted"
		else
			check_eq "refused: $line" "$(field status)" failed
		fi
	done
}

test_kept()
{
	load "path=cache n=300 free=no tag=here"
	check_eq "kept" "$(field live)" 300
	grep '^memscope_load ' /proc/slabinfo
	check_num "its cache holds them" \
		"$(awk '$1 == "memscope_load" { print $2 }' /proc/slabinfo)" -ge 300
	load "drop tag=elsewhere"
	check_eq "another tag drops nothing" "$(field objects)" 0
	load "drop tag=here"
	check_eq "dropped" "$(field objects)" 300
}

test_slabs()
{
	load "path=slab-pages n=500 free=no"
	check_eq "slabs as sysfs counts them" "$(field slabs)" \
		"$(cut -d' ' -f1 /sys/kernel/slab/memscope_load_pages/slabs)"
	load drop
	check_eq "all slabs given back" \
		"$(cut -d' ' -f1 /sys/kernel/slab/memscope_load_pages/slabs)" 0
	load "pin site=7 other=8 slabs=50 size=256"
	check_eq "slabs pinned" "$(field slabs)" 50
	check_eq "slabs held by one object each" \
		"$(cut -d' ' -f1 /sys/kernel/slab/memscope_load_pin/slabs)" 50
	check_eq "objects in them" "$(cut -d' ' -f1 /sys/kernel/slab/memscope_load_pin/objects)" 50
	load unpin
	check_eq "unpinned" "$([ -e /sys/kernel/slab/memscope_load_pin ] || echo gone)" gone
}

test_storm()
{
	load "storm threads=6 ms=1500 timer_us=700" || load "storm threads=6 ms=1500"
	[ "$(field status)" = ok ] || load "storm threads=6 ms=1500"
	check_num "storm does work" "$(field allocs)" -gt 1000
	check_eq "what a storm allocates, it frees" "$(field allocs)" \
		"$(($(field frees) + $(field deferred)))"
	load "storm threads=3 ops=5000 path=cache"
	check_eq "storm of so many operations" "$(field thread_ops)" 15000
}

test_pair()
{
	for depth in 6 17; do
		load "pair n=20000 depth=$depth work=100"
		check_eq "pair $depth frames deep" "$(field frames)" $depth
		check_num "pair is timed" "$(field ns)" -gt 20000
	done
}

# of_site ID KEY: from the result of `generate`
of_site()
{
	sed -n "s/^{\"site\": $1, .*\"$2\": \"\{0,1\}\([^\",}]*\).*/\1/p" $result
}

# near NAME GOT WANTED PERCENT
near()
{
	check_num "$1: $2 is near $3" $((($2 - $3) * ($2 - $3) * 10000)) -le \
		$(($3 * $3 * $4 * $4))
}

test_generate()
{
	cat >/tmp/sites <<-'EOF'
	site id=1 arrival=periodic:20000000 lifetime=fixed:50000000 size=100
	site id=2 arrival=poisson:10000000 lifetime=exp:40000000 size=200 cpu=1
	site id=3 arrival=burst:20:100000:300000000 lifetime=fixed:1000000 cpu=1
	site id=4 arrival=sporadic:5 lifetime=forever
	site id=5 arrival=periodic:5000000 lifetime=warmup:50
	site id=6 arrival=poisson:8000000 lifetime=exp:20000000 free_cpu=1
	site id=7 arrival=periodic:4000000 reuse=sequential:64
	site id=8 arrival=periodic:4000000 reuse=random:64
	site id=9 arrival=periodic:4000000 reuse=cached:24
	site id=10 arrival=periodic:4000000 reuse=hot:64:90
	generate ms=4000 seed=7
	EOF
	cat /tmp/sites >$load/run || echo "gave $?"
	cat $load/result >$result
	cat $result
	check_eq "generate" "$(field status)" ok
	near "period" "$(of_site 1 arrival_mean_ns)" 20000000 2
	near "fixed lifetime" "$(of_site 1 lifetime_p50_ns)" 50000000 10
	check_num "poisson mean" "$(of_site 2 arrival_mean_ns)" -ge 8000000
	check_num "nor much above" "$(of_site 2 arrival_mean_ns)" -le 20000000
	check_num "poisson deviates by its mean" $(($(of_site 2 arrival_sd_ns) * 10)) -ge \
		$(($(of_site 2 arrival_mean_ns) * 7))
	# A host that stalls makes lives longer, never shorter.
	check_num "median of an exponential lifetime" "$(of_site 2 lifetime_p50_ns)" -ge 20800000
	check_num "nor much longer" "$(of_site 2 lifetime_p50_ns)" -le 110800000
	check_num "bursts vary more than poisson" "$(of_site 3 arrival_sd_ns)" -gt \
		$((2 * $(of_site 3 arrival_mean_ns)))
	check_eq "sporadic" "$(of_site 4 allocs) $(of_site 4 live)" "5 5"
	check_eq "plateau" "$(of_site 5 live)" 50
	check_eq "all frees on another CPU" "$(of_site 6 cross_frees)" "$(of_site 6 frees)"
	check_num "sequential addresses" "$(of_site 7 sequential_permille)" -gt 700
	check_num "random ones are not in sequence" "$(of_site 8 sequential_permille)" -lt 200
	check_num "nor freed just before" "$(of_site 8 immediate_permille)" -lt 200
	check_num "cached ones were freed just before" "$(of_site 9 immediate_permille)" -gt 600
	check_num "and are many" "$(of_site 9 addresses_distinct)" -ge 24
	check_num "a tenth of the addresses is hot" "$(of_site 10 top_decile_permille)" -gt 850
	if load generate; then
		not_ok "generate twice" "objects were lost"
	else
		ok "generate twice is refused"
	fi
	load "release forget=yes"
}

insmod /ko/memscope_load.ko || exit
for event in kmalloc kmem_cache_alloc kfree kmem_cache_free; do
	witness kmem/$event hist:keys=call_site.hex
done
# shellcheck disable=SC2016
witness_function bulk_alloc '$arg3' kmem_cache_alloc_bulk_noprof kmem_cache_alloc_bulk
witness_function bulk_free '$arg2' kmem_cache_free_bulk
witness_function deferred '$arg1' kvfree_call_rcu
witness_function nolock '$arg1' _kmalloc_nolock_noprof kmalloc_nolock_noprof
witness_function nolock_free '$arg1' kfree_nolock

test_paths
test_refusals
test_kept
test_slabs
test_storm
test_pair
test_generate
check "unload" rmmod memscope_load
