# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# shellcheck shell=bash
#
# A package manager that knows of another Debian alone, and of nothing installed: what it
# fetches, and what it keeps, is in a directory of its own. For scripts with `set -e`.
#
#   apt_begin SUITE DIRECTORY       makes DIRECTORY, and asks the mirror for its lists.
#                                   From now on:
#   apt_get WHAT...                 as apt-get; what it says goes to stderr
#   apt_cache WHAT...               as apt-cache
#   DIRECTORY/archives/*.deb        what `apt_get install --download-only` has fetched
#
# $DEBIAN_MIRROR is where it asks.

apt_begin() { # SUITE DIRECTORY
    local keyring=/usr/share/keyrings/debian-archive-keyring.gpg
    [ -e "$keyring" ] || keyring=${keyring%gpg}pgp
    mkdir -p "$2"/{none,lists/partial,archives/partial}
    : >"$2/status"
    echo "deb [signed-by=$keyring] ${DEBIAN_MIRROR:-http://deb.debian.org/debian} $1 main" \
        >"$2/sources.list"
    # On the command line, as nothing in /etc/apt overrides that.
    apt_options=(
        -o "Dir::Etc::sourcelist=$2/sources.list" -o "Dir::Etc::sourceparts=$2/none"
        -o "Dir::Etc::preferencesparts=$2/none"
        -o "Dir::State::lists=$2/lists" -o "Dir::State::status=$2/status"
        -o "Dir::Cache::archives=$2/archives"
        -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache=
        -o APT::Sandbox::User=root -o Acquire::Languages=none -o Acquire::Retries=3
    )
    apt_get update
}

apt_get() { apt-get -qq --yes "${apt_options[@]}" "$@" >&2; }
apt_cache() { apt-cache "${apt_options[@]}" "$@"; }
