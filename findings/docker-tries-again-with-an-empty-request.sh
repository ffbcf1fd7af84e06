#!/bin/bash
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# dockerd sends a request again that broke off, and leaves its body out.
#
# Software  docker.io 20.10.24 (Debian 12), and 26.1.5 (Debian 13).
# Done      A network driver on a socket in /run/docker/plugins takes the first
#           NetworkDriver.CreateNetwork and closes the connection without an answer, as one
#           does that is restarted at that moment. `docker network create`.
# Expected  The command fails; or the request comes once more, as it was.
# Seen      One second later it comes once more with Content-Length 0: nothing of the network,
#           its id, its addresses or its options. A driver that answers this with "{}", as many
#           of these calls are answered, has made dockerd list a network which the driver
#           knows nothing of. The body is read from a stream, and the first attempt has read it
#           to its end. It is so with every call of network, IPAM and other plugins.
# So        An empty body is no request without options: it has to be answered with an error,
#           and what the first attempt has done is found by the next calls, or never.
#
# Exits with 0 if this is still so. Needs root, on Debian 12 with its packages.
set -euo pipefail

packages=(docker.io=20.10.24+dfsg1-1+deb12u1+b6 python3 iproute2 iptables
    busybox-static bash coreutils grep sed)
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
mkdir -p /run/docker/plugins /run/said
cat >/run/driver.py <<'DRIVER'
import json, os, socket
listener = socket.socket(socket.AF_UNIX)
listener.bind("/run/docker/plugins/lan.sock")
listener.listen()
while True:
    conn = listener.accept()[0]
    data = conn.recv(65536)
    if not data:
        continue
    path = data.split(b" ")[1].decode()
    asked = data.split(b"\r\n\r\n", 1)[1]
    body = {}
    if path == "/Plugin.Activate":
        body = {"Implements": ["NetworkDriver"]}
    elif path == "/NetworkDriver.GetCapabilities":
        body = {"Scope": "local", "ConnectivityScope": "local"}
    elif path == "/NetworkDriver.CreateNetwork" and not os.path.exists("/run/said/network"):
        open("/run/said/network", "wb").write(asked)
        conn.close()
        continue
    with open("/run/said/calls", "a") as log:
        log.write("%s with %d bytes\n" % (path, len(asked)))
    text = json.dumps(body)
    conn.sendall(("HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s" % (len(text), text)).encode())
    conn.close()
DRIVER
python3 /run/driver.py &
started() { docker version >/dev/null 2>&1; }
dockerd --bridge=none --iptables=false --storage-driver=vfs >/run/said/dockerd 2>&1 &
daemon=$!
for _ in $(busybox seq 200); do started && break; busybox sleep 0.1; done
started

status=0
docker network create -d lan -o colour=red --subnet 192.0.2.0/24 one >/run/said/client 2>&1 || status=$?
echo "the first request, which broke off: $(cat /run/said/network)"
sed 's/^/answered: /' /run/said/calls
echo "docker network create: exit status $status"
docker network ls --filter driver=lan --format 'dockerd lists: {{.Name}}' | tee /run/said/list
grep -q '"colour":"red"' /run/said/network
grep -qx '/NetworkDriver.CreateNetwork with 0 bytes' /run/said/calls
[ "$status" = 0 ]
grep -q one /run/said/list
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
