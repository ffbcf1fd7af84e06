#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# docs/many-hosts.md: what each block does on two hosts, the second one by a relay.

load ../lib/base
load ../lib/cli
load ../lib/sandbox
load ../lib/ovn
load ../lib/readme

setup_file() {
    readme_setup
    podman_setup
    ovn_make 2
    ln -s "$OVSINT" /run/bin/ovsint
    printf '#!/bin/sh\nexec %s --db=unix:%s/ovnnb_db.sock "$@"\n' \
        "$(command -v ovn-nbctl)" "$OVN_RUN" >/run/bin/ovn-nbctl
    chmod +x /run/bin/ovn-nbctl
}
setup() { ovn_begin; }
teardown() { ovn_end; }

# The block, with the addresses that the hosts have here.
page() { # HOST NAME
    block "$2" >/dev/null
    sed -i "s/192\.0\.2\.11/172.31.0.1${1#h}/; s/192\.0\.2\.1/172.31.0.1/
        s/system-id=host1/system-id=$1/" "$T/block"
    # A container without a network is on no host, and podman has its cgroups on
    # the first one.
    grep 'podman run' "$T/block" >"$T/script" || true
    bash -eux "$T/script" </dev/null >"$T/output" 2>&1 3>&- 4>&- ||
        fail "$(cat "$T/output")"
    sed -i '/podman run/d' "$T/block"
    on "$1" bash -euxo pipefail "$T/block" </dev/null >"$T/output" 2>&1 \
        3>&- 4>&- || fail "$(cat "$T/output")"
}

@test "two hosts, a relay, a switch, two containers" {
    page h2 chassis
    page h2 relay
    echo '{"ovn": {"northbound": "unix:/run/ovn/relay.sock"}}' \
        >/run/hosts/h2/etc/ovsint.json
    page h1 switch
    page h1 host1
    page h2 host2
    output_has '10\.5\.0\.1 answers after'
    can_ping web 10.5.0.2
    nb_rows Logical_Switch_Port | check_json 'length == 2'
    on h2 "$OVSINT" detach db
    ovsint detach web
    podman rm --force --time 0 web db
    echo '{}' >/run/hosts/h2/etc/ovsint.json
    kill "$(cat /run/ovn/relay.pid)"
    wait_until 5 eval '! [ -e /run/ovn/relay.pid ]'
    rm -f /run/ovn/relay.*
}
