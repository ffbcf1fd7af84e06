# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# shellcheck shell=bash
#
# ovsint-plugin, called over its socket as Docker would. Loaded after base.bash.
# Docker itself is in docker.bash.
#
#   plugin VERB                start stop restart kill freeze thaw; stop fails
#                              unless the plugin ends in order
#   call METHOD [JSON]         prints the answer's body; fails unless it is 200;
#                              without JSON the request has no body
#   call_fails TEXT METHOD [JSON]  answered 4xx or 5xx, with TEXT in Err
#   net_id N / ep_id N         an id as Docker makes them
#   create_network ID [OPTIONS-JSON] [MORE-JSON]   with 10.9.0.0/24
#   create_endpoint NET EP ADDRESS [OPTIONS-JSON]
#   publish NET EP PORTMAP / revoke NET EP   PORTMAP is of portmap
#   endpoint_port EP           the Interface row of an endpoint
#   plugin_logged TEXT         since its start
#   ports                      what the guardian knows, as JSON
#   rests                      waits until the guardian has seen all that was done
#                              before, and has nothing left to do
#   looks_again NAME           it looks at the ports of a container once more, and
#                              rests
#   many COUNT                 COUNT; in a guest a tenth of it
#   of_all ALL SOME            ALL with MANY=all, as in make check-full, else SOME
#   plugin_status FIELD        of /proc/PID/status

PLUGIN=${OVSINT_PLUGIN:-$ROOT/build/release/ovsint-plugin}
PLUGIN_SOCKET=/run/docker/plugins/ovsint.sock
POST=$ROOT/build/release/tests/e2e/programs/post
PLUGIN_LOG=$OVS_LOGDIR/plugin.log
# The kernel keeps 15 characters of a name.
SERVICES="dockerd containerd ovsint-plugin ovsint-namespac"
export SERVICES

# ---- the plugin ------------------------------------------------------------

plugin_pid() { cat /run/plugin.pid; }

plugin_gone() { ! kill -0 "$1" 2>/dev/null; }

answers() { "$POST" "$PLUGIN_SOCKET" /Plugin.Activate; }

plugin_status() { awk -v name="$1:" '$1 == name {print $2}' "/proc/$(plugin_pid)/status"; }

# As capget(2) has them: NET_ADMIN, NET_RAW, NET_BIND_SERVICE. The rest is its
# helper's.
KEPT_CAPS=0000000000003400

# In force before the first call, whatever the test is about.
plugin_confined() {
    local is
    is=$(awk '/^(Seccomp|NoNewPrivs|CapPrm|CapEff|CapInh):/ {print $1 $2}' \
        "/proc/$(plugin_pid)/status" | sort | xargs)
    [ "$is" = "CapEff:$KEPT_CAPS CapInh:0000000000000000 CapPrm:$KEPT_CAPS NoNewPrivs:1 Seccomp:2" ] ||
        fail "the plugin is not confined: $is"
}

plugin_start() {
    rm -f /run/plugin.pid
    # Its parent, free of the traps of bats, tells how it ended.
    bash -c '"$@" & echo $! >/run/plugin.pid; wait $!
        echo $? >/run/plugin.status' - "$PLUGIN" "$@" \
        </dev/null >>"$PLUGIN_LOG" 2>&1 3>&- 4>&- &
    # It may answer before its parent has noted who it is.
    wait_until 5 test -s /run/plugin.pid
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

# A signal that strace has sent may still be on its way.
plugin_dead() {
    wait_until 5 eval 'answers || plugin_gone "$(plugin_pid)"' >/dev/null &&
        plugin_gone "$(plugin_pid)" && wait_until 5 test -s /run/plugin.status
}

plugin() { # VERB [ARGS...]
    local verb=$1
    shift
    case $verb in
    start) : >"$PLUGIN_LOG"; plugin_start "$@" ;;
    stop) plugin_stop || { FAILED=1 && return 1; } ;;
    restart) plugin stop; plugin_start "$@" ;;
    kill) plugin_end KILL ;;
    freeze) kill -STOP "$(plugin_pid)" ;;
    thaw) kill -CONT "$(plugin_pid)" ;;
    esac
}

plugin_stop() {
    plugin_end TERM || return
    [ "$(cat /run/plugin.status)" = 0 ] ||
        fail "the plugin ended with status $(cat /run/plugin.status)" || return
    [ ! -e "$PLUGIN_SOCKET" ] || fail "the socket is still there"
}

# A test that has failed did not come to the end of the plugin that it started, and the
# next one is to start its own.
plugin_left_by_failed() {
    local pid
    [ -z "${BATS_TEST_COMPLETED-}" ] && [ -s /run/plugin.pid ] || return 0
    pid=$(plugin_pid)
    [ "$(cat "/proc/$pid/comm" 2>/dev/null)" != ovsint-plugin ] || kill -KILL "$pid"
}

plugin_logged() { grep -qF -- "$1" "$PLUGIN_LOG"; }

plugin_number() { # VmRSS | fds
    if [ "$1" = fds ]; then
        find "/proc/$(plugin_pid)/fd" -mindepth 1 | wc -l
    else
        plugin_status "$1"
    fi
}

# ---- the guardian ----------------------------------------------------------

ports() { "$POST" "$PLUGIN_SOCKET" /Ovsint.Ports; }

# One turn of its loop answers the first question and takes in whatever had been
# told by then; the second one comes in a later turn.
has_come_to_rest() {
    local said
    ports >/dev/null && said=$(ports) || return
    [[ $said == *'"resting":true,'* ]] || fail "not at rest: $said"
}

rests() { wait_until 10 has_come_to_rest; }

# vsctl is back when the switch has heard of it from the database, and so has the
# guardian.
looks_again() { # NAME
    local port
    LOOKS=$((${LOOKS:-0} + 1))
    for port in $(vsctl --bare --columns=name find Interface \
        "external_ids:ovsint-container=$1"); do
        vsctl set Interface "$port" "external_ids:look=$LOOKS"
    done
    rests
}

many() { # COUNT
    if [ "$DATAPATH" = kernel ]; then echo $(($1 / 10)); else echo "$1"; fi
}

of_all() { # ALL SOME
    if [ "${MANY-}" = all ]; then echo "$1"; else echo "$2"; fi
}

# ---- calls as Docker makes them ----------------------------------------------

# Body to $T/body, seconds until the answer to $T/took; prints the status. What
# runs beside the test (later) has files of its own.
call_status() { # METHOD [JSON]
    local path=/NetworkDriver.$1
    [[ $1 != *.* ]] || path=/$1
    "$POST" -t $((30 * PATIENCE)) -o "$T/body${BESIDE-}" "$PLUGIN_SOCKET" "$path" \
        "${2-}" 2>"$T/took${BESIDE-}"
}

call() { # METHOD [JSON]
    local status
    status=$(call_status "$@")
    cat "$T/body${BESIDE-}"
    [ "$status" = 200 ] || fail "status $status of $*: $(cat "$T/body${BESIDE-}")"
}

call_fails() { # TEXT METHOD [JSON]
    local text=$1 status
    shift
    status=$(call_status "$@")
    [[ $status = [45]?? ]] || fail "status $status of $*: $(cat "$T/body${BESIDE-}")"
    check_json '.Err | contains($text)' --arg text "$text" <"$T/body${BESIDE-}"
}

net_id() { printf '%08x%056x' "$((0xa0000 + $1))" "$1"; }
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

# Written without jq, which costs more than the call.
ids_json() { # NET [EP]
    printf '{"NetworkID":"%s"%s}' "$1" "${2:+,\"EndpointID\":\"$2\"}"
}

create_endpoint_json() { # NET EP ADDRESS [OPTIONS [ADDRESS6]]
    local options='{}'
    [ -z "${4-}" ] || options=$4
    printf '{"NetworkID":"%s","EndpointID":"%s","Options":%s,"Interface":{"Address":"%s",' \
        "$1" "$2" "$options" "$3"
    printf '"AddressIPv6":"%s","MacAddress":""}}' "${5-}"
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

portmap() { # PROTO HOST-IP FIRST LAST PORT, any number of times
    while [ $# -gt 0 ]; do
        jq -nc --argjson proto "$1" --arg ip "$2" --argjson first "$3" \
            --argjson last "$4" --argjson port "$5" '{Proto: $proto, IP: "",
            Port: $port, HostIP: $ip, HostPort: $first, HostPortEnd: $last}'
        shift 5
    done | jq -sc '{"com.docker.network.portmap": .}'
}

publish_json() { # NET EP PORTMAP
    ids_json "$1" "$2" | jq -c --argjson options "$3" '. + {Options: $options}'
}
publish() { call ProgramExternalConnectivity "$(publish_json "$@")"; }
revoke() { call RevokeExternalConnectivity "$(ids_json "$1" "$2")"; }

endpoint_port() { row Interface "external_ids:ovsint-endpoint=$1"; }
no_endpoint() {
    rows Interface "external_ids:ovsint-endpoint=$1" | check_json '. == []'
}
no_network() {
    rows Bridge | check_json --arg key "ovsint-network-$1" \
        'all(.external_ids | has($key) | not)'
}

# Once the log shows that the call is there, it is at work: see log_shows_call.
later() {
    BESIDE=.later "$@" >"$T/later" 2>&1 3>&- 4>&- &
    LATER=$!
}

later_ends() { # STATUS
    local status=0
    wait "$LATER" || status=$?
    [ "$status" = "$1" ] || fail "status $status: $(cat "$T/later")"
}

log_shows_call() { grep -q "called call=NetworkDriver.$1" "$PLUGIN_LOG"; }

host_link() { ip -j -d link show dev "$1" | jq '.[0]'; }
