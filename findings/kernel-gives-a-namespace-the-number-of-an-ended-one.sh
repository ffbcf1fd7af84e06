#!/bin/bash
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# The kernel gives a new network namespace the inode number of one that ended a moment ago.
#
# Software  Linux 6.18, and no other version was tried; iproute2 6.1.0 (Debian 12).
# Done      A namespace is made, its inode is noted, by which lsns(8) and `ip netns identify`
#           tell namespaces apart, and it ends. Then the next one is made. Twenty times. Each
#           time a socket inside is asked for SO_NETNS_COOKIE.
# Expected  Numbers that were just given back rest for a while, as those of processes do.
# Seen      All twenty share a few numbers (two in one run, three in another), mostly so that a
#           namespace has the number of the last but one. No cookie comes again; they do not
#           always rise, so the greater one need not be the newer one.
# So        What was noted of a container by the inode of its namespace may be true of a
#           stranger soon after the container has ended. Compare the cookie as well (Linux
#           5.14), or keep the namespace open for as long as the note is to mean anything.
#
# Exits with 0 if this is still so. Needs root, on Debian 12 with its packages.
set -euo pipefail

packages=(iproute2=6.1.0-3 python3 busybox-static bash coreutils grep sed)
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
cat >/run/tell.py <<'TELL'
import os, socket, struct
SO_NETNS_COOKIE = 71
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
cookie = struct.unpack("Q", s.getsockopt(socket.SOL_SOCKET, SO_NETNS_COOKIE, 8))[0]
print(os.stat("/proc/self/ns/net").st_ino, cookie)
TELL
for _ in $(busybox seq 20); do
    ip netns add one
    ip netns exec one python3 /run/tell.py >>/run/seen
    ip netns del one
done
sed 's/ /, cookie /; s/^/inode /' /run/seen | sed -n 1,5p
inodes=$(busybox cut -d ' ' -f 1 /run/seen | sort -u | busybox wc -l)
cookies=$(busybox cut -d ' ' -f 2 /run/seen | sort -u | busybox wc -l)
echo "of 20 namespaces: $inodes inodes, $cookies cookies"
[ "$inodes" -le 10 ]
[ "$cookies" = 20 ]
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
