# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154
#
# The world outside the host, for tests of NAT: a network namespace "outside" at
# the other end of the host's cable wan0. Loaded after docker.bash.
#
#   outside_make                  once, in setup_file
#   at WHERE CMD...               WHERE is host, outside or a container
#   serve WHERE PROTO PORTS...    tcp, udp or sctp; answers there from now on
#   serve_end                     no more
#   ask WHERE PROTO ADDRESS PORTS who answers, one line each: WHERE, the port
#                                 and the peer's address as they are seen there
#   says PATTERN ask ...          fails unless that is the answer
#   no_answer WHERE PROTO ADDRESS PORT    meaningful only next to an answer
#   hold WHERE ADDRESS PORT       one connection, asked all the time
#   holds                         it lives, and answers still come

TALK=$ROOT/build/release/tests/e2e/programs/talk
# The host has two addresses of each family; the outside one on the cable, and
# one that is reached by the host's default route only.
HOST4=198.51.100.1 HOST6=2001:db8:51::1
OTHER4=198.51.100.2 OTHER6=2001:db8:51::2
OUT4=198.51.100.80 OUT6=2001:db8:51::80
FAR4=203.0.113.80 FAR6=2001:db8:113::80

outside_make() {
    local address
    ip netns add outside
    ip link add wan0 type veth peer name eth0 netns outside
    for address in $HOST4/24 $OTHER4/24; do ip addr add "$address" dev wan0; done
    ip addr add $HOST6/64 dev wan0 nodad
    # Not one that the host would choose to speak from.
    ip addr add $OTHER6/64 dev wan0 nodad preferred_lft 0
    ip link set wan0 up
    ip -n outside link set lo up
    ip -n outside addr add $OUT4/24 dev eth0
    ip -n outside addr add $OUT6/64 dev eth0 nodad
    ip -n outside addr add $FAR4/32 dev lo
    ip -n outside addr add $FAR6/128 dev lo nodad
    ip -n outside link set eth0 up
    ip route add default via $OUT4
    ip route add default via $OUT6 dev wan0
}

# ---- who talks to whom --------------------------------------------------------

entry_of() { # WHERE: sets entry, a command that goes there
    case $1 in
    host) entry=() ;;
    outside) entry=(nsenter --net=/run/netns/outside) ;;
    *) entry=(nsenter "--net=/proc/$(container_pid "$1")/ns/net") ;;
    esac
}

at() { # WHERE CMD...
    local entry
    entry_of "$1"
    shift
    "${entry[@]}" "$@"
}

# It is a process of the test that keeps the container's namespace: serve_end
# before the container goes.
serve() { # WHERE PROTO PORTS...
    local where=$1 entry log
    log=$(mktemp "$T/serve.XXXXXX")
    entry_of "$where"
    shift
    "${entry[@]}" "$TALK" serve "$where" "$@" \
        </dev/null >"$log" 2>&1 3>&- 4>&- &
    echo $! >>"$T/servers"
    wait_until 20 grep -q ready "$log"
}

serve_end() {
    local pid
    [ -e "$T/servers" ] || return 0
    while read -r pid; do
        kill "$pid" 2>/dev/null || true
        wait_until 5 not kill -0 "$pid"
    done <"$T/servers"
    rm "$T/servers"
}

ask() { # WHERE PROTO ADDRESS PORTS
    local entry
    entry_of "$1"
    shift
    "${entry[@]}" "$TALK" ask "$@"
}

says() { # PATTERN CMD...
    local text=$1 said
    shift
    said=$("$@" 2>&1) || fail "$*: $said" || return
    # shellcheck disable=SC2053
    [[ $said = $text ]] || fail "$*: it says '$said', not '$text'"
}

no_answer() { # WHERE PROTO ADDRESS PORT
    local said
    ! said=$(TALK_MS=1000 ask "$@" 2>&1) || fail "$*: $said"
}

hold() { # WHERE ADDRESS PORT
    local entry
    entry_of "$1"
    shift
    "${entry[@]}" "$TALK" hold "$@" </dev/null >"$T/held" 2>"$T/held.err" \
        3>&- 4>&- &
    holder=$!
    echo "$holder" >>"$T/servers"
    wait_until 5 test -s "$T/held"
}

held() {
    kill -0 "$holder" || fail "the connection: $(cat "$T/held.err")" || return
    wc -l <"$T/held"
}

held_more_than() { (($(held) > $1)); }

# Answers still come, on the connection that was there before.
holds() {
    local before
    before=$(held)
    wait_until 20 held_more_than "$before"
}
