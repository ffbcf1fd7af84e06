#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The pure parts import nothing that reads, writes, waits, asks the time or
# the environment, neither from libc nor through our own modules.
# $B is the build directory; the objects must be there.
. tests/lint/lib.sh
lint_need nm

build=${B:-build/release}
pure="common/json/*.c common/oci/*.c common/model/*.c
    plugin/http.c plugin/judge.c plugin/streak.c plugin/record.c plugin/record_mode.c plugin/bridge_options.c plugin/record_named.c plugin/resolve.c plugin/bridges.c plugin/published.c plugin/nat_rules.c
    plugin/nat_change.c
    common/ovsdb/rpc.c common/ovsdb/row.c common/ovsdb/txn.c
    common/ovsdb/reply.c common/ovsdb/backoff.c common/ovsdb/monitor.c common/ovsdb/session.c"

system='(p?read|p?write)v?(64)?|send.*|recv.*|open(at)?(64)?|f(d)?open(64)?'
system+='|close|fread|fwrite|f?printf|puts|putchar|stdin|stdout|stderr'
system+='|socket.*|connect|accept4?|bind|listen|ioctl|fcntl(64)?|f?stat.*'
system+='|p?poll|p?select|epoll_.*|clock_.*|gettimeofday|time|nanosleep'
system+='|sleep|rand(om)?|getrandom|(secure_)?getenv|fork|exec.*|posix_spawn.*'
system+='|setns|unshare|getpid|kill|exit|_exit|syscall|syslog|pthread_.*'
foreign='uv_.*|nl_.*|nla_.*|nlmsg_.*|rtnl_.*|seccomp_.*'
own='io_.*|log_.*|deadline_.*|net_.*|link_.*|addr_.*|route_.*|netns_.*'
own+='|announce_.*|qdisc_.*|client_.*|hook_.*|plugin_.*'

for source in $pure; do
    [ -f "$source" ] || continue
    object=$build/${source%.c}.o
    if [ ! -f "$object" ]; then
        echo "$object has not been built"
        continue
    fi
    # Sanitizers and fortify decorate names: __fprintf_chk, read@GLIBC_2.2.5
    nm -u "$object" |
        sed 's/^ *[Uwv] //; s/@.*//; s/^__\(.*\)_chk$/\1/' |
        grep -xE "$system|$foreign|$own" |
        sed "s,^,${source}: imports ,"
done | lint_verdict
