# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
# timeout: 180
#
# Every verb with wrong arguments, without the module, without privilege, with a full
# disk: the exit code, and one sentence that says what is wrong.

# refused NAME STATUS PATTERN COMMAND...: and it says so on stderr, on few lines
refused()
{
	_label=$1 _code=$2 _pattern=$3
	shift 3
	"$@" >/tmp/out 2>/tmp/err </dev/null
	_got=$?
	cat /tmp/err
	if [ $_got != "$_code" ]; then
		not_ok "$_label" "$* gave $_got, wanted $_code: $(tail -n 1 /tmp/err)"
	elif ! grep -qiE -e "$_pattern" /tmp/err; then
		not_ok "$_label" "no '$_pattern' in: $(head -n 2 /tmp/err)"
	elif [ "$(wc -l </tmp/err)" -gt 4 ]; then
		not_ok "$_label" "$(wc -l </tmp/err) lines on stderr"
	else
		ok "$_label"
	fi
}

verbs="status start stop reset config dump record report export"

# as nobody
unprivileged()
{
	su nobody -s /bin/sh -c "$*"
}

wrong_arguments()
{
	expect_exit "no verb" 2 memscopectl
	check_grep "no verb: usage" "usage: " /tmp/err
	refused "unknown verb" 2 "unknown verb" memscopectl frobnicate
	for verb in $verbs; do
		refused "$verb: unknown option" 2 "nonsense" memscopectl $verb --nonsense
		check "$verb: help" memscopectl $verb --help
	done
	for verb in status start stop reset config; do
		refused "$verb: an operand too many" 2 "." memscopectl $verb something
	done
	refused "record: no number" 2 "seconds" memscopectl record -d soon
	refused "record: negative time" 2 "seconds" memscopectl record -d -1
	refused "record: missing value" 2 "." memscopectl record -o
	refused "start: unknown probe" 2 "probe" memscopectl start --probe magic
	refused "start: unknown feature" 2 "feature" memscopectl start --features telepathy
	refused "start: not a number" 2 "buffer" memscopectl start --buffer-kb many
	refused "report: unknown view" 2 "view" memscopectl report --view crystal /tmp/none
	refused "report: unknown sort" 2 "sort" memscopectl report --sort luck /tmp/none
	refused "dump: follow a file" 2 "follow" memscopectl dump --follow /tmp/none
}

without_module()
{
	for verb in status start stop reset config dump; do
		refused "$verb without the module" 1 "not loaded" memscopectl $verb
		memscopectl $verb --json >/tmp/out 2>/tmp/err
		check_grep "$verb without the module, in JSON" '"error": ' /tmp/out
	done
	refused "record without the module" 1 "not loaded" memscopectl record -d 1 -o /tmp/x
	refused "report without the module" 1 "not loaded" memscopectl report -d 1
	check_eq "record leaves no file behind" "$(ls /tmp/x 2>/dev/null)" ""
}

bad_files()
{
	refused "report of nothing" 1 "/tmp/none" memscopectl report /tmp/none
	refused "dump of nothing" 1 "/tmp/none" memscopectl dump /tmp/none
	echo "no recording" >/tmp/text
	refused "report of a text" 1 "." memscopectl report /tmp/text
	refused "dump of a text" 1 "." memscopectl dump /tmp/text
	: >/tmp/empty
	refused "report of an empty file" 1 "." memscopectl report /tmp/empty
	refused "record over a text" 1 "." memscopectl record -d 1 -o /tmp/text
	check_eq "the text is still there" "$(cat /tmp/text)" "no recording"
	refused "record into no folder" 1 "." memscopectl record -d 1 -o /nowhere/x
	refused "record a command that is not there" 1 "." \
		memscopectl record -o /tmp/x -- /bin/nothing-here
	head -c 3000 "$1" >/tmp/cut
	expect_exit "report of a cut recording" 3 memscopectl report /tmp/cut
	cat /tmp/err >>/tmp/out
	check_grep "and it says so" "cut|damage|truncated|incomplete|end" /tmp/out
}

refusals_of_the_module()
{
	refused "buffer too small" 1 "." memscopectl start --buffer-kb 1
	refused "buffer too large" 1 "." memscopectl start --buffer-kb 4000000000
	refused "stack too deep" 1 "." memscopectl start --stack-depth 65
	refused "watermark above all" 1 "." memscopectl start --watermark 101
	refused "stop without a session" 1 "no session" memscopectl stop
	check "start" memscopectl start
	refused "start twice" 1 "already" memscopectl start
	refused "reset while it runs" 1 "runs" memscopectl reset
	refused "buffer of a running session" 1 "." memscopectl config --buffer-kb 512
	check "stack-every of a running session" memscopectl config --stack-every 50
	check "stop" memscopectl stop
	check "reset" memscopectl reset
}

without_privilege()
{
	chmod 777 /tmp
	for verb in status start stop reset config dump; do
		refused "$verb without privilege" 1 "root|privilege|permi|CAP_" \
			unprivileged memscopectl $verb
	done
	refused "record without privilege" 1 "root|privilege|permi|CAP_" \
		unprivileged memscopectl record -d 1 -o /tmp/nobody
}

full_disk()
{
	mkdir -p /tmp/full
	mount -t tmpfs -o size=64k tmpfs /tmp/full
	refused "record on a full disk" 1 "space" memscopectl record -d 3 -o /tmp/full/x -- \
		sh -c 'i=0; while [ $i -lt 300 ]; do i=$((i + 1)); /bin/true; done'
	check_eq "no session is left behind" \
		"$(awk '$1 == "memscope" { print $3 }' /proc/modules)" 0
	check "dump of something" memscopectl start
	memscopectl stop
	memscopectl dump >/dev/full 2>/tmp/err
	check_eq "output to a full disk: exit 1" $? 1
	check_grep "and it says so" "space" /tmp/err
	umount /tmp/full
}

wrong_arguments
without_module
load_memscope || exit
check "record" memscopectl record -d 1 -o /tmp/good.memscope
check "report" memscopectl report /tmp/good.memscope
bad_files /tmp/good.memscope
refusals_of_the_module
without_privilege
full_disk
check "rmmod" unload_memscope
