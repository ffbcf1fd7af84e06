#!/bin/bash
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# An internal port that is added to a bridge with STP or RSTP never hears a broadcast.
#
# Software  openvswitch-switch 3.1.0 (Debian 12); the code is the same in 3.5.0.
# Done      A bridge gets an internal port, then stp_enable=true (or rstp_enable=true), then
#           another internal port. A broadcast from the bridge's own device is traced; then
#           with stp-enable=false on the port, after the tree is switched off again, and
#           after a restart of ovs-vswitchd with the tree on.
# Expected  ovs-vswitchd.conf.db(5): internal ports "are not supported and will not participate
#           in the spanning tree": so both forward, as without one.
# Seen      Only the one that was there before is. Whether a port is flooded to is decided
#           when it is added, by a state that a port without a tree never has
#           (bundle_add_port() in ofproto/ofproto-dpif.c). The Port's own
#           other_config:stp-enable=false changes nothing, nor does switching the tree off:
#           the port stays deaf. After a restart of ovs-vswitchd it hears, tree or not.
# So        ARP gets no answer there, while ports that have learned each other by another
#           way do exchange unicast: it looks like a fault of the peer. Add internal ports
#           before the tree is switched on, or restart ovs-vswitchd, or use a veth pair.
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

add() { ovs-vsctl add-port br0 "$1" -- set interface "$1" type=internal; }
# Is the port among those that a broadcast of the bridge's device is sent to?
hears() {
    local actions number
    number=$(ovs-appctl dpctl/show | sed -n "s/^ *port \\([0-9]*\\): $1 .*/\\1/p")
    actions=$(ovs-appctl ofproto/trace br0 \
        in_port=LOCAL,dl_src=02:00:00:00:00:01,dl_dst=ff:ff:ff:ff:ff:ff,arp |
        sed -n 's/^Datapath actions: //p')
    case ",$actions," in *",$number,"*) echo yes ;; *) echo no ;; esac
}
for column in stp_enable rstp_enable; do
    add before
    ovs-vsctl set bridge br0 "$column=true"
    add after
    busybox sleep 4
    with="$(hears before) $(hears after)"
    echo "$column=true; before hears: ${with% *}, after hears: ${with#* }"
    ovs-vsctl set port after other_config:stp-enable=false \
        other_config:rstp-enable=false
    told=$(hears after)
    echo "... and stp-enable=false on the port: $told"
    ovs-vsctl set bridge br0 "$column=false"
    off=$(hears after)
    echo "$column=false again: $off"
    ovs-vsctl set bridge br0 "$column=true"
    ovs-appctl exit
    busybox sleep 1
    start
    busybox sleep 1
    anew="$(hears before) $(hears after)"
    echo "after a restart, $column=true: $anew"
    ovs-vsctl set bridge br0 "$column=false" -- del-port before -- del-port after
    [ "$with" = "yes no" ]
    [ "$told" = no ]
    [ "$off" = no ]
    [ "$anew" = "yes yes" ]
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
