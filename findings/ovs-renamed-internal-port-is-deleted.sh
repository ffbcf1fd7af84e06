#!/bin/bash
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# An internal port that is renamed in its namespace is deleted there, and comes back on the host.
#
# Software  openvswitch-switch 3.1.0 and user-mode-linux 6.1um4 (Debian 12): the kernel datapath.
# Done      Two internal ports are moved to a namespace each and get an address. One of them is
#           renamed there to eth0, as a container wants it. Then a device that has nothing to do
#           with Open vSwitch is made on the host.
# Expected  Inside of its namespace the name is the container's business: the port is the same
#           device with the same index. For a veth pair, and a TAP of the userspace datapath, it is.
# Seen      At first the renamed one goes on. At the next change of anything ovs-vswitchd compares
#           the names of the datapath's ports with those of its rows. The datapath's port has the
#           device's name of now, which is in no row: it is deleted, in the middle of the
#           container. Its row's name is missing: a new device of that name is made, on the
#           host, down, with another MAC. The row has an ofport, be it another one, and no error.
# So        Never rename an internal port. An altname serves whoever asks for eth0 by name, and a
#           veth pair whoever lists devices. After a name was changed nothing is safe until it is
#           changed back.
#
# Exits with 0 if this is still so. Needs root, on Debian 12 with its packages.
set -euo pipefail

packages=(user-mode-linux=6.1um4+b13 kmod openvswitch-switch=3.1.0-2+deb12u1 iputils-ping
    busybox-static iproute2 bash coreutils grep sed)
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
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
trap 'echo "status $?"; echo o >/proc/sysrq-trigger; busybox sleep 60' EXIT
busybox mount -t proc proc /proc
busybox mount -t sysfs sys /sys
busybox mount -t tmpfs run /run
busybox mount -t tmpfs tmp /tmp
set -euo pipefail
echo "Linux $(uname -r)"
mkdir -p /run/modules/lib/modules /run/ovs
ln -s "/usr/lib/uml/modules/$(uname -r)" /run/modules/lib/modules/
modprobe -d /run/modules -a openvswitch veth
# For the first 10 s ovs-vswitchd counts no processors, and starts no threads for packets.
while read -r up _ </proc/uptime && [ "${up%.*}" -lt 11 ]; do busybox sleep 0.2; done
export OVS_RUNDIR=/run/ovs OVS_LOGDIR=/run/ovs OVS_DBDIR=/run/ovs
ovsdb-tool create /run/ovs/conf.db /usr/share/openvswitch/vswitch.ovsschema
ovsdb-server --detach --no-chdir --pidfile --log-file \
    --remote=punix:/run/ovs/db.sock /run/ovs/conf.db 2>/dev/null
ovs-vsctl --no-wait init
/usr/lib/openvswitch-switch/ovs-vswitchd --detach --no-chdir --pidfile \
    --log-file 2>/dev/null
ovs-vsctl add-br br0
ip link set br0 up
ip address add 192.0.2.1/24 dev br0
for n in 2 3; do
    ip netns add "c$n"
    ovs-vsctl add-port br0 "port$n" -- set interface "port$n" type=internal
    ip link set "port$n" netns "c$n"
    ip -n "c$n" address add "192.0.2.$n/24" dev "port$n"
    ip -n "c$n" link set "port$n" up
done
answers() { ping -c 1 -W 2 "192.0.2.$1" >/dev/null; }
devices() { ip "$@" -brief link show | sed 's/[@ ].*//' | grep -v '^lo$' | busybox xargs; }
says() {
    echo "$1: port2 $(answers 2 && echo answers || echo does not answer), port3 $(answers 3 && echo answers || echo does not answer)"
    echo "    devices: in c2 $(devices -n c2), in c3 $(devices -n c3), on the host $(devices)"
}
busybox sleep 1
says "before"
answers 2
answers 3
ip -n c2 link set port2 down
ip -n c2 link set port2 name eth0
ip -n c2 link set eth0 up
ip link add dev stranger type veth peer name other
busybox sleep 2
says "port2 has been called eth0 in c2, and a stranger's device was made"
echo "    row: ofport $(ovs-vsctl get interface port2 ofport), error $(ovs-vsctl get interface port2 error)"
answers 3
if answers 2; then exit 1; fi
[ -z "$(devices -n c2)" ]
[[ " $(devices) " == *" port2 "* ]]
[ "$(ovs-vsctl get interface port2 error)" = "[]" ]
[ "$(ovs-vsctl get interface port2 ofport)" -gt 0 ]
INSIDE

# A guest: User-Mode Linux has the kernel datapath wherever this runs. Its first process is the
# script, which says its exit status at its end.
# shellcheck disable=SC2016
unshare --net --mount --pid --ipc --fork --kill-child -- bash -c '
    mount --make-rprivate /
    mount --bind "$1" "$1"
    mount -t tmpfs run "$1/run"
    mount -t tmpfs tmp "$1/tmp"
    mount -t proc proc "$1/proc"
    mount -t sysfs sys "$1/sys"
    mount --rbind /dev "$1/dev"
    mount -t tmpfs shm "$1/dev/shm"
    unset TMPDIR TMP TEMP
    { echo "#!/bin/bash"; cat "$2"; } >"$1/run/inside"
    chmod 755 "$1/run/inside"
    exec chroot "$1" /usr/bin/linux.uml rootfstype=hostfs rootflags=/ rw mem=512M \
        init=/run/inside quiet loglevel=1 panic=-1 con=null con0=fd:0,fd:1 </dev/null' \
    - "$tree" "$work/inside" | tee "$work/said"
grep -q '^status 0' "$work/said"
echo "still so"
