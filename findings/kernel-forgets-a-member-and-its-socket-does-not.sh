#!/bin/bash
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# A device that takes the place of another has no members of multicast groups, and a socket that
# joined before counts itself in: it cannot join again until it has left.
#
# Software  Linux 6.18, and no other version was tried; iproute2 6.1.0 (Debian 12).
# Done      A program joins 239.1.1.1 on a device by its number. The device is deleted and made
#           anew with the same name, number, MAC and address, as a repair of a container's
#           network may do. The program joins once more; then it leaves and joins.
# Expected  The membership is the socket's, so it holds for the device of that number; or the
#           second join mends it.
# Seen      /proc/net/igmp shows no member: the list has gone with the device. The socket still
#           counts itself in: to join fails with EADDRINUSE. Only to leave, which succeeds, and
#           to join then brings the member back.
# So        After a device was replaced under a running program, the host reports no member for
#           it any more. It takes a leave and a join on that very socket, and a program that is
#           not told of the replacement has no reason for them.
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
make_device() {
    ip link add dev0 index 50 address 02:00:00:00:00:01 type veth peer name dev1
    ip addr add 192.0.2.1/24 dev dev0
    ip link set dev dev0 up
    ip link set dev dev1 up
}
export -f make_device
cat >/run/member.py <<'MEMBER'
import errno, socket, struct, subprocess
def shell(command):
    subprocess.run(["/bin/bash", "-ec", command], check=True)
def members():
    return open("/proc/net/igmp").read().count("010101EF")
def change(option):
    try:
        s.setsockopt(socket.IPPROTO_IP, option, request)
        return "done"
    except OSError as error:
        return errno.errorcode[error.errno]
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
request = struct.pack("=4s4si", socket.inet_aton("239.1.1.1"), socket.inet_aton("0.0.0.0"), 50)
shell("make_device")
print("join:", change(socket.IP_ADD_MEMBERSHIP), "members:", members())
shell("ip link del dev0; make_device")
print("a new device: members:", members())
print("join again:", change(socket.IP_ADD_MEMBERSHIP), "members:", members())
print("leave:", change(socket.IP_DROP_MEMBERSHIP), "members:", members())
print("join:", change(socket.IP_ADD_MEMBERSHIP), "members:", members())
MEMBER
python3 /run/member.py | tee /run/said
[ "$(sed -n 1p /run/said)" = "join: done members: 1" ]
[ "$(sed -n 2p /run/said)" = "a new device: members: 0" ]
[ "$(sed -n 3p /run/said)" = "join again: EADDRINUSE members: 0" ]
[ "$(sed -n 4p /run/said)" = "leave: done members: 0" ]
[ "$(sed -n 5p /run/said)" = "join: done members: 1" ]
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
