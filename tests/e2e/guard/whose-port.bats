#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# Whose port it is, and whether its container has ended: concluded only from
# what is seen, by whoever would see it.

load ../lib/base
load ../lib/plugin
load ../lib/sandbox

ASK=(ovsint.bridge=br0 ovsint.ip=10.0.0.1/24)

teardown() {
    [ ! -s /run/plugin.pid ] || plugin_gone "$(plugin_pid)" || plugin stop
    [ -n "${BATS_TEST_COMPLETED-}" ] || tail -n 20 "$PLUGIN_LOG" >&2
    world_teardown
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
    # A change of a key of ours makes it look again.
    vsctl set Interface "$(port_of peer)" external_ids:ovsint-arrived=true
    rests
    [ "$(grep -c "cannot be judged" "$PLUGIN_LOG")" = 1 ]
    plugin_logged "run the guardian in the PID namespace of the container runtime"
    run "${ELSEWHERE[@]}" --once
    [ "$status" = 0 ] # as another one is at work
    elsewhere_ends
    run "${ELSEWHERE[@]}" --once
    [ "$status" = 1 ]
    [[ $output == *"cannot be judged from here whether their containers live"* ]]
    [[ $output == *"ports that could not be repaired: 2"* ]]
    # A guardian that sees the processes judges.
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
    wait_until 10 no_endpoint "$e1"
    delete_network "$n1"
    rm -r /run/docker/netns
}

# ---- two containers of one id ------------------------------------------------

# From the bundle NAME-rival, beside the container NAME.
rival() { # NAME RUNTIME [GLOBAL-OPTION...]
    local name=$1
    shift
    "$@" run --detach --bundle "$BUNDLES/$name-rival" "$name" \
        </dev/null >"$T/rival" 2>&1 3>&- 4>&-
}

rival_deleted() { # NAME RUNTIME [GLOBAL-OPTION...]
    local name=$1
    shift
    "$@" delete --force "$name" 3>&- 4>&-
}

web_runs() {
    bundle web "${ASK[@]}" ovsint.vlan=10
    run_container runc web
    sandbox peer
    plug peer ovsint.bridge=br0 ovsint.vlan=10 ovsint.ip=10.0.0.100/24
    can_ping web 10.0.0.100
    row Interface external_ids:ovsint-container=web >"$T/row"
}

web_is_as_it_was() {
    row Interface external_ids:ovsint-container=web name="$(jq -r .name "$T/row")" |
        jq -S .external_ids | diff <(jq -S .external_ids "$T/row") -
    can_ping web 10.0.0.100
}

@test "a rival of one id that is refused: the first one keeps its port" {
    local runtime
    config '{"policy": {"default": "allow", "bridges": ["br0"],
        "vlans": "10-29"}}'
    web_runs
    bundle web-rival ovsint.bridge=br0 ovsint.vlan=30
    for runtime in "runc --root /run/runc2" crun; do
        # shellcheck disable=SC2086
        not rival web $runtime
        # shellcheck disable=SC2086
        rival_deleted web $runtime || true
        web_is_as_it_was
    done
    # From the same bundle, in which nothing is wrong any more: poststop alone.
    cp "$BUNDLES/web-rival/config.json" "$BUNDLES/web/config.json"
    cp -r "$BUNDLES/web/." "$BUNDLES/web-rival"
    not runc --root /run/runc2 run --detach --bundle "$BUNDLES/web" web \
        </dev/null 3>&- 4>&-
    web_is_as_it_was
}

# bats test_tags=long
@test "a rival of one id that is plugged: both keep their ports to the end" {
    local runtime rows
    web_runs
    for runtime in "runc --root /run/runc2" crun; do
        bundle web-rival ovsint.bridge=br0 ovsint.vlan=10 \
            ovsint.ip=10.0.0.1/24
        # shellcheck disable=SC2086
        not rival web $runtime
        grep -qF "10.0.0.1 of segment br0/10 is held by container web" "$T/rival" ||
            syslog_has "10.0.0.1 of segment br0/10 is held by container web"
        # shellcheck disable=SC2086
        rival_deleted web $runtime || true
        web_is_as_it_was
        bundle web-rival ovsint.bridge=br0 ovsint.vlan=10 \
            ovsint.ip=10.0.0.2/24
        # shellcheck disable=SC2086
        rival web $runtime
        rows=$(rows Interface external_ids:ovsint-container=web)
        check_json 'length == 2 and (map(.external_ids["attached-mac"])
            | unique | length) == 2' <<<"$rows"
        can_ping peer 10.0.0.2
        web_is_as_it_was
        # shellcheck disable=SC2086
        rival_deleted web $runtime
        web_is_as_it_was
    done
}

# bats test_tags=long
@test "two runs of one bundle: the second is refused, in words" {
    web_runs
    not runc --root /run/runc2 run --detach --bundle "$BUNDLES/web" web \
        </dev/null >"$T/rival" 2>&1 3>&- 4>&-
    grep -qF "it runs already from this bundle" "$T/rival"
    web_is_as_it_was
}

is_stopped() { runc state "$1" | check_json '.status == "stopped"'; }

# bats test_tags=long
@test "a container that was killed comes back from its bundle: its port goes" {
    web_runs
    kill -KILL "$(container_pid web)"
    wait_until 5 is_stopped web
    runc --root /run/runc2 run --detach --bundle "$BUNDLES/web" web \
        </dev/null 3>&- 4>&-
    rows Interface external_ids:ovsint-container=web | check_json 'length == 1'
    prints_other "$(jq -r .name "$T/row")" port_of web
    # A poststop that comes late takes nothing from the container that runs.
    runc delete web
    port_of web
    rival_deleted web runc --root /run/runc2
    rows Interface external_ids:ovsint-container=web | check_json '. == []'
    rm "$BUNDLES/web/pid"
}

# bats test_tags=long
@test "rows of earlier versions, which tell no bundle, go by the id" {
    local port
    web_runs
    port=$(port_of web)
    vsctl remove Interface "$port" external_ids ovsint-bundle-web -- \
        remove Interface "$port" external_ids ovsint-pid-web
    hook poststop <<<'{"id":"web","status":"stopped","bundle":"/elsewhere"}'
    rows Interface external_ids:ovsint-container=web | check_json '. == []'
}

# bats test_tags=long
@test "a port's row is removed and a rival takes its address: back when that goes" {
    web_runs
    plugin start
    wait_until 5 port_state "$(port_of web)" "in its container"
    sandbox thief
    # It would make the port again after a second.
    plugin freeze
    vsctl del-port "$(port_of web)"
    plug thief ovsint.bridge=br0 ovsint.vlan=10 ovsint.ip=10.0.0.1/24
    plugin thaw
    wait_until 5 plugin_logged "could not be made again yet"
    delete_container thief
    wait_until 10 plugin_logged "made a port again"
    can_ping web 10.0.0.100
}

# ---- rows that somebody else has written -------------------------------------

device_network() { # DEVICE
    ip -j link show dev "$1" | jq -c '.[0] | {ifname, address, mtu}'
    ip -j addr show dev "$1" | jq -c '.[0].addr_info | map(.local)'
}

host_network() { # DEVICE...
    local device
    for device in "$@"; do device_network "$device"; done
    ip -j route
    ip -6 -j route
}

# What the guardian would need to move DEVICE into the namespace PATH, and to
# set it up there.
hostile() { # DEVICE PATH [KEY=VALUE...]
    local device=$1 path=$2
    shift 2
    vsctl set Interface "$device" external_ids:ovsint-owner=hook \
        external_ids:ovsint-container=evil external_ids:ovsint-ifname=eth0 \
        "external_ids:ovsint-netns=\"$path\"" \
        external_ids:ovsint-arrived=true \
        "external_ids:ovsint-boot=$(cat /proc/sys/kernel/random/boot_id)" \
        'external_ids:attached-mac="02:00:00:00:00:66"' \
        'external_ids:ovsint-spec="{\"ifname\":\"eth0\",\"bridge\":\"br0\",\"ip\":[\"198.51.100.66/24\"],\"gateway\":[\"198.51.100.1\"]}"' \
        "${@/#/external_ids:}" -- \
        set Port "$device" external_ids:ovsint-owner=hook
}

# bats test_tags=long
@test "rows of others that say they are ours: the host's network stays as it is" {
    local mine=(mgmt0 mgmt1 oiaaaaaaaaaaaaa oibbbbbbbbbbbbb) device
    for device in "${mine[@]}"; do
        vsctl add-port br0 "$device" -- set Interface "$device" type=internal
    done
    ip addr add 192.0.2.1/24 dev mgmt0
    ip link set mgmt0 up
    ip route add default via 192.0.2.254
    ip link add vethmgmt type veth peer name vethpeer
    host_network "${mine[@]}" vethmgmt >"$T/before"
    device_network vethmgmt >"$T/vethmgmt"
    mkfifo "$T/fifo"
    hostile mgmt0 /proc/1/ns/net
    hostile mgmt1 /proc/1/ns/net ovsint-boot=earlier
    hostile oiaaaaaaaaaaaaa /proc/1/ns/net
    hostile oibbbbbbbbbbbbb "$T/fifo"
    vsctl add-port br0 vethmgmt -- set Port vethmgmt \
        external_ids:ovsint-member-evil=\"\"
    hostile vethmgmt /proc/1/ns/net ovsint-member-evil=\"\" \
        'ovsint-spec="{\"ifname\":\"eth0\",\"bridge\":\"br0\",\"type\":\"veth\"}"'
    plugin start
    wait_until 5 port_state mgmt0 "not ours"
    wait_until 5 port_state mgmt1 "not ours"
    wait_until 5 port_state oiaaaaaaaaaaaaa "not ours"
    wait_until 5 port_state vethmgmt "not ours"
    wait_until 5 port_state oibbbbbbbbbbbbb "cannot be judged from here"
    # Another look.
    hostile mgmt0 /proc/1/ns/net ovsint-arrived=again
    hostile oiaaaaaaaaaaaaa /proc/1/ns/net ovsint-arrived=again
    unplug evil
    vsctl add-port br0 nudge -- set Interface nudge type=internal
    vsctl del-port nudge
    rests
    [ "$(grep -c "port=mgmt0 reason=\"ovsint gives its ports other names" "$PLUGIN_LOG")" = 1 ]
    [ "$(grep -c "port=oiaaaaaaaaaaaaa reason=\"it names the host's own" "$PLUGIN_LOG")" = 1 ]
    host_network "${mine[@]}" vethmgmt | diff "$T/before" -
    vsctl del-port vethmgmt
    for device in "${mine[@]}"; do vsctl del-port "$device"; done
    device_network vethmgmt | diff "$T/vethmgmt" -
    ip link del vethmgmt
}

# ---- stages ------------------------------------------------------------------

# A container whose only hook, besides poststop, is ours in STAGE.
staged() { # NAME STAGE [ARGUMENT]
    bundle "$1" ovsint.bridge=br0
    # What startContainer runs has to be in the container.
    bundle_edit "$1" '.hooks = {poststop: .hooks.poststop, ($stage):
            [{path: "/hook/ovsint-hook", args: (["ovsint-hook"] + $args)}]}
        | .mounts += [{destination: "/hook", type: "bind", source: "/hook",
            options: ["bind", "ro"]}]' --arg stage "$2" \
        --argjson args "$(jq -nc '$ARGS.positional' --args "${@:3}")"
}

# bats test_tags=long
@test "each stage of the hook works, or says where to list it" {
    local runtime stage
    mkdir -p /hook "$ROOTFS/hook"
    cp "$HOOK" /hook/ovsint-hook
    for runtime in runc crun; do
        for stage in "createRuntime createRuntime" "prestart prestart" poststart; do
            # shellcheck disable=SC2086
            staged c1 $stage
            run_container "$runtime" c1
            port_of c1
            delete_container c1
        done
        staged c1 createContainer
        not run_container "$runtime" c1
        wait_until 5 syslog_has "list it under createRuntime"
        : >"$SYSLOG"
        # In there is no log, and crun drops what the hook says. A detached run
        # is done before the stage begins.
        staged c1 startContainer
        run_container "$runtime" c1 >"$T/said"
        [ "$runtime" = crun ] || grep -q "list it under createRuntime" "$T/said"
        wait_until 5 eval '"$runtime" state c1 |
            check_json ".status == \"stopped\""'
        delete_container c1
        rows Interface external_ids:ovsint-owner=hook | check_json '. == []'
    done
    # With the host's processes the state looks as usual.
    staged c1 createContainer
    bundle_edit c1 '.linux.namespaces |= map(select(.type != "pid"))'
    not run_container runc c1
    wait_until 5 syslog_has "list it under createRuntime"
    for stage in createContainer startContainer; do
        refuses 2 "run inside the container" hook "$stage" </dev/null
    done
    rm -r /hook "$ROOTFS/hook"
}
