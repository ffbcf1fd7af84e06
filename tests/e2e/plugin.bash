# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# ovsint-plugin, called over its socket as Docker would, and Docker itself.
# Loaded after lib.bash.
#
#   plugin VERB                start stop restart kill freeze thaw; stop fails
#                              unless the plugin ends in order
#   call METHOD [JSON]         prints the answer's body; fails unless it is 200;
#                              without JSON the request has no body
#   call_fails TEXT METHOD [JSON]  answered 4xx or 5xx, with TEXT in Err
#   net_id N / ep_id N         an id as Docker makes them
#   create_network ID [OPTIONS-JSON] [MORE-JSON]   with 10.9.0.0/24
#   create_endpoint NET EP ADDRESS [OPTIONS-JSON]
#   endpoint_port EP           the Interface row of an endpoint
#   plugin_logged TEXT         since its start
#   plugin_status FIELD        of /proc/PID/status
#   docker_setup / docker ... / dockerd VERB   a private Docker, in setup_file
#   ports_match                OVS ports equal the endpoints of running containers

PLUGIN=${OVSINT_PLUGIN:-$ROOT/build/release/ovsint-plugin}
PLUGIN_SOCKET=/run/docker/plugins/ovsint.sock
PLUGIN_LOG=$OVS_LOGDIR/plugin.log
DOCKERD_LOG=$OVS_LOGDIR/dockerd.log
DOCKER_HOST=unix:///run/docker.sock
SERVICES="dockerd containerd ovsint-plugin"
export DOCKER_HOST SERVICES

# ---- the plugin ------------------------------------------------------------

plugin_pid() { cat /run/plugin.pid; }

plugin_gone() { ! kill -0 "$1" 2>/dev/null; }

answers() { curl -sf --unix-socket "$PLUGIN_SOCKET" -X POST http://x/Plugin.Activate; }

plugin_status() { awk -v name="$1:" '$1 == name {print $2}' "/proc/$(plugin_pid)/status"; }

# As capget(2) has them: NET_ADMIN, NET_RAW, SYS_ADMIN, SYS_PTRACE, DAC_OVERRIDE.
KEPT_CAPS=0000000000283002

# In force before the first call, whatever the test is about.
plugin_confined() {
    local is
    is=$(awk '/^(Seccomp|NoNewPrivs|CapPrm|CapEff|CapInh):/ {print $1 $2}' \
        "/proc/$(plugin_pid)/status" | sort | xargs)
    [ "$is" = "CapEff:$KEPT_CAPS CapInh:0000000000000000 CapPrm:$KEPT_CAPS NoNewPrivs:1 Seccomp:2" ] ||
        fail "the plugin is not confined: $is"
}

plugin_start() {
    # Its parent, free of the traps of bats, tells how it ended.
    bash -c '"$@" & echo $! >/run/plugin.pid; wait $!
        echo $? >/run/plugin.status' - "$PLUGIN" "$@" \
        </dev/null >>"$PLUGIN_LOG" 2>&1 3>&- 4>&- &
    wait_until 5 answers
    plugin_confined
}

plugin_end() { # SIGNAL
    local pid
    pid=$(plugin_pid)
    rm -f /run/plugin.status
    kill "-$1" "$pid"
    kill -CONT "$pid" 2>/dev/null || true
    wait_until 12 test -s /run/plugin.status
    not plugin_logged "is not allowed here" ||
        fail "$(grep -F "is not allowed here" "$PLUGIN_LOG")"
}

plugin() { # VERB [ARGS...]
    local verb=$1
    shift
    case $verb in
    start) : >"$PLUGIN_LOG"; plugin_start "$@" ;;
    stop)
        plugin_end TERM
        [ "$(cat /run/plugin.status)" = 0 ] ||
            fail "the plugin ended with status $(cat /run/plugin.status)"
        [ ! -e "$PLUGIN_SOCKET" ] || fail "the socket is still there"
        ;;
    restart) plugin stop; plugin_start "$@" ;;
    kill) plugin_end KILL ;;
    freeze) kill -STOP "$(plugin_pid)" ;;
    thaw) kill -CONT "$(plugin_pid)" ;;
    esac
}

plugin_logged() { grep -qF -- "$1" "$PLUGIN_LOG"; }

plugin_number() { # VmRSS | fds
    if [ "$1" = fds ]; then
        find "/proc/$(plugin_pid)/fd" -mindepth 1 | wc -l
    else
        plugin_status "$1"
    fi
}

# ---- calls as Docker makes them ----------------------------------------------

call_status() { # METHOD [JSON]: body to $T/body, prints the status
    local path=/NetworkDriver.$1
    [[ $1 != *.* ]] || path=/$1
    curl -s -m 30 -o "$T/body" -w '%{http_code}' -H 'Host;' -H 'Content-Type:' \
        --unix-socket "$PLUGIN_SOCKET" -X POST --data-binary "${2-}" \
        "http://x$path"
}

call() { # METHOD [JSON]
    local status
    status=$(call_status "$@")
    cat "$T/body"
    [ "$status" = 200 ] || fail "status $status of $*: $(cat "$T/body")"
}

call_fails() { # TEXT METHOD [JSON]
    local text=$1 status
    shift
    status=$(call_status "$@")
    [[ $status = [45]?? ]] || fail "status $status of $*: $(cat "$T/body")"
    check_json '.Err | contains($text)' --arg text "$text" <"$T/body"
}

net_id() { printf '%064x' "$((0xa0000 + $1))"; }
ep_id() { printf '%064x' "$((0xe0000 + $1))"; }

create_network_json() { # ID [OPTIONS] [MORE]
    local options='{}' more='{}'
    [ -z "${2-}" ] || options=$2
    [ -z "${3-}" ] || more=$3
    jq -nc --arg id "$1" --argjson options "$options" --argjson more "$more" '{
        NetworkID: $id, IPv6Data: [],
        Options: {"com.docker.network.enable_ipv6": false,
                  "com.docker.network.generic": $options},
        IPv4Data: [{AddressSpace: "LocalDefault", Pool: "10.9.0.0/24",
                    Gateway: "10.9.0.254/24"}]
    } * $more'
}

create_network() { call CreateNetwork "$(create_network_json "$@")"; }

ids_json() { # NET [EP]
    jq -nc --arg net "$1" --arg ep "${2-}" \
        '{NetworkID: $net} + if $ep == "" then {} else {EndpointID: $ep} end'
}

create_endpoint_json() { # NET EP ADDRESS [OPTIONS]
    local options='{}'
    [ -z "${4-}" ] || options=$4
    jq -nc --arg net "$1" --arg ep "$2" --arg address "$3" \
        --argjson options "$options" '{
        NetworkID: $net, EndpointID: $ep, Options: $options,
        Interface: {Address: $address, AddressIPv6: "", MacAddress: ""}}'
}

create_endpoint() { call CreateEndpoint "$(create_endpoint_json "$@")"; }

join_json() { # NET EP [SANDBOX]
    ids_json "$1" "$2" |
        jq -c --arg key "${3:-/var/run/docker/netns/0123456789ab}" \
            '. + {SandboxKey: $key, Options: {}}'
}

join() { call Join "$(join_json "$@")"; }
leave() { call Leave "$(ids_json "$@")"; }
delete_endpoint() { call DeleteEndpoint "$(ids_json "$@")"; }
delete_network() { call DeleteNetwork "$(ids_json "$1")"; }

endpoint_port() { row Interface "external_ids:ovsint-endpoint=$1"; }
no_endpoint() {
    rows Interface "external_ids:ovsint-endpoint=$1" | check_json '. == []'
}
no_network() {
    rows Bridge | check_json --arg key "ovsint-network-$1" \
        'all(.external_ids | has($key) | not)'
}

# ---- Docker ------------------------------------------------------------------

docker() { /usr/bin/docker "$@" </dev/null 3>&- 4>&-; }

dockerd_answers() { docker version >/dev/null 2>&1; }

dockerd_pid() { cat /run/dockerd.pid; }

dockerd() { # start | stop | kill
    local pid
    case $1 in
    start)
        shift
        /usr/sbin/dockerd --storage-driver=vfs --data-root /run/docker-data \
            --exec-root /run/docker-exec -H "$DOCKER_HOST" --iptables=false \
            --bridge=none --pidfile /run/dockerd.pid "$@" \
            </dev/null >>"$DOCKERD_LOG" 2>&1 3>&- 4>&- &
        wait_until 30 dockerd_answers
        ;;
    stop | kill)
        pid=$(dockerd_pid)
        if [ "$1" = stop ]; then kill "$pid"; else kill -KILL "$pid"; fi
        wait_until 30 plugin_gone "$pid"
        rm -f /run/dockerd.pid
        ;;
    esac
}

docker_setup() { # once, in setup_file
    mkdir -p /run/docker-data
    dockerd start
    tar -C "$ROOTFS" -c . | /usr/bin/docker import - busybox 3>&- 4>&-
    # What Docker makes once and keeps is there before the first test.
    docker run --rm --network none busybox true
}

container_pid() { docker inspect --format '{{.State.Pid}}' "$1"; }

exec_in() { docker exec "$@"; }

start_container() { # NAME NETWORK [DOCKER-RUN-OPTIONS...]
    local name=$1 network=$2
    shift 2
    docker run -d --name "$name" --network "$network" "$@" busybox sleep 3600
}

address_of() { # NAME NETWORK
    docker inspect "$1" | jq -r --arg network "$2" \
        '.[0].NetworkSettings.Networks[$network].IPAddress'
}

running_endpoints() {
    local ids
    ids=$(docker ps -q)
    [ -n "$ids" ] || return 0
    # shellcheck disable=SC2086
    docker inspect $ids |
        jq -r '.[].NetworkSettings.Networks[].EndpointID | select(. != "")' |
        sort
}

plugged_endpoints() {
    rows Interface external_ids:ovsint-owner=docker |
        jq -r '.[].external_ids["ovsint-endpoint"] // empty' | sort
}

ports_match() {
    diff <(running_endpoints) <(plugged_endpoints)
}

docker_remove_all() {
    local ids
    [ -e /run/dockerd.pid ] || return 0
    ids=$(docker ps -aq)
    # shellcheck disable=SC2086
    [ -z "$ids" ] || docker rm -f $ids >/dev/null
    docker network prune -f >/dev/null
}
