# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# shellcheck shell=bash
#
# A private Docker that uses ovsint-plugin. Loaded after plugin.bash. A file
# says `setup_file() { docker_setup; }`, and docker_begin, docker_end and
# docker_teardown_file in the other three.
#
#   docker ...                    the client
#   dockerd VERB [OPTIONS]        start stop kill
#   network NAME [OPTIONS...]     docker network create -d ovsint
#   start_container NAME NETWORK [DOCKER-RUN-OPTIONS...]
#   address_of NAME NETWORK       as Docker tells it
#   device_of NAME                the one device of the container but lo
#   api METHOD PATH               the daemon's answer, for what tests look at:
#                                 a client costs a guest a second
#   docker_agrees                 OVS ports equal the endpoints of running
#                                 containers, and nothing of them is on the host
#   no_ports                      no endpoint has a port
#   docker_forgets CMD...         docker CMD while the plugin can do nothing; then it
#                                 is killed
#   cannot_start CMD...           docker run, whose container has no program
#   newer_docker                  in setup_file, before docker_setup: the Docker of
#                                 tests/debian/newer-docker.sh instead of Debian 12's

DOCKERD_LOG=$OVS_LOGDIR/dockerd.log
DOCKER_SOCKET=/run/docker.sock
DOCKER_HOST=unix://$DOCKER_SOCKET
NEWER_DOCKER=/var/cache/ovsint/newer-docker
export DOCKER_HOST DOCKER_ROOT
# runc starts itself three times for each container, crun once, and starting
# a Go program is what takes long in a guest.
dockerd_options=()
[ "$DATAPATH" != kernel ] || dockerd_options=(
    --add-runtime crun=/usr/bin/crun --default-runtime crun)

# Docker's own mounts under /run have to be seen by the plugin, too.
newer_docker() {
    local name
    [ -x "$NEWER_DOCKER/usr/sbin/dockerd" ] ||
        fail "no newer Docker: packaging/deps.sh check fetches it" || return
    mount --make-shared /run
    # pivot_root(2) wants the present root to be a mount.
    mount --bind "$NEWER_DOCKER" "$NEWER_DOCKER"
    for name in proc sys dev run tmp; do
        mount --rbind "/$name" "$NEWER_DOCKER/$name"
    done
    DOCKER_ROOT=$NEWER_DOCKER
}

docker() {
    ${DOCKER_ROOT:+chroot "$DOCKER_ROOT"} /usr/bin/docker "$@" \
        </dev/null 3>&- 4>&-
}

api() { # METHOD PATH
    curl -sf -m 60 --unix-socket "$DOCKER_SOCKET" -X "$1" "http://x/$2"
}

dockerd_answers() { api GET version >/dev/null 2>&1; }

dockerd_pid() { cat /run/dockerd.pid; }

dockerd() { # start [OPTIONS] | stop | kill
    local pid
    case $1 in
    start)
        shift
        ${DOCKER_ROOT:+chroot "$DOCKER_ROOT"} /usr/sbin/dockerd \
            --storage-driver=vfs --data-root /run/docker-data \
            --exec-root /run/docker-exec -H "$DOCKER_HOST" --iptables=false \
            --bridge=none --pidfile /run/dockerd.pid \
            "${dockerd_options[@]}" "$@" \
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

# ---- networks and containers ---------------------------------------------------

network() { docker network create -d ovsint "$@"; }

start_container() { # NAME NETWORK [DOCKER-RUN-OPTIONS...]
    local name=$1 network=$2
    shift 2
    docker run -d --name "$name" --network "$network" "$@" busybox sleep 3600
}

# Docker guesses the status from what the runtime said, with crun another one.
cannot_start() { # CMD...
    local status=0
    "$@" >"$T/output" 2>&1 || status=$?
    [[ $status = 12[5-8] ]] || fail "status $status: $(cat "$T/output")"
}

container_pid() {
    local answer
    answer=$(api GET "containers/$1/json")
    [[ $answer =~ \"Pid\":([1-9][0-9]*) ]] || fail "$1 does not run" || return
    echo "${BASH_REMATCH[1]}"
}

# The rows stay as they were, and Docker knows nothing of them any more. Of a plugin
# that is not there it would ask each thing for 15 s, to the same end.
docker_forgets() { # CMD...
    ovsdb kill
    docker "$@" || true
    plugin kill
    ovsdb start
}

exec_in() { docker exec "$@"; }

in_network() { # NAME NETWORK FIELD
    api GET "containers/$1/json" |
        jq -r --arg network "$2" --arg field "$3" \
            '.NetworkSettings.Networks[$network][$field]'
}

address_of() { in_network "$1" "$2" IPAddress; }

device_of() {
    in_net "$1" ip -j link | jq -re '[.[].ifname] - ["lo"] |
        if length == 1 then .[0] else error("want one device: \(.)") end'
}

# ---- what Docker believes, and what is --------------------------------------------

running_endpoints() {
    api GET containers/json | jq -r '.[].NetworkSettings.Networks |
        del(.none, .host) | .[].EndpointID | select(. != "")' | sort
}

docker_rows() { rows Interface external_ids:ovsint-owner=docker; }

plugged_endpoints() {
    docker_rows | jq -r '.[].external_ids["ovsint-endpoint"] // empty' | sort
}

ports_match() { diff <(running_endpoints) <(plugged_endpoints); }

# The bridges of networks are ports, too.
no_ports() {
    docker_rows |
        check_json 'all(.external_ids | has("ovsint-endpoint") | not)'
}

none_on_host() {
    ip -j link | check_json --argjson rows "$(docker_rows)" '
        all(has("altnames") | not) and (map(.ifname) as $devices |
            all($rows[] | select(.type == "internal") |
                select(.external_ids | has("ovsint-endpoint"));
                .name | IN($devices[]) | not))'
}

docker_agrees() { ports_match && none_on_host; }

# ---- around a test --------------------------------------------------------------

# Docker copies every file of it twice for each container.
docker_image() {
    local applet
    mkdir -p /run/image/{bin,dev,etc,proc,run,sys,tmp}
    cp /bin/busybox /run/image/bin/
    for applet in cat false httpd ifconfig kill ls nslookup ping sh sleep true wget; do
        ln -s busybox "/run/image/bin/$applet"
    done
    tar -C /run/image -cf /run/image.tar .
    docker import /run/image.tar busybox
    rm -r /run/image /run/image.tar
}

docker_start() { # with the image busybox
    mkdir -p /run/docker-data
    dockerd start
    docker_image
}

docker_setup() { # once, in setup_file
    # Dozens of containers in one test, on a machine that does other things.
    export BATS_TEST_TIMEOUT=$((BATS_TEST_TIMEOUT * 3))
    plugin start
    docker_start
    # What Docker makes once and keeps is there before the first test.
    docker run --rm --network none busybox true
    plugin stop
}

docker_begin() {
    world_setup
    plugin start
}

# Docker keeps one whose last container has not quite gone.
networks_pruned() {
    api POST networks/prune >/dev/null
    api GET networks | check_json 'all(.Driver != "ovsint")'
}

docker_remove_all() {
    local ids
    [ -e /run/dockerd.pid ] || return 0
    ids=$(api GET 'containers/json?all=1' | jq -r '.[].Id')
    # shellcheck disable=SC2086
    [ -z "$ids" ] || docker rm -f $ids >/dev/null
    wait_until 5 networks_pruned 2>/dev/null && return 0
    # Docker up to 27 may count wrongly the endpoints of a network on which many
    # come and go at once, until it starts anew (moby/moby#42119).
    dockerd stop && dockerd start && wait_until 20 networks_pruned
}

docker_end() {
    local left=0
    ovs_heal
    answers >/dev/null || plugin start || left=1
    dockerd_answers || dockerd start || left=1
    [ -z "${BATS_TEST_COMPLETED-}" ] || wait_until 10 docker_agrees || left=1
    docker_remove_all || left=1
    plugin stop || left=1
    world_teardown || left=1
    return "$left"
}

docker_teardown_file() { dockerd stop; }

gave_up() {
    api GET "containers/$1/json" | check_json \
        '.RestartCount == 2 and .State.Status == "exited"'
}

default_route_of() { # NAME
    in_net "$1" ip -j route | jq -r '.[] | select(.dst == "default").gateway'
}

join_waits() { docker_rows | check_json 'any(.external_ids["ovsint-netns"])'; }

only_br0() {
    rows Bridge | check_json 'map(.name) == ["br0"] and .[0].external_ids == {}'
}
