# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154
#
# A program that is killed at its N-th system call, or whose N-th system call
# fails. strace(1) counts calls of each name apart, so a place is a name and a
# number: "sendto 3". Loaded after base.bash.
#
#   places_of CMD...              the places of one run, one a line
#   sampled COUNT < PLACES        all with CRASHES=all, else about COUNT of them
#   killed_at NAME N CMD...       runs it; true when it was killed
#   may_fail NAME N              is there a failure of it that one could bear?
#   was_injected                  did the last failure take place?
#   failing_at NAME N ERROR CMD... runs it; its exit status

# Not to be interfered with: what starts the program, and what ends it.
NO_PLACE='^(execve|exit|exit_group|rt_sigreturn|restart_syscall|arch_prctl)$'

places_in() { # TRACE
    sed -nE 's/^([0-9]+ +)?([a-z_0-9]+)\(.*/\2/p' "$1" |
        grep -vE "$NO_PLACE" | awk '{print $1, ++n[$1]}'
}

places_of() { # CMD...
    strace -qq -o "$T/trace" "$@" >/dev/null 2>&1
    places_in "$T/trace"
}

sampled() { # COUNT
    if [ "${CRASHES-}" = all ]; then
        cat
    else
        awk -v count="$1" '{line[NR] = $0} END {
            every = NR > count ? NR / count : 1
            for (n = 1; n <= NR; n += every) print line[int(n)] }'
    fi
}

killed_at() { # NAME N CMD...
    local name=$1 number=$2 status=0
    shift 2
    strace -qq -o /dev/null -e "trace=$name" \
        -e "inject=$name:signal=KILL:when=$number" "$@" \
        >"$T/said" 2>&1 || status=$?
    [ "$status" = 137 ]
}

# Each place fails in one way only, or a sweep would take four times as long.
# Waiting fails for a signal alone.
error_at() { # COUNT NAME
    local errors=(EINTR ENOMEM EIO ENOBUFS)
    case $2 in
    epoll_pwait | epoll_wait) echo EINTR ;;
    *) echo "${errors[$1 % 4]}" ;;
    esac
}

# Where a failure has its place: brk(2) is the C library's own at first, before
# there is an errno, the dynamic loader does not look at what its first mmap(2)
# returned, and libuv is at its end without epoll_ctl(2).
may_fail() { # NAME N
    case $1 in
    brk) [ "$2" -gt 2 ] ;;
    mmap) [ "$2" -gt 1 ] ;;
    epoll_ctl) return 1 ;;
    esac
}

# What strace(1) is to have the call return. brk(2) tells a failure by a break
# below the one that was asked for.
failure_of() { # NAME ERROR
    if [ "$1" = brk ]; then echo retval=0; else echo "error=$2"; fi
}

failing_at() { # NAME N ERROR CMD...
    local name=$1 number=$2 result
    result=$(failure_of "$1" "$3")
    shift 3
    strace -qq -o "$T/injected" -e "trace=$name" \
        -e "inject=$name:$result:when=$number" "$@" >"$T/said" 2>&1
}

# Not every run comes by the same places.
was_injected() { grep -q INJECTED "$T/injected"; }
