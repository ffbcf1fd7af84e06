#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# Many ports and many networks. With MANY=all, as `make check-full` has it,
# 10000 ports of one container and 100 networks, else a part of them.
# bats file_tags=slow

load ../lib/base
load ../lib/plugin
load ../lib/docker
load ../lib/outside
load ../lib/nat

setup_file() {
    nat_setup_file nft
    export BATS_TEST_TIMEOUT=$((BATS_TEST_TIMEOUT * 4))
}
setup() { docker_begin; }
teardown() { nat_end; }
teardown_file() { docker_teardown_file; }

count_published() { published | wc -l; }

# bats test_tags=long
@test "a container with thousands of ports" {
    local count last port
    count=$(of_all 10000 2000)
    last=$((20000 + count - 1))
    nat_network one 50
    start_container c1 one -p "20000-$last:30000-$((30000 + count - 1))"
    [ "$(count_published)" = $((2 * count)) ]
    serve c1 tcp "30000-$((30000 + count - 1))"
    ask outside tcp "$HOST4" "20000-$last" >"$T/answers"
    for ((port = 30000; port < 30000 + count; port++)); do
        echo "c1 $port $OUT4"
    done | diff - "$T/answers"
    says "c1 30007 $OUT6" ask outside tcp "$HOST6" 20007
    # Another one comes and goes, whatever there is already.
    start_container c2 one -p 8080:80
    serve c2 tcp 80
    says "c2 80 $OUT4" ask outside tcp "$HOST4" 8080
    cannot_start start_container c3 one -p "$last:80"
    plugin kill
    plugin_start
    nft flush table inet ovsint
    wait_until 20 rules_agree
    serve_end
    docker rm -f c1 c2 c3
    published | diff /dev/null -
    [ "$(plugin_number VmRSS)" -lt 65536 ]
}

# bats test_tags=long
@test "many networks, each with a container and a port" {
    local count n
    count=$(of_all 100 20)
    for ((n = 1; n <= count; n++)); do
        nat_network "net$n" "$n"
        start_container "c$n" "net$n" -p "$((8000 + n)):80"
    done
    rules_agree
    for n in 1 2 $((count / 2)) "$count"; do
        serve "c$n" tcp 80
        says "c$n 80 $OUT4" ask outside tcp "$HOST4" $((8000 + n))
        says "c$n 80 $OUT6" ask outside tcp "$HOST6" $((8000 + n))
    done
    no_answer c1 tcp "$(address_of c2 net2)" 80
    no_answer c2 tcp "$(address_of c1 net1)" 80
    vswitchd restart
    wait_until 20 says "c$count 80 $OUT4" ask outside tcp "$HOST4" $((8000 + count))
    wait_until 20 says "c1 80 $OUT6" ask outside tcp "$HOST6" 8001
    serve_end
    docker_remove_all
    wait_until 20 not grep -q ovsint- /proc/net/dev
}
