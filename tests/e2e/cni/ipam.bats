#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# The CNI plugin with IPAM plugins: Debian's host-local, static and dhcp with a
# real server, and some that go wrong.

load ../lib/base
load ../lib/outside
load ../lib/cni

setup() {
    world_setup
    local_=$(conf local 1.0.0 '.bridge = "br0" | .ipam = {type: "host-local",
        dataDir: "/run/ipam", ranges: [[{subnet: "10.2.0.0/24",
        gateway: "10.2.0.1"}]], routes: [{dst: "0.0.0.0/0"},
        {dst: "10.8.0.0/16", gw: "10.2.0.8"}]}')
}

teardown() {
    serve_end
    rm -rf /run/ipam
    world_teardown
}

given() { find /run/ipam/local -name '[0-9]*' -printf '%f\n' | sort; }

@test "host-local: addresses come and go with the container" {
    netns_add a b
    cni ADD a "$local_" | check_json '.ips == [{address: "10.2.0.2/24",
        gateway: "10.2.0.1", interface: 0}] and (.routes | map(.dst) | sort) ==
        ["0.0.0.0/0", "10.8.0.0/16"]'
    in_netns a ip -j route | check_json '
        any(.[]; .dst == "10.8.0.0/16" and .gateway == "10.2.0.8") and
        any(.[]; .dst == "default" and .gateway == "10.2.0.1")'
    cni ADD b "$local_" | check_json '.ips[0].address == "10.2.0.3/24"'
    reaches /run/netns/a 10.2.0.3
    row Port external_ids:ovsint-container=a |
        check_json '.external_ids | has("ovsint-ip-10.2.0.2")'
    cni CHECK a "$(jq -c --slurpfile r "$T/answer" '.prevResult = $r[0]' <<<"$local_")"
    # What is there has its address, and keeps it.
    cni_refuses 100 "has the interface eth0 already" ADD a "$local_"
    [ "$(given | xargs)" = "10.2.0.2 10.2.0.3" ]
    reaches /run/netns/b 10.2.0.2
    NETNS='' cni DEL a "$local_"
    [ "$(given)" = 10.2.0.3 ]
    cni DEL a "$local_"
    # In another namespace: what it had goes back.
    netns_gone b
    netns_add b
    cni ADD b "$local_"
    [ "$(given | wc -l)" = 1 ]
    cni DEL b "$local_"
    [ -z "$(given)" ]
    prints_nothing holds
    netns_gone a b
}

# bats test_tags=long
@test "host-local: what fails later gives the address back" {
    netns_add a b
    cni_refuses 7 "there is no bridge nosuch" ADD a \
        "$(jq -c '.bridge = "nosuch"' <<<"$local_")"
    [ -z "$(given)" ]
    vswitchd kill
    config '{"timeout-ms": 300}'
    cni_refuses 11 ovs-vswitchd ADD a "$local_"
    [ -z "$(given)" ]
    vswitchd start
    config '{}'
    # Somebody else of the bridge has the address.
    cni ADD b "$(conf flat 1.0.0 '.bridge = "br0" | .ip = "10.2.0.2/24"')"
    rm -r /run/ipam
    cni_refuses 100 "address 10.2.0.2 of segment br0" ADD a "$local_"
    [ "$(holds)" = b/eth0 ]
    [ -z "$(given)" ]
    # Nobody reads the answer.
    cni DEL b "$(conf flat 1.0.0)"
    printf '%s' "$local_" | CNI_COMMAND=ADD CNI_CONTAINERID=a CNI_IFNAME=eth0 \
        CNI_NETNS=/run/netns/a CNI_PATH=/usr/lib/cni "$CNI" >/dev/full \
        2>"$T/stderr" && fail "it ended well"
    not grep -q 'not allowed here' "$T/stderr"
    [ -z "$(given)" ]
    prints_nothing holds
    netns_gone a b
}

# bats test_tags=long
@test "host-local without the database: no lease and no row is left" {
    local command gc status cut
    gc=$(jq -c '.cniVersion = "1.1.0" | ."cni.dev/valid-attachments" = []' \
        <<<"$local_")
    status=$(jq -c '.cniVersion = "1.1.0"' <<<"$local_")
    netns_add a b
    cni ADD a "$local_" >/dev/null
    ovsdb stop
    cni_refuses 11 db.sock ADD b "$local_"
    [ "$(given)" = 10.2.0.2 ]
    # A lease goes with its row, as DEL is repeated.
    for command in CHECK DEL; do
        cni_refuses 11 db.sock "$command" a "$local_"
    done
    NETNS='' IFNAME='' cni_refuses 11 db.sock GC '' "$gc"
    NETNS='' IFNAME='' cni_refuses 50 db.sock STATUS '' "$status"
    ovsdb start
    cni CHECK a "$local_"
    cni DEL a "$local_"
    [ -z "$(given)" ]
    prints_nothing holds
    # Else it would try to connect less and less often.
    vswitchd restart
    # It goes while the plugin is asked: before the row is made, and before it
    # is removed.
    mkdir -p "$T/bin"
    cat >"$T/bin/cut" <<-'EOF'
	#!/bin/sh
	/usr/lib/cni/host-local || exit 1
	[ $CNI_COMMAND = $(cat /run/cut-at) ] && kill $(cat /run/openvswitch/ovsdb-server.pid)
	exit 0
	EOF
    chmod +x "$T/bin/cut"
    export DIRS=$T/bin
    config '{"timeout-ms": 300}'
    cut=$(jq -c '.ipam.type = "cut"' <<<"$local_")
    echo ADD >/run/cut-at
    cni_refuses 11 db.sock ADD b "$cut"
    [ -z "$(given)" ]
    ovsdb start
    prints_nothing holds
    vswitchd restart
    echo DEL >/run/cut-at
    cni ADD b "$cut" >/dev/null
    cni_refuses 11 db.sock DEL b "$cut"
    [ -z "$(given)" ]
    echo none >/run/cut-at
    ovsdb start
    [ "$(holds)" = b/eth0 ]
    cni DEL b "$cut"
    [ -z "$(given)" ]
    prints_nothing holds
    vswitchd restart
    rm /run/cut-at
    netns_gone a b
}

@test "host-local with mode=nat: the host is the gateway" {
    netns_add a
    cni_refuses 11 ovsint-plugin ADD a \
        "$(config '{"timeout-ms": 300}' && jq -c '.mode = "nat"' <<<"$local_")"
    [ -z "$(given)" ]
    prints_nothing holds
    row Bridge name=br0 | check_json '[.external_ids[]] | length == 1 and
        (.[0] | fromjson.pools == [{pool: "10.2.0.0/24", gateway: "10.2.0.1"}])'
    vsctl clear Bridge br0 external_ids
    netns_gone a
}

@test "static, also as the container's side asks" {
    netns_add a
    static=$(conf n 1.0.0 '.bridge = "br0" | .vnic = "veth" |
        .capabilities.ips = true | .ipam = {type: "static"} |
        .runtimeConfig.ips = ["10.3.0.5/24"]')
    cni ADD a "$static" | check_json '.ips[0].address == "10.3.0.5/24" and
        .ips[0].interface == 1'
    cni CHECK a "$(jq -c --slurpfile r "$T/answer" '.prevResult = $r[0]' <<<"$static")"
    cni DEL a "$static"
    prints_nothing holds
    netns_gone a
}

# bats test_tags=long
@test "plugins that go wrong" {
    netns_add a
    mkdir -p "$T/bin"
    bad() { # SCRIPT
        printf '#!/bin/sh\n%s\n' "$1" >"$T/bin/bad"
        chmod +x "$T/bin/bad"
    }
    asked=$(conf n 1.1.0 '.bridge = "br0" | .ipam.type = "bad"')
    export DIRS=$T/bin
    cni_refuses 7 "there is no plugin 'bad' in CNI_PATH ($T/bin)" ADD a "$asked"
    bad 'echo "{"'
    cni_refuses 100 "the IPAM plugin bad: " ADD a "$asked"
    bad 'echo "{\"code\": 42, \"msg\": \"no address: not found\"}"; exit 1'
    # A code that the specification has reserved is not passed on.
    cni_refuses 100 "the IPAM plugin bad: no address: missing" ADD a "$asked"
    bad 'echo "{\"code\": 142, \"msg\": \"no address\"}"; exit 1'
    cni_refuses 142 "the IPAM plugin bad: no address" ADD a "$asked"
    # The port goes all the same, and the runtime is told.
    bad '[ $CNI_COMMAND = DEL ] && exit 1
        echo "{\"ips\": [{\"address\": \"10.4.0.5/24\"}]}"'
    cni ADD a "$asked"
    cni_refuses 100 "the IPAM plugin bad: it has failed" DEL a "$asked"
    prints_nothing holds
    DIRS=/nosuch cni_refuses 7 "there is no plugin 'bad'" DEL a "$asked"
    # GC and STATUS are for those that know them.
    bad 'echo "$CNI_COMMAND" >>'"$T"'/commands
        [ $CNI_COMMAND = VERSION ] && echo "{\"supportedVersions\": [$VERSIONS]}"'
    sed -i "s/\$VERSIONS/\\\\\"1.0.0\\\\\"/" "$T/bin/bad"
    NETNS='' IFNAME='' cni STATUS '' "$asked"
    gc=$(jq -c '."cni.dev/valid-attachments" = []' <<<"$asked")
    NETNS='' IFNAME='' cni GC '' "$gc"
    [ "$(xargs <"$T/commands")" = "VERSION VERSION" ]
    sed -i "s/1.0.0/1.1.0/" "$T/bin/bad"
    echo 'exit 0' >>"$T/bin/bad"
    NETNS='' IFNAME='' cni STATUS '' "$asked"
    NETNS='' IFNAME='' cni GC '' "$gc"
    [ "$(xargs <"$T/commands")" = "VERSION VERSION VERSION STATUS VERSION GC" ]
    netns_gone a
}

@test "dhcp: a lease over the interface, which DEL gives back" {
    local dhcp
    netns_add a
    # The server is another container of the bridge. dnsmasq knows its device by
    # the real name alone.
    netns_add server
    cni ADD server "$(conf flat 1.0.0 '.bridge = "br0" | .ip = "10.5.0.1/24" |
        .guard = "off"')"
    mkdir -p "$T/dhcp"
    nsenter --net=/run/netns/server dnsmasq --port=0 --no-daemon --conf-file=/dev/null \
        --except-interface=lo --bind-dynamic --dhcp-authoritative --no-ping \
        --dhcp-range=10.5.0.50,10.5.0.60,1h --dhcp-option=3,10.5.0.1 \
        --dhcp-leasefile="$T/dhcp/leases" --log-dhcp \
        >"$T/dhcp/log" 2>&1 3>&- 4>&- &
    echo $! >>"$T/servers"
    wait_until 10 grep -q 'DHCP, IP range' "$T/dhcp/log"
    /usr/lib/cni/dhcp daemon -socketpath "$T/dhcp/sock" \
        >"$T/dhcp/daemon" 2>&1 3>&- 4>&- &
    echo $! >>"$T/servers"
    wait_until 10 test -S "$T/dhcp/sock"
    dhcp=$(conf d 1.0.0 '.bridge = "br0"' |
        jq -c --arg s "$T/dhcp/sock" '.ipam = {type: "dhcp", daemonSocketPath: $s}')
    cni ADD a "$dhcp" | check_json '.ips[0] | (.address | startswith("10.5.0."))
        and .gateway == "10.5.0.1"'
    address=$(jq -r '.ips[0].address | split("/")[0]' "$T/answer")
    in_netns a ip -j addr show dev eth0 |
        check_json --arg ip "$address" '.[0].addr_info[0].local == $ip'
    row Port external_ids:ovsint-container=a |
        check_json --arg k "ovsint-ip-$address" '.external_ids | has($k)'
    reaches /run/netns/server "$address"
    cni CHECK a "$dhcp"
    cni DEL a "$dhcp"
    wait_until 5 grep -q "DHCPRELEASE.*$address" "$T/dhcp/log"
    [ "$(holds)" = server/eth0 ]
    # Another port has what the server gives.
    netns_add b
    cni ADD b "$(conf flat 1.0.0 '.bridge = "br0"' |
        jq -c --arg ip "$address/24" '.ip = $ip')"
    cni_refuses 100 "which another port of the bridge has" ADD a "$dhcp"
    [ "$(holds)" = b/eth0$'\n'server/eth0 ]
    cni DEL b "$dhcp"
    cni DEL b "$(conf flat 1.0.0)"
    serve_end
    cni DEL server "$(conf flat 1.0.0)"
    # The daemon is not there: the port goes, and the runtime is told.
    cni_refuses 999 "the IPAM plugin dhcp: " DEL a "$dhcp"
    prints_nothing holds
    netns_gone a b server
}
