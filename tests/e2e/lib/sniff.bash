# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154
#
# Frames that a container's device receives. Loaded after base.bash.
#
#   sniff NAME DEVICE      begins to note them, anew; NAME may be a namespace
#   sniffed FILTER         one of them satisfies the filter (lib/sniff.py has the
#                          members); waits for it
#   not_sniffed FILTER     none of them so far does
#   sniff_end              to be called in teardown

sniff_end() {
    [ ! -e "$T/sniff.pid" ] || kill "$(cat "$T/sniff.pid")" 2>/dev/null || true
    rm -f "$T/sniff.pid"
}

sniff() { # NAME DEVICE
    sniff_end
    : >"$T/sniffed"
    local netns=/run/netns/$1
    [ -e "$netns" ] || netns=/proc/$(container_pid "$1")/ns/net
    nsenter --net="$netns" \
        python3 "$ROOT/tests/e2e/lib/sniff.py" "$2" >"$T/sniffed" 2>"$T/sniff.err" \
        </dev/null 3>&- 4>&- &
    echo $! >"$T/sniff.pid"
    wait_until 10 grep -qx ready "$T/sniffed" || fail "$(cat "$T/sniff.err")"
}

has_sniffed() { # FILTER
    grep -v '^ready$' "$T/sniffed" | jq -es "any(.[]; $1)" >/dev/null
}

sniffed() { # FILTER
    wait_until 5 has_sniffed "$1" || fail "not among: $(tail -n 20 "$T/sniffed")"
}

not_sniffed() { # FILTER
    not has_sniffed "$1" || fail "there is: $(grep -v ready "$T/sniffed" | jq -c "select($1)" | head -n 3)"
}
