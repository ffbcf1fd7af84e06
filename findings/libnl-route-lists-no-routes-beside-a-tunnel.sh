#!/bin/bash
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# If one route leads through a light-weight tunnel, libnl-route lists no routes at all.
#
# Software  libnl 3.7.0 (Debian 12), any kernel with CONFIG_LWTUNNEL.
# Done      A device, a route on it, and a second route with an encapsulation
#           (`encap ip`). `nl-route-list`, which reads the routes by rtnl_route_alloc_cache()
#           as every user of the library does.
# Expected  Both routes, the second one perhaps without what the library does not know.
# Seen      "Unable to allocate route cache: Netlink message type is not supported", and
#           no route. rtnl_route_parse() knows MPLS and refuses every other encapsulation,
#           and one message that is refused ends the listing.
# So        Whoever decides by the routes of a namespace that he does not own must read
#           them by hand, or one route that somebody else has added hides all others: the
#           default route of a container too.
#
# Exits with 0 if this is still so. Needs root, on Debian 12 with its packages.
set -euo pipefail

packages=(libnl-utils=3.7.0-0.2+b1 iproute2 bash coreutils grep)
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
ip link add v0 type veth peer name v1
ip link set v0 up
ip address add 10.1.0.1/24 dev v0
ip route add 10.9.0.0/16 via 10.1.0.9

before=$(nl-route-list 2>&1)
echo "without a tunnel:"
echo "$before"
grep -q "10.9.0.0/16" <<<"$before"

ip route add 10.8.0.0/16 encap ip id 1 dst 10.1.0.8 dev v0
echo "ip(8) lists, with a tunnel:"
ip route
after=$(nl-route-list 2>&1) && exit 1
echo "libnl-route lists: $after"
if grep -q "10.9.0.0/16" <<<"$after"; then exit 1; fi
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
