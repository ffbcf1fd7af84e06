#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# Names of containers on a logical switch, which OVN's DNS answers on every host.

load ../lib/base
load ../lib/cli
load ../lib/sandbox
load ../lib/cni
load ../lib/ovn

setup_file() { ovn_make 2; }

# Any server's address does, if a frame to it leaves the container. Here it is
# that of a router of OVN.
setup() {
    ovn_begin
    ls_make web
    nb lr-add r -- lrp-add r r-web 02:00:00:00:09:01 10.5.0.1/24 fd00:5::1/64 -- \
        lsp-add web web-r -- lsp-set-type web-r router -- \
        lsp-set-addresses web-r router -- lsp-set-options web-r router-port=r-web
}

teardown() {
    nb --if-exists lsp-del web-r -- --if-exists lr-del r
    ovn_end
}

asks() { # NAMESPACE NAME [TYPE]
    in_netns "$1" timeout 3 busybox nslookup -type="${3:-a}" "$2" 10.5.0.1
}
answers() { # NAMESPACE NAME ADDRESS [TYPE]
    asks "$1" "$2" "${4:-a}" >"$T/answer" 2>&1
    grep -q "Address.* $3\$" "$T/answer"
}

@test "a name is found from the other host, with all addresses, and goes with its port" {
    netns_add n1 n2
    ovsint attach /run/netns/n1 ovn=web ip=10.5.0.11/24
    on h2 "$OVSINT" attach /run/netns/n2 ovn=web \
        ip=10.5.0.12/24,fd00:5::12/64 dns-name=Db
    wait_until 10 answers n1 db 10.5.0.12
    answers n1 DB 10.5.0.12
    answers n1 db fd00:5::12 aaaa
    on h2 "$OVSINT" detach /run/netns/n2
    names_left
    wait_until 10 not answers n1 db 10.5.0.12
    ovsint detach /run/netns/n1
    netns_gone n1 n2
}

# bats test_tags=long
@test "a held name is refused with its holder; a pod's own is left out; gc --host frees it" {
    local app
    config '{"networks": {"app": {"ovn": "web", "ip": "auto", "subnets": [
        {"subnet": "10.5.0.0/24", "range": "10.5.0.100-10.5.0.110"}]}}}'
    app=$(conf app 1.0.0 '.network = "app"')
    netns_add n1 n2 n3 a
    on h2 "$OVSINT" attach /run/netns/n2 ovn=web ip=10.5.0.12/24 dns-name=db
    cli_refuses 1 'name db of logical switch web is held by container netns-' \
        attach /run/netns/n1 ovn=web ip=10.5.0.11/24 dns-name=db
    nb_rows Logical_Switch_Port external_ids:ovsint-host=h1 | check_json '. == []'
    prints_nothing vs h1 --bare --columns=name find Interface external_ids:ovsint-owner=cli
    ARGS='K8S_POD_NAME=db;K8S_POD_NAMESPACE=x' cni ADD a "$app"
    nb_rows DNS | check_json 'length == 1 and .[0].records == {"db": "10.5.0.12"}'
    cni DEL a "$app"
    ovsint gc --host h2 --yes >/dev/null
    names_left
    ARGS='K8S_POD_NAME=db;K8S_POD_NAMESPACE=x' cni ADD a "$app"
    ovsint attach /run/netns/n3 ovn=web ip=10.5.0.13/24
    wait_until 10 answers n3 db "$(in_netns a ip -j -4 addr show eth0 |
        jq -r '.[0].addr_info[0].local')"
    cni DEL a "$app"
    names_left
    ovsint detach /run/netns/n3
    on h2 "$OVSINT" detach /run/netns/n2
    netns_gone n1 n2 n3 a
}
