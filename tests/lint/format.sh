#!/bin/bash
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# .clang-format rules.
. tests/lint/lib.sh
lint_need clang-format

lint_files include common hook plugin cli tests | grep '\.[ch]$' |
    xargs clang-format --dry-run -Werror 2>&1 |
    grep -E 'error:' | lint_verdict
