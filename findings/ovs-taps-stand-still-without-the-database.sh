#!/bin/bash
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# The userspace datapath stops forwarding between internal ports while ovsdb-server is away.
#
# Software  openvswitch-switch 3.1.0 (Debian 12), userspace datapath.
# Done      Two internal ports (TAP devices) of one bridge in two network namespaces; a ping
#           passes. ovsdb-server is stopped, ovs-vswitchd goes on running.
# Expected  The data plane does not need the database: with the kernel datapath nothing
#           is lost, and with DPDK ports poll threads go on.
# Seen      Pings are lost, although the flow is in the datapath's cache and the process
#           is well. TAPs are polled by the main thread, whose loop returns early while
#           it has not the database's lock (bridge_run() in vswitchd/bridge.c). All is
#           well again when the database is back.
# So        On this datapath a restart or an upgrade of ovsdb-server is an interruption of
#           every container, virtual machine and host address on internal ports.
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
    -- add-port br0 one -- set interface one type=internal \
    -- add-port br0 two -- set interface two type=internal
for name in one two; do
    ip netns add "$name"
    ip link set "$name" netns "$name"
    ip -n "$name" link set lo up
    ip -n "$name" link set "$name" up
done
ip -n one address add 192.0.2.1/24 dev one
ip -n two address add 192.0.2.2/24 dev two
answered() { # of 5
    ip netns exec one busybox ping -q -c 5 -W 1 192.0.2.2 | sed -n 's/.*, \([0-9]*\) packets received.*/\1/p' || true
}

with=$(answered)
echo "with the database: $with of 5 answered"
ovs-appctl -t ovsdb-server exit
busybox sleep 1
without=$(answered)
echo "ovsdb-server is stopped: $without of 5 answered; ovs-vswitchd runs: $(ovs-appctl version | head -n 1)"
ovsdb-server --detach --no-chdir --pidfile --log-file \
    --remote=punix:/run/ovs/db.sock /run/ovs/conf.db 2>/dev/null
ovs-vsctl --timeout=20 set bridge br0 external_ids:later=yes # waits until ovs-vswitchd is back at work
again=$(answered)
echo "it is back: $again of 5 answered"
[ "$with" -ge 4 ]
[ "$without" -lt 3 ]
[ "$again" -ge 4 ]
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
