# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# shellcheck shell=bash
#
# Containers without a runtime: a process in a network namespace of its own,
# and the hook called by hand with a state as runtimes write it. Loaded after
# base.bash; everything there that takes a NAME works on a sandbox.
#
#   sandbox NAME [UNSHARE-OPTION...]   starts one
#   pod_member NAME OF            starts one in the namespace of OF
#   state NAME [KEY=VALUE...]     prints its state, as for createRuntime
#   plug NAME [KEY=VALUE...]      the hook as createRuntime
#   unplug NAME                   the hook as poststop, from the id alone
#   hook ARGS...                  the hook with any arguments and stdin
#   refuses STATUS TEXT CMD...    CMD exits with STATUS and says TEXT in one
#                                 line, which also stands in the system's log
#   refuses_state STATUS TEXT STATE [ARGS...]   the same of the hook, fed STATE
#   no_rows                       no row of ours is in the database
#   has_ports NAME COUNT          NAME has so many ports
#   no_devices NAME               it has its loopback device alone
#   asks_once NAME ipv4|ipv6      its kernel asks for a neighbour, and not again
#                                 during this test
#   neighbour_of NAME ADDRESS     the state of that
#   waits_for NAME ADDRESS        it has asked for it, and was not answered yet

sandbox() { # NAME [UNSHARE-OPTION...]
    local dir=$BUNDLES/$1 pid
    shift
    mkdir -p "$dir"
    echo sandbox_runtime >"$dir/runtime"
    unshare --net "$@" sleep infinity </dev/null >/dev/null 2>&1 3>&- 4>&- &
    pid=$!
    echo "$pid" >"$dir/pid"
    wait_until 5 has_own_netns "$pid"
}

# A container in the namespace of another one.
pod_member() { # NAME OF
    mkdir -p "$BUNDLES/$1"
    echo sandbox_runtime >"$BUNDLES/$1/runtime"
    nsenter --net="/proc/$(container_pid "$2")/ns/net" sleep infinity \
        </dev/null >/dev/null 2>&1 3>&- 4>&- &
    echo $! >"$BUNDLES/$1/pid"
    wait_until 5 has_own_netns "$!"
}

has_own_netns() {
    [ -e "/proc/$1/ns/net" ] && [ ! "/proc/$1/ns/net" -ef /proc/self/ns/net ]
}

# What base.bash calls in place of runc.
sandbox_runtime() { # delete --force NAME | exec NAME CMD...
    case $1 in
    delete)
        kill_sandbox "$3"
        unplug "$3"
        ;;
    exec)
        shift
        in_net "$@"
        ;;
    esac
}

kill_sandbox() {
    local pid
    pid=$(cat "$BUNDLES/$1/pid")
    kill -KILL "$pid" 2>/dev/null || true
    wait_until 5 not kill -0 "$pid" 2>/dev/null
}

hook() { "$HOOK" "$@"; }

state() { # NAME [KEY=VALUE...]
    local name=$1
    shift
    jq -nc --arg id "$name" --argjson pid "$(container_pid "$name")" '{
        ociVersion: "1.0.2", id: $id, status: "creating", pid: $pid,
        bundle: "/nonexistent", annotations: ($ARGS.positional | map(capture(
            "^(?<key>[^=]+)=(?<value>.*)$")) | from_entries)}' --args "$@"
}

plug() { # NAME [KEY=VALUE...]
    local text
    text=$(state "$@") && hook createRuntime <<<"$text"
}

unplug() { # NAME
    hook poststop <<<"{\"id\":\"$1\",\"status\":\"stopped\"}"
}

refuses() { # STATUS TEXT CMD...
    local want=$1 text=$2 status=0 out
    shift 2
    out=$("$@" 2>&1) || status=$?
    if [ "$status" != "$want" ]; then
        fail "exit status $status, want $want: $*"$'\n'"$out"
    elif [ "$(wc -l <<<"$out")" != 1 ]; then
        fail "more than one line: $out"
    elif [[ $out != *"$text"* ]]; then
        fail "no '$text' in: $out"
    else
        wait_until 5 syslog_has "${out#ovsint-hook: }"
    fi
}

refuses_state() { # STATUS TEXT STATE [ARGS...]
    local want=$1 text=$2 file=$T/state
    printf '%s' "$3" >"$file"
    shift 3
    [ $# -gt 0 ] || set -- createRuntime
    refuses "$want" "$text" hook "$@" <"$file"
}

no_rows() {
    rows Interface | jq '[.[] | select(.external_ids["ovsint-owner"])]' |
        check_json 'length == 0'
}

has_ports() { # NAME COUNT
    rows Interface "external_ids:ovsint-container=$1" |
        check_json 'length == $n' --argjson n "$2"
}

no_devices() { in_net "$1" ip -j link | check_json 'length == 1'; }

asks_once() { # NAME ipv4|ipv6
    in_net "$1" busybox sh -c \
        "echo 600000 >/proc/sys/net/$2/neigh/$(port_of "$1")/retrans_time_ms"
}

neighbour_of() { # NAME ADDRESS
    in_net "$1" ip -j neigh show "$2" | jq -r '.[0].state[0] // "none"'
}

waits_for() { [ "$(neighbour_of "$1" "$2")" = INCOMPLETE ]; } # NAME ADDRESS
