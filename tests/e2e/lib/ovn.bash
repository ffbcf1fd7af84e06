# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154
#
# OVN with several hosts. The world is the host h1, so all that base.bash says is
# done there; h2 and the others are network and mount namespaces of their own, in
# which every path is the default one, too. NB, SB and northd run in the namespace
# `central`; all hosts find NB at its default socket, as if each had a relay.
# Loaded after base.bash.
#
#   ovn_make HOSTS                once, in setup_file
#   on HOST CMD...                there
#   nb ... / sb ...               ovn-nbctl, ovn-sbctl
#   vs HOST ...                   ovs-vsctl of that host
#   nb_rows TABLE [COND...]       rows of NB as plain JSON objects
#   ls_make NAME...               logical switches; ovn_end removes them
#   central_do NAME VERB          nb, sb or northd: start stop kill freeze thaw
#   controller_do HOST VERB       its ovn-controller: the same
#   host_switch HOST VERB         its ovs-vswitchd (not of h1): the same
#   host_lost HOST                it is off, and has no database any more (not h1);
#   host_open_vswitch HOST        its next boot, with an empty one;
#   host_chassis HOST             and it is a chassis again
#   floor_plug NAME HOST LSP MAC IP/LEN     what a port costs without ovsint
#   floor_unplug NAME HOST
#   ovn_begin, ovn_end            in setup and teardown: what a test killed is
#                                 started, and NB has nothing left
#
# Traps: one ovs-vswitchd of the userspace datapath per network namespace, whose
# encapsulation address has to be on a bridge's own device; the bridge between the
# hosts lies in a namespace of its own, as br_netfilter would filter there; a veth
# hands over unfinished checksums. The first packet through a tunnel is lost.

OVN_RUN=/run/ovn
UNDERLAY_MTU=1500
# What tests start and restart as they like.
export FOREIGN_BRIDGES=br-int
SERVICES="ovn-controller ovn-northd ovsdb-server ovs-vswitchd ${SERVICES-}"

host_run() { [ "$1" = h1 ] && echo "$OVS_RUNDIR" || echo "/run/hosts/$1/openvswitch"; }

# What goes before a command there: a function that runs in the background would have
# a shell wait for it.
enter() { # HOST; sets ENTER
    ENTER=()
    [ "$1" = h1 ] || ENTER=(nsenter "--net=/run/netns/$1"
        "--mount=/proc/$(<"/run/hosts/$1/pid")/ns/mnt" "--wd=$PWD")
}

on() { # HOST CMD...
    local ENTER
    enter "$1"
    "${ENTER[@]}" "${@:2}"
}

nb() { ovn-nbctl --timeout=20 --db="unix:$OVN_RUN/ovnnb_db.sock" "$@"; }
sb() { ovn-sbctl --timeout=20 --db="unix:$OVN_RUN/ovnsb_db.sock" "$@"; }
vs() { # HOST ...
    ovs-vsctl --timeout=20 --no-syslog --db="unix:$(host_run "$1")/db.sock" "${@:2}"
}
nb_rows() { rows_by nb "$@"; }
sb_rows() { rows_by sb "$@"; }

# ---- programs ----------------------------------------------------------------

# As ovs_daemon of base.bash, for any directory.
program_alive() { # PIDFILE
    { read -r PID <"$1"; } 2>/dev/null && ovs_has_process "$PID"
}

program_do() { # PIDFILE VERB START-COMMAND...
    local pidfile=$1 verb=$2
    shift 2
    case $verb in
    start)
        daemonize "$@" --pidfile="$pidfile" --detach --no-chdir \
            --log-file="${pidfile%.pid}.log" -vconsole:off -vsyslog:off ||
            fail "$* did not start:" "$(tail -n 5 "$TMPDIR/daemon.out" \
                "${pidfile%.pid}.log")"
        ;;
    kill | stop)
        program_alive "$pidfile" || fail "$pidfile: does not run" || return
        if [ "$verb" = kill ]; then kill -KILL "$PID"; else kill -TERM "$PID"; fi
        wait_until 10 not ovs_has_process "$PID"
        ;;
    freeze) program_alive "$pidfile" && kill -STOP "$PID" ;;
    thaw) program_alive "$pidfile" && kill -CONT "$PID" ;;
    *) fail "no such verb: $verb" ;;
    esac
}

in_central() { ip netns exec central "$@"; }

central_do() { # nb|sb|northd VERB
    local start
    case $1 in
    nb)
        start=(ovsdb-server "$OVN_RUN/nb.db" "--remote=punix:$OVN_RUN/ovnnb_db.sock"
            --remote=ptcp:6641 "--unixctl=$OVN_RUN/nb.ctl")
        ;;
    sb)
        start=(ovsdb-server "$OVN_RUN/sb.db" "--remote=punix:$OVN_RUN/ovnsb_db.sock"
            --remote=ptcp:6642 "--unixctl=$OVN_RUN/sb.ctl")
        ;;
    northd)
        start=(ovn-northd "--ovnnb-db=unix:$OVN_RUN/ovnnb_db.sock"
            "--ovnsb-db=unix:$OVN_RUN/ovnsb_db.sock" "--unixctl=$OVN_RUN/northd.ctl")
        ;;
    esac
    program_do "$OVN_RUN/$1.pid" "$2" in_central "${start[@]}"
}

# The run directory has its control socket, by its process id.
controller_do() { # HOST VERB
    local dir
    dir=$(host_run "$1")
    program_do "$dir/ovn-controller.pid" "$2" on "$1" \
        env OVN_RUNDIR="$dir" ovn-controller "unix:$dir/db.sock"
}

host_switch() { # HOST VERB
    local dir
    dir=$(host_run "$1")
    program_do "$dir/ovs-vswitchd.pid" "$2" on "$1" \
        ovs-vswitchd "unix:$dir/db.sock" "--unixctl=$dir/ovs-vswitchd.ctl"
}

host_database() { # HOST VERB
    local dir
    dir=$(host_run "$1")
    program_do "$dir/ovsdb-server.pid" "$2" on "$1" ovsdb-server "$dir/conf.db" \
        "--remote=punix:$dir/db.sock" "--unixctl=$dir/ovsdb-server.ctl"
}

# ---- the hosts ---------------------------------------------------------------

cable() { # HOST: eth0 of it is on the underlay
    local netns=()
    [ "$1" = h1 ] || netns=(netns "$1")
    ip link add "u-$1" netns underlay mtu $UNDERLAY_MTU type veth \
        peer name eth0 "${netns[@]}" mtu $UNDERLAY_MTU
    ip -n underlay link set "u-$1" master ulbr up
    on_net "$1" ip link set eth0 up
    on_net "$1" "$CHECKSUMS" eth0 off
}

on_net() { # HOST CMD...
    if [ "$1" = h1 ]; then "${@:2}"; else ip netns exec "$1" "${@:2}"; fi
}

central_make() {
    ip netns add central
    ip -n central link set lo up
    cable central
    ip -n central addr add 172.31.0.1/24 dev eth0
    mkdir -p "$OVN_RUN"
    ovsdb-tool create "$OVN_RUN/nb.db" /usr/share/ovn/ovn-nb.ovsschema
    ovsdb-tool create "$OVN_RUN/sb.db" /usr/share/ovn/ovn-sb.ovsschema
    central_do nb start
    central_do sb start
    nb init
    sb init
    central_do northd start
}

# /run/netns is shared among them, as ip-netns(8) makes it. With its exec there
# would be no cgroups.
namespaces_make() { # HOST
    local dir=/run/hosts/$1
    mkdir -p "$dir/openvswitch" "$dir/etc"
    echo '{}' >"$dir/etc/ovsint.json"
    ip netns add "$1"
    ip -n "$1" link set lo up
    nsenter --net="/run/netns/$1" unshare --mount --propagation unchanged sh -c '
        mount --make-private /run/openvswitch 2>/dev/null
        mount --bind "$1/openvswitch" /run/openvswitch &&
        mount --bind "$1/etc" /etc/ovsint && echo $$ >"$1/pid" &&
        exec sleep infinity' - "$dir" </dev/null >/dev/null 2>&1 3>&- 4>&- &
    wait_until 5 test -s "$dir/pid"
}

# Where the encapsulation address is: the kernel's datapath has a device of the
# kernel for its tunnels, the other one looks for a bridge.
encap_make() { # HOST ADDRESS
    local device=eth0
    if [ "$DATAPATH" = userspace ]; then
        device=br-phy
        # Its MAC is the same after a reboot, as that of a card: other hosts
        # keep it, as Open vSwitch does for its tunnels.
        vs "$1" add-br br-phy -- set Bridge br-phy datapath_type=netdev \
            other_config:hwaddr="02:00:00:00:00:${2##*.}" -- \
            add-port br-phy eth0
        on_net "$1" ip link set br-phy mtu $UNDERLAY_MTU up
    fi
    on_net "$1" ip addr replace "$2/24" dev $device
}

# An Open vSwitch whose database is empty; h1's is the world's.
host_open_vswitch() { # HOST
    ovsdb-tool create "/run/hosts/$1/openvswitch/conf.db" \
        /usr/share/openvswitch/vswitch.ovsschema
    host_database "$1" start
    vs "$1" --no-wait init -- set Open_vSwitch . \
        other_config:n-handler-threads=1 other_config:n-revalidator-threads=1
    host_switch "$1" start
}

host_chassis() { # HOST
    local address=172.31.0.1${1#h} type=netdev
    [ "$DATAPATH" = userspace ] || type=system
    encap_make "$1" "$address"
    vs "$1" set Open_vSwitch . external_ids:system-id="$1" \
        external_ids:hostname="$1" external_ids:ovn-remote=tcp:172.31.0.1:6642 \
        external_ids:ovn-encap-type=geneve external_ids:ovn-encap-ip="$address" \
        external_ids:ovn-bridge-datapath-type=$type
    controller_do "$1" start
}

host_make() { # HOST
    if [ "$1" != h1 ]; then
        namespaces_make "$1"
        host_open_vswitch "$1"
    fi
    cable "$1"
    host_chassis "$1"
}

# What a host that is not h1 loses when it is switched off and its disk is lost; the
# test ends its containers. Its next start is another boot.
host_lost() { # HOST
    local dir=/run/hosts/$1
    controller_do "$1" kill
    program_alive "$dir/openvswitch/ovs-vswitchd.pid"
    ovs-appctl --timeout=20 -t "$dir/openvswitch/ovs-vswitchd.ctl" exit --cleanup
    wait_until 10 not ovs_has_process "$PID"
    host_database "$1" stop
    rm "$dir/openvswitch/conf.db"
    cat /proc/sys/kernel/random/uuid >"$dir/boot"
    on "$1" mount --bind "$dir/boot" /proc/sys/kernel/random/boot_id
}

ovn_make() { # HOSTS
    local i
    ip netns add underlay
    ip -n underlay link set lo up
    ip -n underlay link add name ulbr type bridge
    ip -n underlay link set ulbr up
    central_make
    for ((i = 1; i <= $1; i++)); do host_make "h$i"; done
    for ((i = 1; i <= $1; i++)); do
        wait_until 20 eval "sb get Chassis h$i name"
    done
    OVN_HOSTS=$1
    export OVN_HOSTS
}

ls_make() { # NAME...
    local name
    for name; do nb ls-add "$name"; done
}

# ---- ports without ovsint ------------------------------------------------------

floor_plug() { # NAME HOST LSP MAC IP/LEN
    netns_add "$1"
    vs "$2" add-port br-int "oi$1" -- set Interface "oi$1" type=internal \
        external_ids:iface-id="$3"
    on_net "$2" ip link set "oi$1" netns "$1" address "$4" mtu 1442 up
    ip -n "$1" addr add "$5" dev "oi$1"
}

floor_unplug() { # NAME HOST
    vs "$2" --if-exists del-port br-int "oi$1"
    netns_gone "$1"
}

# ---- each test -----------------------------------------------------------------

ovn_heal() {
    local name i
    for name in nb sb northd; do
        if program_alive "$OVN_RUN/$name.pid"; then
            kill -CONT "$PID"
        else
            central_do "$name" start
        fi
    done
    for ((i = 1; i <= OVN_HOSTS; i++)); do
        if program_alive "$(host_run "h$i")/ovn-controller.pid"; then
            kill -CONT "$PID"
        else
            controller_do "h$i" start
        fi
        [ $i = 1 ] || program_alive "$(host_run "h$i")/ovs-vswitchd.pid" ||
            host_switch "h$i" start
    done
}

ovn_begin() { world_setup; }

lsps_left() { nb_rows Logical_Switch_Port | check_json '[.[] | .name] == []'; }

names_left() { nb_rows DNS | check_json '[.[] | .records] == []'; }

# The logical switches go last: with them would go what is left in them.
ovn_end() {
    local failed=0 name
    ovs_heal
    ovn_heal
    world_teardown || failed=1
    wait_until 5 lsps_left || failed=1
    wait_until 5 names_left || failed=1
    for name in $(nb --bare --columns=_uuid list Logical_Switch); do
        nb ls-del "$name"
    done
    [ "$failed" = 0 ] || tail -n 5 "$OVN_RUN"/*.log >&2
    return "$failed"
}
