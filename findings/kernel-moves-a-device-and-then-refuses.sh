#!/bin/bash
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# A change of a device that the kernel has refused has moved it to the other namespace all the same.
#
# Software  Linux 6.18, iproute2 6.1.0 (Debian 12).
# Done      One message (RTM_NEWLINK of rtnetlink; `ip link set DEVICE netns C name eth0`) moves a
#           device and gives it a name, an MTU or an address, and is refused: there is an eth0 in
#           C, the MTU is larger than the device's maximum, the address is one of a group.
# Expected  An error means that nothing was done: it is one request, and the kernel can see what
#           is wrong with it before it begins.
# Seen      "File exists", and the device is in the other namespace, down, with the name that it
#           had. The attributes are applied one by one, the move before all others, and what has
#           been done when one is refused stays done. Within a namespace the same: an address is
#           set, the MTU is refused. The error does not say how far it came; the kernel's log has
#           a line on it.
# So        After an error look for the device in both namespaces before anything is tried again
#           or taken back: "no such device" at the second try means success of the first half.
#
# Exits with 0 if this is still so. Needs root, on Debian 12 with its packages.
set -euo pipefail

packages=(iproute2=6.1.0-3 busybox-static bash coreutils grep sed)
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
ip netns add c
ip -n c link add dev eth0 type veth peer name peer
where() { # of the device x
    if ip link show dev x >/dev/null 2>&1; then echo "here"
    elif ip -n c link show dev x >/dev/null 2>&1; then echo "in the other namespace"
    else echo "nowhere"; fi
}
for wish in "name eth0" "mtu 99999" "address 01:00:5e:00:00:01"; do
    ip link add dev x type veth peer name y
    # shellcheck disable=SC2086
    if said=$(ip link set dev x netns c $wish 2>&1); then exit 1; fi
    echo "netns c $wish: $said; the device is $(where)"
    [ "$(where)" = "in the other namespace" ]
    ip link del dev y
done
ip link add dev x type veth peer name y
if said=$(ip link set dev x address 02:00:00:00:00:05 mtu 99999 2>&1); then exit 1; fi
echo "address and mtu: $said; address: $(sed -n 1p /sys/class/net/x/address)"
[ "$(sed -n 1p /sys/class/net/x/address)" = 02:00:00:00:00:05 ]
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
