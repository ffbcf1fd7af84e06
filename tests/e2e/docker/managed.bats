#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# What `make docker-plugin` makes, as a managed plugin of a Docker of the world.

load ../lib/base
load ../lib/plugin
load ../lib/docker
load ../lib/readme
load ../lib/managed

setup_file() { managed_setup_file; }
teardown_file() { managed_teardown_file; }
setup() { managed_setup; }
teardown() { managed_teardown; }

@test "networks of both kinds, published ports, and the guardian" { managed_networks; }

# bats test_tags=long
@test "it has given up what it needs no more, and its root has no shell" {
    local status
    status=/proc/$(plugin_process)/status
    grep -q '^Seccomp:.2$' "$status"
    grep -q '^NoNewPrivs:.1$' "$status"
    not grep -qE '^CapEff:.*(ff){4}' "$status"
    diff - <(cd "$ROOT/build/docker-plugin/rootfs" && find . -type f -path '*bin/*' |
        sort) <<-EOF
	./usr/sbin/ovsint-plugin
	./usr/sbin/start
	EOF
}

# bats test_tags=long
@test "a container of the hook's outlives it" {
    bundle h1 ovsint.bridge=br0 ovsint.ip=10.10.0.200/24
    run_container runc h1
    managed -o bridge=br0 --subnet 10.10.0.0/24 net1
    start_container c1 net1
    can_ping c1 10.10.0.200
    docker plugin disable --force ovsint
    managed_enable
    can_ping c1 10.10.0.200
    delete_container h1
}

# bats test_tags=long
@test "upgraded while containers run" { managed_upgrade; }
