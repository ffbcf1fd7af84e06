#!/bin/bash
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# ovs-vswitchd does not look at a change of Port.trunks or Port.vlan_mode by itself.
#
# Software  openvswitch-switch 3.1.0 (Debian 12), userspace datapath.
# Done      A trunk port carries VLAN 10 and 20. A client of the database that is not
#           ovs-vsctl takes VLAN 20 away: one `transact` that changes Port.trunks.
#           Later it changes Port.vlan_mode, then Port.tag.
# Expected  The switch does what the columns say, as soon as they say so.
# Seen      It goes on sending VLAN 20 to the port, and does not reconfigure at all,
#           until something else makes it look again (here: next_cfg). The same with
#           vlan_mode. A change of tag is obeyed at once.
# So        Whoever writes these two columns without ovs-vsctl (which always does it)
#           has to increase Open_vSwitch.next_cfg in the same transaction. Until then
#           a VLAN that was taken away is a boundary on paper.
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
    -- add-port br0 in -- set interface in type=internal \
    -- add-port br0 out trunks=10,20 -- set interface out type=internal
ip link set in up
ip link set out up
datapath_port=$(ovs-appctl dpif/show | sed -n 's/^ *out [0-9]*\/\([0-9]*\):.*/\1/p')

# Is a broadcast of VLAN 20 that comes in by `in` sent to `out`?
carries() {
    ovs-appctl ofproto/trace br0 \
        in_port=in,dl_vlan=20,dl_dst=ff:ff:ff:ff:ff:ff,dl_src=02:00:00:00:00:01 |
        grep "^Datapath actions:" | grep -qw "$datapath_port"
}
says() {
    if carries; then echo "$1: VLAN 20 is sent to the port"
    else echo "$1: VLAN 20 is not sent to the port"; fi
}
counted() { ovs-appctl coverage/read-counter bridge_reconfigure; }
transact() { # OPERATION: and far longer than a reconfiguration takes
    ovsdb-client transact unix:/run/ovs/db.sock "[\"Open_vSwitch\",$1]" >/dev/null
    busybox sleep 3
}
row() { echo "{\"op\":\"update\",\"table\":\"Port\",\"where\":[[\"name\",\"==\",\"out\"]],\"row\":{$1}}"; }

busybox sleep 3
says "at first"
carries

before=$(counted)
transact "$(row '"trunks":10')"
echo "Port.trunks is now: $(ovs-vsctl get port out trunks)"
says "3 s later"
echo "reconfigurations since: $(($(counted) - before))"
carries
[ "$(counted)" = "$before" ]

transact '{"op":"mutate","table":"Open_vSwitch","where":[],
    "mutations":[["next_cfg","+=",1]]}'
says "after next_cfg was increased"
if carries; then exit 1; fi

before=$(counted)
transact "$(row '"vlan_mode":"native-untagged"')"
echo "reconfigurations after a change of vlan_mode: $(($(counted) - before))"
[ "$(counted)" = "$before" ]
transact "$(row '"tag":10')"
echo "reconfigurations after a change of tag: $(($(counted) - before))"
[ "$(counted)" -gt "$before" ]
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
