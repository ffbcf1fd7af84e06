#!/bin/bash
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# Two hosts that name the same logical port take it from each other without end.
#
# Software  ovn-host, ovn-central 23.03.1, openvswitch-switch 3.1.0 (Debian 12), userspace
#           datapath; the same with 25.03.0 and 3.5.0 (Debian 13).
# Done      An Interface with external_ids:iface-id=web on host h1, and then on h2 as well, as when
#           a container was moved and its row at the former place stayed. Ten seconds later
#           the port's options:requested-chassis names h1.
# Expected  The last one has it, or the first one, or an error tells of it.
# Seen      Each ovn-controller takes the port back as soon as it sees that it has lost it, several
#           times a second, for as long as both rows are there; packets go now here, now there.
#           Both hosts' rows say ovn-installed="true" nearly whenever one looks, and the
#           port is up. Only the logs of ovn-controller, at the level INFO, tell of it. With
#           requested-chassis it is over within a second, for good.
# So        Whoever makes logical ports writes requested-chassis into them when they are made, and
#           rewrites it when a container moves. Who waits for "up" or ovn-installed waits for
#           nothing here.
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
ovn-nbctl ls-add lan
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
    vsctl "$n" add-br wire0 -- set bridge wire0 datapath_type=netdev -- add-port wire0 wire
    ip -n "h$n" address add "198.51.100.$n/24" dev wire0
    ip -n "h$n" link set wire0 up
    vsctl "$n" set open_vswitch . "external_ids:system-id=h$n" \
        external_ids:ovn-remote=unix:/run/ovn/ovnsb_db.sock external_ids:ovn-encap-type=geneve \
        "external_ids:ovn-encap-ip=198.51.100.$n" external_ids:ovn-bridge-datapath-type=netdev
    OVN_RUNDIR=/run/h$n OVN_LOGDIR=/run/h$n ip netns exec "h$n" \
        ovn-controller --detach --no-chdir --pidfile --log-file "unix:/run/h$n/db.sock" 2>/dev/null
    until_true vsctl "$n" --no-wait br-exists br-int
}
plug() { # HOST
    vsctl "$1" add-port br-int web -- set interface web type=internal external_ids:iface-id=web
}
holder() {
    local chassis
    chassis=$(ovn-sbctl --bare --columns=chassis find port_binding logical_port=web)
    [ -z "$chassis" ] || ovn-sbctl get chassis "$chassis" name
}
is() { [ "$(holder)" = "$1" ]; }
installed() { vsctl "$1" --if-exists get interface web external_ids:ovn-installed; }
claims() { # of both hosts, so far
    cat /run/h[12]/ovn-controller.log | grep -c 'Claiming lport\|Changing chassis' || true
}

host 1
host 2
ovn-nbctl lsp-add lan web -- lsp-set-addresses web "02:00:00:00:00:09 192.0.2.9"
plug 1
until_true is h1
busybox sleep 2
before=$(claims)
busybox sleep 3
echo "one host names it: $(($(claims) - before)) claims in 3 s"
[ "$(claims)" = "$before" ]
plug 2
busybox sleep 2
before=$(claims)
both=0
for _ in $(busybox seq 50); do
    [ "$(installed 1)$(installed 2)" != '"true""true"' ] || both=$((both + 1))
    busybox sleep 0.2
done
claims=$(($(claims) - before))
echo "two hosts do: $claims claims in 10 s; of 50 looks $both saw both rows installed"
[ "$claims" -ge 10 ]
ovn-nbctl lsp-set-options web requested-chassis=h1
until_true is h1
busybox sleep 2
before=$(claims)
busybox sleep 3
echo "requested-chassis names h1: $(($(claims) - before)) claims in 3 s; h2's row: $(installed 2)"
[ "$(claims)" = "$before" ]
is h1
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
