#!/bin/bash
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# guest-kernel.sh [DIRECTORY [SUITE]]: unpacks Debian's kernel for virtual machines,
# with its modules and an initramfs for the guests of tests/kernel, into DIRECTORY.
# It is the one of this machine's Debian, or of SUITE (trixie). Does nothing where it
# is already. Prints DIRECTORY.
#
# Nothing of it is installed: a package of a kernel that is would be what the
# machine itself boots next time.
set -euo pipefail

# shellcheck source=tests/debian/apt.bash
. "$(dirname "$0")/apt.bash"
suite=${2-}
tree=${1:-/var/cache/ovsint/guest-kernel}
if [ -e "$tree/initramfs" ]; then
    echo "$tree"
    exit
fi

say() { echo "guest-kernel: $*" >&2; }

mkdir -p "$(dirname "$tree")"
work=$(mktemp -d "$tree.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 143' INT TERM

say "fetching linux-image-cloud-amd64 into $tree"
if [ -n "$suite" ]; then
    apt_begin "$suite" "$work/apt"
else
    # This machine's own lists and settings: as apt.bash has them, without what says where.
    apt_get() { apt-get -qq -o APT::Sandbox::User=root -o Acquire::Retries=3 "$@" >&2; }
    apt_cache() { apt-cache "$@"; }
fi

fetch() {
    local package
    package=$(apt_cache depends linux-image-cloud-amd64 |
        sed -n 's/^ *Depends: \(linux-image-[0-9].*\)/\1/p' | head -n 1)
    [ -n "$package" ] && (cd "$work" && apt_get download "$package")
}

fetch || { apt_get update && fetch; }

root=$work/root
mkdir "$root" "$work/package" "$work/init"
dpkg-deb --extract "$work"/*.deb "$work/package"
mv "$work"/package/boot/vmlinuz-* "$root/vmlinuz"
mkdir "$root/lib"
# Debian 13 and later have them below /usr.
if [ -d "$work/package/usr/lib/modules" ]; then
    mv "$work/package/usr/lib/modules" "$root/lib/modules"
else
    mv "$work/package/lib/modules" "$root/lib/modules"
fi
release=$(ls "$root/lib/modules")
depmod -b "$root" "$release"

# The initramfs: mounts the root, which the machine shares by the tag `root`.
mkdir "$work"/init/{bin,dev,modules,proc,root}
cp "$(command -v busybox)" "$work/init/bin/busybox"
ln -s busybox "$work/init/bin/sh"
for module in virtio_pci virtiofs; do
    modprobe -d "$root" -S "$release" --show-depends "$module"
done | awk '$1 == "insmod" && !seen[$2]++ { print $2 }' |
    while read -r file; do
        # Debian 13 has them compressed, which busybox cannot load.
        name=$(basename "$file" .xz)
        if [ "$name" = "$(basename "$file")" ]; then
            cp "$file" "$work/init/modules/"
        else
            xz -dc "$file" >"$work/init/modules/$name"
        fi
        echo "busybox insmod /modules/$name"
    done >"$work/insmod"
{
    echo '#!/bin/sh'
    echo 'busybox mount -t proc proc /proc'
    cat "$work/insmod"
    cat <<'INIT'
busybox mount -t virtiofs -o ro root /root
busybox mount -t devtmpfs dev /root/dev
for word in $(busybox cat /proc/cmdline); do
    case $word in init=*) init=${word#init=} ;; esac
done
busybox umount /proc
exec busybox switch_root /root "$init"
INIT
} >"$work/init/init"
chmod 755 "$work/init/init"
(cd "$work/init" && find . | busybox cpio -o -H newc 2>/dev/null) |
    gzip -1 >"$root/initramfs"

chmod 755 "$root"
rm -rf "$tree"
mv "$root" "$tree"
echo "$tree"
