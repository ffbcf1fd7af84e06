#!/bin/bash
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# A port that is deleted and added again in one transaction keeps its device.
#
# Software  openvswitch-switch 3.1.0 (Debian 12), userspace datapath.
# Done      `ovs-vsctl del-port br0 p -- add-port br0 p`: other rows of the same name, one
#           command. p carries an address, and has a MAC that was set by hand.
# Expected  del-port deletes the device and add-port makes a new one, as with two commands.
# Seen      Same ifindex, same address, same MAC: the switch compares names when it looks,
#           and sees no difference. With two commands the device is a new one.
# So        This is no way to get a fresh device, and what hung on the old one (also an
#           earlier owner's addresses) is on the new port. It is a way to exchange a row
#           and keep the device.
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
    -- add-port br0 p -- set interface p type=internal
ip address add 192.0.2.1/24 dev p
ip link set p address 02:00:00:00:00:99 up
shows() { ip -o link show p | sed 's/:.*link.ether \([^ ]*\).*/ \1/'; ip -o address show dev p scope global; }

row=$(ovs-vsctl get port p _uuid)
was=$(shows)
echo "before (ifindex, MAC, address):"; echo "$was"
ovs-vsctl del-port br0 p -- add-port br0 p -- set interface p type=internal
echo "after one command:"; shows
[ "$(ovs-vsctl get port p _uuid)" != "$row" ]
[ "$(shows)" = "$was" ]

ovs-vsctl del-port br0 p
ovs-vsctl add-port br0 p -- set interface p type=internal
echo "after two commands:"; shows
[ "$(shows)" != "$was" ]
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
