#!/bin/bash
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# A request for an OpenFlow port number renumbers the port that has it already.
#
# Software  openvswitch-switch 3.1.0 (Debian 12), userspace datapath.
# Done      Port a gets number 1 by itself; a flow that matches in_port=1 is added. Then
#           port b is added with ofport_request=1.
# Expected  "Taken": b gets another number, or an error. The manual says that a port
#           gets the number if possible, not that its holder loses it.
# Seen      b is number 1 and a another one, without a warning; the flow now is about b.
#           When ovs-vsctl returns the database does not say so yet: for a moment the two
#           columns `ofport` still show the numbers the other way round.
# So        Flows, meters and mirrors keyed by in_port follow the number, not the port.
#           Whoever may set ofport_request may take over what was meant for another
#           port: look whether the number is free in the transaction that asks for it.
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
    -- add-port br0 a -- set interface a type=internal
number() { ovs-vsctl get interface "$1" ofport; }

echo "a has number $(number a)"
[ "$(number a)" = 1 ]
ovs-ofctl add-flow br0 in_port=1,priority=5,actions=drop
ovs-vsctl add-port br0 b -- set interface b type=internal ofport_request=1
echo "b asked for number 1. The database, at once: a $(number a), b $(number b)"
busybox sleep 2
echo "the database, 2 s later: a $(number a), b $(number b)"
ovs-ofctl show br0 | sed -n 's/^ \([0-9]*([ab])\).*/the switch: \1/p'
echo "errors: a $(ovs-vsctl get interface a error), b $(ovs-vsctl get interface b error)"
ovs-ofctl --names dump-flows br0 in_port=1 | sed -n 's/.*\(in_port=[^ ]*\).*/the flow is about \1/p'
if grep -q "|\(WARN\|ERR\)|" /run/ovs/ovs-vswitchd.log; then
    grep "|\(WARN\|ERR\)|" /run/ovs/ovs-vswitchd.log
fi
[ "$(number b)" = 1 ]
[ "$(number a)" != 1 ]
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
