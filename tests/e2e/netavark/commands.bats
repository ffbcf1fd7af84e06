#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# The netavark plugin, as podman and netavark start it: each command, in each
# state, and packets.

load ../lib/base
load ../lib/plugin
load ../lib/cni
load ../lib/netavark
load ../lib/cli
load ../lib/dhcp

SUBNET='.subnets = [{subnet: "10.0.0.0/24", gateway: "10.0.0.254"}]'

setup() {
    world_setup
    lan=$(network lan "$SUBNET | .options = {bridge: \"br0\", vlan: \"10\"}")
    flat=$(network flat '.options = {bridge: "br0"}')
}

teardown() {
    lan_end
    world_teardown
}

with_ip() { # ADDRESS
    echo ".network_options.static_ips = [\"$1\"]"
}

@test "two containers reach one another; teardown leaves nothing" {
    netns_add a b
    created "$lan" | check_json '.ipam_options.driver == "host-local" and
        .dns_enabled == false and .options.vlan == "10"'
    nv setup a "$(asked a "$lan" "$(with_ip 10.0.0.1)")" |
        check_json '.interfaces.eth0.subnets ==
            [{ipnet: "10.0.0.1/24", gateway: "10.0.0.254"}]'
    nv setup b "$(asked b "$lan" "$(with_ip 10.0.0.2)")"
    reaches /run/netns/a 10.0.0.2
    reaches /run/netns/b 10.0.0.1
    in_netns a ip -j addr show dev eth0 | check_json '
        (.[0].ifname | startswith("oi")) and
        .[0].addr_info[0].local == "10.0.0.1"'
    in_netns a ip -j route | check_json 'any(.dst == "default" and
        .gateway == "10.0.0.254")'
    row Interface external_ids:ovsint-container=a |
        check_json '.external_ids | .["ovsint-owner"] == "netavark" and
            .["iface-id"] == "a/eth0"'
    row Port name="$(vsctl --bare --columns=name find Interface \
        external_ids:ovsint-container=a)" | check_json '.tag == 10'
    nv teardown a "$(asked a "$lan")"
    nv teardown a "$(asked a "$lan")"
    netns_gone b
    nv teardown b "$(asked b "$lan")"
    prints_nothing plugged
    nv teardown never "$(asked never "$lan")"
    netns_gone a
}

# bats test_tags=long
@test "a pair, both families, MAC, rate and MTU" {
    two=$(network two '.subnets = [{subnet: "10.0.0.0/24"},
        {subnet: "fd00::/64", gateway: "fd00::1"}] |
        .options = {bridge: "br0", vnic: "veth", mtu: "1400"}')
    created "$two"
    netns_add a b
    nv setup a "$(asked a "$two" '.network_options |= (.options = {rate: "4000"} |
        .static_ips = ["10.0.0.1", "fd00::a"] |
        .static_mac = "02:00:00:00:00:05")')" |
        check_json '.interfaces.eth0 == {mac_address: "02:00:00:00:00:05",
            subnets: [{ipnet: "10.0.0.1/24"},
                {ipnet: "fd00::a/64", gateway: "fd00::1"}]}'
    in_netns a ip -j link show dev eth0 | check_json '.[0] |
        .ifname == "eth0" and .mtu == 1400 and .address == "02:00:00:00:00:05"'
    in_netns a tc qdisc show dev eth0 | grep -q 'tbf.*rate 4Mbit'
    nv setup b "$(asked b "$two" '.network_options.static_ips =
        ["10.0.0.2", "fd00::b"]')"
    reaches /run/netns/b 10.0.0.1
    reaches /run/netns/b fd00::a
    nv teardown a "$(asked a "$two")"
    nv teardown b "$(asked b "$two")"
    prints_nothing plugged
    netns_gone a b
}

# bats test_tags=long
@test "two networks of one container come and go by themselves" {
    netns_add a
    nv setup a "$(asked a "$lan" "$(with_ip 10.0.0.1)")"
    nv setup a "$(asked a "$flat" '.network_options.interface_name = "eth1"')"
    [ "$(plugged)" = a/eth0$'\n'a/eth1 ]
    nv teardown a "$(asked a "$flat" '.network_options.interface_name = "eth1"')"
    [ "$(plugged)" = a/eth0 ]
    # That name is one of another network.
    nv teardown a "$(asked a "$flat")"
    [ "$(plugged)" = a/eth0 ]
    nv teardown a "$(asked a "$lan")"
    prints_nothing plugged
    netns_gone a
}

# bats test_tags=long
@test "setup twice: what is there stays, or is replaced" {
    netns_add a
    first=$(nv setup a "$(asked a "$lan" "$(with_ip 10.0.0.1)")")
    port=$(vsctl --bare --columns=name find Interface \
        external_ids:ovsint-container=a)
    # As after a teardown that has failed, with the same ...
    [ "$first" = "$(nv setup a "$(asked a "$lan" "$(with_ip 10.0.0.1)")")" ]
    [ "$port" = "$(vsctl --bare --columns=name find Interface \
        external_ids:ovsint-container=a)" ]
    # ... and with another address.
    nv setup a "$(asked a "$lan" "$(with_ip 10.0.0.7)")" |
        check_json '.interfaces.eth0.subnets[0].ipnet == "10.0.0.7/24"'
    [ "$(plugged)" = a/eth0 ]
    in_netns a ip -j addr show dev eth0 |
        check_json '[.[0].addr_info[] | select(.family == "inet").local] ==
            ["10.0.0.7"]'
    # In another namespace: podman sends no teardown after a reboot.
    netns_gone a
    netns_add a
    nv setup a "$(asked a "$lan" "$(with_ip 10.0.0.7)")"
    [ "$(plugged)" = a/eth0 ]
    nv teardown a "$(asked a "$lan")"
    netns_gone a
}

@test "a network of the configuration gives addresses, under its policy" {
    config '{"networks": {"lan": {"bridge": "br0", "vlan": 10, "ip": "auto",
        "subnets": [{"subnet": "10.1.0.0/24", "gateway": "10.1.0.254"}],
        "refine": ["ip"]}}, "policy": {"macs": ["06:*"], "vlans": "10"}}'
    named=$(network lan '.options = {network: "lan"}')
    created "$named" | check_json '.ipam_options.driver == "none"'
    netns_add a b
    nv setup a "$(asked a "$named")" | check_json '.interfaces.eth0.subnets[0] |
        (.ipnet | startswith("10.1.0.")) and .gateway == "10.1.0.254"'
    nv setup b "$(asked b "$named" "$(with_ip 10.1.0.77)")"
    reaches /run/netns/a 10.1.0.77
    nv teardown b "$(asked b "$named")"
    nv_refuses "not allowed by the policy" setup b "$(asked b "$lan" \
        '.network_options.static_mac = "02:00:00:00:00:05"')"
    nv_refuses "network lan says 'vlan'" setup b "$(asked b "$lan" \
        '.network_options.options = {vlan: "10"}')"
    nv_refuses "does not leave this to the container" setup b \
        "$(asked b "$named" '.network_options.options = {mtu: "1400"}')"
    nv teardown a "$(asked a "$named")"
    prints_nothing plugged
    netns_gone a b
}

@test "the LAN gives the address: -o ip=dhcp, and --ipam-driver dhcp" {
    lan server
    dnsmasq_in server --dhcp-option=3,10.5.0.1 --dhcp-option=6,10.5.0.53 \
        --dhcp-option=15,lab.example
    asks=$(network asks '.options = {bridge: "br0", ip: "dhcp", guard: "full"}')
    driver=$(network driver '.options = {bridge: "br0"} | .ipam_options = {driver: "dhcp"}')
    created "$asks" | check_json '.ipam_options.driver == "none"'
    created "$driver" | check_json '.ipam_options.driver == "dhcp"'
    netns_add a b
    nv setup a "$(asked a "$asks" '.network_options.options = {"dhcp-hostname": "web"}')" |
        check_json '.dns_server_ips == ["10.5.0.53"] and
            .dns_search_domains == ["lab.example"] and
            (.interfaces.eth0.subnets | length == 1 and
            (.[0].ipnet | test("^10\\.5\\.0\\.[56][0-9]/24$")) and
            .[0].gateway == "10.5.0.1")'
    # The hook's containers have it in their port's row alone.
    lease_of a | check_json '.dns == ["10.5.0.53"] and .search == "lab.example"'
    address=$(address_in a)
    grep -q " $address web " "$T/dhcp/leases"
    in_netns a busybox ping -c 1 -W 2 10.5.0.1
    nv setup b "$(asked b "$driver")"
    reaches /run/netns/b "$address"
    nv teardown a "$(asked a "$asks")"
    wait_until 5 dhcp_log "DHCPRELEASE.* $address "
    nv teardown b "$(asked b "$driver")"
    dnsmasq_end
    config '{"timeout-ms": 1500}'
    nv_refuses "no DHCP server answers" setup a "$(asked a "$asks")"
    prints_nothing plugged
    netns_gone b a
    lan_gone server
}

# bats test_tags=long
@test "teardown while somebody keeps the names locked" {
    netns_add a
    nv setup a "$(asked a "$lan" "$(with_ip 10.0.0.1)")"
    mkdir -p /run/ovsint/names
    printf '10.0.0.254\na 10.0.0.1  a\nb 10.0.0.2  b\n' >/run/ovsint/names/lan
    exec {lock}>/run/ovsint/names.lock
    flock "$lock"
    timeout 20 "$NETAVARK" teardown /run/netns/a >"$T/answer" \
        {lock}>&- <<<"$(asked a "$lan")"
    prints_nothing plugged
    grep -q "lock /run/ovsint/names.lock: another program has held it for" /run/syslog
    exec {lock}>&-
    nv teardown a "$(asked a "$lan")"
    not grep -qs '^a ' /run/ovsint/names/lan
    rm -rf /run/ovsint/names /run/ovsint/names.lock
    netns_gone a
}

@test "what create refuses" {
    nv_refuses "did you mean 'vlan'" create "$(network n \
        '.options = {bridge: "br0", vlna: "1"}')"
    nv_refuses "there is no bridge nosuch: create it with" create "$(network n \
        '.options = {bridge: "nosuch"}')"
    nv_refuses "no bridge" create "$(network n)"
    nv_refuses "--interface-name" create "$(network n \
        '.network_interface = "br0"')"
    nv_refuses "--ipam-driver 'other'" create "$(network n \
        '.options = {bridge: "br0"} | .ipam_options = {driver: "other"}')"
    nv_refuses "--subnet: 'dhcp' gives the IPv4 address" create "$(network n \
        "$SUBNET | .options = {bridge: \"br0\", ip: \"dhcp\"}")"
    nv_refuses "no metric" create "$(network n "$SUBNET |
        .options = {bridge: \"br0\"} | .routes = [{destination: \"10.9.0.0/16\",
            gateway: \"10.0.0.9\", metric: 5}]")"
    nv_refuses "more than 32768 bytes" create "$(network n \
        '.options = {bridge: "br0"} | .labels = {a: ("x" * 40000)}')"
    nv_refuses "what podman writes to standard input" create "${lan:0:40}"
    nv_refuses "what podman writes to standard input" create ''
    # More than it reads: podman's writes end well all the same.
    head -c 2097152 /dev/zero | tr '\0' ' ' >"$T/large"
    { cat "$T/large" && echo written >"$T/written"; } |
        "$NETAVARK" create >"$T/answer" && fail "it ended well"
    check_json '.error | contains("larger than 1048576 bytes")' <"$T/answer"
    [ "$(cat "$T/written")" = written ]
    config '{"vlna": 1}'
    nv_refuses "ovsint.json" create "$lan"
}

@test "a rootless podman is told to be root" {
    printf '%s' "$flat" | unshare --user --map-root-user "$NETAVARK" create \
        >"$T/answer" && fail "it ended well"
    check_json '.error == "the runtime is rootless: its user namespace has no right to the host'"'"'s Open vSwitch; create the network, and run its containers, as root"' <"$T/answer"
}

@test "what goes wrong, and that nothing is left of it" {
    netns_add a
    nv_refuses "open network namespace /run/netns/gone" setup gone \
        "$(asked gone "$flat")"
    NETNS=/proc/self/ns/net nv_refuses "host's own" setup a "$(asked a "$flat")"
    nv_refuses "there is no bridge nosuch" setup a \
        "$(asked a "$(network n '.options = {bridge: "nosuch"}')")"
    nv_refuses "lies in no subnet of network flat" setup a \
        "$(asked a "$flat" "$(with_ip 10.0.0.1)")"
    nv_refuses "container_id" setup a '{"network": {"name": "n"}}'
    # An address that another container has.
    nv setup a "$(asked a "$lan" "$(with_ip 10.0.0.1)")"
    netns_add b
    nv_refuses "10.0.0.1" setup b "$(asked b "$lan" "$(with_ip 10.0.0.1)")"
    [ "$(plugged)" = a/eth0 ]
    config '{"vlna": 1}'
    nv_refuses "ovsint.json" setup b "$(asked b "$flat")"
    nv teardown a "$(asked a "$lan")"
    wait_until 5 not in_netns a ip link show dev eth0
    vswitchd kill
    config '{"timeout-ms": 300}'
    nv_refuses "ovs-vswitchd" setup a "$(asked a "$flat")"
    vswitchd start
    prints_nothing plugged
    # Nobody reads the answer.
    config "$DEFAULT_CONFIG"
    printf '%s' "$(asked a "$flat")" | "$NETAVARK" setup /run/netns/a \
        >/dev/full 2>"$T/stderr" && fail "it ended well"
    [ ! -s "$T/stderr" ]
    wait_until 5 syslog_has 'write to standard output: No space left'
    prints_nothing plugged
    netns_gone a b
}

@test "ports of a network that is not with mode=nat: podman's user is told" {
    netns_add a
    asked a "$flat" '.port_mappings = [{host_port: 8080, container_port: 80,
        host_ip: "", protocol: "tcp", range: 1}]' |
        "$NETAVARK" setup /run/netns/a >/dev/null 2>"$T/stderr"
    grep -q "^ovsint-netavark: ports are not published.*network=flat" "$T/stderr"
    nv teardown a "$(asked a "$flat")"
    netns_gone a
}

@test "mode=nat without the daemon" {
    netns_add a
    nat=$(network nat "$SUBNET | .options = {bridge: \"br0\", mode: \"nat\"}")
    created "$nat"
    nv_refuses "option publish-ip: 'x'" create \
        "$(jq -c '.options["publish-ip"] = "x"' <<<"$nat")"
    config '{"timeout-ms": 500}'
    nv_refuses "is it running ('systemctl status ovsint-plugin')?" setup a \
        "$(asked a "$nat" "$(with_ip 10.0.0.1)")"
    prints_nothing plugged
    # The one that starts finds a network without ports.
    plugin start
    wait_until 10 eval 'rows Bridge name=br0 | check_json ".[0].external_ids == {}"'
    plugin stop
    netns_gone a
}

@test "the command line" {
    "$NETAVARK" info | check_json '.api_version == "1.0.0" and
        (.version | length > 0)'
    "$NETAVARK" --help | grep -q "podman network create -d ovsint"
    "$NETAVARK" --version | grep -q '^ovsint-netavark [0-9]'
    for words in "" "setup" "teardown a b" "create a" "info a" "update" "--hlep"; do
        # shellcheck disable=SC2086
        run "$NETAVARK" $words </dev/null
        [ "$status" = 2 ]
        [[ $output == "ovsint-netavark: "* ]]
    done
}

# bats test_tags=long
@test "without the database each command says so" {
    netns_add a
    nv setup a "$(asked a "$lan" "$(with_ip 10.0.0.1)")"
    ovsdb stop
    nv_refuses "db.sock" create "$lan"
    nv_refuses "db.sock" setup a "$(asked a "$lan" "$(with_ip 10.0.0.1)")"
    nv_refuses "db.sock" teardown a "$(asked a "$lan")"
    ovsdb start
    vsctl show >/dev/null
    # A restart in the middle is waited for.
    ovsdb stop
    nv teardown a "$(asked a "$lan")" &
    ovsdb start
    wait $!
    vsctl show >/dev/null
    prints_nothing plugged
    netns_gone a
}

# bats test_tags=long
@test "the guardian keeps these ports, and collects those of namespaces that went" {
    plugin start
    netns_add a b
    nv setup a "$(asked a "$lan" "$(with_ip 10.0.0.1)")"
    nv setup b "$(asked b "$lan" "$(with_ip 10.0.0.2)")"
    reaches /run/netns/a 10.0.0.2
    vswitchd restart
    wait_until 10 reaches /run/netns/a 10.0.0.2
    netns_gone b
    wait_until 10 eval '[ "$(plugged)" = a/eth0 ]'
    nv teardown a "$(asked a "$lan")"
    netns_gone a
    plugin stop
}
