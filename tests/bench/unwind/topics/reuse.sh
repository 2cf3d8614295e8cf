# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
# timeout: 120
#
# A module comes to lie where another lay, with frames of another size.

counters=/sys/kernel/debug/unwind_bench

counter()
{
	sed -n "s/^$1 //p" $counters
}

base_of()
{
	sed -n "s/^$1 .* \(0x[0-9a-f]*\).*/\1/p" /proc/modules
}

mount -t debugfs debugfs /sys/kernel/debug 2>/dev/null
check "load" insmod /ko/unwind_bench_module.ko unwind_audit=1 frees=1 depth=32
if [ "$(counter off)" -gt 0 ]; then
	skip "walks are right" "no ORC unwinder"
else
	same=0 base=
	for _i in 1 2 3 4 5 6 7 8; do
		for name in unwind_small unwind_large; do
			insmod /ko/$name.ko
			[ "$base" != "$(base_of $name)" ] || same=$((same + 1))
			base=$(base_of $name)
			rmmod $name
		done
	done
	if [ $same = 0 ]; then
		skip "walks are right" "no module came to lie where the other lay"
	else
		check_num "walks are right" "$(counter mismatched)" -eq 0
		check_num "rules are learned anew" "$(counter refused)" -eq 0
	fi
fi
check "unload" rmmod unwind_bench_module
