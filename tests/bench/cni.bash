# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2153,SC2154
#
# The section `cni`: ADD and DEL of the CNI plugin, with addresses of its own
# (auto) and with those of host-local (local), beside the bridge plugin with
# host-local, the shell and the hook, in turns as in hook.bash; and 100 ADDs at
# once. Without a plugin that asks host-local, `local` is left out.

CNI_PLUGIN=$BENCH_PROGRAMS/ovsint-cni
CNI_MANY=100
NETWORKS='"networks":{"bench":{"bridge":"br0","mtu":1400,"ip":"auto",
    "subnets":[{"subnet":"10.7.0.0/16","gateway":"10.7.255.254"}]}}'

write_cni_conf() {
    jq -n '{cniVersion: "1.0.0", name: "auto", type: "ovsint",
        network: "bench"}' >"$D/auto.json"
    jq -n --argjson mtu "$MTU" --arg data "$D/local" '{cniVersion: "1.0.0",
        name: "local", type: "ovsint", bridge: "br0", mtu: $mtu, ipam: {
            type: "host-local", dataDir: $data, routes: [{dst: "0.0.0.0/0"}],
            ranges: [[{subnet: "10.6.0.0/16"}]]}}' >"$D/local.json"
}

asks_ipam() {
    new_container
    run local attach >/dev/null 2>&1 || {
        end_containers "$pid"
        return 1
    }
    run local detach >/dev/null
    wait_until 20 gone
    end_containers "$pid"
}

cni() { # PORTS
    local LATENCY=cni everybody=(auto cni shell hook)
    config "{$NETWORKS}"
    write_cni_conf
    ! asks_ipam || everybody+=(local)
    latency "$1"
    cni_memory
}

cni_memory() {
    local verb command in_netns peak anon file
    new_container
    for verb in attach detach; do
        command_of auto "$verb"
        read -r peak anon file _ < <("$DRIVER" mapped "$D/auto.json" \
            "${command[@]}")
        emit cni_memory verb "$verb" peak "$peak" anon "$anon"
    done
    wait_until 20 gone
    end_containers "$pid"
}

# A namespace by name, and a configuration, for each container: see driver.c.
cni_containers() { # COUNT
    local pid
    rm -rf "$D/many" "$D/netns"
    mkdir "$D/many" "$D/netns"
    mapfile -t pids < <("$DRIVER" hold "$1")
    for pid in "${pids[@]}"; do
        serial=$((serial + 1))
        id=$(printf 'bench%04d' "$serial")
        cp "$D/auto.json" "$D/many/$id"
        ln -s "/proc/$pid/ns/net" "$D/netns/$id"
    done
}

cni_addresses() {
    rows Port external_ids:ovsint-owner=cni | jq '[.[].external_ids | keys[] |
        select(startswith("ovsint-ip-10.7."))] | unique | length'
}

cni_many_by() { # parallel|serial COUNT PORTS
    local us verb command=ADD
    cni_containers "$2"
    for verb in attach detach; do
        settle
        us=$(CNI_COMMAND=$command CNI_NETNS_DIR=$D/netns CNI_IFNAME=eth0 \
            CNI_PATH=/usr/lib/cni "$DRIVER" "$1" "$D/many" "$CNI_PLUGIN")
        emit cni_many way "$1" verb "$verb" ports "$3" count "$2" us "$us"
        [ "$verb" = detach ] || [ "$(cni_addresses)" = "$2" ] ||
            fail "$(cni_addresses) addresses in the rows of $2 containers"
        command=DEL
    done
    [ "$(cni_addresses)" = 0 ] || fail "$(cni_addresses) addresses stay"
    end_containers "${pids[@]}"
    settle
}

cni_many() { # PORTS
    local i
    say "$CNI_MANY pods at once with $1 ports"
    config "{\"timeout-ms\":60000,$NETWORKS}"
    write_cni_conf
    for ((i = 0; i < ROUNDS_MANY; i++)); do
        cni_many_by parallel "$CNI_MANY" "$1"
        cni_many_by serial "$SERIAL_MANY" "$1"
    done
}
