#!/bin/bash
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# newer-docker.sh [DIRECTORY]: unpacks the Docker of a later Debian, with the
# libraries that it needs, into DIRECTORY, for the tests that run it there with
# chroot (tests/e2e/docker/newer.bats). Does nothing where it is already.
#
# Nothing of it is installed and no maintainer script runs, so the machine's own
# packages and services do not notice. Docker 28 and later name devices, and
# order the steps of a start, differently from the Docker of Debian 12.
set -euo pipefail

# shellcheck source=tests/debian/apt.bash
. "$(dirname "$0")/apt.bash"
tree=${1:-/var/cache/ovsint/newer-docker}
: "${DEBIAN_SUITE:=forky}"
[ ! -x "$tree/usr/sbin/dockerd" ] || exit 0

say() { echo "newer-docker: $*" >&2; }

say "fetching docker.io of Debian $DEBIAN_SUITE into $tree"
mkdir -p "$(dirname "$tree")"
work=$(mktemp -d "$tree.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 143' INT TERM

apt_begin "$DEBIAN_SUITE" "$work/apt"
apt_get install --no-install-recommends --download-only \
    docker.io docker-cli systemd-standalone-sysusers

root=$work/root
mkdir -p "$root"/{proc,sys,dev,run,tmp,etc,var}
for name in bin sbin lib lib64; do
    mkdir -p "$root/usr/$name"
    ln -s "usr/$name" "$root/$name"
done
for package in "$work"/apt/archives/*.deb; do
    dpkg-deb --fsys-tarfile "$package" |
        tar -C "$root" -xf - --keep-directory-symlink \
            --exclude=./usr/share/doc --exclude=./usr/share/man \
            --exclude=./usr/share/locale
done
chmod 755 "$root"
chroot "$root" dockerd --version >&2
rm -rf "$tree"
mv "$root" "$tree"
