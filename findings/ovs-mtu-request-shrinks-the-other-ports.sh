#!/bin/bash
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# A small mtu_request of one internal port is the MTU of all others that ask for nothing.
#
# Software  openvswitch-switch 3.1.0 (Debian 12), userspace datapath.
# Done      A bridge with its own device and internal port a, both 1500. A further internal
#           port is added with mtu_request=1300.
# Expected  mtu_request concerns the Interface that it is set on.
# Seen      The new port has 1300, and a and the bridge's device were set to 1300 as well:
#           internal ports without a request get the smallest MTU of the bridge, and the
#           new one counts for that. It goes up again when the port is deleted.
# So        One container with a small MTU (a tunnel inside, say) set this way shrinks what
#           the host itself and all containers can send. Set the MTU from inside its
#           namespace instead.
#
# Exits with 0 if this is still so. Needs root, on Debian 12 with its packages.
set -euo pipefail

packages=(openvswitch-switch=3.1.0-2+deb12u1 busybox-static iproute2 bash
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
ovs-vsctl add-br br0 -- set bridge br0 datapath_type=netdev \
    -- add-port br0 a -- set interface a type=internal
mtu() { sed -n 1p "/sys/class/net/$1/mtu"; }

was="$(mtu br0) $(mtu a)"
echo "bridge's device and port a: $was"
ovs-vsctl add-port br0 small -- set interface small type=internal mtu_request=1300
busybox sleep 1
now="$(mtu br0) $(mtu a)"
echo "with port small, $(mtu small), beside them: $now"
ovs-vsctl del-port br0 small
busybox sleep 1
echo "when it is gone: $(mtu br0) $(mtu a)"
[ "$was" = "1500 1500" ]
[ "$now" = "1300 1300" ]
[ "$(mtu br0) $(mtu a)" = "1500 1500" ]
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
