#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
"""Reads metrics on standard input as strictly as Prometheus and promtool do
(text format 0.0.4), and prints them as JSON: {"name{label=value,...}": value}.
Ends with 1 and a sentence for the first thing that is wrong."""
import json
import re
import sys

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"')
SAMPLE = re.compile(r"(%s)(\{[^\n]*\})? (\S+)" % NAME)


def wrong(number, text):
    sys.exit("line %d: %s" % (number, text))


def labels_of(text, number):
    labels, at = [], 1
    while text and text[at] != "}":
        match = LABEL.match(text, at)
        if not match:
            wrong(number, "bad labels " + text)
        labels.append(match.groups())
        at = match.end()
        if text[at] == ",":
            at += 1
        elif text[at] != "}":
            wrong(number, "bad labels " + text)
    if text and at != len(text) - 1:
        wrong(number, "bad labels " + text)
    if len({name for name, _ in labels}) != len(labels):
        wrong(number, "a label stands twice")
    return labels


def family_of(name, kind, family):
    suffixes = ("_bucket", "_sum", "_count") if kind == "histogram" else ("",)
    return any(name == family + suffix for suffix in suffixes)


def check_histograms(samples, kinds):
    for family in (name for name, kind in kinds.items() if kind == "histogram"):
        series = {}
        for name, labels, value in samples:
            if not family_of(name, "histogram", family):
                continue
            rest = tuple(label for label in labels if label[0] != "le")
            part = series.setdefault(rest, {"buckets": []})
            if name.endswith("_bucket"):
                part["buckets"].append((float(dict(labels)["le"]), value))
            else:
                part[name[len(family):]] = value
        for rest, part in series.items():
            bounds = [bound for bound, _ in part["buckets"]]
            counts = [count for _, count in part["buckets"]]
            if (bounds != sorted(set(bounds)) or counts != sorted(counts)
                    or bounds[-1] != float("inf")
                    or counts[-1] != part["_count"] or "_sum" not in part):
                sys.exit("histogram %s%s does not add up" % (family, rest))


def main():
    text = sys.stdin.read()
    if not text.endswith("\n"):
        sys.exit("the last line has no end")
    kinds, helps, samples, seen, family = {}, set(), [], set(), None
    for number, line in enumerate(text[:-1].split("\n"), 1):
        words = line.split(" ", 3)
        if line.startswith("# HELP "):
            if words[2] in helps or len(words) < 4 or not words[3]:
                wrong(number, "second or empty HELP of " + words[2])
            helps.add(words[2])
            continue
        if line.startswith("# TYPE "):
            family = words[2]
            if family in kinds or family not in helps:
                wrong(number, "second TYPE, or no HELP, of " + family)
            if words[3] not in ("counter", "gauge", "histogram"):
                wrong(number, "no such type: " + words[3])
            if (words[3] == "counter") != family.endswith("_total"):
                wrong(number, "counters, and they alone, end in _total")
            kinds[family] = words[3]
            continue
        match = SAMPLE.fullmatch(line)
        if not match:
            wrong(number, "no sample: " + line)
        name, labels, value = match.group(1), match.group(2), match.group(3)
        if not family or not family_of(name, kinds[family], family):
            wrong(number, name + " does not stand below its TYPE")
        labels = labels_of(labels or "", number)
        key = name + "{" + ",".join("%s=%s" % pair for pair in labels) + "}"
        if key in seen:
            wrong(number, "a series stands twice: " + key)
        seen.add(key)
        try:
            samples.append((name, labels, float(value)))
        except ValueError:
            wrong(number, "no number: " + value)
    check_histograms(samples, kinds)
    print(json.dumps({
        name + "{" + ",".join("%s=%s" % pair for pair in labels) + "}": value
        for name, labels, value in samples}))


main()
