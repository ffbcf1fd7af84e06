#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# Published ports and the rules of networks, asked for as Docker does it: which
# ports are chosen and who is in the way, what the ruleset has, and that it is
# put right whatever happens to it. There is no Docker, and no container. What
# packets of real containers do is in ports-of-containers.bats, reach.bats and
# firewalls.bats.

load ../lib/base
load ../lib/plugin

CONTAINER=10.9.0.1
GATEWAY=10.9.0.254

setup() {
    world_setup
    plugin start
    NET=$(net_id 1)
    EP=$(ep_id 1)
}

teardown() {
    local id
    ovs_heal
    [ ! -e "$T/listener" ] || kill -- "-$(cat "$T/listener")" 2>/dev/null || true
    answers >/dev/null || plugin start || FAILED=1
    for id in $(rows Bridge | jq -r '.[].external_ids | keys[] |
        select(startswith("ovsint-network-")) | ltrimstr("ovsint-network-")'); do
        delete_network "$id" || FAILED=1
    done
    no_rules || FAILED=1
    plugin stop
    for id in docker0 br-lan br-lan2 br-0123456789ab; do
        ip link del "$id" 2>/dev/null || true
    done
    [ ! -e "$T/sender" ] || kill -- "-$(cat "$T/sender")" 2>/dev/null || true
    for id in c1 c2 c3 host; do
        [ ! -e "$T/counter.$id" ] || kill "$(cat "$T/counter.$id")" || true
        [ ! -e "$T/server.$id" ] || kill "$(cat "$T/server.$id")" || true
        ip netns delete "$id" 2>/dev/null || true
    done
    nft flush ruleset
    world_teardown
}

# ---- what tests say ------------------------------------------------------------

nat_network() { # [ID [POOL GATEWAY]]
    create_network "${1:-$NET}" '{"mode":"nat"}' "$(jq -nc \
        --arg pool "${2:-10.9.0.0/24}" --arg gateway "${3:-$GATEWAY/24}" '{
        IPv4Data: [{AddressSpace: "x", Pool: $pool, Gateway: $gateway}]}')"
}

publish_fails() { # TEXT NET EP PORTMAP
    local text=$1
    shift
    call_fails "$text" ProgramExternalConnectivity "$(publish_json "$@")"
}

ports_of() { # EP
    local -
    set -o pipefail
    endpoint_port "$1" | jq -r '.external_ids["ovsint-ports"] // ""'
}

no_rules() { prints_no "table inet ovsint" nft list tables; }

elements() { # MAP
    nft -j list map inet ovsint "$1" |
        jq -c '[.nftables[] | .map // empty | .elem // [] | .[]]'
}

# A container that answers on port 80, without Docker.
container() { # NETNS NET EP ADDRESS GATEWAY
    local port mac
    ip netns add "$1"
    mac=$(create_endpoint "$2" "$3" "$4/24" | jq -r .Interface.MacAddress)
    port=$(join "$2" "$3" "/run/netns/$1" | jq -r .InterfaceName.SrcName)
    ip link set "$port" netns "$1"
    ip -n "$1" link set lo up
    ip -n "$1" link set "$port" address "$mac" up # as Docker does
    ip -n "$1" addr add "$4/24" dev "$port"
    ip -n "$1" route add default via "$5"
    serve "$1"
}

serve() { # NETNS
    ip netns exec "$1" socat -U TCP-LISTEN:80,fork,reuseaddr \
        SYSTEM:"echo I am $1" </dev/null >/dev/null 2>&1 3>&- 4>&- &
    echo $! >"$T/server.$1"
    wait_until 5 heard "I am $1" TCP:127.0.0.1:80 ip netns exec "$1"
}

# A loaded machine's switch may be away for longer than a connection waits.
hears() { wait_until 10 heard "$@"; } # TEXT SOCAT-ADDRESS [PREFIX...]

heard() { # TEXT SOCAT-ADDRESS [PREFIX...]: once
    local text=$1 address=$2
    shift 2
    "$@" timeout 5 socat -u "$address,connect-timeout=2" - </dev/null |
        grep -qxF "$text"
}

hears_nothing() { # SOCAT-ADDRESS [PREFIX...]
    not heard "I am c1" "$@"
}

# In a group of its own, with the children that it has for connections: one whose peer
# is cut off by the rules does not hear that the peer has gone.
listener() { # SOCAT-ADDRESS
    local port=${1#*:}
    setsid socat -u "$1" - </dev/null >/dev/null 2>&1 3>&- 4>&- &
    echo $! >"$T/listener"
    wait_until 5 bound "${port%%,*}"
}
bound() { [ -n "$(ss -Hanlut sport = ":$1")" ]; }

two_containers() { # of one network
    nat_network
    container c1 "$NET" "$EP" $CONTAINER $GATEWAY
    container c2 "$NET" "$(ep_id 2)" 10.9.0.2 $GATEWAY
}

# ---- which ports -----------------------------------------------------------------

@test "ports are written on the row and led to the container" {
    nat_network
    create_endpoint "$NET" "$EP" $CONTAINER/24
    join "$NET" "$EP"
    publish "$NET" "$EP" "$(portmap 6 '' 8080 8080 80 6 '' 8081 8081 81 \
        17 127.0.0.1 53 53 5353)" | check_json '. == {}'
    [ "$(ports_of "$EP")" = "tcp/8080-8081:80 udp/127.0.0.1/53:5353" ]
    elements ports4 | check_json 'map(.[0].concat[1]) | sort == [8080, 8081]'
    elements ports4_at | check_json '. ==
        [[{concat: ["127.0.0.1", "udp", 53]}, {concat: ["10.9.0.1", 5353]}]]'
    elements ports6 | check_json '. == []'
    revoke "$NET" "$EP" | check_json '. == {}'
    [ "$(ports_of "$EP")" = "" ]
    elements ports4 | check_json '. == []'
    elements ports4_at | check_json '. == []'
    revoke "$NET" "$EP"
}

@test "ports go with the endpoint, rules with the last network" {
    no_rules
    nat_network
    nat_network "$(net_id 2)" 10.8.0.0/24 10.8.0.254/24
    create_endpoint "$NET" "$EP" $CONTAINER/24
    publish "$NET" "$EP" "$(portmap 6 '' 8080 8080 80)"
    delete_endpoint "$NET" "$EP"
    elements ports4 | check_json '. == []'
    delete_network "$NET"
    nft list set inet ovsint networks | grep -F "ovsint-$(net_id 2 | cut -c 1-8)"
    delete_network "$(net_id 2)"
    no_rules
}

# bats test_tags=long
@test "the same again is the same answer, another list takes the place" {
    local first
    nat_network
    create_endpoint "$NET" "$EP" $CONTAINER/24
    publish "$NET" "$EP" "$(portmap 6 '' 0 0 80 6 '' 8000 8009 81)"
    first=$(ports_of "$EP")
    publish "$NET" "$EP" "$(portmap 6 '' 0 0 80 6 '' 8000 8009 81)"
    [ "$(ports_of "$EP")" = "$first" ]
    publish "$NET" "$EP" "$(portmap 6 '' 9000 9000 80)"
    [ "$(ports_of "$EP")" = "tcp/9000:80" ]
    publish "$NET" "$EP" "$(portmap)"
    [ "$(ports_of "$EP")" = "" ]
}

@test "ports that are left to us: any, and of a range" {
    local low high port
    read -r low high </proc/sys/net/ipv4/ip_local_port_range
    nat_network
    create_endpoint "$NET" "$EP" $CONTAINER/24
    create_endpoint "$NET" "$(ep_id 2)" 10.9.0.2/24
    publish "$NET" "$EP" "$(portmap 6 '' 0 0 80 6 '' 8000 8001 81)"
    [[ $(ports_of "$EP") =~ ^tcp/([0-9]+):80\ tcp/8000:81$ ]]
    port=${BASH_REMATCH[1]}
    ((port >= low && port <= high))
    publish "$NET" "$(ep_id 2)" "$(portmap 6 '' 0 0 80 6 '' 8000 8001 81)"
    [[ $(ports_of "$(ep_id 2)") =~ ^tcp/([0-9]+):80\ tcp/8001:81$ ]]
    [ "${BASH_REMATCH[1]}" != "$port" ]
    plugin_logged "tcp/$port:80"
    create_endpoint "$NET" "$(ep_id 3)" 10.9.0.3/24
    publish_fails "none of the host's ports 8000-8001 is free" \
        "$NET" "$(ep_id 3)" "$(portmap 6 '' 8000 8001 81)"
}

@test "a port of another container" {
    nat_network
    create_endpoint "$NET" "$EP" $CONTAINER/24
    create_endpoint "$NET" "$(ep_id 2)" 10.9.0.2/24
    publish "$NET" "$EP" "$(portmap 6 '' 8080 8080 80)"
    publish_fails "host port 8080/tcp is published by the container with address 10.9.0.1 already (endpoint ${EP:0:12}" \
        "$NET" "$(ep_id 2)" "$(portmap 6 '' 80 80 80 6 '' 8080 8080 80)"
    # All or nothing.
    [ "$(ports_of "$(ep_id 2)")" = "" ]
    elements ports4 | check_json 'length == 1'
    publish "$NET" "$(ep_id 2)" "$(portmap 17 '' 8080 8080 80)"
    publish_fails "asked for twice by this container" "$NET" "$(ep_id 2)" \
        "$(portmap 17 '' 7 7 7 17 127.0.0.1 7 7 8)"
    delete_endpoint "$NET" "$EP"
    publish "$NET" "$(ep_id 2)" "$(portmap 6 '' 80 80 80 6 '' 8080 8080 80)"
}

@test "a port of a process" {
    nat_network
    create_endpoint "$NET" "$EP" $CONTAINER/24
    listener TCP-LISTEN:80
    publish_fails \
        "host port 80/tcp is taken by process $(cat "$T/listener") (socat)" \
        "$NET" "$EP" "$(portmap 6 '' 8080 8080 80 6 '' 80 80 80)"
    [ "$(ports_of "$EP")" = "" ]
    publish_fails "(socat)" "$NET" "$EP" "$(portmap 6 127.0.0.1 80 80 80)"
    publish "$NET" "$EP" "$(portmap 17 '' 80 80 80)"
    publish "$NET" "$EP" "$(portmap 6 '' 80 81 80)"
    [ "$(ports_of "$EP")" = "tcp/81:80" ]
}

# All have asked before the first one is answered. Prints how many answers name the
# process, and how many there are.
many_ask() { # NET EP PORT
    plugin freeze
    python3 - "$PLUGIN_SOCKET" "$(publish_json "$1" "$2" "$(portmap 6 '' "$3" "$3" 80)")" \
        "$(plugin_pid)" <<-'EOF'
	import os, signal, socket, sys
	def connect():
	    s = socket.socket(socket.AF_UNIX)
	    s.settimeout(60)
	    s.connect(sys.argv[1])
	    return s
	callers = []
	for i in range(100):
	    callers.append(connect())
	    callers[-1].sendall(b'POST /NetworkDriver.ProgramExternalConnectivity HTTP/1.1\r\n'
	        b'Host: \r\nContent-Length: %d\r\n\r\n' % len(sys.argv[2]) +
	        sys.argv[2].encode())
	os.kill(int(sys.argv[3]), signal.SIGCONT)
	answers = [s.recv(4096) for s in callers]
	print(sum(b'(socat)' in answer for answer in answers),
	      sum(b'is taken by ' in answer for answer in answers))
	EOF
}

# bats test_tags=long
@test "a hundred who ask for a port of a process: most are told without a search" {
    local named all
    nat_network
    create_endpoint "$NET" "$EP" $CONTAINER/24
    listener TCP-LISTEN:8081
    read -r named all < <(many_ask "$NET" "$EP" 8081)
    [ "$all" = 100 ]
    [ "$named" -ge 1 ]
    [ "$named" -le 50 ]
}

# bats test_tags=long
@test "a port of a process that has one address only" {
    nat_network
    create_endpoint "$NET" "$EP" $CONTAINER/24
    listener UDP-RECV:53,bind=127.0.0.2
    publish_fails "53/udp is taken by process" "$NET" "$EP" \
        "$(portmap 17 '' 53 53 53)"
    publish "$NET" "$EP" "$(portmap 17 127.0.0.1 53 53 53)"
}

@test "addresses that cannot be" {
    nat_network
    create_endpoint "$NET" "$EP" $CONTAINER/24
    publish_fails "192.0.2.7:80/tcp: no device of the host has this address" \
        "$NET" "$EP" "$(portmap 6 192.0.2.7 80 80 80)"
    publish_fails "cannot be published on an IPv6 address" \
        "$NET" "$EP" "$(portmap 6 ::1 80 80 80)"
    publish_fails "entry 1 of com.docker.network.portmap is no port" \
        "$NET" "$EP" "$(portmap 1 '' 80 80 80)"
    publish_fails "no port of this endpoint" \
        "$NET" "$(ep_id 7)" "$(portmap 6 '' 80 80 80)"
}

@test "networks of other modes publish nothing" {
    create_network "$NET" '{"bridge":"br0"}'
    create_endpoint "$NET" "$EP" $CONTAINER/24
    publish "$NET" "$EP" "$(portmap 6 '' 80 80 80)" | check_json '. == {}'
    [ "$(ports_of "$EP")" = "" ]
    no_rules
    plugin_logged "the network's mode is not nat"
}

# bats test_tags=long
@test "20 calls at once for any port, and for one" {
    local n pids=() pid ok=0
    # It takes an endpoint that nobody moves to be one that Docker has forgotten.
    config '{"timeout-ms": 30000, "guardian": {"enabled": false}}'
    plugin restart
    nat_network
    for n in {1..20}; do create_endpoint "$NET" "$(ep_id "$n")" "10.9.0.$n/24"; done
    for n in {1..20}; do
        T=$T/$n; mkdir "$T"
        publish "$NET" "$(ep_id "$n")" "$(portmap 6 '' 0 0 80)" &
        pids+=($!)
        T=${T%/*}
    done
    for pid in "${pids[@]}"; do wait "$pid"; done
    elements ports4 | check_json 'map(.[0]) | unique | length == 20'
    pids=()
    for n in {1..20}; do
        T=$T/$n
        publish "$NET" "$(ep_id "$n")" "$(portmap 17 '' 53 53 53)" >/dev/null 2>&1 &
        pids+=($!)
        T=${T%/*}
    done
    for pid in "${pids[@]}"; do ! wait "$pid" || ok=$((ok + 1)); done
    [ "$ok" = 1 ]
}

# How many calls of another connection are answered while one publishes 600 ports
# of a range whose first 6000 are taken.
answered_meanwhile() { # NET EP
    python3 - "$PLUGIN_SOCKET" "$1" "$2" <<-'EOF'
	import json, socket, sys
	def connect():
	    s = socket.socket(socket.AF_UNIX)
	    s.connect(sys.argv[1])
	    s.settimeout(60)
	    return s
	def send(s, path, body=b''):
	    s.sendall(b'POST /%s HTTP/1.1\r\nHost: \r\nContent-Length: %d\r\n\r\n' %
	              (path, len(body)) + body)
	ports = [{'Proto': 6, 'Port': p, 'HostPort': 2000, 'HostPortEnd': 8600}
	         for p in range(1, 601)]
	large, other = connect(), connect()
	send(large, b'NetworkDriver.ProgramExternalConnectivity', json.dumps({
	    'NetworkID': sys.argv[2], 'EndpointID': sys.argv[3],
	    'Options': {'com.docker.network.portmap': ports}}).encode())
	large.setblocking(False)
	count = 0
	while True:
	    try:
	        assert b' 200 ' in large.recv(4096)
	        break
	    except BlockingIOError:
	        pass
	    send(other, b'Plugin.Activate')
	    assert b' 200 ' in other.recv(4096)
	    count += 1
	print(count)
	EOF
}

serves_others() { # NET EP
    local count='' ports=''
    count=$(answered_meanwhile "$1" "$2") && ports=$(ports_of "$2")
    revoke "$1" "$2" && [ "$ports" = tcp/8000-8599:1 ] && [ "$count" -ge 400 ]
}

@test "others are served while an endpoint publishes many ports" {
    nat_network
    create_endpoint "$NET" "$EP" $CONTAINER/24
    create_endpoint "$NET" "$(ep_id 2)" 10.9.0.2/24
    jq -nc --arg net "$NET" --arg ep "$(ep_id 2)" '{NetworkID: $net, EndpointID: $ep,
        Options: {"com.docker.network.portmap": [range(2000; 8000) | {Proto: 6,
            Port: (. * 7 % 60000 + 1), HostIP: "127.0.0.2", HostPort: ., HostPortEnd: .}]}}' \
        >"$T/large"
    call ProgramExternalConnectivity "@$T/large"
    [ "$(elements ports4_at | jq length)" = 6000 ]
    # This client may be the one that is kept waiting.
    wait_until 30 serves_others "$NET" "$EP"
    # What somebody has removed comes back bit by bit as well.
    nft flush ruleset
    wait_until 30 has_all 6000
}
has_all() { [ "$(elements ports4_at | jq length)" = "$1" ]; }

@test "the database is away" {
    nat_network
    create_endpoint "$NET" "$EP" $CONTAINER/24
    publish "$NET" "$EP" "$(portmap 6 '' 8080 8080 80)"
    ovsdb kill
    publish_fails "" "$NET" "$EP" "$(portmap 6 '' 8081 8081 80)"
    publish "$NET" "$EP" "$(portmap)"
    revoke "$NET" "$EP"
    elements ports4 | check_json 'length == 1'
    ovsdb start
    wait_until 10 ports_are "$EP" ""
    elements ports4 | check_json '. == []'
}
ports_are() { # EP PORTS
    local ports
    ports=$(ports_of "$1") && [ "$ports" = "$2" ]
}

# ---- what packets do ---------------------------------------------------------------

# bats test_tags=long
@test "the host reaches published ports by each of its addresses" {
    two_containers
    hears_nothing TCP:127.0.0.1:8080
    publish "$NET" "$EP" "$(portmap 6 '' 8080 8080 80)"
    publish "$NET" "$(ep_id 2)" "$(portmap 6 127.0.0.1 8081 8081 80)"
    hears "I am c1" TCP:127.0.0.1:8080
    hears "I am c1" TCP:$GATEWAY:8080
    hears "I am c2" TCP:127.0.0.1:8081
    not heard "I am c2" TCP:$GATEWAY:8081
    revoke "$NET" "$EP"
    hears_nothing TCP:127.0.0.1:8080
}

@test "neighbours and the container itself by the host's address" {
    two_containers
    publish "$NET" "$EP" "$(portmap 6 '' 8080 8080 80)"
    hears "I am c1" TCP:$GATEWAY:8080 ip netns exec c2
    hears "I am c1" TCP:$GATEWAY:8080 ip netns exec c1
}

@test "a container cannot reach the host's loopback addresses" {
    nat_network
    container c1 "$NET" "$EP" $CONTAINER $GATEWAY
    listener TCP-LISTEN:7,bind=127.0.0.1,fork
    # The container's own routes allow it.
    ip -n c1 addr del 127.0.0.1/8 dev lo
    ip netns exec c1 sysctl -qw net.ipv4.conf.all.route_localnet=1
    ip -n c1 route add 127.0.0.1 via $GATEWAY
    cannot_reach_loopback
    plugin freeze
    nft flush chain inet ovsint loopback
    not cannot_reach_loopback
    plugin thaw
    wait_until 5 cannot_reach_loopback
}
cannot_reach_loopback() {
    not ip netns exec c1 socat -u /dev/null TCP:127.0.0.1:7,connect-timeout=1
}

# bats test_tags=long
@test "containers of two networks stay apart, but for published ports" {
    nat_network
    nat_network "$(net_id 2)" 10.8.0.0/24 10.8.0.254/24
    container c1 "$NET" "$EP" $CONTAINER $GATEWAY
    container c2 "$(net_id 2)" "$(ep_id 2)" 10.8.0.1 10.8.0.254
    hears "I am c1" TCP:$CONTAINER:80
    hears_nothing TCP:$CONTAINER:80 ip netns exec c2
    publish "$NET" "$EP" "$(portmap 6 '' 8080 8080 80)"
    hears "I am c1" TCP:10.8.0.254:8080 ip netns exec c2
    hears_nothing TCP:$CONTAINER:80 ip netns exec c2
}

# bats test_tags=long
@test "Docker's own networks stay apart, too" {
    sysctl -qw net.ipv4.ip_forward=1
    ip link add docker0 type bridge
    docker_bridge docker0 10.40.0.1/24 c2
    nat_network
    container c1 "$NET" "$EP" $CONTAINER $GATEWAY
    nft list set inet ovsint apart | grep -F '"docker0"'
    ip -n c2 route add default via 10.40.0.1
    hears "I am c2" TCP:10.40.0.2:80
    not heard "I am c2" TCP:10.40.0.2:80 ip netns exec c1
    hears_nothing TCP:$CONTAINER:80 ip netns exec c2
    publish "$NET" "$EP" "$(portmap 6 '' 8080 8080 80)"
    hears "I am c1" TCP:$GATEWAY:8080 ip netns exec c2
    # Others are the world.
    ip link add br-0123456789ab type bridge
    ip link add br-lan type bridge
    wait_until 5 apart br-0123456789ab
    not apart br-lan
    ip link set docker0 down
    ip link set docker0 name br-lan2
    nft flush ruleset
    wait_until 5 apart br-0123456789ab
    ip link set br-lan2 up
    hears "I am c2" TCP:10.40.0.2:80 ip netns exec c1
    ip link del br-lan2
    ip link del br-0123456789ab
    ip link del br-lan
    sysctl -qw net.ipv4.ip_forward=0
}
apart() { nft list set inet ovsint apart | grep -F "\"$1\""; }

docker_bridge() { # BRIDGE ADDRESS NETNS
    ip addr add "$2" dev "$1"
    ip link set "$1" up
    ip netns add "$3"
    ip link add "v-$3" type veth peer name eth0 netns "$3"
    ip link set "v-$3" master "$1" up
    ip -n "$3" link set lo up
    ip -n "$3" addr add 10.40.0.2/24 dev eth0
    ip -n "$3" link set eth0 up
    serve "$3"
}

# bats test_tags=long
@test "datagrams that never cease go to whom the port belongs now" {
    two_containers
    counter c1
    counter c2
    # Datagrams from one port, to nobody so far.
    ip netns add c3
    ip link add v-c3 type veth peer name eth0 netns c3
    ip addr add 192.0.2.1/24 dev v-c3
    ip link set v-c3 up
    ip -n c3 addr add 192.0.2.2/24 dev eth0
    ip -n c3 link set eth0 up
    # time: the pace of the sender
    setsid ip netns exec c3 bash -c 'while sleep 0.05; do echo x; done |
        socat -u - UDP-SENDTO:192.0.2.1:5353,sourceport=7777' \
        >/dev/null 2>&1 3>&- 4>&- &
    echo $! >"$T/sender"
    publish "$NET" "$EP" "$(portmap 17 '' 5353 5353 53)"
    counts_on c1
    # More are tracked than the daemon looks at in one turn.
    ip netns exec c3 bash -c \
        'for port in {20000..39999}; do echo >"/dev/udp/192.0.2.1/$port"; done' 2>/dev/null
    [ "$(cat /proc/sys/net/netfilter/nf_conntrack_count)" -gt 15000 ]
    revoke "$NET" "$EP"
    publish "$NET" "$(ep_id 2)" "$(portmap 17 '' 5353 5353 53)"
    counts_on c2
    # It dies when the row has lost the ports and the kernel has them: the host hears the
    # datagrams, as nobody publishes the port.
    plugin kill
    vsctl remove Interface "$(endpoint_port "$(ep_id 2)" | jq -r .name)" \
        external_ids ovsint-ports
    plugin start
    socat -u UDP-RECV:5353 OPEN:"$T/got.host",creat,append </dev/null >/dev/null 2>&1 \
        3>&- 4>&- &
    echo $! >"$T/counter.host"
    counts_on host
    kill -- "-$(cat "$T/sender")"
    wait "$(cat "$T/sender")" || true
    ip netns delete c3
}

counter() { # NETNS
    ip netns exec "$1" socat -u UDP-RECV:53 OPEN:"$T/got.$1",creat,append \
        </dev/null >/dev/null 2>&1 3>&- 4>&- &
    echo $! >"$T/counter.$1"
}
size_of() { stat -c %s "$1"; }
grown() { [ "$(size_of "$1")" -gt "$2" ]; } # FILE SIZE
counts_on() { # NETNS
    wait_until 5 test -s "$T/got.$1"
    wait_until 5 grown "$T/got.$1" "$(size_of "$T/got.$1")"
}

# ---- whatever happens to the ruleset -----------------------------------------------

has_port() { elements ports4 | check_json 'length == 1'; }
has_none() { elements ports4 | check_json '. == []'; }

@test "somebody changes our table" {
    nat_network
    create_endpoint "$NET" "$EP" $CONTAINER/24
    publish "$NET" "$EP" "$(portmap 6 '' 8080 8080 80)"
    nft flush ruleset
    wait_until 5 has_port
    wait_until 5 plugin_logged "repaired the rules of the networks"
    nft flush map inet ovsint ports4
    wait_until 5 has_port
    nft delete table inet ovsint
    # Before the guardian repairs it: a change finds out by itself.
    create_endpoint "$NET" "$(ep_id 2)" 10.9.0.2/24
    publish "$NET" "$(ep_id 2)" "$(portmap 6 '' 8081 8081 80)"
    elements ports4 | check_json 'length == 2'
}

# bats test_tags=long
@test "the plugin is killed and comes back" {
    nat_network
    create_endpoint "$NET" "$EP" $CONTAINER/24
    publish "$NET" "$EP" "$(portmap 6 '' 8080 8080 80)"
    plugin kill
    has_port
    nft flush ruleset
    plugin start
    wait_until 5 has_port
    plugin kill
    nft add element inet ovsint ports4 '{ 6 . 1 : 10.9.0.9 . 1 }'
    plugin start
    wait_until 5 has_port
    # Rules of a network that went meanwhile.
    plugin kill
    iptables-nft -P FORWARD DROP
    vsctl --if-exists del-br "oi-${NET:0:12}"
    plugin start
    wait_until 5 no_rules
}

# bats test_tags=long
@test "ports of an earlier boot are void" {
    nat_network
    create_endpoint "$NET" "$EP" $CONTAINER/24
    publish "$NET" "$EP" "$(portmap 6 '' 8080 8080 80)"
    vsctl set interface "$(endpoint_port "$EP" | jq -r .name)" \
        external_ids:ovsint-boot=another
    wait_until 5 has_none
}

# ---- other packet filters ------------------------------------------------------------

OPEN='-A FORWARD -i ovsint-+ -j ACCEPT
-A FORWARD -o ovsint-+ -j ACCEPT'

# In nftables they have a comment.
forward() { "$1" -S FORWARD | sed 's/ -m comment --comment ovsint / /'; }
open_at_end() { [ "$(forward "$1" | tail -2)" = "$OPEN" ]; }
open_at_head() { [ "$(forward "$1" | sed -n 2,3p)" = "$OPEN" ]; } # after -P
open_before_last() { [ "$(forward "$1" | tail -3 | head -2)" = "$OPEN" ]; }
not_open() { prints_no ovsint "$1" -S; }

@test "iptables-nft: FORWARD that drops" {
    iptables-nft -P FORWARD DROP
    iptables-nft -A FORWARD -s 192.0.2.0/24 -j DROP
    nat_network
    open_at_end iptables-nft
    iptables-nft -A FORWARD -m conntrack --ctstate INVALID -j DROP
    wait_until 5 open_at_end iptables-nft
    iptables-nft -F FORWARD
    wait_until 5 open_at_end iptables-nft
    ip6tables-nft -P FORWARD DROP
    wait_until 5 open_at_end ip6tables-nft
    delete_network "$NET"
    not_open iptables-nft
    not_open ip6tables-nft
    iptables-nft -S FORWARD | grep -xF -- "-P FORWARD DROP"
    nft flush ruleset
}

# bats test_tags=long
@test "iptables-nft: FORWARD that drops nothing by default stays as it is" {
    iptables-nft -P FORWARD ACCEPT
    iptables-nft -A FORWARD -s 192.0.2.0/24 -j DROP
    nat_network
    not_open iptables-nft
    iptables-nft -A FORWARD -j DROP
    wait_until 5 open_before_last iptables-nft
    iptables-nft -D FORWARD -j DROP
    wait_until 5 not_open iptables-nft
    # Like ours, but for the comment: somebody else's.
    iptables-nft -I FORWARD -i ovsint-+ -j ACCEPT
    iptables-nft -P FORWARD DROP
    wait_until 5 open_at_end iptables-nft
    iptables-nft -S FORWARD 1 | grep -xF -- '-A FORWARD -i ovsint-+ -j ACCEPT'
    nft flush ruleset
}

# bats test_tags=long
@test "iptables-legacy: FORWARD that drops" {
    local tool
    for tool in iptables-legacy ip6tables-legacy; do
        "$tool" -P FORWARD DROP
        "$tool" -A FORWARD -i eth7 -j DROP
    done
    nat_network
    open_at_end iptables-legacy
    open_at_end ip6tables-legacy
    # No event reports this: it is found when the plugin looks again.
    iptables-legacy -F FORWARD
    wait_until 12 open_at_end iptables-legacy
    delete_network "$NET"
    for tool in iptables-legacy ip6tables-legacy; do
        not_open "$tool"
        "$tool" -F FORWARD
        "$tool" -P FORWARD ACCEPT
    done
}

# bats test_tags=long
@test "iptables-legacy: others who have the lock are waited for" {
    local creation deletion
    iptables-legacy -P FORWARD DROP
    # A device on which forwarding is to be set, too.
    ip link add br-lan type veth peer name br-lan2
    ip address add 192.0.2.1/24 dev br-lan
    exec {lock}>/run/xtables.lock
    flock "$lock"
    nat_network >"$T/created" 2>&1 {lock}>&- &
    creation=$!
    wait_until 5 plugin_has_table
    [ ! -s "$T/created" ]
    flock --unlock "$lock"
    wait "$creation"
    open_at_end iptables-legacy
    flock "$lock"
    delete_network "$NET"
    flock --unlock "$lock"
    wait_until 5 not_open iptables-legacy
    wait_until 5 no_rules
    ip link del br-lan
    exec {lock}>&-
    iptables-legacy -P FORWARD ACCEPT
}

# The lock keeps the call at work.
@test "somebody removes what is about to be published: it says so" {
    config '{"timeout-ms": 60000}'
    iptables-legacy -P FORWARD DROP
    nat_network
    create_endpoint "$NET" "$EP" "$CONTAINER/24" >"$T/endpoint"
    exec {lock}>/run/xtables.lock
    flock "$lock"
    plugin restart
    later publish_fails "somebody else has removed or changed ovsint-ports" \
        "$NET" "$EP" "$(portmap 6 "" 8080 8080 80)" {lock}>&-
    wait_until 5 has_ports "$EP"
    vsctl remove Interface "$(endpoint_port "$EP" | jq -r .name)" \
        external_ids ovsint-ports
    later_ends 0
    flock --unlock "$lock"
    exec {lock}>&-
    delete_network "$NET"
    wait_until 5 not_open iptables-legacy
    iptables-legacy -P FORWARD ACCEPT
}

# bats test_tags=long
@test "iptables-legacy: others have the lock when the plugin is to end" {
    local other publisher creator
    other=$(net_id 2)
    config '{"timeout-ms": 2500}'
    plugin restart
    iptables-legacy -P FORWARD DROP
    nat_network
    create_endpoint "$NET" "$EP" "$CONTAINER/24" >"$T/endpoint"
    exec {lock}>/run/xtables.lock
    flock "$lock"
    # Nobody waits for the call: it has ended before the lock is released.
    plugin restart
    # Calls that wait for it fail as well, with the reason.
    T=$T/publisher publisher "$(portmap 6 "" 8080 8080 80)" {lock}>&- &
    publisher=$!
    T=$T/creator creator "$other" {lock}>&- &
    creator=$!
    wait_until 5 plugin_has_network "$other"
    wait_until 5 has_ports "$EP"
    plugin stop
    wait "$publisher"
    wait "$creator"
    plugin start
    wait_until 5 no_network "$other"
    wait_until 5 ports_are "$EP" ""
    delete_network "$NET"
    plugin stop
    flock --unlock "$lock"
    exec {lock}>&-
    plugin start
    wait_until 5 no_rules
    not_open iptables-legacy
    iptables-legacy -P FORWARD ACCEPT
}

publisher() { # PORTMAP
    mkdir "$T"
    publish_fails "somebody holds /run/xtables.lock" "$NET" "$EP" "$1"
}

creator() { # NETWORK
    mkdir "$T"
    call_fails "somebody holds /run/xtables.lock" CreateNetwork \
        "$(create_network_json "$1" '{"mode":"nat"}' '{"IPv4Data":[{
            "Pool":"10.8.0.0/24","Gateway":"10.8.0.1/24"}]}')"
}

plugin_has_network() { # NETWORK
    nft list set inet ovsint networks | grep "ovsint-${1:0:8}"
}
has_ports() { [ -n "$(ports_of "$1")" ]; } # EP


plugin_has_table() { nft list table inet ovsint; }

firewall() { nft -j list chain inet firewall "$1" | jq -c '[.nftables[] |
    .rule // empty | .expr | map(keys[0])]'; }
open_before_the_end() { firewall "$1" | check_json '. == [["match", "accept"],
    ["match", "counter", "accept"], ["match", "counter", "accept"], ["reject"]]'; }

# bats test_tags=long
@test "another nft table, as firewalld has one" {
    nft -f - <<-'EOF'
	table inet firewall {
	    chain filter_FORWARD {
	        type filter hook forward priority filter + 10; policy accept;
	        ct state established,related accept
	        reject with icmpx admin-prohibited
	    }
	    chain filter_INPUT {
	        type filter hook input priority filter + 10; policy accept;
	        drop
	    }
	}
	EOF
    nat_network
    open_before_the_end filter_FORWARD
    firewall filter_INPUT | check_json '. == [["drop"]]'
    delete_network "$NET"
    firewall filter_FORWARD | check_json 'length == 2'
    nft flush ruleset
}

# bats test_tags=long
@test "somebody who does not leave our rules alone" {
    nat_network
    iptables-nft -P FORWARD DROP
    wait_until 10 open_at_end iptables-nft
    for _ in {1..6}; do
        iptables-nft -I FORWARD -j DROP
        wait_until 10 open_at_head iptables-nft
    done
    nft flush ruleset
}
