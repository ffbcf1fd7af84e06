#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# docker compose: projects that name the driver and its options.

load ../lib/base
load ../lib/plugin
load ../lib/docker

setup_file() { docker_setup; }
setup() { docker_begin; }
teardown() { docker_end; }
teardown_file() { docker_teardown_file; }

# Version 2, too, then calls a container shop_web_1 instead of shop-web-1.
export COMPOSE_COMPATIBILITY=true

compose() { # PROJECT ARGS...
    local project=$1
    shift
    /usr/bin/docker-compose --ansi never -p "$project" -f "$T/$project.yml" \
        "$@" </dev/null 3>&- 4>&-
}

endpoints_are() { # COUNT
    docker_agrees
    [ "$(plugged_endpoints | wc -l)" = "$1" ]
}

shop() { # [SERVICE]: a project of two services in VLAN 10
    cat >"$T/shop.yml" <<-EOF
	services:
	  web:
	    image: busybox
	    command: sleep 3600
	    stop_grace_period: 0s
	    networks: [front]
	  db:
	    image: busybox
	    command: sleep 3600
	    stop_grace_period: 0s
	    networks:
	      front:
	        ipv4_address: 10.60.0.77
	        aliases: [storage]
	${1-}
	networks:
	  front:
	    driver: ovsint
	    driver_opts: {bridge: br0, vlan: "10", mtu: "1400"}
	    labels: {tier: front}
	    ipam:
	      config:
	        - {subnet: 10.60.0.0/24, gateway: 10.60.0.254}
	EOF
}

# bats test_tags=long
@test "up, stop, start, restart, down, and up again" {
    local round
    shop
    for round in 1 2; do
        compose shop up -d
        endpoints_are 2
        rows Port tag=10 | check_json 'length == 2'
        can_ping shop_web_1 10.60.0.77
        in_net shop_web_1 ip -j link | check_json \
            'any(.ifname != "lo" and .mtu == 1400)'
        in_net shop_db_1 ip -j route | check_json \
            'any(.dst == "default" and .gateway == "10.60.0.254")'
        if [ "$round" = 1 ]; then
            compose shop stop
            endpoints_are 0
            compose shop start
            can_ping shop_web_1 10.60.0.77
            compose shop restart
            can_ping shop_web_1 10.60.0.77
            endpoints_are 2
        fi
        compose shop down
        only_br0
    done
}

# bats test_tags=long
@test "--scale and --force-recreate" {
    local device
    shop
    compose shop up -d --scale web=5
    endpoints_are 6
    can_ping shop_web_5 "$(address_of shop_web_1 shop_front)"
    compose shop up -d --scale web=2
    endpoints_are 3
    device=$(device_of shop_web_1)
    compose shop up -d --force-recreate --scale web=2
    endpoints_are 3
    prints_other "$device" device_of shop_web_1
    can_ping shop_web_1 10.60.0.77
    can_ping shop_web_2 10.60.0.77
    compose shop down
    only_br0
}

@test "aliases and service names, and a service that shares a network" {
    shop '  side:
    image: busybox
    command: sleep 3600
    stop_grace_period: 0s
    network_mode: "service:db"
    depends_on: [db]'
    compose shop up -d
    docker exec shop_web_1 ping -c 1 -W 2 storage
    docker exec shop_web_1 ping -c 1 -W 2 db
    in_net shop_side_1 ip -j -4 addr | check_json \
        'any(.[].addr_info[]; .local == "10.60.0.77")'
    endpoints_are 2
    compose shop down
}

# bats test_tags=long
@test "internal and external networks, IPv6, several per service" {
    network -o bridge=br0 -o vlan=30 --subnet 10.63.0.0/24 outside
    cat >"$T/tiers.yml" <<-'EOF'
	services:
	  app:
	    image: busybox
	    command: sleep 3600
	    stop_grace_period: 0s
	    mac_address: 02:11:22:33:44:55
	    networks:
	      inner: {ipv6_address: "fd00:61::77"}
	      outside: {priority: 100}
	  store:
	    image: busybox
	    command: sleep 3600
	    stop_grace_period: 0s
	    networks: [inner]
	networks:
	  inner:
	    driver: ovsint
	    internal: true
	    enable_ipv6: true
	    driver_opts: {vlan: "20", bridge: br0}
	    ipam:
	      config:
	        - {subnet: 10.61.0.0/24}
	        - {subnet: "fd00:61::/64"}
	  outside:
	    external: true
	EOF
    compose tiers up -d
    endpoints_are 3
    start_container peer outside
    can_ping peer "$(address_of tiers_app_1 outside)"
    can_ping tiers_store_1 "$(address_of tiers_app_1 tiers_inner)"
    can_ping tiers_store_1 fd00:61::77
    in_net tiers_store_1 ip -j route | check_json 'all(.dst != "default")'
    in_net tiers_app_1 ip -j route | check_json \
        'any(.dst == "default" and .gateway == "10.63.0.1")'
    compose tiers down
    endpoints_are 1
    docker network inspect outside
}

one_of() { # PROJECT VLAN SUBNET
    cat >"$T/$1.yml" <<-EOF
	services:
	  web:
	    image: busybox
	    command: sleep 3600
	    stop_grace_period: 0s
	networks:
	  default:
	    driver: ovsint
	    driver_opts: {bridge: shared, vlan: "$2"}
	    ipam: {config: [{subnet: $3}]}
	EOF
}

# bats test_tags=long
@test "two projects on one bridge" {
    one_of red 10 10.71.0.0/24
    one_of blue 20 10.72.0.0/24
    compose red up -d --scale web=2 &
    compose blue up -d --scale web=2
    wait $!
    endpoints_are 4
    rows Bridge name=shared | check_json 'length == 1'
    can_ping red_web_1 "$(address_of red_web_2 red_default)"
    can_ping blue_web_1 "$(address_of blue_web_2 blue_default)"
    in_net red_web_1 ip addr add 10.72.0.200/24 dev "$(device_of red_web_1)"
    cannot_ping blue_web_1 10.72.0.200
    compose red down
    can_ping blue_web_1 "$(address_of blue_web_2 blue_default)"
    endpoints_are 2
    compose blue down
    only_br0
}

# bats test_tags=long
@test "an option that is mistyped stops the project, in words" {
    shop
    sed -i 's/vlan:/vlna:/' "$T/shop.yml"
    run compose shop up -d
    [ "$status" = 1 ]
    [[ $output = *"unknown key 'vlna': did you mean 'vlan'"* ]]
    compose shop down
    only_br0
}
