# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154
#
# What the sections of `measure` share: the switch at rest, containers that are
# nothing but a namespace, the four who are measured, and ports that are there
# already. What sections say goes to descriptor 3, what is wrong to 2.

DRIVER=$BENCH_PROGRAMS/tests/bench/driver
FLOOR=$BENCH_PROGRAMS/tests/bench/floor
HOOK=$BENCH_PROGRAMS/ovsint-hook
D=/run/bench
MTU=1400
BOOT=$(cat /proc/sys/kernel/random/boot_id)
SECTION_LIMIT=200 # seconds
: "${serial:=0}" "${present:=0}"

# Nothing has a source guard but what asks for one.
config() { jq '.policy = {default: "allow", guard: "off"}' <<<"$1" >"$CONFIG"; }

say() { echo "$(date +%T) $*" >&3; }

emit() { # SECTION KEY VALUE...: numbers as they are, the rest as strings
    local json="{\"section\":\"$1\",\"stage\":\"$STAGE\""
    shift
    while [ $# -gt 0 ]; do
        case $2 in
        '' | *[!0-9]*) json+=",\"$1\":\"$2\"" ;;
        *) json+=",\"$1\":$2" ;;
        esac
        shift 2
    done
    echo "$json}"
}

# ---- the switch at rest ------------------------------------------------------

settle() {
    ovs_alive ovs-vswitchd # sets PID
    "$DRIVER" settle "$OVS_RUNDIR/ovs-vswitchd.$PID.ctl"
    [ -z "${POOLED-}" ] || pool_rests
}

# Each of its threads publishes what it counted once per second (coverage_clear()
# in lib/coverage.c).
reconfigured() {
    local now before=none since=0
    while :; do
        now=$(ovs-appctl coverage/read-counter bridge_reconfigure)
        if [ "$now" != "$before" ]; then
            before=$now
            since=${EPOCHREALTIME/./}
        elif ((${EPOCHREALTIME/./} > since + 1500000)); then
            echo "$now"
            return
        fi
        sleep 0.2
    done
}

# ---- a container that is nothing but a namespace -----------------------------

mac() { printf '02:b0:%02x:%02x:00:01' $((serial / 256)) $((serial % 256)); }

state=$D/state

new_container() { # [PID]: sets id, pid, port and cidr
    serial=$((serial + 1))
    id=$(printf 'bench%04d' "$serial")
    pid=${1-$("$DRIVER" hold 1)}
    port=bench$serial
    cidr=10.9.$((serial / 250)).$((serial % 250 + 1))/16
}

NOT_READY='"ovsint.isolated-ports":"true",' # whoever asks for it gets no ready port

single_state() { # [ANNOTATIONS]
    write_state "$state" "${1-}\"ovsint.bridge\":\"br0\",\"ovsint.ip\":\"$cidr\",
        \"ovsint.gateway\":\"10.9.255.254\",\"ovsint.mtu\":\"$MTU\""
}

write_state() { # FILE ANNOTATIONS
    echo "{\"ociVersion\":\"1.0.2\",\"id\":\"$id\",\"status\":\"creating\",
        \"pid\":$pid,\"bundle\":\"$D/bundle\",\"annotations\":{$2}}" >"$1"
}

# They are reaped by the world's first process.
end_containers() { # PID...
    local ended
    kill -KILL "$@"
    for ended; do wait_until 10 not test -e "/proc/$ended"; done
}

# The devices of its namespace besides lo.
devices() {
    local name rest count=0
    while IFS=: read -r name rest; do
        [ -z "$rest" ] || [ "${name// /}" = lo ] || count=$((count + 1))
    done <"/proc/$pid/net/dev"
    echo "$count"
}

gone() { [ "$(devices)" = 0 ]; }

# What `who` did must be there.
check() { # WHO
    local address="|-- ${cidr%/*}"$'\n'
    case $1 in
    cni) address="|-- 10.8." ;;
    auto) address="|-- 10.7." ;;
    local) address="|-- 10.6." ;;
    esac
    [ "$(devices)" = 1 ] || fail "$1: $(devices) devices in $id"
    [[ $(<"/proc/$pid/net/fib_trie") == *"$address"* ]] ||
        fail "$1: no address in $id"
}

# Sets `command`, its environment where it needs one, and who runs it.
command_of() { # WHO attach|detach
    in_netns=()
    case $1-$2 in
    hook-attach | pooled-attach | made-attach) command=("$HOOK" createRuntime) ;;
    hook-detach | pooled-detach | made-detach) command=("$HOOK" poststop) ;;
    earlier-attach) command=("$EARLIER/ovsint-hook" createRuntime) ;;
    earlier-detach) command=("$EARLIER/ovsint-hook" poststop) ;;
    floor-attach)
        command=("$FLOOR" attach "$OVS_RUNDIR/db.sock" br0 "$id"
            "/proc/$pid/ns/net" "$BOOT" "$port" "$(mac)" "$cidr" 10.9.255.254
            "$MTU")
        ;;
    floor-detach) command=("$FLOOR" detach "$OVS_RUNDIR/db.sock" "$id") ;;
    shell-attach)
        command=("$here/by-hand" attach br0 "$id" "$pid" "$port" "$(mac)"
            "$cidr" 10.9.255.254 "$MTU")
        ;;
    shell-detach) command=("$here/by-hand" detach br0 "$port") ;;
    cni-* | auto-* | local-*)
        export CNI_COMMAND=ADD CNI_CONTAINERID=$id CNI_IFNAME=eth0
        export CNI_NETNS=/proc/$pid/ns/net CNI_PATH=/usr/lib/cni
        [ "$2" = attach ] || CNI_COMMAND=DEL
        command=("$CNI_PLUGIN")
        [ "$1" = cni ] || return 0
        in_netns=(nsenter --net="/proc/$cni_host/ns/net")
        command=(/usr/lib/cni/bridge)
        ;;
    esac
}

# Prints the driver's line.
run() { # WHO attach|detach
    local command in_netns input=$state more=
    command_of "$1" "$2"
    [ "$1" != made ] || more=$NOT_READY
    single_state "$more"
    [[ $1 != @(cni|auto|local) ]] || input=$D/$1.json
    "${in_netns[@]}" "$DRIVER" run "$input" "${command[@]}"
}

# ---- ports that are there already --------------------------------------------

# A namespace for the devices that are there already. Were each of them to speak
# up when it is moved, all others would hear it: a storm of broadcasts.
park() {
    parked=$("$DRIVER" hold 1)
    nsenter --net="/proc/$parked/ns/net" sh -c '
        echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6
        echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6'
}

# As if each belonged to a container of ours: rows as the hook writes them, and
# the device in another namespace.
fill_switch() { # FROM TO
    local i name ids addr arguments=()
    if [ $(($2 - $1)) -gt 1000 ]; then # more arguments than a program may have
        fill_switch "$1" $(($1 + 1000))
        fill_switch $(($1 + 1000)) "$2"
        return
    fi
    for ((i = $1 + 1; i <= $2; i++)); do
        name=full$i
        addr=10.10.$((i / 250)).$((i % 250 + 1))
        ids="ovsint-owner=hook ovsint-container=$name ovsint-ifname=eth0"
        ids+=" ovsint-netns-id=4:$i ovsint-boot=$BOOT"
        arguments+=(-- add-port br0 "$name" -- set Interface "$name"
            type=internal)
        for pair in $ids; do arguments+=("external_ids:\"${pair/=/\"=\"}\""); done
        arguments+=("external_ids:\"ovsint-member-$name\"=\"\""
            "external_ids:\"ovsint-netns\"=\"/proc/$i/ns/net\""
            "external_ids:\"iface-id\"=\"$name/eth0\""
            "external_ids:\"container_id\"=\"$name\"" -- set Port "$name")
        for pair in $ids; do arguments+=("external_ids:\"${pair/=/\"=\"}\""); done
        arguments+=("external_ids:\"ovsint-member-$name\"=\"\""
            "external_ids:\"ovsint-segment\"=\"br0/0\""
            "external_ids:\"ovsint-ip-$addr\"=\"br0/0\"")
    done
    ovs-vsctl -vtimeval:off "${arguments[@]}"
    for ((i = $1 + 1; i <= $2; i++)); do
        echo "link set dev full$i up netns $parked"
    done | ip -batch -
    settle
}

fill_linux_bridge() { # FROM TO
    local i to=$(($2 < 1000 ? $2 : 1000)) # the kernel lets it have 1023
    for ((i = $1 + 1; i <= to; i++)); do
        echo "link add name full$i mtu $MTU up master cni0" \
            "type veth peer name in$i netns $parked"
    done | nsenter --net="/proc/$cni_host/ns/net" ip -batch -
    for ((i = $1 + 1; i <= to; i++)); do
        echo "link set dev in$i up"
    done | nsenter --net="/proc/$parked/ns/net" ip -batch -
}
