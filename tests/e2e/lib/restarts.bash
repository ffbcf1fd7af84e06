# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154
#
# What can happen to a host with containers on it, and what it does to their
# traffic. Loaded after base.bash, plugin.bash and sandbox.bash.
#
#   hook_made COUNT [RUNTIME]  containers c1... plugged by the hook, and a peer
#                         that their traffic goes to; without a runtime they are
#                         processes, and the hook is called by hand
#   docker_made COUNT     the same by Docker, which runs; wants docker.bash
#   traffic_start         datagrams and a TCP connection for each of them, every
#                         PROBE_EVERY_MS (10)
#   suffer EVENT          event_EVENT happens; prints what it did, as JSON,
#                         when traffic passes again, or does not
#   traffic_stop
#
# An event that needs a victim takes c1.

PROBE=$ROOT/build/release/tests/e2e/programs/probe
PEER=10.1.255.254

hook_makes() { # NAME ADDRESS [RUNTIME]
    if [ -z "${3-}" ]; then
        sandbox "$1"
        plug "$1" ovsint.bridge=br0 "ovsint.ip=$2/16"
    else
        bundle "$1" ovsint.bridge=br0 "ovsint.ip=$2/16"
        run_container "$3" "$1"
    fi
}

hook_made() { # COUNT [RUNTIME]
    local i
    containers=()
    hook_makes peer "$PEER" "${2-}"
    for ((i = 1; i <= $1; i++)); do
        hook_makes "c$i" "10.1.0.$i" "${2-}"
        containers+=("c$i")
    done
    wait_until 20 all_arrived $(($1 + 1))
}

docker_made() { # COUNT
    local i
    containers=()
    network -o bridge=br0 --subnet 10.1.0.0/16 events >/dev/null
    start_container peer events --ip "$PEER" >/dev/null
    for ((i = 1; i <= $1; i++)); do
        start_container "c$i" events >/dev/null
        containers+=("c$i")
    done
    wait_until 20 all_arrived $(($1 + 1))
}

all_arrived() { # COUNT
    rows Interface external_ids:ovsint-arrived=true |
        check_json 'length == $count' --argjson count "$1"
}

traffic_start() {
    local name pids=()
    for name in "${containers[@]}"; do
        pids+=("$(container_pid "$name")")
    done
    coproc PROBING { exec "$PROBE" "${PROBE_EVERY_MS:-10}" \
        "$(container_pid peer)" "$PEER" "${pids[@]}" 2>/dev/null 3>&- 4>&-; }
    probe_in=${PROBING[1]} probe_out=${PROBING[0]}
    read -r -t 60 -u "$probe_out" line && [ "$line" = ready ]
}

traffic_stop() {
    # shellcheck disable=SC2153
    kill "$PROBING_PID" 2>/dev/null || true
    wait "$PROBING_PID" 2>/dev/null || true
}

ask_probe() { # COMMAND: its answer in $answer
    echo "$1" >&"$probe_in"
    read -r -t 120 -u "$probe_out" answer
}

suffer() { # EVENT
    ask_probe reset
    "event_$1"
    ask_probe report
    echo "$answer"
}

# ---- the events ------------------------------------------------------------

event_nothing() { sleep 1; } # time: a second in which traffic alone flows

event_switch_restarts() { vswitchd restart; }

event_switch_is_killed() {
    vswitchd kill
    vswitchd start
}

event_switch_clears_away() { # as for a reload of the kernel module
    vswitchd clear_away
    vswitchd start
}

event_database_restarts() { ovsdb restart; }

event_database_is_killed() {
    ovsdb kill
    ovsdb start
}

event_both_restart() {
    vswitchd stop
    ovsdb restart
    vswitchd start
}

event_plugin_is_killed() {
    plugin kill
    plugin start
}

event_plugin_and_switch_restart() {
    plugin kill
    vswitchd kill
    vswitchd start
    plugin start
}

event_plugin_is_killed_at_work() {
    vswitchd kill
    vswitchd start
    plugin kill
    plugin start
}

event_an_unrelated_port() {
    vsctl add-port br0 other -- set Interface other type=internal
    vsctl del-port other
}

event_bridge_is_recreated() {
    bridge_del br0
    bridge_add br0
}

victim_port() {
    in_net c1 ip -j link |
        jq -re '[.[].ifname | select(startswith("oi"))] | .[0]'
}

event_a_port_is_deleted() { vsctl del-port "$(victim_port)"; }

event_a_device_is_deleted() {
    in_net c1 ip link del dev "$(victim_port)"
}

event_a_device_is_renamed() {
    local port
    port=$(victim_port)
    in_net c1 ip link set dev "$port" down
    in_net c1 ip link set dev "$port" name lan0 || true
}

event_datapath_is_deleted() {
    ovs-appctl --timeout=20 dpctl/del-dp ovs-system
    vswitchd restart
}
