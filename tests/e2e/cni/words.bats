#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# The CNI plugin: words of other plugins, each configuration of
# docs/from-ovs-cni.md; DNS, routes as CNI writes them, what Kubernetes says of
# a pod.

load ../lib/base
load ../lib/cni

setup() { world_setup; }

# One line each: the comment before the block, then the block as one line.
blocks() {
    awk '/^<!-- /{ sub(/^<!-- /, ""); sub(/ -->$/, ""); what = $0 }
        /^```json/ { text = ""; inside = 1; next }
        /^```/ { if (inside) print what "\t" text; inside = 0 }
        inside { text = text $0 }' "$ROOT/docs/from-ovs-cni.md"
}

@test "each configuration of docs/from-ovs-cni.md" {
    local what text taken=0 answered=0
    netns_add a
    blocks >"$T/blocks"
    while IFS=$'\t' read -r what text; do
        if [ "$what" = taken ]; then
            taken=$((taken + 1))
            cni ADD a "$text" >"$T/$(jq -r .name <<<"$text")"
            rows Port external_ids:ovsint-container=a | jq '.[0]' >"$T/port"
            row Interface external_ids:ovsint-container=a >"$T/interface"
            case $(jq -r .name <<<"$text") in
            access)
                check_json '.tag == 100' <"$T/port"
                in_netns a ip -j addr show dev eth0 | check_json '.[0] |
                    .mtu == 1400 and .addr_info[0].local == "10.9.0.2"'
                ;;
            trunk)
                check_json '.trunks | length == 12 and index(42) and index(1010)' \
                    <"$T/port"
                in_netns a ip -j link show dev eth0 |
                    check_json '.[0].ifname == "eth0"'
                ;;
            ovn)
                check_json '.external_ids["iface-id"] == "lsp1"' <"$T/interface"
                check_json '.interfaces[0].mac == "02:00:00:00:00:07"' <"$T/ovn"
                ;;
            esac
            cni CHECK a "$text"
            cni DEL a "$text"
        else
            answered=$((answered + 1))
            cni_refuses 7 "${what#answered: }" ADD a "$text"
        fi
    done <"$T/blocks"
    [ "$taken-$answered" = 3-3 ]
    prints_nothing holds
    netns_gone a
}

@test "DNS: of the runtime, of the configuration" {
    netns_add a
    asked=$(conf n 1.0.0 '.bridge = "br0" | .dns = {nameservers: ["10.0.0.1"],
        domain: "x.example"}')
    cni ADD a "$asked" | check_json '.dns == {nameservers: ["10.0.0.1"],
        domain: "x.example"}'
    cni DEL a "$asked"
    # As containerd writes it.
    cni ADD a "$(jq -c '.runtimeConfig.dns = {Servers: ["10.1.1.1"],
        Searches: ["s.example"], Options: ["ndots:5"]}' <<<"$asked")" |
        check_json '.dns == {nameservers: ["10.1.1.1"], search: ["s.example"],
            options: ["ndots:5"]}'
    cni DEL a "$asked"
    # More than a caller may read is refused before anything is made.
    cni_refuses 7 "dns is larger than 32768 bytes" ADD a \
        "$(jq -c '.dns.search = [range(4000) | "x\(.).example"]' <<<"$asked")"
    prints_nothing holds
    netns_gone a
}

@test "routes as CNI writes them, and a pod's names in the row" {
    netns_add a
    asked=$(conf n 1.0.0 '.bridge = "br0" | .ip = "10.6.0.2/24" |
        .gateway = "10.6.0.1" | .routes = [{dst: "10.8.0.0/16"},
            {dst: "10.9.0.0/16", gw: "10.6.0.9"}]')
    ARGS='IgnoreUnknown=1;K8S_POD_NAMESPACE=shop;K8S_POD_NAME=web-1;K8S_POD_UID=u-7' \
        cni ADD a "$asked" | check_json '.routes | length == 3 and
            any(.[]; . == {dst: "10.8.0.0/16", gw: "10.6.0.1"})'
    in_netns a ip -j route | check_json '
        any(.[]; .dst == "10.9.0.0/16" and .gateway == "10.6.0.9") and
        any(.[]; .dst == "10.8.0.0/16" and .gateway == "10.6.0.1")'
    row Interface external_ids:ovsint-container=a | check_json '.external_ids |
        .["ovsint-pod-namespace"] == "shop" and .["ovsint-pod-name"] == "web-1"
        and .["ovsint-pod-uid"] == "u-7"'
    cni CHECK a "$asked"
    cni DEL a "$asked"
    prints_nothing holds
    netns_gone a
}

@test "ADD again with other settings changes nothing" {
    netns_add a
    asked=$(conf n 1.0.0 '.bridge = "br0" | .ip = "10.6.0.2/24"')
    cni ADD a "$asked"
    cni_refuses 100 "plugged already" ADD a \
        "$(jq -c '.ip = "10.6.0.3/24" | .vlan = 7' <<<"$asked")"
    in_netns a ip -j addr show dev eth0 |
        check_json '.[0].addr_info[0].local == "10.6.0.2"'
    rows Port external_ids:ovsint-container=a | check_json '.[0].tag == []'
    cni CHECK a "$asked"
    cni DEL a "$asked"
    netns_gone a
}

@test "a plugin that follows and needs a real name: ADD says so" {
    local said='the plugin tuning that follows needs an interface that is really named eth0'
    netns_add a
    mkdir -p /etc/cni/net.d
    list flat '{"type": "ovsint", "bridge": "br0"}' \
        '{"type": "tuning", "sysctl": {"net.ipv4.conf.eth0.arp_notify": "1"}}'
    echo '{' >/etc/cni/net.d/00-broken.conflist
    cni ADD a "$(conf flat 1.0.0 '.bridge = "br0"')"
    grep -q "$said.*list=/etc/cni/net.d/10-flat.conflist" "$T/stderr"
    cni DEL a "$(conf flat 1.0.0 '.bridge = "br0"')"
    # A pair has the name, another list is no matter.
    cni ADD a "$(conf flat 1.0.0 '.bridge = "br0" | .vnic = "veth"')"
    not grep "$said" "$T/stderr"
    cni DEL a "$(conf flat 1.0.0 '.bridge = "br0"')"
    cni ADD a "$(conf other 1.0.0 '.bridge = "br0"')"
    not grep "$said" "$T/stderr"
    cni DEL a "$(conf other 1.0.0 '.bridge = "br0"')"
    rm -r /etc/cni/net.d
    netns_gone a
}
