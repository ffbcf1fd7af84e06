#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Whose port it is, and whether its container has ended: concluded only from
# what is seen, by whoever would see it.

load lib
load plugin
load sandbox

ASK=(ovsint.bridge=br0 ovsint.ip=10.0.0.1/24)

teardown() {
    [ ! -s /run/plugin.pid ] || plugin_gone "$(plugin_pid)" || plugin stop
    world_teardown
    [ -n "${BATS_TEST_COMPLETED-}" ] || tail -n 20 "$PLUGIN_LOG" >&2
}

# No Docker here, whose containers plugin.bash looks for.
container_pid() { cat "$BUNDLES/$1/pid"; }

# The plugin as the first process of a PID namespace of its own.
ELSEWHERE=(unshare --pid --fork --mount-proc --kill-child "$PLUGIN")

elsewhere_starts() {
    : >"$PLUGIN_LOG"
    "${ELSEWHERE[@]}" </dev/null >>"$PLUGIN_LOG" 2>&1 3>&- 4>&- &
    ELSEWHERE_PID=$!
    wait_until 5 answers
}

elsewhere_ends() {
    pkill -TERM -P "$ELSEWHERE_PID"
    wait "$ELSEWHERE_PID"
}

port_state() { # PORT STATE
    call Ovsint.Ports |
        check_json --arg port "$1" --arg state "$2" \
            '.ports | map(select(.port == $port)) | .[0].state == $state'
}

@test "a guardian in another PID namespace leaves the ports of containers alone" {
    bundle c1 "${ASK[@]}"
    run_container runc c1
    sandbox peer
    plug peer ovsint.bridge=br0 ovsint.ip=10.0.0.100/24
    elsewhere_starts
    wait_until 5 port_state "$(port_of c1)" "cannot be judged from here"
    wait_until 5 port_state "$(port_of peer)" "cannot be judged from here"
    can_ping c1 10.0.0.100
    kill_sandbox peer
    # A change of any row has it look again.
    vsctl set Interface "$(port_of peer)" external_ids:other=x
    [ "$(grep -c "cannot be judged" "$PLUGIN_LOG")" = 1 ]
    plugin_logged "run the guardian in the PID namespace of the container runtime"
    run "${ELSEWHERE[@]}" --once
    [ "$status" = 0 ] # as another one is at work
    elsewhere_ends
    run "${ELSEWHERE[@]}" --once
    [ "$status" = 1 ]
    [[ $output == *"cannot be judged from here whether their containers live"* ]]
    [[ $output == *"2 ports could not be helped"* ]]
    # One that sees them judges.
    run "$PLUGIN" --once
    [ "$status" = 0 ]
    port_of c1
    rows Interface external_ids:ovsint-container=peer | check_json '. == []'
}

@test "Docker's namespaces are plain files here: said once, and left alone" {
    local n1 e1
    n1=$(net_id 1) e1=$(ep_id 1)
    config '{"timeout-ms": 300}'
    mkdir -p /var/run/docker/netns
    : >/var/run/docker/netns/plain
    plugin start
    create_network "$n1" '{"bridge": "br0"}'
    create_endpoint "$n1" "$e1" 10.9.0.1/24
    join "$n1" "$e1" /var/run/docker/netns/plain
    wait_until 10 plugin_logged "share its directory, /run/docker/netns"
    endpoint_port "$e1" >"$T/port"
    port_state "$(jq -r .name "$T/port")" "cannot be judged from here"
    # Docker takes the file away when the namespace has ended.
    rm /var/run/docker/netns/plain
    vsctl set Interface "$(jq -r .name "$T/port")" external_ids:other=x
    wait_until 5 no_endpoint "$e1"
    delete_network "$n1"
    rm -r /run/docker/netns
}
