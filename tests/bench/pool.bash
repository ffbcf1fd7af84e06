# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2153,SC2154
#
# The stage `pool`: an attach with a ready port beside those without. Who is
# measured: pooled (ovsint-hook, a ready port fits), made (ovsint-hook, none
# fits, as it asks for isolated-ports), floor (floor.c, which takes none), auto
# and cni (ovsint-cni with a ready port, the bridge plugin), in turns as in
# hook.bash. Each waits until the pool is at rest: what is measured is one start
# among others, not the refilling.

POOL=16

# Not less than half: no refill is due.
pool_is_full() {
    local ready
    ready=$(vsctl --bare --columns=name find Interface \
        external_ids:ovsint-owner=pool "ofport>0" | grep -c .) || true
    [ "$ready" -gt $((POOL / 2)) ]
}

# What settle does besides while a pool is kept.
pool_rests() { wait_until 20 pool_is_full; }

pool_config() { # SIZE
    POOL=$1 POOLED=yes
    export POOL POOLED
    config "{\"timeout-ms\":60000,\"networks\":{\"bench\":{\"bridge\":\"br0\",
        \"mtu\":$MTU,\"ip\":\"auto\",\"pool\":$1,
        \"subnets\":[{\"subnet\":\"10.7.0.0/16\"}]}}}"
    plugin start
    pool_rests
}

pool_end() {
    POOLED=
    plugin stop
    config '{}'
    plugin start
    wait_until 20 eval '! pool_is_full'
    plugin stop
}

pool_latency() { # PORTS
    local LATENCY=pool everybody=(pooled made floor cni)
    pool_config 16
    latency "$1"
    LATENCY=pool_cni everybody=(auto cni)
    write_cni_conf
    latency "$1"
    pool_end
}

# From the exec of the hook until a ping from inside is answered.
pool_ping() { # PORTS
    local who peer i more begin us
    say "first ping with $1 ports"
    pool_config 16
    new_container
    peer=$pid
    cidr=10.9.254.1/16
    run pooled attach >/dev/null # isolated ports do not hear one another
    for ((i = 0; i < ROUNDS_LOADED; i++)); do
        for who in pooled made; do
            new_container
            more=
            [ "$who" = pooled ] || more=$NOT_READY
            single_state "$more"
            settle
            begin=${EPOCHREALTIME/./}
            "$HOOK" createRuntime <"$state"
            "$BENCH_PROGRAMS/tests/bench/first_ping" "$pid" 10.9.254.1
            us=$((${EPOCHREALTIME/./} - begin))
            emit pool_ping who "$who" ports "$1" us "$us"
            run "$who" detach >/dev/null
            wait_until 20 gone
            end_containers "$pid"
        done
    done
    end_containers "$peer"
    pool_end
}

# Anonymous memory of the daemon at rest (RssAnon of proc(5): what of files is resident goes by
# chance), in turns, of a daemon each.
pool_memory() {
    local i size
    say "memory of the daemon with ready ports"
    for ((i = 0; i < ROUNDS_MANY; i++)); do
        for size in 64 0; do
            if [ "$size" = 0 ]; then
                config '{}'
                plugin start
            else
                pool_config "$size"
            fi
            sleep 1
            emit pool_memory size "$size" kib "$(plugin_number RssAnon)"
            if [ "$size" = 0 ]; then plugin stop; else pool_end; fi
        done
    done
}

# 50 at once of which each gets a ready port, and one after another without.
pool_many() { # PORTS
    local i
    say "50 at once from a pool of 64 with $1 ports"
    for ((i = 0; i < ROUNDS_MANY; i++)); do
        pool_config 64
        many_by parallel 50 "$1"
        pool_end
        config '{"timeout-ms":60000,"networks":{"bench":{"bridge":"br0",
            "mtu":1400,"ip":"auto","subnets":[{"subnet":"10.7.0.0/16"}]}}}'
        many_by serial "$SERIAL_MANY" "$1"
        config '{}'
    done
}
