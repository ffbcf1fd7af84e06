#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Packets above 1500 bytes from an internal port in another namespace vanish, whatever its MTU is.
#
# Software  openvswitch-switch 3.1.0 (Debian 12), userspace datapath.
# Done      Two internal ports, both created with mtu_request=9000, which the columns `mtu`
#           confirm, are moved to two network namespaces and set to MTU 9000 there as well.
#           Pings of growing size.
# Expected  They pass: every MTU that can be seen is 9000.
# Seen      1476 bytes of data (a packet of 1504) pass, 1477 and more are lost without a
#           word anywhere; the column `mtu` is empty now. ovs-vswitchd reads a TAP with room
#           for the MTU that it finds by name in its own namespace, and for 1500 where there
#           is no such device; a move makes it forget what it had known.
# So        TCP between such ports hangs as soon as it sends full segments. Keep to 1500 on
#           this datapath, or use a veth pair, whose outer end stays on the host.
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
ovs-vsctl add-br br0 -- set bridge br0 datapath_type=netdev -- set interface br0 mtu_request=9000
i=1
for name in one two; do
    ovs-vsctl add-port br0 "$name" -- set interface "$name" type=internal mtu_request=9000
    echo "$name on the host: mtu $(ovs-vsctl get interface "$name" mtu)"
    ip netns add "$name"
    ip link set "$name" netns "$name"
    ip -n "$name" link set "$name" mtu 9000 up
    ip -n "$name" address add "192.0.2.$i/24" dev "$name"
    i=$((i + 1))
done
busybox sleep 2
echo "in their namespaces: mtu $(ip -n one link show one | sed -n 's/.* mtu \([0-9]*\).*/\1/p')," \
    "the column: $(ovs-vsctl get interface one mtu)"
passes() { ip netns exec one busybox ping -q -c 3 -W 1 -s "$1" 192.0.2.2 >/dev/null; }
for size in 56 1472 1476 1477 1500 4000 8900; do
    if passes "$size"; then echo "ping with $size bytes of data: answered"
    else echo "ping with $size bytes of data: lost"; fi
done
passes 1476
if passes 1477; then exit 1; fi
if passes 8900; then exit 1; fi
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
    exec chroot "$1" /bin/bash /run/inside' - "$tree" "$work/inside"
echo "still so"
