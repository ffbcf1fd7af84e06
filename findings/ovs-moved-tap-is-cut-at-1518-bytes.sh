#!/bin/bash
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# From an internal port in another namespace the userspace datapath passes on 1518 bytes.
#
# Software  openvswitch-switch 3.1.0 (Debian 12), userspace datapath; the same with 3.5.0.
# Done      Two internal ports are moved into namespaces of their own and get an MTU of 9000
#           there, one of them after mtu_request=9000 on the host. Pings of growing size.
# Expected  As on the host, where both carry 9000.
# Seen      Packets of 1504 bytes arrive, 1505 do not, without a message or a counter. For
#           each read ovs-vswitchd asks for the MTU by the device's name in its own
#           namespace; there is none, so it has room for 1500 bytes and a VLAN tag
#           (netdev_linux_rxq_recv() in lib/netdev-linux.c), and sends on what fits, a
#           packet that is shorter than its header says. An mtu_request from before the move
#           is forgotten with the device (netdev_linux_changed()).
# So        TCP between two such ports connects and then hangs. Keep to 1500 there, or use a
#           veth pair, whose outer end stays.
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

i=0
for name in a b; do
    i=$((i + 1))
    ip netns add "$name"
    ovs-vsctl add-port br0 "$name" -- set interface "$name" type=internal
done
ovs-vsctl set interface a mtu_request=9000
busybox sleep 1
echo "a on the host: MTU $(sed -n 1p /sys/class/net/a/mtu)"
i=0
for name in a b; do
    i=$((i + 1))
    ip link set dev "$name" netns "$name"
    ip -n "$name" link set dev "$name" mtu 9000 up
    ip -n "$name" addr add "10.0.0.$i/24" dev "$name"
done
busybox sleep 1
passes() { # size of the IP packet
    if ip netns exec a busybox ping -c 2 -W 1 -s $(($1 - 28)) 10.0.0.2 >/dev/null; then
        echo yes
    else
        echo no
    fi
}
for size in 1500 1504 1505 9000; do
    result=$(passes "$size")
    echo "packets of $size bytes pass: $result"
    case $size in
    1500 | 1504) [ "$result" = yes ] ;;
    *) [ "$result" = no ] ;;
    esac
done
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
