/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * --verify: does an address answer from inside the container? From what came
 * back to one sentence that says what to look at.
 */
#pragma once

#include "ovsint/json/json.h"
#include "ovsint/net/ping.h"

#define VERIFY_MS 3000

struct verdict {
    bool answers;
    int64_t micros;
    char words[ERR_TEXT_SIZE];
};

/* What was seen on the way there. Pure. */
struct verify_sight {
    struct ping_answer answer;
    bool has_route;
    struct path_hop hop;       /* if it has one */
    char device[IFNAME_SIZE];  /* by which it goes */
    const char *wanted_device; /* of the port, */
    const char *ifname;        /* which people call so */
};
void verify_judge(const struct ip *to, const struct verify_sight *sight,
                  struct verdict *ret);

/* Asks, until VERIFY_MS have passed. `inside` is of the same namespace as the
 * open `ping`. */
int verify_run(struct ping *ping, struct net *inside, const char *device,
               const char *ifname, struct verdict *ret,
               struct err *err) MUST_CHECK;

void verify_write(const struct ip *to, const struct verdict *verdict,
                  struct json_writer *w);
