#!/bin/bash
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# What a reviewer would otherwise have to look for. Calls that can be poisoned
# are in common/base/banned.h; here is what needs to know the place.
. tests/lint/lib.sh

mapfile -t product < <(lint_files include common hook plugin cli | grep '\.[ch]$')
mapfile -t sources < <(lint_files include common hook plugin cli tests |
    grep '\.[ch]$')
mapfile -t shell < <(lint_files tests/e2e | grep -v '\.c$')
mapfile -t all < <(lint_files . | grep -v '^tests/fuzz/corpus/')

# find <why> <regex> <file...>
find_in() {
    local why=$1 regex=$2
    shift 2
    [ $# -gt 0 ] || return 0
    grep -nEH -- "$regex" "$@" | sed "s@\$@    [$why]@"
}

without() { # regex of paths to leave out
    grep -vE "$1"
}

# A sleep as a command, not as an argument, as the program of a container is one:
# poll() of base.bash may, and what says, on its line or the one before, why it is
# about a time: `sleep 3 # time: longer than the hook's patience`.
unexplained_sleeps() { # FILE...
    awk '
        FNR == 1 { told = goes_on = 0 }
        /^[a-z_]+\(\)/ { waits = /^poll\(/ && FILENAME ~ /\/lib\/base\.bash$/ }
        /# time: [^ ]/ { told = /^ *#/ ? 2 : 1 }
        /(^|[;&|({]|do|then|else|while|until|!) *sleep +[0-9$"]/ &&
            !(goes_on && /^ *sleep/) && !waits && !told {
                printf "%s:%d:%s    [wait for a condition, or say \"# time: " \
                    "WHY\"]\n", FILENAME, FNR, $0
        }
        { goes_on = /\\$/ }
        told && !goes_on { told-- }' "$@"
}

{
    find_in "only main exits" '\bexit\(' "${product[@]}" |
        without '^(hook|cli|plugin/(daemon|cni|netavark))/main\.c:|^[^:]*:[0-9]+: \*'
    find_in "only a signal handler and a second process leave at once" '\b_exit\(' \
        "${product[@]}" | without '^(common/(confine/confine|attach/lookout)|cli/uplink/mover|plugin/(cni/delegate|netavark/names|namespaces/fork))\.c:'
    find_in "no program is executed, but an IPAM plugin and a server of names" \
        '\b(exec[lv]p?e?|posix_spawnp?)\(' "${product[@]}" |
        without '^plugin/(cni/delegate|netavark/names)\.c:'
    find_in "common logs at debug level only" \
        'log_event\(LOG_LEVEL_(ERROR|WARNING|INFO)' "${product[@]}" |
        without '^(hook|plugin|cli)/'
    find_in "limits stand in limits.h" \
        '^ *# *define LIMIT_' "${product[@]}" |
        without '^include/ovsint/base/limits\.h:'
    find_in "names of external_ids stand in external_ids.h" \
        '"(attached-mac|iface-id|iface-status|container_id|container_iface)"|# *define ID_[A-Z_]+ +"' \
        "${product[@]}" |
        without '^include/ovsint/(rows/external_ids|spec/general_ids)\.h:|^plugin/netavark/request\.c:.*text_of\('
    find_in "timers of the loop are set by timer.h" '\buv_timer_(start|again)\(' \
        "${product[@]}" |
        without '^plugin/daemon/timer\.h:'
    find_in "structs have no typedef" '^ *typedef (struct|union|enum)\b' \
        "${sources[@]}"
    find_in "wait for a condition, not for a time" '\b(sleep|nanosleep)\(' \
        "${sources[@]}"
    unexplained_sleeps "${shell[@]}"
    find_in "descriptors are born close-on-exec" \
        '\bSOCK_(STREAM|DGRAM|RAW|SEQPACKET), ' "${product[@]}"
    find_in "descriptors are born close-on-exec" '\b(pipe|dup|dup2)\(' \
        "${product[@]}"
    find_in "finish it" '\b(TODO|FIX[M]E|X[X]X)\b' "${all[@]}" |
        without '^tests/lint/banned\.sh:'
    find_in "a path of one machine" '/wor[k]/|/hom[e]/|bash_job[s]' "${all[@]}"

    # A variable that is released when it leaves its scope, and by hand too.
    for file in "${sources[@]}"; do
        awk '
            /^}/ { delete owned }
            match($0, /auto_(free|close)[^=;]*/) {
                name = substr($0, RSTART, RLENGTH)
                gsub(/ +$/, "", name)
                sub(/.*[ *]/, "", name)
                owned[name] = 1
            }
            match($0, /(^|[^a-z_])(free|close)\([a-z_]+\)/) {
                name = substr($0, RSTART, RLENGTH - 1)
                sub(/.*\(/, "", name)
                if (name in owned)
                    printf "%s:%d: %s is released by its scope\n", FILENAME, \
                        FNR, name
            }' "$file"
    done

    for file in "${sources[@]}"; do
        head -1 "$file" | grep -qF 'SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later' ||
            echo "$file: the first line is not the SPDX line"
        sed -n '2p' "$file" | grep -q '^/\*' ||
            echo "$file: does not begin with what it is for"
    done
    lint_files Makefile mk tests packaging | grep -E '\.(mk|sh|bash|bats)$' |
        while read -r file; do
            head -2 "$file" | grep -qF 'SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later' ||
                echo "$file: no SPDX line at its head"
        done
} | lint_verdict
