#!/bin/bash
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# docs/licences.md names each library that is in a program, and no other; and what
# is under the GPL is in ovsint-plugin alone. $B is the build directory.
. tests/lint/lib.sh
lint_need readelf make

build=${B:-build/release}

# LIBRARY PROGRAM, a line for each. libNAME.so.N, libNAME-3.so.N and libNAME_s.a are
# libNAME and libNAME-3.
linked() {
    local file name static dynamic
    static=$(sed -n 's/^STATIC_LIBS *:= *//p' mk/static.mk)
    for file in "$build"/ovsint "$build"/ovsint-*; do
        [ -f "$file" ] && [ -x "$file" ] || continue
        name=${file##*/}
        dynamic=$(readelf --dynamic --wide "$file")
        if [[ $dynamic == *NEEDED* ]]; then
            sed -nE "s/.*\\(NEEDED\\).*\\[(.*)\\.so.*/\\1 $name/p" <<<"$dynamic"
        else
            grep -oE -- '-l:[^ ]*\.a' <<<"$static" |
                sed -E "s/^-l:(.*)\\.a$/\\1 $name/; s/_s / /"
            echo "libc $name"
        fi
        # In Debian 12 it is not a library.
        ! readelf --symbols --wide "$file" | grep -q ' llhttp_execute$' ||
            echo "libllhttp $name"
    done | sed 's/^libc /glibc /; s/^libllhttp /llhttp /' |
        grep -vE '^(libm|ld-linux[^ ]*|linux-vdso) ' | sort -u
}

written() {
    sed -nE 's/^\| ([a-z0-9-]+) \| ([A-Za-z0-9.-]+) \| (.*) \|$/\1 \2 \3/p' \
        docs/licences.md | grep -vE '^(library|program) '
}

# LIBRARY PROGRAM, as the table has it; "all" are those that are built.
claimed() {
    local library programs file
    written | while read -r library _ programs; do
        if [ "$programs" = all ]; then
            for file in "$build"/ovsint "$build"/ovsint-*; do
                [ -f "$file" ] && [ -x "$file" ] || continue
                echo "$library ${file##*/}"
            done
        else
            tr -d '\140,' <<<"$programs" | tr ' ' '\n' | sed "s/^/$library /"
        fi
    done | sort -u
}

linked=$(linked)
claimed=$(claimed)
{
    [ -n "$linked" ] || echo "no program is built in $build"
    comm -23 <(echo "$linked") <(echo "$claimed") |
        sed -nE 's/(.*) (.*)/docs\/licences.md: \1 is in \2, and not in the table/p'
    comm -13 <(echo "$linked") <(echo "$claimed") |
        sed -nE 's/(.*) (.*)/docs\/licences.md: \1 is not in \2/p'
    written | awk '$2 ~ /^GPL/ && $3 != "`ovsint-plugin`" {
        print "docs/licences.md: " $1 " is under the GPL: no program but ovsint-plugin may have it" }'
} | lint_verdict
