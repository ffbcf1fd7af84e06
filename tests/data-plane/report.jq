# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# From the measurements of tests/data-plane/measure and steps to docs/data-plane.md.
# Option: --arg date.

include "study";

def row: "| " + join(" | ") + " |";
def table($head): ($head | row), ($head | map("---") | row), (.[] | row);
def fixed($digits): pow(10; $digits) as $p | (. * $p | round) as $n |
    ($n / $p | floor | tostring) + (if $digits == 0 then "" else "." +
    ("000" + ($n % $p | tostring))[-$digits:] end);
def thousands: if . == null then "–" elif . >= 1000000 then
    (. / 1000 | fixed(0)) else (. / 1000 | fixed(2)) end;
def percent: (. * 1000 | round / 10) as $p | if $p > 0 then "+\($p)" else "\($p)" end
    + " %";
def against($base): if . == null then "–" elif $base == null or $base == . then
    thousands else "\(thousands) (\(. / $base - 1 | percent))" end;

def whats: [["round", 64], ["round", 512], ["round", 1500], ["oneway", 64],
    ["oneway", 512], ["oneway", 1500], ["bulk", 0], ["segments", 0],
    ["connect", 0]];
def what_words: {round: "round trip", oneway: "one way", bulk: "TCP, a megabyte",
    segments: "the same, without TSO", connect: "a TCP connection"};
def what_name: "\(what_words[.[0]])" + if .[1] > 0 then ", \(.[1]) bytes" else "" end;

# A column for each way of being asked; the first is what the others are compared with.
def compared($columns; $head): . as $all | [whats[] | . as $w |
    [$columns[] as $c | $all | value($c[0]; $c[1]; $w[0]; $w[1])] as $values |
    select($values[1:] | any) |
    [$w | what_name] + [$values[0] | thousands] +
        [$values[1:][] | against($values[0])]] | table([""] + $head);

def kinds_on($way): compared([kinds[] | [., $way]];
    [kinds[] | kind_words[.]]);

def section_of($way): . as $all | if any(.way == $way) then
    "", "### From a container \(way_words[$way])", "", kinds_on($way) else empty end;

def options_of: if any(.kind == "guard") then
    "", "### What keys of ours add, from container to container", "",
    compared([["internal", "container"], ["guard", "container"],
        ["rate", "container"], ["vlan", "container"], ["both", "container"]];
        ["internal port", "`guard=full`", "`rate`", "`vlan`",
         "`guard=full` and `rate`"]) else empty end;

def mirror_of: if any(.kind == "others") then
    "", "### A mirror of one container", "",
    compared([["internal", "container"], ["others", "container"],
        ["mirrored", "container"]]; ["no mirror",
        "another pair of ports, meanwhile", "the one that is mirrored"])
    else empty end;

def ports_of: if any(.way == "ports-100") then
    "", "### Ports on the switch, from container to container", "",
    compared([["internal", "container"], ["internal", "ports-100"],
        ["internal", "ports-1000"]]; ["internal port", "and 100 ports more",
        "and 1000"]),
    "",
    compared([["bridge", "container"], ["bridge", "ports-100"],
        ["bridge", "ports-1000"]]; ["veth on a Linux bridge",
        "and 100 ports more", "and 1000"]) else empty end;

def nat_of: if any(.way == "published") then
    "", "### Docker's ports and NAT", "",
    (("published", "masqueraded") as $way |
        (way_words[$way] | ascii_upcase[:1] + .[1:]) + ":", "",
        compared([["internal", $way], ["bridge", $way]];
            ["ovsint", "Docker's bridge"]), "") else empty end;

def userspace_of: if any(.way == "userspace") then
    "", "### The userspace datapath, from container to container", "",
    compared([["internal", "userspace"], ["veth", "userspace"],
        ["internal", "userspace-tso"], ["veth", "userspace-tso"]];
        ["internal port (TAP)", "`type=veth`",
         "TAP, `userspace-tso-enable`", "`type=veth`, `userspace-tso-enable`"])
    else empty end;

# Other versions of Open vSwitch, against the first row's first figure.
def switch_columns: [["internal", "userspace"], ["veth", "userspace"],
    ["internal", "userspace-tso"], ["veth", "userspace-tso"]];
def switches: . as $all | [("bookworm-userspace", "switch-3.1-dpdk", "switch-3.5",
        "switch-4.0") as $stage |
    {name: ($all | map(select(.what == "about" and .stage == $stage)) | .[0].ovs //
        empty | . + if $stage | endswith("dpdk") then ", built with DPDK" else "" end),
     figures: ($all | map(select(.stage == $stage and .ns and .idle == 0)))}];
def switches_of: if any(.stage == "switch-3.5") | not then empty else
    switches as $switches |
    "", "## The userspace datapath of other versions", "",
    "From container to container, with the kernel and the instrument of the first table of",
    "the userspace datapath.",
    (["round", 64], ["oneway", 1500], ["bulk", 0], ["connect", 0] | . as $w |
        ($switches[0].figures | value("internal"; "userspace"; $w[0]; $w[1])) as $base |
        "", "\($w | what_name | ascii_upcase[:1] + .[1:]):", "",
        ([$switches[] | . as $switch | [.name] + [switch_columns[] | . as $c |
            $switch.figures | value($c[0]; $c[1]; $w[0]; $w[1]) | against($base)]] |
        table(["Open vSwitch", "internal port (TAP)", "`type=veth`",
            "TAP, `userspace-tso-enable`", "`type=veth`, `userspace-tso-enable`"])))
    end;

def kernel_section($name): . as $all |
    (map(select(.what == "about" and .stage == $name)) | .[0]) as $about |
    if $about == null then empty else
    "", "## Linux \($about.kernel), Open vSwitch \($about.ovs)", "",
    "Thousands of instructions; in brackets, against the first column.",
    (of_kernel($name) | section_of("container", "host", "uplink"), options_of,
        mirror_of, ports_of, nat_of, userspace_of) end;

# ---- two guests ----

def key: [.kind, .way, .what, .size];
def repeats: . as $all |
    [of_kernel("bookworm") | group_by(key)[] | {key: (.[0] | key | tojson),
        value: least}] | from_entries as $first |
    [$all | of_kernel("again") | group_by(key)[] | (.[0] | key | tojson) as $k |
        select($first[$k]) | {userspace: (.[0].way | startswith("userspace")),
            what: .[0].what, apart: ((least / $first[$k] - 1) | fabs * 100)}] |
    if . == [] then empty else
    "", "## How far two guests are apart", "",
    "Each figure was measured in a second guest, of the same kernel, as well.", "",
    ([group_by([.userspace, .what])[] | (map(.apart) | sort) as $s |
        [what_words[.[0].what] + if .[0].userspace then ", userspace datapath" else "" end,
        ($s | length | tostring), ($s[length / 2 | floor] | fixed(2)) + " %",
        ($s[length * 9 / 10 | floor] | fixed(2)) + " %",
        ($s[-1] | fixed(2)) + " %"]] |
        table(["", "figures", "median", "nine of ten below", "most"])) end;

# ---- by function ----

def functions: map(select(.function)) | if any(.run == 4) | not then empty else . as $all |
    1 as $trips |
    [range(0; kinds | length) as $i | $all | map(select(.run == $i)) |
        group_by(.function) | map({key: .[0].function, value: (map(.count) | add /
        $trips)}) | from_entries] as $of |
    "", "## Where they go, function by function", "",
    "The instructions of a round trip of 64 bytes between two containers, by the",
    "function of the kernel (the first of the above) in which they were executed: the",
    "guest was stepped through one, without a tick or an interrupt. Functions in which",
    "two kinds differ by 40 instructions or more.", "",
    ([[$of[] | keys[]] | unique[] | . as $f | [$of[] | .[$f] // 0] as $v |
        select(($v | max) - ($v | min) >= 40) | {f: $f, v: $v}] |
        sort_by(-((.v | max) - (.v | min))) |
        map(["`\(.f)`"] + (.v | map(fixed(0)))) +
        [["**all of them**"] + [$of[] | [.[]] | add | fixed(0)]] |
        table(["function"] + [kinds[] | kind_words[.]])) end;

"# The data plane, counted
",
"Written by `sudo make data-plane` on \($date). Do not edit: the words are in
`tests/data-plane/report.jq`.

What does a packet cost on its way from one network namespace to another, by an
internal port of Open vSwitch and by the other devices that a container may get? A
stopwatch on a machine with other work cannot tell differences of some per cent. So
this is counted: a guest runs on a processor that QEMU emulates, whose clock goes on
by a nanosecond with each instruction and by nothing else (`-icount shift=0`). Sender
and receiver share that processor, so each figure is that of both of them and of all
that is between them, system calls and copies of programs included.

Instructions are not time. Misses of caches, work that other processors could take
over and queues of real cards are not in it. A copy counts as an instruction for
every eight bytes.

*Round trip*: a datagram, and the same one back. *One way*: a datagram, one of 32
being answered. Sizes are those of IPv4 packets. *A TCP connection* is opened, its end
is answered with one byte, and it is closed. Datagrams and connections are measured in
batches that are shorter than the time between two ticks of the clock, and the figure is
that of the median batch; buffers of TCP are fixed (208 KiB), and its congestion control
is Reno, so that each connection takes the same course. Of all rounds it is the least, as
what comes in addition comes by chance.

*To the host*: to an address of an internal port, of the Linux bridge, or of a
device of the same kind on the host, as a parent of macvlan and ipvlan cannot be
reached by its own. *To the uplink*: to the other end of a cable (a veth pair), whose
end on this side is a port of the switch or the parent. Published ports: from the
other end of such a cable to the host's address.

What follows from it is in [Decisions](decisions.md).

![One datagram](pictures/data-plane-packet.svg)

![A megabyte by TCP](pictures/data-plane-bulk.svg)

![A TCP connection](pictures/data-plane-connection.svg)",
kernel_section("bookworm"), kernel_section("trixie"), switches_of, functions, repeats
