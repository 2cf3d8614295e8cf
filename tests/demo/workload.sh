#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# What the demo traces: files on a file system of its own, /proc and /sys walked,
# processes, pipes, and sockets on the loopback.  Ends with how long each part took.

set -eu
work=$(mktemp -d)
cd "$work"

now()
{
	cut -d' ' -f1 /proc/uptime
}

part()
{
	begin=$(now)
	"$1"
	awk -v name="$1" -v from="$begin" -v to="$(now)" \
		'BEGIN { printf "workload: %-10s %5.2f s\n", name, to - from }'
}

files()
{
	mkdir mounted
	dd if=/dev/zero of=image bs=1M count=32 2>/dev/null
	mke2fs -q -F image >/dev/null 2>&1
	mount -t ext4 -o loop image mounted
	for directory in $(seq 20); do
		mkdir -p "mounted/$directory"
		for file in $(seq 60); do
			echo "$file" >"mounted/$directory/$file"
		done
		mv "mounted/$directory" "mounted/moved$directory"
		find "mounted/moved$directory" -type f -exec cat {} + >/dev/null
	done
	sync
	rm -rf mounted/moved[1-5]*
	umount mounted
}

trees()
{
	find /sys /proc -type f -maxdepth 6 >/dev/null 2>&1 || true
	cat /proc/[0-9]*/status /proc/[0-9]*/maps >/dev/null 2>&1 || true
}

processes()
{
	for _ in $(seq 200); do
		sh -c 'ls -l /proc/self' | sort | tail -n 1 >/dev/null
	done
}

sockets()
{
	network 4 100 40
}

part files
part trees
part processes
part sockets
rm -rf "$work"
