#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# A northbound database that is a cluster of three, of which this host asks one that is
# no leader.

load ../lib/base
load ../lib/cli
load ../lib/plugin
load ../lib/ovn

setup_file() { ovn_make 1; }

setup() {
    ovn_begin
    netns_add n1 n2
}

teardown() {
    local failed=0 name
    ! answers >/dev/null || plugin stop || failed=1
    for name in c1 c2 c3; do
        ! program_alive "$OVN_RUN/$name.pid" || member_do $name kill
        rm -f "$OVN_RUN/$name".{db,sock,ctl}
    done
    if program_alive "$OVN_RUN/northd.pid"; then central_do northd kill; fi
    ovn_heal
    netns_gone n1 n2 || failed=1
    ovn_end || failed=1
    return "$failed"
}

member_do() { # c1|c2|c3 VERB
    program_do "$OVN_RUN/$1.pid" "$2" in_central ovsdb-server "$OVN_RUN/$1.db" \
        "--remote=punix:$OVN_RUN/$1.sock" "--unixctl=$OVN_RUN/$1.ctl"
}

status_has() { # MEMBER TEXT
    ovs-appctl -t "$OVN_RUN/$1.ctl" cluster/status OVN_Northbound | grep -q "$2"
}

cluster_make() {
    local i
    ovsdb-tool create-cluster "$OVN_RUN/c1.db" /usr/share/ovn/ovn-nb.ovsschema \
        tcp:127.0.0.1:6651
    member_do c1 start
    wait_until 10 status_has c1 'Role: leader'
    for i in 2 3; do
        ovsdb-tool join-cluster "$OVN_RUN/c$i.db" OVN_Northbound \
            tcp:127.0.0.1:665$i tcp:127.0.0.1:6651
        member_do c$i start
        wait_until 20 status_has c$i 'Status: cluster member'
    done
    # It asks the leader, whoever that is.
    central_do northd kill
    program_do "$OVN_RUN/northd.pid" start in_central ovn-northd \
        "--ovnnb-db=unix:$OVN_RUN/c1.sock,unix:$OVN_RUN/c2.sock,unix:$OVN_RUN/c3.sock" \
        "--ovnsb-db=unix:$OVN_RUN/ovnsb_db.sock" "--unixctl=$OVN_RUN/northd.ctl"
}

in_cluster() { ovn-nbctl --timeout=20 --no-leader-only --db="unix:$OVN_RUN/c2.sock" "$@"; }

logical_ports_in_cluster() { # COUNT
    in_cluster --format=json find Logical_Switch_Port external_ids:ovsint-host=h1 |
        jq "$OVSDB_TO_JSON" | check_json --argjson count "$1" 'length == $count'
}

@test "a member that is no leader takes what is written, also after another one leads" {
    cluster_make
    in_cluster ls-add web
    config '{"timeout-ms": 10000, "ovn": {"northbound": "unix:'"$OVN_RUN"'/c2.sock"}}'
    plugin start
    status_has c2 'Role: follower'
    ovsint attach /run/netns/n1 ovn=web ip=10.5.0.1/24
    logical_ports_in_cluster 1
    cli_refuses 1 'address 10.5.0.1 of segment br-int/ovn:web is held by container' \
        attach /run/netns/n2 ovn=web ip=10.5.0.1/24
    member_do c1 kill
    wait_until 30 eval "status_has c2 'Role: leader' || status_has c3 'Role: leader'"
    wait_until 20 ovsint attach /run/netns/n2 ovn=web ip=10.5.0.2/24
    wait_until 10 in_netns n1 busybox ping -c 1 -W 1 10.5.0.2
    # Without a majority nothing is written, and the answer is in time.
    member_do c3 kill
    ovsint detach /run/netns/n2
    config '{"timeout-ms": 2000, "ovn": {"northbound": "unix:'"$OVN_RUN"'/c2.sock"}}'
    cli_refuses 1 "OVN's northbound database" attach /run/netns/n2 ovn=web ip=10.5.0.3/24
    none_but_one
    member_do c1 start
    member_do c3 start
    wait_until 40 logical_ports_in_cluster 1
    ovsint detach /run/netns/n1
    wait_until 10 logical_ports_in_cluster 0
}

none_but_one() { of_cli | check_json 'length == 1'; }
