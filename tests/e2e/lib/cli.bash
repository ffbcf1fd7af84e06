# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154
#
# The operator's command. Loaded after base.bash.
#
#   ovsint ARGS...               the command; what a confined one may not call
#                                fails the test
#   doctor_tells FILTER          its findings satisfy it, in $T/answer, too
#   cli_refuses STATUS TEXT ARGS...   it ends with STATUS, and says TEXT in one
#                                line
#   of_cli                       the Interface rows of what it has attached

OVSINT=${OVSINT_CLI:-$ROOT/build/release/ovsint}

ovsint() {
    local status=0
    "$OVSINT" "$@" 2>"$T/stderr" || status=$?
    cat "$T/stderr" >&2
    not grep -q 'not allowed here' "$T/stderr" || amiss "ovsint $1: not allowed here" || return
    return "$status"
}

# It has looked at all, whatever it has found; and that is so of its answer.
doctor_tells() { # FILTER
    ovsint doctor --json >"$T/answer" || [ $? = 3 ] || return
    check_json "$1" <"$T/answer"
}

cli_refuses() { # STATUS TEXT ARGS...
    local want=$1 text=$2 status=0
    shift 2
    ovsint "$@" >"$T/answer" 2>/dev/null || status=$?
    if [ "$status" != "$want" ]; then
        fail "ovsint $* ended with $status: $(cat "$T/stderr")"
    elif [ "$(wc -l <"$T/stderr")" != 1 ]; then
        fail "not one line: $(cat "$T/stderr")"
    else
        grep -qF -- "$text" "$T/stderr" ||
            fail "no '$text' in: $(cat "$T/stderr")"
    fi
}

of_cli() { rows Interface external_ids:ovsint-owner=cli; }

none_of_cli() { of_cli | check_json '. == []'; }
