#!/bin/bash
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# package.sh deb|rpm [DIRECTORY]: makes the packages of this clone in DIRECTORY
# (build/packages), as this machine's release of Debian has them. Does nothing where
# they are already, made from this source; those of another go. The same source gives the
# same bytes in every directory, at every time: the time of all files is that of
# debian/changelog, or $SOURCE_DATE_EPOCH.
#
# $MAINTAINER, "NAME <ADDRESS>", is who answers for packages that are handed on. Without it
# it is an address that nobody has: see docs/decisions.md.
set -euo pipefail

kind=${1-}
if [[ ${MAINTAINER-} == *[[:cntrl:]]* ]]; then
    echo "$0: \$MAINTAINER has to be one line, NAME <ADDRESS>, and is ${MAINTAINER@Q}" >&2
    exit 2
fi
if [ -n "${MAINTAINER-}" ] && ! [[ $MAINTAINER =~ ^[^'<>@"']+\ '<'[^'<>@ ']+@[^'<>@ ']+'>'$ ]]; then
    echo "$0: \$MAINTAINER is not of the form NAME <ADDRESS>: $MAINTAINER" >&2
    exit 2
fi
case $kind in
deb) products=(deb dsc changes buildinfo tar.xz) ;;
rpm) products=(rpm) ;;
*)
    echo "usage: $0 deb|rpm [DIRECTORY]" >&2
    exit 2
    ;;
esac
cd "$(dirname "$0")/.."
out=$(realpath -m "${2:-build/packages}")
packaging/deps.sh packages

version=$(sed -n 's/^VERSION *:= *//p' Makefile)
: "${SOURCE_DATE_EPOCH:=$(dpkg-parsechangelog -l packaging/debian/changelog -S Timestamp)}"
export SOURCE_DATE_EPOCH
# Of the make that has called us.
unset MAKEFLAGS MAKELEVEL MFLAGS CFLAGS CPPFLAGS LDFLAGS CC B SAN COV DESTDIR PREFIX

content() {
    find . \( -path ./build -o -path ./.git \) -prune -o -type f -print0 |
        sort -z | xargs -0 sha256sum
    echo "$SOURCE_DATE_EPOCH" "${MAINTAINER-}"
}
made_from=$(content | sha256sum | cut -c 1-64)
if [ "$(cat "$out/$kind.source" 2>/dev/null)" = "$made_from" ]; then
    find "$out" -maxdepth 1 -name "*.$kind" | sort
    exit
fi

mkdir -p "$out"
rm -f "$out/$kind.source"
for product in "${products[@]}"; do rm -f "$out"/*."$product"; done
# It is worked in /tmp, as neither make nor rpmbuild could cope with a blank in the name.
#
# rpm writes the name of the directory in which it works into the source package, and that
# one's digest into the others. So its name goes by the source alone, and whoever makes
# the same packages at the same time waits.
#
# Who works in a directory has a lock on it, and so have the programs that it has started.
# One that nobody has a lock on was left by a build that was killed, and goes with the next.
work=
trap '[ -z "$work" ] || rm -rf "$work"' EXIT
trap 'exit 143' INT TERM
clear_away() {
    local left
    for left in /tmp/ovsint-{deb,rpm}-*; do
        [ -d "$left" ] && [ -O "$left" ] && [ ! -L "$left" ] || continue
        flock --nonblock "$left" rm -rf "$left" || true
    done
}
claim_directory() { # NAME
    while :; do
        mkdir -m 700 "$1" 2>/dev/null || { [ -O "$1" ] && [ ! -L "$1" ]; } || {
            echo "$0: $1 is somebody else's: remove it" >&2
            exit 1
        }
        exec 8<"$1" || continue
        flock -w 3600 8 || {
            echo "$0: another build has $1 for an hour: is it stuck?" >&2
            exit 1
        }
        # The one before has removed it, unless it was killed.
        [ "$(stat -c %i "$1" 2>/dev/null)" != "$(stat -L -c %i /proc/self/fd/8)" ] || break
    done
    work=$1
    find "$1" -mindepth 1 -delete
}
clear_away
if [ "$kind" = rpm ]; then
    claim_directory "/tmp/ovsint-rpm-${made_from:0:16}"
else
    claim_directory "/tmp/ovsint-deb-$$"
fi
log=$work/log
source=$work/ovsint-$version
mkdir "$source"
umask 022
# A clone has the modes that its owner's umask gave it.
tar --exclude=./build --exclude=./.git --mode=a+rX,u+w,go-w -c . |
    tar -C "$source" -x
if [ -n "${MAINTAINER-}" ]; then
    nobody='ovsint maintainers <maintainers@ovsint.invalid>'
    for file in packaging/debian/{control,changelog} packaging/ovsint.spec; do
        text=$(cat "$file")
        printf '%s\n' "${text//"$nobody"/"$MAINTAINER"}" >"$source/$file"
    done
fi

show_log() {
    cat "$log" >&2
    exit 1
}

make_deb() {
    cp -R "$source/packaging/debian" "$source/debian"
    (cd "$source" && dpkg-buildpackage --build=full --no-sign -j"$(nproc)") \
        >"$log" 2>&1 || show_log
    for product in "${products[@]}"; do mv "$work"/*."$product" "$out/"; done
}

# Debian has what it needs, but not as packages of rpm.
make_rpm() {
    local top=$work/rpm
    mkdir -p "$top/SOURCES"
    tar -C "$work" --sort=name --owner=0 --group=0 --numeric-owner \
        --mtime="@$SOURCE_DATE_EPOCH" -czf "$top/SOURCES/ovsint-$version.tar.gz" \
        "ovsint-$version"
    rpmbuild -ba --nodeps --define "_topdir $top" --define "_dbpath $work/rpmdb" \
        "$source/packaging/ovsint.spec" >"$log" 2>&1 || show_log
    find "$top" -name '*.rpm' -exec mv {} "$out/" \;
}

"make_$kind"
if grep -F ' [-W' "$log" >&2; then
    echo "$0: the compiler has warned" >&2
    exit 1
fi
echo "$made_from" >"$out/$kind.source"
find "$out" -maxdepth 1 -name "*.$kind" | sort
