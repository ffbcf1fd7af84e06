#!/bin/bash
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# libuv makes an io_uring for each loop though UV_USE_IO_URING=0, and aborts when it may not use it.
#
# Software  libuv 1.50.0 (Debian 13), Linux with io_uring; 1.44 (Debian 12) has none.
# Done      A loop is made, then the program confines itself by seccomp, as a daemon does when it
#           has opened all that it needs: io_uring_enter(2) fails with EPERM. A timer of the
#           loop's runs. With UV_USE_IO_URING=0, which turns io_uring off in libuv and Node.js.
#           Then the same with io_uring_setup(2) refused before the loop is made.
# Expected  No ring with the variable; and a ring that stops working is done without, as on
#           kernels that have none.
# Seen      The ring is there with the variable, too: that is for requests on files, and this
#           one is for batches of epoll_ctl(2). At the first turn of the loop libuv writes
#           "io_uring_enter(getevents): Operation not permitted" and aborts. With io_uring_setup(2)
#           refused first it keeps to epoll, and all is well.
# So        Whoever confines a program that uses libuv refuses io_uring_setup(2) before the loop is
#           made; the variable does not do it.
#
# Exits with 0 if this is still so. Needs root, Debian's keys, and the network.
set -euo pipefail

packages=(libuv1t64=1.50.0-2 libseccomp2 python3-seccomp busybox-static bash coreutils grep sed)
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
        "${DEBIAN_MIRROR:-http://deb.debian.org/debian} trixie main" >"$work/sources"
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
cat >/run/loop.py <<'LOOP'
import ctypes, errno, os, seccomp, sys
uv = ctypes.CDLL("libuv.so.1")
uv.uv_default_loop.restype = ctypes.c_void_p
uv.uv_run.argtypes = [ctypes.c_void_p, ctypes.c_int]
uv.uv_timer_init.argtypes = [ctypes.c_void_p, ctypes.c_void_p]
TIMER = ctypes.CFUNCTYPE(None, ctypes.c_void_p)
uv.uv_pipe_init.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int]
uv.uv_timer_start.argtypes = [ctypes.c_void_p, TIMER, ctypes.c_uint64, ctypes.c_uint64]
uv.uv_version_string.restype = ctypes.c_char_p
def refuse(call, error):
    rules = seccomp.SyscallFilter(seccomp.ALLOW)
    rules.add_rule(seccomp.ERRNO(error), call)
    rules.load()
@TIMER
def fired(timer):
    print("the timer has fired", flush=True)
print("libuv", uv.uv_version_string().decode(), flush=True)
if sys.argv[1] == "first":
    refuse("io_uring_setup", errno.ENOSYS)
loop = uv.uv_default_loop()
open_files = [os.readlink("/proc/self/fd/" + fd) for fd in os.listdir("/proc/self/fd") if os.path.lexists("/proc/self/fd/" + fd)]
print("rings:", sum("io_uring" in name for name in open_files), flush=True)
if sys.argv[1] != "free":
    refuse("io_uring_enter", errno.EPERM)
timer = ctypes.create_string_buffer(uv.uv_handle_size(13))
uv.uv_timer_init(loop, timer)
uv.uv_timer_start(timer, fired, 10, 0)
uv.uv_run(loop, 0)
LOOP
export UV_USE_IO_URING=0
run() { # WHEN TO REFUSE
    status=0
    python3 /run/loop.py "$1" >/run/said 2>&1 || status=$?
    sed "s/^/$1: /" /run/said
    echo "$1: exit status $status"
}
run free
grep -q '^rings: [1-9]' /run/said
[ "$status" = 0 ]
run late
grep -q 'io_uring_enter.*Operation not permitted' /run/said
[ "$status" = 134 ]
run first
grep -q '^rings: 0' /run/said
grep -q fired /run/said
[ "$status" = 0 ]
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
