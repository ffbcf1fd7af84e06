#!/bin/bash
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# cppcheck over the product.
. tests/lint/lib.sh
lint_need cppcheck

suppress=(
    # System and library headers are not analysed.
    --suppress=missingIncludeSystem
    # Callbacks have the types that libraries prescribe.
    --suppress=constParameterCallback
    # NULL ends our lists of strings; POSIX makes it a pointer.
    --suppress=varFuncNullUB
    # It does not know that read(2) fills what it is given.
    --suppress=uninitvar:common/base/io.c
    # Checks of single files see no users of public functions.
    --suppress=unusedFunction
)

lint_files common hook plugin cli | grep '\.c$' |
    cppcheck --file-list=- -j2 --std=c11 --quiet --inline-suppr \
        --enable=warning,performance,portability "${suppress[@]}" \
        -D_GNU_SOURCE '-DOVSINT_VERSION="lint"' -Iinclude -I. \
        --template='{file}:{line}: {severity}: {message} [{id}]' 2>&1 |
    lint_verdict
