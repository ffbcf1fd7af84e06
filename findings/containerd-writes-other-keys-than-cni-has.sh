#!/bin/bash
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# containerd hands a CNI plugin the values of its capabilities with other keys than CNI has.
#
# Software  containerd 1.6.20 (Debian 12); the same with 1.7.24 and 2.1.9.
# Done      A pod with a published port, a server of names and limits of bandwidth is asked for
#           (RunPodSandbox of the CRI, as kubelet does), on a list whose plugin has declared the
#           capabilities portMappings, dns and bandwidth.
# Expected  runtimeConfig as CNI's CONVENTIONS.md has it: hostPort, containerPort, servers,
#           ingressRate; what is not given is left out.
# Seen      HostPort, ContainerPort, Protocol, HostIP; Servers, Searches, Options; IngressRate,
#           IngressBurst. Lists that are empty are null, and a burst that nobody gave is
#           4294967295. Plugins in Go do not notice, as Go's decoder of JSON takes keys in
#           any case; podman and CRI-O write them as CNI does.
# So        A plugin in another language compares these keys without case, takes null for an empty
#           list and the largest number for none, or publishes no port in Kubernetes while its
#           tests with other callers pass.
#
# Exits with 0 if this is still so. Needs root, on Debian 12 with its packages.
set -euo pipefail

packages=(containerd=1.6.20~ds1-1+deb12u3 runc=1.1.5+ds1-1+deb12u1
    containernetworking-plugins=1.1.1+ds1-3+b5 curl python3 busybox-static
    iproute2 iptables jq bash coreutils grep sed)
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
mkdir -p /run/image/bin /etc/cni/net.d /opt/cni/bin /run/said /var/run /var/log
ip link set lo up
touch /etc/hosts /etc/resolv.conf
cp /usr/lib/cni/loopback /opt/cni/bin/
cat >/opt/cni/bin/noter <<'NOTER'
#!/bin/bash
in=$(cat)
[ "$CNI_COMMAND" != ADD ] || jq -c .runtimeConfig <<<"$in" >/run/said/runtimeConfig
echo '{"cniVersion":"1.0.0","code":100,"msg":"that is all that was to be seen"}'
exit 1
NOTER
chmod 755 /opt/cni/bin/noter
cat >/etc/cni/net.d/10-lan.conflist <<'END'
{"cniVersion": "1.0.0", "name": "lan", "plugins": [{"type": "noter",
    "capabilities": {"portMappings": true, "dns": true, "bandwidth": true}}]}
END
cat >/run/said/config <<'END'
version = 2
root = "/run/c/root"
state = "/run/c/state"
[grpc]
  address = "/run/c/sock"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "docker.io/library/busybox:latest"
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "native"
END
containerd --config /run/said/config >/run/said/containerd 2>&1 &
for _ in $(busybox seq 100); do [ -S /run/c/sock ] && break; busybox sleep 0.1; done
ctr() { /usr/bin/ctr --namespace k8s.io --address /run/c/sock "$@"; }

# The image of a sandbox.
cp /bin/busybox /run/image/bin/
cd /run/image
digest() { sha256sum "$1" | cut -d' ' -f1; }
busybox tar -C /run/image -cf /run/layer.tar bin
mkdir -p /run/oci/blobs/sha256
cd /run/oci
put() { cp "$1" "blobs/sha256/$(digest "$1")"; }
put /run/layer.tar
layer=$(digest /run/layer.tar)
echo "{\"architecture\":\"amd64\",\"os\":\"linux\",\"config\":{\"Entrypoint\":[\"/bin/busybox\",\"sleep\",\"60\"]},\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"sha256:$layer\"]}}" >/run/config
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
for _ in $(busybox seq 50); do grep -q 'cni.*loaded\|Start event monitor' /run/said/containerd && break; busybox sleep 0.1; done

# What kubelet asks, RunPodSandbox of the CRI, by hand: numbers are those of api.proto.
cat >/run/ask.py <<'ASK'
import struct, sys
def varint(n):
    out = b""
    while n > 127:
        out += bytes([n & 127 | 128]); n >>= 7
    return out + bytes([n])
def number(field, n):
    return varint(field << 3) + varint(n)
def text(field, value):
    value = value.encode() if isinstance(value, str) else value
    return varint(field << 3 | 2) + varint(len(value)) + value
port = text(5, number(2, 80) + number(3, 8080) + text(4, "127.0.0.1"))
dns = text(4, text(1, "192.0.2.53"))
pod = text(1, text(1, "pod") + text(2, "uid") + text(3, "default")) + text(2, "pod") + dns + port
for pair in (("kubernetes.io/ingress-bandwidth", "10M"), ("kubernetes.io/egress-bandwidth", "20M")):
    pod += text(7, text(1, pair[0]) + text(2, pair[1]))
message = text(1, pod)
sys.stdout.buffer.write(b"\0" + struct.pack(">I", len(message)) + message)
ASK
python3 /run/ask.py >/run/request
curl --silent --http2-prior-knowledge --unix-socket /run/c/sock --max-time 60 \
    -H 'content-type: application/grpc' -H 'te: trailers' --data-binary @/run/request \
    --dump-header /run/said/headers --output /run/said/answer \
    http://localhost/runtime.v1.RuntimeService/RunPodSandbox || true
kill "$!"
grep grpc-message /run/said/headers
jq . /run/said/runtimeConfig
# What jq finds here by its name, CNI's name does not find.
jq --exit-status '.portMappings[0] | .HostPort == 8080 and .ContainerPort == 80 and
    .HostIP == "127.0.0.1" and .hostPort == null and .containerPort == null' /run/said/runtimeConfig
jq --exit-status '.dns | .Servers == ["192.0.2.53"] and has("Searches") and .Searches == null and
    .servers == null' /run/said/runtimeConfig
jq --exit-status '.bandwidth | .IngressRate == 10000000 and .IngressBurst == 4294967295 and
    .ingressRate == null' /run/said/runtimeConfig
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
