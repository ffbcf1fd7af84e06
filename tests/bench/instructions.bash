# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2153,SC2154
#
# The stage `instructions`: what our own programs execute (callgrind) for one attach
# and one detach by each door, with a source guard and without, and what ovsint-plugin
# executes for the life of an endpoint, from CreateEndpoint to DeleteEndpoint. Other work on the machine does not change these numbers.
# The second process of hook and CNI plugin (attach/lookout.h) is counted too.

INSTRUCTION_WHO=(hook hook-guard cni cli)
LIVES=20
COUNTED=$BENCH_PROGRAMS/tests/bench/counted

# Sets executed, of all processes of the command; its standard input is the caller's.
count_executed() { # COMMAND...
    local file count
    rm -f "$D"/executed.*
    valgrind --tool=callgrind --log-file="$D/valgrind.%p" \
        --callgrind-out-file="$D/executed.%p" "$@" >"$D/executing.log" 2>&1 ||
        fail "$*: $(tail -n 1 "$D/executing.log")"
    executed=0
    for file in "$D"/executed.*; do
        count=$(sed -n 's/^totals: //p' "$file")
        executed=$((executed + count))
    done
}

instruction_command() { # WHO attach|detach: sets command and input
    local guard=off
    input=$state
    case $1 in
    hook*)
        [ "$1" != hook-guard ] || guard=full
        command_of hook "$2"
        command[0]=$COUNTED/ovsint-hook
        single_state "\"ovsint.guard\":\"$guard\","
        ;;
    cni)
        command_of auto "$2"
        command[0]=$COUNTED/ovsint-cni
        input=$D/auto.json
        ;;
    cli)
        input=/dev/null
        command=("$COUNTED/ovsint" "$2" "pid:$pid")
        [ "$2" = detach ] ||
            command+=(eth0 bridge=br0 "ip=$cidr" "mtu=$MTU")
        ;;
    esac
}

door_instructions() { # PORTS
    local i who verb command in_netns input executed
    say "instructions of attach and detach with $1 ports, $ROUNDS rounds"
    config "{$NETWORKS,\"timeout-ms\":60000}"
    write_cni_conf
    for ((i = 0; i < ROUNDS; i++)); do
        for who in "${INSTRUCTION_WHO[@]}"; do
            new_container
            for verb in attach detach; do
                settle
                instruction_command "$who" "$verb"
                count_executed "${command[@]}" <"$input"
                emit instructions who "$who" verb "$verb" ports "$1" \
                    count "$executed"
            done
            wait_until 20 gone
            end_containers "$pid"
        done
    done
    config '{}'
}

# Docker's side of it is played by tests/bench/cycles.
life_instructions() { # PORTS
    local i cycled dumps counted
    say "instructions of an endpoint's life with $1 ports, $ROUNDS rounds"
    counted_start
    create_network "$NETWORK" '{"bridge": "br0"}' '{"IPv4Data": [{
        "AddressSpace": "LocalDefault", "Pool": "10.64.0.0/10",
        "Gateway": "10.127.255.254/10"}]}' >/dev/null
    by_plugin 1 1
    for ((i = 0; i < ROUNDS; i++)); do
        rest
        callgrind_control --zero "$counted" >/dev/null
        by_plugin 1 "$LIVES"
        rest
        dumps=$((dumps + 1))
        callgrind_control --dump "$counted" >/dev/null
        emit instructions who plugin verb life ports "$1" count \
            $(($(sed -n 's/^summary: //p' "$D/counts.$dumps") / LIVES))
    done
    call DeleteNetwork "{\"NetworkID\":\"$NETWORK\"}" >/dev/null
    counted_stop
}
