#!/bin/bash
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# QoS of an internal port limits what is sent from it, not what is sent to it.
#
# Software  openvswitch-switch 3.1.0 (Debian 12), userspace datapath.
# Done      Two internal ports, one of them in a network namespace. The other's Port.qos is a
#           linux-htb with a max-rate of 200 kbit/s. Datagrams are sent both ways. Then that
#           port is moved to a namespace, too.
# Expected  Open vSwitch's documents: shaping is for what leaves the switch by a port. So what
#           is sent to that port is slow, and what it sends is not.
# Seen      The other way round: the queue is one of the device, and what the host sends by the
#           device of an internal port comes into the switch there. And after the move the kernel
#           has taken the queue away, so nothing is limited, while Port.qos stands as before.
# So        The name of a direction is true only of a device whose other end is a wire. To limit
#           what a container of an internal port sends, this would be the column, if it outlived
#           the move: set the queue inside, after the move. What is sent to a container is
#           limited by an OpenFlow meter, or at the outer end of a veth pair.
#
# Exits with 0 if this is still so. Needs root, on Debian 12 with its packages.
set -euo pipefail

packages=(openvswitch-switch=3.1.0-2+deb12u1 python3 busybox-static iproute2 bash
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
ovs-vsctl add-br br0 -- set bridge br0 datapath_type=netdev \
    -- add-port br0 limited -- set interface limited type=internal \
    -- add-port br0 other -- set interface other type=internal
ip netns add n1
ip netns add n2
dress() { # NAMESPACE DEVICE ADDRESS
    ip -n "$1" link set dev "$2" up
    ip -n "$1" address add "$3" dev "$2"
}
ip link set other netns n2
dress n2 other 192.0.2.2/24
ip link set limited up
ip address add 192.0.2.1/24 dev limited
cat >/run/send.py <<'SEND'
import socket, sys, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 20000)
end = time.time() + 3
while time.time() < end:
    s.sendto(bytes(1000), (sys.argv[1], 9))
    time.sleep(0.001)
SEND
in_n1=()
arrived() { "$@" sed -n 1p "/sys/class/net/$device/statistics/rx_packets"; }
from_limited() { # kbit/s that arrive at the other one
    local before device=other
    before=$(arrived ip netns exec n2)
    "${in_n1[@]}" python3 /run/send.py 192.0.2.2
    echo $((($(arrived ip netns exec n2) - before) * 8 / 3))
}
to_limited() {
    local before device=limited
    before=$(arrived "${in_n1[@]}")
    ip netns exec n2 python3 /run/send.py 192.0.2.1
    echo $((($(arrived "${in_n1[@]}") - before) * 8 / 3))
}

from=$(from_limited) to=$(to_limited)
echo "without a limit: $from kbit/s sent by the port, $to kbit/s sent to it"
[ "$from" -gt 600 ]
[ "$to" -gt 600 ]
ovs-vsctl set port limited qos=@q -- --id=@q create qos type=linux-htb \
    other-config:max-rate=200000 >/dev/null
from=$(from_limited) to=$(to_limited)
echo "with a limit of 200 kbit/s: $from kbit/s sent by the port, $to kbit/s sent to it"
[ "$from" -lt 400 ]
[ "$to" -gt 600 ]
ip link set limited netns n1
dress n1 limited 192.0.2.1/24
in_n1=(ip netns exec n1)
ovs-vsctl add-port br0 third -- set interface third type=internal
from=$(from_limited) to=$(to_limited)
echo "in a namespace: $from kbit/s sent by the port, $to kbit/s sent to it; Port.qos: $(ovs-vsctl get port limited qos)"
[ "$from" -gt 600 ]
[ "$to" -gt 600 ]
[ "$(ovs-vsctl get port limited qos)" != "[]" ]
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
