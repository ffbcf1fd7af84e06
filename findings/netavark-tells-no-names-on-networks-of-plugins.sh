#!/bin/bash
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# On a network of a driver plugin netavark starts no server of names, though the network says so.
#
# Software  netavark 1.14.0 with aardvark-dns 1.14.0 (Debian 13).
# Done      A container is set up twice with "dns_enabled": true, as podman writes it for every
#           network that is created without --disable-dns: on a network of the driver
#           bridge, and on one of a plugin that answers as the interface of plugins asks.
# Expected  aardvark-dns knows the container's name in both cases, or netavark says that it
#           does not.
# Seen      For the bridge netavark has a file with the container's names written, aardvark-dns
#           started, and its address in the answer. For the plugin nothing of the three, and no
#           word: `podman network inspect` shows dns_enabled true, and containers ask the
#           host's servers.
# So        A plugin that wants names has to run a server itself, and to name it in
#           dns_server_ips of its answer to setup; one that does not should answer create with
#           "dns_enabled": false.
#
# Exits with 0 if this is still so. Needs root, on Debian 12 with its packages.
set -euo pipefail

packages=(netavark=1.14.0-2 aardvark-dns=1.14.0-3 busybox-static util-linux bash coreutils
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
mkdir -p /run/plugins /run/netns /run/nv
busybox ip link set lo up
echo "nameserver 192.0.2.53" >/etc/resolv.conf
cat >/run/plugins/plug <<'PLUGIN'
#!/bin/busybox sh
busybox cat >/dev/null
[ "$1" != setup ] || echo '{"dns_search_domains":[],"dns_server_ips":[],"interfaces":
    {"eth0":{"mac_address":"02:00:00:00:00:05",
    "subnets":[{"ipnet":"10.98.0.2/24","gateway":"10.98.0.1"}]}}}'
PLUGIN
chmod 755 /run/plugins/plug

set_up() { # DRIVER N
    touch "/run/netns/$1"
    unshare --net="/run/netns/$1" true
    printf '{"container_id":"%064d","container_name":"web","networks":{"%s":{
        "interface_name":"eth0","static_ips":["10.9%d.0.2"],"aliases":["web"]}},
        "network_info":{"%s":{"name":"%s","id":"%064d","driver":"%s",
        "network_interface":"nv%d","subnets":[{"subnet":"10.9%d.0.0/24",
        "gateway":"10.9%d.0.1"}],"ipv6_enabled":false,"internal":false,
        "dns_enabled":true,"ipam_options":{"driver":"host-local"},"options":{}}}}' \
        "$2" "$1" "$2" "$1" "$1" "$2" "$1" "$2" "$2" "$2" |
        NETAVARK_FW=none /usr/lib/podman/netavark --config /run/nv \
            --aardvark-binary /usr/lib/podman/aardvark-dns \
            --plugin-directory /run/plugins setup "/run/netns/$1"
}
servers() { busybox ps | grep -c '[a]ardvark-dns --config' || true; }

out=$(set_up plug 8)
echo "of the plugin: $out"
echo "servers of names: $(servers)"
grep -q '"dns_server_ips":\[\]' <<<"$out"
[ ! -e /run/nv/aardvark-dns/plug ]
[ "$(servers)" = 0 ]

out=$(set_up bridge 7)
echo "of the bridge: $out"
echo "servers of names: $(servers)"
cat /run/nv/aardvark-dns/bridge
grep -q '"dns_server_ips":\["10.97.0.1"\]' <<<"$out"
grep -q web /run/nv/aardvark-dns/bridge
[ "$(servers)" = 1 ]
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
