# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
#
# The samples of `measure`, slurped, to docs/benchmarks.md. Options: --arg date,
# machine (what it ran on, in words), earlier (a revision).

def rank($p): sort | .[[(length * $p | floor), length - 1] | min];
def median: sort | (.[(length - 1) / 2 | floor] + .[length / 2 | floor]) / 2;
def fixed($digits): . as $x | pow(10; $digits) as $p |
    ($x * $p | round) as $n | ($n / $p | floor | tostring) as $whole |
    if $digits == 0 then $whole else
    $whole + "." + ("000" + ($n % $p | tostring))[-$digits:] end;
def ms: . / 1000 | if . < 10 then fixed(2) elif . < 100 then fixed(1)
    else fixed(0) end;
def spread: if length == 0 then "–" else
    "\(median | ms) (\(rank(0.1) | ms)–\(rank(0.9) | ms))" end;
def ratio($a; $b): if ($a | length) == 0 or ($b | length) == 0 then null
    else ($a | median) / ($b | median) end;
def shown: if . == null then "–" else fixed(2) end;
def row: "| " + join(" | ") + " |";
def table($head): ($head | row), ($head | map("---") | row), (.[] | row);

def latency($verb): map(select(.section == "latency" and .verb == $verb));
def walls($who): map(select(.who == $who) | .wall);

def latency_table($verb): . as $all | latency($verb) |
    [group_by(.ports)[] | [
        (.[0].ports | tostring), (walls("hook") | spread),
        (walls("floor") | spread), (walls("shell") | spread),
        (walls("cni") | spread),
        (ratio(walls("hook"); walls("floor")) | shown),
        (ratio(walls("hook"); walls("shell")) | shown),
        (ratio(walls("hook"); walls("cni")) | shown),
        (walls("hook") | length | tostring)]] |
    table(["ports", "(a) hook", "(b) floor", "(c) shell", "(d) CNI bridge",
        "a/b", "a/c", "a/d", "rounds"]);

def phase($name): map(select(.phase == $name) | .us) | spread;
def phases_table: map(select(.section == "phases")) |
    [group_by(.ports)[] | [(.[0].ports | tostring), phase("look up"),
        phase("plug"), phase("move"), phase("set up")]] |
    table(["ports", "connect, look up", "transaction until `ofport`",
        "move to the namespace", "altname, address, route, announcement"]);

def work_table: map(select(.section == "work")) |
    [group_by(.verb)[] | [.[0].verb] + [("hook", "shell") as $who |
        map(select(.who == $who) | .count) |
        if length == 0 then "–" else "\(median) (at most \(max))" end]] |
    table(["bridge_reconfigure", "hook", "shell"]);

def footprint_table: . as $all |
    ["attach", "detach"] | map(. as $verb | ($all | latency($verb) |
        map(select(.who == "hook"))) as $runs |
        ($all | map(select(.section == "memory" and .verb == $verb))) as $maps |
        select(($runs | length) > 0 and ($maps | length) > 0) |
        [$verb,
        ($runs | map(.cpu) | spread),
        ($all | latency($verb) | map(select(.who == "floor") | .cpu) | spread),
        "\($runs | map(.rss) | max) KiB",
        "\($maps | map(.peak) | max) KiB",
        "\($maps | map(.anon) | max) KiB"]) |
    table(["", "CPU of the hook, ms", "CPU of the floor, ms", "ru_maxrss",
        "VmHWM", "of it not shared"]);

def ways($way): map(select(.way == $way) | .us * 50 / .count);
def many_table: map(select(.section == "many")) |
    [group_by(.ports, .verb)[] | [(.[0].ports | tostring), .[0].verb,
        (ways("serial") | spread), (ways("parallel") | spread),
        (ratio(ways("parallel"); ways("serial")) | shown),
        (ways("serial") | length | tostring)]] |
    table(["ports", "", "one after another, ms", "at once, ms", "ratio",
        "rounds"]);

def bits($who): map(select(.section == "throughput" and .who == $who) | .bps);
def gbit: if length == 0 then "–" else
    "\(median / 1e9 | fixed(2)) (\(min / 1e9 | fixed(2))–\(max / 1e9 |
    fixed(2)))" end;
def throughput_table: [[(bits("hook") | gbit), (bits("shell") | gbit),
    (ratio(bits("hook"); bits("shell")) | shown)]] |
    table(["made by the hook, Gbit/s", "made by hand, Gbit/s", "ratio"]);

# ---- the CNI plugin ------------------------------------------------------------

def cni($verb): map(select(.section == "cni" and .verb == $verb));
def cni_table($verb): cni($verb) | [group_by(.ports)[] | [
        (.[0].ports | tostring)] +
        [walls("auto", "local", "cni", "shell", "hook") | spread] + [
        (ratio(walls("auto"); walls("cni")) | shown),
        (ratio(walls("auto"); walls("shell")) | shown),
        (walls("auto") | length | tostring)]] |
    table(["ports", "`ip=auto`", "host-local", "CNI bridge", "shell", "hook",
        "auto / bridge", "auto / shell", "rounds"]);
def cni_ways($way): map(select(.way == $way) | .us * 100 / .count);
def cni_many_table: map(select(.section == "cni_many")) |
    [group_by(.ports, .verb)[] | [(.[0].ports | tostring), .[0].verb,
        (cni_ways("serial") | spread), (cni_ways("parallel") | spread),
        (ratio(cni_ways("parallel"); cni_ways("serial")) | shown),
        (cni_ways("serial") | length | tostring)]] |
    table(["ports", "", "one after another, ms", "at once, ms", "ratio",
        "rounds"]);

# ---- the plugin ----------------------------------------------------------------

def cycles($who; $field): map(select(.section == "endpoints" and .who == $who) |
    .[$field]);
def endpoints_table: map(select(.section == "endpoints")) |
    [group_by(.ports)[] | . as $runs |
        (["plugin", "pooled", "floor"][] as $who | $runs | [
            (.[0].ports | tostring),
            (if $who == "pooled" then "plugin, a ready port" else $who end),
            (("create", "join", "leave", "delete", "wall") as $field |
                cycles($who; $field) | spread),
            (if $who == "floor" then "" else
                ratio(cycles($who; "wall"); cycles("floor"; "wall")) | shown
            end), (cycles($who; "wall") | length | tostring)])] |
    table(["ports", "", "CreateEndpoint", "Join", "Leave", "DeleteEndpoint",
        "all four", "plugin / floor", "rounds"]);

def rates($who; $clients): map(select(.section == "clients" and .who == $who and
    .clients == $clients) | .cycles * 1e6 / .us);
def per_second: if length == 0 then "–" else median | fixed(1) end;
def clients_table: map(select(.section == "clients")) |
    [group_by(.ports)[] | . as $runs | (["plugin", "floor"][] as $who | $runs | [
        (.[0].ports | tostring), $who,
        (rates($who; 1) | per_second), (rates($who; 64) | per_second),
        (ratio(rates($who; 64); rates($who; 1)) | shown),
        (rates($who; 64) | length | tostring)])] |
    table(["ports", "", "one client, cycles/s", "64 clients, cycles/s", "ratio",
        "rounds"]);

def steady_table: map(select(.section == "steady") | [
    "\(.first) KiB", "\(.last) KiB", (.first_fds | tostring),
    (.last_fds | tostring), (.wakeups | tostring)]) |
    table(["RSS after 1000", "after 10000", "descriptors after 1000",
        "after 10000", "wake-ups in 5 idle seconds"]);

def runs($who): map(select(.section == "containers" and .who == $who) | .wall);
# Microseconds more than without a network.
def over_none($who): if (runs($who) | length) == 0 then null else
    (runs($who) | median) - (runs("none") | median) end;
def containers_table: map(select(.section == "containers")) |
    [group_by(.ports)[] | [(.[0].ports | tostring),
        (("none", "ovsint", "pooled", "docker0", "user") as $who |
            runs($who) | spread),
        (("ovsint", "pooled", "docker0", "user") as $who | over_none($who) |
            if . == null then "–" else ms end),
        (runs("none") | length | tostring)]] |
    table(["ports", "`--network none`", "ovsint", "a ready port", "docker0",
        "user bridge", "ovsint over none", "a ready port over none",
        "docker0 over none", "user bridge over none", "rounds"]);

# ---- published ports ------------------------------------------------------------

def through($who): map(select(.section == "published_throughput" and
    .who == $who) | .bps);
def rated($who): map(select(.section == "connections" and .who == $who) | .rate);
def per_s: if length == 0 then "–" else
    "\(median | fixed(0)) (\(min)–\(max))" end;
def nat_table: [
    ["new connections, one second", (rated("ovsint") | per_s),
        (rated("user") | per_s),
        (ratio(rated("ovsint"); rated("user")) | shown),
        (rated("ovsint") | length | tostring)],
    ["throughput, Gbit/s", (through("ovsint") | gbit), (through("user") | gbit),
        (ratio(through("ovsint"); through("user")) | shown),
        (through("ovsint") | length | tostring)]] |
    table(["through a published port", "ovsint", "user bridge",
        "ovsint / user bridge", "rounds"]);

# ---- source guards --------------------------------------------------------------

def guarded($section; $who; $what): map(select(.section == $section and
    .who == $who) | .[$what]);
def guard_row($name; $section; $what; show): guarded($section; "off"; $what) as $off |
    guarded($section; "full"; $what) as $full |
    if ($full | length) == 0 then empty else [$name, ($off | show), ($full | show),
        (ratio($full; $off) | shown), ($full | length | tostring)] end;
def guard_table: [
    guard_row("attach, ms"; "guard_attach"; "wall"; spread),
    guard_row("attach, processor time, ms"; "guard_attach"; "cpu"; spread),
    guard_row("new connections, one second"; "guard_connections"; "rate"; per_s),
    guard_row("throughput, Gbit/s"; "guard_throughput"; "bps"; gbit),
    guard_row("restart of the switch, ms"; "guard_restart"; "wall"; spread)] |
    table(["", "guard=off", "guard=full", "full / off", "rounds"]);

def published($who; $ports; $what): map(select(.section == "publish" and
    .who == $who and .ports == $ports and .what == $what) | .wall);
# Microseconds that the ports add.
def of_ports($who; $what): if (published($who; 0; $what) | length) == 0 or
    (published($who; 1000; $what) | length) == 0 then null else
    (published($who; 1000; $what) | median) -
    (published($who; 0; $what) | median) end;
def publish_ratio($what): if (of_ports("user"; $what) // 0) <= 0 then null else
    of_ports("ovsint"; $what) / of_ports("user"; $what) end;
def publish_table: . as $all | [("start", "remove") as $what | $all | [
        (if $what == "start" then "`docker run -d`" else "`docker rm -f`" end),
        (("ovsint", "user") as $who | (0, 1000) as $ports |
            published($who; $ports; $what) |
            if length == 0 then "–" else median | ms end),
        (publish_ratio($what) | shown),
        (published("user"; 1000; $what) | length | tostring)]] |
    table(["ms", "ovsint, no port", "ovsint, 1000 ports", "user bridge, no port",
        "user bridge, 1000 ports", "what the ports add: ovsint / user bridge",
        "rounds"]);

def verdict($value; $limit; $text):
    if $value == null then empty else
    [$text, "≤ \($limit | fixed(2))", ($value | fixed(2)),
    (if $value <= $limit then "yes" else "no" end)] end;

# ---- against an earlier revision -------------------------------------------------

def pairs: map(select(.stage == "versions")) |
    def of($who; $field): map(select(.who == $who) | .[$field]);
    [(map(select(.section == "latency")) | group_by(.verb, .ports)[] |
        ("wall", "cpu") as $field | {what: "\(.[0].verb), \(if $field == "cpu"
        then "processor time" else "time" end), ms", ports: .[0].ports,
        now: of("hook"; $field), earlier: of("earlier"; $field)}),
    (map(select(.section == "lives")) | group_by(.ports)[] |
        {what: "life of an endpoint, ms", ports: .[0].ports,
        now: of("now"; "wall"), earlier: of("earlier"; "wall")}),
    (map(select(.section == "repairs")) | group_by(.count)[] |
        {what: "restart of the switch until all are back, ms",
        ports: .[0].count, now: (of("now"; "longest_ms") | map(. * 1000)),
        earlier: (of("earlier"; "longest_ms") | map(. * 1000))})];
def versions_table: pairs | map([.what, (.ports | tostring), (.now | spread),
    (.earlier | spread), (ratio(.now; .earlier) | shown),
    (.now | length | tostring)]) |
    table(["", "ports", "now", "earlier", "now / earlier", "samples"]);
def versions_goals: (pairs[] | verdict(ratio(.now; .earlier); 1.03;
    "\(.what | sub(", ms$"; "")), \(.ports) ports: now / earlier"));

# ---- rows ------------------------------------------------------------------------

def rows_words: "",
    "Instructions that ovsint-plugin executes, as callgrind counts them, with the",
    "guardian at work and all ports in order; of a change the mean of ten.";
def counts($who; $what): map(select(.section == "rows" and .who == $who and
    .what == $what) | .count);
def row_ratio($what): ratio(counts("now"; $what); counts("earlier"; $what));
def million: if length == 0 then "–" else median / 1e6 | fixed(3) end;
def rows_names: ["sync", "start, until the guardian has looked after all"],
    ["other", "somebody else changes a key of an Interface"],
    ["ours", "a key of ours changes, and the guardian looks"],
    ["switch", "the switch changes `ofport`, and the guardian looks"];
def rows_table: . as $all | [rows_names as [$what, $words] | $all |
    select((counts("now"; $what) | length) > 0) | [$words,
        (map(select(.section == "rows"))[0].ports | tostring),
        (counts("now"; $what) | million), (counts("earlier"; $what) | million),
        (row_ratio($what) | shown)]] |
    table(["", "ports", "now, million", "earlier, million", "now / earlier"]);
def rows_goals: . as $all | rows_names as [$what, $words] | $all |
    verdict(row_ratio($what); if $what == "sync" then 0.2 else 0.1 end;
        "instructions, \($words): now / earlier");

# ---- instructions ----------------------------------------------------------------

def instructions_words: "",
    "What our programs execute, in millions of instructions, as callgrind counts them:",
    "the least and, in brackets, the most of all rounds. Other work on the machine does",
    "not change them; what does is how often a program is woken while it waits, so the",
    "least is what to compare: an increase of it is one of the source.";
def instruction_names: ["hook", "attach", "the hook: attach"],
    ["hook", "detach", "the hook: detach"],
    ["hook-guard", "attach", "the hook: attach with `guard=full`"],
    ["hook-guard", "detach", "the hook: detach with `guard=full`"],
    ["cni", "attach", "the CNI plugin: ADD"],
    ["cni", "detach", "the CNI plugin: DEL"],
    ["cli", "attach", "`ovsint attach`"],
    ["cli", "detach", "`ovsint detach`"],
    ["plugin", "life", "ovsint-plugin: an endpoint's life"];
def executed($who; $verb; $ports): map(select(.section == "instructions" and
    .who == $who and .verb == $verb and .ports == $ports) | .count);
def executed_spread: if length == 0 then "–" else
    "\(min / 1e6 | fixed(3)) (\(max / 1e6 | fixed(3)))" end;
def instructions_table: . as $all |
    (map(select(.section == "instructions") | .ports) | unique) as $ports |
    [instruction_names as [$who, $verb, $words] | $all |
        [$words] + [$ports[] as $n | executed($who; $verb; $n) |
            executed_spread]] | table([""] + ($ports | map("\(.) ports")));

# ---- uplink ----------------------------------------------------------------------

def uplink_words: "",
    "The longest time without an answer from outside while the host's only card",
    "goes to a bridge and comes back, by a datagram every two milliseconds.";
def gaps($who; $verb): map(select(.section == "cut_off" and .who == $who and
    .verb == $verb) | .longest_ms * 1000);
def gap_ratio($verb): ratio(gaps("ovsint"; $verb); gaps("hand"; $verb));
def uplink_table: . as $all | [("move", "undo") as $verb | $all |
    [$verb, (gaps("ovsint"; $verb) | spread), (gaps("hand"; $verb) | spread),
        (gap_ratio($verb) | shown), (gaps("ovsint"; $verb) | length | tostring)]] |
    table(["", "ovsint, ms", "by hand, ms", "ratio", "samples"]);
def uplink_goals: verdict(gap_ratio("move"); 1.2;
    "cut off by a move: ovsint / by hand");

# ---- dhcp ------------------------------------------------------------------------

def dhcp_words: "",
    "From nothing to an address of a DHCP server on the bridge: `ip=dhcp`, and an",
    "attach without an address followed by `busybox udhcpc -n -q`.";
def lease_times($who): map(select(.section == "lease" and .who == $who) | .wall);
def lease_ratio: ratio(lease_times("ovsint"); lease_times("hand"));
def dhcp_table: [["a lease at start", (lease_times("ovsint") | spread),
        (lease_times("hand") | spread), (lease_ratio | shown),
        (lease_times("ovsint") | length | tostring)]] |
    table(["", "ovsint, ms", "udhcpc, ms", "ratio", "samples"]);
def dhcp_goals: verdict(lease_ratio; 1; "a lease at start: ovsint / udhcpc");

# ---- ovn -------------------------------------------------------------------------

def ovn_words: "",
    "One host with OVN's databases beside it. **plain**: `ovsint-hook` on a bridge.",
    "**ovn**: on a logical switch, until `ovn-installed`. **by hand**: `ovn-nbctl` and",
    "`ovs-vsctl` at once, until the same. Each begins when ovn-northd and",
    "ovn-controller have done all. The ports are logical ports of this host.";
def ovn_walls($who; $verb; $ports): map(select(.section == "ovn" and .who == $who and
    .verb == $verb and .ports == $ports) | .wall);
def ovn_more($ports): (ovn_walls("ovn"; "attach"; $ports) | select(length > 0) | median)
    - (ovn_walls("plain"; "attach"; $ports) | median);
def ovn_ports: map(select(.section == "ovn") | .ports) | unique;
def ovn_table: . as $all | [("attach", "detach") as $verb | ovn_ports[] as $ports |
    $all | [($ports | tostring), $verb,
        (("plain", "ovn", "hand") as $who | ovn_walls($who; $verb; $ports) | spread),
        ((ovn_walls("ovn"; $verb; $ports) | median) -
            (ovn_walls("plain"; $verb; $ports) | median) | ms),
        (ovn_walls("ovn"; $verb; $ports) | length | tostring)]] |
    table(["ports", "", "plain, ms", "ovn, ms", "by hand, ms", "ovn − plain, ms",
        "rounds"]);
def ovn_goals: (ovn_ports[] as $ports | select($ports <= 100) |
    verdict(ovn_more($ports) / 1000; if $ports <= 10 then 15 else 40 end;
        "attach with \($ports) ports: OVN's share, ms"));

# ---- a stage -------------------------------------------------------------------

def about: map(select(.section == "about"))[0];
def failures: map(select(.section == "failed"));
def has_section(names): any(.[]; .section | IN(names));

# A table that nothing was measured for is left out with its title.
def titled($section; $title; lines): if has_section($section) then
    "", "### \($title)", "", lines else empty end;

def docker_words: "",
    "The plugin is called over its socket as Docker does it, on connections that",
    "are kept; the floor (`tests/bench/cycles_floor.c`) says the same words to OVSDB",
    "and waits for the same. Each cycle begins with the switch at rest. In the",
    "second table each client begins its next cycle at once.",
    "",
    "There the switch is what is waited for, and the floor waits for it as well: the",
    "one main thread of ovs-vswitchd closes the TAP device of each port that goes,",
    "and the kernel keeps it for an RCU barrier each time. Once that was 16.6 ms on",
    "average (`strace -T`), all of the 2.0 s in which the floor had 64 clients live",
    "twice. With \"no device\" the ports are dummies of Open vSwitch: then one client",
    "is enough to keep ovsdb-server and ovs-vswitchd at work all the time. The more",
    "ports there are, the more is won by many at once, as a reconfiguration of the",
    "switch costs more and serves them all.",
    "",
    "In the third `docker run --rm busybox true`, with as many ports on each bridge:",
    "on a network of ours, on the default network (docker0), and on one made with",
    "`docker network create -d bridge`. On networks that users create, whatever",
    "their driver, Docker starts a name server for each container and sets up its",
    "rules with a dozen processes; on docker0 it does not.";

def nat_words: "",
    "`ovsint` is a network with `mode=nat` and the bridge's userspace datapath,",
    "the user bridge one of `docker network create -d bridge`. The client is in a",
    "namespace at the other end of a veth pair of the host; eight of them at once",
    "connect, read one line and close (`tests/e2e/programs/talk.c`), and iperf3 sends for",
    "two seconds. Below, a container whose 1000 TCP ports are published.";

def nat_kernel_words: "",
    "The same with the kernel datapath, in a guest whose kernel has the tables",
    "that Debian's lacks (`tests/debian/nat-kernel.sh`), and one processor.";

def heading: if .[0].stage == "kernel" then
    "## Kernel datapath, in a User-Mode Linux guest",
    "", "Every system call and page fault of a guest is expensive: compare " +
    "columns here,\nnever with the other datapath."
    elif .[0].stage == "docker" then "## The Docker plugin, userspace datapath",
    docker_words
    elif .[0].stage == "nat" then "## Published ports, userspace datapath",
    nat_words
    elif .[0].stage == "nat-kernel" then "## Published ports, kernel datapath",
    nat_kernel_words
    elif .[0].stage == "versions" then "## Against \($earlier), userspace datapath",
    "", "The programs of both revisions take turns within each round."
    elif .[0].stage == "guard" then "## Source guards, userspace datapath"
    elif .[0].stage == "guard-kernel" then "## Source guards, kernel datapath"
    elif .[0].stage == "rows" then "## Rows, against \($earlier)", rows_words
    elif .[0].stage == "instructions" then "## Instructions of our programs",
    instructions_words
    elif .[0].stage == "uplink" then "## The host's card, userspace datapath",
    uplink_words
    elif .[0].stage == "uplink-kernel" then "## The host's card, kernel datapath",
    uplink_words
    elif .[0].stage == "ovn" then "## A logical switch of OVN, userspace datapath",
    ovn_words
    elif .[0].stage == "dhcp" then "## A lease at start, userspace datapath",
    dhcp_words
    elif .[0].stage == "pool" then "## Ready ports, userspace datapath"
    elif .[0].stage == "pool-kernel" then
        "## Ready ports, kernel datapath, in a User-Mode Linux guest"
    else "## Userspace datapath" end;

def where: if about == null then empty else "",
    "Open vSwitch \(about.ovs), Linux \(about.kernel | sub("-.*"; "")), \(about.cpus) CPU" +
    "\(if about.cpus == 1 then "" else "s" end), " +
    (if .[0].stage | IN("docker", "nat", "nat-kernel") then "docker.io \(about.docker). " else
        "CNI plugins \(about.cni), iproute2 \(about.iproute2). " end) + "Load average when it began: \(about.load)." end;

def tables:
    titled("latency"; "Attach, ms"; latency_table("attach")),
    titled("latency"; "Detach, ms"; latency_table("detach")),
    titled("phases"; "Where the floor's time goes, ms"; phases_table),
    titled("work"; "Work that the switch has"; work_table),
    titled("memory"; "What the hook takes"; footprint_table),
    titled("many"; "50 containers, `network=` with `ip=auto`"; many_table),
    titled("throughput"; "Throughput"; throughput_table),
    titled("cni"; "The CNI plugin, ADD, ms"; cni_table("attach")),
    titled("cni"; "The CNI plugin, DEL, ms"; cni_table("detach")),
    titled("cni_many"; "100 pods, the CNI plugin with `ip=auto`"; cni_many_table),
    titled("endpoints"; "Life of an endpoint, ms"; endpoints_table),
    titled("clients"; "64 clients at once"; clients_table),
    titled("steady"; "10000 lives of endpoints"; steady_table),
    titled("containers"; "`docker run`, ms"; containers_table),
    titled("connections"; "Traffic"; nat_table),
    titled("publish"; "1000 published ports"; publish_table);
def is_pool: .[0].stage | startswith("pool");
def of_pool($section; $who; $ports): map(select(.section == $section and
    .who == $who and .ports == $ports and (.verb // "attach") == "attach") |
    .wall // .us);
def pool_ports: map(select(.section | startswith("pool")) | .ports) | unique[];
def pool_tables: . as $all | ([pool_ports as $ports | $all |
    of_pool("pool"; "pooled"; $ports) as $pooled |
    of_pool("pool"; "floor"; $ports) as $floor | [
        ($ports | tostring), ($pooled | spread),
        (of_pool("pool"; "made"; $ports) | spread), ($floor | spread),
        (of_pool("pool"; "cni"; $ports) | spread),
        (ratio($pooled; $floor) | shown)]] |
    table(["ports", "(p) hook, a ready port", "hook, none fits", "(b) floor",
        "CNI bridge", "p/b"])), "", ([pool_ports as $ports | $all | [
        ($ports | tostring),
        (of_pool("pool_ping"; "pooled"; $ports) | spread),
        (of_pool("pool_ping"; "made"; $ports) | spread),
        (of_pool("pool_cni"; "auto"; $ports) | spread),
        (of_pool("pool_cni"; "cni"; $ports) | spread)]] |
    table(["ports", "first ping, a ready port", "none fits",
        "CNI ADD `ip=auto`, a ready port", "CNI bridge"])), "", many_table;

def pool_goals: . as $all |
    (if .[0].stage == "pool" then 0.35 else 0.15 end) as $thousand |
    (pool_ports as $ports | $all |
        (if $ports == 1000 then $thousand elif $ports == 4000 then 0.06
            else 1 end) as $limit |
        verdict(ratio(of_pool("pool"; "pooled"; $ports);
            of_pool("pool"; "floor"; $ports)); $limit;
            "attach with a ready port, \($ports) ports: hook / floor without")),
    verdict(ratio(of_pool("pool"; "pooled"; 4000); of_pool("pool"; "pooled"; 0));
        1.3; "attach with a ready port: 4000 ports / none"),
    verdict(ratio(of_pool("pool_ping"; "pooled"; 1000);
        of_pool("pool_ping"; "made"; 1000)); 0.5;
        "first ping, 1000 ports: a ready port / none fits"),
    (pool_ports as $ports | $all | verdict(ratio(
        of_pool("pool_cni"; "auto"; $ports);
        of_pool("pool_cni"; "cni"; $ports)); 1;
        "CNI ADD with a ready port, \($ports) ports: ours / bridge")),
    (map(select(.section == "pool_memory")) |
        verdict(if length == 0 then null else
            ((map(select(.size > 0) | .kib) | median) -
                (map(select(.size == 0) | .kib) | median)) / 1024 end; 0.2;
            "RssAnon of the plugin with a pool of 64, MiB more than without")),
    (map(select(.section == "many" and .verb == "attach")) |
        verdict(ratio(ways("parallel"); ways("serial")); 0.15;
        "50 at once from a pool of 64 / one after another without"));

def stage_part: heading, where,
    if .[0].stage == "versions" then "", versions_table
    elif is_pool then "", pool_tables
    elif .[0].stage == "rows" then "", rows_table
    elif .[0].stage == "ovn" then "", ovn_table
    elif .[0].stage == "instructions" then "", instructions_table
    elif .[0].stage == "dhcp" then "", dhcp_table
    elif .[0].stage | startswith("uplink") then "", uplink_table
    elif .[0].stage | startswith("guard") then "", guard_table else tables end;

# ---- against the goals --------------------------------------------------------

def at_least($value; $limit; $text):
    if $value == null then empty else
    [$text, "≥ \($limit | fixed(2))", ($value | fixed(2)),
    (if $value >= $limit then "yes" else "no" end)] end;

def goals_of($ports): latency("attach") | map(select(.ports == $ports)) |
    "attach, \($ports) ports: hook / " as $text |
    verdict(ratio(walls("hook"); walls("floor")); 1.2; $text + "floor"),
    verdict(ratio(walls("hook"); walls("shell")); 1 / 3; $text + "shell"),
    (select($ports == 0) | verdict(ratio(walls("hook"); walls("cni")); 1;
        $text + "CNI bridge"));

def most($section; $field; filter):
    map(select(.section == $section and filter) | .[$field]) |
    if length == 0 then null else max end;

def at($section; $ports):
    map(select(.section == $section and .ports == $ports));
def plugin_goals: . as $all |
    ([.[] | select(.section == "endpoints") | .ports] | unique[] as $ports |
        $all | at("endpoints"; $ports) |
        verdict(ratio(cycles("plugin"; "wall"); cycles("floor"; "wall")); 1.2;
            "life of an endpoint, \($ports) ports: plugin / floor")),
    ([.[] | select(.section == "clients") | .ports | numbers] | unique[] as $ports |
        $all | at("clients"; $ports) |
        at_least(ratio(rates("plugin"; 64); rates("plugin"; 1)); 5;
            "64 clients / one client, \($ports) ports")),
    (.[] | select(.section == "steady") |
        verdict(.last / 1024; 6; "RSS of the plugin after 10000 endpoints, MiB"),
        verdict((.last - .first) / 1024; 0.1; "of it since the 1000th, MiB"),
        verdict(.last_fds - .first_fds; 0; "new descriptors since then"),
        verdict(.wakeups; 0; "wake-ups in 5 idle seconds")),
    ([.[] | select(.section == "containers") | .ports] | unique[] as $ports |
        $all | at("containers"; $ports) |
        verdict(ratio(runs("pooled"); runs("user")); 0.75;
            "`docker run`, \($ports) ports: a ready port / user bridge"),
        (("docker0", "user") as $other |
        verdict(if (over_none($other) // 0) > 0 then over_none("ovsint") /
            over_none($other) else null end; 1;
            "`docker run` over none, \($ports) ports: ovsint / " +
            if $other == "user" then "user bridge" else $other end)));

def cni_goals: . as $all |
    (if .[0].stage == "kernel" then 0.5 else 1 end) as $limit |
    verdict(ratio(cni("attach") | map(select(.ports == 0)) | walls("auto");
        $all | cni("attach") | map(select(.ports == 0)) | walls("cni")); $limit;
        "ADD, 0 ports: `ip=auto` / CNI bridge"),
    ([cni("attach")[].ports] | unique[] as $ports |
        $all | cni("attach") | map(select(.ports == $ports)) |
        verdict(((walls("auto") | median) - (walls("hook") | median)) / 1000; 1;
            "ADD, \($ports) ports: `ip=auto` more than the hook, ms")),
    (cni("detach") | verdict(ratio(map(select(.ports == 0)) | walls("auto");
        map(select(.ports == 0)) | walls("cni")); 0.2;
        "DEL, 0 ports: ours / CNI bridge")),
    verdict(most("cni_memory"; "peak"; true) | values / 1024; 4;
        "peak RSS of the CNI plugin, MiB"),
    (map(select(.section == "cni_many" and .verb == "attach" and
        .ports == 1000)) |
        verdict(ratio(cni_ways("parallel"); cni_ways("serial")); 0.25;
        "100 pods at once / one after another, 1000 ports"));

def guard_goals: (if .[0].stage == "guard" then 0.95 else 0.97 end) as $least |
    at_least(ratio(guarded("guard_throughput"; "full"; "bps");
        guarded("guard_throughput"; "off"; "bps")); $least; "throughput: guard=full / off"),
    at_least(ratio(guarded("guard_connections"; "full"; "rate");
        guarded("guard_connections"; "off"; "rate")); $least; "new connections: guard=full / off"),
    verdict(ratio(guarded("guard_attach"; "full"; "wall");
        guarded("guard_attach"; "off"; "wall")); 1.05; "attach: guard=full / off"),
    verdict(ratio(guarded("guard_restart"; "full"; "wall");
        guarded("guard_restart"; "off"; "wall")); 1.2; "restart: guard=full / off");

def nat_goals:
    at_least(ratio(rated("ovsint"); rated("user")); 1;
        "new connections per second: ovsint / user bridge"),
    at_least(ratio(through("ovsint"); through("user")); 1;
        "throughput: ovsint / user bridge"),
    verdict(publish_ratio("start"); 0.1;
        "what 1000 published ports add: ovsint / user bridge");

def goals: . as $all | "\(.[0].stage): " as $where |
    if .[0].stage == "versions" then versions_goals
    elif is_pool then pool_goals
    elif .[0].stage == "rows" then rows_goals
    elif .[0].stage == "ovn" then ovn_goals
    elif .[0].stage == "dhcp" then dhcp_goals
    elif .[0].stage | startswith("uplink") then uplink_goals
    elif .[0].stage | startswith("guard") then guard_goals else ([latency("attach")[].ports] | unique[] as $ports | $all |
        goals_of($ports)),
    verdict(most("work"; "count"; .who == "hook" and .verb == "attach"); 4;
        "reconfigurations per attach, at most"),
    verdict(most("work"; "count"; .who == "hook" and .verb != "attach"); 2;
        "reconfigurations per detach, at most"),
    (select(.[0].stage == "userspace") | verdict((latency("attach") |
        map(select(.who == "hook") | .cpu) |
        if length == 0 then null else median / 1000 end); 3;
        "CPU of the hook, attach, ms")),
    verdict(most("memory"; "peak"; true) | values / 1024; 4;
        "peak RSS of the hook, MiB"),
    cni_goals, plugin_goals, nat_goals,
    (map(select(.section == "many" and .verb == "attach" and .ports == 1000)) |
        verdict(ratio(ways("parallel"); ways("serial")); 0.2;
        "50 at once / one after another, 1000 ports")) end |
    [$where + .[0]] + .[1:];

def introduction:
    "# Benchmarks", "",
    "Written by `sudo make bench` on \($date), on a \($machine).",
    "Do not edit: the words are in `tests/bench/report.jq`.", "",
    "Time runs from before a process is started until it has ended",
    "(CLOCK_MONOTONIC). The four take turns within each round, in one run.",
    "Cells are the median and, in brackets, the 10th and 90th percentile.", "",
    "- **(a) hook**: `ovsint-hook createRuntime` and `poststop`, state on",
    "  standard input; one IPv4 address, gateway, MTU.",
    "- **(b) floor**: `tests/bench/floor.c`, which says the same words to OVSDB",
    "  and the kernel and does nothing else (shared libc, no other library).",
    "- **(c) shell**: `tests/bench/by-hand`, `ovs-vsctl` and `ip` commands.",
    "- **(d) CNI bridge**: the `bridge` plugin with `host-local`, without NAT:",
    "  a veth pair on a Linux bridge in a namespace of its own, no Open vSwitch.",
    "",
    "The ports that are on the bridge already have rows as the hook writes them",
    "and their devices in another namespace. The Linux bridge has as many, 1000 at most.",
    "",
    "A device that changes its network namespace waits for an RCU barrier in",
    "the kernel (`__dev_change_net_namespace()`): some ticks of the scheduler on",
    "several processors, less than a millisecond on the one of a guest (see",
    "where the floor's time goes). It is in (a), (b) and (c); the veth pair of",
    "(d) is born where it belongs. In a guest there is no `modprobe` at each new",
    "name, as on a host with `kernel.modprobe` empty.",
    "",
    "The 50 at once run with `timeout-ms` 60000 in place of the default 10000:",
    "the last of them waits until the switch has made them all. One after another",
    "are measured 25, in a guest 10, and counted as 50.",
    "";

def failures_part: if has_section("failed") then
    "## Not measured", "",
    (failures[] | "- \(.stage): \(.name): \(.why)"), "" else empty end;

def stages: ["userspace", "docker", "nat", "nat-kernel", "kernel", "guard", "guard-kernel",
    "versions", "rows", "instructions", "uplink", "uplink-kernel", "pool", "pool-kernel",
    "dhcp", "ovn"];

. as $all | [stages[] as $stage | $all | map(select(.stage == $stage)) |
    select(length > 0)] as $parts |
introduction, failures_part, "## Goals", "",
([$parts[] | goals] | table(["", "goal", "measured", "met"])), "",
($parts[] | stage_part, "")
