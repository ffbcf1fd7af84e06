#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# What `make docker-plugin` makes, as a managed plugin of Docker 28. The client that gives
# it to Docker is Debian 12's own, which sees the directory.

load ../lib/base
load ../lib/plugin
load ../lib/docker
load ../lib/readme
load ../lib/managed

setup_file() {
    newer_docker
    managed_setup_file
}

teardown_file() { managed_teardown_file; }
setup() { managed_setup; }
teardown() { managed_teardown; }

@test "it is a newer Docker" {
    api GET version | check_json '.Version | split(".")[0] | tonumber >= 28'
}

# bats test_tags=long
@test "networks of both kinds, published ports, and the guardian" { managed_networks; }

@test "upgraded while containers run" { managed_upgrade; }
