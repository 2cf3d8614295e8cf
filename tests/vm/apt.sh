# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# A private apt for what the VM tests download: kernels, QEMU, a compiler.
#
# It has its own sources, lists and archives under $MEMSCOPE_CACHE/apt/SUITE, so
# it needs no root, installs nothing and leaves the host's apt as it is.  The
# mirror is the one the host's apt uses; signatures are checked with the Debian
# archive keyring.  Sourced by the scripts next to it.

MEMSCOPE_CACHE=${MEMSCOPE_CACHE:-$HOME/.cache/memscope}
PATH=$PATH:/usr/sbin:/sbin

die()
{
	echo "${0##*/}: $*" >&2
	exit 1
}

# locked NAME COMMAND...: one process at a time in the whole cache
locked()
{
	local name=$1
	shift
	mkdir -p "$MEMSCOPE_CACHE/locks"
	(
		flock 9
		"$@" 9>&-
	) 9>"$MEMSCOPE_CACHE/locks/$name"
}

# fill FINAL STAMP FUNCTION [ARGUMENT...]: make the folder FINAL, unless it is there and
# was made for that STAMP.  The function fills a folder next to it, its last argument,
# which is renamed when complete.  Call it through locked, and where its failure is not
# the script's own as a job (`locked ... & wait $!`): in a condition bash would go on
# after an error.
fill()
{
	local final=$1 stamp=$2 work
	shift 2

	! grep -qsxF "$stamp" "$final/ready" || return 0
	mkdir -p "${final%/*}"
	work=$(mktemp -d "${final%/*}/.${final##*/}.XXXXXX")
	# shellcheck disable=SC2064
	trap "rm -rf '$work'" EXIT
	"$@" "$work"
	echo "$stamp" >"$work/ready"
	chmod 755 "$work"
	rm -rf "$final"
	mv "$work" "$final"
	trap - EXIT
}

# The host's own mirror of SUITE's archive, or nothing.
apt_mirror()
{
	local suite=$1 rows main security

	rows=$(env -u APT_CONFIG apt-get indextargets \
		--format '$(REPO_URI) $(RELEASE) $(ORIGIN)' 2>/dev/null | sort -u)
	security=$(awk '$2 ~ /-security$/ && $1 ~ /debian/ { print $1; exit }' <<<"$rows")
	main=$(awk '$2 ~ /^(bullseye|bookworm|trixie|forky|sid|stable|testing|unstable)$/ \
		{ print $1; exit }' <<<"$rows")
	main=${MEMSCOPE_MIRROR:-$main}
	security=${security:-${main:+${main%/debian*}/debian-security/}}
	case $suite in
	*-security) echo "${MEMSCOPE_SECURITY_MIRROR:-$security}" ;;
	*) echo "$main" ;;
	esac
}

# apt_use SUITE[+arm64] [--refresh]: set APT_CONFIG to a private apt that knows SUITE
# only, and packages of that architecture before the host's.  Lists are renewed once a
# day; old ones serve where there is no network.
apt_use()
{
	local suite=${1%+*} refresh=${2:-} dir=$MEMSCOPE_CACHE/apt/$1 mirror keyring
	local key=/usr/share/keyrings/debian-archive-keyring.gpg

	mirror=$(apt_mirror "$suite")
	[ -n "$mirror" ] || die "no Debian mirror in the host's apt sources;" \
		"name one in MEMSCOPE_MIRROR (and MEMSCOPE_SECURITY_MIRROR)"
	[ -r "$key" ] && keyring="[signed-by=$key] "

	mkdir -p "$dir/lists/partial" "$dir/archives/partial" "$dir/parts"
	: >>"$dir/status"
	echo "deb ${keyring:-}$mirror $suite main" >"$dir/sources.list"
	# Proxies and the like; not the hooks, which write where only root may.
	env -u APT_CONFIG apt-config dump | grep '^Acquire::' >"$dir/parts/acquire"
	cat >"$dir/apt.conf" <<-EOF
	Dir::State "$dir";
	Dir::State::status "$dir/status";
	Dir::State::lists "$dir/lists";
	Dir::Cache "$dir";
	Dir::Cache::archives "$dir/archives";
	Dir::Etc::sourcelist "$dir/sources.list";
	Dir::Etc::sourceparts "/dev/null";
	Dir::Etc::parts "$dir/parts";
	Dir::Etc::main "/dev/null";
	Dir::Etc::preferences "/dev/null";
	Dir::Etc::preferencesparts "/dev/null";
	Dir::Log "$dir";
	APT::Sandbox::User "root";
	APT::Install-Recommends "false";
	Acquire::Retries "3";
	Debug::NoLocking "true";
	EOF
	if [ "$suite" != "$1" ]; then
		cat >>"$dir/apt.conf" <<-EOF
		APT::Architecture "${1#*+}";
		APT::Architectures { "${1#*+}"; "amd64"; };
		EOF
	fi
	export APT_CONFIG=$dir/apt.conf

	if [ -z "$refresh" ] && [ -n "$(find "$dir/updated" -mmin -1440 2>/dev/null)" ]; then
		return
	fi
	if apt-get -qq -o APT::Update::Error-Mode=any update >&2; then
		touch "$dir/updated"
	elif [ ! -e "$dir/updated" ]; then
		die "apt-get update of $suite from $mirror failed"
	fi
}

# apt_fetch DIR PACKAGE...: download the packages' newest versions into DIR
apt_fetch()
{
	local dir=$1
	shift
	mkdir -p "$dir"
	(cd "$dir" && apt-get -qq download "$@" >&2)
}

# apt_extract ROOT DEB...: what dpkg would unpack, with no script run
apt_extract()
{
	local root=$1 deb
	shift
	mkdir -p "$root"
	for deb in "$@"; do
		dpkg-deb -x "$deb" "$root" || return
	done
}
