# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck disable=SC2154  # kernel, topics, work, ... are run's
#
# What `run` boots: the topics' plan, the guest's root folder, and QEMU with its
# time limits.  Sourced by run; sets work/console, work/results, work/log and
# work/files.tar at each boot.

declare -A topic_file

# The words after "# KEY:" at the top of a topic
topic_says()
{
	sed -n "/^[^#]/q; s/^# $1: *//p" "${topic_file[$2]}"
}

# Fill plan with lines of BOOT-OPTIONS <tab> LABEL <tab> SECONDS, one a topic and
# variant.
topic_plan()
{
	local topic name variant variants

	plan=
	for topic; do
		name=${topic##*/} name=${name%.sh} variant=
		case $name in
		*@*) variant=${name#*@} name=${name%@*} ;;
		esac
		case $topic in
		*/*) topic_file[$name]=$(readlink -f "$topic") ;;
		*) topic_file[$name]=$here/topics/$name.sh ;;
		esac
		[ -r "${topic_file[$name]}" ] || die "no topic $topic"
		variants=${variant:-$(topic_says variants "$name")}
		for variant in ${variants:-''}; do
			plan+=$(printf '%s\t%s\t%s' "$(topic_says boot "$name")" \
				"$name${variant:+@$variant}" \
				"${limit:-$(topic_says timeout "$name")}")$'\n'
		done
	done
	plan=${plan%$'\n'}
}

# Copy a program and the libraries it is linked with
stage_program()
{
	local program=$1 name=${1##*/} library

	install -D "$program" "$work/root/usr/bin/$name"
	# Nothing is found for a static one, or one for another architecture
	{ ldd "$program" 2>/dev/null | grep -o '/[^ ]*' || true; } | while read -r library; do
		[ -e "$work/root$library" ] || install -D "$library" "$work/root$library"
	done
}

stage_topic()
{
	local name=$1 word path

	install -m 644 "${topic_file[$name]}" "$work/root/vm/topics/$name.sh"
	for word in $(topic_says bin "$name"); do
		path=$root/$word
		[ -x "$path" ] || path=$(command -v "$word") || die "$name wants $word: not found"
		[ -z "$sysroot" ] || die "$name wants $word, which is not for $arch"
		stage_program "$path"
	done
	for word in $(topic_says cc "$name"); do
		path=${word##*/}
		path=$work/root/usr/bin/${path%.c}
		"${static_cc[@]}" -O2 -Wall -Werror -static -pthread -o "$path" "$root/$word" ||
			return
	done
	for word in $(topic_says file "$name"); do
		install -D "$root/$word" "$work/root/vm/files/${word##*/}"
	done
}

# Build the tool; for another architecture with its libraries in it.
stage_tools()
{
	local into=$build/tools options=()

	[ -f "$root/tools/Makefile" ] && [ -n "$(ls "$root/tools/memscopectl")" ] || return 0
	if [ -n "$sysroot" ]; then
		into=$build/tools-$arch
		options=(CC="$compiler --sysroot=$sysroot" LDFLAGS=-static
			PKG_CONFIG="env PKG_CONFIG_LIBDIR=$sysroot/usr/lib/aarch64-linux-gnu/pkgconfig \
PKG_CONFIG_SYSROOT_DIR=$sysroot pkg-config --static")
	fi
	options+=("O=$into" "$into/memscopectl")
	locked "tools-$(cksum <<<"$root" | cut -d' ' -f1)" \
		make -s -C "$root/tools" "-j$(nproc)" "${options[@]}" >"$work/tools.log" 2>&1 || {
			tail -n 40 "$work/tools.log" >&2
			return 1
		}
	stage_program "$into/memscopectl"
}

# Everything that all boots of this run share
guest_prepare()
{
	local info modules_built name busybox

	info=$("$here/kernels" get "$kernel") || return
	. "$info"
	modules_built=$("$here/build" "$kernel" ${no_load:+--no-load} ${tree:+--tree "$tree"}) ||
		return

	mkdir -p "$work/root"/{bin,sbin,usr/bin,usr/sbin,proc,sys,dev,tmp,ko,etc,root,artefacts} \
		"$work/root"/{vm/topics,modules}
	sysroot=
	static_cc=(cc)
	busybox=$(command -v busybox) || die "busybox is missing: run 'make deps'"
	if [ "$arch" != x86_64 ]; then
		sysroot=$("$here/sysroot" "$arch") || return
		static_cc=("$compiler" --sysroot="$sysroot")
		busybox=$sysroot/bin/busybox
	elif ldd "$busybox" >/dev/null 2>&1; then
		die "busybox is not static: run 'make deps' (busybox-static)"
	fi
	install "$busybox" "$work/root/bin/busybox"
	install "$here/guest/init" "$work/root/init"
	install -m 644 "$here/lib.sh" "$here/splats" "$work/root/vm/"
	printf '%s\n' root:x:0:0::/tmp:/bin/sh nobody:x:65534:65534::/tmp:/bin/sh \
		>"$work/root/etc/passwd"
	printf '%s\n' root:x:0: nogroup:x:65534: >"$work/root/etc/group"
	cp "$modules"/* "$work/root/modules/"
	xargs -r cp -t "$work/root/ko" <<<"$modules_built"
	[ -n "$tree" ] || stage_tools || return
	topic_plan "${topics[@]}"
	for name in "${!topic_file[@]}"; do
		stage_topic "$name" || return
	done
	(cd "$work/root" && find . | cpio --quiet -o -H newc -R 0:0) >"$work/base.cpio"
	mapfile -t qemu < <("$here/qemu" "$arch")
	[ "${#qemu[@]}" -gt 0 ]
}

# Options of one group of topics, over the command line's
guest_options()
{
	guest_smp=$smp guest_mem=$mem guest_icount=$icount guest_append=$append
	set -- $1
	while [ $# -gt 0 ]; do
		case $1 in
		--smp) guest_smp=$2; shift ;;
		--mem) guest_mem=$2; shift ;;
		--append) guest_append+=" $2"; shift ;;
		--icount) guest_icount=yes ;;
		*) die "a topic's boot line says $1" ;;
		esac
		shift
	done
}

# Set command to QEMU's command line without the channels. The emulated timer may be
# late on a busy host: no_timer_check keeps a kernel from taking it for broken.
guest_command()
{
	local accel=("${qemu[@]}") machine=(-machine q35 -cpu max) console=ttyS0

	# "max" is three times slower there
	[ "$arch" = x86_64 ] || machine=(-machine virt -cpu cortex-a57) console=ttyAMA0
	if [ -n "$guest_icount" ]; then
		guest_smp=1
		accel=("${qemu[@]:0:${#qemu[@]}-1}" tcg -icount "shift=0,sleep=off")
	fi
	command=("${accel[@]}" "${machine[@]}" -smp "$guest_smp" -m "$guest_mem"
		-nodefaults -no-user-config -display none -no-reboot
		-kernel "$vmlinuz" -initrd "$work/initrd"
		-append "console=$console loglevel=5 panic=-1 panic_on_warn=1 oops=panic tsc=reliable \
no_timer_check log_buf_len=4M rcupdate.rcu_cpu_stall_timeout=60 $guest_append $*")
}

guest_shell()
{
	guest_options ''
	guest_command memscope.shell
	cp "$work/base.cpio" "$work/initrd"
	"${command[@]}" -serial mon:stdio
}

# Wait for QEMU to end, or end it: a boot, each topic and the halt have a limit.
guest_wait()
{
	local line now='' since=$SECONDS allowed=$((120 * times)) factor=1

	# Instructions are counted as nanoseconds, so the guest's time is not ours.
	[ -z "$guest_icount" ] || factor=6
	while kill -0 "$qemu_pid" 2>/dev/null; do
		sleep 0.2
		line=$(grep -aE '^# (topic|end|halt)' "$work/results" | tail -n 1) || true
		if [ "$line" != "$now" ]; then
			now=$line since=$SECONDS
			case $line in
			'# topic '*) allowed=$((${line##* } + ${MEMSCOPE_GRACE:-30})) ;;
			*) allowed=$((60 * times)) ;;
			esac
		fi
		if [ $((SECONDS - since)) -gt $((allowed * factor)) ]; then
			guest_reason="nothing from the guest for $((SECONDS - since)) s"
			guest_reason+=" after '${now#\# }'"
			kill "$qemu_pid" 2>/dev/null || true
			break
		fi
	done
	wait "$qemu_pid" 2>/dev/null || true
	qemu_pid=
}

# guest_boot LABEL...: run these topics in one guest.  Sets guest_reason, and fails,
# if it did not come to its end.
guest_boot()
{
	local channel channels=() plan_dir=$work/plan

	# A debug kernel checks every access
	times=1
	case $kernel in
	kasan|kcsan) times=4 ;;
	esac
	mkdir -p "$plan_dir/vm"
	for label; do
		awk -F'\t' -v l="$label" -v times=$times \
			'$2 == l { print l, ($3 ? $3 : 60) * times; exit }' <<<"$plan"
	done >"$plan_dir/vm/plan"
	(cd "$plan_dir" && find vm/plan | cpio --quiet -o -H newc -R 0:0) |
		cat "$work/base.cpio" - >"$work/initrd"
	for channel in results files.tar log; do
		: >"$work/$channel"
		channels+=(-chardev "file,id=$channel,path=$work/$channel"
			   -device "virtserialport,chardev=$channel")
	done
	: >"$work/console"
	guest_reason=
	guest_command
	"${command[@]}" -serial "file:$work/console" -device virtio-serial-pci "${channels[@]}" \
		</dev/null >"$work/qemu" 2>&1 &
	qemu_pid=$!
	guest_wait
	cat "$work/qemu" >>"$work/console"
	if [ -z "$guest_reason" ] && ! grep -q '^# halt' "$work/results"; then
		guest_reason="the guest ended without halting"
	fi
	[ -z "$guest_reason" ]
}

# What a topic printed, and the kernel log of its time
topic_log()
{
	awk -v label="$1" '/^== / { on = $2 == label; next } on' "$2"
}
