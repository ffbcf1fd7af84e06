/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * What podman and netavark write to the plugin, as `create`, `setup` and
 * `teardown`. What is refused has a sentence, and makes an error object that is
 * JSON with one member; what is accepted makes an answer that podman can read.
 */
#include <string.h>

#include "plugin/netavark/answer.h"
#include "plugin/netavark/names_text.h"
#include "tests/fuzz/fuzz.h"

static const struct json_limits limits = {.size = 1u << 20, .depth = 64};

static const char config[] =
    "{\"networks\":{\"lan\":{\"bridge\":\"br1\",\"vlan\":10,\"ip\":\"auto\","
    "\"subnets\":[{\"subnet\":\"10.1.0.0/24\",\"gateway\":\"10.1.0.1\"}],"
    "\"refine\":[\"ip\",\"mac\"]}},\"policy\":{\"bridges\":[\"br0\"]}}";

static struct settings settings;

static struct json *parsed(struct buf *text)
{
    struct json *json = NULL;
    struct err err = {0};

    FUZZ_REQUIRE(!text->overflow);
    FUZZ_REQUIRE(json_parse(text->data, text->size, &limits, &json, &err) == 0);
    return json;
}

static void check_error(const struct err *err)
{
    auto_buf struct buf text = BUF_INIT(1u << 20);

    FUZZ_REQUIRE(err->code > 0 && err->text[0]);
    netavark_answer_error(err, &text);
    auto_json struct json *json = parsed(&text);
    FUZZ_REQUIRE(json_count(json) == 1);
    FUZZ_REQUIRE(json_string(json_get(json, "error")));
}

static void check_network(const struct netavark_request *request)
{
    auto_buf struct buf text = BUF_INIT(1u << 22);
    struct err err = {0};

    if (netavark_answer_network(request, true, &text, &err) < 0) {
        check_error(&err);
        return;
    }
    FUZZ_REQUIRE(text.size <= NETAVARK_ANSWER_SIZE);
    auto_json struct json *json = parsed(&text);
    FUZZ_REQUIRE(strcmp(json_string(json_get(json, "name")), request->name) ==
                 0);
}

/* One line each, whatever is in the names. */
static void check_names(const struct netavark_request *request,
                        const struct attachment *spec)
{
    auto_buf struct buf text = BUF_INIT(1u << 22), left = BUF_INIT(1u << 22);

    (void)names_text_head(request, spec, &text);
    names_text_line(request, spec, &text);
    FUZZ_REQUIRE(!text.overflow);
    const char *first = memchr(text.data, '\n', text.size);
    FUZZ_REQUIRE(first);
    FUZZ_REQUIRE(strchr(first + 1, '\n') == text.data + text.size - 1);
    names_text_without(buf_text(&text), request->container, &left);
    FUZZ_REQUIRE(left.size == 0);
}

static void check_status(const struct netavark_request *request,
                         const struct attachment *spec)
{
    auto_buf struct buf text = BUF_INIT(1u << 22);
    const struct attach_vnic made = {.spec = *spec, .mac = {{2}}};

    FUZZ_REQUIRE(spec->bridge[0] && strcmp(spec->ifname, request->ifname) == 0);
    netavark_answer_status(request, &made, "dns.podman", &text);
    auto_json struct json *json = parsed(&text);
    FUZZ_REQUIRE(json_get(json_get(json, "interfaces"), request->ifname));
    check_names(request, spec);
}

static void run(enum netavark_command command, const char *bytes, size_t size)
{
    auto_netavark_request struct netavark_request request = {0};
    static struct attachment spec;
    struct err err = {0};

    int r = netavark_request_parse(bytes, size, command, &request, &err);
    if (r >= 0 && command == NETAVARK_TEARDOWN) {
        FUZZ_REQUIRE(request.container[0] && request.name[0]);
        return;
    }
    if (r >= 0)
        r = netavark_request_resolve(&request, &settings, &spec, &err);
    if (r < 0)
        check_error(&err);
    else if (command == NETAVARK_CREATE)
        check_network(&request);
    else
        check_status(&request, &spec);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct err err = {0};

    if (!settings.network_count)
        FUZZ_REQUIRE(settings_parse(config, sizeof(config) - 1, "config",
                                    &settings, &err) == 0);
    run(NETAVARK_CREATE, (const char *)data, size);
    run(NETAVARK_SETUP, (const char *)data, size);
    run(NETAVARK_TEARDOWN, (const char *)data, size);
    return 0;
}
