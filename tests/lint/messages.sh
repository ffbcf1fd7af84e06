#!/bin/bash
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# Every message that an operator can see is in docs/troubleshooting.md.
. tests/lint/lib.sh

lint_need perl
packaging/messages --check docs/troubleshooting.md 2>&1 | lint_verdict
