#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# Twice, after a crash, after a reboot, from several containers of a pod: the
# hook finds out what is there and completes or replaces it.

load ../lib/base
load ../lib/sandbox

ASK=(ovsint.bridge=br0 ovsint.ip=10.0.0.1/24 ovsint.mtu=1400)

setup() {
    world_setup
    sandbox peer
    plug peer ovsint.bridge=br0 ovsint.ip=10.0.0.100/24
}

ports_of() { # NAME COUNT
    rows Interface "external_ids:ovsint-container=$1" |
        check_json 'length == $n' --argjson n "$2"
}

@test "attach twice: prestart and createRuntime change nothing the second time" {
    local port
    sandbox c1
    plug c1 "${ASK[@]}"
    port=$(port_of c1)
    plug c1 "${ASK[@]}"
    hook prestart <<<"$(state c1 "${ASK[@]}")"
    [ "$(port_of c1)" = "$port" ]
    can_ping c1 10.0.0.100
}

@test "detach twice, and of a container that never was" {
    sandbox c1
    plug c1 "${ASK[@]}"
    unplug c1
    unplug c1
    unplug never
    ports_of c1 0
}

@test "asked differently the second time: replaced" {
    sandbox c1
    plug c1 "${ASK[@]}"
    plug c1 ovsint.bridge=br0 ovsint.ip=10.0.0.2/24
    ports_of c1 1
    in_net c1 ip -j address show dev eth0 |
        check_json '[.[0].addr_info[] | select(.family == "inet").local] ==
            ["10.0.0.2"]'
    can_ping c1 10.0.0.100
}

@test "an interface of that name is there already: refused, nothing changed" {
    sandbox c1
    in_net c1 ip link add eth0 type veth peer name other
    refuses 1 "has an interface eth0 already" plug c1 "${ASK[@]}"
    ports_of c1 0
}

@test "stale rows of an earlier run without poststop are replaced" {
    sandbox c1
    plug c1 "${ASK[@]}"
    kill_sandbox c1
    sandbox c1
    plug c1 "${ASK[@]}"
    ports_of c1 1
    can_ping c1 10.0.0.100
}

@test "stale rows of an earlier boot are replaced" {
    local port
    sandbox c1
    plug c1 "${ASK[@]}"
    port=$(port_of c1)
    kill_sandbox c1
    vsctl set Interface "$port" external_ids:ovsint-boot=earlier -- \
        set Port "$port" external_ids:ovsint-boot=earlier
    sandbox c1
    plug c1 "${ASK[@]}"
    [ "$(port_of c1)" != "$port" ]
    can_ping c1 10.0.0.100
}

@test "rows of others are never touched" {
    vsctl add-port br0 foreign -- set Interface foreign type=internal \
        external_ids:container_id=c1 external_ids:container_iface=eth0
    sandbox c1
    plug c1 "${ASK[@]}"
    unplug c1
    row Interface name=foreign >/dev/null
    vsctl del-port foreign
}

@test "a pod: plugged once, unplugged with the last member" {
    sandbox first
    plug first "${ASK[@]}"
    pod_member second first
    plug second "${ASK[@]}"
    rows Interface external_ids:ovsint-owner=hook | check_json 'length == 2'
    unplug first
    can_ping second 10.0.0.100
    unplug second
    rows Interface external_ids:ovsint-owner=hook | check_json 'length == 1'
}

@test "a pod whose members are plugged at the same time" {
    local i pids=()
    sandbox first
    for i in 1 2 3 4; do pod_member "m$i" first; done
    for i in 1 2 3 4; do
        plug "m$i" "${ASK[@]}" 3>&- 4>&- &
        pids+=($!)
    done
    for i in "${pids[@]}"; do wait "$i"; done
    rows Interface external_ids:ovsint-owner=hook | check_json 'length == 2'
    can_ping first 10.0.0.100
    for i in 1 2 3 4; do
        unplug "m$i" 3>&- 4>&- &
        pids[i]=$!
    done
    for i in 1 2 3 4; do wait "${pids[i]}"; done
    rows Interface external_ids:ovsint-owner=hook | check_json 'length == 1'
}

# The hook of m2 stands still at one of its calls while m1 is plugged.
overtaken_at() { # CALL INJECTION [KEY=VALUE...]
    local call=$1 injection=$2 text pid
    shift 2
    text=$(state m2 "${ASK[@]}" "$@")
    strace -o "$T/m2" -e "trace=sendmsg,recvfrom,recvmsg,flock" -e "inject=$injection" \
        "$HOOK" createRuntime <<<"$text" 3>&- 4>&- &
    pid=$!
    wait_until 5 eval '[ "$(grep -c "^$call(" "$T/m2")" -ge '"${injection##*=}"' ]'
    plug m1 "${ASK[@]}" "$@"
    wait "$pid"
    rows Interface external_ids:ovsint-owner=hook | check_json 'length == 2'
    unplug m1
    can_ping first 10.0.0.100
    unplug m2
}

@test "a pod's member that is overtaken by another one finds what that has made" {
    sandbox first
    pod_member m1 first
    pod_member m2 first
    overtaken_at recvfrom recvfrom:delay_exit=2000000:when=1
    overtaken_at recvfrom recvfrom:delay_exit=2000000:when=1 ovsint.type=veth
    # It takes the lock of newcomers.h to make its pair.
    overtaken_at flock flock:delay_enter=2000000:when=1 ovsint.type=veth
    grep -q 'error=-EEXIST' "$T/m2"
}

@test "a pod's second member that asks for something else is refused" {
    sandbox first
    plug first "${ASK[@]}"
    pod_member second first
    refuses 1 "plugged already by container first with other settings" \
        plug second ovsint.bridge=br0 ovsint.ip=10.0.0.2/24
    can_ping first 10.0.0.100
}

@test "a pod's member whose other interface fails leaves no membership" {
    sandbox first
    plug first "${ASK[@]}"
    pod_member second first
    refuses 1 "there is no bridge br9" plug second "${ASK[@]}" \
        ovsint.eth1.bridge=br9
    unplug first
    ports_of first 0
    wait_until 5 no_devices first
}

@test "veth: attach twice, detach, and nothing is left of the pair" {
    local port
    sandbox c1
    plug c1 "${ASK[@]}" ovsint.type=veth
    port=$(port_of c1)
    plug c1 "${ASK[@]}" ovsint.type=veth
    [ "$(port_of c1)" = "$port" ]
    link c1 eth0 | check_json '.ifname == "eth0" and .mtu == 1400'
    can_ping c1 10.0.0.100
    unplug c1
    in_net c1 ip -j link | check_json 'length == 1'
}

no_devices() { in_net "$1" ip -j link | check_json 'length == 1'; }

# Kills the hook at its N-th call of CALL. False if it made fewer.
killed_at() { # CALL N STATE
    ! strace -qq -o /dev/null -e "trace=$1" \
        -e "inject=$1:signal=KILL:when=$2" \
        "$HOOK" createRuntime <<<"$3" >/dev/null 2>&1
}

# Every call by which the hook has an effect outside of itself, each in turn.
killed_everywhere() { # AFTERWARDS KEY=VALUE...
    local then=$1 call n text count=0
    shift
    sandbox c1
    text=$(state c1 "$@")
    for call in connect sendto sendmsg write; do
        for ((n = 1; n < 60; n++)); do
            killed_at "$call" "$n" "$text" || break
            count=$((count + 1))
            "$then" "$text" || fail "after a kill at $call $n"
            unplug c1
            ports_of c1 0
            wait_until 5 no_devices c1
        done
        unplug c1
        wait_until 5 no_devices c1
    done
    echo "# killed at $count calls" >&3
    [ "$count" -ge 8 ]
}

run_again() {
    hook createRuntime <<<"$1" && ports_of c1 1 && can_ping c1 10.0.0.100
}

@test "killed at every message, then run again" {
    killed_everywhere run_again "${ASK[@]}"
}

@test "killed at every message, then poststop alone" {
    killed_everywhere true "${ASK[@]}"
}

@test "veth: killed at every message, then run again" {
    killed_everywhere run_again "${ASK[@]}" ovsint.type=veth
}
