#!/bin/bash
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# A card that is removed and comes back is dead on the userspace datapath, and its row is well.
#
# Software  openvswitch-switch 3.1.0 (Debian 12), userspace datapath.
# Done      A device of the host is a port of a bridge. It is deleted and made again under its
#           name, set up, with the same MAC address, as when a driver is loaded anew.
# Expected  The switch takes it again, as it does with the kernel datapath; or
#           Interface.error says that it has not.
# Seen      Nothing passes any more. The row says that all is well: ofport is as before, error
#           is empty, ifindex and link_state are those of the new device. The switch keeps to
#           the packet socket of the dead one; its log has "Network is down" on it. The new
#           device lacks IFF_PROMISC, which the switch sets on what it has opened.
# So        Remove the port and add it again; or give the row another type until it shows an
#           error, and its own again. Do not go by ofport, ifindex or link_state: look for
#           IFF_PROMISC.
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
start() {
    /usr/lib/openvswitch-switch/ovs-vswitchd --detach --no-chdir --pidfile \
        --log-file 2>/dev/null
}
start
ovs-vsctl add-br br0 -- set bridge br0 datapath_type=netdev

ip netns add outside
card() {
    ip link add dev card address 02:00:00:00:00:01 type veth \
        peer name far address 02:00:00:00:00:02 netns outside
    ip link set dev card up
    ip -n outside link set dev far up
    ip -n outside addr add 10.0.0.2/24 dev far
}
card
ovs-vsctl add-port br0 card -- add-port br0 in0 -- set interface in0 type=internal
ip netns add inside
busybox sleep 1
ip link set dev in0 netns inside
ip -n inside link set dev in0 up
ip -n inside addr add 10.0.0.1/24 dev in0
passes() {
    if ip netns exec inside busybox ping -c 3 -W 1 10.0.0.2 >/dev/null; then
        echo yes
    else
        echo no
    fi
}
show() {
    echo "$1: passes=$(passes) flags=$(sed -n 1p /sys/class/net/card/flags)" \
        "index=$(sed -n 1p /sys/class/net/card/ifindex)" \
        "row: $(ovs-vsctl get interface card ofport ifindex link_state error |
            tr '\n' ' ')"
}
show before
[ "$(passes)" = yes ]
ip link delete dev card
card
busybox sleep 3
show "made again"
[ "$(passes)" = no ]
[ "$(ovs-vsctl get interface card error)" = "[]" ]
[ "$(ovs-vsctl get interface card link_state)" = up ]
[ "$(ovs-vsctl get interface card ifindex)" = "$(sed -n 1p /sys/class/net/card/ifindex)" ]
ovs-vsctl del-port card
ovs-vsctl add-port br0 card
busybox sleep 1
show "removed and added"
[ "$(passes)" = yes ]
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
