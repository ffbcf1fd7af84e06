# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# From the outcomes of tests/reliability/measure to docs/reliability.md.

def words: {
    switch_restarts: "ovs-vswitchd restarts in order",
    switch_is_killed: "ovs-vswitchd is killed (SIGKILL), and started",
    switch_clears_away:
        "`ovs-appctl exit --cleanup` and start, as for a reload of the module",
    database_restarts: "ovsdb-server restarts",
    database_is_killed: "ovsdb-server is killed, and started",
    both_restart: "both restart, the switch away all the while",
    plugin_is_killed: "ovsint-plugin is killed, and started",
    plugin_and_switch_restart: "plugin and switch are killed, and started",
    plugin_is_killed_at_work:
        "the switch is killed, and the plugin while it repairs",
    a_device_is_renamed: "a container renames its device",
    a_device_is_deleted: "a container deletes its device",
    datapath_is_deleted: "`del-dp`, and a restart of ovs-vswitchd",
    bridge_is_recreated: "an operator deletes the bridge, and makes it again",
    a_port_is_deleted: "an operator deletes a container's port",
    an_unrelated_port: "another port comes and goes"
};

def row: "| \(words[.event]) | \(.count) | \(.median_ms) | \(.longest_ms) | " +
    "\(.tcp) of \(.count) | \(.left) |";

def table: . as $all | [
    "| what happens | containers | cut off, ms: median | longest | TCP connections that live on | rows left over |",
    "| --- | --- | --- | --- | --- | --- |"
] + ([$all[] | select(words[.event])] | sort_by(.count) | map(row)) | join("\n");

def times($event): [.[] | select(.event == $event)
    | "\(.count): \(.longest_ms) ms"] | join(", ");

def made($maker; $title): [.[] | select(.maker == $maker)]
    | if . == [] then "" else "\n### \($title)\n\n" + table + "\n" end;

def ends: if any(.event == "containers_die") | not then "" else "
How long after it all ports of the containers are gone (number of containers: time):
containers are killed while nobody unplugs them, \(times("containers_die")); the host
starts anew with the old database, from the start of the plugin on,
\(times("host_reboots")).
" end;

def on($datapath): map(select(.datapath == $datapath));

def slow: "
That processor is many times slower than the machine's own, and so is the switch on
it: compare these times with one another only.
";

def section($datapath; $title): on($datapath)
    | if . == [] then "" else "\n## \($title)\n" +
        (if $datapath == "kernel" then slow else "" end) +
        made("hook"; "Containers of runc or crun, by the hook") + ends +
        made("docker"; "Containers of Docker") end;

def median: sort | .[length / 2 | floor];

def of($event; $count): [.[] | select(.event == $event and .count == $count)
    | .longest_ms] | median;

def compare: on("userspace") | . as $all
    | [.[] | select(.event == "switch_alone") | .count] | unique
    | map(. as $count | ($all | of("switch_alone"; $count)) as $alone
        | ($all | of("switch_guarded"; $count)) as $guarded
        | ($all | of("bare_moves"; $count)) as $moves
        | "| \($count) | \($alone) | \($moves) | \($guarded) | " +
          "\($guarded * 100 / $alone | round / 100) | " +
          "\($guarded * 100 / ($alone + $moves) | round / 100) |")
    | if . == [] then "" else "
### The price of the repair

How long it takes from the start of ovs-vswitchd, after a SIGKILL: alone, until it
has made all devices (when nobody moves them), and guarded, until the last
container is back. Medians of three, taking turns; the goal is 1.5 at 100. *Moves
alone* is the time in which this kernel moves as many unused TAPs to a namespace: it
waits for all RCU callbacks at each (`rcu_barrier()` in `dev_change_net_namespace()`,
net/core/dev.c) under the lock that all devices share.

| containers | switch alone, ms | moves alone, ms | guarded, ms | to the switch alone | to the sum of both |
| --- | --- | --- | --- | --- | --- |
" + join("\n") + "\n" end;

def lost($event; $count): [.[] | select(.event == $event and .count == $count)
    | .cut_off] | add;

def beyond: on("kernel") | . as $all
    | [.[] | select(.event == "switch_unguarded") | .count] | unique
    | map(. as $count | "| \($count) | " +
        "\($all | of("switch_unguarded"; $count)) | " +
        "\($all | of("switch_guarded"; $count)) | " +
        "\($all | lost("switch_unguarded"; $count)) | " +
        "\($all | lost("switch_guarded"; $count)) |")
    | if . == [] then "" else "
### Beyond what Open vSwitch costs

Of all containers the one that is cut off for longest while ovs-vswitchd is killed
(SIGKILL) and started: with the plugin stopped, and with it on guard. Medians of
five, taking turns. The goal: nobody is cut off by the guardian.

| containers | unguarded, ms | guarded, ms | still cut off: unguarded | guarded |
| --- | --- | --- | --- | --- |
" + join("\n") + "\n" end;

# What cannot be kept of a device that ovs-vswitchd leaves dead in a container.
def lost: "
### What a repaired device does not keep

The TAP that ovs-vswitchd leaves dead in a container has all that it had, and what
takes its place gets it: addresses with flags and lifetimes, routes of all tables,
permanent neighbours and proxies, settings below `/proc/sys/net`, queueing disciplines,
names, MTU, flags, devices upon it, memberships of sockets, its number. What the
container has taken off stays off. Where no dead device is left, as when the container
has deleted it, it is set up as the row says. Not kept:

| what | what becomes of it |
| --- | --- |
| its number (ifindex), where more than 8 devices are lost at once | kept where a socket is bound to it or in a group on it, a device lies upon it, or a route has it as one of several legs; else a new one. nftables rules with `iif` go by the number, those with `iifname` do not |
| temporary IPv6 addresses | plain ones until their time is over; the kernel makes new temporary ones |
| nexthop objects, and routes by them | gone: the kernel drops them when ovs-vswitchd ends |
| routes of other devices with an address of this one as `src` | gone |
| memberships of sockets whose processes the plugin's `/proc` does not show, or where `kernel.yama.ptrace_scope` is 3 | the program has to join again |
| established TCP connections that are bound to the device, where more than 8 are lost at once | dead |
| devices upon it in yet another namespace, the MAC list of a macvlan in mode source | gone |
| link-layer groups and addresses set by `ip maddr` and `bridge fdb`; XDP; ethtool and queue settings; counters; filters that the kernel does not take back as it shows them | as of a new device; the log names a refusal |
| learned neighbours, multicast routes | learned again |
";

. as $all
| "# Reliability

Written by `sudo make reliability` on \($date), Open vSwitch \($ovs), \($cpus) CPUs.
Do not edit: the words are in `tests/reliability/report.jq`.

From each container a datagram goes to a peer on the same bridge every 10 ms (on the
kernel datapath every 100 ms where there are more than 20 containers) and comes back;
*cut off* is the longest time without one, the containers' median and the worst. The
time that Open vSwitch itself is away or at work is part of it. One TCP connection
per container has data under way when it happens.
" + section("userspace"; "Userspace datapath")
+ ($all | compare)
+ lost
+ section("kernel"; "Kernel datapath (a virtual machine with one emulated processor)")
+ ($all | beyond)
