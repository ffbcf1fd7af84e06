#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# Random faults. `SOAK_SEED=... SOAK_FAULTS=... make check-e2e
# FILES=tests/e2e/crashes/soak.bats` repeats one, or goes on for longer.
# bats file_tags=slow

load ../lib/base
load ../lib/plugin
load ../lib/sandbox
load ../lib/restarts
load ../lib/soak

container_pid() { cat "$BUNDLES/$1/pid"; }

setup_file() { export BATS_TEST_TIMEOUT=$((BATS_TEST_TIMEOUT * 5)); }

setup() {
    world_setup
    plugin start
}

teardown() {
    plugin stop
    [ -n "${BATS_TEST_COMPLETED-}" ] || tail -n 40 "$PLUGIN_LOG" >&2
    world_teardown
}

@test "whatever happens, all is equal again" {
    soak "${SOAK_SEED:-7}" "${SOAK_FAULTS:-16}"
}
