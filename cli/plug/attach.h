/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Inside the commands attach and detach: what is open while one is at work. */
#pragma once

#include "cli/cli.h"
#include "cli/plug/verify.h"
#include "cli/runtimes/target.h"
#include "ovsint/attach/run.h"

struct plugging {
    struct attachment spec; /* as asked for */
    struct target target;
    char boot[BOOT_ID_SIZE];
    struct port_want port;
    struct lookout lookout;
    struct attach_run run;
    struct attach_vnic made;
    struct ping ping;
};

#define PLUGGING_CLOSED                          \
    ((struct plugging){.target = TARGET_CLOSED,  \
                       .lookout = LOOKOUT_NONE,  \
                       .run = ATTACH_RUN_CLOSED, \
                       .ping = PING_CLOSED})

/* Opens all that an attach needs, of the target that was typed; first it waits
 * for others who attach something there. */
int plugging_open(struct plugging *plugging, struct cli *cli,
                  struct err *err) MUST_CHECK;
void plugging_close(struct plugging *plugging);
#define auto_plugging __attribute__((cleanup(plugging_close)))

void plugging_write_target(const struct target *target, struct json_writer *w);

/* --check: what would be done, and what is in the way of it. */
int attach_check(struct cli *cli, const struct plugging *plugging,
                 struct err *err) MUST_CHECK;
