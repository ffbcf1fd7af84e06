#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# ACLs of OVN 23.03.1 do not stop router advertisements.
#
# Software  ovn-host, ovn-central 23.03.1, openvswitch-switch 3.1.0 (Debian 12),
#           userspace datapath, one chassis, two ports in one logical switch.
# Done      A port sends router advertisements and packets of UDP. Then an ACL of the
#           highest priority that the schema takes drops what comes in from that port and
#           is `nd_ra` or `udp`, and, in another try, what goes out to the other port.
# Expected  Neither arrives any more: ovn-nbctl takes the match, and what ovn-nb(5) says of
#           ACLs names no packets that they do not see.
# Seen      UDP stops, router advertisements go on, both ways. northd puts "nd || nd_ra ||
#           nd_rs || mldv1 || mldv2" before all ACLs, with priority 65532; those of ACLs end
#           at 33767. ovn-northd(8) has it in its list of flows.
# So        "RA guard" as an ACL is no guard. On a logical switch whose ports are not
#           trusted, hosts must not accept router advertisements, or the filter has to be
#           outside of OVN.
#
# Exits with 0 if this is still so. Needs root, on Debian 12 with its packages.
set -euo pipefail

packages=(ovn-host=23.03.1-1~deb12u2 ovn-central=23.03.1-1~deb12u2
    openvswitch-switch=3.1.0-2+deb12u1 busybox-static iproute2 iputils-ping bash
    coreutils grep sed python3-minimal)
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
    ovn-nbctl lsp-add lan "p$n" -- lsp-set-addresses "p$n" "02:00:00:00:00:0$n 10.0.0.$n fe80::ff:fe00:$n"
    ovs-vsctl add-port br-int "p$n" -- set interface "p$n" type=internal "external_ids:iface-id=p$n"
    until_true installed "p$n"
    ip netns add "n$n"
    ip link set "p$n" netns "n$n" address "02:00:00:00:00:0$n"
    ip -n "n$n" link set "p$n" up
    ip -n "n$n" address add "10.0.0.$n/24" dev "p$n"
done
# A router advertisement for ff02::1 (lifetime 1800 s), and UDP to 10.0.0.2, as frames.
cat >/run/send.py <<'PYTHON'
import socket, struct, sys
ours = bytes.fromhex("fe80000000000000") + bytes.fromhex("000000fffe000001")
every = bytes.fromhex("ff02") + bytes(13) + b"\1"
ra = bytes.fromhex("86000000") + bytes.fromhex("40000708") + bytes(8)
def total(data):
    value = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    value = (value & 0xffff) + (value >> 16)
    return ~(value + (value >> 16)) & 0xffff
check = total(ours + every + struct.pack("!II", len(ra), 58) + ra)
ra = ra[:2] + struct.pack("!H", check) + ra[4:]
frame = bytes.fromhex("333300000001" "020000000001" "86dd" "60000000") + \
    struct.pack("!HBB", len(ra), 58, 255) + ours + every + ra
raw = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
raw.bind(("p1", 0))
udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for _ in range(5):
    raw.send(frame)
    udp.sendto(b"x", ("10.0.0.2", 9999))
PYTHON
cat >/run/hear.py <<'PYTHON'
import socket, time
raw = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
raw.bind(("p2", 0))
raw.settimeout(0.2)
open("/run/listens", "w").close()
seen, end = {"ra": 0, "udp": 0}, time.monotonic() + 2
while time.monotonic() < end:
    try:
        data = raw.recv(2048)
    except TimeoutError:
        continue
    seen["ra"] += data[12:14] == b"\x86\xdd" and data[20] == 58 and data[54] == 134
    seen["udp"] += data[12:14] == b"\x08\0" and data[23] == 17 and data[36:38] == b"\x27\x0f"
print(*("%s: %s" % (name, "arrives" if count else "is dropped")
        for name, count in seen.items()), sep=", ")
PYTHON
try() {
    rm -f /run/listens
    ip netns exec n2 python3 /run/hear.py >/run/heard &
    until_true test -e /run/listens
    ip netns exec n1 python3 /run/send.py
    wait "$!"
    echo "$1: $(cat /run/heard)"
    [ "$(cat /run/heard)" = "$2" ]
}
until_true ip netns exec n1 ping -c 1 -W 1 10.0.0.2 >/dev/null
try "no ACL" "ra: arrives, udp: arrives"
ovn-nbctl --wait=hv acl-add lan from-lport 32767 'inport == "p1" && (nd_ra || udp)' drop
try "from-lport, drop" "ra: arrives, udp: is dropped"
ovn-nbctl acl-del lan
ovn-nbctl --wait=hv acl-add lan to-lport 32767 'outport == "p2" && (nd_ra || udp)' drop
try "to-lport, drop" "ra: arrives, udp: is dropped"
ovn-sbctl lflow-list lan | grep -E 'ls_(in|out)_acl .*nd_ra .*next' | sed 's/^ */    /'
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
    exec chroot "$1" /bin/bash /run/inside' - "$tree" "$work/inside"
echo "still so"
