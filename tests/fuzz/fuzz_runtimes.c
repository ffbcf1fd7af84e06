/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * State files of container runtimes. The first byte chooses the reader. What is
 * accepted has an id that is safe in paths, and a pid that is one.
 */
#include <string.h>

#include "cli/runtimes/runtime_state.h"
#include "ovsint/base/buf.h"
#include "ovsint/oci/oci.h"
#include "tests/fuzz/fuzz.h"

static void check(const struct container *container, bool has_id)
{
    FUZZ_REQUIRE(container->pid >= 0);
    FUZZ_REQUIRE(container->endpoint_count <= LIMIT_CONTAINER_ENDPOINTS);
    FUZZ_REQUIRE(strlen(container->name) < CONTAINER_NAME_SIZE);
    FUZZ_REQUIRE(!has_id || oci_id_valid(container->id));
}

static void see(void *data, const struct container *container)
{
    (void)data;
    check(container, true);
}

/* The texts that are not JSON end with NUL in the program, too. */
static void read_text(const char *bytes, size_t size)
{
    auto_free char *text = mem_text(bytes, size);
    char value[16];

    FUZZ_REQUIRE(pid_of_text(text) >= 0);
    (void)stat_start_time(text);
    if (toml_string(text, "graphroot", value, sizeof(value)))
        FUZZ_REQUIRE(strlen(value) < sizeof(value));
    const char *option = cmdline_option(text, strlen(text) + 1, "--data-root");
    FUZZ_REQUIRE(!option || (option > text && option <= text + strlen(text)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct container container = {0};
    struct err err = {0};
    int r = -1;

    if (size == 0)
        return 0;
    const char *bytes = (const char *)data + 1;
    switch (data[0] % 6) {
    case 0:
        r = container_of_docker(bytes, size - 1, &container, &err);
        break;
    case 1:
        r = container_of_runc(bytes, size - 1, &container, &err);
        break;
    case 2:
        r = container_of_crun(bytes, size - 1, &container, &err);
        break;
    case 3:
        r = container_of_task(bytes, size - 1, &container, &err);
        break;
    case 4:
        r = containers_of_storage(bytes, size - 1, see, NULL, &err);
        break;
    default:
        read_text(bytes, size - 1);
        return 0;
    }
    FUZZ_REQUIRE(r >= 0 || err.text[0]);
    if (r >= 0)
        check(&container, data[0] % 6 < 2);
    return 0;
}
