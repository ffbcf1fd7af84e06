# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# shellcheck shell=bash
#
# The guardian, and sandboxes that the hook has plugged. Loaded after base.bash, plugin.bash
# and sandbox.bash.

ASK=(ovsint.bridge=br0 ovsint.ip=10.0.0.1/24 ovsint.gateway=10.0.0.254
    ovsint.routes="10.7.0.0/16 via 10.0.0.253" ovsint.mtu=1400
    ovsint.rate=100000)

guard_setup() {
    world_setup
    plugin start --verbose
}

guard_teardown() {
    plugin stop || FAILED=1
    [ -n "${BATS_TEST_COMPLETED-}" ] || tail -n 20 "$PLUGIN_LOG" >&2
    world_teardown
}

# No Docker here, whose containers plugin.bash looks for.
container_pid() { cat "$BUNDLES/$1/pid"; }

plugged_pair() {
    sandbox c1
    sandbox peer
    plug c1 "${ASK[@]}"
    plug peer ovsint.bridge=br0 ovsint.ip=10.0.0.100/24
    can_ping c1 10.0.0.100
}

pair() {
    plugged_pair
    wait_until 5 arrived c1
    wait_until 5 arrived peer
}

arrived() { # NAME
    row Interface "external_ids:ovsint-container=$1" |
        check_json '.external_ids["ovsint-arrived"] == "true"'
}

# All that a program in the container can see of its network.
network_of() { # NAME
    local -
    set -o pipefail
    {
        in_net "$1" ip -j -d link show dev eth0 |
            jq '.[0] | {ifname, address, mtu, altnames, flags}'
        in_net "$1" ip -j addr show dev eth0 |
            jq '.[0].addr_info | map({local, prefixlen, scope})
                | map(select(.scope == "global"))'
        in_net "$1" ip -j route | jq 'map({dst, gateway, dev})
            | sort_by(.dst)'
        in_net "$1" tc -j qdisc show dev eth0 |
            jq 'map(select(.root)) | map({kind, options: .options.rate})'
    } | jq -cs .
}

same_network() { # NAME FILE
    [ "$(network_of "$1")" = "$(cat "$2")" ] ||
        fail "was: $(cat "$2")" "is: $(network_of "$1")"
}

# The containers are as they were, and stay so when anything else changes.
whole() {
    can_ping c1 10.0.0.100
    can_ping peer 10.0.0.1
    wait_until 5 same_network c1 "$T/c1"
    vsctl add-port br0 other -- set Interface other type=internal
    can_ping c1 10.0.0.100
    vsctl del-port other
    can_ping c1 10.0.0.100
}

remember() {
    network_of c1 >"$T/c1"
}

gone_port() { prints_nothing vsctl --bare --columns=name find Interface "name=$1"; }

deletes_device() { in_net c1 ip link del dev "$1"; }

running() { # NAME ADDRESS
    bundle "$1" ovsint.bridge=br0 "ovsint.ip=$2/24" "${@:3}"
    run_container runc "$1"
    wait_until 5 arrived "$1"
}
