#!/bin/bash
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# iptables and nft take a rule by an alternative name of a device, and no packet matches it.
#
# Software  iptables 1.8.9, nftables 1.0.6, iproute2 6.1.0 (Debian 12), on Linux 6.18.
# Done      A namespace has a device with the altname eth0, as ip-link(8) and udev give them.
#           ip sets it up by that name, and a socket binds to it (SO_BINDTODEVICE). Rules that
#           drop what comes in by eth0 are loaded: `iptables -i eth0` with both back ends, and
#           nft's `iifname "eth0"`. Then nft's `iif eth0`, which is by number.
# Expected  The name means the same device to all of them, or is refused.
# Seen      The rules by name are taken without a word and drop nothing; with the device's own
#           name they drop. `iif` is by number and could be meant by any name, and this nft
#           refuses it: "Interface does not exist".
# So        A rule inside a container whose eth0 is an altname has to say the device's own name,
#           or none. One that drops protects from nothing, and nobody is told.
#
# Exits with 0 if this is still so. Needs root, on Debian 12 with its packages.
set -euo pipefail

packages=(iptables=1.8.9-2 nftables=1.0.6-2+deb12u2 iproute2=6.1.0-3 python3
    busybox-static bash coreutils grep sed)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The packages and all that they depend on, in a tree of their own: nothing is
# installed. TREE=DIRECTORY keeps them for the next run.
tree=${TREE:-$work/tree}
if [ ! -e "$tree/unpacked" ]; then
    mkdir -p "$work/archives/partial" "$tree"/usr/{bin,sbin,lib,lib64} \
        "$tree"/{proc,sys,dev,tmp,run,etc}
    for name in bin sbin lib lib64; do ln -s "usr/$name" "$tree/$name"; done
    : >"$work/status"
    apt-get -qq --yes --no-install-recommends --download-only \
        -o Dir::State::status="$work/status" \
        -o Dir::Cache::archives="$work/archives" -o Dir::Cache::pkgcache= \
        -o Dir::Cache::srcpkgcache= -o APT::Sandbox::User=root \
        install "${packages[@]}" >&2
    for package in "$work"/archives/*.deb; do
        dpkg-deb --fsys-tarfile "$package" |
            tar -C "$tree" -x --keep-directory-symlink
    done
    touch "$tree/unpacked"
fi

cat >"$work/inside" <<'INSIDE'
set -euo pipefail
ip netns add inner
ip link add outer type veth peer name p0123 netns inner
ip addr add 192.0.2.1/24 dev outer
ip link set dev outer up
inside() { ip netns exec inner "$@"; }
inside ip link property add dev p0123 altname eth0
inside ip addr add 192.0.2.2/24 dev eth0
inside ip link set dev eth0 up
inside python3 -c '
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"eth0\0")
print("a socket that is bound to eth0 is bound to", s.getsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, 16).rstrip(b"\0").decode())'
passes() { busybox ping -c 1 -W 2 192.0.2.2 >/dev/null; }
says() { # RULE
    if passes; then echo "$1: a ping passes"; else echo "$1: a ping is dropped"; fi
}
for _ in $(busybox seq 50); do passes && break; done
says "no rule"
passes
for filter in iptables-nft iptables-legacy; do
    inside "$filter" -A INPUT -i eth0 -j DROP
    says "$filter -i eth0 -j DROP"
    passes
    inside "$filter" -F
    inside "$filter" -A INPUT -i p0123 -j DROP
    says "$filter -i p0123 -j DROP"
    if passes; then exit 1; fi
    inside "$filter" -F
done
inside nft 'add table ip t; add chain ip t c { type filter hook input priority 0; }'
inside nft 'add rule ip t c iifname "eth0" drop'
says 'nft iifname "eth0" drop'
passes
inside nft 'flush table ip t; add rule ip t c iifname "p0123" drop'
says 'nft iifname "p0123" drop'
if passes; then exit 1; fi
inside nft 'flush table ip t'
if inside nft 'add rule ip t c iif eth0 drop' 2>/run/said; then exit 1; fi
echo "nft iif eth0 drop: $(sed -n 1p /run/said)"
grep -q 'Interface does not exist' /run/said
inside nft 'add rule ip t c iif p0123 drop'
says "nft iif p0123 drop"
if passes; then exit 1; fi
INSIDE

# shellcheck disable=SC2016
unshare --net --mount --pid --ipc --fork --kill-child -- bash -c '
    mount --make-rprivate /
    mount --bind "$1" "$1"
    mount -t tmpfs run "$1/run"
    mount -t tmpfs tmp "$1/tmp"
    mount -t proc proc "$1/proc"
    mount -t sysfs sys "$1/sys"
    mount --rbind /dev "$1/dev"
    cp "$2" "$1/run/inside"
    exec env -u TMPDIR chroot "$1" /bin/bash /run/inside' - "$tree" "$work/inside"
echo "still so"
