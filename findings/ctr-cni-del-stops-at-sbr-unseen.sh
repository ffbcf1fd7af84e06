#!/bin/bash
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# With `sbr` in the list, containerd's client never sends DEL to the plugins before it, and says nothing.
#
# Software  containerd 1.6.20, runc 1.1.5, containernetworking-plugins 1.1.1 (Debian 12).
# Done      `ctr run --rm --cni` on a list of bridge, a plugin that notes its calls, and
#           sbr. Each is correct by itself.
# Expected  After the container has ended each plugin has got DEL, or there is an error.
# Seen      ctr sends DEL with an empty CNI_NETNS; DEL runs from the last plugin to the
#           first; sbr fails at the empty name with "no such file or directory"; go-cni
#           takes any error with such words for "gone already", that is for success. So
#           neither the noting plugin nor bridge, nor its IPAM, hears of the end: exit
#           status 0, and the address stays taken for ever.
# So        A plugin cannot rely on DEL: what it holds has to be collected by evidence that
#           the container is gone. And no error of DEL that should be tried again may
#           contain "not found" or "no such file or directory".
#
# Exits with 0 if this is still so. Needs root, on Debian 12 with its packages.
set -euo pipefail

packages=(containerd=1.6.20~ds1-1+deb12u3 runc=1.1.5+ds1-1+deb12u1
    containernetworking-plugins=1.1.1+ds1-3+b5 busybox-static iproute2
    iptables jq bash coreutils grep sed)
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
busybox mount -t tmpfs lib /var/lib
mkdir -p /run/image/bin /etc/cni/net.d /opt/cni/bin /run/said
ip link set lo up

cat >/opt/cni/bin/noter <<'NOTER'
#!/bin/bash
in=$(cat)
echo "$CNI_COMMAND netns=${CNI_NETNS:-empty}" >>/run/said/calls
[ "$CNI_COMMAND" != ADD ] || jq .prevResult <<<"$in"
NOTER
chmod 755 /opt/cni/bin/noter
list() { # PLUGINS
    rm -rf /etc/cni/net.d/*
    cat >/etc/cni/net.d/10-lan.conflist <<-END
	{"cniVersion": "0.4.0", "name": "lan", "plugins": [
	{"type": "bridge", "bridge": "cni0", "ipam": {"type": "host-local", "dataDir": "/run/leases",
	 "subnet": "192.0.2.0/24"}}, {"type": "noter"}$1]}
	END
}
containerd --root /run/c/root --state /run/c/state --address /run/c/sock >/run/said/containerd 2>&1 &
for _ in $(busybox seq 50); do [ -S /run/c/sock ] && break; busybox sleep 0.1; done
ctr() { /usr/bin/ctr --namespace finding --address /run/c/sock "$@"; }

cp /bin/busybox /run/image/bin/
cd /run/image
digest() { sha256sum "$1" | cut -d' ' -f1; }
busybox tar -C /run/image -cf /run/layer.tar bin
mkdir -p /run/oci/blobs/sha256
cd /run/oci
put() { cp "$1" "blobs/sha256/$(digest "$1")"; }
put /run/layer.tar
layer=$(digest /run/layer.tar)
echo "{\"architecture\":\"amd64\",\"os\":\"linux\",\"config\":{},\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"sha256:$layer\"]}}" >/run/config
put /run/config
config=$(digest /run/config)
cat >/run/manifest <<END
{"schemaVersion":2,"config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"sha256:$config","size":$(stat -c %s /run/config)},
"layers":[{"mediaType":"application/vnd.oci.image.layer.v1.tar","digest":"sha256:$layer","size":$(stat -c %s /run/layer.tar)}]}
END
put /run/manifest
echo '{"imageLayoutVersion":"1.0.0"}' >oci-layout
echo "{\"schemaVersion\":2,\"manifests\":[{\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\",\"digest\":\"sha256:$(digest /run/manifest)\",\"size\":$(stat -c %s /run/manifest),\"annotations\":{\"org.opencontainers.image.ref.name\":\"busybox:latest\",\"io.containerd.image.name\":\"docker.io/library/busybox:latest\"}}]}" >index.json
busybox tar -cf /run/image.tar oci-layout index.json blobs
ctr image import --snapshotter native /run/image.tar >/dev/null

clean_up() {
    kill "$!"
    rmdir /sys/fs/cgroup/{,*/}finding/* /sys/fs/cgroup/{,*/}finding 2>/dev/null || true
}
trap clean_up EXIT

run() { # NAME
    : >/run/said/calls
    status=0
    ctr run --rm --cni --snapshotter native docker.io/library/busybox:latest "$1" \
        /bin/busybox true 2>/run/said/log || status=$?
    echo "$1: exit status $status"
    sed 's/^/    the noting plugin got /' /run/said/calls
    echo "    addresses still taken: $(cd /run/leases/lan && ls | grep '^[0-9]' || echo none)"
}
list ''
run without
grep -q "^DEL" /run/said/calls
list ', {"type": "sbr"}'
run with
[ "$status" = 0 ]
grep -q "^ADD" /run/said/calls
if grep -q "^DEL" /run/said/calls; then exit 1; fi
[ -e /run/leases/lan/192.0.2.3 ]
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
