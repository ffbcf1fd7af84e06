#!/bin/bash
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# A deleted row stays referenced weakly, if its transaction has changed the referring row before.
#
# Software  ovsdb-server 3.5.0, ovn-northd 25.03.0 (Debian 13).
# Done      A logical switch has a port and a DNS row, to which its dns_records refers weakly.
#           One transaction deletes the DNS row and changes the switch, in three orders:
#           switch then DNS row; DNS row then switch; the first with the reference removed,
#           too.
# Expected  "UUIDs that do not correspond to rows in the named table will be automatically
#           deleted" (RFC 7047, 3.2), in whichever order. northd removes the name.
# Seen      In the first order the reference stays: every client reads it, to the next start
#           of the server, which reads the same file without it. Clients are told of a DNS
#           row that went and of no change of dns_records. So northd, which deals with
#           changes of the ports of a switch one by one, leaves the name in the southbound
#           database, until something has it compute all anew. In the other orders reference
#           and name go.
#           ovsdb-server 3.1.0 (Debian 12) and 4.0.0 keep the reference, too. ovn-northd
#           23.03 computes all anew at such a change and removes the name; 26.03.1 does not,
#           nor at the next change. assess_weak_refs() visits the rows of a transaction table
#           after table, in the order in which these were first changed. A deleted row marks
#           the rows that refer to it, and one that was visited before is not visited again.
#           `ovn-nbctl lsp-del PORT -- destroy DNS ROW` has an order that its client library
#           chooses, so it is now this, now that.
# So        Whoever deletes a row removes weak references to it in the same transaction, or
#           deletes it as the first thing there.
#
# Exits with 0 if this is still so. Needs root, Debian's keys, and the network.
set -euo pipefail

packages=(ovn-central=25.03.0-1 openvswitch-common=3.5.0-1+b1 busybox-static bash coreutils
    grep sed)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The packages and all that they depend on, in a tree of their own: nothing is
# installed. TREE=DIRECTORY keeps them for the next run.
tree=${TREE:-$work/tree}
if [ ! -e "$tree/unpacked" ]; then
    mkdir -p "$work"/{lists,archives}/partial "$tree"/usr/{bin,sbin,lib,lib64} \
        "$tree"/{proc,sys,dev,tmp,run,etc}
    for name in bin sbin lib lib64; do ln -s "usr/$name" "$tree/$name"; done
    : >"$work/status"
    echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]" \
        "${DEBIAN_MIRROR:-http://deb.debian.org/debian} trixie main" >"$work/sources"
    apt_there() {
        apt-get -qq --yes -o Dir::Etc::sourcelist="$work/sources" \
            -o Dir::Etc::sourceparts="$work/none" \
            -o Dir::State::lists="$work/lists" \
            -o Dir::State::status="$work/status" \
            -o Dir::Cache::archives="$work/archives" -o Dir::Cache::pkgcache= \
            -o Dir::Cache::srcpkgcache= -o APT::Sandbox::User=root "$@" >&2
    }
    apt_there update
    apt_there --no-install-recommends --download-only install "${packages[@]}"
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
serve() { # nb|sb
    ovsdb-server --detach --no-chdir --pidfile="/run/ovn/ovn$1.pid" \
        --log-file="/run/ovn/ovn$1.log" --unixctl="/run/ovn/ovn$1.ctl" \
        --remote="punix:/run/ovn/ovn${1}_db.sock" "/run/ovn/$1.db" 2>/dev/null
}
for db in nb sb; do
    ovsdb-tool create "/run/ovn/$db.db" "/usr/share/ovn/ovn-$db.ovsschema"
    serve $db
done
ovn-nbctl --no-wait init
ovn-sbctl init
ovn-northd --detach --no-chdir --pidfile --log-file=/run/ovn/ovn-northd.log 2>/dev/null

references() { ovn-nbctl --bare --columns=dns_records find logical_switch name="$1"; }
names() { ovn-sbctl --bare --columns=records list dns; }

# WHAT: a word for each part, in this order: the port leaves the switch; its DNS
# row is deleted; the reference is removed.
transact() { # SWITCH WHAT...
    local port row op ops='["OVN_Northbound"' switch=$1 column id
    ovn-nbctl --wait=sb ls-add "$1" -- lsp-add "$1" "port-$1" -- --id=@d create dns \
        records:"$1"=192.0.2.1 -- add logical_switch "$1" dns_records @d >/dev/null
    port=$(ovn-nbctl --bare --columns=_uuid find logical_switch_port name="port-$1")
    row=$(references "$1")
    shift
    for op; do
        case $op in
        port) column=ports id=$port ;;
        reference) column=dns_records id=$row ;;
        row)
            ops+=',{"op": "delete", "table": "DNS",
                "where": [["_uuid", "==", ["uuid", "'$row'"]]]}'
            continue
            ;;
        esac
        ops+=',{"op": "mutate", "table": "Logical_Switch",
            "where": [["name", "==", "'$switch'"]],
            "mutations": [["'$column'", "delete", ["uuid", "'$id'"]]]}'
    done
    ovsdb-client transact unix:/run/ovn/ovnnb_db.sock "$ops]"
    ovn-nbctl --wait=sb sync
    echo "$switch ($*): DNS rows: $(ovn-nbctl --bare --columns=_uuid list dns | grep -c . || :)," \
        "references: $(references "$switch"); southbound: $(names)"
}
transact port-first port row
[ -z "$(ovn-nbctl --bare --columns=_uuid list dns)" ]
[ -n "$(references port-first)" ]
busybox sleep 10
[ "$(names)" = "port-first=192.0.2.1" ]
ovn-nbctl --wait=sb ls-del port-first
[ -z "$(names)" ]
for order in "row-first row port" "all port reference row"; do
    # shellcheck disable=SC2086
    transact $order
    [ -z "$(references "${order%% *}")" ]
    [ -z "$(names)" ]
done
transact again port row
[ -n "$(references again)" ]
kill "$(</run/ovn/ovnnb.pid)"
while [ -e /run/ovn/ovnnb.pid ]; do busybox sleep 0.1; done
serve nb
echo "the server has started anew: references: $(references again)"
[ -z "$(references again)" ]
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
