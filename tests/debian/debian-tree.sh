#!/bin/bash
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# debian-tree.sh SUITE [DIRECTORY]: unpacks a Debian of that suite (trixie, sid) into
# DIRECTORY, with what is needed there to build ovsint and its packages, and to run
# most of its tests: see tests/tree. $TREE_SETS are other sets of deps.sh than these.
# Does nothing where it is already, made by this script from this list of packages.
# Prints DIRECTORY.
#
# The default for DIRECTORY has a name by what it was made from: clones of several
# versions each have theirs, and none is replaced while somebody uses it. One that
# nobody has asked for in a week is removed when another is made.
#
# No maintainer script runs, neither of this machine nor in the tree: those
# packages take two minutes to install and half a minute to unpack. What is
# used of the scripts' work is done here, in complete().
set -euo pipefail

top=$(cd "$(dirname "$0")/../.." && pwd)
library=$top/tests/debian/apt.bash
# shellcheck source=tests/debian/apt.bash
. "$library"
suite=${1-}
case $suite in
bookworm) release=12 ;;
trixie) release=13 ;;
forky | sid) release=99 ;;
*)
    echo "usage: $0 bookworm|trixie|forky|sid [DIRECTORY]" >&2
    exit 2
    ;;
esac
: "${TREE_SETS:=build world tests services packages}"
# shellcheck disable=SC2086
wanted=$("$top/packaging/deps.sh" list "$release" $TREE_SETS | sort)
recipe=$(printf '%s\n' "$wanted" | cat - "$0" "$library" | sha256sum | cut -c 1-64)
cache=/var/cache/ovsint
tree=${2:-$cache/debian-$suite-${recipe:0:12}}
if [ "$(cat "$tree/etc/ovsint-tree" 2>/dev/null)" = "$recipe" ]; then
    touch "$tree/etc/ovsint-tree"
    echo "$tree"
    exit
fi

say() { echo "debian-tree: $*" >&2; }

say "fetching Debian $suite into $tree"
mkdir -p "$(dirname "$tree")"
work=$(mktemp -d "$tree.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 143' INT TERM

apt_begin "$suite" "$work/apt"
# What every Debian has is there as well.
# shellcheck disable=SC2086
apt_get install --no-install-recommends --download-only \
    $wanted '?essential' '?priority(required)'

root=$work/root
mkdir -p "$root"/{proc,sys,dev,run,tmp,etc,var,opt,root/ovsint}
for name in bin sbin lib lib64; do
    mkdir -p "$root/usr/$name"
    ln -s "usr/$name" "$root/$name"
done
unpack() { # PACKAGE
    dpkg-deb --fsys-tarfile "$1" |
        tar -C "$root" -xvf - --keep-directory-symlink \
            --exclude=./usr/share/doc --exclude=./usr/share/man \
            --exclude=./usr/share/locale
}
# What dpkg would note, for those who ask it what is installed, whose a file is,
# and which package has a library.
note() { # PACKAGE LIST-OF-FILES
    local name fields file
    fields=$(dpkg-deb --field "$1")
    name=$(sed -n 's/^Package: //p' <<<"$fields")
    ! grep -qx 'Multi-Arch: same' <<<"$fields" ||
        name+=:$(sed -n 's/^Architecture: //p' <<<"$fields")
    sed '1a Status: install ok installed' <<<"$fields"
    echo
    sed 's|^\.||; s|/$||; s|^$|/.|' "$2" >"$root/var/lib/dpkg/info/$name.list"
    dpkg-deb --control "$1" "$work/control"
    for file in shlibs symbols; do
        [ ! -e "$work/control/$file" ] ||
            mv "$work/control/$file" "$root/var/lib/dpkg/info/$name.$file"
    done
    rm -r "$work/control"
}
mkdir -p "$root/var/lib/dpkg/info"
echo 1 >"$root/var/lib/dpkg/info/format"
for package in "$work"/apt/archives/*.deb; do
    unpack "$package" >"$work/files"
    note "$package" "$work/files" >>"$root/var/lib/dpkg/status"
done

# As update-alternatives(1) does.
alternative() { # NAME PATH
    local name=${1##*/}
    [ ! -L "$root$1" ] || return 0
    [ -e "$root$2" ] || { say "nothing stands for $1"; return 1; }
    mkdir -p "$root/etc/alternatives"
    ln -s "/etc/alternatives/$name" "$root$1"
    ln -s "$2" "$root/etc/alternatives/$name"
}

complete() {
    local name master=$root/usr/share/base-passwd
    for name in passwd group; do
        cp "$master/$name.master" "$root/etc/$name"
    done
    [ -e "$root/etc/nsswitch.conf" ] ||
        cp "$root/usr/share/libc-bin/nsswitch.conf" "$root/etc/" 2>/dev/null ||
        cp "$root/usr/share/base-files/nsswitch.conf" "$root/etc/"
    ln -s debian "$root/etc/dpkg/origins/default"
    : >"$root/etc/resolv.conf"
    printf '127.0.0.1 localhost\n::1 localhost\n' >"$root/etc/hosts"
    alternative /usr/bin/awk /usr/bin/mawk
    alternative /usr/bin/which /usr/bin/which.debianutils
    [[ " $TREE_SETS " != *" build "* ]] || alternative /usr/bin/cc /usr/bin/gcc
    chroot "$root" ldconfig
    [[ " $TREE_SETS " == *" world "* ]] || return 0
    alternative /usr/sbin/ovs-vswitchd \
        /usr/lib/openvswitch-switch/ovs-vswitchd
    for name in {iptables,ip6tables}{,-save,-restore}; do
        alternative "/usr/sbin/$name" "/usr/sbin/${name/tables/tables-nft}"
    done
}
complete

echo "$recipe" >"$root/etc/ovsint-tree"
chmod 755 "$root"
rm -rf "$tree"
mv "$root" "$tree"
find "$cache" -mindepth 3 -maxdepth 3 -path "$cache/debian-$suite*/etc/ovsint-tree" \
    -mtime +7 | while read -r unused; do rm -rf "${unused%/etc/ovsint-tree}"; done
[[ " $TREE_SETS " != *" world "* ]] ||
    say "$(chroot "$tree" ovs-vswitchd --version | head -n 1), podman $(
        chroot "$tree" dpkg-query -W -f '${Version}' podman)"
echo "$tree"
