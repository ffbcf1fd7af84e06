#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# On a bridge with STP (or RSTP) a new internal port never hears a broadcast, one that was there before does.
#
# Software  openvswitch-switch 3.1.0 (Debian 12), userspace datapath.
# Done      Bridge with internal port old; stp_enable is switched on; internal ports new1 and
#           new2 are added. After the protocol's delays: where does an ARP question go?
# Expected  The manual says that internal ports "will not participate in the spanning tree":
#           so they forward always. Or they all wait for the delay.
# Seen      A broadcast from new1 reaches old and the bridge's own device and not new2, and
#           goes on so after 40 s, the whole of STP's delays. other_config:stp-enable=false
#           on the Port changes nothing. When ovs-vswitchd was restarted, all hear.
# So        Whether a port is flooded to is decided when it is added, and a port that takes no
#           part is never told that it forwards. Two containers on internal ports of such a
#           bridge never find one another by ARP. Use veth pairs there, or no STP.
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
    -- add-port br0 old -- set interface old type=internal
ovs-vsctl set bridge br0 stp_enable=true
for name in new1 new2; do
    ovs-vsctl add-port br0 "$name" -- set interface "$name" type=internal
    ovs-vsctl set port "$name" other_config:stp-enable=false
done
for name in old new1 new2; do ip link set "$name" up; done

# The names of the ports that a broadcast of new1's is sent to.
heard_by() {
    local actions number name
    actions=$(ovs-appctl ofproto/trace br0 \
        in_port=new1,dl_dst=ff:ff:ff:ff:ff:ff,dl_src=02:00:00:00:00:01,dl_type=0x0806 |
        sed -n 's/^Datapath actions: //p')
    for name in br0 old new2; do
        number=$(ovs-appctl dpif/show | sed -n "s/^ *$name [0-9]*\/\([0-9]*\):.*/\1/p")
        case ,$actions, in *,$number,*) printf '%s ' "$name" ;; esac
    done
}
busybox sleep 40
first=$(heard_by)
echo "40 s after: a broadcast of new1 is heard by: $first"
ovs-appctl -t ovs-vswitchd exit
busybox sleep 1
/usr/lib/openvswitch-switch/ovs-vswitchd --detach --no-chdir --pidfile \
    --log-file 2>/dev/null
busybox sleep 2
then=$(heard_by)
echo "after a restart of ovs-vswitchd: $then"
[ "$first" = "br0 old " ]
[ "$then" = "br0 old new2 " ]
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
