#!/bin/bash
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# A bridge that snoops multicast forgets its members where no router asks, and cuts them off.
#
# Software  openvswitch-switch 3.1.0 (Debian 12), Linux.
# Done      A bridge with mcast_snooping_enable=true and an aging time of 15 s instead of
#           300; three hosts on internal ports. "first" joins 239.1.2.3, 8 s later "second"
#           does, and "sender" pings the group again and again. Then with
#           mcast-snooping-disable-flood-unregistered=true a host is added, and pinged by
#           its IPv6 address at once and after its memberships have aged.
# Expected  That members hear the group for as long as they are in it. A Linux bridge snoops
#           as long as it hears a querier only, and floods otherwise
#           (br_multicast_querier_exists()); ovs-vswitchd.conf.db(5) says of
#           mcast_snooping_enable nothing of a querier.
# Seen      Hosts report a membership when they join and when they are asked. Open vSwitch
#           never asks. "first" hears nothing from the end of its 15 s until those of
#           "second" have ended, too; then the group is flooded to all. And with
#           disable-flood-unregistered nobody finds a new host by IPv6 any more: neighbour
#           discovery goes to a group of the host's (RFC 4291 section 2.7.1), which is a
#           membership like any other.
# So        Snooping needs a router or a switch of the LAN that sends IGMP and MLD queries in
#           each VLAN; `ovs-appctl mdb/show BRIDGE` has a line "querier" then. Without one
#           leave it off.
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
ovs-vsctl add-br br0 -- set bridge br0 datapath_type=netdev \
    mcast_snooping_enable=true other_config:mcast-snooping-aging-time=15

host() { # NAME NUMBER
    ip netns add "$1"
    ovs-vsctl add-port br0 "$1" -- set interface "$1" type=internal
    ip link set "$1" netns "$1"
    ip -n "$1" link set "$1" up
    ip -n "$1" address add "192.0.2.$2/24" dev "$1"
    ip -n "$1" address add "2001:db8::$2/64" dev "$1" nodad
    ip netns exec "$1" busybox sysctl -qw net.ipv4.icmp_echo_ignore_broadcasts=0
}
join() { ip -n "$1" address add 239.1.2.3/32 dev "$1" autojoin; }
heard() { # who answers a ping to the group
    ip netns exec sender busybox ping -c 2 -w 2 -I 192.0.2.1 239.1.2.3 |
        sed -n 's/^64 bytes from 192.0.2.\([0-9]*\):.*/\1/p' | sort -u | tr -d '\n'
}
finds() { # NUMBER: the neighbour, anew
    ip -n sender neigh flush dev sender
    ip netns exec sender busybox ping -6 -c 1 -w 4 "2001:db8::$1" >/dev/null &&
        echo yes || echo no
}

host sender 1
host first 2
host second 3
join first
busybox sleep 8
join second
busybox sleep 1
both=$(heard)
echo "both have joined: .${both:0:1} and .${both:1:1} answer"
seen=
for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    [ "$(heard)" != 3 ] || seen=yes
    [ -z "$seen" ] || break
    busybox sleep 0.5
done
ovs-appctl mdb/show br0
echo "only .3 answers, though .2 is in the group still: ${seen:-no}"
ip -n first maddress show dev first | grep -q 239.1.2.3
[ "$both" = 23 ]
[ "$seen" = yes ]

ovs-vsctl set bridge br0 \
    other_config:mcast-snooping-disable-flood-unregistered=true
host third 4
busybox sleep 2
new=$(finds 4)
busybox sleep 17
old=$(finds 4)
echo "IPv6 neighbour discovery finds a new host: $new; after 19 s: $old"
[ "$new $old" = "yes no" ]
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
