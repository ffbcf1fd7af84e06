#!/bin/bash
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# crun tells a createContainer or startContainer hook pid 0, as if nothing ran.
#
# Software  crun 1.8.1, beside runc 1.1.5 (Debian 12).
# Done      A bundle with the same hook under createContainer and startContainer, which
#           copies the state that it is given. `crun run`, `runc run`.
# Expected  runtime-spec, "State": pid is required once the container is created, and for
#           hooks in the container's namespaces it is "as seen by the container"; status is
#           creating, created, running or stopped; bundle is the bundle's directory. runc
#           says pid 1 both times.
# Seen      crun says pid 0 both times, and to startContainer status "starting" and bundle
#           "/". What poststop is told by crun has pid 0 as well.
# So        A hook that takes "no pid" for "the container has gone" cleans up while the
#           container starts, and succeeds. The status has to be looked at, too; and runc's
#           pid 1 is, in the /proc of the host, another process altogether.
#
# Exits with 0 if this is still so. Needs root, on Debian 12 with its packages.
set -euo pipefail

packages=(crun=1.8.1-1+deb12u1 runc=1.1.5+ds1-1+deb12u1
    busybox-static jq bash coreutils grep sed)
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
mkdir rootfs/out rootfs/proc
printf '#!/bin/busybox sh\n/bin/busybox cat >"$2/$1"\n' >rootfs/hook
chmod 755 rootfs/hook
cp rootfs/hook /run/hook
jq '.process.args = ["/bin/busybox", "true"] | .process.terminal = false |
    del(.process.rlimits) | .root.readonly = false |
    .linux.namespaces |= map(select(.type != "cgroup")) | .mounts |= map(select(.type != "cgroup")) |
    .hooks = {createContainer: [{path: "/run/hook", args: ["hook", "createContainer", "/run/bundle/rootfs/out"]}],
        startContainer: [{path: "/hook", args: ["hook", "startContainer", "/out"]}]}' config.json >new.json
mv new.json config.json

told() { # STAGE: pid, status, bundle
    jq -c '[.pid, .status, .bundle]' "rootfs/out/$1"
}

runc --root=/run/runc run --no-new-keyring one || true
for stage in createContainer startContainer; do echo "runc, $stage: $(told "$stage")"; done
[ "$(told createContainer)" = '[1,"creating","/run/bundle"]' ]
rm rootfs/out/*
crun --root=/run/crun --cgroup-manager=disabled run one
for stage in createContainer startContainer; do echo "crun, $stage: $(told "$stage")"; done
[ "$(told createContainer)" = '[0,"created","/run/bundle"]' ]
[ "$(told startContainer)" = '[0,"starting","/"]' ]
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
