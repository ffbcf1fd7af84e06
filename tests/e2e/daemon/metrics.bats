#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# Metrics: what they say of ports, repairs and times, that Prometheus can read
# them, and that nobody who asks for them delays anybody.

load ../lib/base
load ../lib/plugin
load ../lib/sandbox
load ../lib/cli

METRICS=127.0.0.1:9641

setup() { world_setup; }

teardown() {
    [ ! -s /run/plugin.pid ] || plugin_gone "$(plugin_pid)" || plugin stop
    ovs_heal
    world_teardown
}

strictly() { python3 "$ROOT/tests/e2e/lib/prometheus.py"; }

scrape() { curl -sf --max-time 5 "http://$METRICS/metrics"; }

scraped() { scrape | strictly >/dev/null; }

# metric NAME{LABELS} is VALUE
metric() { # SERIES FILTER
    ovsint metrics | strictly | jq -e --arg name "$1" ".[\$name] | $2" >/dev/null
}

serves() { # ADDRESS
    config "{\"metrics\": \"$1\"}"
    plugin start
}

@test "the checker finds what is wrong" {
    local text
    printf '# HELP a_total x\n# TYPE a_total counter\na_total{b="c"} 1\n' |
        strictly | check_json '. == {"a_total{b=c}": 1}'
    for text in 'a 1' '# HELP a x\n# TYPE a gauge\nb 1' \
        '# HELP a x\n# TYPE a counter\na 1' '# HELP a x\n# TYPE a gauge\na 1\na 2' \
        '# HELP a x\n# TYPE a gauge\na{b="c} 1' '# HELP a x\n# TYPE a gauge\na x' \
        '# TYPE a gauge\na 1' '# HELP a x\n# TYPE a gauge\na{b="\\d"} 1' \
        '# HELP a x\n# TYPE a histogram\na_bucket{le="1"} 2\na_bucket{le="+Inf"} 1\na_sum 1\na_count 1'; do
        not strictly <<<"$(printf '%b' "$text")" >/dev/null 2>&1 ||
            fail "taken: $text"
    done
}

@test "ports, repairs and times, over HTTP and on standard output" {
    serves $METRICS
    sandbox c1
    plug c1 ovsint.bridge=br0 ovsint.ip=10.0.0.1/24
    rests
    scrape >"$T/scraped"
    strictly <"$T/scraped" | check_json '
        .["ovsint_ports{owner=hook,state=in its container}"] == 1 and
        .["ovsint_guardian_active{}"] == 1 and
        .["ovsint_database_connected{}"] == 1 and
        .["ovsint_attach_seconds_count{owner=hook}"] == 1 and
        .["ovsint_attach_seconds_sum{owner=hook}"] < 10 and
        .["ovsint_port_repairs_total{}"] == 0 and
        .["ovsint_docker_call_seconds_count{call=Activate}"] > 0 and
        .["ovsint_database_request_seconds_count{}"] > 0'
    metric 'ovsint_up{}' '. == 1'
    metric "ovsint_port_transmit_packets_total{port=$(port_of c1),container=c1,interface=eth0}" \
        '. > 0'
    # Nothing is written that nobody asked for.
    not curl -sf "http://$METRICS/" >/dev/null
    [ "$(curl -s -o /dev/null -w '%{http_code}' "http://$METRICS/")" = 404 ]
    [ "$(curl -s -o /dev/null -w '%{http_code}' -d x "http://$METRICS/metrics")" = 413 ]
    [ "$(curl -s -o /dev/null -w '%{http_code}' -X PUT "http://$METRICS/metrics")" = 405 ]
    [ "$(curl -sI "http://$METRICS/metrics" | grep -c '^Content-Type: text/plain; version=0.0.4')" = 1 ]
}

@test "a port that was cut off is in the histogram" {
    serves $METRICS
    sandbox c1
    sandbox peer
    plug c1 ovsint.bridge=br0 ovsint.ip=10.0.0.1/24
    plug peer ovsint.bridge=br0 ovsint.ip=10.0.0.100/24
    rests
    # On both datapaths: the switch ends, and takes all devices with it.
    vswitchd clear_away
    vswitchd start
    wait_until 10 can_ping c1 10.0.0.100
    rests
    metric 'ovsint_port_repairs_total{}' '. >= 1'
    metric 'ovsint_port_cut_off_seconds_count{}' '. >= 1'
    metric 'ovsint_port_cut_off_seconds_sum{}' '. > 0 and . < 10'
}

# bats test_tags=long
@test "without the daemon, and without the database" {
    sandbox c1
    plug c1 ovsint.bridge=br0 ovsint.ip=10.0.0.1/24
    metric 'ovsint_up{}' '. == 0'
    metric 'ovsint_ports{owner=hook,state=in its container}' '. == 1'
    metric 'ovsint_database_connected{}' '. == 1'
    ovsdb stop
    metric 'ovsint_database_connected{}' '. == 0'
    serves $METRICS
    scrape | strictly | check_json '.["ovsint_database_connected{}"] == 0'
    ovsdb start
    rests
    metric 'ovsint_database_connected{}' '. == 1'
    metric 'ovsint_database_connections_total{}' '. == 1'
}

@test "a Unix socket is root's alone, and goes with the daemon" {
    serves /run/ovsint/metrics.sock
    [ "$(stat -c %a:%u /run/ovsint/metrics.sock)" = 600:0 ]
    curl -sf --unix-socket /run/ovsint/metrics.sock http://x/metrics | strictly >/dev/null
    plugin restart
    curl -sf --unix-socket /run/ovsint/metrics.sock http://x/metrics | strictly >/dev/null
    plugin stop
    [ ! -e /run/ovsint/metrics.sock ]
    rm -f /run/plugin.pid
}

@test "off by default; not for other hosts; a port that is taken stops nothing" {
    plugin start
    not curl -s --max-time 2 "http://$METRICS/metrics"
    plugin stop
    rm -f /run/plugin.pid
    local address
    for address in 0.0.0.0:9641 192.0.2.1:9641 127.0.0.1 '[::]:9641' 127.0.0.1:0 \
        ::1:9641 metrics.sock; do
        config "{\"metrics\": \"$address\"}"
        "$PLUGIN" 2>"$T/stderr" && fail "$address was taken"
        grep -qF "metrics: '$address' is " "$T/stderr" || fail "$(cat "$T/stderr")"
    done
    socat TCP-LISTEN:9641,reuseaddr,bind=127.0.0.1 - >/dev/null </dev/null 3>&- &
    local taken=$!
    wait_until 5 eval 'ss -Hltn src 127.0.0.1:9641 | grep -q .'
    serves $METRICS
    plugin_logged "metrics: bind to 127.0.0.1:9641: Address already in use"
    answers >/dev/null
    kill "$taken"
    wait "$taken" || true
}

# bats test_tags=long
@test "those who ask and do not read, who do not ask, and who ask all the time" {
    serves $METRICS
    sandbox c1
    plug c1 ovsint.bridge=br0 ovsint.ip=10.0.0.1/24
    rests
    local before after
    before=$(plugin_number VmRSS)
    python3 - <<'PYTHON' &
import socket, time
end = time.time() + 6
idle = []
request = b"GET /metrics HTTP/1.1\r\n\r\n"
while time.time() < end:
    s = socket.create_connection(("127.0.0.1", 9641))
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    kind = len(idle) % 3
    s.sendall(request * 500 if kind == 0 else request[:9] if kind == 1 else b"")
    idle.append(s)
    if len(idle) > 200:
        for old in idle[:100]:
            old.close()
        idle = idle[100:]
PYTHON
    local busy=$! i
    for i in {1..20}; do
        # What a machine under load keeps, too.
        timeout 2 curl -sf --unix-socket "$PLUGIN_SOCKET" -X POST \
            http://x/Plugin.Activate >/dev/null || fail "call $i was delayed"
        # One that was quiet longest goes when a new one comes; it asks again.
        wait_until 5 scraped || fail "scrape $i was delayed"
    done
    kill "$busy" 2>/dev/null || true
    wait "$busy" || true
    after=$(plugin_number VmRSS)
    [ $((after - before)) -lt 4096 ] || fail "grew from $before to $after kB"
}
