/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* What `ovsint uplink` says, to people and to programs. */
#pragma once

#include "cli/uplink/lasting.h"
#include "cli/uplink/uplink.h"

/* Addresses and default gateways of a device, added to `ret`. */
void uplink_read_setting(struct uplink_job *job, const char *device,
                         struct uplink_setting *ret);

/* What a move has done, or with --check would do. */
void uplink_write_move(struct cli *cli, const struct uplink_job *job,
                       const struct uplink_setting *setting);
void uplink_show_move(struct cli *cli, const struct uplink_job *job,
                      const struct uplink_setting *setting);

/* `key` is what an answer in JSON has as true. */
void uplink_answer(struct cli *cli, const struct uplink_note *note,
                   const char *key, const char *words);
