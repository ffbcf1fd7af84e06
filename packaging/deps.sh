#!/bin/bash
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# deps.sh build|demo|packages|check|bench|nat-kernel|all: installs the Debian packages that
# building, `make demo`, `make deb` and `make rpm`, `make check` (with `make lint`), `make bench` or
# tests/debian/nat-kernel.sh need, and says so. Does nothing, also without being root, where
# all are there. Knows Debian 12 and later.
# For `make check` it also fetches a newer Docker, a kernel, and a tree of the next
# Debian: see tests/debian.
#
# deps.sh list RELEASE SET...: prints what is needed on Debian RELEASE (12, 13, or
# 99 for what has no number yet) of the sets build, packages, world, tests,
# services, guests, lint, bench, compilers, newcomer.
#
# No service is started by it: an Open vSwitch or Docker of the machine stays
# as it was, and one that comes in new stays stopped until somebody starts it.
set -euo pipefail

# Testing and unstable have no number.
release=$(. /etc/os-release 2>/dev/null && echo "${VERSION_ID:-99}") || release=99
if [ "${1-}" = list ]; then
    release=${2?}
fi
later=$((${release%%.*} > 12)) # 0 or 1

# Packages that later Debians have split or named anew.
llhttp=node-llhttp # with its C sources
docker=(docker.io)
virtiofs=() # a part of qemu-system-x86
aardvark=() # podman 4 has CNI
clang_rt=libclang-rt-14-dev
dhcp=(isc-dhcp-server isc-dhcp-relay)
[ "${release%%.*}" -le 13 ] || dhcp=() # nobody keeps them any more
systemd_pc=systemd # where units go
linux_source=linux-source-6.1
if [ "$later" = 1 ]; then
    llhttp=libllhttp-dev
    docker=(docker.io docker-cli)
    virtiofs=(virtiofsd)
    aardvark=(aardvark-dns)
    clang_rt=libclang-rt-dev
    systemd_pc=systemd-dev
    linux_source=linux-source
fi

build=(
    gcc libc6-dev make pkg-config
    libyajl-dev libnl-3-dev libnl-route-3-dev libseccomp-dev
    # ovsint-plugin
    libuv1-dev "$llhttp" libnftables-dev
    libip4tc-dev libip6tc-dev
)
# packaging/package.sh
packages=(build-essential debhelper "$systemd_pc" lintian rpm)
# A private Open vSwitch and containers in it, see tests/e2e/world.
world=(
    openvswitch-switch runc crun podman "${aardvark[@]}"
    busybox-static iproute2 iptables jq nftables procps util-linux
)
tests=(bats kmod socat strace "${docker[@]}" curl containernetworking-plugins
    dnsmasq-base "${dhcp[@]}" ovn-central ovn-host graphviz librsvg2-bin)
# In tests that no tree of another Debian runs.
servers=(kea-dhcp4-server)
services=(docker-compose systemd)
# tests/kernel/guest, with guest-kernel.sh
guests=(qemu-system-x86 "${virtiofs[@]}")
lint=(
    binutils clang "$clang_rt" clang-format clang-tidy cppcheck git mandoc
    shellcheck
)
# tests/compilers: in each release those that no earlier one has; and unit tests make a
# database of Open vSwitch and of OVN.
case ${release%%.*} in
12) compilers=(gcc-12 clang-14 clang-15 clang-16) ;;
13) compilers=(gcc-13 gcc-14 clang-17 clang-18 clang-19) ;;
*) compilers=(gcc-15 gcc-16 clang-21 clang-22) ;;
esac
compilers+=(openvswitch-switch ovn-central)
# What README's first commands begin with: tests/newcomer.
newcomer=(apt debian-archive-keyring make)
check=("${packages[@]}" "${tests[@]}" "${servers[@]}" "${services[@]}" "${guests[@]}" "${lint[@]}")
# tests/debian/nat-kernel.sh
nat_kernel=(user-mode-linux "$linux_source" bc bison flex xz-utils kmod)
bench=(
    user-mode-linux kmod iperf3 containernetworking-plugins "${docker[@]}" curl
    valgrind
)

say() { echo "deps: $*" >&2; }
fail() {
    say "$@"
    exit 1
}

case ${1-} in
build) wanted=("${build[@]}") ;;
packages) wanted=("${build[@]}" "${packages[@]}") ;;
demo) wanted=("${build[@]}" "${world[@]}") ;;
check) wanted=("${build[@]}" "${world[@]}" "${check[@]}") ;;
bench) wanted=("${build[@]}" "${world[@]}" "${bench[@]}") ;;
nat-kernel) wanted=("${build[@]}" "${nat_kernel[@]}") ;;
all) wanted=("${build[@]}" "${world[@]}" "${check[@]}" "${bench[@]}") ;;
list)
    for set in "${@:3}"; do
        declare -n of_set=$set
        printf '%s\n' "${of_set[@]}"
    done
    exit
    ;;
*)
    echo "usage: $0 build|demo|packages|check|bench|nat-kernel|all|list RELEASE SET..." >&2
    exit 2
    ;;
esac

for program in dpkg-query apt-get; do
    command -v "$program" >/dev/null && continue
    fail "this is not Debian; what is needed, by Debian's names:" "${wanted[@]}"
done

# A package that another one provides (pkg-config: pkgconf) counts as well.
installed=" $(dpkg-query -W -f '${db:Status-Status} ${Package} ${Provides}\n' |
    sed -n 's/^installed //p' | sed 's/([^)]*)//g; s/,/ /g' | tr '\n' ' ') "
missing=()
for package in "${wanted[@]}"; do
    [[ $installed == *" $package "* ]] || missing+=("$package")
done
fetched() {
    case $1 in
    check | all)
        "$(dirname "$0")/../tests/debian/newer-docker.sh"
        "$(dirname "$0")/../tests/debian/guest-kernel.sh" >/dev/null
        "$(dirname "$0")/../tests/debian/debian-tree.sh" trixie >/dev/null
        ;;
    esac
}

if [ ${#missing[@]} = 0 ]; then
    fetched "$1"
    exit
fi
mapfile -t missing < <(printf "%s\n" "${missing[@]}" | sort -u)

[ "$(id -u)" = 0 ] ||
    fail "must be root to install ${missing[*]}: sudo $0 $1"
say "installing ${missing[*]}"

# Maintainer scripts ask this program before they start a service.
policy=/usr/sbin/policy-rc.d
saved=
restore() {
    rm -f "$policy"
    [ -z "$saved" ] || mv "$saved" "$policy"
}
if [ -e "$policy" ]; then
    saved=$policy.before-ovsint
    mv "$policy" "$saved"
fi
trap restore EXIT
trap 'exit 143' INT TERM
printf '#!/bin/sh\nexit 101\n' >"$policy"
chmod 755 "$policy"

export DEBIAN_FRONTEND=noninteractive
apt-get update -qq >&2 || say "the lists of packages could not be refreshed"
apt-get install -qq --yes --no-install-recommends \
    -o Dpkg::Use-Pty=0 -o Dpkg::Options::=--force-confold \
    "${missing[@]}" >&2 || fail "apt-get could not install ${missing[*]}"
fetched "$1"
say "done"
