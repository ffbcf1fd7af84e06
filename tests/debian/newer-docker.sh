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

tree=${1:-/var/cache/ovsint/newer-docker}
: "${DEBIAN_SUITE:=forky}" "${DEBIAN_MIRROR:=http://deb.debian.org/debian}"
[ ! -x "$tree/usr/sbin/dockerd" ] || exit 0

say() { echo "newer-docker: $*" >&2; }

keyring=/usr/share/keyrings/debian-archive-keyring.gpg
say "fetching docker.io of Debian $DEBIAN_SUITE into $tree"
mkdir -p "$(dirname "$tree")"
work=$(mktemp -d "$tree.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 143' INT TERM

# A package manager that knows of that suite alone, and of nothing installed.
apt_there() {
    apt-get -qq --yes \
        -o Dir::Etc::sourcelist="$work/apt/sources.list" \
        -o Dir::Etc::sourceparts="$work/apt/none" \
        -o Dir::Etc::preferencesparts="$work/apt/none" \
        -o Dir::State::lists="$work/apt/lists" \
        -o Dir::State::status="$work/apt/status" \
        -o Dir::Cache::archives="$work/apt/archives" \
        -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= \
        -o APT::Sandbox::User=root -o Acquire::Languages=none \
        -o Acquire::Retries=3 "$@" >&2
}

mkdir -p "$work"/apt/{none,lists/partial,archives/partial}
: >"$work/apt/status"
echo "deb [signed-by=$keyring] $DEBIAN_MIRROR $DEBIAN_SUITE main" \
    >"$work/apt/sources.list"
apt_there update
apt_there install --no-install-recommends --download-only \
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
