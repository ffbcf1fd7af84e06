/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Requests to the CNI plugin: the first line is CNI_ARGS, the rest is standard
 * input. What is refused has a code and a sentence, and makes an error object
 * that is JSON; what is accepted makes a result.
 */
#include <string.h>

#include "plugin/cni/conf.h"
#include "tests/fuzz/fuzz.h"

static const struct json_limits limits = {.size = 1u << 20, .depth = 64};

static const char config[] =
    "{\"networks\":{\"lan\":{\"bridge\":\"br1\",\"vlan\":10,\"subnets\":["
    "{\"subnet\":\"10.1.0.0/24\",\"gateway\":\"10.1.0.1\"}],\"refine\":[\"ip\","
    "\"mac\"]}},\"policy\":{\"bridges\":[\"br0\"]}}";

static struct settings settings;

static void check_json(struct buf *text)
{
    auto_json struct json *json = NULL;
    struct err err = {0};

    FUZZ_REQUIRE(!text->overflow);
    FUZZ_REQUIRE(json_parse(text->data, text->size, &limits, &json, &err) == 0);
    FUZZ_REQUIRE(json_string(json_get(json, "cniVersion")));
}

static void check_failure(const struct cni_request *request,
                          const struct cni_failure *failure)
{
    auto_buf struct buf text = BUF_INIT(1u << 20);

    FUZZ_REQUIRE(failure->code > 0 && failure->err.text[0]);
    cni_result_error(request->version, failure, &text);
    check_json(&text);
}

static void check_result(const struct cni_request *request,
                         const struct attachment *spec)
{
    auto_buf struct buf text = BUF_INIT(1u << 21);
    const struct mac mac = {{2}};
    const struct cni_made made = {.spec = spec,
                                  .mac = &mac,
                                  .netns = request->netns,
                                  .port = "ov",
                                  .dns = request->dns};

    FUZZ_REQUIRE(spec->bridge[0] && strcmp(spec->ifname, "eth0") == 0);
    cni_result_add(request->version, &made, &text);
    check_json(&text);
}

static void run(const char *command, const char *args, const char *conf,
                size_t size)
{
    const struct cni_environment environment = {.command = command,
                                                .container = "c1",
                                                .netns = "/run/netns/a",
                                                .ifname = "eth0",
                                                .args = args};
    auto_cni_request struct cni_request request = {0};
    struct cni_failure failure = {0};
    static struct attachment spec;

    int r = cni_request_parse(conf, size, &environment, &request, &failure);
    if (r >= 0 && request.command != CNI_ADD) {
        (void)cni_request_keeps(&request, "c1", "eth0");
        return;
    }
    if (r >= 0)
        r = cni_request_resolve(&request, &settings, &spec, &failure);
    if (r < 0)
        check_failure(&request, &failure);
    else
        check_result(&request, &spec);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *end = memchr(data, '\n', size);
    struct err err = {0};

    if (!end)
        return 0;
    if (!settings.network_count)
        FUZZ_REQUIRE(settings_parse(config, sizeof(config) - 1, "config",
                                    &settings, &err) == 0);
    size_t len = (size_t)(end - data);
    auto_free char *args = mem_text((const char *)data, len);
    const char *conf = (const char *)end + 1;
    run("ADD", args, conf, size - len - 1);
    run("GC", args, conf, size - len - 1);
    return 0;
}
