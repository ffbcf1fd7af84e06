# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2153,SC2154
#
# The sections of the stage `versions`: the programs as they are (hook, plugin,
# guardian) and those of an earlier revision, built into $EARLIER. The two take
# turns within each round.

# The same as latency of the stage userspace, for these two alone.
attaches() { # PORTS
    everybody=(hook earlier)
    latency "$@"
}

# Docker's networks are in the database, so the next plugin knows them.
plugin_of() { # now|earlier
    PLUGIN=$BENCH_PROGRAMS/ovsint-plugin
    [ "$1" = now ] || PLUGIN=$EARLIER/ovsint-plugin
}

lives() { # PORTS
    local i who cycled create join leave delete turn=(now earlier)
    say "lives of an endpoint with $1 ports, $ROUNDS rounds of ten"
    for ((i = 0; i < ROUNDS; i++)); do
        turn=("${turn[1]}" "${turn[0]}")
        for who in "${turn[@]}"; do
            plugin_of "$who"
            plugin start
            settle
            by_plugin 1 1 # the first one of a process is dearer
            by_plugin 1 10
            while read -r create join leave delete; do
                [ "$create" != wall ] || continue
                emit lives who "$who" ports "$1" \
                    wall $((create + join + leave + delete))
            done <<<"$cycled"
            plugin stop
        done
    done
}

# A dead device that is left in the container is deleted when all is calm.
one_device() { # CONTAINER
    in_net "$1" ip -j link | check_json 'length == 2'
}

at_rest() {
    local name
    for name in "${containers[@]}"; do one_device "$name" || return; done
}

# From the start of the switch until the traffic of the last one is back.
repairs() { # COUNT
    local i who turn=(now earlier)
    say "repair of $1 containers, $ROUNDS_REPAIR rounds"
    config '{"timeout-ms": 120000}'
    plugin_of now
    plugin start
    hook_made "$1"
    traffic_start
    for ((i = 0; i < ROUNDS_REPAIR; i++)); do
        turn=("${turn[1]}" "${turn[0]}")
        for who in "${turn[@]}"; do
            wait_until 60 at_rest
            plugin stop
            plugin_of "$who"
            plugin start
            vswitchd kill
            ask_probe reset
            vswitchd start
            ask_probe report
            jq -c --arg who "$who" --argjson count "$1" '{section: "repairs",
                stage: "versions", $who, $count, longest_ms}' <<<"$answer"
        done
    done
    traffic_stop
    plugin stop
    for ((i = 1; i <= $1; i++)); do kill_sandbox "c$i"; done
    kill_sandbox peer
}
