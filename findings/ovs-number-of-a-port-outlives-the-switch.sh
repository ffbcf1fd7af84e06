#!/bin/bash
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# Interface.ofport stays when the switch has gone and the host has booted; the columns beside it go
# with the database.
#
# Software  openvswitch-switch 3.1.0 (Debian 12), userspace datapath; the same with 3.5.0.
# Done      A bridge with an internal port. ovsdb-server is restarted while ovs-vswitchd runs on
#           (held up by SIGSTOP for the first look). Then both are stopped, the devices are
#           deleted, as a boot does, and ovsdb-server is started, as it is before the switch.
#           `ovs-vsctl wait-until interface a 'ofport>0'`, by which scripts wait until a port is
#           made.
# Expected  The columns that the switch writes (ofport, ifindex, link_state, mac_in_use) say what
#           is so now, or are empty together.
# Seen      ofport is kept in the file, the others in memory alone. After the restart a port that
#           works has ofport 1 and no ifindex, until the switch has connected again. After the
#           boot there is neither device nor switch, ofport is 1 and error is empty: wait-until
#           returns at once.
# So        ofport above 0 says that a port was made once. Who waits for the switch waits for its
#           cur_cfg, as ovs-vsctl does without --no-wait; and an empty ifindex may mean that it
#           was the database that was restarted.
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
database() {
    ovsdb-server --detach --no-chdir --pidfile --log-file \
        --remote=punix:/run/ovs/db.sock /run/ovs/conf.db 2>/dev/null
}
switch() {
    /usr/lib/openvswitch-switch/ovs-vswitchd --detach --no-chdir --pidfile \
        --log-file 2>/dev/null
}
stop() { # DAEMON
    local pid
    pid=$(cat "/run/ovs/$1.pid")
    ovs-appctl -t "$1" exit
    while [ -e "/proc/$pid" ]; do busybox sleep 0.1; done
}
show() { # WHEN
    local column
    for column in ofport ifindex link_state mac_in_use; do
        declare -g "$column=$(ovs-vsctl --no-wait get interface a "$column")"
    done
    device=$(ip -br link show dev a 2>/dev/null || echo none)
    echo "$1:"
    echo "    the row: ofport $ofport, ifindex $ifindex, link_state $link_state," \
        "mac_in_use $mac_in_use"
    echo "    device a: $device"
}

database
ovs-vsctl --no-wait init
switch
ovs-vsctl add-br br0 -- set bridge br0 datapath_type=netdev
ovs-vsctl add-port br0 a -- set interface a type=internal
show "all runs"
[ "$ofport" = 1 ]
[ "$ifindex" -gt 0 ]

running=$(cat /run/ovs/ovs-vswitchd.pid)
kill -STOP "$running"
stop ovsdb-server
database
show "the database was restarted, the switch runs on"
kill -CONT "$running"
[ "$ofport $ifindex $link_state $mac_in_use" = "1 [] [] []" ]
[ "$device" != none ]
for _ in $(busybox seq 100); do
    [ "$(ovs-vsctl --no-wait get interface a ifindex)" = "[]" ] || break
    busybox sleep 0.2
done
show "a moment later"
[ "$ifindex" -gt 0 ]

stop ovs-vswitchd
stop ovsdb-server
for device in a br0 ovs-netdev; do ip link del dev "$device"; done
database
show "as after a boot, before the switch is started"
[ "$ofport $ifindex $link_state $mac_in_use $device" = "1 [] [] [] none" ]
waited=0
ovs-vsctl --no-wait --timeout=5 wait-until interface a 'ofport>0' || waited=$?
echo "    wait-until interface a ofport>0: exit status $waited;" \
    "error $(ovs-vsctl --no-wait get interface a error)"
[ "$waited" = 0 ]
{ ovs-vsctl --timeout=5 set interface a external_ids:asked=now || waited=$?; } 2>/dev/null
echo "    waiting for cur_cfg, 5 s: exit status $waited"
[ "$waited" != 0 ]
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
