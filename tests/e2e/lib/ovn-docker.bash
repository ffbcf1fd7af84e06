# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154
#
# A Docker and a daemon of ours on each host of ovn.bash. On h1 they are those of
# docker.bash and plugin.bash; those of other hosts have the default paths, too, in
# the mount namespace of their host. Loaded after these three.
#
#   docker_hosts HOST...          once, in setup_file: a Docker with an image there
#   docker_on HOST ...            the client
#   dockerd_on HOST VERB          start stop kill
#   plugin_on HOST VERB           start stop kill; the log is plugin-HOST.log
#   plugin_directory_on HOST      once, if plugin_on is all that is wanted
#   run_on HOST NAME NETWORK [OPTIONS...]
#   address_on HOST NAME [IPAddress|GlobalIPv6Address]
#   ping_on HOST NAME ADDRESS     once
#   docker_remove_on HOST         all containers, and the networks
#   namespace_on HOST NAME        path of the container's network namespace
#   reaches_on HOST NAME ADDRESS  the container reaches it
#   block_on HOST WHERE           of a block of readme.bash the commands "# on WHERE"
#   docker_hosts_gone             once, in teardown_file
#   ovn_docker_begin, ovn_docker_end      in setup and teardown: a daemon of ours on
#                                 h1 and h2, and nothing left of their networks

docker_dir() { echo "/run/hosts/$1"; }

docker_on() { # HOST ...
    local host=$1
    shift
    if [ "$host" = h1 ]; then
        docker "$@"
    else
        DOCKER_HOST=unix://$(docker_dir "$host")/docker.sock docker "$@"
    fi
}

docker_answers_on() { docker_on "$1" version >/dev/null 2>&1; }

dockerd_on() { # HOST start | stop | kill
    local dir pid ENTER
    [ "$1" != h1 ] || { dockerd "$2"; return; }
    dir=$(docker_dir "$1")
    case $2 in
    start)
        mkdir -p "$dir/docker-data"
        enter "$1"
        "${ENTER[@]}" /usr/sbin/dockerd --storage-driver=vfs --data-root "$dir/docker-data" \
            --exec-root "$dir/docker-exec" -H "unix://$dir/docker.sock" \
            --iptables=false --bridge=none --pidfile "$dir/dockerd.pid" \
            </dev/null >>"$OVS_LOGDIR/dockerd-$1.log" 2>&1 3>&- 4>&- &
        wait_until 30 docker_answers_on "$1"
        ;;
    stop | kill)
        pid=$(<"$dir/dockerd.pid")
        if [ "$2" = stop ]; then kill "$pid"; else kill -KILL "$pid"; fi
        wait_until 30 plugin_gone "$pid"
        rm -f "$dir/dockerd.pid"
        ;;
    esac
}

plugin_answers_on() {
    curl -sf --unix-socket "$(docker_dir "$1")/docker/plugins/ovsint.sock" \
        -X POST http://x/Plugin.Activate >/dev/null
}

plugin_directory_on() { # HOST, not h1
    local dir
    dir=$(docker_dir "$1")
    mkdir -p "$dir/docker/plugins" /run/docker
    on "$1" mount --bind "$dir/docker" /run/docker
}

plugin_on() { # HOST start | stop | kill
    local dir
    [ "$1" != h1 ] || { plugin "$2"; return; }
    dir=$(docker_dir "$1")
    case $2 in
    start)
        rm -f "$dir/plugin.pid"
        on "$1" bash -c 'echo $$ >"$1"; shift; exec "$@"' - "$dir/plugin.pid" \
            "$PLUGIN" </dev/null >>"$OVS_LOGDIR/plugin-$1.log" 2>&1 3>&- 4>&- &
        wait_until 5 test -s "$dir/plugin.pid"
        wait_until 5 plugin_answers_on "$1"
        ;;
    stop | kill)
        PID=$(<"$dir/plugin.pid")
        if [ "$2" = stop ]; then kill "$PID"; else kill -KILL "$PID"; fi
        wait_until 12 plugin_gone "$PID"
        ;;
    esac
}

docker_hosts() { # HOST...
    local host
    for host; do
        [ "$host" = h1 ] || plugin_directory_on "$host"
    done
    docker_setup
    for host; do
        [ "$host" != h1 ] || continue
        dockerd_on "$host" start
        DOCKER_HOST=unix://$(docker_dir "$host")/docker.sock docker_image
    done
}

run_on() { # HOST NAME NETWORK [OPTIONS...]
    local host=$1 name=$2 network=$3
    shift 3
    docker_on "$host" run --detach --name "$name" --network "$network" "$@" \
        busybox sleep 3600
}

address_on() { # HOST NAME [FIELD]
    docker_on "$1" inspect --format \
        "{{range .NetworkSettings.Networks}}{{.${3:-IPAddress}}}{{end}}" "$2"
}

ping_on() { docker_on "$1" exec "$2" ping -c 1 -W 1 "$3"; }

docker_remove_on() { # HOST
    local ids
    ids=$(docker_on "$1" ps --all --quiet)
    # shellcheck disable=SC2086
    [ -z "$ids" ] || docker_on "$1" rm --force $ids >/dev/null
    docker_on "$1" network prune --force >/dev/null
}

namespace_on() { # HOST NAME
    echo "/proc/$(docker_on "$1" inspect --format '{{.State.Pid}}' "$2")/ns/net"
}

# The first packet through a tunnel is lost.
reaches_on() { # HOST NAME ADDRESS
    wait_until 30 ping_on "$@"
    reaches "$(namespace_on "$1" "$2")" "$3"
}

docker_hosts_gone() {
    dockerd_on h1 stop
    dockerd_on h2 stop
}

ovn_docker_begin() {
    local ms=2000
    ovn_begin
    # A guest's processor is emulated.
    [ "$DATAPATH" = userspace ] || ms=10000
    # A call has that time, and the collector waits 5 s more.
    config "{\"timeout-ms\": $ms, \"policy\": {\"default\": \"allow\"}}"
    cp "$CONFIG" /run/hosts/h2/etc/ovsint.json
    plugin_on h1 start
    plugin_on h2 start
}

ovn_docker_end() {
    local failed=0 host
    ovs_heal
    ovn_heal
    for host in h1 h2; do
        docker_answers_on $host || dockerd_on $host start || failed=1
        docker_remove_on $host || failed=1
    done
    wait_until 40 no_switches_of_ours || failed=1
    plugin_on h1 stop || failed=1
    plugin_on h2 stop || failed=1
    ovn_end || failed=1
    return "$failed"
}

no_switches_of_ours() {
    nb_rows Logical_Switch external_ids:ovsint-owner=docker | check_json '. == []'
}

docker_socket() { # HOST
    if [ "$1" = h1 ]; then echo /run/docker.sock; else echo "$(docker_dir "$1")/docker.sock"; fi
}

block_on() { # HOST WHERE: the block's commands that are for it
    sed -e ':a' -e '/\\$/{N;s/\\\n *//;ba' -e '}' "$T/block" |
        grep -- "# on $2" >"$T/script" || true
    DOCKER_HOST=unix://$(docker_socket "$1") bash -eux "$T/script" </dev/null >"$T/output" 2>&1 3>&- 4>&- ||
        fail "$(cat "$T/output")"
}
