#!/bin/bash
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# nft deletes an element of a map by its key alone: the value that the command names does not count.
#
# Software  nftables 1.0.6 (Debian 12), on Linux 6.18.
# Done      A map sends port 80 to 192.0.2.1. `delete element` names port 80 with 192.0.2.9,
#           which it never had. Then `add element` names port 80, which leads to 192.0.2.1
#           again, with another address.
# Expected  Whoever says key and value means that pair: nothing is deleted ("No such file or
#           directory", as for a key that is not there).
# Seen      The element is deleted, with status 0. To add is stricter: the same pair again is
#           fine, another value for the key is refused ("File exists").
# So        Where two owners share a map, a late removal of the one takes away what the other
#           has put under that key since. Who removes has to know by a record of his own that
#           the key is still his: to name the value is no guard.
#
# Exits with 0 if this is still so. Needs root, on Debian 12 with its packages.
set -euo pipefail

packages=(nftables=1.0.6-2+deb12u2 busybox-static iproute2 bash coreutils grep sed)
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
nft 'add table ip t; add map ip t ports { type inet_service : ipv4_addr; }'
has() { nft list map ip t ports | grep -o 'elements = .*' || echo "elements = none"; }
try() { # STATUS COMMAND
    local status=0
    nft "$2" 2>/run/said || status=1
    echo "$2: status $status $(sed -n 's/^Error: //p' /run/said); $(has)"
    [ "$status" = "$1" ]
}
try 0 'add element ip t ports { 80 : 192.0.2.1 }'
try 1 'delete element ip t ports { 81 : 192.0.2.1 }'
try 0 'delete element ip t ports { 80 : 192.0.2.9 }'
[ "$(has)" = "elements = none" ]
try 0 'add element ip t ports { 80 : 192.0.2.1 }'
try 0 'add element ip t ports { 80 : 192.0.2.1 }'
try 1 'add element ip t ports { 80 : 192.0.2.2 }'
grep -q 'File exists' /run/said
has | grep -q '80 : 192.0.2.1 '
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
