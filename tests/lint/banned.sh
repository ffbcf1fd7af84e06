#!/bin/bash
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# What a reviewer would otherwise have to look for. Calls that can be poisoned
# are in common/base/banned.h; here is what needs to know the place.
. tests/lint/lib.sh

mapfile -t tree < <(lint_files .)
of_tree() { # REGEX
    printf '%s\n' "${tree[@]}" | grep -E "$1"
}
mapfile -t product < <(of_tree '^(include|common|hook|plugin|cli)/.*\.[ch]$')
mapfile -t sources < <(of_tree '^(include|common|hook|plugin|cli|tests)/.*\.[ch]$')
mapfile -t shell < <(of_tree '^tests/e2e/' | grep -v '\.c$')
mapfile -t scripts < <(of_tree '^(Makefile$|(mk|tests|packaging)/)' | grep -E '\.(mk|sh|bash|bats)$')
mapfile -t all < <(of_tree . | grep -v '^tests/fuzz/corpus/')

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

# A variable that is released when it leaves its scope, and by hand too.
released_twice() { # FILE...
    awk '
        FNR == 1 || /^}/ { delete owned }
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
        }' "$@"
}

# The first two lines of each file: LICENCE in the first one, then a comment.
# Pitfall: an empty file has no line, so it is asked about in the end.
licence='SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later'
without_head() { # FILE...
    awk -v licence="$licence" '
        FNR <= 2 { line[FILENAME, FNR] = $0 }
        END {
            for (i = 1; i < ARGC; i++) {
                if (!index(line[ARGV[i], 1], licence))
                    print ARGV[i] ": the first line is not the SPDX line"
                if (line[ARGV[i], 2] !~ /^\/\*/)
                    print ARGV[i] ": does not begin with what it is for"
            }
        }' "$@"
}

# A script has it in one of the two.
without_licence() { # FILE...
    awk -v licence="$licence" '
        FNR <= 2 && index($0, licence) { found[FILENAME] = 1 }
        END {
            for (i = 1; i < ARGC; i++)
                if (!(ARGV[i] in found))
                    print ARGV[i] ": no SPDX line at its head"
        }' "$@"
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
    released_twice "${sources[@]}"
    without_head "${sources[@]}"
    without_licence "${scripts[@]}"
} | lint_verdict
