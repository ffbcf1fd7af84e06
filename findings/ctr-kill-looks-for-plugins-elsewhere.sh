#!/bin/bash
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# `ctr run --cni` finds CNI plugins where Debian puts them; `ctr task kill` does not, and so does not kill.
#
# Software  containerd 1.7.24, runc 1.1.15, containernetworking-plugins 1.1.1 (Debian 13).
# Done      `ctr run --detach --cni`, with the plugins in /usr/lib/cni, where Debian's
#           package has them; then `ctr task kill`.
# Expected  What has started the container stops it; or both say that a plugin is missing.
# Seen      ctr run looks into /opt/cni/bin and /usr/lib/cni. ctr task kill has the
#           network removed first, and looks into /opt/cni/bin alone: "failed to find
#           plugin", exit status 1, no signal is sent, and the container runs on.
# So        A CNI plugin needs a link in /opt/cni/bin, also where the runtime's
#           configuration names its own directory.
#
# Exits with 0 if this is still so. Needs root, Debian's keys, and the network.
set -euo pipefail

packages=(containerd=1.7.24~ds1-6+deb13u1 runc=1.1.15+ds1-2+b4
    containernetworking-plugins=1.1.1+ds1-3+b17 busybox-static iproute2
    iptables jq bash coreutils grep sed tar)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The packages and all that they depend on, in a tree of their own: nothing is
# installed. TREE=DIRECTORY keeps them for the next run.
tree=${TREE:-$work/tree}
if [ ! -e "$tree/unpacked" ]; then
    keyring=/usr/share/keyrings/debian-archive-keyring.gpg
    mkdir -p "$work"/{archives/partial,lists/partial,none} \
        "$tree"/usr/{bin,sbin,lib,lib64} "$tree"/{proc,sys,dev,tmp,run,etc,var,opt}
    for name in bin sbin lib lib64; do ln -s "usr/$name" "$tree/$name"; done
    : >"$work/status"
    for suite in debian/:trixie debian-security/:trixie-security; do
        echo "deb [signed-by=$keyring] http://deb.debian.org/${suite/:/ } main"
    done >"$work/sources.list"
    apt_there() {
        apt-get -qq --yes --no-install-recommends \
            -o Dir::Etc::sourcelist="$work/sources.list" \
            -o Dir::Etc::sourceparts="$work/none" \
            -o Dir::Etc::preferencesparts="$work/none" \
            -o Dir::State::lists="$work/lists" \
            -o Dir::State::status="$work/status" \
            -o Dir::Cache::archives="$work/archives" -o Dir::Cache::pkgcache= \
            -o Dir::Cache::srcpkgcache= -o APT::Sandbox::User=root "$@" >&2
    }
    apt_there update
    apt_there --download-only install "${packages[@]}"
    for package in "$work"/archives/*.deb; do
        dpkg-deb --fsys-tarfile "$package" |
            tar -C "$tree" -x --keep-directory-symlink
    done
    touch "$tree/unpacked"
fi

cat >"$work/inside" <<'INSIDE'
set -euo pipefail
busybox mount -t tmpfs var /var
mkdir -p /run/image/bin /run/oci /run/said /var/lib /etc/cni/net.d
ip link set lo up
cat >/etc/cni/net.d/10-lan.conflist <<-END
	{"cniVersion": "1.0.0", "name": "lan", "plugins": [
	{"type": "bridge", "bridge": "cni0", "ipam": {"type": "host-local",
	 "dataDir": "/run/leases", "subnet": "192.0.2.0/24"}}]}
END
containerd --root /run/c/root --state /run/c/state --address /run/c/sock \
    >/run/said/containerd 2>&1 &
for _ in $(busybox seq 100); do [ -S /run/c/sock ] && break; busybox sleep 0.1; done
ctr() { /usr/bin/ctr --namespace finding --address /run/c/sock "$@"; }
clean_up() {
    ctr task kill --signal KILL kept >/dev/null 2>&1 || true
    kill "$(busybox pidof containerd)"
    rmdir /sys/fs/cgroup/{,*/}finding/* /sys/fs/cgroup/{,*/}finding 2>/dev/null || true
}
trap clean_up EXIT

# An image of one layer, as `docker save` writes it.
cp /bin/busybox /run/image/bin/
tar -C /run/image -cf /run/oci/layer.tar .
layer=$(sha256sum </run/oci/layer.tar)
echo "{\"architecture\":\"amd64\",\"os\":\"linux\",\"config\":{},\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"sha256:${layer%% *}\"]}}" >/run/oci/config.json
echo '[{"Config":"config.json","RepoTags":["docker.io/library/bb:latest"],"Layers":["layer.tar"]}]' >/run/oci/manifest.json
tar -C /run/oci -cf /run/image.tar .
ctr image import --snapshotter native /run/image.tar >/dev/null

task() { ctr task list | sed 1d; }

ctr run --detach --cni --snapshotter native docker.io/library/bb:latest kept \
    /bin/busybox sleep 600
echo "after ctr run:       $(task)"
status=0
ctr task kill --signal KILL kept 2>/run/said/log || status=$?
echo "ctr task kill:       exit status $status, $(busybox tail -n 1 /run/said/log)"
echo "after it:            $(task)"
[ "$status" != 0 ]
grep -q 'failed to find plugin "bridge" in path \[/opt/cni/bin\]' /run/said/log
task | grep -q RUNNING
mkdir -p /opt/cni
ln -s /usr/lib/cni /opt/cni/bin
ctr task kill --signal KILL kept
for _ in $(busybox seq 100); do task | grep -q STOPPED && break; busybox sleep 0.1; done
echo "with /opt/cni/bin:   $(task)"
task | grep -q STOPPED
rm /opt/cni/bin
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
    mount --rbind /sys/fs/cgroup "$1/sys/fs/cgroup"
    cp "$2" "$1/run/inside"
    exec env -u TMPDIR chroot "$1" /bin/bash /run/inside' - "$tree" "$work/inside"
echo "still so"
