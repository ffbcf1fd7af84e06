#!/bin/bash
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# ovs-vswitchd says that it is done when it could not even make its bridges, and does not
# try again.
#
# Software  openvswitch-switch 3.1.0 (Debian 12), userspace datapath.
# Done      ovs-vswitchd is killed. Its device ovs-netdev, which outlives it, is held open by
#           another program while the next one starts, and is free a second later: as by the
#           former ovs-vswitchd, which removes its pidfile first when it ends and closes its
#           devices last.
# Expected  The start fails, or rows tell of it; and it tries again when the device is free.
# Seen      The start exits with 0. The row of an internal port has the ofport of before and
#           no error, and cur_cfg keeps pace with next_cfg, so ovs-vsctl does not wait. There
#           is no bridge, and there is none as long as nothing changes: bridge_reconfigure()
#           in vswitchd/bridge.c tries what has failed only at the next change of the database
#           or of the host's devices, and a device that is down tells nobody that it is free.
#           After any change, of an external_ids, say, all is there.
# So        A restart script that goes by the pidfile can leave a host without network, with
#           a database in which all is well. Wait for the process; and to look after a switch,
#           ask it for its bridges (ovs-ofctl show), or change something now and then.
#
# Exits with 0 if this is still so. Needs root, on Debian 12 with its packages.
set -euo pipefail

packages=(openvswitch-switch=3.1.0-2+deb12u1 socat=1.7.4.4-2 busybox-static iproute2
    bash coreutils grep sed)
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
is_there() { ovs-ofctl show br0 >/dev/null 2>&1; }
start
ovs-vsctl add-br br0 -- set bridge br0 datapath_type=netdev
ovs-vsctl add-port br0 p -- set interface p type=internal
is_there
before=$(ovs-vsctl get interface p ofport error)

busybox mkfifo /run/hold
kill -KILL "$(cat /run/ovs/ovs-vswitchd.pid)"
until socat TUN,tun-name=ovs-netdev,tun-type=tap,iff-no-pi - <>/run/hold &>/dev/null; do
    busybox sleep 0.1 # the former one has not closed it yet
done &
holder=$!
busybox sleep 1
start
echo "the start exits with $?"
ovs-vsctl --timeout=5 set interface p external_ids:while=busy
kill "$holder" $(busybox pidof socat)
busybox sleep 5
if is_there; then echo "the bridge is there"; exit 1; fi
echo "no bridge 5 seconds after the device is free"
after=$(ovs-vsctl get interface p ofport error)
echo "ofport and error before: ${before/$'\n'/ }, now: ${after/$'\n'/ }"
[ "$before" = "$after" ]
[ "$(ovs-vsctl get open_vswitch . next_cfg)" = "$(ovs-vsctl get open_vswitch . cur_cfg)" ]
ovs-vsctl --timeout=5 set interface p external_ids:any=change
is_there
echo "the bridge is there after a change"
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
