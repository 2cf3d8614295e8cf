#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# What does this kernel offer modules?  Prints a header with HAS_<FEATURE> for
# each folder here whose test.c compiles and needs only exported symbols.
#
#   probe.sh COMPAT_DIR MODULE_SYMVERS COMPILER FLAGS...
#
# SANITY must compile, else nothing can be told and the build stops.

compat=$1
symvers=$2
shift 2

work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

has()
{
	"$@" -w -Werror=implicit-function-declaration -c -o "$work/test.o" "$test" \
		2>"$work/errors" || return
	[ -s "$symvers" ] || return 0
	nm -u "$work/test.o" | awk '{ print $NF }' >"$work/needs"
	awk 'NR == FNR { exported[$2]; next }
	     !($1 in exported) && $1 !~ /^__x86_|^__fentry__$|^_mcount$|^__stack_chk/ { exit 1 }' \
		"$symvers" "$work/needs"
}

test=$compat/SANITY/test.c
if ! has "$@"; then
	echo "probe.sh: the smallest module source does not compile:" >&2
	cat "$work/errors" >&2
	exit 1
fi

echo "/* SPDX-License-Identifier: GPL-2.0 */"
echo "/* Made by compat/probe.sh. */"
for test in "$compat"/*/test.c; do
	name=${test%/test.c}
	name=${name##*/}
	if [ "$name" != SANITY ] && has "$@"; then
		echo "#define HAS_$name 1"
	fi
done
