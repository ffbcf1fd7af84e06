#!/bin/bash
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# A port of type localport works and is never "up" nor "installed".
#
# Software  ovn-host, ovn-central 23.03.1, openvswitch-switch 3.1.0 (Debian 12),
#           userspace datapath, one chassis.
# Done      Two logical ports on one switch, each with an internal port on br-int: p1 of the
#           usual kind, lp of type localport. lp answers p1's ping.
# Expected  Both get ovn-installed=true on the Interface, and up=true.
# Seen      p1 does. lp never gets ovn-installed, its Port_Binding has no chassis and up is
#           false, for as long as it exists, while it forwards.
# So        A wait for ovn-installed that serves every other port runs into its deadline
#           here: a localport is ready when its flows are, and nobody says so.
#
# Exits with 0 if this is still so. Needs root, on Debian 12 with its packages.
set -euo pipefail

packages=(ovn-host=23.03.1-1~deb12u2 ovn-central=23.03.1-1~deb12u2
    openvswitch-switch=3.1.0-2+deb12u1 busybox-static iproute2 bash
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
ovn-nbctl ls-add lan \
    -- lsp-add lan p1 -- lsp-set-addresses p1 "02:00:00:00:00:01 192.0.2.1" \
    -- lsp-add lan lp -- lsp-set-type lp localport -- lsp-set-addresses lp "02:00:00:00:00:02 192.0.2.2"
i=1
for name in p1 lp; do
    ovs-vsctl add-port br-int "$name" -- set interface "$name" type=internal external_ids:iface-id="$name"
    ip netns add "$name"
    ip link set "$name" netns "$name"
    ip -n "$name" link set "$name" address "02:00:00:00:00:0$i" up
    ip -n "$name" address add "192.0.2.$i/24" dev "$name"
    i=$((i + 1))
done
answered() { ip netns exec p1 busybox ping -q -c 1 -W 1 192.0.2.2 >/dev/null; }
until_true() { for _ in $(busybox seq 50); do "$@" && return; busybox sleep 0.1; done; return 1; }
until_true answered
busybox sleep 5
for name in p1 lp; do
    echo "$name: ovn-installed=$(ovs-vsctl --if-exists get interface "$name" external_ids:ovn-installed)" \
        "up=$(ovn-sbctl --bare --columns=up find port_binding logical_port="$name")" \
        "chassis=$(ovn-sbctl --bare --columns=chassis find port_binding logical_port="$name" | busybox wc -w)"
done
answered && echo "p1 reaches lp"
[ "$(ovs-vsctl --if-exists get interface p1 external_ids:ovn-installed)" = '"true"' ]
[ -z "$(ovs-vsctl --if-exists get interface lp external_ids:ovn-installed)" ]
[ "$(ovn-sbctl --bare --columns=up find port_binding logical_port=lp)" = false ]
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
