#!/bin/bash
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# dockerd forgets a network although its driver refused to remove it.
#
# Software  docker.io 20.10.24 (Debian 12).
# Done      A network driver on a socket in /run/docker/plugins answers
#           NetworkDriver.DeleteNetwork with an error (as one whose database is away does).
#           `docker network rm`.
# Expected  The command fails, the network stays, and is removed by the next try.
# Seen      The command succeeds. The network is gone from `docker network ls`, the driver's
#           sentence is in dockerd's log only, and DeleteNetwork is never sent again, not
#           at a restart of dockerd either.
# So        A driver must not answer DeleteNetwork with an error to be asked again: it has
#           to note the removal and do it itself when it can. The same holds for
#           DeleteEndpoint.
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
    status, body = "200 OK", {}
    if path == "/Plugin.Activate":
        body = {"Implements": ["NetworkDriver"]}
    elif path == "/NetworkDriver.GetCapabilities":
        body = {"Scope": "local", "ConnectivityScope": "local"}
    elif path == "/NetworkDriver.DeleteNetwork":
        status, body = "500 Internal Server Error", {"Err": "the database is away"}
    with open("/run/said/calls", "a") as log:
        log.write("%s %s\n" % (path, status))
    text = json.dumps(body)
    conn.sendall(("HTTP/1.1 %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s" % (status, len(text), text)).encode())
    conn.close()
DRIVER
python3 /run/driver.py &
started() { docker version >/dev/null 2>&1; }
start() {
    dockerd --bridge=none --iptables=false --storage-driver=vfs >>/run/said/dockerd 2>&1 &
    daemon=$!
    for _ in $(busybox seq 200); do started && return; busybox sleep 0.1; done
    return 1
}
asked() { grep -c DeleteNetwork /run/said/calls || true; }
start
docker network create -d lan --subnet 192.0.2.0/24 one >/dev/null
docker network rm one && status=0 || status=$?
echo "docker network rm: exit status $status; DeleteNetwork was sent $(asked) times"
grep -o 'level=[a-z]* msg=.*the database is away[^"]*' /run/said/dockerd | tail -n 1 || true
echo "networks of this driver that docker knows: $(docker network ls -q --filter driver=lan | busybox wc -l)"
[ "$status" = 0 ]
[ "$(docker network ls -q --filter driver=lan | busybox wc -l)" = 0 ]
kill "$daemon"
wait "$daemon" || true
start
busybox sleep 3
echo "after a restart of dockerd: DeleteNetwork was sent $(asked) times in all"
[ "$(asked)" = 1 ]
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
