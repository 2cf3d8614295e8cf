# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
# timeout: 240
#
# Two recordings of the same work are the same; one with a planted regression is not,
# and the site is named.

load=/sys/kernel/debug/memscope_load/run

# record FILE: 8 s of four sites with known behaviour, the third as given
record()
{
	_file=$1
	shift
	echo "release forget=yes" >$load
	{
		echo "site id=0 arrival=poisson:4000000 lifetime=exp:20000000 size=200"
		echo "site id=1 arrival=periodic:5000000 lifetime=fixed:50000000 size=500"
		echo "site id=2 arrival=poisson:5000000 $* size=1000"
		echo "site id=3 arrival=poisson:8000000 lifetime=exp:100000000 size=64"
	} >$load
	memscopectl record -o "$_file" -d 8 --buffer-kb 16384 --features=-pages,-load \
		-- sh -c "echo generate ms=7000 seed=$seed >$load; sleep 1"
}

# field KEY: the first such member of /tmp/out
field()
{
	sed -n "s/^ *\"$1\": \"\{0,1\}\([^\",]*\)\"\{0,1\},\{0,1\}\$/\1/p" /tmp/out | head -n 1
}

seed=$(($(date +%s) % 100000))
echo "seed $seed"
check "insmod" load_memscope
check "load" insmod /ko/memscope_load.ko
check "record A" record /tmp/a.memscope lifetime=exp:10000000
seed=$((seed + 1))
check "record B" record /tmp/b.memscope lifetime=exp:10000000
seed=$((seed + 1))
check "record a leak" record /tmp/leak.memscope lifetime=forever
echo "release forget=yes" >$load

# The system's own work, in between, is no regression either
expect_exit "no regression" 0 memscopectl diff /tmp/a.memscope /tmp/b.memscope --top 5
check_grep "said so" "^Verdict: no regression" /tmp/out
expect_exit "a leak" 4 memscopectl diff /tmp/a.memscope /tmp/leak.memscope --top 5
check_grep "a verdict" "^Verdict: regression at " /tmp/out
check_grep "its site" "load_site_02\+0x[0-9a-f]+ \[memscope_load\]" /tmp/out
check_grep "its figure" "live .* WORSE" /tmp/out
expect_exit "JSON" 4 memscopectl diff /tmp/a.memscope /tmp/leak.memscope --json --top 1
check_eq "verdict" "$(field verdict)" regression
check_eq "one site" "$(field regressing_sites)" 1
check_eq "its function" "$(sed -n 's/.*"function": "\(load_site_[0-9a-f]*\)".*/\1/p' /tmp/out |
	head -n 1)" load_site_02
expect_exit "the other way" 0 memscopectl diff /tmp/leak.memscope /tmp/a.memscope
expect_exit "above the threshold" 0 memscopectl diff /tmp/a.memscope /tmp/leak.memscope \
	--live-bytes 100000000
check "record with losses" sh -c "memscopectl record -o /tmp/lost.memscope --buffer-kb 16 \
	-- sh -c 'echo run path=kmalloc n=200000 free=each >$load'; test \$? = 3"
expect_exit "losses" 3 memscopectl diff /tmp/a.memscope /tmp/lost.memscope
check_grep "withheld" "^Verdict: withheld" /tmp/out
expect_exit "one recording" 2 memscopectl diff /tmp/a.memscope
expect_exit "no recording" 1 memscopectl diff /tmp/a.memscope /ko/memscope.ko
artefact /tmp/a.memscope
artefact /tmp/leak.memscope
check "unload" rmmod memscope_load
check "rmmod" unload_memscope
