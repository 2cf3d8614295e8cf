# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
# timeout: 300
# file: tests/load/main.c
#
# The gate finds a leak that is known, with its bytes, its site and its line, and none
# where there is none; it gives no verdict where events were lost.

load=/sys/kernel/debug/memscope_load/run
module=/ko/memscope_load.ko

# field KEY: the first such member of /tmp/out
field()
{
	sed -n "s/^ *\"$1\": \"\{0,1\}\([^\",]*\)\"\{0,1\},\{0,1\}\$/\1/p" /tmp/out | head -n 1
}

# memscope_load as the module under test
comes_and_goes()
{
	expect_exit "module without a leak" 0 memscopectl check --module $module \
		--junit /tmp/junit.xml -- sh -c "echo run path=kmalloc n=500 free=no >$load"
	check_grep "it passes" "^    ok 4 leaked_objects$" /tmp/out
	check_grep "and so does the suite" "^ok 1 memscope$" /tmp/out
	check_grep "JUnit: no failure" 'tests="4" failures="0"' /tmp/junit.xml
	artefact /tmp/out pass.ktap
	check_eq "unloaded" "$(grep -c memscope_load /proc/modules)" 0

	expect_exit "module that leaks in init" 4 memscopectl check --module $module \
		--module-parameters leak_objects=40 --junit /tmp/junit.xml -o /tmp/init.memscope
	check_grep "it fails" "^    not ok 3 leaked_objects$" /tmp/out
	check_grep "objects" "leaked_objects: 40, at most 0" /tmp/out
	check_grep "bytes" "40 objects, 2\.5 KiB" /tmp/out
	line=$(grep -n "kmalloc(64" /vm/files/main.c | cut -d: -f1)
	check_grep "site and line" "load_leak\+0x[0-9a-f]+ \[memscope_load\]  .*main.c:$line" \
		/tmp/out
	line=$(grep -n "error = load_leak" /vm/files/main.c | cut -d: -f1)
	check_grep "its caller in init" \
		"(load_init|init_module)\+0x[0-9a-f]+ \[memscope_load\]  .*main.c:$line" /tmp/out
	check_grep "JUnit: a failure" '<failure message="40, at most 0">' /tmp/junit.xml
	check_grep "JUnit: the site" 'load_leak' /tmp/junit.xml
	artefact /tmp/out fail.ktap
	artefact /tmp/junit.xml
	artefact /tmp/init.memscope
	artefact $module

	# The recording of a module that is long gone
	expect_exit "report of the recording" 0 memscopectl report /tmp/init.memscope \
		--view sites --top 0 --debug-dir /ko
	line=$(grep -n "kmalloc(64" /vm/files/main.c | cut -d: -f1)
	check_grep "its lines" "load_leak\+0x[0-9a-f]+ \[memscope_load\]  .*main.c:$line" /tmp/out

	expect_exit "module that is not there" 1 memscopectl check --module /ko/absent.ko
	check_grep "load fails" "^    not ok 1 load$" /tmp/out
	expect_exit "command that fails" 1 memscopectl check --module $module -- false
	check_grep "said so" "# command: exited with status 1" /tmp/out
	check_grep "not ok" "^    not ok 2 command$" /tmp/out
}

# objects_of NAME STATUS OBJECTS COMMAND: leaked at load_alloc_*, of the command
objects_of()
{
	_label=$1 _expected=$3
	expect_exit "$_label" "$2" memscopectl check --json --leaks-site '^load_alloc_' \
		--leaks-module memscope_load -- sh -c "$4"
	check_eq "$_label: objects" "$(field leaked_objects)" "$_expected"
}

stays()
{
	objects_of "kept" 4 300 "echo run path=kmalloc n=300 free=no tag=a >$load"
	check_eq "kept: bytes" "$(field leaked_bytes)" 38400
	check_eq "kept: verdict" "$(field verdict)" fail
	check_grep "kept: site" '"function": "load_alloc_kmalloc"' /tmp/out
	objects_of "freed" 0 0 "echo run path=kmalloc n=300 free=yes >$load"
	check_eq "freed: verdict" "$(field verdict)" pass
	check_num "freed: allocations" "$(field allocs)" -ge 300
	objects_of "freed by kfree_rcu" 0 0 "echo run path=kfree-rcu n=300 >$load"
	objects_of "freed by call_rcu" 0 0 "echo run path=call-rcu n=300 >$load"

	expect_exit "at a limit" 0 memscopectl check --leaks-site '^load_alloc_' \
		--max-leaked-objects 20 --max-leaked-bytes 2560 --max-site-objects 20 \
		-- sh -c "echo run path=kmalloc n=20 free=no tag=b >$load"
	expect_exit "above a limit" 4 memscopectl check --leaks-site '^load_alloc_' \
		--max-leaked-objects 19 --max-leaked-bytes 2560 \
		-- sh -c "echo run path=kmalloc n=20 free=no tag=c >$load"
	check_grep "above: objects" "^    not ok 3 leaked_objects$" /tmp/out
	check_grep "above: bytes" "^    ok 2 leaked_bytes$" /tmp/out
	expect_exit "ignored" 0 memscopectl check --leaks-module memscope_load \
		--leaks-site '^load_alloc_' --leaks-ignore '^load_alloc_kmalloc' \
		-- sh -c "echo run path=kmalloc n=20 free=no tag=f >$load"
	expect_exit "rate" 4 memscopectl check --leaks-site '^load_alloc_' --max-alloc-rate 1 \
		-- sh -c "echo run path=kmalloc n=50 >$load"

	# A process that is no descendant leaks meanwhile
	(sleep 1; echo run path=kmalloc n=70 free=no tag=d >$load) &
	expect_exit "of a process tree" 4 memscopectl check --json --leaks-tree \
		--leaks-site '^load_alloc_' --max-leaked-objects 0 -- \
		sh -c "(sh -c 'echo run path=kmalloc n=30 free=no tag=e >$load'); sleep 3"
	wait
	check_eq "of a process tree: objects" "$(field leaked_objects)" 30
	for tag in a b c d e f; do
		echo drop tag=$tag >$load
	done
}

losses()
{
	expect_exit "loss" 3 memscopectl check --buffer-kb 16 --leaks-module memscope_load \
		-- sh -c "echo run path=kmalloc n=200000 free=no tag=g >$load"
	check_grep "withheld" \
		"^    ok 2 leaked_objects # SKIP verdict withheld: [0-9]+ events are" /tmp/out
	check_grep "withheld in all" "^ok 1 memscope # SKIP verdict withheld" /tmp/out
	artefact /tmp/out withheld.ktap
	expect_exit "loss, JSON" 3 memscopectl check --json --buffer-kb 16 \
		--leaks-module memscope_load \
		-- sh -c "echo run path=kmalloc n=200000 free=no tag=h >$load"
	check_eq "verdict" "$(field verdict)" withheld
	for tag in g h; do
		echo drop tag=$tag >$load
	done
}

check "insmod" load_memscope
expect_exit "no threshold" 2 memscopectl check -- true
expect_exit "nothing to do" 2 memscopectl check --max-leaked-bytes 1
expect_exit "no regular expression" 2 memscopectl check --leaks-site '(' -- true
expect_exit "cannot be run" 1 memscopectl check --leaks-module none -- /nothing/there
comes_and_goes
check "load" insmod $module
stays
losses
check "unload" rmmod memscope_load
check "rmmod" unload_memscope
