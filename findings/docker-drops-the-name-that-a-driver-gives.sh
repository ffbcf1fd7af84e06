#!/bin/bash
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# Docker takes no interface's name from a network driver, though the answer has a field for it.
#
# Software  docker.io 28.5.2 (forky, Debian's testing), a remote driver on a socket in
#           /run/docker/plugins. In moby's source it is mended since (pull request 52866).
# Done      The driver answers NetworkDriver.Join with the end of a veth pair,
#           {"DstName": "want0", "DstPrefix": "lan"}. Then a container is started with the option
#           com.docker.network.endpoint.ifname=bar0 (interface_name in a file of compose), on
#           a network of the bridge driver and on one of that driver.
# Expected  want0, as the API has the field; and bar0, or a refusal, whichever driver it is.
# Seen      lan0: DstName is read by nobody, Docker passes an empty name on in its place, and
#           appends the lowest number that is free to DstPrefix. bar0 is what the bridge driver
#           gives; with the other one the container has lan0, without a word. The driver has been
#           told of bar0 (Options of CreateEndpoint), and can only answer the prefix "bar".
# So        A driver splits the name that the user gives into a prefix and a 0, and refuses one that
#           cannot come out so; whoever needs a certain name looks at what the container has.
#
# Exits with 0 if this is still so. Needs root, Debian's keys, and the network.
set -euo pipefail

packages=(docker.io=28.5.2+dfsg4-5 docker-cli=28.5.2+dfsg4-5 python3 iproute2
    busybox-static bash coreutils grep sed tar)
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
        "${DEBIAN_MIRROR:-http://deb.debian.org/debian} forky main" >"$work/sources"
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
busybox mount -t tmpfs lib /var/lib
mkdir -p /var/run
busybox mount -t tmpfs run /var/run
mkdir -p /run/docker/plugins /run/said /run/image/bin /run/image/proc /run/image/sys
cat >/run/driver.py <<'DRIVER'
import json, socket, subprocess
def ip(*words):
    subprocess.run(["ip", *words], check=True)
listener = socket.socket(socket.AF_UNIX)
listener.bind("/run/docker/plugins/lan.sock")
listener.listen()
while True:
    conn = listener.accept()[0]
    stream = conn.makefile("rb")
    request = stream.readline()
    if not request:
        continue
    length = 0
    for line in iter(stream.readline, b"\r\n"):
        if line.lower().startswith(b"content-length:"):
            length = int(line.split(b":")[1])
    asked = json.loads(stream.read(length) or b"{}")
    verb, answer = request.split()[1].decode().split(".")[-1], {}
    if verb == "Activate":
        answer = {"Implements": ["NetworkDriver"]}
    elif verb == "GetCapabilities":
        answer = {"Scope": "local", "ConnectivityScope": "local"}
    elif verb == "CreateEndpoint":
        name = asked["Options"].get("com.docker.network.endpoint.ifname")
        open("/run/said/asked", "w").write(str(name))
    elif verb == "Join":
        ip("link", "add", "outer", "type", "veth", "peer", "name", "inner")
        answer = {"DisableGatewayService": True, "InterfaceName": {"SrcName": "inner",
            "DstName": "want0", "DstPrefix": open("/run/prefix").read()}}
        open("/run/said/joined", "w").write(json.dumps(answer["InterfaceName"]))
    elif verb == "Leave":
        ip("link", "del", "outer")
    text = json.dumps(answer)
    conn.sendall(("HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s" % (len(text), text)).encode())
    conn.close()
DRIVER
python3 /run/driver.py &
started() { docker version >/dev/null 2>&1; }
dockerd --bridge=none --iptables=false --ip6tables=false \
    --ip-forward=false --storage-driver=vfs \
    >/run/said/dockerd 2>&1 &
daemon=$!
for _ in $(busybox seq 200); do started && break; busybox sleep 0.1; done
started || { busybox tail -n 5 /run/said/dockerd; exit 1; }
docker version --format 'Docker {{.Server.Version}}'
cp /bin/busybox /run/image/bin/busybox
tar -C /run/image -c . | docker import - box >/dev/null
docker network create -d lan --subnet 192.0.2.0/24 one >/dev/null
docker network create -d bridge --subnet 198.51.100.0/24 two >/dev/null

device() { # NETWORK [NAME]
    docker run --rm --network "name=$1${2+,driver-opt=com.docker.network.endpoint.ifname=$2}" \
        box busybox ls /sys/class/net 2>/run/said/client | grep -vx lo
}

printf lan >/run/prefix
name=$(device one)
echo "the driver answers $(cat /run/said/joined): the container has $name"
[ "$name" = lan0 ]

name=$(device two bar0)
echo "the user asks for bar0, on Docker's own bridge: the container has $name"
[ "$name" = bar0 ]

name=$(device one bar0)
echo "the user asks for bar0, the driver hears of $(cat /run/said/asked)" \
    "and answers $(cat /run/said/joined): the container has $name"
[ "$(cat /run/said/asked)" = bar0 ]
[ "$name" = lan0 ]

printf bar >/run/prefix
name=$(device one bar0)
echo "the same, and it answers $(cat /run/said/joined): the container has $name"
[ "$name" = bar0 ]
kill "$daemon"
wait "$daemon" || true
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
