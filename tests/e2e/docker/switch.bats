#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# Docker's containers while the switch is restarted and taken away: the
# guardian brings them back, and Docker notices nothing.

load ../lib/base
load ../lib/plugin
load ../lib/docker
load ../lib/restarts
load ../lib/survivors

@test "the switch restarts" { survives switch_restarts; }

# bats test_tags=long
@test "the switch is killed" { survives switch_is_killed; }

# bats test_tags=long
@test "the switch clears away all devices" { survives switch_clears_away; }

# bats test_tags=long
@test "somebody removes the port" {
    network_of c1 >"$T/before"
    vsctl del-port "$(docker_rows | jq -r '.[0].name')"
    can_ping c1 "$(address_of c2 net1)"
    can_ping c2 "$(address_of c1 net1)"
    docker_agrees
}
