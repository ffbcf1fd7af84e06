#!/bin/bash
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# nat-kernel.sh [DIRECTORY]: builds a kernel for the User-Mode Linux guests of
# tests/kernel in DIRECTORY, to measure mode=nat on the kernel datapath: the
# one of Debian's package user-mode-linux has nf_tables without the inet family.
# Takes some ten minutes, or none where it is already. Prints DIRECTORY.
#
# It is Debian's source with the configuration of that package and of
# tests/kernel/nat.config, all built in. GUEST_KERNEL=DIRECTORY selects it.
set -euo pipefail

top=$(cd "$(dirname "$0")/../.." && pwd)
tree=${1-/var/cache/ovsint/nat-kernel}
wanted=$top/tests/kernel/nat.config
if [ -x "$tree/linux" ]; then
    echo "$tree"
    exit
fi

say() { echo "nat-kernel: $*" >&2; }

"$top/packaging/deps.sh" nat-kernel
mkdir -p "$(dirname "$tree")"
work=$(mktemp -d "$tree.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 143' INT TERM

say "building it in $tree"
mkdir "$work/source" "$work/out"
# /usr/src/linux-source-VERSION.tar.xz; of several the latest.
source=$(find /usr/src -maxdepth 1 -name 'linux-source-*.tar.xz' |
    sort -V | tail -n 1)
tar -C "$work/source" --strip-components=1 -xf "$source"
{
    zcat /usr/share/doc/user-mode-linux/config.gz | sed '/=m$/d'
    cat "$wanted"
} >"$work/source/.config"
make_kernel() {
    make -C "$work/source" ARCH=um KBUILD_BUILD_USER=ovsint \
        KBUILD_BUILD_HOST=guest "$@" >"$work/log" 2>&1 ||
        { tail -n 20 "$work/log" >&2; exit 1; }
}
make_kernel olddefconfig
# What it does not know any more, or what lacks something, would be missing
# without a word.
missing=$(grep '^CONFIG' "$wanted" | grep -vxF -f "$work/source/.config" || true)
[ -z "$missing" ] || { say "not to be had:" "$missing"; exit 1; }
make_kernel -j"$(nproc)" linux modules
# modprobe is asked for what is built in.
make_kernel INSTALL_MOD_PATH="$work/out" modules_install
strip -o "$work/out/linux" "$work/source/linux"
chmod 755 "$work/out"
rm -rf "$tree"
mv "$work/out" "$tree"
echo "$tree"
