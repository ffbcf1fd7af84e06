#!/bin/bash
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# On the userspace datapath a veth pair and a TAP answer each other's pings, and carry no TCP.
#
# Software  openvswitch-switch 3.1.0 (Debian 12), userspace datapath.
# Done      One bridge, one internal port (a TAP) and one veth pair, the inner ends in two
#           network namespaces. Ping; then a TCP connection each way; then the same with
#           `ethtool -K INNER tx off`.
# Expected  Whoever answers a ping can be talked to.
# Seen      Pings pass, connections time out. veth leaves checksums to whoever sends the
#           packet on to a wire; ovs-vswitchd reads the outer end by a packet socket and
#           does not ask the kernel whether a checksum is there; the receiver drops what
#           has a wrong one. ICMP has a finished one, so a ping says nothing. With transmit
#           checksums off at the inner end alone all is well.
# So        Test with TCP. Whoever makes veth pairs for this datapath has to switch them off.
#
# Exits with 0 if this is still so. Needs root, on Debian 12 with its packages.
set -euo pipefail

packages=(openvswitch-switch=3.1.0-2+deb12u1 busybox-static iproute2 ethtool
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
/usr/lib/openvswitch-switch/ovs-vswitchd --detach --no-chdir --pidfile \
    --log-file 2>/dev/null
ip netns add one
ip netns add two
ip link add outer type veth peer name inner netns two
ip link set outer up
ovs-vsctl add-br br0 -- set bridge br0 datapath_type=netdev \
    -- add-port br0 tap -- set interface tap type=internal -- add-port br0 outer
ip link set tap netns one
ip -n one link set tap up
ip -n two link set inner up
ip -n one address add 192.0.2.1/24 dev tap
ip -n two address add 192.0.2.2/24 dev inner
busybox sleep 1

pinged() { ip netns exec one busybox ping -q -c 2 -W 1 192.0.2.2 >/dev/null; }
connects() { # FROM TO ADDRESS
    local answer
    ip netns exec "$2" busybox nc -l -p 80 -e busybox echo hello >/dev/null 2>&1 &
    busybox sleep 0.5
    answer=$(ip netns exec "$1" busybox timeout 4 busybox nc -w 3 "$3" 80 </dev/null 2>/dev/null || true)
    kill "$!" 2>/dev/null || true
    wait
    [ "$answer" = hello ]
}
says() { if "${@:2}"; then echo "$1: yes"; else echo "$1: no"; fi; }

says "ping" pinged
says "TCP from the TAP to the pair" connects one two 192.0.2.2
says "TCP from the pair to the TAP" connects two one 192.0.2.1
pinged
if connects one two 192.0.2.2; then exit 1; fi
if connects two one 192.0.2.1; then exit 1; fi
ip netns exec two ethtool -K inner tx off >/dev/null
echo "transmit checksums of the inner end are off"
says "TCP from the TAP to the pair" connects one two 192.0.2.2
says "TCP from the pair to the TAP" connects two one 192.0.2.1
connects one two 192.0.2.2
connects two one 192.0.2.1
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
