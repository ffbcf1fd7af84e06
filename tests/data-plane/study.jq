# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# What report.jq and plot.jq share: measurements, and how they are named.

def kinds: ["internal", "veth", "bridge", "macvlan", "ipvlan"];
def kind_words: {internal: "internal port", veth: "veth on Open vSwitch",
    bridge: "veth on a Linux bridge", macvlan: "macvlan", ipvlan: "ipvlan"};
def way_words: {container: "to another container", host: "to the host",
    uplink: "to the uplink", published: "published port, from outside",
    masqueraded: "to the outside, by masquerading"};

# Measurements of a kernel: its stages, with what was there idle left out.
def of_kernel($name): map(select(.ns and .idle == 0 and
    (.stage | IN($name, $name + "-nat", $name + "-userspace"))));

# The least of all rounds, for one item: what is above it is what happened by chance
# besides, such as a tick of the clock.
def least: if length == 0 then null else map(.ns / .count) | min end;

def value($kind; $way; $what; $size): map(select(.kind == $kind and .way == $way and
    .what == $what and .size == $size)) | least;
