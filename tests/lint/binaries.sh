#!/bin/bash
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# The programs are hardened: what the linker was told, and each unit of ours as
# the compiler has noted (DW_AT_producer). $B is the build directory.
. tests/lint/lib.sh
lint_need readelf gcc objdump

build=${B:-build/release}
arch=$(uname -m)
flags=(-fstack-protector-strong)
for flag in -fstack-clash-protection -fcf-protection \
    -mbranch-protection=standard -ftrivial-auto-var-init=zero; do
    ! gcc -Werror $flag -x c -c -o /dev/null - </dev/null 2>/dev/null ||
        flags+=("${flag/-fcf-protection/-fcf-protection=full}")
done

check_program() { # FILE
    local headers dynamic symbols
    headers=$(readelf --wide --file-header --program-headers "$1")
    dynamic=$(readelf --wide --dynamic "$1")
    symbols=$(readelf --wide --symbols "$1")
    grep -q 'Type: *DYN' <<<"$headers" || echo "$1: no PIE"
    grep -q GNU_RELRO <<<"$headers" || echo "$1: no RELRO"
    grep -q 'BIND_NOW\|Flags:.*NOW' <<<"$dynamic" ||
        grep -q 'static-pie\|NOW' <<<"$dynamic" || echo "$1: no BIND_NOW"
    ! grep -q TEXTREL <<<"$dynamic" || echo "$1: relocations in its text"
    grep 'GNU_STACK' <<<"$headers" | grep -qv 'RWE' || echo "$1: stack for code"
    ! grep 'LOAD' <<<"$headers" | grep -q 'RWE' || echo "$1: memory for code"
    grep -q __stack_chk_fail <<<"$symbols" || echo "$1: no stack protector"
    grep -q '__vsnprintf_chk' <<<"$symbols" || echo "$1: no FORTIFY"
}

# Units of ours are named by a relative path.
check_units() { # FILE
    readelf --debug-dump=info "$1" 2>/dev/null | awk -v file="$1" \
        -v flags="${flags[*]}" '
        BEGIN { count = split(flags, want, " ") }
        /DW_AT_producer/ { producer = $0 " " }
        /DW_AT_name/ && producer {
            name = $NF
            if (name ~ /^(common|hook|plugin)\//) {
                seen = 1
                for (i = 1; i <= count; i++)
                    if (!index(producer, " " want[i] " "))
                        print file ": " name ": without " want[i]
            }
            producer = ""
        }
        END { if (!seen) print file ": no unit of ours is in its debug data" }'
}

{
    for file in "$build"/ovsint-*; do
        [ -x "$file" ] || { echo "$file is not built" && continue; }
        check_program "$file"
        check_units "$file"
    done
    # Level 3 checks what is sized at run time as well, and leaves no mark of
    # its own in a program that has both.
    make --no-print-directory -pn 2>/dev/null | grep -q '_FORTIFY_SOURCE=3' ||
        echo "the Makefile does not ask for _FORTIFY_SOURCE=3"
    # An entry of a function that may be called by a pointer begins with it.
    [ "$arch" != x86_64 ] ||
        objdump -d "$build/ovsint-plugin" | grep -A1 '<router_request>:' |
        grep -q endbr64 || echo "ovsint-plugin: no endbr64"
} | lint_verdict
