#!/bin/bash
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# One idea, one word: the glossary of HACKING.md. Words that were given up do
# not come back. Each line below: the word (an extended regular expression that
# matches a whole word, or a part between underscores), what to write instead.
. tests/lint/lib.sh

retired='
bump(s|ed|ing)?	increment, or fence
bur(y|ies|ied)	delete
corpses?	dead TAP
deaf	receives no broadcasts
(un)?dress(ed|es|ing)?	set up
greet(s|ed|ing|ings)?	announce again
keepsakes?	lost row
la(y|ys|id|ying) aside	set down and rename
lay_aside	rename
leftovers?	stray TAP, or what is left
occupants?	port user
wards?	guarded port
wish(es|ed)?	pending removal, or port request
'

# Where a word stands for something else: a key that rows have, other software.
allowed='ovsint-undressed|ID_UNDRESSED'

mapfile -t files < <(lint_files include common hook plugin cli tests docs mk demo \
    packaging HACKING.md README.md |
    grep -vE '^tests/fuzz/corpus/|^tests/lint/words\.sh$|\.(json|txt|pcap)$')

{
    while IFS=$'\t' read -r word instead; do
        [ -n "$word" ] || continue
        grep -nEiH -- "(^|[^a-z])($word)([^a-z]|\$)" "${files[@]}" |
            grep -vE "$allowed" |
            sed "s@\$@    [write: $instead]@"
    done <<<"$retired"
    grep -nEH -- '\bsay_[a-z_]+\(' "${files[@]}" |
        grep -E '^(common|hook|plugin|cli)/' |
        sed 's@$@    [write: txn_..., add_...: what it fills]@'
    grep -nEH -- '/\* ----' "${files[@]}" | grep '\.[ch]:' |
        sed 's@$@    [no banners: what needs one is two files]@'
    grep -nEiH -- '(a|the) reader would' "${files[@]}" |
        sed 's@$@    [write: Pitfall: ...]@'
} | lint_verdict
