#!/bin/bash
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# crun shows nothing of what a failing hook says on standard error.
#
# Software  crun 1.8.1 (Debian 12).
# Done      A bundle whose createRuntime hook prints one sentence on standard error and
#           exits with 3. `crun run`.
# Expected  The sentence: it is why the container does not start, and runc 1.1 puts a
#           hook's standard error into its own message.
# Seen      "error executing hook `/hook` (exit code: 3)", and nothing else. The hook's
#           output goes to /dev/null unless the annotation run.oci.hooks.stderr names a
#           file; the specification leaves it open.
# So        A hook has to say its reason elsewhere too (syslog, journal), and its manual has
#           to say where, or an operator with crun or podman looks at a bare number.
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
printf '#!/bin/busybox sh\necho "the sentence that says why" >&2\nexit 3\n' >/run/hook
chmod 755 /run/hook
jq '.process.args = ["/bin/busybox", "true"] | .process.terminal = false |
    del(.process.rlimits) |
    .linux.namespaces |= map(select(.type != "cgroup")) | .mounts |= map(select(.type != "cgroup")) |
    .hooks = {createRuntime: [{path: "/run/hook"}]}' config.json >new.json
mv new.json config.json
run() { crun --root=/run/crun --cgroup-manager=disabled run one 2>&1 || true; }

out=$(run)
echo "crun says: $out"
grep -q "exit code: 3" <<<"$out"
if grep -q "the sentence" <<<"$out"; then exit 1; fi

jq '.annotations = {"run.oci.hooks.stderr": "/run/said"}' config.json >new.json
mv new.json config.json
run >/run/out
echo "with run.oci.hooks.stderr, in that file: $(cat /run/said)"
grep -q "the sentence" /run/said
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
