#!/bin/bash
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# The pure parts import nothing that reads, writes, waits, asks the time or
# the environment, neither from libc nor through our own modules. Pure are
# whole layers, and every file that calls itself so in its first paragraph: a
# header means the .c of its name.
# $B is the build directory; the objects must be there.
. tests/lint/lib.sh
lint_need nm

build=${B:-build/release}

calls_itself_pure() { # FILE
    awk '{ print } /\*\// && ++ends == 2 { exit }' "$1" | grep -qiw pure
}

sources_of() { # FILE
    case $1 in
    *.c) echo "$1" ;;
    include/ovsint/*) ls "common/${1:15:-2}.c" ;;
    *) ls "${1%.h}.c" ;;
    esac
}

pure=$({
    ls common/{json,dhcp,oci,spec,config,rows,ovn}/*.c
    find include common hook plugin cli -name '*.[ch]' | while read -r file; do
        ! calls_itself_pure "$file" || sources_of "$file" 2>/dev/null
    done
} | sort -u)

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
