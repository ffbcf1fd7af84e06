/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * What an IPAM plugin writes, to networks with and without gateway, routes and
 * mode=nat. What is refused has a code and a sentence, and makes an error
 * object that is JSON; what is accepted has the addresses that were said, in
 * order, and makes a result.
 */
#include <string.h>

#include "plugin/cni/ipam.h"
#include "tests/fuzz/fuzz.h"

#define HEAD                                                        \
    "{\"cniVersion\":\"1.0.0\",\"name\":\"n\",\"type\":\"ovsint\"," \
    "\"bridge\":\"br0\",\"ipam\":{\"type\":\"p\"}"

static const struct json_limits limits = {.size = 1u << 20, .depth = 64};

static const char *const configurations[] = {
    HEAD "}",
    HEAD ",\"gateway\":\"10.2.0.9\",\"routes\":[{\"dst\":\"10.4.0.0/16\"},"
         "{\"dst\":\"::/0\",\"gw\":\"fd00::1\"}]}",
    HEAD ",\"mode\":\"nat\"}",
};

static void check_json(struct buf *text)
{
    auto_json struct json *json = NULL;
    struct err err = {0};

    FUZZ_REQUIRE(!text->overflow);
    FUZZ_REQUIRE(json_parse(text->data, text->size, &limits, &json, &err) == 0);
    FUZZ_REQUIRE(json_string(json_get(json, "cniVersion")));
}

static void check_failure(const struct cni_failure *failure)
{
    auto_buf struct buf text = BUF_INIT(1u << 20);

    FUZZ_REQUIRE(failure->code > 0 && failure->err.code > 0);
    FUZZ_REQUIRE(failure->err.text[0]);
    cni_result_error(CNI_1_0_0, failure, &text);
    check_json(&text);
}

static void check_result(const struct ipam_answer *answer,
                         const struct attachment *spec)
{
    auto_buf struct buf text = BUF_INIT(1u << 21);
    const struct mac mac = {{2}};
    const struct cni_made made = {.spec = spec,
                                  .mac = &mac,
                                  .netns = "/run/netns/a",
                                  .port = "ov",
                                  .dns = answer->dns,
                                  .gateways = answer->gateways,
                                  .gateway_count = answer->count};

    FUZZ_REQUIRE(spec->ip_count == answer->count);
    for (size_t i = 0; i < answer->count; i++) {
        FUZZ_REQUIRE(spec->ip[i].len == answer->ips[i].len);
        FUZZ_REQUIRE(ip_equal(&spec->ip[i].ip, &answer->ips[i].ip));
    }
    cni_result_add(CNI_1_0_0, &made, &text);
    check_json(&text);
}

/* As lease_take() and then the resolution of an ADD. */
static void add(const char *conf, const char *bytes, size_t size)
{
    static const struct cni_environment environment = {.command = "ADD",
                                                       .container = "c1",
                                                       .netns = "/run/netns/a",
                                                       .ifname = "eth0"};
    auto_settings struct settings settings = {0};
    auto_cni_request struct cni_request request = {0};
    struct ipam_answer answer = {.count = 0};
    struct cni_failure failure = {0};
    static struct attachment spec;

    settings_init(&settings);
    FUZZ_REQUIRE(cni_request_parse(conf, strlen(conf), &environment, &request,
                                   &failure) >= 0);
    int r = ipam_read(bytes, size, &answer, &failure.err);
    if (r >= 0)
        r = ipam_set(&request, &answer, &failure.err);
    r = r < 0 ? cni_fail(&failure, CNI_COULD_NOT)
              : cni_request_resolve(&request, &settings, &spec, &failure);
    if (r < 0)
        check_failure(&failure);
    else
        check_result(&answer, &spec);
    ipam_done(&answer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *bytes = (const char *)data;
    struct cni_failure failure = {0};

    for (size_t i = 0; i < ARRAY_LEN(configurations); i++)
        add(configurations[i], bytes, size);
    FUZZ_REQUIRE(ipam_refused("p", bytes, size, &failure) < 0);
    check_failure(&failure);
    (void)ipam_knows(bytes, size, CNI_1_1_0);
    return 0;
}
