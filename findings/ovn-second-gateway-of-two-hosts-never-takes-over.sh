#!/bin/bash
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# With two hosts the second gateway of an OVN router never takes over from a dead first one.
#
# Software  ovn-host, ovn-central 23.03.1, openvswitch-switch 3.1.0 (Debian 12), userspace
#           datapath; the same with 25.03.0 and 3.5.0 (Debian 13).
# Done      A router's port to the outside has two gateway chassis, h1 of priority 20 and h2 of
#           10, on hosts that see each other by a tunnel and BFD. h1 dies with all its
#           programs and its card. The same with a third host, which is no gateway.
# Expected  h2 is named as the next one and sees by BFD that h1 is gone: it takes over.
# Seen      With three hosts h2 has the port within seconds. With two it never takes it, though
#           BFD says "down" there: a host all of whose tunnels are down takes itself for the one
#           that is cut off, and with two hosts that is both of them. The southbound database
#           goes on naming h1, and whatever was behind the router is away, until somebody
#           deletes h1's chassis; then h2 has it at once.
# So        A third chassis, if only one that runs ovn-controller and a port, is what makes two
#           gateways redundant. With two, whatever declares a host dead has to do
#           `ovn-sbctl chassis-del`.
#
# Exits with 0 if this is still so. Needs root, on Debian 12 with its packages.
set -euo pipefail

packages=(ovn-host=23.03.1-1~deb12u2 ovn-central=23.03.1-1~deb12u2
    openvswitch-switch=3.1.0-2+deb12u1 busybox-static iproute2 ethtool bash
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
until_true() { for _ in $(busybox seq 300); do "$@" && return; busybox sleep 0.1; done; return 1; }
vsctl() { local host=$1; shift; ovs-vsctl "--db=unix:/run/h$host/db.sock" "$@"; }
ip netns add underlay
ip -n underlay link add name lan type bridge
ip -n underlay link set lan up
ovn-nbctl lr-add r -- lrp-add r r-lan 02:00:00:00:02:01 192.0.2.1/24 \
    -- ls-add lan -- lsp-add lan lan-r -- lsp-set-type lan-r router \
    -- lsp-set-addresses lan-r router -- lsp-set-options lan-r router-port=r-lan
host() { # NUMBER
    local n=$1
    export OVS_RUNDIR=/run/h$n OVS_LOGDIR=/run/h$n
    mkdir "/run/h$n"
    ip netns add "h$n"
    ip -n "h$n" link add name wire type veth peer name "to$n" netns underlay
    ip -n "h$n" link set wire up
    ip -n underlay link set "to$n" master lan up
    ip netns exec "h$n" ethtool -K wire tx off >/dev/null
    ovsdb-tool create "/run/h$n/conf.db" /usr/share/openvswitch/vswitch.ovsschema
    ovsdb-server --detach --no-chdir --pidfile --log-file "--remote=punix:/run/h$n/db.sock" \
        "/run/h$n/conf.db" 2>/dev/null
    vsctl "$n" --no-wait init
    ip netns exec "h$n" /usr/lib/openvswitch-switch/ovs-vswitchd --detach --no-chdir --pidfile \
        --log-file "unix:/run/h$n/db.sock" 2>/dev/null
    vsctl "$n" add-br wire0 -- set bridge wire0 datapath_type=netdev -- add-port wire0 wire \
        -- add-br out -- set bridge out datapath_type=netdev
    ip -n "h$n" address add "198.51.100.$n/24" dev wire0
    ip -n "h$n" link set wire0 up
    vsctl "$n" set open_vswitch . "external_ids:system-id=h$n" \
        external_ids:ovn-remote=unix:/run/ovn/ovnsb_db.sock external_ids:ovn-encap-type=geneve \
        "external_ids:ovn-encap-ip=198.51.100.$n" external_ids:ovn-bridge-datapath-type=netdev \
        external_ids:ovn-bridge-mappings=phys:out
    OVN_RUNDIR=/run/h$n OVN_LOGDIR=/run/h$n ip netns exec "h$n" \
        ovn-controller --detach --no-chdir --pidfile --log-file "unix:/run/h$n/db.sock" 2>/dev/null
    until_true vsctl "$n" --no-wait br-exists br-int
    ovn-nbctl lsp-add lan "p$n" -- lsp-set-addresses "p$n" "02:00:00:00:00:0$n 192.0.2.1$n"
    vsctl "$n" add-port br-int "p$n" -- set interface "p$n" type=internal "external_ids:iface-id=p$n"
}
die() { # NUMBER
    local pidfile
    for pidfile in "/run/h$1"/*.pid; do busybox kill -9 "$(cat "$pidfile")"; done
    ip -n "h$1" link del wire
}
gateway() {
    local chassis
    chassis=$(ovn-sbctl --bare --columns=chassis find port_binding logical_port=cr-r-out)
    [ -z "$chassis" ] || ovn-sbctl get chassis "$chassis" name
}
is() { [ "$(gateway)" = "$1" ]; }
bfd() { # HOST STATE: of all tunnels of that host that have one
    local states
    states=$(vsctl "$1" --bare --columns=bfd_status find interface type=geneve)
    [[ $states == *" state=$2"* ]]
}

host 1
host 2
ovn-nbctl lrp-add r r-out 02:00:00:00:01:01 203.0.113.1/24 \
    -- lrp-set-gateway-chassis r-out h1 20 -- lrp-set-gateway-chassis r-out h2 10 \
    -- ls-add out -- lsp-add out ln -- lsp-set-type ln localnet \
    -- lsp-set-addresses ln unknown -- lsp-set-options ln network_name=phys \
    -- lsp-add out out-r -- lsp-set-type out-r router \
    -- lsp-set-addresses out-r router -- lsp-set-options out-r router-port=r-out
until_true is h1
until_true bfd 2 up
echo "two hosts: the gateway is $(gateway), and h2 sees it by BFD"
die 1
until_true bfd 2 down
busybox sleep 20
echo "h1 is dead, and h2 has known it for 20 s: the gateway is $(gateway)"
is h1
ovn-sbctl chassis-del h1
until_true is h2
echo "its chassis is deleted: the gateway is $(gateway)"

host 3
host 4
ovn-nbctl lrp-set-gateway-chassis r-out h3 30
until_true is h3
until_true bfd 2 up
busybox sleep 2
echo "three hosts: the gateway is $(gateway)"
die 3
until_true is h2
echo "h3 is dead: the gateway is $(gateway)"
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
