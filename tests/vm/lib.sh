# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# What a topic can say.  Sourced in the guest (busybox sh) before the topic, which
# needs no line of its own for it.  A topic is tests/vm/topics/NAME.sh; comment
# lines at its top tell the harness what it wants:
#
#   # timeout: 120               seconds it may take (60 unless told)
#   # variants: auto kprobe      run once for each, with it in $VARIANT
#   # boot: --smp 1 --mem 512    a guest of its own, with these options of `run`
#   # bin: perf build/x/tool     programs copied into the guest with their libraries
#   # cc: tests/vm/guest/load.c  C programs compiled and copied into the guest
#   # file: tests/a.sh           other files, found in the guest under /vm/files
#
# What a topic prints is kept in its log and shown when it fails.  Every check gives
# one line: ok, not ok or skip.  The names are the test's, so keep them short and
# different.  $ARTEFACTS is a folder that comes out of the guest.

ok()
{
	echo "ok $1" >&9
	echo "ok $1"
}

not_ok()
{
	echo "not ok $1 - $2" >&9
	echo "not ok $1 - $2"
}

skip()
{
	echo "skip $1 - $2" >&9
	echo "skip $1 - $2"
}

# check NAME COMMAND...: the command succeeds
check()
{
	_name=$1
	shift
	if "$@" >/tmp/.check 2>&1; then
		cat /tmp/.check
		ok "$_name"
	else
		_status=$?
		cat /tmp/.check
		not_ok "$_name" "$* gave $_status: $(tail -n 1 /tmp/.check)"
		return 1
	fi
}

# check_eq NAME GOT WANTED
check_eq()
{
	if [ "$2" = "$3" ]; then
		ok "$1"
	else
		not_ok "$1" "got '$2', wanted '$3'"
		return 1
	fi
}

# check_num NAME GOT OPERATOR WANTED: integers, with an operator of test(1), -ge say
check_num()
{
	if test "$2" "$3" "$4" 2>/dev/null; then
		ok "$1"
	else
		not_ok "$1" "got '$2', wanted $3 '$4'"
		return 1
	fi
}

# check_grep NAME PATTERN FILE: an extended regular expression is found in the file
check_grep()
{
	if grep -qE -e "$2" "$3"; then
		ok "$1"
	else
		cat "$3"
		not_ok "$1" "no '$2' in $3, which ends: $(tail -n 1 "$3")"
		return 1
	fi
}

# expect_exit NAME STATUS COMMAND...: it ends with that status; its output is then
# in /tmp/out and /tmp/err
expect_exit()
{
	_name=$1 _wanted=$2
	shift 2
	"$@" >/tmp/out 2>/tmp/err
	_status=$?
	head -c 4096 /tmp/out
	head -c 4096 /tmp/err
	if [ $_status = "$_wanted" ]; then
		ok "$_name"
	else
		not_ok "$_name" "$* gave $_status, wanted $_wanted: $(tail -n 1 /tmp/err)"
		return 1
	fi
}

# artefact FILE [NAME]: bring a file out to build/vm/KERNEL/TOPIC/NAME
artefact()
{
	cp "$1" "$ARTEFACTS/${2:-${1##*/}}"
}

load_memscope()
{
	insmod /ko/memscope.ko "$@"
}

unload_memscope()
{
	rmmod memscope
}

# Written only when a topic's last line was reached
finish()
{
	echo finished >/vm/finished
}
