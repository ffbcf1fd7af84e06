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

# The first paragraph ends with the second comment, as the first one is the SPDX line.
call_themselves_pure() {
    find include common hook plugin cli -name '*.[ch]' -print0 | xargs -0 awk '
        FNR == 1 { ends = 0 }
        ends < 2 && tolower($0) ~ /(^|[^a-z0-9_])pure([^a-z0-9_]|$)/ { print FILENAME }
        /\*\// { ends++ }'
}

source_of() { # FILE
    case $1 in
    *.c) REPLY=$1 ;;
    include/ovsint/*) REPLY=common/${1:15:-2}.c ;;
    *) REPLY=${1%.h}.c ;;
    esac
}

mapfile -t pure < <({
    ls common/{json,dhcp,oci,spec,config,rows,ovn}/*.c
    while read -r file; do
        source_of "$file"
        [ ! -e "$REPLY" ] || echo "$REPLY"
    done < <(call_themselves_pure)
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

objects=() missing=()
for source in "${pure[@]}"; do
    object=$build/${source%.c}.o
    if [ -f "$object" ]; then
        objects+=("$object")
    else
        missing+=("$object has not been built")
    fi
done

{
    [ ${#missing[@]} -eq 0 ] || printf '%s\n' "${missing[@]}"
    # OBJECT: U NAME. Sanitizers and fortify decorate names: __fprintf_chk,
    # read@GLIBC_2.2.5
    [ ${#objects[@]} -eq 0 ] || nm -A -u "${objects[@]}" |
        sed 's/: *[Uwv] / /; s/\( [^@]*\)@.*/\1/; s/ __\(.*\)_chk$/ \1/' |
        grep -E "^[^ ]* ($system|$foreign|$own)\$" |
        sed "s,^$build/\([^ ]*\)\.o ,\1.c: imports ,"
} | lint_verdict
