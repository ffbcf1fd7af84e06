# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154
#
# What `ovsint doctor` finds. Loaded after cli.bash.

# Errors and warnings, by their ids in the order of the table; none is sound.
finds() { # [ID...]
    local status=0
    ovsint doctor --json >"$T/answer" || status=$?
    [ "$status" = "$(($# ? 3 : 0))" ] &&
        check_json --arg ids "$*" '.sound == ($ids == "") and
            ([.findings[] | select(.severity != "note").id] | unique_by(.)
            | sort) == ($ids / " " | map(select(. != "")) | sort)' <"$T/answer"
}

says() { # ID TEXT
    check_json --arg id "$1" --arg text "$2" 'any(.findings[];
        .id == $id and (.text | contains($text)))' <"$T/answer"
}

mends() { # ID COMMAND
    check_json --arg id "$1" --arg mend "$2" 'any(.findings[];
        .id == $id and (.mend | startswith($mend)))' <"$T/answer"
}
