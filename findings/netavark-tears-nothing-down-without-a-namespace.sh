#!/bin/bash
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# netavark tears nothing down when the network namespace is gone, and tells a plugin nothing.
#
# Software  netavark 1.14.0 (Debian 13).
# Done      A container is set up on a network of a plugin and on one of the driver bridge. Its
#           namespace ends (a reboot, `umount`, whatever removes the file). `netavark teardown`,
#           as podman runs it for a container that has ended.
# Expected  What is outside the namespace is removed all the same: the plugin is told, the
#           bridge of its last container goes. In CNI a DEL of a namespace that is gone is a
#           duty of each plugin.
# Seen      "open container netns: No such file or directory", before netavark has looked at the
#           networks: the plugin gets no call, and the bridge with its address stays on the host.
#           podman prints the error, forgets the container, and asks nobody again.
# So        A plugin that holds something outside (a port of a switch, an address, a rule) has to
#           collect it by itself, when it sees that the namespace is gone.
#
# Exits with 0 if this is still so. Needs root, Debian's keys, and the network.
set -euo pipefail

packages=(netavark=1.14.0-2 busybox-static util-linux bash coreutils grep sed)
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
cat >/run/plugins/plug <<'PLUGIN'
#!/bin/busybox sh
busybox cat >/dev/null
echo "$1" >>/run/calls
[ "$1" != setup ] || echo '{"dns_search_domains":[],"dns_server_ips":[],"interfaces":
    {"eth0":{"mac_address":"02:00:00:00:00:05",
    "subnets":[{"ipnet":"10.98.0.2/24","gateway":"10.98.0.1"}]}}}'
PLUGIN
chmod 755 /run/plugins/plug

netavark() { # setup|teardown DRIVER N
    printf '{"container_id":"%064d","container_name":"web","networks":{"%s":{
        "interface_name":"eth0","static_ips":["10.9%d.0.2"]}},
        "network_info":{"%s":{"name":"%s","id":"%064d","driver":"%s",
        "network_interface":"nv%d","subnets":[{"subnet":"10.9%d.0.0/24",
        "gateway":"10.9%d.0.1"}],"ipv6_enabled":false,"internal":false,
        "dns_enabled":false,"ipam_options":{"driver":"host-local"},"options":{}}}}' \
        "$3" "$2" "$3" "$2" "$2" "$3" "$2" "$3" "$3" "$3" |
        NETAVARK_FW=none /usr/lib/podman/netavark --config /run/nv \
            --plugin-directory /run/plugins "$1" "/run/netns/$2"
}
again() { # DRIVER N: a namespace of that name, and the container set up in it
    touch "/run/netns/$1"
    unshare --net="/run/netns/$1" true
    netavark setup "$1" "$2" >/dev/null
}
gone() { busybox umount "/run/netns/$1"; rm "/run/netns/$1"; }

again plug 8
again bridge 7
netavark teardown plug 8
netavark teardown bridge 7
echo "with the namespace: the plugin was told: $(busybox xargs </run/calls)"
echo "    of the bridge: $(busybox ip address show nv7 2>/dev/null | grep -o 'inet [^ ]*' || echo nothing)"
[ "$(busybox xargs </run/calls)" = "setup teardown" ]
if busybox ip link show nv7 >/dev/null 2>&1; then exit 1; fi
gone plug
gone bridge

: >/run/calls
again plug 8
again bridge 7
gone plug
gone bridge
for one in "plug 8" "bridge 7"; do
    # shellcheck disable=SC2086
    if netavark teardown $one; then exit 1; fi
done
echo "without it: the plugin was told: $(busybox xargs </run/calls)"
echo "    of the bridge: $(busybox ip address show nv7 2>/dev/null | grep -o 'inet [^ ]*' || echo nothing)"
[ "$(busybox xargs </run/calls)" = setup ]
busybox ip address show nv7 | grep -q 10.97.0.1
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
