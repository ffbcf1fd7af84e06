# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
#
# A program that is killed at its N-th system call, or whose N-th system call
# fails. strace(1) counts calls of each name apart, so a place is a name and a
# number: "sendto 3". Loaded after lib.bash.
#
#   places_of CMD...              the places of one run, one a line
#   sampled < PLACES              every one with CRASHES=all, else some
#   killed_at NAME N CMD...       runs it; true when it was killed
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

sampled() {
    if [ "${CRASHES-}" = all ]; then cat; else awk 'NR % 9 == 4'; fi
}

killed_at() { # NAME N CMD...
    local name=$1 number=$2 status=0
    shift 2
    strace -qq -o /dev/null -e "trace=$name" \
        -e "inject=$name:signal=KILL:when=$number" "$@" \
        >"$T/said" 2>&1 || status=$?
    [ "$status" = 137 ]
}

failing_at() { # NAME N ERROR CMD...
    local name=$1 number=$2 result=error=$3
    shift 3
    # This one tells a failure by a break below the one that was asked for.
    [ "$name" != brk ] || result=retval=0
    strace -qq -o /dev/null -e "trace=$name" \
        -e "inject=$name:$result:when=$number" "$@" >"$T/said" 2>&1
}
