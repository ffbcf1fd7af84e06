/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The runtime's state: what is accepted is as its header promises. */
#include "ovsint/oci/oci.h"

#include <string.h>

#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    auto_oci_state struct oci_state state = {0};
    struct err err = {0};

    if (oci_state_parse((const char *)data, size, &state, &err) < 0) {
        FUZZ_REQUIRE(!state.document && err.code > 0);
        FUZZ_REQUIRE(strncmp(err.text, "container state: ", 17) == 0);
        return 0;
    }
    FUZZ_REQUIRE(oci_id_valid(state.id) && !strchr(state.id, '/'));
    FUZZ_REQUIRE(state.pid >= 0 && state.status);
    FUZZ_REQUIRE(!state.bundle || state.bundle[0] == '/');
    for (size_t i = 0; i < json_count(state.annotations); i++) {
        const char *key = json_key_at(state.annotations, i);
        if (strncmp(key, "ovsint.", 7) == 0)
            FUZZ_REQUIRE(json_string(json_at(state.annotations, i)));
    }
    return 0;
}
