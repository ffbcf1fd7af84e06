#!/bin/bash
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# docker-plugin.sh PROGRAM DIRECTORY: makes of ovsint-plugin what `docker plugin create
# NAME DIRECTORY` takes: config.json, and a root with the program, the libraries that
# it is linked with, and nothing else. `make docker-plugin` calls it.
#
# It sees the host's processes (pidhost): which containers live it tells by them,
# and would take those that it cannot see for none of its business. Its network is
# the host's. From the host's directories it has those of Open vSwitch, of Docker's
# sandboxes, whose mounts have to reach it (rslave), and of the configuration.
set -euo pipefail

[ $# = 2 ] || { echo "usage: $0 PROGRAM DIRECTORY" >&2; exit 2; }
program=$1 out=$2
here=$(cd "$(dirname "$0")" && pwd)
rm -rf "$out"
root=$out/rootfs
mkdir -p "$root"/{etc/ovsint,proc,sys,dev,tmp,usr/sbin} \
    "$root"/run/{docker/plugins,docker/netns,openvswitch} "$root/var"
# Docker names sandboxes so.
ln -s ../run "$root/var/run"

install -m 755 "$program" "$root/usr/sbin/ovsint-plugin"
ldd "$program" | sed -nE 's/.*(=> |^\t)(\/[^ ]*) .*/\2/p' | while read -r library; do
    install -D -m 755 "$(realpath "$library")" "$root$library"
done
"${CC:-cc}" -O2 -Wall -Wextra -static -o "$root/usr/sbin/start" \
    "$here/docker-plugin/start.c"
# nftables looks names of protocols up.
printf '%s\t%s\n' icmp 1 tcp 6 udp 17 ipv6-icmp 58 sctp 132 >"$root/etc/protocols"

cat >"$out/config.json" <<'CONFIG'
{
    "description": "Plugs containers into Open vSwitch; the guardian of their ports",
    "documentation": "ovsint-plugin(8)",
    "entrypoint": ["/usr/sbin/start", "/usr/sbin/ovsint-plugin"],
    "workdir": "/",
    "interface": {"types": ["docker.networkdriver/1.0", "docker.ipamdriver/1.0"], "socket": "ovsint.sock"},
    "network": {"type": "host"},
    "pidhost": true,
    "linux": {
        "capabilities": ["CAP_NET_ADMIN", "CAP_NET_RAW", "CAP_NET_BIND_SERVICE",
            "CAP_NET_BROADCAST", "CAP_SYS_ADMIN", "CAP_SYS_PTRACE", "CAP_DAC_OVERRIDE"],
        "allowAllDevices": false,
        "devices": null
    },
    "mounts": [
        {"name": "openvswitch", "description": "the directory of Open vSwitch's sockets",
            "source": "/run/openvswitch", "destination": "/run/openvswitch",
            "type": "bind", "options": ["rbind"], "settable": ["source"]},
        {"name": "sandboxes", "description": "the directory of Docker's network namespaces",
            "source": "/run/docker/netns", "destination": "/run/docker/netns",
            "type": "bind", "options": ["rbind", "rslave"], "settable": ["source"]},
        {"name": "config", "description": "the directory of ovsint.json",
            "source": "/etc/ovsint", "destination": "/etc/ovsint",
            "type": "bind", "options": ["rbind", "ro"], "settable": ["source"]}
    ],
    "propagatedMount": "",
    "env": [],
    "args": {"name": "args", "description": "options of ovsint-plugin",
        "value": [], "settable": ["value"]}
}
CONFIG
echo "$out"
