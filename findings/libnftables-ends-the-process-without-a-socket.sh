#!/bin/bash
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# libnftables ends the whole process if it gets no socket.
#
# Software  libnftables 1.0.6 (Debian 12).
# Done      A program that has all descriptors in use that it may have (RLIMIT_NOFILE), as a
#           server at its limit, calls nft_ctx_new(). The same program with one descriptor
#           left does so, too.
# Expected  nft_ctx_new() returns NULL, as a function of a library that cannot do its work: the
#           program can close something, say so, and go on.
# Seen      A line on standard error, "Unable to initialize Netlink socket: Too many open files",
#           and the program has ended with status 3: the call has not returned. With one
#           descriptor left it returns a context. Other reasons to get no socket were not tried.
# So        A server cannot treat this as an error of its own. What may not end with it has to
#           be in another process, or the server keeps a descriptor in reserve for the call.
#           What its log can show is what the library has written to standard error.
#
# Exits with 0 if this is still so. Needs root, on Debian 12 with its packages.
set -euo pipefail

packages=(libnftables1=1.0.6-2+deb12u2 python3 busybox-static iproute2 bash coreutils
    grep sed)
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
cat >/run/server.py <<'SERVER'
import ctypes, os, resource, sys
nft = ctypes.CDLL("libnftables.so.1")
nft.nft_ctx_new.restype = ctypes.c_void_p
resource.setrlimit(resource.RLIMIT_NOFILE, (32, 32))
held = []
try:
    while True:
        held.append(os.open("/dev/null", os.O_RDONLY))
except OSError as error:
    print("the server is at its limit:", error.strerror, flush=True)
for _ in range(int(sys.argv[1])):
    os.close(held.pop())
context = nft.nft_ctx_new(0)
print("nft_ctx_new() has returned", "a context" if context else "NULL", flush=True)
SERVER
run() { # DESCRIPTORS LEFT
    status=0
    python3 /run/server.py "$1" >/run/said 2>&1 || status=$?
    sed "s/^/$1 left: /" /run/said
    echo "$1 left: exit status $status"
}
run 0
[ "$status" = 3 ]
grep -q 'Unable to initialize Netlink socket' /run/said
if grep -q 'has returned' /run/said; then exit 1; fi
run 1
[ "$status" = 0 ]
grep -q 'has returned a context' /run/said
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
