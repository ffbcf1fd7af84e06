#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# The plugin's socket: HTTP as Docker speaks it, and as nobody should.

load ../lib/base
load ../lib/plugin

setup() {
    world_setup
    plugin start
}

teardown() {
    plugin stop
    world_teardown
}

# Sends stdin as it is and prints what comes back.
raw() { socat -t 5 - "UNIX-CONNECT:$PLUGIN_SOCKET"; }

statuses() { grep -aoE 'HTTP/1.1 [0-9]+' | awk '{print $2}' | xargs; }

# Many requests or bytes, from a client that can be told what to do.
client() { python3 - "$PLUGIN_SOCKET"; }

@test "the constants that Docker asks for first" {
    call Plugin.Activate | check_json '. == {"Implements": ["NetworkDriver", "IpamDriver"]}'
    call GetCapabilities |
        check_json '. == {"Scope": "local", "GwAllocChecker": true}'
    call Plugin.Activate | check_json '.Implements'
}

# bats test_tags=long
@test "the constants are there without a database" {
    ovsdb stop
    plugin restart
    call Plugin.Activate | check_json '.Implements'
    call GetCapabilities | check_json '.Scope'
    ovsdb start
}

@test "the socket is root's alone" {
    [ "$(stat -c %a:%u "$PLUGIN_SOCKET")" = 600:0 ]
}

@test "a request to the byte as dockerd 20.10 sends it" {
    printf 'POST /NetworkDriver.EndpointOperInfo HTTP/1.1\r\nHost: \r\nUser-Agent: Go-http-client/1.1\r\nContent-Length: 3\r\nAccept: application/vnd.docker.plugins.v1.2+json\r\n\r\n{}\n' |
        raw >"$T/out"
    head -n 1 "$T/out" | grep -q '^HTTP/1.1 200 OK'
    grep -q '^Content-Type: application/vnd.docker.plugins.v1.2+json' "$T/out"
    tail -n 1 "$T/out" | check_json '. == {"Value": {}}'
}

@test "200 calls over one connection" {
    [ "$(printf 'POST /Plugin.Activate HTTP/1.1\r\n\r\n%.0s' {1..200} |
        raw | statuses | wc -w)" = 200 ]
}

@test "other paths, methods and bodies" {
    [ "$(call_status Nope '{}')" = 404 ]
    check_json '.Err' <"$T/body"
    [ "$(call_status Plugin.Deactivate)" = 404 ]
    [ "$(curl -s -o "$T/body" -w '%{http_code}' \
        --unix-socket "$PLUGIN_SOCKET" http://x/Plugin.Activate)" = 405 ]
    check_json '.Err' <"$T/body"
    [ "$(call_status Join '{')" = 400 ]
    [ "$(call_status Join '[]')" = 400 ]
    [ "$(call_status Join '{} {}')" = 400 ]
    [ "$(call_status Join '{"NetworkID": 7}')" = 400 ]
    [ "$(call_status Join '{"NetworkID": "a/b", "EndpointID": "x"}')" = 400 ]
    [ "$(printf 'nonsense\r\n\r\n' | raw | statuses)" = 400 ]
}

# bats test_tags=long
@test "a retry without body is an error for every method" {
    local method
    for method in GwAllocCheck CreateNetwork DeleteNetwork CreateEndpoint \
        DeleteEndpoint Join Leave EndpointOperInfo AllocateNetwork \
        ProgramExternalConnectivity RevokeExternalConnectivity FreeNetwork \
        DiscoverNew DiscoverDelete; do
        call_fails "has no body" "$method"
    done
}

@test "16 MiB are taken, one byte more is not" {
    { printf '{}'; head -c 16777214 /dev/zero | tr '\0' ' '; } >"$T/large"
    [ "$(call_status EndpointOperInfo "@$T/large")" = 200 ]
    printf ' ' >>"$T/large"
    [ "$(call_status EndpointOperInfo "@$T/large")" = 413 ]
    check_json '.Err' <"$T/body"
    answers
}

# bats test_tags=long
@test "unfinished requests share a budget, and who sends little is served" {
    client <<-'EOF'
	import socket, sys
	def connect():
	    s = socket.socket(socket.AF_UNIX)
	    s.connect(sys.argv[1])
	    s.settimeout(20)
	    return s
	head = b'POST /x HTTP/1.1\r\nContent-Length: 16777216\r\n\r\n'
	most = [connect() for i in range(8)]
	cut = 0
	for s in most:
	    try:
	        s.sendall(head + b' ' * (15 << 20))
	    except OSError:
	        cut += 1
	little = connect()
	little.sendall(b'POST /Plugin.Activate HTTP/1.1\r\nHost: \r\n\r\n')
	assert little.recv(100).startswith(b'HTTP/1.1 200')
	for s in most:
	    try:
	        s.settimeout(0)
	        cut += s.recv(1) == b''
	    except BlockingIOError:
	        pass
	    except OSError:
	        cut += 1
	assert 4 <= cut <= 6, cut
	EOF
    [ "$(plugin_status VmHWM | tr -dc 0-9)" -lt 300000 ]
}

@test "Expect and chunked bodies" {
    [ "$(printf 'POST /NetworkDriver.EndpointOperInfo HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n{}' |
        raw | statuses)" = "100 200" ]
    [ "$(printf 'POST /NetworkDriver.EndpointOperInfo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n1\r\n}\r\n0\r\n\r\n' |
        raw | statuses)" = 200 ]
}

@test "HTTP/1.0 and Connection: close end the connection" {
    [ "$(printf 'POST /Plugin.Activate HTTP/1.0\r\n\r\nPOST /Plugin.Activate HTTP/1.0\r\n\r\n' |
        raw | statuses)" = 200 ]
}

# bats test_tags=long
@test "a head without end is refused" {
    [ "$({ printf 'POST /x HTTP/1.1\r\nX: '; head -c 20000 /dev/zero |
        tr '\0' a; } | raw | statuses)" = 431 ]
}

@test "a request in pieces of one byte, and 600 connections at once" {
    client <<-'EOF'
	import socket, sys
	def connect():
	    s = socket.socket(socket.AF_UNIX)
	    s.connect(sys.argv[1]) # with a deadline it would not wait for its turn
	    s.settimeout(20)
	    return s
	request = b'POST /Plugin.Activate HTTP/1.1\r\nHost: \r\n\r\n'
	s = connect()
	for i in range(len(request)):
	    s.send(request[i:i + 1])
	assert s.recv(100).startswith(b'HTTP/1.1 200')
	others = [connect() for i in range(600)]
	others[-1].sendall(request)
	assert others[-1].recv(100).startswith(b'HTTP/1.1 200')
	EOF
    [ "$(plugin_number fds)" -lt 600 ]
}

# bats test_tags=long
@test "20,000 pipelined requests take neither stack nor memory" {
    local before
    before=$(plugin_number VmRSS)
    client <<-'EOF'
	import socket, sys, threading
	request = b'POST /Plugin.Activate HTTP/1.1\r\n\r\n'
	s = socket.socket(socket.AF_UNIX)
	s.settimeout(30)
	s.connect(sys.argv[1])
	def send():
	    s.sendall(request * 20000)
	    s.shutdown(socket.SHUT_WR)
	threading.Thread(target=send).start()
	got = b''
	while True:
	    part = s.recv(1 << 16)
	    if not part:
	        break
	    got += part
	assert got.count(b'HTTP/1.1 200') == 20000
	EOF
    [ "$(plugin_number VmRSS)" -lt $((before + 2000)) ]
}

# bats test_tags=long
@test "clients that go away in the middle" {
    local before
    before=$(plugin_number fds)
    client <<-'EOF'
	import socket, sys
	for part in (b'', b'P', b'POST /x HTTP/1.1\r\nContent-Length: 5\r\n\r\nab',
	             b'POST /Plugin.Activate HTTP/1.1\r\n\r\n' * 100):
	    for i in range(20):
	        s = socket.socket(socket.AF_UNIX)
	        s.connect(sys.argv[1])
	        s.sendall(part)
	        s.close()
	EOF
    answers
    wait_until 5 has_descriptors "$before"
}

has_descriptors() { [ "$(plugin_number fds)" -le "$1" ]; } # AT-MOST

# bats test_tags=long
@test "it ends in order if a client goes and its call is the last" {
    local request
    request=$(create_network_json "$(net_id 1)")
    vswitchd stop
    plugin freeze
    client <<-EOF
	import socket, sys
	s = socket.socket(socket.AF_UNIX)
	s.connect(sys.argv[1])
	body = b'$request'
	s.sendall(b'POST /Plugin.Activate HTTP/1.1\r\n\r\n'
	          b'POST /NetworkDriver.CreateNetwork HTTP/1.1\r\n'
	          b'Content-Length: %d\r\n\r\n' % len(body) + body)
	s.close()
	EOF
    plugin thaw
    wait_until 5 eval 'vsctl list-br | grep -q oi-'
    rm -f /run/plugin.status
    kill "$(plugin_pid)"
    wait_until 5 plugin_logged stopping
    vswitchd start
    wait_until 12 test -s /run/plugin.status
    [ "$(cat /run/plugin.status)" = 0 ]
    plugin start
    delete_network "$(net_id 1)"
}

# bats test_tags=long
@test "who does not read his answers does not keep it from ending" {
    config '{"timeout-ms": 2500}'
    plugin restart
    python3 - "$PLUGIN_SOCKET" >"$T/client" 3>&- 4>&- <<-'EOF' &
	import socket, sys, time
	s = socket.socket(socket.AF_UNIX)
	s.connect(sys.argv[1])
	s.settimeout(1)
	sent = 0
	try:
	    while True: sent += s.send(b'POST /Plugin.Activate HTTP/1.1\r\n\r\n' * 99)
	except socket.timeout:
	    print('sent', sent, flush=True)
	time.sleep(600)
	EOF
    local pid=$!
    wait_until 5 grep -q sent "$T/client"
    # The plugin keeps no more for that client than a connection's buffers.
    [ "$(plugin_number VmRSS)" -lt 8192 ]
    plugin stop
    plugin_logged "clients that do not read their answers"
    kill "$pid"
    plugin start
}

@test "a second plugin leaves the first one alone" {
    run "$PLUGIN"
    [ "$status" = 1 ]
    [[ $output = *"somebody serves"* ]]
    answers
}

@test "a stale socket is replaced, a file is not" {
    plugin kill
    [ -S "$PLUGIN_SOCKET" ]
    plugin start
    plugin stop
    echo precious >"$PLUGIN_SOCKET"
    run "$PLUGIN"
    [ "$status" = 1 ]
    [[ $output = *"is no socket"* ]]
    [ "$(cat "$PLUGIN_SOCKET")" = precious ]
    rm "$PLUGIN_SOCKET"
    plugin start
}

@test "a socket that the service manager gives" {
    plugin stop
    rm -f /run/other.sock
    python3 - "$PLUGIN" 3>&- 4>&- >"$T/log" 2>&1 <<-'EOF' &
	import os, socket, sys
	s = socket.socket(socket.AF_UNIX)
	s.bind('/run/other.sock')
	s.listen()
	os.dup2(s.fileno(), 9)
	os.dup2(9, 3, inheritable=True)
	os.environ['LISTEN_FDS'] = '1'
	os.environ['LISTEN_PID'] = str(os.getpid())
	os.execv(sys.argv[1], sys.argv[1:])
	EOF
    local pid=$!
    wait_until 5 curl -sf --unix-socket /run/other.sock -X POST \
        http://x/Plugin.Activate
    [ ! -e "$PLUGIN_SOCKET" ]
    kill "$pid"
    wait "$pid"
    [ -S /run/other.sock ] # not the plugin's to remove
    rm /run/other.sock
    plugin start
}

@test "the service manager hears of it" {
    plugin stop
    socat -u UNIX-RECV:/run/notify.sock - </dev/null >"$T/notified" 3>&- 4>&- &
    local listener=$!
    wait_until 5 test -S /run/notify.sock
    NOTIFY_SOCKET=/run/notify.sock plugin start
    wait_until 5 grep -q READY=1 "$T/notified"
    plugin stop
    wait_until 5 grep -q STOPPING=1 "$T/notified"
    kill "$listener"
    wait "$listener" || true
    rm -f /run/notify.sock
    plugin start
}

@test "bad invocations" {
    run "$PLUGIN" --nope
    [ "$status" = 2 ]
    run "$PLUGIN" --socket
    [ "$status" = 2 ]
    run "$PLUGIN" --config /none
    [ "$status" = 2 ]
    config '{"ovsbd": 1}'
    run "$PLUGIN"
    [ "$status" = 2 ]
    [[ $output = *ovsbd* ]]
    run "$PLUGIN" --help
    [ "$status" = 0 ]
    [[ $output = *--socket* && $output = *vlan-mode* && $output = *altname* ]]
}
