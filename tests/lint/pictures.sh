#!/bin/bash
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# Each plot in docs/pictures is of the numbers that stand in its document.
. tests/lint/lib.sh

tests/plots --check 2>&1 | lint_verdict
