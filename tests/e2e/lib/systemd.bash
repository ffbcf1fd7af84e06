# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# shellcheck shell=bash
#
# A systemd of the world. Loaded after readme.bash, which makes a /usr to install
# to. systemd has process ids, cgroups and mounts of its own, sees what is
# mounted in the world as that of a host would, and knows no unit but those that
# are installed after its start.
#
#   systemd_start      once, in setup_file, after readme_setup
#   systemd_stop       in teardown_file
#   systemctl ...

# The first that knows no hierarchy but the unified one: what a machine has of the older
# ones is for runtimes alone then.
UNIFIED_ONLY=258
unified_only() {
    [ "$(/lib/systemd/systemd --version | sed -n '1s/^systemd \([0-9]*\).*/\1/p')" -ge \
        "$UNIFIED_ONLY" ]
}

# One group in each hierarchy that systemd manages. In a cgroup namespace the
# one of its own can be mounted, but not be made.
own_cgroups() {
    local name own=/sys/fs/cgroup/systemd
    if [ -e /sys/fs/cgroup/cgroup.procs ]; then
        echo "/sys/fs/cgroup/ovsint-$WORLD"
    elif unified_only; then
        mkdir /run/unified
        mount -t cgroup2 unified /run/unified
        echo "/run/unified/ovsint-$WORLD"
    else
        [ -e "$own" ] ||
            { mkdir "$own" && mount -t cgroup -o none,name=systemd own "$own"; }
        for name in systemd pids devices memory blkio cpu cpuacct; do
            [ ! -e "/sys/fs/cgroup/$name/cgroup.procs" ] ||
                echo "/sys/fs/cgroup/$name/ovsint-$WORLD"
        done
    fi
}

systemd_start() {
    local groups target
    { mountpoint -q /usr && mountpoint -q /etc; } || fail "not in a world"
    rm -rf /etc/systemd/system /usr/lib/systemd/system
    mkdir -p /run/systemd/system
    for target in sysinit basic sockets multi-user shutdown; do
        printf '[Unit]\nDefaultDependencies=no\n' \
            >"/run/systemd/system/$target.target"
    done
    # There is no journal: what services say is in the log of the test.
    mkdir /run/systemd/system/service.d
    printf '[Service]\nStandardError=append:%s/services.log\n' "$OVS_LOGDIR" \
        >/run/systemd/system/service.d/log.conf
    mapfile -t groups < <(own_cgroups)
    mkdir -p "${groups[@]}"
    bash -c 'for group; do echo $$ >"$group/cgroup.procs"; done
        export container=ovsint
        export SYSTEMD_PROC_CMDLINE=systemd.legacy_systemd_cgroup_controller=1
        export SYSTEMD_GENERATOR_PATH=/nonexistent
        exec unshare --cgroup --pid --uts --mount --propagation slave --fork \
            --kill-child --mount-proc bash -ec "
            mount --bind -o ro /proc/sys /proc/sys
            mount --bind /proc/sys/net /proc/sys/net
            mount -o remount,bind,rw /proc/sys/net
            [ ! -e /sys/fs/cgroup/cgroup.procs ] && [ ! -e /run/unified ] || unified=1
            umount -R /sys/fs/cgroup
            if [ \"\$unified\" ]; then
                mount -t cgroup2 cgroup /sys/fs/cgroup
            else
                mount -t tmpfs cgroup /sys/fs/cgroup
                mkdir /sys/fs/cgroup/systemd
                mount -t cgroup -o none,name=systemd cgroup \
                    /sys/fs/cgroup/systemd
            fi
            exec /lib/systemd/systemd --unit=multi-user.target"' - "${groups[@]}" \
        </dev/null >"$OVS_LOGDIR/systemd.log" 2>&1 3>&- 4>&- &
    echo $! >/run/systemd.pid
    wait_until 20 systemd_is_up
}

init_pid() { pgrep -P "$(cat /run/systemd.pid)"; }

# systemctl finds the manager of its own process ids.
systemctl() {
    nsenter --target "$(init_pid)" --pid --mount --cgroup \
        /usr/bin/systemctl "$@"
}

systemd_is_up() { systemctl is-active multi-user.target; }

systemd_stop() {
    kill -KILL "$(init_pid)"
    wait_until 10 not kill -0 "$(cat /run/systemd.pid)"
}
