/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Looks at all that doctor_judge() judges: the head of look.c. */
#pragma once

#include "cli/cli.h"
#include "cli/doctor/doctor.h"

/* Confines the program on the way. Fails only if that does. */
int doctor_look(struct cli *cli, struct host_seen *seen,
                struct err *err) MUST_CHECK;

/* Parts of it. The packet filters of others: before the program is confined, as
 * the kernel tells them to an administrator only. */
void doctor_look_at_filters(struct host_seen *seen);
/* OVN: what is to be asked is connected to before the program is confined. */
struct doctor_ovn {
    int controller; /* -1 = ovn-controller does not run */
    struct client *northbound;
};
void doctor_connect_ovn(const struct cli *cli, struct doctor_ovn *ret,
                        struct host_seen *seen);
void doctor_look_at_ovn(const struct cli *cli, const struct doctor_ovn *doctor,
                        struct host_seen *seen);
/* Fills `twin` of logical ports. */
int doctor_ask_strangers(struct client *client, struct ovn_seen *ovn,
                         struct err *err) MUST_CHECK;
/* Fills `pair`. */
int doctor_ask_gateways(struct client *client, struct ovn_seen *ovn,
                        struct err *err) MUST_CHECK;
/* Does the text of a column `addresses`, a MAC and addresses, have this one? */
bool doctor_has_address(const char *addresses, const struct ip *ip);
void doctor_ovn_done(struct doctor_ovn *doctor);
#define auto_doctor_ovn __attribute__((cleanup(doctor_ovn_done)))
/* Files of other programs. */
void doctor_look_at_files(struct host_seen *seen);
