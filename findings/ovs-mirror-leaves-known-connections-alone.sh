#!/bin/bash
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# A mirror that is made or removed does not change what ovs-vswitchd does with
# connections that it knows already.
#
# Software  openvswitch-switch 3.1.0 (Debian 12), userspace datapath.
# Done      A ping runs between two ports, once a second. ovs-vsctl makes a mirror of
#           one of them, and later removes it. It waits each time until the switch
#           says that it has done so (cur_cfg).
# Expected  The packets that come after that are copied, and later not any more.
# Seen      The datapath's flow of the ping keeps its actions, for as long as the ping
#           goes on: after the mirror was made nothing of it is copied, and after the
#           mirror was removed all of it still is. Only when the datapath's flows are
#           removed, or something else makes the switch look at them again, as a new
#           port, the flow is as the database says.
# So        Whoever makes or removes a mirror has to call `ovs-appctl
#           revalidator/purge`. Until then a mirror that is gone goes on copying.
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
    -- add-port br0 a -- set interface a type=internal \
    -- add-port br0 b -- set interface b type=internal \
    -- add-port br0 m -- set interface m type=internal
ip netns add far
ip link set dev b netns far
ip addr add 10.0.0.1/24 dev a
ip link set dev a up
ip link set dev m up
ip -n far addr add 10.0.0.2/24 dev b
ip -n far link set dev b up
copy_port=$(ovs-appctl dpif/show | sed -n 's/^ *m [0-9]*\/\([0-9]*\):.*/\1/p')

# Does the flow of the echo requests send copies to m?
copies() {
    ovs-appctl dpctl/dump-flows |
        grep "in_port($a_port).*eth_type(0x0800)" | sed 's/.*actions://' |
        tr , '\n' | grep -qx "$copy_port"
}
a_port=$(ovs-appctl dpif/show | sed -n 's/^ *a [0-9]*\/\([0-9]*\):.*/\1/p')
says() {
    if copies; then echo "$1: the ping is copied"
    else echo "$1: the ping is not copied"; fi
}

busybox ping 10.0.0.2 >/dev/null &
busybox sleep 3
ovs-appctl dpctl/dump-flows | grep -q "in_port($a_port).*eth_type(0x0800)"
says "at first"
if copies; then exit 1; fi

ovs-vsctl -- --id=@a get port a -- --id=@m get port m \
    -- --id=@mirror create mirror name=x select_src_port=@a output_port=@m \
    -- set bridge br0 mirrors=@mirror >/dev/null
busybox sleep 4
says "4 s after the mirror was made"
if copies; then exit 1; fi
ovs-appctl revalidator/purge
busybox sleep 2
says "after revalidator/purge"
copies

ovs-vsctl clear bridge br0 mirrors
echo "mirrors in the database: $(ovs-vsctl list mirror | grep -c _uuid || true)"
busybox sleep 4
says "4 s after the mirror was removed"
copies
ovs-appctl revalidator/purge
busybox sleep 2
says "after revalidator/purge"
if copies; then exit 1; fi
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
