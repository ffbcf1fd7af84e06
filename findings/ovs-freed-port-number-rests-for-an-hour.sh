#!/bin/bash
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# The OpenFlow number of a deleted port rests for an hour, and the port's own name does not help.
#
# Software  openvswitch-switch 3.1.0 (Debian 12), userspace datapath.
# Done      Three ports get the numbers 1, 2 and 3. The second is deleted and added again
#           by its name; then it is deleted and another is added; then ovs-vswitchd is
#           started anew and one more port is added.
# Expected  The lowest free number, as the first ports got theirs: 2 is free.
# Seen      4, then 5: a number that was in use is not given again within an hour, not to
#           the same name either. The memory of it is the process's: after a restart the
#           next port gets 2.
# So        Flows that name in_port have to be made from the row's ofport after each making
#           of a port, and those of the old number to be taken away at once: after a
#           restart of the switch it belongs to somebody else. Who needs a number that
#           lasts asks for one from 32768 on, which the switch never gives by itself.
#
# Exits with 0 if this is still so. Needs root, on Debian 12 with its packages.
set -euo pipefail

packages=(openvswitch-switch=3.1.0-2+deb12u1 busybox-static bash
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
switch() { /usr/lib/openvswitch-switch/ovs-vswitchd --detach --no-chdir --pidfile --log-file 2>/dev/null; }
switch
number() { ovs-vsctl get interface "$1" ofport; }
add() { ovs-vsctl add-port br0 "$1" -- set interface "$1" type=internal; }
ovs-vsctl add-br br0 -- set bridge br0 datapath_type=netdev
for n in 1 2 3; do add "p$n"; done
echo "three ports: $(number p1) $(number p2) $(number p3)"
[ "$(number p1)$(number p2)$(number p3)" = 123 ]
ovs-vsctl del-port br0 p2
add p2
echo "the second deleted and added again: $(number p2)"
[ "$(number p2)" = 4 ]
ovs-vsctl del-port br0 p2
add p4
echo "deleted, and another added: $(number p4)"
[ "$(number p4)" = 5 ]
ovs-appctl exit
for _ in $(busybox seq 50); do [ -e /run/ovs/ovs-vswitchd.pid ] || break; busybox sleep 0.1; done
switch
add p5
echo "one more after a restart of ovs-vswitchd: $(number p5)"
[ "$(number p5)" = 2 ]
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
