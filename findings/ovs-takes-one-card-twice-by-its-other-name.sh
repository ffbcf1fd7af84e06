#!/bin/bash
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# Open vSwitch takes one card twice, by its name and by an alternative name, and sends back to the
# card what came from it.
#
# Software  openvswitch-switch 3.1.0 (Debian 12), userspace datapath, on Linux 6.18. The kernel
#           datapath was not tried.
# Done      A card of the host, card2, has the altname enp3s0, as udev gives them. It is a port of
#           a bridge; then enp3s0 is added to the bridge. The host behind card2 broadcasts ten
#           frames.
# Expected  The second port is refused, with an error in its row.
# Seen      Both ports are there, with one ifindex and without an error. The neighbour at card1
#           gets each frame twice, and the sender gets its own ten frames back, twice.
# So        Who looks whether a card is on a bridge has to compare `ifindex`, not names.
#
# Exits with 0 if this is still so. Needs root, on Debian 12 with its packages.
set -euo pipefail

packages=(openvswitch-switch=3.1.0-2+deb12u1 busybox-static iproute2 python3 bash
    coreutils grep sed)
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
export OVS_RUNDIR=/run/ovs OVS_LOGDIR=/run/ovs OVS_DBDIR=/run/ovs
mkdir -p /run/ovs
ovsdb-tool create /run/ovs/conf.db /usr/share/openvswitch/vswitch.ovsschema
ovsdb-server --detach --no-chdir --pidfile --log-file \
    --remote=punix:/run/ovs/db.sock /run/ovs/conf.db 2>/dev/null
ovs-vsctl --no-wait init
/usr/lib/openvswitch-switch/ovs-vswitchd --detach --no-chdir --pidfile \
    --log-file 2>/dev/null
for n in 1 2; do
    ip netns add "host$n"
    ip link add "card$n" type veth peer name in0 netns "host$n"
    ip link set dev "card$n" up
    ip -n "host$n" link set dev in0 up
done
ip link property add dev card2 altname enp3s0
ovs-vsctl --timeout=30 add-br br0 -- set bridge br0 datapath_type=netdev \
    -- add-port br0 card1 -- add-port br0 card2

cat >/run/count.py <<'COUNT'
import socket, sys
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x88b5))
s.bind(("in0", 0x88b5))
s.settimeout(3)
open(sys.argv[1], "w").close()
count = 0
try:
    while True:
        if s.recvfrom(2000)[1][2] != socket.PACKET_OUTGOING:
            count += 1
except TimeoutError:
    print(count)
COUNT
cat >/run/send.py <<'SEND'
import socket, time
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
s.bind(("in0", 0x88b5))
for _ in range(10):
    s.send(b"\xff" * 6 + bytes.fromhex("020000000002") + b"\x88\xb5" + bytes(60))
    time.sleep(0.02)
SEND
count() { # what is heard of ten frames of host2
    rm -f /run/ready1 /run/ready2
    ip netns exec host1 python3 /run/count.py /run/ready1 >/run/heard1 &
    ip netns exec host2 python3 /run/count.py /run/ready2 >/run/heard2 &
    while [ ! -e /run/ready1 ] || [ ! -e /run/ready2 ]; do busybox sleep 0.1; done
    ip netns exec host2 python3 /run/send.py
    wait
    echo "$1: host1 has $(cat /run/heard1) frames, host2, which sent ten, has $(cat /run/heard2)"
}
count "card2 is a port"
[ "$(cat /run/heard1) $(cat /run/heard2)" = "10 0" ]
ovs-vsctl --timeout=30 add-port br0 enp3s0
for port in card2 enp3s0; do
    echo "$port: ofport $(ovs-vsctl get interface $port ofport)," \
        "ifindex $(ovs-vsctl get interface $port ifindex)," \
        "error $(ovs-vsctl get interface $port error)"
    [ "$(ovs-vsctl get interface $port error)" = "[]" ]
done
[ "$(ovs-vsctl get interface card2 ifindex)" = "$(ovs-vsctl get interface enp3s0 ifindex)" ]
count "enp3s0, too"
[ "$(cat /run/heard1) $(cat /run/heard2)" = "20 20" ]
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
