#!/bin/bash
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# ovs-vswitchd looks at all of its ports again whenever any device of the host changes.
#
# Software  openvswitch-switch 3.1.0 (Debian 12), userspace datapath.
# Done      A bridge with 30 internal ports. A veth pair is made, moved with one end to a
#           namespace, set up and deleted again: what Docker does for a container on its own
#           bridge, of which Open vSwitch has no row. Meanwhile the database is not written to.
# Expected  Devices that are in no row are no business of the switch.
# Seen      Each step of that is a reconfiguration of everything or two, as a change of the
#           database would be (bridge_run() in vswitchd/bridge.c asks if_notifier_changed()). The
#           switch asks the kernel about each of its ports again: with twice the ports that is
#           twice the messages.
# So        On a host with many ports each container of another network costs ovs-vswitchd what
#           a port of its own costs, in the thread that also makes ports. Counts of
#           reconfigurations say nothing of who writes to the database.
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
ovs-vsctl add-br br0 -- set bridge br0 datapath_type=netdev
ip netns add container
ports=0
more_ports() { # up to N
    local commands=()
    while [ "$ports" -lt "$1" ]; do
        ports=$((ports + 1))
        commands+=(-- add-port br0 "p$ports" -- set interface "p$ports" type=internal)
    done
    ovs-vsctl "${commands[@]}"
    busybox sleep 3
}
count() { ovs-appctl coverage/read-counter "$1"; }
next_cfg() { ovs-vsctl --no-wait get open_vswitch . next_cfg; }
step() { "$@"; busybox sleep 0.5; }
foreign_container() { # what of it reaches the switch
    local runs messages config
    config=$(next_cfg) runs=$(count bridge_reconfigure) messages=$(count netlink_sent)
    step ip link add dev veth1 type veth peer name veth2
    step ip link set veth2 netns container
    step ip link set veth1 up
    step ip link del veth1
    runs=$(($(count bridge_reconfigure) - runs))
    messages=$(($(count netlink_sent) - messages))
    echo "$ports ports: $runs reconfigurations, $messages messages to the kernel"
    [ "$(next_cfg)" = "$config" ]
}

more_ports 30
idle=$(count bridge_reconfigure)
busybox sleep 2
idle=$(($(count bridge_reconfigure) - idle))
echo "nothing happens for two seconds: $idle reconfigurations"
[ "$idle" = 0 ]
foreign_container
[[ $(foreign_container) =~ ([0-9]+)\ reconf.*\ ([0-9]+)\ mess ]]
runs=${BASH_REMATCH[1]} messages=${BASH_REMATCH[2]}
[ "$runs" -ge 4 ]
more_ports 120
foreign_container
[[ $(foreign_container) =~ ([0-9]+)\ reconf.*\ ([0-9]+)\ mess ]]
[ "${BASH_REMATCH[1]}" -ge 4 ]
[ "${BASH_REMATCH[2]}" -gt $((messages * 2)) ]
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
