#!/bin/bash
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# podman leaves out a hook whose program is not there, and starts the container.
#
# Software  podman 4.3.1, crun 1.8.1 (Debian 12); the same with podman 5.4.2 (Debian 13).
# Done      A file of hooks.d names a program for createRuntime. `podman run` with it; then the
#           program is moved away, as by a package that is removed and leaves its
#           configuration, or by a spelling mistake in "path".
# Expected  No container, or a warning: a hook that fails keeps the container from starting, and
#           a runtime that is given a hook whose program is missing fails as well.
# Seen      The container runs without what the hook would have done, exit status 0, and there
#           is no word of it, not with --log-level=debug either. When the directory is read,
#           "file not found" about the program is taken for the file of hooks.d having gone
#           in the meantime.
# So        Whatever a hook is to ensure (a network, a filter) is not ensured by its file. Look
#           for the program when the file is written, and again when something is missing in a
#           container.
#
# Exits with 0 if this is still so. Needs root, on Debian 12 with its packages.
set -euo pipefail

packages=(podman=4.3.1+ds1-8+deb12u1+b3 crun=1.8.1-1+deb12u1 busybox-static bash
    coreutils grep sed)
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
busybox mount -t cgroup2 cgroup /sys/fs/cgroup
root=/run/root
mkdir -p "$root"/{bin,proc,sys,dev,etc,run,tmp} /run/hooks /etc/containers /var/tmp
cp /bin/busybox "$root/bin/"
cat >/etc/containers/containers.conf <<'END'
[engine]
cgroup_manager = "cgroupfs"
events_logger = "none"
hooks_dir = ["/run/hooks"]
[containers]
log_driver = "k8s-file"
cgroups = "disabled"
END
echo '{"default":[{"type":"insecureAcceptAnything"}]}' >/etc/containers/policy.json
printf '#!/bin/busybox sh\nbusybox touch /run/hook-ran\n' >/run/hook
chmod 755 /run/hook
echo '{"version":"1.0.0","hook":{"path":"/run/hook"},"when":{"always":true},
    "stages":["createRuntime"]}' >/run/hooks/hook.json
run() { # LOGLEVEL: says whether the hook ran
    rm -f /run/hook-ran
    status=0
    PODMAN_IGNORE_CGROUPSV1_WARNING=1 podman --storage-driver=vfs "--log-level=$1" run --rm \
        --network=none --cgroupns=host --ulimit=host --security-opt=seccomp=unconfined \
        --rootfs "$root" /bin/busybox echo "the container runs" >/run/out 2>/run/err || status=$?
    cat /run/out
    echo "exit status $status; hook: $([ -e /run/hook-ran ] && echo ran || echo did not run)"
}

run warn
[ "$status" = 0 ]
[ -e /run/hook-ran ]
mv /run/hook /run/gone
run warn
cat /run/err
[ "$status" = 0 ]
[ ! -e /run/hook-ran ]
[ ! -s /run/err ]
run debug
echo "lines of the debug log that name it: $(grep -c '/run/hook[^s]\|hook\.json' /run/err || true)"
[ "$status" = 0 ]
grep -q 'level=debug' /run/err
if grep -q '/run/hook[^s]\|hook\.json' /run/err; then exit 1; fi
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
