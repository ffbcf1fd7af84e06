#!/bin/bash
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# After a burst of changes of devices Open vSwitch never learns that one of its TAPs was moved.
#
# Software  openvswitch-switch 3.1.0 (Debian 12), userspace datapath; the same with 3.5.0.
# Done      Two internal ports are moved to namespaces while ovs-vswitchd is held up (SIGSTOP
#           for a host that is busy). At the second one another device, which is no port, is
#           changed 8000 times meanwhile: more news than the switch's socket holds (2 MiB).
# Expected  News that were lost are asked for: the log says "netlink receive buffer overflowed",
#           and the switch can ask the kernel for the present state of each of its ports.
# Seen      The first port works when the switch goes on. The second one is deaf for good: what it
#           sends arrives, and what is for it is dropped, as the switch takes it to be on the
#           host and down (ifindex, link_state and admin_state of its row say so, too). After
#           lost news only devices of the class system are looked at again, and a TAP has another
#           one (netdev_linux_run() in lib/netdev-linux.c). Later changes did not help, be it of
#           the device in its namespace, of another one on the host, or of the port's row.
# So        ifindex above 0 for a port whose device has left the host tells that it is deaf.
#           Delete the port and add it again.
#
# Exits with 0 if this is still so. Needs root, on Debian 12 with its packages.
set -euo pipefail

packages=(openvswitch-switch=3.1.0-2+deb12u1 busybox-static iproute2 bash
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
switch=$(cat /run/ovs/ovs-vswitchd.pid)
ovs-vsctl add-br br0 -- set bridge br0 datapath_type=netdev

add() { ovs-vsctl add-port br0 "$1" -- set interface "$1" type=internal; }
place() { # NAME ADDRESS
    [ -e "/run/netns/$1" ] || ip netns add "$1"
    ip link set dev "$1" netns "$1"
    ip -n "$1" addr add "10.0.0.$2/24" dev "$1"
    ip -n "$1" link set dev "$1" up
}
received() { # NAME
    ip netns exec "$1" busybox cat "/sys/class/net/$1/statistics/rx_packets"
}
answers() { # NAME SECONDS
    if ip netns exec "$1" busybox ping -c "$2" -W 1 10.0.0.1 >/dev/null; then
        echo yes
    else
        echo no
    fi
}
say() { # WHAT ANSWERS NAME
    echo "$1: 10.0.0.1 answers: $2; its row has ifindex" \
        "$(ovs-vsctl get interface "$3" ifindex)"
}

for name in peer one two; do add "$name"; done
place peer 1
busybox sleep 1

kill -STOP "$switch"
place one 2
kill -CONT "$switch"
result=$(answers one 5)
say "one, moved while the switch was busy" "$result" one
[ "$result" = yes ]

ip link add noise0 type veth peer name noise1
kill -STOP "$switch"
place two 3
for ((i = 0; i < 8000; i++)); do
    echo "link set dev noise0 mtu $((1000 + i % 2))"
done | ip -batch -
kill -CONT "$switch"
result=$(answers two 10)
say "two, the same, and 8000 changes of another device" "$result" two
[ "$result" = no ]
[ "$(ovs-vsctl get interface two ifindex)" != 0 ]
[ "$(received two)" = 0 ]
before=$(received peer)
answers two 2 >/dev/null
after=$(received peer)
echo "    packets that peer has received: $before, after two pings more $after;" \
    "two: $(received two)"
[ "$after" -gt "$before" ]
grep -o 'WARN|netlink.*overflowed' /run/ovs/ovs-vswitchd.log

ip -n two link set dev two down
ip -n two link set dev two up
ip link set dev noise0 mtu 1400
ovs-vsctl set port two external_ids:look=again
result=$(answers two 10)
say "two, after changes of it, of the host's devices and of its row" "$result" two
[ "$result" = no ]

ovs-vsctl del-port two
add two
place two 3
result=$(answers two 10)
say "two, a new port" "$result" two
[ "$result" = yes ]
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
