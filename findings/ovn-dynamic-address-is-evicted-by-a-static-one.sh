#!/bin/bash
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# An address that OVN gave a port dynamically is taken from it when another port names it.
#
# Software  ovn-central 23.03.1 (Debian 12).
# Done      Logical switch with other_config:subnet; port a has addresses "dynamic" and gets
#           an address. Then port b is added with that same address written into its row, as
#           a management system does (ovn-nbctl lsp-set-addresses compares, the database
#           and northd do not refuse).
# Expected  A lease holds: b is refused, or a warning.
# Seen      Accepted; a has another address at northd's next run, while the
#           machine behind it goes on with the old one. Two ports with the same *static*
#           address are accepted as well, and both keep it.
# So        "dynamic" is no address management for anything that runs. Reserve addresses in
#           rows of one's own, guarded in the transaction that takes them.
#
# Exits with 0 if this is still so. Needs root, on Debian 12 with its packages.
set -euo pipefail

packages=(ovn-central=23.03.1-1~deb12u2 openvswitch-switch=3.1.0-2+deb12u1
    busybox-static bash coreutils grep sed)
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
ovn-nbctl --wait=sb ls-add lan -- set logical_switch lan other_config:subnet=192.0.2.0/24 \
    -- lsp-add lan a -- lsp-set-addresses a "02:00:00:00:00:0a dynamic"
address() { ovn-nbctl get logical_switch_port "$1" dynamic_addresses | sed 's/.* //; s/"//g'; }
was=$(address a)
echo "a got $was"
ovn-nbctl --wait=sb lsp-add lan b -- \
    set logical_switch_port b "addresses=\"02:00:00:00:00:0b $was\""
now=$(address a)
echo "b was given $was by hand: a has $now now"
ovn-nbctl --wait=sb lsp-add lan c -- \
    set logical_switch_port c "addresses=\"02:00:00:00:00:0c $was\"" && status=0 || status=$?
echo "c was given $was, too: exit status $status, flows that answer ARP for it:" \
    "$(ovn-sbctl lflow-list lan | grep -c "arp.tpa == $was && arp.op == 1), action")"
grep -i "duplicate" /run/ovn/ovn-northd.log || echo "northd's log does not mention it"
ovn-nbctl show lan | grep -B1 "$was" || true
[ -n "$was" ]
[ "$now" != "$was" ]
[ "$status" = 0 ]
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
