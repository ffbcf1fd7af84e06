# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154
#
# Frames that a container sends as they are described (tests/e2e/programs/spoof.c
# has the words), and which of them arrive. Loaded after base.bash.
#
#   frames FROM TO <FRAMES       which arrive, one a line
#   what_arrives TO [FENCE] <FRAMES   c1 sends them, after $FENCE; the name of each
#                                begins with what must become of it: pass-, drop-

frames() { # FROM TO
    "$ROOT/build/release/tests/e2e/programs/spoof" \
        "/proc/$(container_pid "$1")/ns/net" eth0 \
        "/proc/$(container_pid "$2")/ns/net" eth0
}

what_arrives() { # TO [FENCE]
    local got
    got=$({ echo "${2-$FENCE}" && cat; } | frames c1 "$1")
    [ -n "$got" ] || fail "nothing was sent"
    echo "$got"
    ! grep -vE '^(pass-[a-z0-9-]* passed|drop-[a-z0-9-]* dropped)$' <<<"$got" ||
        fail "another outcome than its name says"
}
