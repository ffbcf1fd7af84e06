#!/bin/bash
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# dockerd asks a network driver for its capabilities once; if that fails, never again.
#
# Software  docker.io 20.10.24 (Debian 12).
# Done      A driver on a socket in /run/docker/plugins answers Plugin.Activate, and the first
#           NetworkDriver.GetCapabilities with an error (as one whose database is away for
#           a moment may do). From then on it answers everything.
# Expected  The next `docker network create` asks again and works.
# Seen      The first one and all later ones fail with "could not resolve driver lan in
#           registry", which is another fault's name: dockerd counts the plugin as activated
#           and does not ask it again, until dockerd itself is restarted.
# So        GetCapabilities must depend on nothing: no database, no configuration.
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
failures = 1
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
        if failures:
            failures -= 1
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
create() {
    docker network create -d lan --subnet 192.0.2.0/24 one >/run/said/out 2>&1 && status=0 || status=$?
    echo "$1: exit status $status: $(cut -c1-150 /run/said/out | tail -n 1)"
}
start
create "first try"
[ "$status" != 0 ]
create "second try"
[ "$status" != 0 ]
busybox sleep 5
create "third try, 5 s later"
[ "$status" != 0 ]
echo "what the driver was asked:"
sed 's/^/    /' /run/said/calls
[ "$(grep -c GetCapabilities /run/said/calls)" = 1 ]
kill "$daemon"
wait "$daemon" || true
start
create "after a restart of dockerd"
[ "$status" = 0 ]
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
