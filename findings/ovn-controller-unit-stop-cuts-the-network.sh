#!/bin/bash
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# The unit's way to stop ovn-controller cuts every port off; SIGTERM and SIGKILL do not.
#
# Software  ovn-host, ovn-central 23.03.1, openvswitch-switch 3.1.0 (Debian 12),
#           userspace datapath, one chassis, two ports in one logical switch.
# Done      While one port pings the other, ovn-controller is ended by SIGKILL, by SIGTERM
#           and by what ExecStop of the package's unit runs at each restart and upgrade
#           (ovn-ctl stop_controller).
# Expected  The polite way is the harmless one. A restart of the control plane leaves the
#           data plane alone, as a restart of ovs-vswitchd by its script does.
# Seen      After SIGKILL and after SIGTERM the ping goes on without a controller, and the
#           chassis stays. After the unit's way the integration bridge has no flows of
#           OVN, the chassis and the bindings are deleted from the southbound database,
#           and nothing passes until a new ovn-controller has run.
# So        For a restart use `ovn-ctl restart_controller` or `ovn-appctl exit --restart`; a
#           drop-in for the unit that replaces ExecStop keeps upgrades from cutting the
#           network.
#
# Exits with 0 if this is still so. Needs root, on Debian 12 with its packages.
set -euo pipefail

packages=(ovn-host=23.03.1-1~deb12u2 ovn-central=23.03.1-1~deb12u2
    openvswitch-switch=3.1.0-2+deb12u1 busybox-static iproute2 iputils-ping bash dash
    coreutils grep sed gawk)
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
ln -sf gawk /usr/bin/awk
answers() { ip netns exec n1 ping -c 1 -W 1 192.0.2.2 >/dev/null; }
chassis() { echo $(ovn-sbctl --bare --columns=name list chassis); }
pid() { cat /run/h2/ovn-controller.pid; }
ended() { ! busybox kill -0 "$1" 2>/dev/null; }
state() { # WORDS: what is to be seen without a controller on the second host
    pings=0
    for _ in 1 2 3 4 5; do if answers; then pings=$((pings + 1)); fi; done
    echo "$1: $pings of 5 pings, chassis: $(chassis)"
}
until_true answers
for signal in KILL TERM; do
    old=$(pid)
    busybox kill "-$signal" "$old"
    until_true ended "$old"
    state "after SIG$signal"
    [ "$pings" = 5 ]
    controller 2
    # It clears the flows of the former one before it has its own.
    ovn-nbctl --timeout=30 --wait=hv sync
    until_true answers
done
OVS_RUNDIR=/run/h2 OVN_RUNDIR=/run/h2 ip netns exec h2 \
    /usr/share/ovn/scripts/ovn-ctl stop_controller --no-monitor >/dev/null
state "after the unit's ExecStop"
[ "$pings" = 0 ]
[ "$(chassis)" = h1 ]
controller 2
until_true answers
echo "a new ovn-controller: the ping is answered again"
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
