#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# The same source gives the same packages, whoever makes them, where and when; and
# those of `make rpm` have what they should. MANY=all, as `make check-full` has it,
# makes both twice and compares bytes: each takes the time of a whole compilation.
# bats file_tags=slow

load ../lib/base

export BATS_TEST_TIMEOUT=$((BATS_TEST_TIMEOUT * 3))

packages() { # deb|rpm DIRECTORY
    "$ROOT/packaging/package.sh" "$1" "$2" 3>&- 4>&- >"$T/$1.list" </dev/null
    [ -s "$T/$1.list" ]
}

# By somebody whose surroundings have nothing in common with ours.
packages_elsewhere() { # deb|rpm DIRECTORY
    (
        umask 077
        tar -C "$ROOT" --exclude=./build --exclude=./.git -c . |
            tar -C "$T/clone of somebody" -x --no-same-permissions
        export TZ=Pacific/Kiritimati LC_ALL=C HOME=/nonexistent USER=somebody
        export CFLAGS=-O0 MAKEFLAGS=-j1
        "$T/clone of somebody/packaging/package.sh" "$1" "$2" \
            >/dev/null 3>&- 4>&- </dev/null
    )
    rm -r "$T/clone of somebody"
}

sums() { # DIRECTORY SUFFIX...
    local suffix
    for suffix in "${@:2}"; do
        (cd "$1" && sha256sum -- *."$suffix")
    done
}

same_bytes() { # DIRECTORY DIRECTORY SUFFIX...
    diff <(sums "$1" "${@:3}") <(sums "$2" "${@:3}")
}

setup() {
    world_setup
    mkdir -p "$T/clone of somebody"
}

# Where it was compiled stands in a program's debug data, unless it is replaced.
compiled_in() { # DEB
    dpkg-deb -x "$1" "$T/unpacked"
    find "$T/unpacked" -name '*.debug' -exec readelf --debug-dump=info {} + 2>/dev/null |
        sed -nE 's/.*DW_AT_comp_dir.*: (.*)$/\1/p' | sort -u
    rm -r "$T/unpacked"
}

# bats test_tags=long
@test "two builds of the Debian packages give the same bytes" {
    local deb
    packages deb "$ROOT/build/packages"
    for deb in "$ROOT"/build/packages/*-dbgsym_*.deb; do
        diff <(echo .) <(compiled_in "$deb")
    done
    [ "${MANY-}" = all ] || return 0
    packages_elsewhere deb "$T/a longer name than that"
    same_bytes "$ROOT/build/packages" "$T/a longer name than that" \
        deb tar.xz dsc
}

has() { # PACKAGE FILE...
    local name=$1
    shift
    rpm -qpl "$T/rpms/$name"-0*."$(uname -m)".rpm >"$T/has"
    printf '%s\n' "$@" | sort | diff - <(sort "$T/has" | grep -xF "$(printf '%s\n' "$@")")
}

@test "who answers for a package is one line, a name and an address" {
    MAINTAINER='no address' not packages rpm "$T/rpms" 2>"$T/said"
    grep -q 'is not of the form NAME <ADDRESS>: no address$' "$T/said"
    MAINTAINER=$'Some Body\nDepends: x <a@example.org>' not packages deb "$T/debs" 2>"$T/said"
    [ "$(wc -l <"$T/said")" = 1 ]
    grep -q 'has to be one line' "$T/said"
}

# bats test_tags=long
@test "the packages of rpm, and that nothing of make install is in none or in two" {
    # What a build has left that was killed; and where another one is at work.
    mkdir -p /tmp/ovsint-rpm-{left,busy}/x /tmp/ovsint-deb-left
    exec 7</tmp/ovsint-rpm-busy
    flock 7
    MAINTAINER='Some & Body <packager@example.org>' packages rpm "$T/rpms"
    exec 7<&-
    [ ! -e /tmp/ovsint-rpm-left ]
    [ ! -e /tmp/ovsint-deb-left ]
    rm -r /tmp/ovsint-rpm-busy
    has ovsint /usr/sbin/ovsint /usr/sbin/ovsint-hook /etc/ovsint/ovsint.json \
        /usr/share/containers/oci/hooks.d/ovsint-poststop.json
    has ovsint-plugin /usr/sbin/ovsint-plugin \
        /usr/lib/systemd/system/ovsint-plugin.{service,socket}
    has ovsint-cni /usr/lib/cni/ovsint /usr/libexec/netavark/ovsint
    make -C "$ROOT" --no-print-directory install DESTDIR="$T/root" PREFIX=/usr \
        CNILINKDIR= 3>&- 4>&-
    diff <(cd "$T/root" && find . ! -type d | sed 's/^\.//' | sort) \
        <(rpm -qpl "$T"/rpms/ovsint*."$(uname -m)".rpm |
            grep -vE '^/usr/share/licenses/|^/etc/ovsint$|^/usr/share/doc/([^.]*|.*/LICENSE.*)$' |
            sed '/^\/usr\/share\/man\//s/\.gz$//' | sort)
    rpm -qp --configfiles "$T"/rpms/ovsint-0*."$(uname -m)".rpm |
        grep -qx /etc/ovsint/ovsint.json
    [ "$(rpm -qp --queryformat '%{BUILDHOST}' "$T"/rpms/ovsint-0*.src.rpm)" = ovsint ]
    # The name of a temporary directory would make each build another one.
    rpm -qp --xml "$T"/rpms/ovsint-0*.src.rpm >"$T/header"
    grep -q 'rpmuncompress' "$T/header"
    not grep -F '/tmp/tmp.' "$T/header"
    # Who hands them on answers for them, also for those that are made of their source.
    rpm -qp --changelog "$T"/rpms/ovsint-0*.src.rpm |
        grep -qF 'Some & Body <packager@example.org>'
    (cd "$T" && rpm2cpio rpms/ovsint-0*.src.rpm | busybox cpio -i 2>/dev/null)
    tar -C "$T" -xzf "$T"/ovsint-*.tar.gz --wildcards '*/packaging/debian/control' '*/packaging/debian/changelog'
    [ "$(grep -rhc '<packager@example.org>' "$T"/ovsint-*/packaging/debian | sort -u)" = 1 ]
    not grep -r 'ovsint\.invalid' "$T"/ovsint-*/packaging/debian
    # What it is linked with: docs/licences.md.
    [ "$(rpm -qp --queryformat '%{LICENSE}' \
        "$T"/rpms/ovsint-plugin-*."$(uname -m)".rpm)" = GPL-2.0-only ]
    [ "${MANY-}" = all ] || return 0
    MAINTAINER='Some & Body <packager@example.org>' packages_elsewhere rpm "$T/a longer name than that"
    same_bytes "$T/rpms" "$T/a longer name than that" rpm
}
