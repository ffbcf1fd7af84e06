#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# Bridges and what is plugged into them, as a drawing, a picture, a text for
# dot(1), and JSON.

load ../lib/base
load ../lib/sandbox
load ../lib/cli

setup() {
    world_setup
    export LC_ALL=C
    sandbox web
    sandbox db
    sandbox guest
    plug web ovsint.bridge=br0 ovsint.vlan=10 ovsint.ip=10.0.0.1/24
    plug db ovsint.bridge=br0 ovsint.vlan=10 ovsint.ip=10.0.0.2/24
    plug guest ovsint.bridge=br0 ovsint.vlan=20 ovsint.ip=10.0.0.3/24
}

teardown() {
    ovs_heal
    ! has_bridge br1 || bridge_del br1
    vsctl --if-exists del-port up0 -- --if-exists del-port gone0 \
        -- --if-exists del-port p0
    ip link delete up0 2>/dev/null || true
    world_teardown
}

has_bridge() { vsctl br-exists "$1"; }

# Names and numbers change.
three_boxes() {
    ovsint graph | sed -E 's/oi[a-z0-9]{13}/PPPPPPPPPPPPPPP/g' >"$T/drawn"
    cat >"$T/want" <<'END'
  +-------------------+   +-------------------+   +-------------------+
  |        web        |   |        db         |   |       guest       |
  |    10.0.0.1/24    |   |    10.0.0.2/24    |   |    10.0.0.3/24    |
  |       eth0        |   |       eth0        |   |       eth0        |
  |  PPPPPPPPPPPPPPP  |   |  PPPPPPPPPPPPPPP  |   |  PPPPPPPPPPPPPPP  |
  +---------+---------+   +---------+---------+   +---------+---------+
END
    diff "$T/want" <(head -n 6 "$T/drawn")
}

# bats test_tags=long
@test "three containers, by VLAN, as make demo draws them" {
    three_boxes
    grep -qE '^ +VLAN 10 +VLAN 10 +VLAN 20$' "$T/drawn"
    [ "$(tail -n 2 "$T/drawn" | head -n 1 | tr -d ' ')" = '|br0|' ]
    [ "$(LC_ALL=C.UTF-8 ovsint graph | grep -c '┬')" = 1 ]
    COLUMNS=60 ovsint graph >"$T/narrow"
    [ "$(wc -L <"$T/narrow")" -le 60 ]
    grep -q guest "$T/narrow"
}

# bats test_tags=long
@test "what leads elsewhere, what is broken, and names that would do harm" {
    ip link add up0 type veth peer name wire0
    ip link set up0 up
    ip link set wire0 up
    bridge_add br1
    vsctl add-port br0 up0 tag=30 \
        -- add-port br0 p0 -- set Interface p0 type=patch options:peer=p1 \
        -- add-port br1 p1 -- set Interface p1 type=patch options:peer=p0
    ip addr add 192.0.2.9/24 dev up0
    vsctl --no-wait add-port br0 gone0
    in_net guest ip link delete eth0 2>/dev/null || true
    ovsint graph >"$T/drawn"
    grep -q 'patch to p1' "$T/drawn"
    grep -q 'uplink, absent' "$T/drawn"
    grep -q '192.0.2.9/24' "$T/drawn"
    grep -q 'VLAN 30' "$T/drawn"
    ip link set wire0 down
    ovsint graph | grep -q 'uplink, down'
    # Whoever writes rows chooses texts.
    vsctl set Interface p0 "options:peer=\"<&>"$'\e'"[31m\""
    ovsint graph >"$T/drawn"
    not grep -q $'\e' "$T/drawn"
    ovsint graph --svg "$T/host.svg"
    rsvg-convert "$T/host.svg" -o "$T/host.png"
    ovsint graph --dot | dot -Tsvg >/dev/null
}

@test "a picture, a text for dot, JSON" {
    ovsint graph --svg "$T/host.svg" >"$T/said"
    [ ! -s "$T/said" ]
    rsvg-convert "$T/host.svg" -o "$T/host.png"
    # It is an image with something on it, as large as it says.
    [ "$(head -c 4 "$T/host.png" | tail -c 3)" = PNG ]
    [ "$(stat -c %s "$T/host.png")" -gt 5000 ]
    # A longer file is written anew, a directory is refused, - is a pipe.
    head -c 100000 /dev/zero >>"$T/host.svg"
    ovsint graph --svg "$T/host.svg"
    [ "$(tail -n 1 "$T/host.svg")" = '</svg>' ]
    ovsint graph --svg - | cmp - "$T/host.svg"
    cli_refuses 2 'Is a directory' graph --svg "$T"
    ovsint graph --dot >"$T/host.dot"
    dot -Tplain "$T/host.dot" >"$T/plain"
    [ "$(grep -c '^node' "$T/plain")" = 4 ]
    [ "$(grep -c '^edge' "$T/plain")" = 3 ]
    ovsint graph --json | check_json '.bridges | length == 1 and
        (.[0] | .bridge == "br0" and ([.ports[] | select(.owner).container] |
            sort) == ["db", "guest", "web"])'
    cli_refuses 2 'exclude each other' graph --dot --json
}

# bats test_tags=long
@test "no bridge, and the database away" {
    delete_container web
    delete_container db
    delete_container guest
    ovsdb stop
    cli_refuses 1 'is ovsdb-server running?' graph
    ovsdb start
}
