# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154
#
# DHCP servers, each in a namespace of its own on a port of br0. Loaded after
# base.bash and cli.bash.
#
#   lan NETNS [KEY=VALUE...]     NETNS is a host of the LAN: 10.5.0.1/24
#   dnsmasq_in NETNS [OPTION...] gives 10.5.0.50 to 10.5.0.60, quickly
#   dnsmasq_end                  ends it
#   dhcp_log TEXT                the server has logged it
#   address_in NETNS             the IPv4 address of eth0 there
#   lease_of CONTAINER           its ovsint-lease as JSON
#   lan_gone NETNS...            the port and the namespace of each
#   lan_end                      for teardown: ends what a failed test has left
#   dhcpd_in NETNS STATEMENTS    another server, for short leases
#   kea_in NETNS POOL [JSON]     kea, authoritative; JSON is merged into its subnet
#   lease_in NETNS               the lease of eth0 there
#   has_address NETNS ADDRESS    "" = none

# A guard would drop what a server answers.
lan() { # NETNS [KEY=VALUE...]
    local netns=$1
    shift
    netns_add "$netns"
    [ $# -gt 0 ] || set -- ip=10.5.0.1/24
    ovsint attach "/run/netns/$netns" bridge=br0 guard=off "$@" >/dev/null
}

dnsmasq_in() { # NETNS [OPTION...]
    local netns=$1
    shift
    mkdir -p "$T/dhcp"
    nsenter --net="/run/netns/$netns" dnsmasq --port=0 --no-daemon \
        --conf-file=/dev/null --except-interface=lo --bind-dynamic \
        --dhcp-authoritative --no-ping --log-dhcp \
        --dhcp-leasefile="$T/dhcp/leases" "${RANGE:---dhcp-range=10.5.0.50,10.5.0.60,1h}" \
        "$@" >>"$T/dhcp/log" 2>&1 3>&- 4>&- &
    echo $! >"$T/dhcp/pid"
    wait_until 10 grep -q 'DHCP, \|IP range' "$T/dhcp/log"
}

dnsmasq_end() {
    local pid
    [ -e "$T/dhcp/pid" ] || return 0
    pid=$(cat "$T/dhcp/pid")
    rm "$T/dhcp/pid"
    kill "$pid"
    wait_until 10 not kill -0 "$pid" 2>/dev/null
    : >"$T/dhcp/log"
}

dhcp_log() { grep -qE -- "$1" "$T/dhcp/log"; }

address_in() { # NETNS
    in_netns "$1" ip -j -4 addr show dev eth0 | jq -r '.[0].addr_info[0].local // empty'
}

lease_of() { # CONTAINER
    row Port "external_ids:ovsint-container=$1" | jq -c '.external_ids["ovsint-lease"] | fromjson'
}

# A namespace's port by its path.
lease_in() { # NETNS
    local name
    name=$(row Interface "external_ids:ovsint-netns=/run/netns/$1" | jq -r .name)
    row Port name="$name" | jq -c '.external_ids["ovsint-lease"] // "null" | fromjson'
}

lan_gone() { # NETNS...
    local name
    for name; do
        ovsint detach "/run/netns/$name" >/dev/null
        netns_gone "$name"
    done
}

lan_end() {
    local path
    dnsmasq_end
    [ -z "${BATS_TEST_COMPLETED-}" ] || return 0
    for path in /run/netns/*; do
        [ -e "$path" ] || continue
        ovsint detach "$path" eth1 >/dev/null 2>&1 || true
        ovsint detach "$path" >/dev/null 2>&1 || true
        netns_gone "${path##*/}"
    done
}

# ISC's server with short leases; each line of its configuration ends a
# statement.
dhcpd_in() { # NETNS SUBNET-STATEMENTS...
    local netns=$1
    shift
    mkdir -p "$T/dhcp"
    {
        echo 'authoritative; ping-check false; ddns-update-style none;'
        echo "subnet 10.5.0.0 netmask 255.255.255.0 { $* }"
        # The relay's side, and a subnet that nobody has.
        [ -z "${MORE_SUBNETS-}" ] || echo "$MORE_SUBNETS"
    } >"$T/dhcp/conf"
    touch "$T/dhcp/leases"
    nsenter --net="/run/netns/$netns" dhcpd -4 -f -d -cf "$T/dhcp/conf" \
        -lf "$T/dhcp/leases" -pf "$T/dhcp/dhcpd.pid" "$(device_in "$netns")" \
        >>"$T/dhcp/log" 2>&1 3>&- 4>&- &
    echo $! >"$T/dhcp/pid"
    wait_until 10 grep -q 'Server starting service' "$T/dhcp/log"
}

kea_in() { # NETNS POOL [JSON]
    local netns=$1
    mkdir -p "$T/dhcp"
    jq -n --arg device "$(device_in "$netns")" --arg pool "$2" \
        --argjson more "${3:-null}" '{Dhcp4: {
            "interfaces-config": {interfaces: [$device]},
            "lease-database": {type: "memfile", persist: false},
            subnet4: [{subnet: "10.5.0.0/24", pools: [{pool: $pool}],
                authoritative: true, "valid-lifetime": 600, "rebind-timer": 500,
                "option-data": [{name: "routers", data: "10.5.0.1"}]} +
                ($more // {})],
            loggers: [{name: "kea-dhcp4", severity: "DEBUG", debuglevel: 50,
                "output_options": [{output: "stdout"}]}]}}' >"$T/dhcp/kea"
    KEA_LOCKFILE_DIR=$T/dhcp KEA_PIDFILE_DIR=$T/dhcp \
        nsenter --net="/run/netns/$netns" kea-dhcp4 -c "$T/dhcp/kea" \
        >>"$T/dhcp/log" 2>&1 3>&- 4>&- &
    echo $! >"$T/dhcp/pid"
    wait_until 10 grep -q DHCP4_STARTED "$T/dhcp/log"
}

# The real name of eth0 there, which is an altname.
device_in() { # NETNS
    in_netns "$1" ip -j link show dev eth0 | jq -r '.[0].ifname'
}

has_address() { # NETNS ADDRESS
    [ "$(address_in "$1")" = "$2" ]
}
