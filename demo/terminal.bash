# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# shellcheck shell=bash
#
# What the demo writes, with colours where the terminal has them.

if [ -t 1 ] && [ "${TERM:-dumb}" != dumb ] && [ -z "${NO_COLOR-}" ]; then
    BOLD=$'\e[1m' GREEN=$'\e[32m' RED=$'\e[31m' PLAIN=$'\e[0m'
else
    BOLD='' GREEN='' RED='' PLAIN=''
fi

title() { printf '%s%s%s\n' "$BOLD" "$1" "$PLAIN"; }
step() { printf '\n%s%s%s\n' "$BOLD" "$1" "$PLAIN"; }
say() { printf '  %s\n' "$*"; }
ok() { printf '  %sok%s  %s\n' "$GREEN" "$PLAIN" "$*"; }

give_up() {
    printf '%sdemo: FAILED: %s%s\n' "$RED" "$*" "$PLAIN" >&2
    exit 1
}

seconds_since() { # MICROSECONDS of $EPOCHREALTIME
    local took=$((${EPOCHREALTIME/./} - $1))
    printf '%d.%d s' $((took / 1000000)) $((took / 100000 % 10))
}

# The demo ends where CMD fails, with all that it said in $T/said. It is a file,
# as a subshell would be one more process.
expect() { # TEXT CMD...
    local text=$1
    shift
    "$@" >"$T/said" 2>&1 || give_up "$text"$'\n'"$(cat "$T/said")"
    ok "$text"
}
