#!/bin/bash
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# Interface.mac of an internal port in another namespace is an error at each change of any port.
#
# Software  openvswitch-switch 3.1.0 (Debian 12), userspace datapath.
# Done      An internal port with Interface.mac set (as ovs-vsctl's manual offers it) is moved
#           to a network namespace. Then ten other ports come and go.
# Expected  The address was applied when the port was made; at worst one complaint.
# Seen      One line of level ERR in ovs-vswitchd's log for each reconfiguration, without
#           any rate limit, as it tries to set the address on a device that is not in its
#           namespace. On a host with N such ports: N lines per change of anything.
# So        Leave Interface.mac empty for a port that leaves the host, and set the MAC from
#           inside, or in the message that moves it.
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
    -- add-port br0 p -- set interface p type=internal 'mac="02:00:00:00:00:07"'
ip netns add container
ip link set p netns container
complaints() { grep -c "|ERR|.*p: setting MAC\|p: setting MAC.*failed\||ERR|interface p" /run/ovs/ovs-vswitchd.log || true; }

ovs-vsctl add-port br0 first -- set interface first type=internal
before=$(complaints)
for i in 1 2 3 4 5 6 7 8 9 10; do
    ovs-vsctl add-port br0 "other$i" -- set interface "other$i" type=internal
done
after=$(complaints)
grep "setting MAC" /run/ovs/ovs-vswitchd.log | tail -n 2
echo "lines about the MAC of p: $before, and $after after ten other ports were added"
[ $((after - before)) -ge 10 ]
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
