#!/bin/bash
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# A rule that leads a range of ports to another range leads all of them to its first port.
#
# Software  nftables 1.0.6, iptables 1.8.9 (Debian 12), on Linux 6.18.
# Done      Ten servers listen at ports 9000 to 9009. nft is given `tcp dport 8000-8009 dnat to
#           127.0.0.1:9000-9009`, as one writes what `-p 8000-8009:9000-9009` of a container
#           means. Each of the ports 8000 to 8009 is connected to. The same with iptables' DNAT.
# Expected  8003 comes to 9003; the two ranges are of one length.
# Seen      All ten come to 9000. The range is a choice for the kernel and no mapping: it takes
#           the first port with which the connection is not yet known
#           (nf_nat_l4proto_unique_tuple() in net/netfilter/nf_nat_core.c). iptables has a word
#           for the offset, 9000-9009/8000; nft has none, and iptables-translate gives the rule
#           without that word as the one above.
# So        With nft a map has a line for each port: dnat to 127.0.0.1:tcp dport map
#           { 8000 : 9000, 8001 : 9001, ... }. A test that connects to the first port alone sees
#           nothing of it.
#
# Exits with 0 if this is still so. Needs root, on Debian 12 with its packages.
set -euo pipefail

packages=(nftables=1.0.6-2+deb12u2 python3 iptables=1.8.9-2 iproute2 bash coreutils grep sed)
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
ip link set dev lo up
ip addr add 10.9.0.1/24 dev lo
cat >/run/serve.py <<'SERVE'
import selectors, socket, sys
ready = selectors.DefaultSelector()
for port in range(9000, 9010):
    listener = socket.create_server(("127.0.0.1", port))
    ready.register(listener, selectors.EVENT_READ, port)
print("ready", flush=True)
while True:
    for key, _ in ready.select():
        conn = key.fileobj.accept()[0]
        conn.sendall(b"%d" % key.data)
        conn.close()
SERVE
cat >/run/ask.py <<'ASK'
import socket
def ask(port):
    with socket.create_connection(("10.9.0.1", port), 3) as conn:
        return conn.recv(16).decode()
print(" ".join(ask(port) for port in range(8000, 8010)))
ASK
coproc SERVER { exec python3 /run/serve.py; }
read -r _ <&"${SERVER[0]}"
ports=$(echo {9000..9009})

rule() { # of nft, after the address
    nft -f - <<TABLE
table ip t {
    chain output {
        type nat hook output priority -100
        ip daddr 10.9.0.1 $1
    }
}
TABLE
}
lead() { # WHAT EXPECTED
    seen=$(python3 /run/ask.py)
    echo "$1"
    echo "    8000 to 8009 come to: $seen"
    [ "$seen" = "$2" ]
}

first=$(for _ in {0..9}; do printf '9000 '; done)
text='tcp dport 8000-8009 dnat to 127.0.0.1:9000-9009'
rule "$text"
lead "nft: $text" "${first% }"
nft delete table ip t

map=$(for n in {0..9}; do echo "800$n : 900$n,"; done)
rule "tcp dport 8000-8009 dnat to 127.0.0.1:tcp dport map { $map }"
lead "nft: dnat to 127.0.0.1:tcp dport map { 8000 : 9000, 8001 : 9001, ... }" "$ports"
nft delete table ip t

words=(-t nat -A OUTPUT -d 10.9.0.1 -p tcp --dport 8000:8009 -j DNAT --to-destination)
iptables-nft "${words[@]}" 127.0.0.1:9000-9009
lead "iptables: --to-destination 127.0.0.1:9000-9009" "${first% }"
iptables-nft -t nat -F

iptables-nft "${words[@]}" 127.0.0.1:9000-9009/8000
lead "iptables: --to-destination 127.0.0.1:9000-9009/8000" "$ports"
iptables-nft -t nat -F
iptables-translate "${words[@]}" 127.0.0.1:9000-9009
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
