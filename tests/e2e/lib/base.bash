# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# shellcheck shell=bash
#
# What the .bats files share. A file lies in the room whose it is,
# tests/e2e/ROOM/WHAT.bats, says `load ../lib/base` and writes tests; run it with
# `tests/e2e/run FILE` or `make check-e2e FILES=... BATS_FILTER=...`. It runs
# inside one private world per file (see tests/e2e/world): Open vSwitch with br0
# is up, and every path is the default one.
#
#   bundle NAME [KEY=VALUE...]     OCI bundle whose hooks are ours; KEY=VALUE are
#                                  annotations: bundle c1 ovsint.bridge=br0
#   bundle_edit NAME FILTER        change its config.json with jq
#   run_container RUNTIME NAME     start it detached (runc or crun)
#   exec_in NAME CMD...            inside the container (busybox)
#   in_net NAME CMD...             host program in its namespace: in_net c1 ip -j addr
#   netns_add NAME...              namespaces that have a path, with lo up
#   netns_gone NAME...             ... removed
#   in_netns NAME CMD...           host program in one
#   delete_container NAME          runtime delete -f, runs poststop
#   podman ...                     private storage, image "busybox"; needs
#                                  podman_setup in setup_file; NAME works above
#   link NAME DEV                  its device as one JSON object (also by altname)
#   can_ping NAME ADDR             pings, full datagrams and 2 MB of TCP get from
#                                  the container to whoever has ADDR, and back
#   cannot_ping NAME ADDR
#   advertises NAME DEV PREFIX [COUNT EVERY-MS]   a router there tells all so
#   unadvertised NAME DEV          the device has nothing from a router, but a
#                                  link-local address
#   checksums NAME DEV [on|off]    left to the device, as ethtool(8) -k and -K tx
#   ovsdb VERB / vswitchd VERB     start stop restart kill freeze thaw; a switch
#                                  can clear_away its devices, and stop
#   vsctl ...                      ovs-vsctl, quiet and with a deadline
#   bridge_add NAME / bridge_del NAME
#   rows TABLE [COND...]           OVSDB rows as plain JSON objects
#   row TABLE [COND...]            the same where exactly one must match
#   plugged_by OWNER               CONTAINER/IFNAME of each port of an owner
#   port_of NAME [IFNAME]          OVS name of a container's vNIC (default eth0)
#   check_json FILTER              stdin must satisfy it; prints both if not
#   prints_nothing CMD...          it succeeds, and prints nothing
#   prints_no TEXT CMD...          it succeeds, and does not print TEXT
#   prints_other TEXT CMD...       it succeeds, and prints something, but not TEXT
#   amiss TEXT                     fails the test, also before a pipe
#   wait_until SECONDS CMD...      polls until CMD succeeds, else prints its output
#   config JSON                    writes /etc/ovsint/ovsint.json
#   syslog_has TEXT                some line sent to /dev/log contains it
#
# $DATAPATH is userspace or kernel; $T is the test's directory, $HOOK the hook.
# Every test must leave the world as it found it: devices, OVS rows, processes,
# mounts, namespaces, nft rules. teardown starts what was killed, deletes
# containers that are left, and fails the test when anything else remains.

: "${DATAPATH:=userspace}"
LIB=${BASH_SOURCE[0]}
ROOT=$(cd "$(dirname "$LIB")/../../.." && pwd)
HOOK=${OVSINT_HOOK:-$ROOT/build/release/ovsint-hook}
REACH=$ROOT/build/release/tests/e2e/programs/reach
ADVERTISE=$ROOT/build/release/tests/e2e/programs/advertise
CHECKSUMS=$ROOT/build/release/tests/e2e/programs/checksums
CONFIG=/etc/ovsint/ovsint.json
BUNDLES=/run/bundles
ROOTFS=/run/rootfs
SYSLOG=/run/syslog
BASELINE=/run/baseline
NEVER=/run/never # a pipe that nothing comes by
OVS_RUNDIR=/run/openvswitch
OVS_LOGDIR=/run/log
export DATAPATH ROOT HOOK CONFIG ROOTFS SYSLOG OVS_RUNDIR OVS_LOGDIR
# Only a test that fails waits for so long. A guest is slower than the machine it
# runs on, and that one does other things beside.
if [ "$DATAPATH" = kernel ]; then
    PATIENCE=8 DEFAULT_CONFIG='{"timeout-ms": 60000}'
else
    PATIENCE=4 DEFAULT_CONFIG='{}'
fi

# ---- waiting and asserting -------------------------------------------------

fail() {
    echo "$*" >&2
    return 1
}

# bats traces every command of a function for its stack trace, at a cost that a
# guest feels. Functions that are called all the time do without: a failure
# inside is shown at the line that called them.
untraced() {
    local -
    set +T
    "$@"
}

wait_until() { untraced poll "$@"; } # SECONDS CMD...

# Whoever waits leaves the processors to what he waits for: a pause is as long as the
# look before it, 20 ms at least and 200 at most.
poll() {
    local deadline=$((${EPOCHREALTIME/./} + $1 * PATIENCE * 1000000)) began now pause
    shift
    # No subshell and no sleep(1): a fork is what costs most in a guest.
    while began=${EPOCHREALTIME/./} && ! "$@" >"$TMPDIR/poll" 2>&1; do
        now=${EPOCHREALTIME/./}
        if ((now > deadline)); then
            fail "not within the deadline: $*" "$(cat "$TMPDIR/poll")"
            return 1
        fi
        pause=$((now - began))
        ((pause > 20000)) || pause=20000
        ((pause < 200000)) || pause=200000
        printf -v pause '0.%06d' "$pause"
        read -rt "$pause" <>"$NEVER" || true
    done
}

not() { ! "$@"; }

# One that fails has said nothing about what there is.
prints_nothing() { # CMD...
    local said
    said=$("$@") && [ -z "$said" ]
}

prints_no() { # TEXT CMD...
    local said
    said=$("${@:2}") && [[ $said != *"$1"* ]]
}

prints_other() { # TEXT CMD...
    local said
    said=$("${@:2}") && [ -n "$said" ] && [ "$said" != "$1" ]
}

# A status is lost before a pipe, and after `not` any but 0 is welcome. So what no program
# of ours may do in any test is noted for the teardown, too.
amiss() { # TEXT
    echo "$1" >>"$T/amiss"
    return 99
}

# teardown after a failed test runs inside a trap, where a bare `return` has the
# status of before.
check_json() { # FILTER [jq options]
    local json
    read -r -d '' json || true
    # Of nothing jq 1.6 says that it is true.
    [ -n "$json" ] || fail "nothing came, which was to be: $1" || return
    jq -e "$@" >/dev/null <<<"$json" && return 0
    fail "not true: $1"$'\n'"of: $(jq -c . <<<"$json" 2>/dev/null || echo "$json")"
}

syslog_has() { grep -qF -- "$1" "$SYSLOG"; }

# ---- Open vSwitch ----------------------------------------------------------

daemonize() { "$@" </dev/null >"$TMPDIR/daemon.out" 2>&1 3>&- 4>&-; }

# Sets PID.
ovs_alive() { # NAME
    { read -r PID <"$OVS_RUNDIR/$1.pid"; } 2>/dev/null && ovs_has_process "$PID"
}

# A killed one is a zombie while its other threads still close a hundred devices,
# and only with the last of them goes the lock of its pidfile.
ovs_has_process() { # PID
    local stat
    { read -r stat <"/proc/$1/stat"; } 2>/dev/null || return
    read -ra stat <<<"${stat##*) }" # proc(5), from the state on
    [[ ${stat[0]} != Z || ${stat[17]} -gt 1 ]]
}

ovs_signal() { # NAME SIGNAL
    ovs_alive "$1" || fail "$1 does not run" || return
    kill "-$2" "$PID"
}

# One that ends removes its pidfile first, and closes its devices later. The next one
# would find its own of the host busy, and make no bridge.
ovs_stop() { # NAME [OPTION-OF-EXIT]
    ovs_alive "$1" || fail "$1 does not run" || return
    ovs-appctl --timeout=60 -t "$1" exit "${@:2}"
    wait_until 30 not ovs_has_process "$PID"
}

ovs_daemon() { # NAME VERB START-COMMAND...
    local name=$1 verb=$2 log=$OVS_LOGDIR/$1.log
    shift 2
    case $verb in
    start)
        daemonize "$name" "$@" --pidfile --detach --no-chdir \
            --log-file="$log" -vconsole:off -vsyslog:off ||
            fail "$name did not start:" "$(cat "$TMPDIR/daemon.out" "$log")"
        ;;
    stop) ovs_stop "$name" ;;
    clear_away) ovs_stop "$name" --cleanup ;;
    restart)
        ovs_daemon "$name" stop
        ovs_daemon "$name" start "$@"
        ;;
    kill)
        ovs_signal "$name" KILL
        wait_until 10 not ovs_alive "$name"
        ;;
    freeze) ovs_signal "$name" STOP ;;
    thaw) ovs_signal "$name" CONT ;;
    *) fail "no such verb: $verb" ;;
    esac
}

ovsdb() {
    ovs_daemon ovsdb-server "$1" "$OVS_RUNDIR/conf.db" \
        --remote="punix:$OVS_RUNDIR/db.sock"
}

vswitchd() { ovs_daemon ovs-vswitchd "$1" "unix:$OVS_RUNDIR/db.sock"; }

# Waits for the switch, 20 s at most, and keeps out of $SYSLOG.
vsctl() { ovs-vsctl --timeout=20 --no-syslog "$@"; }

bridge_add() {
    local type=system
    [ "$DATAPATH" = kernel ] || type=netdev
    vsctl add-br "$1" -- set Bridge "$1" datapath_type="$type"
}

bridge_del() { vsctl del-br "$1"; }

ovs_create() { # once per world
    mkdir -p "$OVS_RUNDIR" "$OVS_LOGDIR"
    ovsdb-tool create "$OVS_RUNDIR/conf.db" \
        /usr/share/openvswitch/vswitch.ovsschema
    ovsdb start
    vsctl --no-wait init
    vsctl --no-wait set Open_vSwitch . other_config:n-handler-threads=1 \
        other_config:n-revalidator-threads=1
    vswitchd start
    bridge_add br0
}

# Starts what a test stopped, froze or killed.
ovs_heal() {
    local name
    for name in ovsdb-server ovs-vswitchd; do
        if ovs_alive "$name"; then
            kill -CONT "$PID"
        elif [ "$name" = ovsdb-server ]; then
            ovsdb start
        else
            vswitchd start
        fi
    done
}

OVSDB_TO_JSON='
    def plain: if type != "array" then .
        elif .[0] == "map" then .[1] | map({key: (.[0] | tostring),
            value: (.[1] | plain)}) | from_entries
        elif .[0] == "set" then .[1] | map(plain)
        elif .[0] == "uuid" then .[1] else . end;
    .headings as $names | [.data[] | [$names, map(plain)] | transpose
        | map({key: .[0], value: .[1]}) | from_entries]'

# Without an answer of the database there are no rows, nor none.
rows_by() { # CLIENT TABLE...
    local -
    set -o pipefail
    "$1" --format=json find "${@:2}" | jq "$OVSDB_TO_JSON"
}

rows() { rows_by vsctl "$@"; } # TABLE [COLUMN=VALUE | COLUMN:KEY=VALUE]...

# Those of an owner, as CONTAINER/IFNAME.
plugged_by() { # OWNER
    local -
    set -o pipefail
    rows Interface "external_ids:ovsint-owner=$1" |
        jq -r '.[].external_ids | "\(.["ovsint-container"])/\(.["ovsint-ifname"])"' |
        sort
}

row() {
    local -
    set -o pipefail
    vsctl --format=json find "$@" | jq --arg asked "$*" "$OVSDB_TO_JSON"'
        | if length == 1 then .[0] else
            error("want exactly one row: \($asked), got: \(.)") end'
}

# A container's id is its NAME, except under podman.
port_of() { # NAME [IFNAME]
    local names id=$1
    [ -e "$BUNDLES/$1" ] || id=$(container_id "$1")
    names=$(vsctl --bare --columns=name find Interface \
        "external_ids:ovsint-container=$id" \
        "external_ids:ovsint-ifname=${2:-eth0}")
    [[ $names =~ ^[^[:space:]]+$ ]] ||
        fail "want exactly one port of $1, got: ${names:-none}" || return
    echo "$names"
}

# ---- containers ------------------------------------------------------------

config() { printf '%s\n' "$1" >"$CONFIG"; }

bundle() { # NAME [KEY=VALUE...]
    local name=$1
    shift
    mkdir -p "$BUNDLES/$name"
    jq -n --arg root "$ROOTFS" --arg hook "$HOOK" \
        --arg cgroup "/ovsint-$WORLD/$name" '
        def caps: ["CAP_NET_ADMIN", "CAP_NET_RAW", "CAP_KILL"];
        def hook($stage): [{path: $hook, args: ["ovsint-hook", $stage]}];
        {
            ociVersion: "1.0.2", hostname: "c",
            root: {path: $root, readonly: true},
            process: {
                cwd: "/", user: {uid: 0, gid: 0}, env: ["PATH=/bin"],
                args: ["sleep", "3600"],
                capabilities: {bounding: caps, effective: caps, permitted: caps}
            },
            mounts: [
                {destination: "/proc", type: "proc", source: "proc"},
                {destination: "/dev", type: "tmpfs", source: "dev"},
                {destination: "/tmp", type: "tmpfs", source: "tmp"}
            ],
            linux: {
                cgroupsPath: $cgroup,
                namespaces: ["pid", "mount", "ipc", "uts", "network"] |
                    map({type: .})
            },
            annotations: ($ARGS.positional | map(capture(
                "^(?<key>[^=]+)=(?<value>.*)$")) | from_entries),
            hooks: {createRuntime: hook("createRuntime"),
                    poststop: hook("poststop")}
        }' --args "$@" >"$BUNDLES/$name/config.json"
}

bundle_edit() { # NAME FILTER [jq options]
    local file=$BUNDLES/$1/config.json
    shift
    jq "$@" "$file" >"$file.new"
    mv "$file.new" "$file"
}

# Prints what the runtime said, also on failure: use `run` to look at it.
run_container() { # RUNTIME NAME
    local runtime=$1 name=$2 status=0
    echo "$runtime" >"$BUNDLES/$name/runtime"
    "$runtime" run --detach --bundle "$BUNDLES/$name" "$name" \
        </dev/null >"$BUNDLES/$name/log" 2>&1 3>&- 4>&- || status=$?
    cat "$BUNDLES/$name/log"
    [ "$status" = 0 ] || return "$status"
    "$runtime" state "$name" | jq .pid >"$BUNDLES/$name/pid"
}

runtime_of() { cat "$BUNDLES/$1/runtime" 2>/dev/null || echo podman; }

container_id() {
    if [ -e "$BUNDLES/$1" ]; then
        echo "$1"
    else
        podman inspect --format '{{.Id}}' "$1"
    fi
}

container_pid() {
    cat "$BUNDLES/$1/pid" 2>/dev/null ||
        podman inspect --format '{{.State.Pid}}' "$1"
}

exec_in() {
    "$(runtime_of "$1")" exec "$@" 3>&- 4>&-
}

in_net() {
    local pid
    { read -r pid <"$BUNDLES/$1/pid"; } 2>/dev/null ||
        pid=$(container_pid "$1")
    shift
    nsenter --net="/proc/$pid/ns/net" "$@"
}

netns_add() { # NAME...
    local name
    for name; do
        ip netns add "$name"
        ip -n "$name" link set lo up
    done
}

netns_gone() { # NAME...
    local name
    for name; do
        ip netns delete "$name"
    done
}

in_netns() { # NAME CMD...
    local name=$1
    shift
    nsenter --net="/run/netns/$name" "$@"
}

# `runtime delete -f` of a container that is not there fails, as it should.
delete_container() {
    local status=0
    "$(runtime_of "$1")" delete --force "$1" 3>&- 4>&- || status=$?
    rm -f "$BUNDLES/$1/pid"
    return "$status"
}

link() { in_net "$1" ip -j -d link show dev "$2" | jq '.[0]'; }

# Every byte of what programs send has to pass, not a ping alone: see reach.c.
can_ping() { # NAME ADDR
    reaches "/proc/$(container_pid "$1")/ns/net" "$2"
}

# From a namespace, by its path; with a port that is published, to one of another.
reaches() { # NETNS ADDR [PORT NETNS PORT]
    "$REACH" $((5000 * PATIENCE)) "$@"
}

checksums() { # NAME DEV [on|off]
    local name=$1
    shift
    in_net "$name" "$CHECKSUMS" "$@"
}

advertises() { # NAME DEV PREFIX [COUNT EVERY-MS]
    in_net "$1" "$ADVERTISE" "$2" "$3" "${4:-3}" "${5:-5}"
}

# Some frames are lost while the switch has yet to hear of a move.
is_advertised() { # ROUTER DEV PREFIX-WITHOUT-COLONS-AT-THE-END LISTENER
    advertises "$1" "$2" "$3::" 1 20 && has_prefix "$4" "$3"
}

has_prefix() { # NAME PREFIX-WITHOUT-COLONS-AT-THE-END
    in_net "$1" ip -j -6 addr | check_json --arg prefix "$2" \
        'any(.[].addr_info[]?; .local | startswith($prefix))'
}

unadvertised() { # NAME DEV
    in_net "$1" ip -j -6 addr show dev "$2" | check_json '
        all(.[].addr_info[]; .dynamic != true) and
        any(.[].addr_info[]; .scope == "link")' || return
    in_net "$1" ip -j -6 route |
        check_json 'all(.protocol != "ra" and (has("expires") | not))'
}

ping_once() { in_net "$1" busybox ping -c 1 -W 1 "$2"; }

# Meaningful only next to a can_ping from the same container.
cannot_ping() {
    local out
    ! out=$(in_net "$1" busybox ping -c 2 -W 1 "$2" 2>&1) ||
        fail "$1 reaches $2:"$'\n'"$out"
}

# ---- podman ----------------------------------------------------------------

podman_setup() { # once, in setup_file
    mkdir -p /etc/containers/oci/hooks.d /run/podman
    cat >/etc/containers/containers.conf <<-EOF
	[containers]
	default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
	log_driver = "k8s-file"
	[engine]
	cgroup_manager = "cgroupfs"
	events_logger = "file"
	hooks_dir = ["/etc/containers/oci/hooks.d"]
	network_config_dir = "/run/podman/networks"
	runtime = "${1:-runc}"
	EOF
    cat >/etc/containers/storage.conf <<-EOF
	[storage]
	driver = "vfs"
	graphroot = "/run/podman/storage"
	runroot = "/run/podman/run"
	EOF
    echo '{"default": [{"type": "insecureAcceptAnything"}]}' \
        >/etc/containers/policy.json
    podman_hooks
    tar -C "$ROOTFS" -c . | command podman import --quiet - busybox
}

# The hooks.d files that `make install` puts there.
podman_hooks() {
    local file
    for file in "$ROOT"/packaging/hooks.d/*.json; do
        sed "s|@HOOK@|$HOOK|" "$file" \
            >"/etc/containers/oci/hooks.d/$(basename "$file")"
    done
}

podman() { command podman "$@" </dev/null 3>&- 4>&-; }

podman_remove_all() {
    [ -e /run/podman/storage ] || return 0
    podman pod rm --all --force --time 0 >/dev/null
    podman rm --all --force --time 0 >/dev/null
}

# ---- nothing may be left ---------------------------------------------------

remember_processes() { OLD_PROCESSES="$$ "$(cd /proc && echo [0-9]*); }

is_clock() { # CMDLINE
    local words=()
    mapfile -d '' -t words 2>/dev/null <"$1" || return
    [ "${words[*]}" = "sleep ${BATS_TEST_TIMEOUT-}" ]
}

# The processes that were not there when the test began.
new_processes() {
    local dir pid stat comm known=" $OLD_PROCESSES $BASHPID " name
    for name in ovsdb-server ovs-vswitchd; do
        ovs_alive "$name" && known+="$PID "
    done
    for dir in /proc/[0-9]*; do
        pid=${dir#/proc/}
        [[ $known != *" $pid "* ]] || continue
        { read -r stat <"$dir/stat"; } 2>/dev/null || continue
        [[ $stat != *") Z "* ]] || continue
        comm=${stat#*(} comm=${comm%)*}
        # $SERVICES: programs that a file starts and restarts as it likes.
        [[ " ${SERVICES-} " != *" $comm "* ]] || continue
        # The clock of bats may have been started after we had looked.
        ! is_clock "$dir/cmdline" || continue
        echo "process $pid $comm"
    done
}

# One line per thing that exists: its kind, its name, the rest.
# A dockerd that starts again makes its tables in an order that depends on its
# version; no packet sees that.
sorted_tables() {
    awk '/^table/ { table = $0; part = "" }
        /^\t[a-z]/ { part = $0 }
        /^}/ { part = "}" }
        NF { printf "%s\001%s\001%07d\001%s\n", table, part, NR, $0 }' |
        LC_ALL=C sort | sed 's/.*\x01//'
}

world_state() {
    local name rest ns
    while IFS=: read -r name rest; do
        [ -z "$rest" ] || echo "device ${name// /}"
    done < <(sort /proc/self/net/dev)
    while read -r _ _ _ _ name _; do
        echo "mount $name"
    done </proc/self/mountinfo
    for ns in /run/netns/*; do
        [ ! -e "$ns" ] || echo "namespace $ns"
    done
    while IFS=, read -r name rest; do
        # $FOREIGN_BRIDGES: whose keys another program changes.
        [[ " ${FOREIGN_BRIDGES-} " != *" $name "* ]] || rest=
        [ -z "$name" ] || echo "row $name $rest"
    done < <(vsctl --format=csv --no-heading -- \
        --columns=name,external_ids list Bridge -- \
        --columns=name,external_ids list Port -- \
        --columns=name,external_ids list Interface | sort)
    # Without counters.
    rest=$(nft --stateless list ruleset)
    [ -z "$rest" ] || sorted_tables <<<"$rest" | sed 's/^/nft /'
    # What a file looks at besides.
    ! declare -F more_state >/dev/null || more_state
}

nothing_left() {
    local before after
    new_processes >"$T/after"
    world_state >>"$T/after"
    read -r -d '' before <"$BASELINE" || true
    read -r -d '' after <"$T/after" || true
    [ "$before" != "$after" ] || return 0
    diff "$BASELINE" "$T/after" | grep '^[<>]' >"$T/left"
    return 1
}

# Puts the world right by force, so that the next test starts clean.
world_clean() {
    local kind name rest
    while read -r kind name rest; do
        case $kind in
        '>row')
            if grep -q "^< row $name " "$1"; then
                vsctl clear Bridge "$name" external_ids
            else
                vsctl --if-exists del-port "$name" -- --if-exists del-br "$name"
            fi
            ;;
        '>mount') umount -l "$name" ;;
        # Its mount may have gone by the line before.
        '>namespace')
            umount -l "$name"
            rm -f "$name"
            ;;
        '>process')
            kill -KILL "$name"
            rm -rf /run/runc /run/crun
            ;;
        '>device') ip link delete "$name" ;;
        '>nft') nft flush ruleset ;;
        esac
    done < <(sed -n 's/^> />/p' "$1") >/dev/null 2>&1 || true
}

world_setup() { untraced begin_test; }

# bats heeds the status of a teardown's last command alone. What goes wrong before it is
# kept in $FAILED, and every teardown ends with teardown_outcome (`make lint-shell`).
world_teardown() {
    ! declare -F plugin_left_by_failed >/dev/null || plugin_left_by_failed
    untraced end_test || FAILED=1
    teardown_outcome
}

teardown_outcome() { [ -z "${FAILED-}" ]; }

# bats ends a test at its limit by a trap (bats 1.8, libexec/bats-core/bats-exec-test). Its
# own ends a teardown that is under way as well, and then no line says that there was a
# test. No function, as what failed is the line where the test was.
# shellcheck disable=SC2016
heed_limit() {
    trap 'BATS_TIMED_OUT=1 BATS_DEBUG_LAST_STACK_TRACE_IS_VALID=
        [ -n "${BATS_TEARDOWN_STARTED-}" ] || exit 1' ABRT
}

# What one test leaves as it found it, the next one need not look at again.
begin_test() {
    heed_limit
    T=$BATS_TEST_TMPDIR
    export T
    config "$DEFAULT_CONFIG"
    : >"$SYSLOG"
    remember_processes
    [ -e "$BASELINE" ] || world_state >"$BASELINE"
}

end_test() {
    local dir name left=0
    ovs_heal
    for dir in "$BUNDLES"/*/; do
        [ -e "$dir/pid" ] || continue
        name=$(basename "$dir")
        delete_container "$name" || left=1
    done
    podman_remove_all || left=1
    [ ! -e "$BUNDLES" ] || rm -r "$BUNDLES"
    if [ -e "$T/amiss" ]; then
        sed 's/^/amiss: /' "$T/amiss" >&2
        left=1
    fi
    if ! wait_until 3 nothing_left; then
        sed 's/^/left behind: /; s/: </: gone: /; s/: >/:/' "$T/left" >&2
        world_clean "$T/left"
        rm "$BASELINE"
        left=1
    fi
    [ -n "${BATS_TEST_COMPLETED-}" ] || show_logs
    return "$left"
}

show_logs() {
    local log
    for log in "$OVS_LOGDIR"/*.log "$SYSLOG"; do
        echo "--- $log"
        tail -n 5 "$log"
    done >&2
}

setup() { world_setup; }
teardown() { world_teardown; }
