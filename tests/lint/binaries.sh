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

# The rest of a line: in a regex of bash a dot matches the end of a line as well.
line=$'[^\n]*'

check_program() { # FILE
    local headers dynamic symbols
    headers=$(readelf --wide --file-header --program-headers "$1")
    dynamic=$(readelf --wide --dynamic "$1")
    symbols=$(readelf --wide --symbols "$1")
    [[ $headers =~ Type:\ *DYN ]] || echo "$1: no PIE"
    [[ $headers == *GNU_RELRO* ]] || echo "$1: no RELRO"
    [[ $dynamic =~ static-pie|NOW ]] || echo "$1: no BIND_NOW"
    [[ $dynamic != *TEXTREL* ]] || echo "$1: relocations in its text"
    [[ $headers =~ GNU_STACK$line && ${BASH_REMATCH[0]} != *RWE* ]] || echo "$1: stack for code"
    [[ ! $headers =~ LOAD${line}RWE ]] || echo "$1: memory for code"
    [[ $symbols == *__stack_chk_fail* ]] || echo "$1: no stack protector"
    [[ $symbols == *__vsnprintf_chk* ]] || echo "$1: no FORTIFY"
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
        objdump --disassemble=router_request "$build/ovsint-plugin" | grep -A1 '<router_request>:' |
        grep -q endbr64 || echo "ovsint-plugin: no endbr64"
} | lint_verdict
