/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Which router's port is behind a logical switch's, and which addresses it has:
 * from replies as ovsdb-server gives them. */
#include "cli/ports/router_ports.h"
#include "ovsint/ovsdb/row.h"
#include "tests/lib/test.h"

#define END(n, options)                                                   \
    "{\"_uuid\":[\"uuid\",\"10000000-0000-0000-0000-00000000000" n "\"]," \
    "\"options\":[\"map\",[" options "]]}"
#define LEADS_TO(name) "[\"router-port\",\"" name "\"]"
#define PORT(name, networks) \
    "{\"name\":\"" name      \
    "\",\"mac\":\"02:00:00:00:05:fe\",\"networks\":" networks "}"

/* The first operation is another one's. */
static const char reply[] =
    "[{},{\"rows\":[" END("1", LEADS_TO("r-web")) "," END("2", "") "," END("3", LEADS_TO("r-gone")) "," END(
        "4",
        LEADS_TO(
            "r-far")) "]},{\"rows\":[" PORT("r-far",
                                            "\"10.6.0.254/24\"") "," PORT("r-"
                                                                          "web",
                                                                          "[\"s"
                                                                          "et\""
                                                                          ",["
                                                                          "\"10"
                                                                          ".5."
                                                                          "0."
                                                                          "254/"
                                                                          "24\""
                                                                          ",\"f"
                                                                          "d00:"
                                                                          "5::"
                                                                          "fe/"
                                                                          "64\""
                                                                          ",\"b"
                                                                          "ad\""
                                                                          "]]") "]}]";

static bool has(const struct router_end *end, const char *text)
{
    struct ip ip;

    CHECK_EQ(parse_ip(text, &ip), 0);
    return router_port_has(end->port, &ip);
}

TEST(ends_and_addresses)
{
    static const struct json_limits limits = {.size = 1u << 16, .depth = 32};
    auto_json struct json *result = NULL;
    struct err err = {0};
    struct router_end end;
    size_t at = 0;

    CHECK_OK(json_parse(reply, sizeof(reply) - 1, &limits, &result, &err), err);
    CHECK(router_ports_next(result, 1, &at, &end));
    CHECK_STR(end.on_switch, "10000000-0000-0000-0000-000000000001");
    CHECK_STR(row_string(end.port, "name"), "r-web");
    CHECK(has(&end, "10.5.0.254"));
    CHECK(has(&end, "fd00:5::fe"));
    CHECK(has(&end, "fe80::ff:fe00:5fe"));
    CHECK(!has(&end, "10.5.0.1"));
    CHECK(!has(&end, "10.6.0.254"));
    CHECK(!has(&end, "fe80::ff:fe00:5ff"));
    /* Those without a router, or whose router has gone, are passed over. */
    CHECK(router_ports_next(result, 1, &at, &end));
    CHECK_STR(row_string(end.port, "name"), "r-far");
    CHECK(has(&end, "10.6.0.254"));
    CHECK(!router_ports_next(result, 1, &at, &end));
}

TEST_MAIN
