# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck disable=SC2154  # kernel and here are the caller's
#
# Boots the image with a folder of this run's files in it.  Sourced by run and truth.
#
# The guest runs /bench/init of that folder; what it leaves in /bench/out comes back in
# a tar on a disk of its own.  All three disks are namespaces of one NVMe controller,
# so that their names do not depend on which is found first.  Where instructions are
# counted the guest's time runs ahead of the disk's, so no request may time out.

root=$(readlink -f "$here/../..")
build=${MEMSCOPE_BUILD:-$root/build}

# stage FOLDER: the module, the load, the tool, and what they are measured with
stage()
{
	local into=$1 modules library libraries

	modules=$("$root/tests/vm/build" "$kernel")
	mkdir -p "$into/lib" "$build/tools"
	xargs cp -t "$into" <<<"$modules"
	make -s -C "$root/tools" O="$build/tools" >&2
	cp "$build/tools/memscopectl" "$into/"
	ldd "$build/tools/memscopectl" | grep -o '/[^ ]*' | while read -r library; do
		case ${library##*/} in
		libc.so.*|libm.so.*|ld-linux*) ;;
		*) cp -L "$library" "$into/lib/" ;;
		esac
	done
	read -ra libraries < <(pkg-config --libs libnl-genl-3.0 libzstd libxxhash json-c)
	cc -O2 -Wall -Werror -D_GNU_SOURCE -I"$root/tools/libmemscope" -o "$into/drain" \
		"$here/guest/drain.c" "$build/tools/libmemscope.a" "${libraries[@]}" -lm
	cp "$here"/guest/* "$into/"
}

# Until /bench/init is there
first="mount -t proc proc /proc; mount -t devtmpfs devtmpfs /dev;"
first+=" mount -t ext4 /dev/nvme0n2 /bench; exec /bench/init"

# boot WORK SMP MEMORY LIMIT ACCELERATOR [QEMU-ARGUMENT...]: WORK/bench goes in, WORK/out
# comes out
boot()
{
	local work=$1 smp=$2 memory=$3 limit=$4 image qemu pid
	shift 4

	image=$("$here/image" "$kernel")
	mapfile -t qemu < <("$root/tests/vm/qemu")
	mke2fs -q -t ext4 -d "$work/bench" "$work/bench.ext4" 128M >&2
	truncate -s 1G "$work/out.tar"
	"${qemu[@]:0:${#qemu[@]}-1}" "$@" -machine q35 -cpu max -smp "$smp" -m "$memory" \
		-nodefaults -no-user-config -display none -no-reboot -kernel "$vmlinuz" \
		-drive "if=none,id=root,format=raw,snapshot=on,file=$image" \
		-drive "if=none,id=files,format=raw,file=$work/bench.ext4" \
		-drive "if=none,id=out,format=raw,file=$work/out.tar" \
		-device nvme,id=nvme,serial=memscope -device nvme-ns,drive=root,bus=nvme,nsid=1 \
		-device nvme-ns,drive=files,bus=nvme,nsid=2 \
		-device nvme-ns,drive=out,bus=nvme,nsid=3 -serial "file:$work/console" \
		-append "console=ttyS0 loglevel=4 panic=-1 oops=panic tsc=reliable \
nvme_core.io_timeout=1000000 nvme_core.admin_timeout=1000000 nvme_core.multipath=N \
root=/dev/nvme0n1 rw init=/bin/sh -- -c \"$first\"" \
		</dev/null >"$work/qemu" 2>&1 &
	pid=$!
	# shellcheck disable=SC2064
	trap "kill $pid 2>/dev/null; rm -rf '$work'" EXIT
	while kill -0 "$pid" 2>/dev/null; do
		sleep 1
		[ $((limit -= 1)) -gt 0 ] || { kill "$pid"; echo "bench: out of time" >&2; }
		show "$work/console"
	done
	wait "$pid" || true
	show "$work/console"
	mkdir -p "$work/out"
	tar -xf "$work/out.tar" -C "$work/out" 2>/dev/null || true
	[ -f "$work/out/dmesg" ] || {
		grep -av "^\[ " "$work/console" >&2; tail -n 5 "$work/qemu" >&2
		die "the guest left no result"
	}
}

# What the guest says it is at, as it comes
shown=0
show()
{
	local lines

	mapfile -t lines < <(grep -a '^@' "$1" 2>/dev/null | tr -d '\r')
	while [ "$shown" -lt "${#lines[@]}" ]; do
		echo "${lines[shown]#@ }" >&2
		shown=$((shown + 1))
	done
}
