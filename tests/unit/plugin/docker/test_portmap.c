/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The ports that Docker wants published. */
#include "plugin/docker/portmap.h"

#include <errno.h>
#include <netinet/in.h>

#include "tests/lib/model.h"

#define KEY "'com.docker.network.portmap'"

static int read_requests(const char *quoted, struct port_request **ret,
                         size_t *ret_count, struct err *err)
{
    auto_free char *text = model_quotes(quoted);
    auto_json struct json *json = NULL;

    CHECK_OK(json_parse(text, strlen(text), &model_limits, &json, err), *err);
    return portmap_read(json, ret, ret_count, err);
}

TEST(requests)
{
    auto_free struct port_request *requests = NULL;
    struct err err = {0};
    size_t count = 0;

    CHECK_OK(
        read_requests("{" KEY ":["
                      "{'Proto':6,'IP':'','Port':80,'HostIP':'',"
                      "'HostPort':8080,'HostPortEnd':8080},"
                      "{'Proto':17,'Port':53,'HostIP':'192.0.2.1'},"
                      "{'Proto':132,'Port':1,'HostPort':5,'HostPortEnd':9}]}",
                      &requests, &count, &err),
        err);
    CHECK_EQ(count, 3);
    CHECK_EQ(requests[0].protocol, IPPROTO_TCP);
    CHECK_EQ(requests[0].port, 80);
    CHECK_EQ(requests[0].first, 8080);
    CHECK_EQ(requests[0].last, 8080);
    CHECK_EQ(requests[0].host.family, 0);
    CHECK_EQ(requests[1].host.family, AF_INET);
    CHECK_EQ(requests[1].first, 0);
    CHECK_EQ(requests[2].first, 5);
    CHECK_EQ(requests[2].last, 9);
}

TEST(no_requests)
{
    static const char *const table[] = {"{}", "{" KEY ":[]}", "{" KEY ":null}",
                                        "{'other':[1]}"};

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        struct port_request *requests = NULL;
        struct err err = {0};
        size_t count = 99;
        CHECK_OK(read_requests(table[i], &requests, &count, &err), err);
        CHECK_EQ(count, 0);
        CHECK(!requests);
    }
}

TEST(bad_requests)
{
    static const char *const table[] = {
        "{}",
        "{'Proto':1,'Port':8}",
        "{'Proto':6}",
        "{'Proto':6,'Port':0}",
        "{'Proto':6,'Port':65536}",
        "{'Proto':262,'Port':80}",
        "{'Proto':6,'Port':80,'HostPort':-1}",
        "{'Proto':6,'Port':80,'HostPort':'80'}",
        "{'Proto':6,'Port':80,'HostIP':'localhost'}",
        "7",
    };

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        auto_buf struct buf text = BUF_INIT(4096);
        struct port_request *requests = NULL;
        struct err err = {0};
        size_t count = 0;
        buf_addf(&text, "{" KEY ":[{'Proto':6,'Port':80},%s]}", table[i]);
        int r = read_requests(buf_text(&text), &requests, &count, &err);
        CHECK_ERR(r, EINVAL, err, "entry 2");
        CHECK(!requests);
    }
}

TEST_MAIN
