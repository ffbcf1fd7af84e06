#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# Makes the seeds of fuzz_rpc out of the transcripts: one split byte, then what
# the peer says. Run it from the top of the tree after a transcript changed.
set -eu

corpus=tests/fuzz/corpus/rpc
mkdir -p "$corpus"
for transcript in tests/transcripts/rpc/*.txt; do
    seed=$corpus/$(basename "$transcript" .txt)
    {
        printf '\007'
        LC_ALL=C sed -n 's/^< //p' "$transcript"
    } >"$seed"
done
