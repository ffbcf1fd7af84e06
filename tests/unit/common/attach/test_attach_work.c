/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * What the drivers of the attach engine ask about others: which row the
 * namespace of a container is looked for by.
 */
#include <string.h>

#include "ovsint/attach/work.h"
#include "ovsint/device/sandbox.h"
#include "tests/lib/test.h"

static int sight;
static char asked[200];

int sandbox_open(const struct vswitch_port *port, enum net_flags flags,
                 struct sandbox *ret, struct err *err)
{
    static const char *const keys[] = {ID_OWNER, ID_NETNS, ID_NETNS_ID,
                                       ID_PIDNS};

    (void)flags;
    (void)err;
    *ret = SANDBOX_CLOSED;
    asked[0] = '\0';
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        const char *value = vswitch_port_id(port, keys[i]);
        snprintf(asked + strlen(asked), sizeof(asked) - strlen(asked), "%s ",
                 value ? value : "-");
    }
    return sight;
}

void sandbox_close(struct sandbox *sandbox)
{
    *sandbox = SANDBOX_CLOSED;
}

TEST(a_container_is_looked_for_as_its_row_says)
{
    const struct attach_todo todo = {
        .netns = "/run/netns/c1", .netns_id = "4:40:7", .pidns = "4:2"};

    sight = SANDBOX_ENDED;
    CHECK(attach_has_ended(&todo));
    CHECK_STR(asked, HOOK_OWNER " /run/netns/c1 4:40:7 4:2 ");
    sight = SANDBOX_HERE;
    CHECK(!attach_has_ended(&todo));
}

TEST(a_row_that_says_less)
{
    const struct attach_todo todo = {.netns_id = "4:40:7"};

    sight = SANDBOX_UNSEEN;
    CHECK(!attach_has_ended(&todo));
    CHECK_STR(asked, HOOK_OWNER " - 4:40:7 - ");
}

TEST_MAIN
