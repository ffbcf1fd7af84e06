#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# Rules of others beside ours: they are passed where that is needed, nothing
# else of the host is opened, and what somebody takes from us comes back.

load ../lib/base
load ../lib/plugin
load ../lib/docker
load ../lib/outside
load ../lib/nat

setup_file() { nat_setup_file nft; }
setup() { docker_begin; }
teardown() {
    nft -f - <<<"add table inet other; delete table inet other"
    dmz_end
    [ ! -e "$T/sysctls" ] || forwarding_as_before
    nat_end
}
teardown_file() { docker_teardown_file; }

nat_container() { # with port 8080
    nat_network one 50
    start_container c1 one -p 8080:80
    serve c1 tcp 80-81
}

works_in() { # FAMILY
    local host=HOST$1 far=FAR$1
    [ "$(ask outside tcp "${!host}" 8080)" ] && [ "$(ask c1 tcp "${!far}" 90)" ]
}

works() { works_in 4 && works_in 6; }

# Another network behind this host, which its administrator forwards nothing to.
dmz_begin() {
    ip netns add dmz
    ip link add dmz0 type veth peer name eth0 netns dmz
    ip addr add 10.99.0.1/24 dev dmz0
    ip link set dmz0 up
    ip -n dmz addr add 10.99.0.2/24 dev eth0
    ip -n dmz link set eth0 up
    ip -n dmz route add default via 10.99.0.1
    ip -n outside route add 10.99.0.0/24 via "$HOST4"
    nsenter --net=/run/netns/dmz "$TALK" serve dmz tcp 80 \
        </dev/null >"$T/dmz" 2>&1 3>&- 4>&- &
    echo $! >>"$T/servers"
    wait_until 5 grep -q ready "$T/dmz"
}

dmz_end() {
    [ -e /run/netns/dmz ] || return 0
    serve_end
    ip netns del dmz
    ip link del dmz0 2>/dev/null || true
    ip -n outside route del 10.99.0.0/24 2>/dev/null || true
}

@test "dockerd forwards nothing by default: our networks pass, no others" {
    iptables -S FORWARD | grep -x -- '-P FORWARD DROP'
    ip6tables -S FORWARD | grep -x -- '-P FORWARD DROP'
    dmz_begin
    no_answer outside tcp 10.99.0.2 80
    serve outside tcp 90
    nat_container
    works
    no_answer outside tcp 10.99.0.2 80
    # The tool of those rules still understands what is there.
    iptables -n -L FORWARD
    iptables-save
    ip6tables -n -L FORWARD
    # Without those rules it can be reached.
    iptables -I FORWARD -j ACCEPT
    says "dmz 80 $OUT4" ask outside tcp 10.99.0.2 80
    iptables -D FORWARD -j ACCEPT
}

# bats test_tags=long
@test "networks of Docker's own driver beside ours" {
    serve outside tcp 90
    nat_container
    docker network create -d bridge --subnet 10.40.0.0/24 theirs
    start_container c2 theirs -p 8090:80
    serve c2 tcp 80-81
    works
    says "c2 80 $OUT4" ask outside tcp "$HOST4" 8090
    says "outside 90 $HOST4" ask c2 tcp "$FAR4" 90
    no_answer c2 tcp "$(address_of c1 one)" 81
    no_answer c2 tcp "$(address_of c1 one)" 80
    no_answer c1 tcp "$(address_of c2 theirs)" 81
    serve_end
    docker rm -f c2
    docker network rm theirs
    # It leaves its chains.
    docker rm -f c1
    docker network rm one
    new_baseline
}

# What firewalld has for the zone of a card, but for its many jumps.
firewalld_like() {
    nft -f - <<-EOF
	table inet other {
	    chain filter_FORWARD {
	        type filter hook forward priority filter + 10; policy accept;
	        ct state { established, related } accept
	        iifname "lo" accept
	        jump zones
	        ct state invalid drop
	        reject with icmpx admin-prohibited
	    }
	    chain zones {
	        iifname "trusted0" accept
	    }
	    chain filter_INPUT {
	        type filter hook input priority filter + 10; policy accept;
	        ct state { established, related } accept
	        tcp dport 91 reject with icmpx admin-prohibited
	    }
	}
	EOF
}

# bats test_tags=long
@test "a firewall that rejects, there before the network" {
    firewalld_like
    serve outside tcp 90
    nat_container
    works
    # Its rules about the host itself hold.
    serve host tcp 91-92
    says "host 92 *" ask c1 tcp 10.50.0.1 92
    no_answer c1 tcp 10.50.0.1 91
}

# bats test_tags=long
@test "a firewall that comes later, and is loaded again" {
    local n
    serve outside tcp 90
    nat_container
    works
    for n in 1 2 3; do
        firewalld_like
        wait_until 10 works
        nft delete table inet other
    done
}

# bats test_tags=long
@test "a table with the policy drop, of each family" {
    serve outside tcp 90
    nat_container
    nft add table ip other
    nft add chain ip other away \
        '{ type filter hook forward priority 0; policy drop; }'
    wait_until 10 works
    nft add table ip6 other
    nft add chain ip6 other away \
        '{ type filter hook forward priority -200; policy drop; }'
    wait_until 10 works
    nft delete table ip other
    nft delete table ip6 other
}

# ---- bans of the administrator -----------------------------------------------------

# A second client, whom the host sees with another address than OUT4: by the
# host's second address.
FRIEND4=198.51.100.81

# What is banned in a chain of nftables or iptables is banned in it alone.
declare -gA fw_up=(
    [none]='iptables -P FORWARD ACCEPT'
    [docker]=:
    [docker-nft]=docker_nft_like
    [ufw]='ufw_like DROP'
    [ufw-reject]='ufw_like REJECT'
    [firewalld]=firewalld_zones
    [fail2ban]=fail2ban_like
    [own-policy]='own_table drop'
    [own-last]='own_table accept; nft add rule inet other pass counter reject'
)
declare -gA fw_down=(
    [none]='iptables -P FORWARD DROP'
    [docker]=:
    [docker-nft]='nft delete table ip docker-bridges'
    [ufw]=ufw_end
    [ufw-reject]=ufw_end
    [firewalld]='nft delete table inet firewalld'
    [fail2ban]='iptables -D FORWARD -p tcp -m multiport --dports 80 -j f2b-web
        iptables -F f2b-web; iptables -X f2b-web'
    [own-policy]='nft delete table inet other'
    [own-last]='nft delete table inet other'
)

# Firewall, then what Docker's own driver does under it: "holds" as ours, "-"
# where it is not reached at all, "jumped" where it accepts before the ban; then
# the ban. BANNED is the source, UNDO what takes it back.
bans() {
    cat <<-'EOF'
	none       holds  nft add table inet ban && nft "add chain inet ban pass { type filter hook forward priority -1; policy accept; }" && nft add rule inet ban pass ip saddr $BANNED drop # nft delete table inet ban
	none       jumped iptables -A FORWARD -s $BANNED -j DROP # iptables -D FORWARD -s $BANNED -j DROP
	docker     holds  iptables -I DOCKER-USER -s $BANNED -j DROP # iptables -D DOCKER-USER -s $BANNED -j DROP
	docker     holds  iptables -I FORWARD -s $BANNED -j REJECT # iptables -D FORWARD -s $BANNED -j REJECT
	docker     jumped iptables -A FORWARD -s $BANNED -j DROP # iptables -D FORWARD -s $BANNED -j DROP
	docker     holds  nft add table inet ban && nft "add chain inet ban pass { type filter hook forward priority 10; policy accept; }" && nft add rule inet ban pass ip saddr $BANNED drop # nft delete table inet ban
	docker-nft holds  nothing_of_ours_in ip docker-bridges && nft add table inet ban && nft "add chain inet ban pass { type filter hook forward priority -1; policy accept; }" && nft add rule inet ban pass ip saddr $BANNED drop # nft delete table inet ban
	ufw        jumped iptables -A ufw-user-forward -s $BANNED -j DROP # iptables -F ufw-user-forward
	ufw-reject jumped iptables -A ufw-user-forward -s $BANNED -j REJECT # iptables -F ufw-user-forward
	firewalld  -      nft add rule inet firewalld filter_FWD_public_deny ip saddr $BANNED drop # nft flush chain inet firewalld filter_FWD_public_deny
	firewalld  -      nft insert rule inet firewalld filter_FORWARD_ZONES ip saddr $BANNED goto filter_FWD_drop # nft delete rule inet firewalld filter_FORWARD_ZONES handle $(handle_of filter_FORWARD_ZONES)
	fail2ban   holds  iptables -I f2b-web -s $BANNED -j REJECT # iptables -D f2b-web -s $BANNED -j REJECT
	own-policy -      nft add rule inet other pass ip saddr $BANNED drop # nft flush chain inet other pass
	own-last   -      nft insert rule inet other pass ip saddr $BANNED drop # nft delete rule inet other pass handle $(handle_of pass)
	EOF
}

handle_of() { # CHAIN: of the rule that bans
    nft -a list ruleset | awk -v chain="$1" -v banned="$BANNED" '
        $1 == "chain" {here = $2 == chain}
        here && index($0, banned) {print $NF}'
}

# The tables of Docker 29 with --firewall-backend=nftables, as far as they
# concern what is forwarded: nothing of them is in the way.
docker_nft_like() {
    nft -f - <<-EOF
	table ip docker-bridges {
	    map filter-forward-in-jumps {
	        type ifname : verdict
	        elements = { "docker0" : jump filter-forward-in__docker0 }
	    }
	    chain filter-FORWARD {
	        type filter hook forward priority filter; policy accept;
	        oifname vmap @filter-forward-in-jumps
	    }
	    chain filter-forward-in__docker0 {
	        ct state established,related counter accept
	        counter drop
	    }
	}
	EOF
}

nothing_of_ours_in() { prints_no ovsint nft list table "$@"; }

# ufw-init-functions and before.rules of ufw 0.36.2, behind Docker's rules.
ufw_like() { # DROP|REJECT: DEFAULT_FORWARD_POLICY
    local reject=
    [ "$1" = DROP ] || reject='-A ufw-reject-forward -j REJECT'
    iptables-restore -n <<-EOF
	*filter
	:ufw-before-forward -
	:ufw-user-forward -
	:ufw-after-logging-forward -
	:ufw-reject-forward -
	:ufw-track-forward -
	-A FORWARD -j ufw-before-forward
	-A FORWARD -j ufw-after-logging-forward
	-A FORWARD -j ufw-reject-forward
	-A FORWARD -j ufw-track-forward
	-A ufw-before-forward -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
	-A ufw-before-forward -p icmp --icmp-type echo-request -j ACCEPT
	-A ufw-before-forward -j ufw-user-forward
	-A ufw-after-logging-forward -m limit --limit 3/min --limit-burst 10 -j LOG --log-prefix "[UFW BLOCK] "
	$reject
	COMMIT
	EOF
}

ufw_end() {
    local name
    for name in before after-logging reject track; do
        iptables -D FORWARD -j "ufw-$name-forward"
        iptables -F "ufw-$name-forward"
    done
    for name in before user after-logging reject track; do
        iptables -X "ufw-$name-forward"
    done
}

# As firewalld 1.3.3 makes it, without its rule that accepts whatever has been
# translated: with that one no zone bans anybody from a published port.
firewalld_zones() {
    nft -f - <<-EOF
	table inet firewalld {
	    chain filter_FWD_public_deny {
	    }
	    chain filter_FWD_public {
	        jump filter_FWD_public_deny
	        reject with icmpx admin-prohibited
	    }
	    chain filter_FWD_drop {
	        drop
	    }
	    chain filter_FORWARD_ZONES {
	        iifname "wan0" goto filter_FWD_public
	        goto filter_FWD_public
	    }
	    chain filter_FORWARD {
	        type filter hook forward priority filter + 10; policy accept;
	        ct state { established, related } accept
	        iifname "lo" accept
	        ct state invalid drop
	        jump filter_FORWARD_ZONES
	        reject with icmpx admin-prohibited
	    }
	}
	EOF
}

# actionstart of its action iptables-multiport, with chain=FORWARD.
fail2ban_like() {
    iptables -N f2b-web
    iptables -A f2b-web -j RETURN
    iptables -I FORWARD -p tcp -m multiport --dports 80 -j f2b-web
}

own_table() { # drop|accept: the policy
    nft add table inet other
    nft "add chain inet other pass { type filter hook forward priority -1; policy $1; }"
}

friend_answered() { [ "$(TALK_MS=1000 ask outside tcp "$OTHER4" 8080)" = "c1 80 $FRIEND4" ]; }
banned_answered() { [ "$(TALK_MS=400 ask outside tcp "$HOST4" 8080)" = "c1 80 $OUT4" ]; }
all_answered() { banned_answered && friend_answered && [ "$(ask c1 tcp "$FAR4" 90)" ]; }

# What was changed before is seen to when this has succeeded: the filters of
# others are looked at before a network is told to be ready.
filters_seen() {
    ! ovsint_only || {
        create_network "$(net_id 9)" '{"mode": "nat"}'
        delete_network "$(net_id 9)"
    }
}

ban_holds() { # FIREWALL OTHERWISE BAN UNDO
    local expected=holds
    ovsint_only || expected=$2
    [ "$expected" != - ] || return 0
    eval "${fw_up[$1]}" || fail "$1: cannot be made" || return
    wait_until 10 all_answered || fail "$1: the network is cut off" || return
    eval "$3" || fail "$1: '$3'" || return
    filters_seen || return
    if [ "$expected" = holds ]; then
        ! banned_answered || fail "$1: answered in spite of '$3'" || return
    else
        banned_answered || fail "$1: Docker's driver does hold '$3'" || return
    fi
    friend_answered || fail "$1: others are banned too by '$3'" || return
    eval "$4" || fail "$1: '$4'" || return
    wait_until 10 all_answered || fail "$1: banned after '$4'" || return
    eval "${fw_down[$1]}" || fail "$1: cannot be taken away"
}

# bats test_tags=long
@test "bans of the administrator hold, whatever the firewall and the place" {
    local firewall otherwise rest BANNED=$OUT4
    ip -n outside addr add "$FRIEND4/32" dev eth0
    ip -n outside route add "$OTHER4/32" dev eth0 src "$FRIEND4"
    serve outside tcp 90
    nat_container
    while read -r firewall otherwise rest; do
        ban_holds "$firewall" "$otherwise" "${rest%% # *}" "${rest##* # }" || return
    done < <(bans)
    ip -n outside route del "$OTHER4/32"
    ip -n outside addr del "$FRIEND4/32" dev eth0
}

# bats test_tags=long
@test "a drop that may be a ban is left alone, and the log says what to add" {
    local remedy
    ovsint_only || return 0
    serve outside tcp 90
    nft add table inet other
    nft 'add chain inet other away { type filter hook forward priority 0; policy accept; }'
    nft add rule inet other away iifname wan0 drop
    nat_container
    no_answer outside tcp "$HOST4" 8080
    plugin_logged "may be a ban"
    remedy=$(grep -o 'nft insert rule inet other away handle [0-9]* iifname ovsint-\* accept' \
        "$PLUGIN_LOG" | tail -1)
    ${remedy/iifname/oifname}
    filters_seen
    says "c1 80 $OUT4" ask outside tcp "$HOST4" 8080
    # Said once, and the administrator's rule is not taken for ours.
    [ "$(grep -c 'may be a ban' "$PLUGIN_LOG")" = 1 ]
    nft list chain inet other away | grep 'oifname "ovsint-\*" accept'
}

# The rules of dockerd, which it makes at its start only, as they were.
as_before() {
    serve_end
    docker rm -f c1
    docker network rm one
    (echo "flush ruleset" && cat "$T/ruleset") | nft -f -
    new_baseline
}

@test "somebody flushes the whole ruleset" {
    local n
    nft list ruleset >"$T/ruleset"
    serve outside tcp 90
    nat_container
    for n in 1 2 3; do
        works
        nft flush ruleset
        wait_until 10 rules_agree
        wait_until 10 works
    done
    as_before
}

# bats test_tags=long
@test "somebody takes out a part of what is ours" {
    nft list ruleset >"$T/ruleset"
    serve outside tcp 90
    nat_container
    nft flush map inet ovsint ports4
    wait_until 10 rules_agree
    wait_until 10 works
    nft flush table inet ovsint
    wait_until 10 works
    nft delete table inet ovsint
    wait_until 10 rules_agree
    wait_until 10 works
    iptables -F FORWARD
    ip6tables -F FORWARD
    wait_until 10 works
    as_before
}

# bats test_tags=long
@test "rules go with the last network, and with it alone" {
    local before
    before=$(nft --stateless list ruleset)
    nat_network one 50
    nat_network two 60
    start_container c1 two -p 8080:80
    serve c1 tcp 80
    docker network rm one
    says "c1 80 $OUT4" ask outside tcp "$HOST4" 8080
    serve_end
    docker rm -f c1
    docker network rm two
    diff <(echo "$before") <(nft --stateless list ruleset)
}

# ---- rules that cannot be in force ---------------------------------------------------

# bats test_tags=long
@test "a row that says nonsense spoils nobody's rules" {
    local bridge='ovsint-network-a"};x' row
    ovsint_only || return 0
    nft list ruleset >"$T/ruleset"
    serve outside tcp 90
    nat_container
    works
    bridge_add nonsense
    row=$(vsctl get Bridge nonsense _uuid)
    ovsdb-client transact "$(jq -cn --arg uuid "$row" --arg key "$bridge" '["Open_vSwitch",
        {op: "mutate", table: "Bridge", where: [["_uuid", "==", ["uuid", $uuid]]],
            mutations: [["external_ids", "insert", ["map", [
                [$key, "{\"options\":{\"mode\":\"nat\"}}"],
                ["ovsint-network-", "{\"options\":{\"mode\":\"nat\"}}"]]]]]}]')"
    row=$(vsctl --bare --columns=_uuid find Interface name="$(host_port_of one)")
    vsctl set Interface "$row" 'external_ids:ovsint-forwarding-a\"b=46'
    nat_network two 60
    works
    nft flush ruleset
    wait_until 10 rules_agree
    wait_until 10 works
    docker network rm two
    [ "$(grep -c 'Docker cannot have given' "$PLUGIN_LOG")" = 1 ]
    ! grep "refused a change" "$PLUGIN_LOG" || false
    ! grep 'ovsint-a"' /proc/net/dev || false
    bridge_del nonsense
    as_before
}

host_port_of() { # NETWORK
    echo "ovsint-$(docker network inspect -f '{{.Id}}' "$1" | cut -c 1-8)"
}

# Somebody else has a table of our name, which nobody but that program may
# change for as long as it lives (nft(8), flag owner).
own_our_table() {
    mkfifo "$T/nft"
    command nft -i <"$T/nft" >"$T/nft.out" 2>&1 3>&- 4>&- &
    owner=$!
    echo "$owner" >>"$T/servers"
    exec 7>"$T/nft"
    echo 'flush ruleset; add table inet ovsint { flags owner; }' >&7
    wait_until 5 owned
}

owned() { nft list table inet ovsint | grep 'flags owner'; }
is_closed() { nft list table inet ovsint-closed; }
is_open() { ! is_closed 2>/dev/null; }
none_forwards() { [ "$(forwards one) $(forwards two)" = "0 0" ]; }
forwards() { cat "/proc/sys/net/ipv4/conf/$(host_port_of "$1")/forwarding"; }

# bats test_tags=long
@test "while rules cannot be in force nothing is forwarded, and then all is as before" {
    local owner
    ovsint_only || return 0
    nft list ruleset >"$T/ruleset"
    serve outside tcp 90
    nat_container
    nat_network two 60
    start_container c2 two
    serve c2 tcp 81
    works
    [ "$(forwards one) $(forwards two)" = "1 1" ]
    own_our_table
    wait_until 10 is_closed
    wait_until 5 none_forwards
    no_answer c1 tcp "$FAR4" 90
    no_answer c1 tcp "$(address_of c2 two)" 81
    ip -n outside route add 10.60.0.0/24 via "$HOST4"
    no_answer outside tcp "$(address_of c2 two)" 81
    ip -n outside route del 10.60.0.0/24
    # That is logged, and new networks are refused meanwhile.
    plugin_logged "nothing is forwarded for the networks"
    run docker network create -d ovsint --subnet 10.70.0.0/24 three
    [ "$status" != 0 ]
    [[ $output = *nftables* ]]
    exec 7>&-
    wait_until 15 works
    is_open
    [ "$(forwards one) $(forwards two)" = "1 1" ]
    no_answer c1 tcp "$(address_of c2 two)" 81
    serve_end
    docker rm -f c2
    docker network rm two
    as_before
}

forwarding() { # 0|1: of the host as a whole
    echo "$1" >/proc/sys/net/ipv4/ip_forward
    # Before Linux 6.17 there is no other way for IPv6, see nat_setup_file.
    [ -e /proc/sys/net/ipv6/conf/all/force_forwarding ] || return 0
    echo "$1" >/proc/sys/net/ipv6/conf/all/forwarding
}

sysctls() {
    local file
    for file in /proc/sys/net/ipv4/ip_forward \
        /proc/sys/net/ipv[46]/conf/*/{forwarding,force_forwarding,route_localnet,accept_ra}; do
        [ ! -e "$file" ] || echo "$file $(cat "$file")"
    done
}

# Devices of networks go after Docker has got its answer.
sysctls_are() { sysctls | diff "$1" -; } # FILE

# What dockerd has set at its start is what other tests have.
forwarding_as_before() {
    local value file
    sysctls | diff "$T/sysctls" - | sed -n 's/^< //p' |
        while read -r file value; do echo "$value" >"$file"; done
    wait_until 5 sysctls_are "$T/sysctls"
}

# bats test_tags=long
@test "a host that forwards nothing: its other networks stay closed" {
    sysctls >"$T/sysctls"
    iptables -P FORWARD ACCEPT
    forwarding 0
    dmz_begin
    echo 1 >/proc/sys/net/ipv4/conf/dmz0/forwarding
    no_answer outside tcp 10.99.0.2 80
    sysctls >"$T/closed"
    serve outside tcp 90
    nat_container
    works
    no_answer outside tcp 10.99.0.2 80
    serve_end
    docker rm -f c1
    docker network rm one
    wait_until 5 sysctls_are "$T/closed"
    # It could be reached, by a card that forwards.
    dmz_end
    dmz_begin
    echo 1 >/proc/sys/net/ipv4/conf/dmz0/forwarding
    echo 1 >/proc/sys/net/ipv4/conf/wan0/forwarding
    says "dmz 80 $OUT4" ask outside tcp 10.99.0.2 80
    dmz_end
    iptables -P FORWARD DROP
}

# bats test_tags=long
@test "a host that forwards nothing, and a plugin that is killed" {
    sysctls >"$T/sysctls"
    forwarding 0
    nft list ruleset >"$T/ruleset"
    sysctls >"$T/closed"
    serve outside tcp 90
    nat_container
    nat_network two 60
    plugin kill
    works
    plugin_start
    works
    # Without rules the cards that forward for these networks would do so for
    # everybody.
    own_our_table
    wait_until 10 wan0_forwards 0
    exec 7>&-
    wait_until 15 works
    wan0_forwards 1
    serve_end
    docker rm -f c1
    docker network rm one
    plugin kill
    plugin_start
    docker network rm two
    wait_until 5 sysctls_are "$T/closed"
    (echo "flush ruleset" && cat "$T/ruleset") | nft -f -
    forwarding_as_before
    new_baseline
}

wan0_forwards() { grep -qx "$1" /proc/sys/net/ipv4/conf/wan0/forwarding; }

# A container that is root in its namespace sends what is meant for the host's
# own 127.0.0.1, by its gateway.
spoof_loopback() { # WHERE GATEWAY
    at "$1" sh -c "
        ip addr del 127.0.0.1/8 dev lo
        echo 1 >/proc/sys/net/ipv4/conf/all/route_localnet
        ip route add 127.0.0.1 via $2"
}

# bats test_tags=long
@test "nobody reaches what the host keeps to itself" {
    serve host tcp 91
    nat_container
    says "c1 80 *" ask host tcp 127.0.0.1 8080
    spoof_loopback c1 10.50.0.1
    no_answer c1 tcp 127.0.0.1 91
    no_answer c1 tcp 127.0.0.1 8080
    # The route is right: without the rule that drops the packet, it would arrive.
    echo 1 >/proc/sys/net/ipv4/conf/wan0/route_localnet
    spoof_loopback outside "$HOST4"
    says "host 91 $OUT4" ask outside tcp 127.0.0.1 91
    at outside ip route del 127.0.0.1
    at outside ip addr add 127.0.0.1/8 dev lo
    echo 0 >/proc/sys/net/ipv4/conf/wan0/route_localnet
}

# bats test_tags=long
@test "a ruleset that changes all the time costs no more than a look now and then" {
    local before i
    nat_container
    before=$(plugin_ticks)
    for ((i = 0; i < 300; i++)); do
        echo "add table inet other; delete table inet other"
    done | nft -i >/dev/null
    says "c1 80 $OUT4" ask outside tcp "$HOST4" 8080
    rules_agree
    [ $(($(plugin_ticks) - before)) -lt 200 ] ||
        fail "the plugin took $(($(plugin_ticks) - before)) ticks of 10 ms"
}

plugin_ticks() { awk '{print $14 + $15}' "/proc/$(plugin_pid)/stat"; }
