# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154
#
# Random faults, by a seed, with quiet periods after which everything has to be
# equal again: the rows, the namespaces, the devices. Loaded after restarts.bash.
#
#   soak SEED FAULTS      fails at the first thing that is lost or left over, and
#                         names the seed, the number of the fault, and the faults

SOAK_CONTAINERS=8
QUIET_EVERY=12
TOLD_EVERY=600

soak_next() { # COUNT: a number below it in $random, the same for the same seed
    soak_state=$(((soak_state * 1103515245 + 12345) & 0x7fffffff))
    random=$(((soak_state >> 8) % $1))
}

soak_lives() { [ -e "$BUNDLES/$1/pid" ]; }

soak_begin() { # NAME
    sandbox "$1"
    plug "$1" ovsint.bridge=br0 "ovsint.ip=10.1.0.${1#s}/16" \
        ovsint.gateway=10.1.255.254 ovsint.mtu=1400
}

# The hook may find the switch or the database down: then the container is not
# there, as a runtime would have it.
soak_try_begin() {
    soak_begin "$1" >/dev/null 2>&1 || {
        kill_sandbox "$1" >/dev/null 2>&1
        rm -f "$BUNDLES/$1/pid"
    }
}

soak_end() { # NAME
    kill_sandbox "$1" >/dev/null 2>&1
    rm -f "$BUNDLES/$1/pid"
}

fault_container() { # one begins, ends in order, or is killed
    local name
    soak_next "$SOAK_CONTAINERS"
    name=s$((random + 1))
    if ! soak_lives "$name"; then
        soak_try_begin "$name"
        return
    fi
    soak_next 2
    soak_end "$name"
    [ "$random" = 0 ] || unplug "$name" >/dev/null 2>&1 || true
}

soak_victim() { # sets $victim, its port in $port; fails when there is none
    local i
    soak_next "$SOAK_CONTAINERS"
    for ((i = 0; i < SOAK_CONTAINERS; i++)); do
        victim=s$(((random + i) % SOAK_CONTAINERS + 1))
        if soak_lives "$victim" && port=$(port_of "$victim" 2>/dev/null); then
            return
        fi
    done
    return 1
}

fault_rename() {
    soak_victim || return 0
    in_net "$victim" ip link set dev "$port" down 2>/dev/null || return 0
    in_net "$victim" ip link set dev "$port" name lan0 2>/dev/null || true
}

fault_delete() {
    soak_victim || return 0
    in_net "$victim" ip link del dev "$port" 2>/dev/null || true
}

fault_switch_restarts() { vswitchd restart; }
# As a supervisor does that goes by the pidfile: see ovs_stop.
fault_switch_overlaps() {
    ovs-appctl --timeout=60 -t ovs-vswitchd exit
    wait_until 10 not ovs_alive ovs-vswitchd
    vswitchd start
}
fault_switch_is_killed() { vswitchd kill && vswitchd start; }
fault_switch_clears_away() { event_switch_clears_away; }
fault_database_is_killed() { ovsdb kill && ovsdb start; }
fault_plugin_is_killed() { plugin kill && plugin_start; }
# A hook would wait for as long as it may.
fault_switch_away() {
    vswitchd kill
    config '{"timeout-ms": 1000}'
    fault_container
    config "$DEFAULT_CONFIG"
    vswitchd start
}
fault_unrelated() { event_an_unrelated_port; }

soak_faults=(container container container container container container
    rename rename delete switch_restarts switch_overlaps switch_is_killed
    switch_clears_away
    database_is_killed plugin_is_killed plugin_is_killed switch_away
    unrelated)

# Rows, namespaces and devices, as they ought to be.
soak_equal() {
    local name i want=1
    for ((i = 1; i <= SOAK_CONTAINERS; i++)); do
        name=s$i
        soak_lives "$name" || continue
        want=$((want + 1))
        ping_once "$name" 10.1.255.254 || return
        in_net "$name" ip -j link show dev "$(port_of "$name")" |
            check_json '.[0].altnames == ["eth0"] and .[0].mtu == 1400' ||
            return
    done
    rows Interface external_ids:ovsint-owner=hook |
        check_json 'length == $want' --argjson want "$want" || return
    ip -j link | check_json 'all(.[]; .ifname | startswith("oi") | not)'
}

# First what is in one line: what the guardian knows and what the rows say, for
# every container; then what the logs say of devices that are left over. All of one
# container without network comes after that, and what was logged since the last
# quiet period.
soak_tell() {
    local device name i without=()
    ports | jq -c '{connected, guarding, resting, repairs},
        (.ports[] | [.container, .port, .state, .repairs])'
    rows Interface external_ids:ovsint-owner=hook |
        jq -c '.[] | [.external_ids["ovsint-container"], {name, type, ofport, ifindex,
        error, arrived: .external_ids["ovsint-arrived"],
        remaking: .external_ids["ovsint-remaking"]}]'
    rows Open_vSwitch | jq -c '.[] | {next_cfg, cur_cfg}'
    for ((i = 1; i <= SOAK_CONTAINERS; i++)); do
        name=s$i
        ! soak_lives "$name" || ping_once "$name" 10.1.255.254 >/dev/null 2>&1 ||
            without+=("$name")
    done
    echo "without network: ${without[*]}"
    for device in $(ip -j link | jq -r '.[].ifname | select(startswith("oi"))'); do
        ip -d link show dev "$device"
        grep -h "$device" "$OVS_LOGDIR"/*.log "$PLUGIN_LOG" "$SYSLOG" | tail -n 12
    done
    [ ${#without[@]} = 0 ] || soak_tell_of "${without[0]}"
    for name in ovs-vswitchd plugin; do
        echo "--- $name"
        grep -vE 'ofproto_dpif|dpif_netdev|ETHTOOL|SIOCG' "$OVS_LOGDIR/$name.log" |
            tail -n 30
    done
    return 1
} >&2

soak_tell_of() { # NAME
    local one
    for one in "$1" peer; do
        echo "--- $one"
        in_net "$one" ip -d -s address
        in_net "$one" ip route
        in_net "$one" ip neighbor
    done
    ovs-ofctl --timeout=5 dump-ports br0
    ovs-appctl --timeout=5 fdb/show br0
    ovs-appctl --timeout=5 dpctl/dump-flows
}

soak_note() { # TEXT: into the logs
    local log
    for log in "$OVS_LOGDIR"/{ovs-vswitchd,plugin}.log; do
        echo "=== $(date +%T.%3N) $*" >>"$log"
    done
}

soak() { # SEED FAULTS
    local n fault history=()
    soak_state=$1
    sandbox peer
    plug peer ovsint.bridge=br0 ovsint.ip=10.1.255.254/16
    for ((n = 1; n <= $2; n++)); do
        soak_next ${#soak_faults[@]}
        fault=${soak_faults[random]}
        history+=("$fault")
        soak_note "fault $n: $fault"
        "fault_$fault" || fail "seed $1, fault $n ($fault) failed" || return
        ((n % QUIET_EVERY == 0)) || continue
        wait_until 30 soak_equal || soak_tell || fail "seed $1," \
            "after fault $n:" "${history[*]}" || return
        history=()
        : >"$PLUGIN_LOG"
        : >"$OVS_LOGDIR/ovs-vswitchd.log"
        ((n % TOLD_EVERY)) || echo "# seed $1: $n faults" >&3
    done
    for ((n = 1; n <= SOAK_CONTAINERS; n++)); do
        ! soak_lives "s$n" || soak_end "s$n"
    done
    soak_end peer
    wait_until 30 no_rows
}
