#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# The CNI plugin, as libcni calls it: each command, in each state, and packets.

load ../lib/base
load ../lib/plugin
load ../lib/cni

LAN='{"networks": {"lan": {"bridge": "br0", "vlan": 10, "ip": "auto",
    "subnets": [{"subnet": "10.1.0.0/24", "gateway": "10.1.0.254"}]}}}'

setup() {
    world_setup
    config "$LAN"
    lan=$(conf lan 1.0.0 '.network = "lan"')
    flat=$(conf flat 1.0.0 '.bridge = "br0"')
}

address_of() { jq -r '.ips[0].address | split("/")[0]' <"$T/answer"; }

@test "two containers get addresses and reach one another; DEL leaves nothing" {
    netns_add a b
    cni ADD a "$lan" | check_json '.cniVersion == "1.0.0" and
        (.interfaces | length == 1) and .ips[0].gateway == "10.1.0.254" and
        .routes == [{dst: "0.0.0.0/0", gw: "10.1.0.254"}]'
    a=$(address_of)
    cni ADD b "$lan"
    reaches /run/netns/a "$(address_of)"
    reaches /run/netns/b "$a"
    # The device has a name of its own, and the one that was asked for.
    in_netns a ip -j addr show dev eth0 | check_json --arg ip "$a" '
        (.[0].ifname | startswith("oi")) and .[0].addr_info[0].local == $ip'
    row Interface external_ids:ovsint-container=a |
        check_json '.external_ids | .["ovsint-owner"] == "cni" and
            .["ovsint-cni-network"] == "lan" and .["iface-id"] == "a/eth0"'
    cni CHECK a "$lan"
    NETNS='' cni DEL a "$lan"
    NETNS='' cni DEL a "$lan"
    netns_gone b
    cni DEL b "$lan"
    prints_nothing holds
    netns_gone a
}

@test "each version gets its own answer" {
    for version in 0.3.0 0.3.1 0.4.0 1.0.0 1.1.0; do
        netns_add a
        asked=$(conf lan "$version" '.network = "lan"')
        CNI_COMMAND=VERSION "$CNI" </dev/null |
            check_json --arg v "$version" '.supportedVersions | index($v)'
        cni ADD a "$asked" | check_json --arg v "$version" '
            .cniVersion == $v and
            .ips[0].version == (if $v < "1.0.0" then "4" else null end)'
        cni DEL a "$asked"
        netns_gone a
    done
    cni VERSION '' '{"cniVersion":"0.4.0"}' | check_json '.cniVersion == "0.4.0"'
    cni_refuses 1 "not supported" ADD a "$(conf n 0.2.0)"
    cni_refuses 1 "GC is a command of cniVersion 1.1.0" GC '' "$(conf n 1.0.0)"
}

@test "a pair has the name that was asked for" {
    netns_add a b
    cni ADD a "$(conf pair 1.0.0 '.bridge = "br0" | .vnic = "veth" |
        .ip = "10.0.0.1/24"')" |
        check_json '.interfaces | length == 2 and (.[0].name | startswith("ov"))
            and (.[0] | has("sandbox") | not)'
    in_netns a ip -j link show dev eth0 | check_json '.[0].ifname == "eth0"'
    cni ADD b "$(conf flat 1.0.0 '.bridge = "br0" | .ip = "10.0.0.2/24"')"
    reaches /run/netns/a 10.0.0.2
    cni CHECK a "$(conf pair 1.0.0 '.bridge = "br0" | .vnic = "veth" |
        .ip = "10.0.0.1/24"')"
    cni DEL a "$(conf pair 1.0.0)"
    cni DEL b "$flat"
    prints_nothing holds
    netns_gone a b
}

# bats test_tags=long
@test "two networks of one container come and go by themselves" {
    netns_add a
    cni ADD a "$lan"
    IFNAME=net1 cni ADD a "$flat"
    [ "$(holds)" = a/eth0$'\n'a/net1 ]
    # That name is one of another network.
    IFNAME=net1 cni DEL a "$lan"
    [ "$(holds)" = a/eth0$'\n'a/net1 ]
    IFNAME=net1 cni DEL a "$flat"
    [ "$(holds)" = a/eth0 ]
    cni CHECK a "$lan"
    cni DEL a "$lan"
    # At once, as containerd does it.
    cni ADD a "$lan" >/dev/null &
    first=$!
    (T=$T/other && mkdir "$T" && IFNAME=net1 cni ADD a "$flat" >/dev/null)
    wait "$first"
    [ "$(holds)" = a/eth0$'\n'a/net1 ]
    cni DEL a "$lan"
    IFNAME=net1 cni DEL a "$flat"
    netns_gone a
}

@test "ADD twice is an error, and changes nothing" {
    netns_add a
    cni ADD a "$lan"
    # Not the statistics of the switch.
    ours() { rows Interface external_ids:ovsint-owner=cni | jq -ec 'map([._uuid, .external_ids])'; }
    before=$(ours)
    cni_refuses 100 "has the interface eth0 already" ADD a "$lan"
    [ "$before" = "$(ours)" ]
    cni CHECK a "$lan"
    # In another namespace it replaces what was left: after a reboot podman
    # sends no DEL.
    netns_gone a
    netns_add a
    cni ADD a "$lan"
    [ "$(holds)" = a/eth0 ]
    cni CHECK a "$lan"
    cni DEL a "$lan"
    netns_gone a
}

@test "CHECK finds what is missing" {
    netns_add a b
    cni_refuses 100 "there is no port of network lan" CHECK a "$lan"
    cni ADD a "$lan"
    NETNS=/run/netns/b cni_refuses 100 "in another network namespace" \
        CHECK a "$lan"
    in_netns a ip addr flush dev eth0
    cni_refuses 100 "missing or not complete" CHECK a "$lan"
    cni DEL a "$lan"
    cni ADD a "$lan"
    in_netns a ip link set dev eth0 down
    cni_refuses 100 "missing or not complete" CHECK a "$lan"
    cni DEL a "$lan"
    netns_gone a b
}

@test "GC removes what is not in the list, of its network" {
    netns_add a b c
    cni ADD a "$lan"
    cni ADD b "$lan"
    cni ADD c "$flat"
    gc=$(conf lan 1.1.0 '.network = "lan"')
    NETNS='' IFNAME='' cni GC '' "$gc"
    [ "$(holds)" = a/eth0$'\n'b/eth0$'\n'c/eth0 ]
    NETNS='' IFNAME='' cni GC '' "$(jq -c '."cni.dev/valid-attachments" =
        [{containerID: "b", ifname: "eth0"}]' <<<"$gc")"
    [ "$(holds)" = b/eth0$'\n'c/eth0 ]
    NETNS='' IFNAME='' cni GC '' "$(jq -c '."cni.dev/valid-attachments" = []' \
        <<<"$gc")"
    [ "$(holds)" = c/eth0 ]
    cni DEL c "$flat"
    netns_gone a b c
}

@test "STATUS tells whether ADD could work" {
    status() { NETNS='' IFNAME='' "$@" STATUS '' "$(conf lan 1.1.0 "$filter")"; }
    filter='.network = "lan"'
    status cni
    filter='.bridge = "nosuch"' status cni_refuses 50 "there is no bridge nosuch"
    vswitchd kill
    status cni_refuses 50 "ovs-vswitchd does not run"
    vswitchd start
    wait_until 5 status cni
    ovsdb stop
    status cni_refuses 50 "db.sock"
    ovsdb start
    vsctl show >/dev/null
}

@test "what is asked for by the container's side" {
    netns_add a
    ARGS='IgnoreUnknown=1;IP=10.1.0.77;K8S_POD_NAME=p' cni ADD a "$lan" |
        check_json '.ips[0].address == "10.1.0.77/24"'
    cni DEL a "$lan"
    cni ADD a "$(jq -c '.runtimeConfig = {bandwidth: {EgressRate: 8000000},
        mac: "02:00:00:00:00:05",
        "io.kubernetes.cri.pod-annotations": {"ovsint.mtu": "1400"}}' \
        <<<"$flat")" | check_json '.interfaces[0].mac == "02:00:00:00:00:05"'
    in_netns a ip -j link show dev eth0 | check_json '.[0].mtu == 1400 and
        .[0].address == "02:00:00:00:00:05"'
    cni DEL a "$flat"
    config '{"policy": {"default": "allow", "macs": ["06:*"]}}'
    ARGS='MAC=02:00:00:00:00:05' cni_refuses 7 "not allowed by the policy" \
        ADD a "$flat"
    prints_nothing holds
    netns_gone a
}

@test "what goes wrong, and that nothing is left of it" {
    netns_add a
    cni_refuses 3 "open network namespace /run/netns/gone" ADD gone "$lan"
    NETNS=/proc/self/ns/net cni_refuses 4 "host's own" ADD a "$lan"
    cni_refuses 7 "there is no bridge nosuch" ADD a \
        "$(conf n 1.0.0 '.bridge = "nosuch"')"
    cni_refuses 7 "did you mean 'vlan'" ADD a \
        "$(conf n 1.0.0 '.bridge = "br0" | .vlna = 10')"
    cni_refuses 6 "the network configuration" ADD a "${lan:0:40}"
    head -c 2097152 /dev/zero | tr '\0' ' ' >"$T/large"
    CNI_COMMAND=ADD "$CNI" <"$T/large" | check_json '.code == 5'
    config '{"vlna": 1}'
    cni_refuses 7 "ovsint.json" ADD a "$flat"
    cni DEL a "$flat"
    config "$LAN"
    vswitchd kill
    config '{"timeout-ms": 300}'
    cni_refuses 11 "ovs-vswitchd" ADD a "$flat"
    vswitchd start
    prints_nothing holds
    # Nobody reads the answer.
    config "$LAN"
    printf '%s' "$lan" | CNI_COMMAND=ADD CNI_CONTAINERID=a CNI_IFNAME=eth0 \
        CNI_NETNS=/run/netns/a "$CNI" >/dev/full 2>"$T/stderr" &&
        fail "it ended well"
    grep -q 'write to standard output: No space left' "$T/stderr"
    not grep -q 'not allowed here' "$T/stderr"
    prints_nothing holds
    netns_gone a
}

# bats test_tags=long
@test "without the database each command says that it can be repeated" {
    netns_add a
    cni ADD a "$lan"
    ovsdb stop
    for command in ADD DEL CHECK; do
        cni_refuses 11 "db.sock" "$command" a "$lan"
    done
    NETNS='' IFNAME='' cni_refuses 11 "db.sock" GC '' \
        "$(conf lan 1.1.0 '."cni.dev/valid-attachments" = []')"
    ovsdb start
    vsctl show >/dev/null
    cni CHECK a "$lan"
    # A restart in the middle is waited for.
    ovsdb stop
    cni DEL a "$lan" &
    ovsdb start
    wait $!
    vsctl show >/dev/null
    prints_nothing holds
    netns_gone a
}

# bats test_tags=long
@test "many at once: 100 with MANY=all" {
    local count
    count=$(of_all 100 20)
    mapfile -t names < <(seq -f 'n%g' "$count")
    netns_add "${names[@]}"
    pids=()
    for name in "${names[@]}"; do
        (T=$T/$name && mkdir "$T" && cni ADD "$name" "$lan" >"$T/out") &
        pids+=($!)
    done
    for pid in "${pids[@]}"; do wait "$pid"; done
    [ "$(jq -r '.ips[0].address' "$T"/n*/out | sort -u | wc -l)" = "$count" ]
    [ "$(holds | wc -l)" = "$count" ]
    NETNS='' IFNAME='' cni GC '' \
        "$(conf lan 1.1.0 '."cni.dev/valid-attachments" = []')"
    prints_nothing holds
    netns_gone "${names[@]}"
}

# bats test_tags=long
@test "GC and the guardian agree" {
    plugin start
    netns_add a b c
    for name in a b c; do cni ADD "$name" "$lan" >/dev/null; done
    gc=$(conf lan 1.1.0 '."cni.dev/valid-attachments" =
        [{containerID: "a", ifname: "eth0"}]')
    # Both want it: the namespace of b has ended, and it is not in the list.
    netns_gone b
    NETNS='' IFNAME='' cni GC '' "$gc"
    wait_until 10 eval '[ "$(holds)" = a/eth0 ]'
    # What GC removes while its container lives does not come back.
    rests
    [ "$(holds)" = a/eth0 ]
    cni CHECK a "$lan"
    cni_refuses 100 "there is no port of network lan" CHECK c "$lan"
    cni DEL a "$lan"
    rests
    prints_nothing holds
    netns_gone a c
    plugin stop
}

@test "the guardian keeps these ports, and collects those of namespaces that went" {
    plugin start
    netns_add a b
    cni ADD a "$lan"
    cni ADD b "$lan"
    b=$(address_of)
    reaches /run/netns/a "$b"
    vswitchd restart
    wait_until 10 reaches /run/netns/a "$b"
    wait_until 10 cni CHECK a "$lan"
    netns_gone b
    wait_until 10 eval '[ "$(holds)" = a/eth0 ]'
    cni DEL a "$lan"
    netns_gone a
    plugin stop
}
