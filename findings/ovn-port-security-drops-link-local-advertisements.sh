#!/bin/bash
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# Port security of OVN 23.03.1 drops a port's own neighbour advertisements for fe80::/64.
#
# Software  ovn-host, ovn-central 23.03.1, openvswitch-switch 3.1.0 (Debian 12),
#           userspace datapath, one chassis, two ports in one logical switch.
# Done      Both ports have port_security with their MAC and a global IPv6 address, as the
#           manual describes. Each pings the other's global and link-local address. Then
#           the link-local addresses are listed as well.
# Expected  Both pings are answered: port security makes flows of its own for the link-local
#           address that follows from the listed MAC.
# Seen      The global address answers, the link-local one never: its advertisement, hop
#           limit 255 as RFC 4861 wants it, is dropped. One flow of the two matches a hop
#           limit of 225. With the link-local address listed it answers.
# So        On this release list fe80::EUI-64 in addresses and port_security; whatever uses
#           link-local next hops (router advertisements, OSPFv3, BGP unnumbered) is dead
#           without it.
#
# Exits with 0 if this is still so. Needs root, on Debian 12 with its packages.
set -euo pipefail

packages=(ovn-host=23.03.1-1~deb12u2 ovn-central=23.03.1-1~deb12u2
    openvswitch-switch=3.1.0-2+deb12u1 busybox-static iproute2 iputils-ping bash
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
ovs-vsctl set open_vswitch . external_ids:system-id=host \
    external_ids:ovn-remote=unix:/run/ovn/ovnsb_db.sock \
    external_ids:ovn-encap-type=geneve external_ids:ovn-encap-ip=127.0.0.1 \
    external_ids:ovn-bridge-datapath-type=netdev
ovn-controller --detach --no-chdir --pidfile --log-file 2>/dev/null
until_true() { for _ in $(busybox seq 100); do "$@" && return; busybox sleep 0.1; done; return 1; }
installed() { [ "$(ovs-vsctl --no-wait --if-exists get interface "$1" external_ids:ovn-installed)" = '"true"' ]; }
ovn-nbctl ls-add lan
for n in 1 2; do
    ovn-nbctl lsp-add lan "p$n" -- lsp-set-addresses "p$n" "02:00:00:00:00:0$n 2001:db8::$n" \
        -- lsp-set-port-security "p$n" "02:00:00:00:00:0$n 2001:db8::$n"
    ovs-vsctl add-port br-int "p$n" -- set interface "p$n" type=internal "external_ids:iface-id=p$n"
    until_true installed "p$n"
    ip netns add "n$n"
    ip link set "p$n" netns "n$n" address "02:00:00:00:00:0$n"
    ip -n "n$n" link set "p$n" up
    ip -n "n$n" address add "2001:db8::$n/64" dev "p$n" nodad
done
global() { ip netns exec n1 ping -c 1 -W 1 2001:db8::2 >/dev/null; }
local_() { ip netns exec n1 ping -c 1 -W 1 fe80::ff:fe00:2%p1 >/dev/null; }
ready() { ! ip -n "$1" -6 address show tentative | grep -q fe80; }
until_true ready n1
until_true ready n2
until_true global
echo "port security with the global address: 2001:db8::2 answers"
for _ in 1 2 3 4 5; do
    if local_; then echo "fe80::ff:fe00:2 answers"; exit 1; fi
done
echo "fe80::ff:fe00:2: five pings, no answer"
ovs-ofctl dump-flows br-int | grep -o 'nw_ttl=2[0-9]*,icmp_type=136' | sort | uniq -c | sed 's/^ */    flows: /'
for n in 1 2; do
    ovn-nbctl lsp-set-addresses "p$n" "02:00:00:00:00:0$n 2001:db8::$n fe80::ff:fe00:$n" \
        -- lsp-set-port-security "p$n" "02:00:00:00:00:0$n 2001:db8::$n fe80::ff:fe00:$n"
done
ip -n n1 neighbour flush dev p1
until_true local_
echo "the link-local addresses are listed too: fe80::ff:fe00:2 answers"
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
