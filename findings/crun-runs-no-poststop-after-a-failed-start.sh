#!/bin/bash
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# crun runs no poststop hooks for a container whose start fails after createRuntime.
#
# Software  crun 1.8.1 (Debian 12).
# Done      A bundle with a createRuntime hook and a poststop hook, both of which note that
#           they ran, and a program that does not exist. `crun run`, then `crun delete`.
# Expected  createRuntime has run, so poststop runs when the container goes: what was made
#           by the one is taken away by the other. runc does so.
# Seen      createRuntime runs, the start fails ("executable file not found"), nothing is
#           left of the container, and poststop was not run by anything.
# So        Whatever a createRuntime hook makes outside the container's namespaces (a port,
#           an address) has to be found and collected by other means when its holder is
#           gone: by the next run of the hook, or by a daemon.
#
# Exits with 0 if this is still so. Needs root, on Debian 12 with its packages.
set -euo pipefail

packages=(crun=1.8.1-1+deb12u1 busybox-static jq bash coreutils grep sed)
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
busybox mount -t cgroup2 cgroup /sys/fs/cgroup
mkdir -p /run/bundle/rootfs/bin
cd /run/bundle
cp /bin/busybox rootfs/bin/
crun spec
for name in createRuntime poststop; do
    printf '#!/bin/busybox sh\necho %s >>/run/ran\n' "$name" >"/run/$name"
    chmod 755 "/run/$name"
done
bundle() { # PROGRAM
    jq --arg program "$1" '.process.args = [$program, "true"] | .process.terminal = false |
        del(.process.rlimits) |
        .linux.namespaces |= map(select(.type != "cgroup")) | .mounts |= map(select(.type != "cgroup")) |
        .hooks = {createRuntime: [{path: "/run/createRuntime"}],
            poststop: [{path: "/run/poststop"}]}' config.json >new.json
    mv new.json config.json
    : >/run/ran
}
crun() { /usr/bin/crun --root=/run/crun --cgroup-manager=disabled "$@"; }

bundle /bin/busybox
crun run good
echo "a container that starts: $(busybox xargs </run/ran)"
grep -q poststop /run/ran

bundle /bin/nonexistent
status=0
crun run bad || status=$?
echo "one that does not (exit status $status): $(busybox xargs </run/ran)"
crun delete --force bad || true
echo "after crun delete: $(busybox xargs </run/ran)"
[ "$status" != 0 ]
grep -q createRuntime /run/ran
if grep -q poststop /run/ran; then exit 1; fi
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
