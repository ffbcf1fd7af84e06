/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What doors over the blocking driver share besides the run: names and MACs of
 * ports, and what is said of an undo that failed.
 */
#include "ovsint/attach/run.h"

#include <errno.h>
#include <string.h>

#include "ovsint/rows/port_name.h"
#include "tests/lib/test.h"

TEST(names_are_of_one_use_and_macs_stay)
{
    static const struct attachment specs[] = {
        {.ifname = "eth0", .type = VNIC_INTERNAL},
        {.ifname = "eth1",
         .type = VNIC_INTERNAL,
         .mac = {{0x02, 0, 0, 0, 0, 0x17}}},
        {.ifname = "eth2", .type = VNIC_VETH},
    };
    struct port_want ports[ARRAY_LEN(specs)], again[ARRAY_LEN(specs)];
    struct err err = {0};

    for (size_t i = 0; i < ARRAY_LEN(specs); i++)
        ports[i] = again[i] = (struct port_want){.spec = &specs[i]};
    CHECK_OK(attach_run_name_ports(ports, ARRAY_LEN(specs), "c0ffee", &err),
             err);
    CHECK_OK(attach_run_name_ports(again, ARRAY_LEN(specs), "c0ffee", &err),
             err);
    for (size_t i = 0; i < 2; i++) {
        CHECK(names_is_port(ports[i].name));
        CHECK(strcmp(ports[i].name, again[i].name) != 0);
    }
    CHECK(strcmp(ports[0].name, ports[1].name) != 0);
    CHECK_STR(ports[2].name, "");
    const struct mac derived = names_mac("c0ffee", "eth0");
    CHECK(memcmp(&ports[0].mac, &derived, sizeof(derived)) == 0);
    CHECK(memcmp(&again[0].mac, &derived, sizeof(derived)) == 0);
    CHECK(memcmp(&ports[1].mac, &specs[1].mac, sizeof(derived)) == 0);
}

TEST(what_may_be_left_is_told)
{
    struct attach_failure failure = {.err = {.code = EIO}};

    CHECK(!attach_failure_left(&failure));
    failure.undo.code = ECONNREFUSED;
    CHECK_STR(attach_failure_left(&failure),
              "rollback failed: a port may be left on the bridge");
    failure.left_pair = true;
    CHECK_STR(attach_failure_left(&failure),
              "rollback failed: a veth pair may be left on the host");
}

TEST_MAIN
