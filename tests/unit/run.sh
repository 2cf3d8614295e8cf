#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Runs unit test programs and adds up what they say.
#
#	run.sh [-k DIR] PROGRAM...
#
# -k DIR: also `make -C DIR check`, whose last line is "N passed, N failed".
# Each program prints TAP; one that ends by a signal or a sanitizer counts as
# a failure of its own. The last line is "N passed, N failed"; exit 1 if any.

passed=0
failed=0
output=$(mktemp) || exit 1
trap 'rm -f "$output"' EXIT

kmod=
if [ "$1" = -k ]; then
	kmod=$2
	shift 2
fi

for program; do
	CMOCKA_MESSAGE_OUTPUT=TAP "$program" >"$output" 2>&1
	status=$?
	ok=$(grep -c '^ok ' "$output")
	not_ok=$(grep -c '^not ok ' "$output")
	# cmocka exits with the number of tests that failed
	if [ "$status" -ne "$not_ok" ] || [ $((ok + not_ok)) -eq 0 ]; then
		not_ok=$((not_ok + 1))
		echo "${program##*/}: ended with status $status"
	fi
	if [ "$not_ok" -gt 0 ]; then
		head -n 80 "$output" | sed 's/^/    /'
	fi
	echo "${program##*/}: $ok passed, $not_ok failed"
	passed=$((passed + ok))
	failed=$((failed + not_ok))
done

if [ -n "$kmod" ]; then
	env -u MAKEFLAGS -u MAKEOVERRIDES make --no-print-directory -C "$kmod" check >"$output" 2>&1
	status=$?
	sum=$(sed -n 's/^\([0-9][0-9]*\) passed, \([0-9][0-9]*\) failed$/\1 \2/p' "$output" |
	      tail -n 1)
	ok=${sum% *}
	not_ok=${sum#* }
	if [ -z "$sum" ] || { [ "$status" -ne 0 ] && [ "$not_ok" -eq 0 ]; }; then
		ok=${ok:-0}
		not_ok=$((${not_ok:-0} + 1))
	fi
	if [ "$not_ok" -gt 0 ]; then
		head -n 80 "$output" | sed 's/^/    /'
	fi
	echo "kmod: $ok passed, $not_ok failed"
	passed=$((passed + ok))
	failed=$((failed + not_ok))
fi

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
