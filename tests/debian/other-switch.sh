#!/bin/bash
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# other-switch.sh NAME DIRECTORY: makes DIRECTORY/ovs-vswitchd, which runs another
# Open vSwitch than the installed one; nothing is installed. NAME is one of:
#
#   3.5, 4.0   that of Debian 13 and of sid, by the loader and the libraries of its tree
#   3.1-dpdk   Debian 12's build with DPDK (openvswitch-switch-dpdk)
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
name=${1-} directory=${2:?a directory}
cache=/var/cache/ovsint/switch-3.1-dpdk

fetch_dpdk() {
    local work package
    [ ! -x "$cache/ovs-vswitchd" ] || return 0
    echo "other-switch: fetching openvswitch-switch-dpdk into $cache" >&2
    work=$(mktemp -d "$cache.XXXXXX")
    (
        cd "$work"
        apt-get -qq --simulate --no-install-recommends install openvswitch-switch-dpdk |
            sed -n 's/^Inst \(librte-[^ ]*\) .*/\1/p' |
            xargs apt-get -qq -o APT::Sandbox::User=root download openvswitch-switch-dpdk
        for package in *.deb; do
            dpkg-deb --extract "$package" root
        done
    ) >&2
    # Pidfile and control socket are called as the program.
    mv "$work/root/usr/lib/openvswitch-switch-dpdk/ovs-vswitchd-dpdk" \
        "$work/root/ovs-vswitchd"
    rm -rf "$cache"
    mv "$work/root" "$cache"
    rm -r "$work"
}

case $name in
3.5 | 4.0)
    suite=trixie
    [ "$name" = 3.5 ] || suite=sid
    tree=$("$here/debian-tree.sh" "$suite")
    words="$tree/lib64/ld-linux-x86-64.so.2 --library-path $tree/usr/lib/x86_64-linux-gnu"
    words+=" $tree/usr/lib/openvswitch-switch/ovs-vswitchd"
    ;;
3.1-dpdk)
    fetch_dpdk
    words="env LD_LIBRARY_PATH=$cache/usr/lib/x86_64-linux-gnu"
    words+=" $cache/ovs-vswitchd"
    ;;
*)
    echo "usage: $0 3.5|4.0|3.1-dpdk DIRECTORY" >&2
    exit 2
    ;;
esac
mkdir -p "$directory"
printf '#!/bin/sh\nexec %s "$@"\n' "$words" >"$directory/ovs-vswitchd"
chmod 755 "$directory/ovs-vswitchd"
