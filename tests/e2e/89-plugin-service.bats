#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The units that `make install` puts there, under a systemd of this world: it
# has process ids, cgroups and mounts of its own, and sees what is mounted in
# the world as that of a host would.

load lib
load plugin

SERVICES="systemd ovsint-plugin"
# One group in each hierarchy that systemd manages.
own_cgroups() {
    local name
    if [ -e /sys/fs/cgroup/cgroup.procs ]; then
        echo "/sys/fs/cgroup/ovsint-$WORLD"
    else
        for name in systemd pids devices memory blkio cpu cpuacct; do
            echo "/sys/fs/cgroup/$name/ovsint-$WORLD"
        done
    fi
}

# In groups that end with the world, and with no unit of this machine.
systemd_start() {
    local groups
    mapfile -t groups < <(own_cgroups)
    mkdir -p "${groups[@]}"
    bash -c 'for group; do echo $$ >"$group/cgroup.procs"; done
        export container=ovsint
        export SYSTEMD_PROC_CMDLINE=systemd.legacy_systemd_cgroup_controller=1
        export SYSTEMD_UNIT_PATH=/run/systemd/system
        export SYSTEMD_GENERATOR_PATH=/nonexistent
        exec unshare --cgroup --pid --uts --mount --propagation slave --fork \
            --kill-child --mount-proc bash -ec "
            mount --bind -o ro /proc/sys /proc/sys
            umount -R /sys/fs/cgroup
            if [ $# = 1 ]; then
                mount -t cgroup2 cgroup /sys/fs/cgroup
            else
                mount -t tmpfs cgroup /sys/fs/cgroup
                mkdir /sys/fs/cgroup/systemd
                mount -t cgroup -o none,name=systemd cgroup \
                    /sys/fs/cgroup/systemd
            fi
            exec /lib/systemd/systemd --unit=basic.target"' - "${groups[@]}" \
        </dev/null >"$OVS_LOGDIR/systemd.log" 2>&1 3>&- 4>&- &
    echo $! >/run/systemd.pid
    wait_until 20 systemd_is_up
}

init_pid() { pgrep -x systemd; }

# systemctl asks the manager of its own process ids.
systemctl() {
    nsenter --target "$(init_pid)" --pid --mount --cgroup systemctl "$@"
}

systemd_is_up() { systemctl is-active basic.target; }

setup_file() {
    local target
    mkdir -p /run/systemd/system
    make -C "$ROOT" --no-print-directory install PREFIX=/run/opt \
        UNITDIR=/run/systemd/system 3>&- 4>&-
    for target in sysinit basic sockets shutdown; do
        printf '[Unit]\nDefaultDependencies=no\n' \
            >"/run/systemd/system/$target.target"
    done
    systemd_start
}

teardown_file() {
    kill -KILL "$(init_pid)"
    wait_until 10 not kill -0 "$(cat /run/systemd.pid)"
}

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
    [ -z "${FAILED-}" ]
}

remember_pid() { pgrep -x ovsint-plugin >/run/plugin.pid; }

state_is() { [ "$(systemctl is-active ovsint-plugin.service)" = "$1" ]; }

@test "the first call starts the plugin, confined and in the host's namespaces" {
    local name
    [ "$(stat -c %a:%u "$PLUGIN_SOCKET")" = 600:0 ]
    state_is inactive
    call Plugin.Activate
    wait_until 5 state_is active
    remember_pid
    plugin_confined
    [ "$(plugin_status CapBnd)" = "$KEPT_CAPS" ]
    for name in mnt net ipc user uts; do
        [ "/proc/$(plugin_pid)/ns/$name" -ef "/proc/$(init_pid)/ns/$name" ]
    done
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
    [ "$(pgrep -x ovsint-plugin)" != "$(plugin_pid)" ]
}

has_eth0() { ip -n inside link show dev eth0; }

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

@test "a call after kill -9 waits for the next plugin" {
    systemctl start ovsint-plugin.service
    remember_pid
    kill -KILL "$(plugin_pid)"
    call Plugin.Activate
    [ "$(pgrep -x ovsint-plugin)" != "$(plugin_pid)" ]
}

@test "a mistake in the configuration is tried again until it is corrected" {
    config '{"ovsbd": 1}'
    not systemctl start ovsint-plugin.service
    config '{}'
    call Plugin.Activate
    wait_until 5 state_is active
}
