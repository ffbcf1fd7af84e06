#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# README.md and docs/how-to are right: their commands work as they stand there, on a
# machine where `make install` has written to /usr; and the list of troubles has the
# hook's own sentences. That each command is run by a test says tests/lint/docs.sh.

load ../lib/base
load ../lib/containerd
load ../lib/readme
load ../lib/cli
load ../lib/dhcp

setup_file() {
    readme_setup
    readme install
    readme bridge
    podman_setup runc
    # As after installation: podman reads the one directory that it knows.
    rm /etc/containers/oci/hooks.d/*
    sed -i '/^hooks_dir/d' /etc/containers/containers.conf
}

# Each test begins with the configuration that was installed, opened as README
# says.
setup() {
    world_setup
    cp "$ROOT/packaging/ovsint.json" "$CONFIG"
    readme open
}

@test "sudo make demo" {
    readme demo
    output_has 'no row, device, process, mount or namespace is left'
}

@test "runc with a config.json that is edited by hand" {
    bundle web
    block hooks >"$T/hooks.json"
    bundle_edit web --slurpfile readme "$T/hooks.json" \
        'del(.hooks, .annotations) | . * $readme[0]'
    cd "$BUNDLES/web"
    readme runc
    output_has '^eth0: internal port on br0, access VLAN 10, 10.0.0.1/24, guard full$'
    output_has 'inet 10.0.0.1/24'
}

@test "podman finds the hook that was installed" {
    readme podman
    output_has '^web$'
}

@test "an address from the LAN" {
    lan server vlan=10 ip=10.5.0.1/24
    dnsmasq_in server
    readme dhcp
    output_has 'inet 10\.5\.0\.[56]'
    wait_until 5 dhcp_log 'DHCPRELEASE'
    dhcp_log 'DHCPACK.* web$'
    dnsmasq_end
    lan_gone server
}

@test "a container that runs already" {
    readme mirror
    output_has '^spy +web:eth0 +monitor:span0 .*copying'
    rows Mirror | check_json '. == []'
    readme attach
    output_has '^late: eth0: internal port on br0, access VLAN 10, 10.0.0.9/24'
    output_has '^late: eth0 is gone'
}

# journalctl is the host's.
@test "what troubleshooting begins with" {
    local command status name n=0
    for name in web db; do
        n=$((n + 1))
        podman run --detach --name $name --network none --annotation ovsint.bridge=br0 \
            --annotation "ovsint.ip=10.0.0.$n/24" busybox sleep 600
    done
    block first >"$T/first"
    printf '#!/bin/sh\necho journal "$@"\n' >/run/bin/journalctl
    chmod +x /run/bin/journalctl
    while read -r command; do
        status=0
        bash -eux -c "$command" >>"$T/said" 2>&1 3>&- 4>&- </dev/null || status=$?
        case $command:$status in *:0 | *doctor*:3) ;; *) fail "$command: $(cat "$T/said")" ;; esac
    done <"$T/first"
    [ "$(grep -c '^+ sudo ' "$T/said")" = 4 ]
    rm /run/bin/journalctl
    podman rm --force --time 0 web db
}

@test "who is plugged where" {
    bundle c1 ovsint.bridge=br0
    run_container runc c1
    readme list
    output_has "$(port_of c1)"
    output_has 'container_id=c1'
}

@test "a named network gives out an address" {
    block config >"$CONFIG"
    readme network
    output_has 'inet 10\.10\.0\.([5-9][0-9]|1[0-9][0-9])/24'
}

@test "the keys are those of --help" {
    diff <("$HOOK" --help | sed -zE 's/\n {20,}/ /g' |
        sed -nE 's/^  ovsint\.([^ ]+) +(.*)/\1|\2/; T; s/ {2,}/|/; p') \
        <(sed -n 's/^| `\(.*\)` | \(.*\) | \(.*\) |$/\1|\2|\3/p' "$ROOT/docs/keys.md" |
            sed 's/\\|/|/g')
}

# bats test_tags=long
@test "podman with its CNI backend finds the plugin that was installed" {
    mkdir -p /etc/cni/net.d
    block conflist >/etc/cni/net.d/10-ovsint.conflist
    block config >"$CONFIG"
    cp /etc/containers/containers.conf "$T/containers.conf"
    sed -i '/^network_config_dir/d' /etc/containers/containers.conf
    printf '[network]\nnetwork_backend = "cni"\n' \
        >>/etc/containers/containers.conf
    readme cni
    output_has '^web$'
    rm /etc/cni/net.d/10-ovsint.conflist
    mv "$T/containers.conf" /etc/containers/containers.conf
}

@test "containerd's client, and what Multus hands to the plugin" {
    export CONTAINERD_ADDRESS=$CONTAINERD/sock CONTAINERD_SNAPSHOTTER=native
    export CONTAINERD_NAMESPACE=ovsint-$WORLD
    containerd_daemon
    block conflist >/etc/cni/net.d/10-ovsint.conflist
    block config >"$CONFIG"
    readme ctr
    output_has 'inet 10\.10\.0\.'
    containerd kill
    rm /etc/cni/net.d/10-ovsint.conflist

    netns_add a
    block multus >/dev/null
    asked=$(sed '1,/config: |/d' "$T/block" | jq -c \
        '.runtimeConfig.ips = ["10.10.0.60/24"]')
    export CNI=/usr/lib/cni/ovsint IFNAME=net1
    cni ADD a "$asked" | check_json '.ips[0].address == "10.10.0.60/24"'
    cni DEL a "$asked"
    netns_gone a
}

TROUBLES=$ROOT/docs/how-to/when-it-does-not-work.md

# The sentence as the page shows it: what is different each time is left out.
sentence() {
    sed -nE 's/.*: container c1: (plug [^:]*: )?//p' "$SYSLOG" |
        sed -E 's/oi[a-z2-7]{13}/oi.../; s/ \(keys: .*//
            s/within [0-9]+ ms/within 10000 ms/; q'
}

# The hook refuses c1, and the page explains why.
explained() { # [KEY=VALUE...]
    [ $# = 0 ] || bundle c1 "$@"
    : >"$SYSLOG"
    not run_container runc c1
    wait_until 5 syslog_has "container c1: "
    grep -qF -- "- \`$(sentence)\`" "$TROUBLES" ||
        fail "no explanation of: $(sentence)"
    explained=$((explained + 1))
}

@test "each trouble that is listed" {
    local explained=0
    explained ovsint.bridge=br7
    explained ovsint.bridge=br0 ovsint.vlna=10

    block config >"$CONFIG"
    explained ovsint.bridge=br0 ovsint.vlan=10
    cp "$ROOT/packaging/ovsint.json" "$CONFIG"
    explained ovsint.bridge=br0 ovsint.vlan=10
    config '{}'

    bundle db ovsint.bridge=br0 ovsint.vlan=10 ovsint.ip=10.0.0.1/24
    run_container runc db
    explained ovsint.bridge=br0 ovsint.vlan=10 ovsint.ip=10.0.0.1/24

    bundle c1 ovsint.bridge=br0
    bundle_edit c1 'del(.linux.namespaces[] | select(.type == "network"))'
    explained

    ip netns add taken
    ip -n taken link add eth0 type veth peer name other
    bundle c1 ovsint.bridge=br0
    bundle_edit c1 '(.linux.namespaces[] | select(.type == "network")).path =
        "/run/netns/taken"'
    explained
    ip netns del taken

    config '{"timeout-ms": 700}'
    vswitchd freeze
    explained ovsint.bridge=br0
    vswitchd thaw
    config '{}'

    ovsdb stop
    explained ovsint.bridge=br0
    ovsdb start

    [ "$explained" = "$(grep -c '^- `.*`$' "$TROUBLES")" ]
}
