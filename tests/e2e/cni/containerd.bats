#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# containerd's own client: `ctr run --cni`. It uses the first list of its directory,
# for one interface, and forgets a container whose program ends by itself.

load ../lib/base
load ../lib/plugin
load ../lib/containerd

setup_file() { containerd_setup; }

setup() {
    containerd_begin
    config '{"networks": {"lan": {"bridge": "br0", "vlan": 10, "ip": "auto",
        "subnets": [{"subnet": "10.1.0.0/24", "gateway": "10.1.0.254"}]}}}'
    list lan '{"type": "ovsint", "network": "lan"}'
}

teardown() { containerd_teardown; }

start() { # NAME
    ctr run --detach --cni --snapshotter native "$IMAGE" "$1" sleep 3600
}

task_pid() { ctr task list | awk -v name="$1" '$1 == name { print $2 }'; }

task_ns() { echo "/proc/$(task_pid "$1")/ns/net"; }

has_ended() { # NAME
    ctr task list | awk -v name="$1" '$1 == name { print $3 }' | grep -qx STOPPED
}

address_of() { # NAME
    nsenter --net="$(task_ns "$1")" ip -j -4 addr show dev eth0 |
        jq -re '.[0].addr_info[0].local'
}

# The program ends by itself: there is no DEL.
end() { # NAME
    kill -KILL "$(task_pid "$1")"
    wait_until 5 has_ended "$1"
    ctr task delete "$1" || true # with the exit status of the program
    ctr container delete "$1"
}

@test "containers reach one another; without DEL the guardian collects" {
    start c1
    start c2
    [ "$(holds)" = "ovsint-$WORLD-c1/eth0"$'\n'"ovsint-$WORLD-c2/eth0" ]
    reaches "$(task_ns c1)" "$(address_of c2)"
    containerd kill
    containerd start
    reaches "$(task_ns c2)" "$(address_of c1)"
    plugin start
    end c1
    wait_until 10 eval '[ "$(holds)" = "ovsint-$WORLD-c2/eth0" ]'
    end c2
    wait_until 10 prints_nothing holds
    plugin stop
}

# bats test_tags=long
@test "a container that ctr waits for" {
    ctr run --rm --cni --snapshotter native "$IMAGE" c1 ip -4 addr show dev eth0 \
        >"$T/out"
    grep -q 'inet 10\.1\.0\.' "$T/out"
    # Its DEL never names the namespace.
    [ "$(cat /run/calls)" = "ADD has netns"$'\n'"DEL " ]
    prints_nothing holds
}

@test "what is wrong is what ctr says, and nothing stays" {
    list lan '{"type": "ovsint", "network": "lna"}'
    run ctr run --rm --cni --snapshotter native "$IMAGE" c1 true
    ctr_gone c1
    [ "$status" != 0 ]
    [[ $output == *"no network 'lna' in the configuration: did you mean 'lan'?"* ]]
    prints_nothing holds
}

# bats test_tags=long
@test "of two lists ctr takes the first" {
    list other '{"type": "ovsint", "bridge": "br0"}'
    mv /etc/cni/net.d/10-other.conflist /etc/cni/net.d/20-other.conflist
    ctr run --rm --cni --snapshotter native "$IMAGE" c1 ip -o link >"$T/out"
    [ "$(wc -l <"$T/out")" = 2 ]
    prints_nothing holds
}

@test "a pair has a real eth0" {
    list lan '{"type": "ovsint", "network": "lan", "vnic": "veth"}'
    ctr run --rm --cni --snapshotter native "$IMAGE" c1 ip link show >"$T/out"
    grep -q ' eth0@' "$T/out"
    prints_nothing holds
}
