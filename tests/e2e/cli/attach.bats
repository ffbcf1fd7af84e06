#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# Containers that run already are given an interface, and lose it again: those
# of podman, runc and crun, and namespaces that have a path or a process.

load ../lib/base
load ../lib/cli
load ../lib/sandbox

setup_file() { podman_setup; }

@test "two namespaces: attached, verified, detached" {
    netns_add blue green
    ovsint attach /run/netns/blue bridge=br0 vlan=10 ip=10.0.0.1/24,fd00::1/64
    ovsint attach /run/netns/green eth1 bridge=br0 vlan=10 \
        ip=10.0.0.2/24,fd00::2/64 --verify 10.0.0.1 >"$T/answer"
    grep -qE '^10\.0\.0\.1 answers after .*its MAC is' "$T/answer"
    # The same once more: nothing is changed.
    before=$(of_cli | jq -r '.[]._uuid' | sort)
    ovsint attach /run/netns/green eth1 bridge=br0 vlan=10 \
        ip=10.0.0.2/24,fd00::2/64 --verify fd00::1 --json |
        check_json '.already and .verify.answers and .interface == "eth1" and
            .target.namespace == "/run/netns/green"'
    [ "$before" = "$(of_cli | jq -r '.[]._uuid' | sort)" ]
    reaches /run/netns/blue 10.0.0.2
    reaches /run/netns/green fd00::1
    ovsint detach /run/netns/blue >/dev/null
    of_cli | check_json 'length == 1 and
        .[0].external_ids["ovsint-ifname"] == "eth1"'
    # It is known by its path when it has gone.
    netns_gone blue green
    ovsint detach /run/netns/green --json |
        check_json '.removed | length == 1 and .[0].interface == "eth1"'
    none_of_cli
}

# Each would take what another one has just made for left over.
# bats test_tags=long
@test "the same interface ten times at once, and while the container holds a lock" {
    local i holder pids=()
    netns_add blue
    for i in {1..10}; do
        "$OVSINT" attach /run/netns/blue bridge=br0 ip=10.0.0.1/24 --json \
            >"$T/answer.$i" 2>&1 3>&- 4>&- &
        pids+=($!)
    done
    wait "${pids[@]}"
    pids=()
    jq -s 'map(.already) | sort' "$T"/answer.* |
        check_json '(map(select(not)) | length) == 1 and length == 10'
    # With other settings each: the first one's port stays.
    ovsint detach /run/netns/blue >/dev/null
    for i in {1..5}; do
        "$OVSINT" attach /run/netns/blue bridge=br0 "ip=10.0.0.$i/24" \
            >"$T/other.$i" 2>&1 3>&- 4>&- &
        pids+=($!)
    done
    wait "${pids[@]}" || true
    [ "$(grep -l 'with other settings' "$T"/other.* | wc -l)" = 4 ]
    of_cli | check_json 'length == 1'
    # Whoever is inside can keep nobody out.
    (exec 9</run/netns/blue && flock 9 && exec sleep 600) \
        </dev/null >/dev/null 2>&1 3>&- 4>&- &
    holder=$!
    wait_until 5 not flock --nonblock /run/netns/blue true
    ovsint attach /run/netns/blue eth1 bridge=br0 >/dev/null
    grep -q 'another program has held it' "$T/stderr"
    kill "$holder"
    of_cli | check_json 'length == 2'
    netns_gone blue
    ovsint gc --yes >/dev/null
}

# The switch has columns of its own in a row: counters, among others.
written_of_cli() { of_cli | jq -c '.[] | [.name, .type, .external_ids]'; }

@test "other settings: what is there stays, and is named" {
    local before status=0
    netns_add blue
    ovsint attach /run/netns/blue eth1 bridge=br0 ip=10.0.0.1/24
    before=$(written_of_cli)
    cli_refuses 1 "take it away first with 'ovsint detach /run/netns/blue eth1'" \
        attach /run/netns/blue eth1 ip=dhcp bridge=br0
    cli_refuses 1 "with other settings" \
        attach /run/netns/blue eth1 bridge=br0 vlan=10 type=veth
    [ "$before" = "$(written_of_cli)" ] || fail "$before became $(written_of_cli)"
    in_netns blue ip -j addr show dev eth1 |
        check_json '[.[0].addr_info[] | select(.family == "inet").local] ==
            ["10.0.0.1"]'
    ovsint attach --check /run/netns/blue eth1 bridge=br0 ip=10.0.0.1/24
    ovsint attach --check /run/netns/blue eth1 bridge=br0 ip=dhcp \
        >"$T/answer" || status=$?
    [ "$status" = 3 ]
    grep -q "made eth1 already, with other settings" "$T/answer"
    ovsint detach /run/netns/blue eth1
    none_of_cli
    netns_gone blue
}

@test "containers of podman, runc and crun, by name, id and process" {
    local id pid name
    podman run --detach --name web --network none busybox sleep 3600
    bundle one && bundle two
    for name in one two; do
        bundle_edit "$name" 'del(.hooks)'
    done
    run_container runc one
    run_container crun two
    id=$(container_id web) pid=$(container_pid one)
    ovsint attach web bridge=br0 ip=10.0.0.1/24
    ovsint attach one bridge=br0 ip=10.0.0.2/24 --json | check_json \
        --arg pid "$pid" '.target.runtime == "runc" and
            .target.namespace == "/proc/\($pid)/ns/net"'
    ovsint attach crun:two bridge=br0 ip=10.0.0.3/24
    can_ping web 10.0.0.2
    can_ping two 10.0.0.2
    exec_in one ping -c 1 -W 5 10.0.0.3
    ovsint attach "${id:0:12}" eth1 bridge=br0 ip=10.1.0.1/24
    ovsint attach "pid:$pid" eth1 bridge=br0 ip=10.1.0.2/24
    can_ping web 10.1.0.2
    of_cli | check_json 'length == 5'
    row Interface external_ids:ovsint-container="$id" \
        external_ids:ovsint-ifname=eth1 | check_json \
        '.external_ids | .["container_id"] and .["ovsint-boot"]'
    ovsint detach podman:web eth1
    ovsint detach "pid:$pid"
    ovsint detach web
    ovsint detach one
    # That one has ended.
    delete_container two
    ovsint detach two
    none_of_cli
    podman rm --force --time 0 web
}

# podman of Debian 13 keeps them in a list of their own.
@test "a container of podman run --rm, by its name" {
    podman run --detach --rm --name brief --network none busybox sleep 3600
    ovsint attach brief bridge=br0 ip=10.0.0.1/24 --json |
        check_json '.target.runtime == "podman" and .target.name == "brief"'
    ovsint detach brief
    # As there, also with the podman of Debian 12.
    local lists moved=
    lists=$(podman info --format '{{.Store.GraphRoot}}')/vfs-containers
    if [ ! -e "$lists/volatile-containers.json" ]; then
        mv "$lists/containers.json" "$lists/volatile-containers.json"
        moved=yes
    fi
    ovsint names containers | grep -qx brief
    [ -z "$moved" ] ||
        mv "$lists/volatile-containers.json" "$lists/containers.json"
    podman rm --force --time 0 brief
}

# The kernel gives its number to the next one.
# bats test_tags=long
@test "a namespace that has gone is detached, and not the one with its number" {
    local port next table
    netns_add blue
    ovsint attach /run/netns/blue bridge=br0
    netns_gone blue
    netns_add green
    next=netns-$(stat -Lc %i /run/netns/green)
    # As if the number were the same, which nobody can order.
    port=$(of_cli | jq -r '.[].name')
    for table in Port Interface; do
        vsctl set "$table" "$port" \
            external_ids:ovsint-container="$next" \
            external_ids:"ovsint-member-$next"='""'
    done
    ovsint attach /run/netns/green eth1 bridge=br0
    ovsint detach /run/netns/blue --json |
        check_json '[.removed[].interface] == ["eth0"]'
    of_cli | check_json '[.[].external_ids["ovsint-ifname"]] == ["eth1"]'
    ovsint detach /run/netns/green
    none_of_cli
    # Two that had one path, one after the other.
    for n in 1 2; do
        netns_add blue
        ovsint attach /run/netns/blue "eth$n" bridge=br0
        netns_gone blue
        # It takes the number, if it was free.
        netns_add "m$n"
    done
    ovsint detach /run/netns/blue
    none_of_cli
    netns_gone green m1 m2
}

@test "a path is noted so that others find it" {
    netns_add blue
    nsenter --net=/run/netns/blue sleep 60 3>&- 4>&- &
    wait_until 5 [ "/proc/$!/ns/net" -ef /run/netns/blue ]
    (cd "/proc/$!" && ovsint attach ns/net bridge=br0 --json) | check_json \
        --arg path "/proc/$!/ns/net" '.target.namespace == $path'
    kill "$!"
    wait "$!" || true
    ovsint detach "pid:$!"
    mkdir "$T/there"
    ln -s /run/netns "$T/there/link"
    (cd "$T/there" && ovsint attach link/blue bridge=br0)
    ovsint show /run/netns/blue >/dev/null
    netns_gone blue
    (cd "$T/there" && ovsint detach link/blue)
    none_of_cli
}

# Ids that people choose are not unique.
# bats test_tags=long
@test "containers of runc and crun that have the same id" {
    bundle one && bundle two
    bundle_edit one 'del(.hooks)' && bundle_edit two 'del(.hooks)'
    run_container runc one
    crun run --detach --bundle "$BUNDLES/two" one \
        </dev/null >/dev/null 2>&1 3>&- 4>&-
    cli_refuses 1 "'one' is the id of 2 containers: runc:one, crun:one" \
        attach one bridge=br0
    ovsint attach crun:one bridge=br0 --json |
        check_json '.target.runtime == "crun"'
    crun delete --force one
    ovsint detach one
    delete_container one
    none_of_cli
}

@test "default=true: the earlier default device goes down" {
    netns_add blue
    ip -n blue link add eth0 type veth peer name other
    ip -n blue addr add 192.0.2.2/24 dev eth0
    ip -n blue link set eth0 up
    ip -n blue link set other up
    ip -n blue route add default via 192.0.2.1
    ovsint attach /run/netns/blue eth1 bridge=br0 ip=10.0.0.1/24 \
        gateway=10.0.0.254 default=true --check --json | check_json \
        '."sets-down" == ["eth0"] and .problems == []'
    in_netns blue ip -j route | check_json 'any(.gateway == "192.0.2.1")'
    none_of_cli
    ovsint attach /run/netns/blue eth1 bridge=br0 ip=10.0.0.1/24 \
        gateway=10.0.0.254 default=true
    in_netns blue ip -j route |
        check_json '[.[] | select(.dst == "default").gateway] == ["10.0.0.254"]'
    in_netns blue ip -j link show dev eth0 |
        check_json '.[0].flags | index("UP") | not'
    ovsint detach /run/netns/blue
    netns_gone blue
}

@test "--check says what is in the way, and does nothing" {
    netns_add blue
    ip -n blue link add eth0 type veth peer name other
    cli_check() {
        local status=0
        ovsint attach --check "$@" >"$T/answer" || status=$?
        [ "$status" = 3 ]
    }
    cli_check /run/netns/blue bridge=nosuch ip=10.0.0.1/24
    grep -qxF "problem: there is no bridge nosuch: create it with \
'ovs-vsctl add-br nosuch' or correct the name" "$T/answer"
    grep -qxF 'problem: the container has an interface eth0 already (eth0)' \
        "$T/answer"
    cli_check /run/netns/blue bridge=nosuch --json
    check_json '.problems | length == 2' <"$T/answer"
    in_netns blue ip -j link | check_json 'length == 3'
    none_of_cli
    ovsint attach --check /run/netns/blue eth1 bridge=br0
    netns_gone blue
}

@test "what --verify finds" {
    netns_add blue green
    verifies() { # TEXT ADDRESS
        local status=0
        ovsint attach /run/netns/blue bridge=br0 ip=10.0.0.1/24 \
            gateway=10.0.0.2 --verify "$2" >"$T/answer" || status=$?
        [ "$status" = 3 ] || fail "status $status" || return
        grep -qF -- "$1" "$T/answer" || fail "$(cat "$T/answer")"
    }
    ovsint attach /run/netns/green bridge=br0 ip=10.0.0.2/24
    verifies 'nobody answers ARP for it' 10.0.0.9
    in_netns green nft -f - <<-EOF
	table inet t {
	    chain c {
	        type filter hook input priority 0
	        meta l4proto icmp drop
	    }
	}
	EOF
    verifies 'but answers ARP' 10.0.0.2
    ip -n blue route add prohibit 10.9.0.0/24
    ip -n blue route add blackhole 10.8.0.0/24
    verifies 'a route inside the container refuses it' 10.9.0.1
    verifies 'a route inside the container refuses it' 10.8.0.1
    verifies 'or it is a broadcast address' 10.0.0.255
    # It stays: the cause may be elsewhere.
    of_cli | check_json 'length == 2'
    ovsint detach /run/netns/blue
    ovsint detach /run/netns/green
    netns_gone blue green
}

# Each device has a route to them.
@test "--verify asks for a link-local address by the device of the port" {
    netns_add blue green
    ip -n blue link add eth0 type veth peer name other
    ip -n blue link set eth0 up
    ip -n blue link set other up
    ovsint attach /run/netns/green bridge=br0 ip=fd00::2/64
    local address
    address=$(in_netns green ip -j addr | jq -r \
        '[.[].addr_info[] | select(.scope == "link").local][0]')
    ovsint attach /run/netns/blue eth1 bridge=br0 ip=fd00::1/64 \
        --verify "$address" --json | check_json '.verify.answers'
    ovsint detach /run/netns/blue
    ovsint detach /run/netns/green
    netns_gone blue green
}

@test "what it refuses, and in whose words" {
    netns_add blue
    bundle one
    bundle_edit one 'del(.hooks)'
    run_container runc one
    cli_refuses 2 "argument vlna: unknown key 'vlna': did you mean 'vlan'?" \
        attach one vlna=10
    cli_refuses 2 "'frob' is not of the form KEY=VALUE" \
        attach one eth1 bridge=br0 frob
    cli_refuses 2 "did you mean 'attach'?" atach one bridge=br0
    cli_refuses 2 "a word is empty" attach "" bridge=br0
    cli_refuses 2 "a process is named as pid:4711" attach pid:0 bridge=br0
    cli_refuses 2 "a process is named as pid:4711" detach pid:web
    cli_refuses 1 "there is no bridge nosuch" attach one bridge=nosuch
    cli_refuses 1 "there is no container 'nosuch'" attach nosuch bridge=br0
    cli_refuses 1 "host's own network namespace" attach pid:1 bridge=br0
    cli_refuses 1 "No such file" attach /run/netns/red bridge=br0
    cli_refuses 1 "is not a namespace" attach /etc/passwd bridge=br0
    cli_refuses 1 "eth1 that 'ovsint attach' has made" detach one eth1
    ip -n blue link add eth0 type veth peer name other
    cli_refuses 1 "name another one, as in 'ovsint attach /run/netns/blue eth1" \
        attach /run/netns/blue bridge=br0
    config '{"policy": {"bridges": ["br7"]}}'
    cli_refuses 2 "is not allowed by the policy" attach one bridge=br0
    config '{"nosuch": 1}'
    cli_refuses 2 "nosuch" attach one bridge=br0
    config "$DEFAULT_CONFIG"
    none_of_cli
    delete_container one
    cli_refuses 1 "there is no container 'one'" attach one bridge=br0
    netns_gone blue
}

@test "without rights: what is missing is said" {
    local container
    netns_add blue
    sandbox other
    container=$(container_pid other)
    cp "$OVSINT" /run/ovsint-of-nobody
    printf '#!/bin/sh\nexec setpriv --reuid 65534 --regid 65534 %s "$@"\n' \
        '--clear-groups /run/ovsint-of-nobody' >"$T/nobody"
    chmod +x "$T/nobody"
    OVSINT="$T/nobody" cli_refuses 1 ": run ovsint as root" \
        attach "pid:$container" eth1 bridge=br0
    OVSINT="$T/nobody" cli_refuses 1 ": run ovsint as root" \
        attach /run/netns/blue eth1 bridge=br0
    OVSINT="$T/nobody" cli_refuses 1 ": run ovsint as root" \
        uplink move lo br0
    rm /run/ovsint-of-nobody
    netns_gone blue
}

# The number may be another process's by now.
# bats test_tags=long
@test "a state file that names a process of somebody else" {
    sandbox other
    mkdir -p /run/crun/ghost
    jq -nc --argjson pid "$(container_pid other)" \
        '{pid: $pid, "process-start-time": 1}' >/run/crun/ghost/status
    cli_refuses 1 "its number is another process's now" attach ghost bridge=br0
    rm -r /run/crun/ghost
    none_of_cli
}

# bats test_tags=long
@test "a port of the hook is not its own" {
    sandbox c1
    plug c1 ovsint.bridge=br0 ovsint.ip=10.0.0.1/24
    cli_refuses 1 "plugged already, and not by this command" \
        attach "pid:$(container_pid c1)" bridge=br0
    cli_refuses 1 "has no interface that 'ovsint attach' has made" \
        detach "pid:$(container_pid c1)"
    none_of_cli
    port_of c1
}

@test "a database and a switch that are away" {
    netns_add blue
    config '{"timeout-ms": 400}'
    ovsdb stop
    cli_refuses 1 "is ovsdb-server running?" \
        attach /run/netns/blue bridge=br0
    ovsdb start
    vswitchd freeze
    cli_refuses 1 "did not make port" attach /run/netns/blue bridge=br0
    vswitchd thaw
    config "$DEFAULT_CONFIG"
    wait_until 5 none_of_cli
    ovsint attach /run/netns/blue bridge=br0
    netns_gone blue
    # Nobody looks after it here, but the next one for that path.
    ovsint detach /run/netns/blue
}
