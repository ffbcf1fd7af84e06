# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# The measurements, slurped, to a picture of bars: a group for each way and kernel, a
# bar for each kind. Option: --arg plot packet|bulk|connection.

include "study";

def plots: {
    packet: {title: "One datagram of 64 bytes, one way: instructions",
        what: "oneway", size: 64},
    bulk: {title: "One megabyte by TCP: instructions", what: "bulk", size: 0},
    connection: {title: "One TCP connection, opened and closed: instructions",
        what: "connect", size: 0}};
def colours: {internal: "#0072b2", veth: "#e69f00", bridge: "#d55e00",
    macvlan: "#009e73", ipvlan: "#cc79a7"};

def shown: if . >= 100000 then "\(. / 1000 | round)k"
    else "\(. / 100 | round / 10)k" end;
def text($x; $y; $more; $words):
    "<text x=\"\($x)\" y=\"\($y)\" \($more)>\($words)</text>";

. as $all | plots[$plot] as $is |
[.[] | select(.what == "about" and (.stage | IN("bookworm", "trixie")))] as $kernels |
[$kernels[] | . as $kernel | ("container", "host", "uplink") as $way |
    {kernel: ($kernel.kernel | split("-")[0]), way: $way,
     bars: [kinds[] | . as $kind | {kind: $kind, value: ($all |
        of_kernel($kernel.stage) | value($kind; $way; $is.what; $is.size))} |
        select(.value)]} | select(.bars != [])] as $groups |
([$groups[].bars[].value] | max) as $top |
60 as $left | 150 as $wide | 70 as $above | 240 as $high |
([$left + ($groups | length) * $wide + 20, 880] | max) as $width |
"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 \($width) 390\" width=\"\($width)\" height=\"390\" font-family=\"sans-serif\" font-size=\"11\">",
"<rect width=\"100%\" height=\"100%\" fill=\"white\"/>",
text($left; 24; "font-size=\"15\""; $is.title),
(kinds | to_entries[] |
    "<rect x=\"\($left + .key * 160)\" y=\"36\" width=\"10\" height=\"10\" fill=\"\(colours[.value])\"/>",
    text($left + .key * 160 + 14; 45; ""; kind_words[.value])),
(range(0; 5) | . as $i | ($above + $high - $high * $i / 4) as $y |
    "<line x1=\"\($left)\" x2=\"\($width - 10)\" y1=\"\($y)\" y2=\"\($y)\" stroke=\"#ddd\"/>",
    text($left - 6; $y + 4; "text-anchor=\"end\""; $top * $i / 4 | shown)),
($groups | to_entries[] | .key as $at | .value |
    ($left + $at * $wide + 8) as $x |
    (.bars | to_entries[] | ($high * .value.value / $top) as $tall |
        "<rect x=\"\($x + .key * 27)\" y=\"\($above + $high - $tall)\" width=\"24\" height=\"\($tall)\" fill=\"\(colours[.value.kind])\"/>",
        text($x + .key * 27 + 12; $above + $high - $tall - 3;
            "text-anchor=\"middle\" font-size=\"9\""; .value.value | shown)),
    text($x + 67; $above + $high + 18; "text-anchor=\"middle\""; way_words[.way]),
    text($x + 67; $above + $high + 33; "text-anchor=\"middle\" fill=\"#666\"";
        "Linux \(.kernel)")),
text($left; 375; "fill=\"#666\"";
    "Sender and receiver together, on one emulated processor. Less is better."),
"</svg>"
