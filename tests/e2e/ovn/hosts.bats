#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# What all tests of OVN stand on: two hosts, a central one, and a tunnel.

load ../lib/base
load ../lib/ovn

setup_file() { ovn_make 2; }
setup() { ovn_begin; }
teardown() { ovn_end; }

@test "two ports by hand, on two hosts, reach each other through Geneve" {
    ls_make web
    nb lsp-add web a -- lsp-set-addresses a "02:00:00:00:00:0a 10.5.0.11" -- \
        lsp-add web b -- lsp-set-addresses b "02:00:00:00:00:0b 10.5.0.12"
    floor_plug a h1 a 02:00:00:00:00:0a 10.5.0.11/24
    floor_plug b h2 b 02:00:00:00:00:0b 10.5.0.12/24
    wait_until 10 ip netns exec a busybox ping -c 1 -W 1 10.5.0.12
    reaches /run/netns/a 10.5.0.12
    reaches /run/netns/b 10.5.0.11
    floor_unplug a h1
    floor_unplug b h2
    nb lsp-del a -- lsp-del b
}
