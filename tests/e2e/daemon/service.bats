#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# The units that `make install` puts there, under a real systemd.

load ../lib/base
load ../lib/plugin
load ../lib/readme
load ../lib/systemd

SERVICES="systemd ovsint-plugin ovsint-namespac"
setup_file() {
    readme_setup
    systemd_start
    readme install
    systemctl daemon-reload
}

teardown_file() { systemd_stop; }

setup() {
    world_setup
    systemctl start ovsint-plugin.socket
    NET=$(net_id 1)
    EP=$(ep_id 1)
}

teardown() {
    systemctl stop ovsint-plugin.socket ovsint-plugin.service || FAILED=1
    [ ! -e "$PLUGIN_SOCKET" ] || FAILED=1
    world_teardown
}

remember_pid() { pgrep -x ovsint-plugin >/run/plugin.pid; }

helper_pid() { pgrep -x ovsint-namespac; }

# SYS_ADMIN, SYS_PTRACE, DAC_OVERRIDE, NET_ADMIN, NET_RAW, NET_BROADCAST.
helper_confined() {
    local status
    status=/proc/$(helper_pid)/status
    diff - <(awk '/^(Seccomp|NoNewPrivs|CapPrm|CapBnd):/ {print $1 $2}' "$status") \
        <<-EOF
	CapPrm:0000000000283802
	CapBnd:0000000000283802
	NoNewPrivs:1
	Seccomp:2
	EOF
    # It is another process than the plugin's, which has no child.
    [ -z "$(pgrep -P "$(plugin_pid)")" ]
}

state_is() { [ "$(systemctl is-active ovsint-plugin.service)" = "$1" ]; }

@test "the first call starts the plugin, confined, and mounts of the host reach it" {
    local name
    [ "$(stat -c %a:%u "$PLUGIN_SOCKET")" = 600:0 ]
    state_is inactive
    call Plugin.Activate
    wait_until 5 state_is active
    remember_pid
    plugin_confined
    # It has nothing to give up.
    [ "$(plugin_status CapBnd)" = "$KEPT_CAPS" ]
    helper_confined
    for name in net ipc user; do
        [ "/proc/$(plugin_pid)/ns/$name" -ef "/proc/$(init_pid)/ns/$name" ]
    done
    # In a mount namespace of its own it sees a container's namespace that is
    # made later, and does not keep it alive.
    not test "/proc/$(plugin_pid)/ns/mnt" -ef "/proc/$(init_pid)/ns/mnt"
    ip netns add later
    grep -q ' /run/netns/later ' "/proc/$(plugin_pid)/mountinfo"
    ip netns del later
    not grep -q ' /run/netns/later ' "/proc/$(plugin_pid)/mountinfo"
}

@test "the service waits until the plugin is ready, and ends it in order" {
    systemctl start ovsint-plugin.service
    call Plugin.Activate
    remember_pid
    systemctl stop ovsint-plugin.service
    systemctl show ovsint-plugin.service --property Result,ExecMainStatus |
        diff - <(printf 'Result=success\nExecMainStatus=0\n')
    # The socket is still served: by the next one.
    call Plugin.Activate
    prints_other "$(plugin_pid)" pgrep -x ovsint-plugin
}

# What hangs in the kernel takes no signal, and systemd waits twice as long.
@test "a helper that hangs holds up a restart for no longer than a call of Docker's" {
    systemctl show ovsint-namespaces.service --property TimeoutStopUSec |
        diff - <(echo TimeoutStopUSec=5s)
}

has_eth0() { ip -n inside link show dev eth0; }

# bats test_tags=long
@test "a sandbox that came after the plugin" {
    local port
    systemctl start ovsint-plugin.service
    ip netns add inside
    create_network "$NET" '{"bridge":"br0","altname":"true"}'
    create_endpoint "$NET" "$EP" 10.9.0.1/24
    join "$NET" "$EP" /run/netns/inside
    port=$(endpoint_port "$EP" | jq -r .name)
    ip link set "$port" netns inside
    wait_until 5 has_eth0
    leave "$NET" "$EP"
    delete_endpoint "$NET" "$EP"
    delete_network "$NET"
    ip netns del inside
}

@test "a network that reaches the world: settings of devices, and rules" {
    local dev=ovsint-${NET:0:8}
    systemctl start ovsint-plugin.service
    create_network "$NET" '{"mode":"nat","bridge":"br0"}' \
        '{"IPv6Data": [{"Pool": "fd00:9::/64", "Gateway": "fd00:9::fe/64"}]}'
    [ "$(cat "/proc/sys/net/ipv4/conf/$dev/route_localnet")" = 1 ]
    [ "$(cat "/proc/sys/net/ipv6/conf/$dev/accept_ra")" = 0 ]
    nft list table inet ovsint
    delete_network "$NET"
    prints_no "table inet ovsint" nft list tables
}

# bats test_tags=long
@test "after the end of its helper the next plugin comes, with another one" {
    local helper
    systemctl start ovsint-plugin.service
    remember_pid
    helper=$(helper_pid)
    kill -KILL "$helper"
    wait_until 5 not test -e "/proc/$(plugin_pid)"
    call Plugin.Activate
    wait_until 5 state_is active
    prints_other "$helper" helper_pid
    grep -q "the helper ovsint-namespaces does not answer any more.*it has ended" "$OVS_LOGDIR/services.log"
}

# bats test_tags=long
@test "a call after kill -9 waits for the next plugin" {
    systemctl start ovsint-plugin.service
    remember_pid
    kill -KILL "$(plugin_pid)"
    call Plugin.Activate
    prints_other "$(plugin_pid)" pgrep -x ovsint-plugin
}

# bats test_tags=long
@test "a mistake in the configuration is tried again until it is corrected" {
    config '{"ovsbd": 1}'
    not systemctl start ovsint-plugin.service
    config '{}'
    call Plugin.Activate
    wait_until 5 state_is active
}
