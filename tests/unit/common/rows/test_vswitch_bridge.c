/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The properties of a bridge that decide what its ports carry, fed with what
 * the server sends. */
#include "ovsint/rows/vswitch_bridge.h"

#include <errno.h>

#include "tests/lib/bridge_rows.h"

static void apply(struct vswitch_bridges *bridges, const char *rows)
{
    auto_json struct json *updates = bridge_updates(rows);

    vswitch_bridges_apply(bridges, updates);
}

#define KERNEL "'" UUID_A "':{'initial':{'name':'br0'}}"
#define USERSPACE                                                     \
    "'" UUID_B "':{'initial':{'name':'br1','datapath_type':'netdev'," \
    "'stp_enable':true}}"

TEST(rows_come_and_change)
{
    struct vswitch_bridges bridges = {0};

    apply(&bridges, KERNEL "," USERSPACE);
    const struct vswitch_bridge *br0 = vswitch_bridges_find(&bridges, "br0");
    const struct vswitch_bridge *br1 = vswitch_bridges_find(&bridges, "br1");
    CHECK(br0 && br1 && !vswitch_bridges_find(&bridges, "br"));
    CHECK(!br0->userspace && !br0->stp && !br0->rstp);
    CHECK(br1->userspace && br1->stp && !br1->rstp);
    apply(&bridges, "'" UUID_A "':{'modify':{'datapath_type':'netdev',"
                    "'rstp_enable':true}}");
    CHECK(br0->userspace && !br0->stp && br0->rstp && !br0->snoops);
    apply(&bridges, "'" UUID_A "':{'modify':{'mcast_snooping_enable':true}}");
    CHECK(br0->snoops && !br1->snoops);
    apply(&bridges, "'" UUID_A "':{'modify':{'datapath_type':'system'}}");
    CHECK(!br0->userspace && br0->rstp);
    apply(&bridges, "'" UUID_B "':{'modify':{'datapath_type':'',"
                    "'stp_enable':false}}");
    CHECK(!br1->userspace && !br1->stp);
    vswitch_bridges_done(&bridges);
}

TEST(rows_go)
{
    struct vswitch_bridges bridges = {0};

    apply(&bridges, KERNEL "," USERSPACE);
    apply(&bridges, "'" UUID_A "':{'delete':null}");
    CHECK_EQ(bridges.count, 1);
    CHECK(!vswitch_bridges_find(&bridges, "br0"));
    CHECK(vswitch_bridges_find(&bridges, "br1")->userspace);
    /* the row itself was never shown */
    apply(&bridges, "'" UUID_A "':{'modify':{'stp_enable':true}}");
    apply(&bridges, "'" UUID_A "':{'delete':null}");
    CHECK_EQ(bridges.count, 1);
    vswitch_bridges_done(&bridges);
    CHECK_EQ(bridges.count, 0);
}

TEST(pairs_of_the_userspace_datapath_need_checksums)
{
    struct vswitch_bridge kernel = {.userspace = false};
    struct vswitch_bridge userspace = {.userspace = true};

    CHECK(vswitch_bridge_needs_checksums(&userspace, VNIC_VETH));
    CHECK(!vswitch_bridge_needs_checksums(&userspace, VNIC_INTERNAL));
    CHECK(!vswitch_bridge_needs_checksums(&kernel, VNIC_VETH));
    CHECK(!vswitch_bridge_needs_checksums(NULL, VNIC_VETH));
}

/* Whether it carries the port; if not, part of the message. */
static void carries(const struct vswitch_bridge *bridge,
                    const struct attachment *wanted, const char *refusal)
{
    struct err err = {0};
    int r = vswitch_bridge_carries(bridge, wanted, &err);

    if (!refusal) {
        CHECK_OK(r, err);
        return;
    }
    CHECK_EQ(r, -EOPNOTSUPP);
    CHECK_HAS(err.text, refusal);
    CHECK_HAS(err.text, "bridge br7");
    CHECK_HAS(err.text, "type=veth");
}

TEST(what_a_bridge_does_not_carry)
{
    static const struct attachment plain = {.type = VNIC_INTERNAL};
    static const struct attachment fits = {.mtu = 1500};
    static const struct attachment jumbo = {.mtu = 1501};
    static const struct attachment pair = {.type = VNIC_VETH, .mtu = 9000};
    char name[] = "br7";
    struct vswitch_bridge bridge = {.name = name};

    carries(&bridge, &jumbo, NULL);
    bridge.userspace = true;
    carries(&bridge, &plain, NULL);
    carries(&bridge, &fits, NULL);
    carries(&bridge, &pair, NULL);
    carries(&bridge, &jumbo, "mtu 1501");
    carries(&bridge, &jumbo, "mtu=1500 or less");
    bridge.stp = true;
    carries(&bridge, &pair, NULL);
    carries(&bridge, &plain, "ovs-vsctl set Bridge br7 stp_enable=false");
    bridge = (struct vswitch_bridge){.name = name, .rstp = true};
    carries(&bridge, &plain, "ovs-vsctl set Bridge br7 rstp_enable=false");
    carries(&bridge, &jumbo, "rstp_enable=true");
}

TEST_MAIN
