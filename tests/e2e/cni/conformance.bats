#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# Every command, in each version, in each state; and what cnitool does with the
# answers. Each answer is held against the specification, as all of lib/cni.bash.

load ../lib/base
load ../lib/cni

ALL="0.3.0 0.3.1 0.4.0 1.0.0 1.1.0"

setup() {
    world_setup
    config "$SETTINGS"
    netns_add a
}

teardown() {
    netns_gone a
    rm -rf /etc/cni/net.d/* /var/lib/cni
    world_teardown
}

SETTINGS='{"timeout-ms": 20000, "networks": {"lan": {"bridge": "br0", "vlan": 10,
    "ip": "auto", "subnets": [{"subnet": "10.1.0.0/24", "gateway": "10.1.0.254"},
    {"subnet": "fd01::/64"}]}}}'
LAN='.network = "lan" | .dns = {nameservers: ["10.1.0.254"], search: ["lan"]}'

# Has the command come out as it should? WANT is ok or a code.
comes_to() { # WANT COMMAND VERSION [FILTER]
    local status=0 asked
    asked=$(conf lan "$3" "${4:-$LAN}")
    case $2 in
    GC | STATUS) NETNS='' IFNAME='' cni "$2" '' "$asked" >/dev/null || status=$? ;;
    *) cni "$2" a "$asked" >/dev/null || status=$? ;;
    esac
    if [ "$1" = ok ]; then
        [ "$status" = 0 ] || fail "$2 $3: $(cat "$T/answer")"
    else
        [ "$status" = 1 ] || fail "$2 $3: ended with $status" || return
        check_json '.code == $code' --argjson code "$1" <"$T/answer"
    fi
}

# One line of the table. ADD and DEL begin in that state, what looks goes before
# them. DEL comes last each time: it is always a success.
in_state() { # STATE ADD CHECK DEL GC STATUS
    local version begin=begin_$1 end=end_$1
    for version in ${VERSIONS:-0.4.0 1.1.0}; do
        "$begin" "$version"
        if [ "$version" = 1.1.0 ]; then
            comes_to "$5" GC "$version"
            comes_to "$6" STATUS "$version"
        elif [ "$version" = 1.0.0 ]; then # these are of a later version
            comes_to 1 GC "$version"
            comes_to 1 STATUS "$version"
        fi
        [[ $version != 0.3.* ]] || comes_to 1 CHECK "$version"
        [[ $version = 0.3.* ]] || comes_to "$3" CHECK "$version"
        comes_to "$2" ADD "$version"
        "$end" "$version"
        comes_to ok DEL "$version"
        prints_nothing holds
        "$begin" "$version"
        comes_to "$4" DEL "$version"
        "$end" "$version"
        comes_to ok DEL "$version"
        prints_nothing holds
    done
}

begin_nothing() { :; }
end_nothing() { :; }
begin_added() { comes_to ok ADD "$1"; }
end_added() { :; }
begin_flushed() {
    comes_to ok ADD "$1"
    in_netns a ip addr flush dev eth0
}
end_flushed() { :; }
begin_moved() { # the container has another namespace now
    comes_to ok ADD "$1"
    netns_gone a
    netns_add a
}
end_moved() { :; }
begin_gone() {
    comes_to ok ADD "$1"
    netns_gone a
}
end_gone() { netns_add a; }
begin_bridgeless() { config '{"networks": {"lan": {"bridge": "nosuch"}}}'; }
end_bridgeless() { config "$SETTINGS"; }
begin_unconfigured() {
    comes_to ok ADD "$1"
    config '{"networks": {"other": {"bridge": "br0"}}}'
}
end_unconfigured() { config "$SETTINGS"; }
begin_unreadable() {
    comes_to ok ADD "$1"
    config '{'
}
end_unreadable() { config "$SETTINGS"; }

#                         ADD CHECK DEL GC STATUS
# bats test_tags=long
@test "nothing is there" {
    VERSIONS=$ALL in_state nothing ok 100 ok ok ok
}

@test "it was added" {
    VERSIONS=$ALL in_state added 100 ok ok ok ok
}

# bats test_tags=long
@test "it was added, and somebody took its addresses" {
    in_state flushed 100 100 ok ok ok
}

# bats test_tags=long
@test "it was added in another namespace" {
    in_state moved ok 100 ok ok ok
}

# bats test_tags=long
@test "its namespace has gone" {
    in_state gone 3 3 ok ok ok
}

# bats test_tags=long
@test "there is no such bridge" {
    in_state bridgeless 7 100 ok ok 50
}

# bats test_tags=long
@test "its network is not configured any more" {
    in_state unconfigured 7 7 ok ok 50
}

# bats test_tags=long
@test "the configuration cannot be read" {
    in_state unreadable 7 7 ok ok 7
}

# bats test_tags=long
@test "the switch does not run, the database is away" {
    config "${SETTINGS/20000/300}"
    comes_to ok ADD 1.1.0
    vswitchd kill
    while read -r command want; do
        comes_to "$want" "$command" 1.1.0
    done <<<$'ADD 11\nCHECK ok\nSTATUS 50\nGC ok\nDEL ok'
    prints_nothing holds
    ovsdb stop
    while read -r command want; do
        comes_to "$want" "$command" 1.1.0
    done <<<$'ADD 11\nCHECK 11\nSTATUS 50\nGC ok\nDEL 11\nVERSION ok'
    ovsdb start
    vswitchd start
    wait_until 5 comes_to ok STATUS 1.1.0
}

# cnitool, which is libcni for the hand: the container id is made of the path, a
# chain is walked forward, and backward for DEL; what ADD said is kept until DEL.
cnitool() { # add|check|del NETNS
    local version plugin prev answer n
    local -x CNI_CONTAINERID CNI_NETNS=$2 CNI_IFNAME=${CNI_IFNAME:-eth0}
    local -x CNI_COMMAND=${1^^} CNI_ARGS=${CNI_ARGS-} CNI_PATH=/run/cni-bin:/usr/lib/cni
    answer=$(printf %s "$2" | sha512sum)
    CNI_CONTAINERID=cnitool-${answer:0:20}
    local cache=/var/lib/cni/results/lan-$CNI_CONTAINERID-$CNI_IFNAME
    mkdir -p /var/lib/cni/results
    version=$(jq -r .cniVersion /etc/cni/net.d/10-lan.conflist)
    prev=null
    [ "$1" = add ] || [ ! -e "$cache" ] || prev=$(jq -c .result "$cache")
    mapfile -t plugins < <(jq -c --arg command "$1" --arg version "$version" '
        .name as $name | .plugins | if $command == "del" then reverse else . end |
        .[] | .name = $name | .cniVersion = $version' \
        /etc/cni/net.d/10-lan.conflist)
    for plugin in "${plugins[@]}"; do
        [ "$prev" = null ] || [[ $1 = del && $version < 0.4.0 ]] ||
            plugin=$(jq -c --argjson prev "$prev" '.prevResult = $prev' <<<"$plugin")
        n=$(jq -r .type <<<"$plugin")
        for n in "/run/cni-bin/$n" "/usr/lib/cni/$n"; do [ ! -x "$n" ] || break; done
        answer=$("$n" <<<"$plugin") || { echo "$answer"; return 1; }
        [ "$1" != add ] || prev=$answer
    done
    case $1 in
    add)
        jq -n --argjson result "$prev" '{kind: "cniCacheV1", $result}' >"$cache"
        echo "$prev"
        ;;
    del) rm -f "$cache" ;;
    esac
}

# bats test_tags=long
@test "cnitool: a chain with what it keeps, and without" {
    local version vnic
    cni_dir
    netns_add b
    while read -r version vnic; do
        list lan "{\"type\": \"ovsint\", \"network\": \"lan\",
            \"vnic\": \"$vnic\"}" '{"type": "tuning", "mtu": 1400}'
        sed -i "s/1\.0\.0/$version/" /etc/cni/net.d/10-lan.conflist
        cnitool add /run/netns/a >"$T/answer"
        is_valid_answer result "{\"cniVersion\": \"$version\"}"
        in_netns a ip -j link show dev eth0 | check_json '.[0].mtu == 1400'
        cnitool add /run/netns/b >/dev/null
        reaches /run/netns/a "$(in_netns b ip -j -4 addr show dev eth0 |
            jq -r '.[0].addr_info[0].local')"
        # tuning would have a device that is not promiscuous, whatever its
        # configuration says; the switch opens its TAPs so.
        [ "$version" = 0.3.1 ] || cnitool check /run/netns/a
        cnitool del /run/netns/b
        # What it keeps is lost.
        rm -r /var/lib/cni/results
        cnitool del /run/netns/a
        cnitool del /run/netns/a
        prints_nothing holds
    done <<<$'0.3.1 internal\n0.4.0 veth\n1.0.0 internal'
    netns_gone b
}

@test "the schema finds what is wrong" {
    local bad
    while read -r kind bad; do
        echo "$bad" >"$T/answer"
        not is_valid_answer "$kind" '{"cniVersion": "1.0.0"}' 2>/dev/null ||
            fail "right: $bad" || return
    done <<-'EOF'
	result {"cniVersion": "0.4.0"}
	result {"cniVersion": "1.0.0", "ip4": {}}
	result {"cniVersion": "1.0.0", "interfaces": {}}
	result {"cniVersion": "1.0.0", "interfaces": [{"mac": "02:00:00:00:00:01"}]}
	result {"cniVersion": "1.0.0", "interfaces": [{"name": "eth0", "mac": "02"}]}
	result {"cniVersion": "1.0.0", "interfaces": [{"name": "eth0", "mtu": 1500}]}
	result {"cniVersion": "1.0.0", "ips": [{"address": "10.0.0.1"}]}
	result {"cniVersion": "1.0.0", "ips": [{"address": "10.0.0.1/8", "version": "4"}]}
	result {"cniVersion": "1.0.0", "ips": [{"address": "10.0.0.1/8", "interface": 0}]}
	result {"cniVersion": "1.0.0", "routes": [{"gw": "10.0.0.1"}]}
	result {"cniVersion": "1.0.0", "dns": {"servers": []}}
	error {"cniVersion": "1.0.0", "code": 8, "msg": "x"}
	error {"cniVersion": "1.0.0", "code": 7, "msg": ""}
	error {"cniVersion": "1.0.0", "code": "7", "msg": "x"}
	versions {"cniVersion": "1.0.0", "supportedVersions": ["1.0.0"]}
	versions no JSON
	EOF
}
