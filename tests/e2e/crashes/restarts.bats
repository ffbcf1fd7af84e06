#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# Traffic flows while everything is restarted, killed or taken away: it passes
# again by itself, TCP connections live on, and nothing is left over.

load ../lib/base
load ../lib/plugin
load ../lib/sandbox
load ../lib/restarts

container_pid() { cat "$BUNDLES/$1/pid"; }

setup() {
    world_setup
    plugin start
    hook_made 3
    traffic_start
}

teardown() {
    traffic_stop
    plugin stop
    [ -n "${BATS_TEST_COMPLETED-}" ] || tail -n 20 "$PLUGIN_LOG" >&2
    world_teardown
}

survives() { # EVENT
    suffer "$1" >"$T/outcome"
    check_json '.count == 3 and .tcp == 3' <"$T/outcome"
    # What was repaired must stay so when something else changes.
    suffer an_unrelated_port >"$T/outcome"
    check_json '.cut_off == 0 and .tcp == 3' <"$T/outcome"
    wait_until 10 rows_as_before
}

rows_as_before() {
    rows Interface external_ids:ovsint-owner=hook | check_json 'length == 4'
}

@test "nothing happens" { survives nothing; }
# bats test_tags=long
@test "the switch restarts" { survives switch_restarts; }
# bats test_tags=long
@test "the switch is killed" { survives switch_is_killed; }
@test "the switch clears away all devices" { survives switch_clears_away; }
# bats test_tags=long
@test "the database restarts" { survives database_restarts; }
@test "the database is killed" { survives database_is_killed; }
# bats test_tags=long
@test "database and switch restart" { survives both_restart; }
# bats test_tags=long
@test "the plugin is killed" { survives plugin_is_killed; }
@test "plugin and switch are killed" { survives plugin_and_switch_restart; }
# bats test_tags=long
@test "the plugin is killed at work" { survives plugin_is_killed_at_work; }
# bats test_tags=long
@test "a device is renamed" { survives a_device_is_renamed; }

# bats test_tags=long
@test "a device is deleted" {
    # The kernel datapath's cannot be.
    if [ "$DATAPATH" = kernel ]; then
        not event_a_device_is_deleted
        survives nothing
    else
        survives a_device_is_deleted
    fi
}

@test "the datapath is deleted" {
    # The userspace datapath is the switch itself.
    if [ "$DATAPATH" = kernel ]; then
        survives datapath_is_deleted
    else
        survives switch_is_killed
    fi
}
