#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# Many hosts that attach to one logical switch at once.

load ../lib/base
load ../lib/cli
load ../lib/plugin
load ../lib/ovn

setup_file() { ovn_make 4; }

setup() {
    local i
    ovn_begin
    ls_make web
    # There is one address for each endpoint, so they meet.
    PER_HOST=$(of_all 50 5)
    TOTAL=$((4 * PER_HOST))
    config '{"timeout-ms": 60000, "networks": {"app": {"ovn": "web", "ip": "auto",
        "subnets": [{"subnet": "10.6.0.0/16",
            "range": "10.6.0.1-10.6.0.'"$TOTAL"'"}]}}}'
    for ((i = 2; i <= 4; i++)); do cp "$CONFIG" /run/hosts/h$i/etc/ovsint.json; done
}

teardown() { ovn_end; }

attach_all() { # HOST: five at a time
    local i
    for ((i = 1; i <= PER_HOST; i++)); do
        on "$1" "$OVSINT" attach "/run/netns/$1-$i" network=app >>"$T/$1.log" 2>&1 &
        ((i % 5)) || wait
    done
    wait
}

detach_all() { # HOST
    local i
    for ((i = 1; i <= PER_HOST; i++)); do
        on "$1" "$OVSINT" detach "/run/netns/$1-$i" >>"$T/$1.log" 2>&1
    done
}

on_every_host() { # FUNCTION
    local i pids=()
    for ((i = 1; i <= 4; i++)); do
        "$1" "h$i" &
        pids+=($!)
    done
    for i in "${pids[@]}"; do wait "$i"; done
}

# bats test_tags=long
@test "four hosts at once: each endpoint has an address of its own, and no more" {
    local i k
    for ((i = 1; i <= 4; i++)); do
        for ((k = 1; k <= PER_HOST; k++)); do netns_add "h$i-$k"; done
    done
    on_every_host attach_all
    nb_rows Logical_Switch_Port external_ids:ovsint-switch=web |
        check_json --argjson total "$TOTAL" '
        [.[].external_ids | keys[] | select(startswith("ovsint-ip-"))] |
            length == $total and (unique | length == $total)' ||
        fail "$(cat "$T"/h?.log)"
    # The row in NB and the device agree.
    for ((i = 1; i <= 4; i++)); do
        for ((k = 1; k <= PER_HOST; k++)); do
            ip -n "h$i-$k" -j -4 addr | jq -r '.[].addr_info[] |
                select(.scope == "global") | .local'
        done
    done | sort -u | wc -l | check_json --argjson total "$TOTAL" '. == $total'
    on_every_host detach_all
    lsps_left
    for ((i = 1; i <= 4; i++)); do
        for ((k = 1; k <= PER_HOST; k++)); do netns_gone "h$i-$k"; done
    done
}
