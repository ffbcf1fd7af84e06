# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# shellcheck shell=bash
#
# The commands of README.md and of the book in docs/. Loaded after base.bash.
#
#   readme_setup       once, in setup_file: what is installed goes with the
#                      world, `sudo` is on the PATH
#   readme NAME        runs the block in the present directory, prints what it
#                      says
#   block NAME         prints the block
#   output_has REGEX   the last block said it

# The fenced block that follows the comment "test: NAME" on whichever page has it: no
# two have the same name (tests/lint/docs.sh).
block() { # NAME
    awk -v marker="<!-- test: $1 -->" '
        $0 == marker { wanted = 1; next }
        wanted && /^```/ { if (inside) exit; inside = 1; next }
        inside' "$ROOT/README.md" "$ROOT"/docs/*.md "$ROOT"/docs/how-to/*.md >"$T/block"
    [ -s "$T/block" ] || fail "no page has a block $1"
    cat "$T/block"
}

readme() { # NAME: runs the block in the present directory
    local status=0
    block "$1" >"$T/script"
    bash -euxo pipefail "$T/script" </dev/null >"$T/output" 2>&1 3>&- 4>&- ||
        status=$?
    cat "$T/output"
    return "$status"
}

readme_setup() {
    T=$BATS_FILE_TMPDIR
    mkdir -p /run/usr/upper /run/usr/work
    mount -t overlay -o \
        lowerdir=/usr,upperdir=/run/usr/upper,workdir=/run/usr/work \
        readme /usr
    mkdir /run/bin
    printf '#!/bin/sh\nexec "$@"\n' >/run/bin/sudo
    chmod +x /run/bin/sudo
    export PATH=/run/bin:$PATH
}

output_has() { grep -qE -- "$1" "$T/output"; }
