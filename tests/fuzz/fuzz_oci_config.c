/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The bundle's config.json: what is accepted is as its header promises. */
#include "ovsint/oci/oci.h"

#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    auto_oci_config struct oci_config config = {0};
    struct err err = {0};

    if (oci_config_parse((const char *)data, size, &config, &err) < 0) {
        FUZZ_REQUIRE(!config.document && err.code > 0 && err.text[0]);
        return 0;
    }
    FUZZ_REQUIRE(config.network || !config.network_path);
    FUZZ_REQUIRE(!config.network_path || config.network_path[0] == '/');
    FUZZ_REQUIRE(config.hook_stages < 8);
    return 0;
}
