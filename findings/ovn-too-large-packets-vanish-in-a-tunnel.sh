#!/bin/bash
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# A packet that is too large for a Geneve tunnel of OVN vanishes without a word.
#
# Software  ovn-host, ovn-central 23.03.1, openvswitch-switch 3.1.0 (Debian 12),
#           userspace datapath, two hosts, a port of one logical switch on each.
# Done      Underlay and ports have the usual MTU of 1500. Pings of growing size and a TCP
#           stream between the ports. Afterwards the ports have an MTU of 1442.
# Expected  What does not fit with 58 bytes of Geneve around it is fragmented outside, or
#           "fragmentation needed" comes back as from any tunnel that is a route; or OVN
#           gives the port an MTU that fits.
# Seen      1442 bytes pass, 1443 are lost without an ICMP error; only the underlay's card
#           counts a dropped packet. A TCP connection is made and stands still at its
#           first full segment. OVN tells nobody the MTU. With 1442 set by hand in the
#           namespaces the stream is whole.
# So        Whoever makes ports for OVN has to set their MTU: that of the device that holds
#           ovn-encap-ip less 58 (78 over IPv6), and to refuse a larger one by name.
#
# Exits with 0 if this is still so. Needs root, on Debian 12 with its packages.
set -euo pipefail

packages=(ovn-host=23.03.1-1~deb12u2 ovn-central=23.03.1-1~deb12u2
    openvswitch-switch=3.1.0-2+deb12u1 busybox-static ethtool iproute2 iputils-ping bash
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
export OVN_RUNDIR=/run/ovn OVN_LOGDIR=/run/ovn OVN_DBDIR=/run/ovn
mkdir -p /run/ovn
for db in nb sb; do
    ovsdb-tool create "/run/ovn/$db.db" "/usr/share/ovn/ovn-$db.ovsschema"
    ovsdb-server --detach --no-chdir --pidfile="/run/ovn/ovn$db.pid" \
        --log-file="/run/ovn/ovn$db.log" --unixctl="/run/ovn/ovn$db.ctl" \
        --remote="punix:/run/ovn/ovn${db}_db.sock" "/run/ovn/$db.db" 2>/dev/null
done
ovn-nbctl --no-wait init
ovn-sbctl init
ovn-northd --detach --no-chdir --pidfile --log-file=/run/ovn/ovn-northd.log 2>/dev/null
until_true() { for _ in $(busybox seq 100); do "$@" && return; busybox sleep 0.1; done; return 1; }
vsctl() { local host=$1; shift; ovs-vsctl "--db=unix:/run/h$host/db.sock" "$@"; }
controller() { # HOST
    OVS_RUNDIR=/run/h$1 OVN_RUNDIR=/run/h$1 OVN_LOGDIR=/run/h$1 ip netns exec "h$1" \
        ovn-controller --detach --no-chdir --pidfile --log-file "unix:/run/h$1/db.sock" 2>/dev/null
}
ip netns add h1
ip netns add h2
ip -n h1 link add name wire mtu 1500 type veth peer name wire netns h2
ovn-nbctl ls-add lan
for n in 1 2; do
    export OVS_RUNDIR=/run/h$n OVS_LOGDIR=/run/h$n
    mkdir "/run/h$n"
    ip -n "h$n" link set wire up
    ovsdb-tool create "/run/h$n/conf.db" /usr/share/openvswitch/vswitch.ovsschema
    ovsdb-server --detach --no-chdir --pidfile --log-file "--remote=punix:/run/h$n/db.sock" \
        "/run/h$n/conf.db" 2>/dev/null
    vsctl "$n" --no-wait init
    ip netns exec "h$n" /usr/lib/openvswitch-switch/ovs-vswitchd --detach --no-chdir --pidfile \
        --log-file "unix:/run/h$n/db.sock" 2>/dev/null
    vsctl "$n" add-br wire0 -- set bridge wire0 datapath_type=netdev -- add-port wire0 wire
    ip -n "h$n" address add "198.51.100.$n/24" dev wire0
    ip -n "h$n" link set wire0 up
    vsctl "$n" set open_vswitch . "external_ids:system-id=h$n" \
        external_ids:ovn-remote=unix:/run/ovn/ovnsb_db.sock external_ids:ovn-encap-type=geneve \
        "external_ids:ovn-encap-ip=198.51.100.$n" external_ids:ovn-bridge-datapath-type=netdev
    controller "$n"
    until_true vsctl "$n" --no-wait br-exists br-int
    ovn-nbctl lsp-add lan "p$n" -- lsp-set-addresses "p$n" "02:00:00:00:00:0$n 192.0.2.$n"
    vsctl "$n" add-port br-int "p$n" -- set interface "p$n" type=internal "external_ids:iface-id=p$n"
    ip netns add "n$n"
    ip -n "h$n" link set "p$n" netns "n$n" address "02:00:00:00:00:0$n"
    ip -n "n$n" link set "p$n" up
    ip -n "n$n" address add "192.0.2.$n/24" dev "p$n"
done
ping_of() { ip netns exec n1 ping -c 1 -W 1 -M do -s $(($1 - 28)) 192.0.2.2 >/run/ping 2>&1; }
stream() { # how many of 200,000 bytes arrive within five seconds
    ip netns exec n2 busybox nc -l -p 5001 >/run/arrived 2>/dev/null < <(busybox sleep 9) &
    busybox sleep 0.5
    busybox head -c 200000 /dev/zero |
        ip netns exec n1 busybox timeout 5 busybox nc -w 5 192.0.2.2 5001 >/dev/null 2>&1 || true
    busybox kill "$!" 2>/dev/null || true
    wait "$!" 2>/dev/null || true
    stat -c %s /run/arrived
}
until_true ping_of 100
ip netns exec n1 ping -c 1 -W 1 192.0.2.2 >/dev/null
for size in 1400 1442 1443 1500; do
    if ping_of "$size"; then echo "a packet of $size bytes: answered"
    else echo "a packet of $size bytes: $(grep -o '[0-9.]*% packet loss' /run/ping), ICMP errors: $(grep -ci 'frag\|too long' /run/ping || true)"; fi
done
ping_of 1442
if ping_of 1443; then exit 1; fi
[ "$(grep -ci 'frag\|too long' /run/ping)" = 0 ]
dropped=$(ip netns exec h1 cat /sys/class/net/wire/statistics/tx_dropped)
echo "dropped by the card of the underlay: $dropped"
[ "$dropped" -gt 0 ]
for n in 1 2; do ip netns exec "n$n" ethtool -K "p$n" tx off >/dev/null; done
got=$(stream)
echo "TCP with an MTU of 1500: $got of 200000 bytes"
[ "$got" -lt 5000 ]
for n in 1 2; do ip -n "n$n" link set "p$n" mtu 1442; done
got=$(stream)
echo "TCP with an MTU of 1442: $got of 200000 bytes"
[ "$got" = 200000 ]
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
