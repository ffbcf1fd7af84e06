#!/bin/bash
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# libuv stops watching a netlink socket for good when that has lost messages once.
#
# Software  libuv 1.44.2 (Debian 12), any kernel; its later source reads the same.
# Done      A netlink socket that hears of devices is watched by uv_poll_start() for
#           UV_READABLE. Its queue is small, and 300 devices are made before the loop has a
#           turn, as when Open vSwitch starts again on a large host. The callback reads all
#           that is there. Then one more device is made.
# Expected  The loss is told, as recv(2) tells it by ENOBUFS, and what comes later as ever.
# Seen      The callback comes with the status EBADF, although the descriptor is good, and
#           uv_is_active() is 0 from then on: the later device wakes nobody. An overrun sets
#           the socket's error, epoll_wait(2) reports EPOLLERR, and uv__poll_io() stops the
#           handle before it calls back.
# So        Whoever watches netlink by uv_poll_t has to start the handle again after a status
#           below 0, and to look at everything anew. Else a daemon that has been busy once is
#           deaf until it is restarted, without an error.
#
# Exits with 0 if this is still so. Needs root, on Debian 12 with its packages.
set -euo pipefail

packages=(libuv1=1.44.2-1+deb12u1 python3 iproute2 bash coreutils grep)
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
cat >/run/watch.py <<'WATCH'
import ctypes, errno, socket, subprocess
uv = ctypes.CDLL("libuv.so.1")
uv.uv_default_loop.restype = ctypes.c_void_p
uv.uv_run.argtypes = [ctypes.c_void_p, ctypes.c_int]
uv.uv_poll_init.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int]
uv.uv_is_active.argtypes = [ctypes.c_void_p]
uv.uv_version_string.restype = ctypes.c_char_p
READY = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int, ctypes.c_int)
uv.uv_poll_start.argtypes = [ctypes.c_void_p, ctypes.c_int, READY]
UV_POLL, UV_READABLE, UV_RUN_NOWAIT = 8, 1, 2

hears = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_NONBLOCK, 0)
hears.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16384)
hears.bind((0, 1))  # RTMGRP_LINK

@READY
def ready(handle, status, events):
    said = errno.errorcode[-status] if status < 0 else status
    messages, lost = 0, 0
    while True:
        try:
            messages += len(hears.recv(65536)) > 0
        except OSError as why:
            if why.errno == errno.EAGAIN:
                break
            lost += why.errno == errno.ENOBUFS
    print("called back: status", said, "read", messages, "ENOBUFS", lost, flush=True)

def make(first, last):
    lines = "".join("link add v%d type veth peer name w%d\n" % (n, n) for n in range(first, last))
    subprocess.run(["ip", "-batch", "-"], input=lines.encode(), check=True)

def turns():
    for n in range(10):
        uv.uv_run(loop, UV_RUN_NOWAIT)

print("libuv", uv.uv_version_string().decode(), flush=True)
loop = uv.uv_default_loop()
poll = ctypes.create_string_buffer(uv.uv_handle_size(UV_POLL))
uv.uv_poll_init(loop, poll, hears.fileno())
uv.uv_poll_start(poll, UV_READABLE, ready)
make(0, 1)
turns()
print("after one device: active", uv.uv_is_active(poll), flush=True)
make(1, 301)
turns()
print("after 300: active", uv.uv_is_active(poll), flush=True)
make(301, 302)
turns()
print("end", flush=True)
WATCH
python3 /run/watch.py >/run/said 2>&1 || { cat /run/said; exit 1; }
cat /run/said
grep -qx 'after one device: active [1-9].*' /run/said
grep -q '^called back: status EBADF' /run/said
grep -qx 'after 300: active 0' /run/said
# Of the last device nobody hears.
[ "$(tail -n 2 /run/said)" = "after 300: active 0
end" ]
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
