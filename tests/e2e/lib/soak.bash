# SPDX-License-Identifier: Apache-2.0
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
fault_switch_is_killed() { vswitchd kill && vswitchd start; }
fault_switch_clears_away() { event_switch_clears_away; }
fault_database_is_killed() { ovsdb kill && ovsdb start; }
fault_plugin_is_killed() { plugin kill && plugin start; }
fault_switch_away() {
    vswitchd kill
    fault_container
    vswitchd start
}
fault_unrelated() { event_an_unrelated_port; }

soak_faults=(container container container container container container
    rename rename delete switch_restarts switch_is_killed switch_clears_away
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

# Of a container without network: what it has, what it and the peer have learned,
# and what the switch knows. Then what the logs say of devices that are left over.
soak_tell() {
    local device name i
    for ((i = 1; i <= SOAK_CONTAINERS; i++)); do
        name=s$i
        ! soak_lives "$name" || ping_once "$name" 10.1.255.254 || soak_tell_of "$name"
    done
    curl -s --unix-socket "$PLUGIN_SOCKET" -X POST http://x/Ovsint.Ports
    for device in $(ip -j link | jq -r '.[].ifname | select(startswith("oi"))'); do
        ip -d link show dev "$device"
        grep -h "$device" "$OVS_LOGDIR"/*.log "$PLUGIN_LOG" "$SYSLOG" || true
    done
    return 1
} >&2

soak_tell_of() { # NAME
    local one
    for one in "$1" peer; do
        echo "# $one"
        in_net "$one" ip -d -s address
        in_net "$one" ip route
        in_net "$one" ip neighbor
        rows Interface "external_ids:ovsint-container=$one"
    done
    vsctl show
    ovs-ofctl --timeout=5 dump-ports br0
    ovs-appctl --timeout=5 fdb/show br0
    ovs-appctl --timeout=5 dpctl/dump-flows
    tail -n 40 "$OVS_LOGDIR"/ovs-vswitchd.log
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
        "fault_$fault" || fail "seed $1, fault $n ($fault) failed" || return
        ((n % QUIET_EVERY == 0)) || continue
        wait_until 30 soak_equal || soak_tell || fail "seed $1," \
            "after fault $n:" "${history[*]}" || return
        history=()
        ((n % TOLD_EVERY)) || echo "# seed $1: $n faults" >&3
    done
    for ((n = 1; n <= SOAK_CONTAINERS; n++)); do
        ! soak_lives "s$n" || soak_end "s$n"
    done
    soak_end peer
    wait_until 30 no_rows
}
