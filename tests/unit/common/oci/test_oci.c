/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* States and configurations as runtimes write them, and as they should not. */
#include "ovsint/oci/oci.h"

#include <errno.h>

#include "tests/lib/test.h"

#define SAMPLE_ANNOTATIONS                                               \
    "\"annotations\":{\"ovsint.bridge\":\"br0\",\"ovsint.vlan\":\"10\"," \
    "\"org.example.note\":\"a \\\"quoted\\\" é\"}"

static const struct {
    const char *from;
    const char *text;
    const char *id;
    pid_t pid;
    const char *status;
    const char *bundle; /* "" = none */
    size_t annotations;
} samples[] = {
    {"runc 1.1.5 createRuntime",
     "{\"ociVersion\":\"1.0.2-dev\",\"id\":\"test-runc\",\"status\":"
     "\"creating\",\"pid\":14010,\"bundle\":\"/b\"," SAMPLE_ANNOTATIONS "}",
     "test-runc", 14010, "creating", "/b", 3},
    {"runc 1.1.5 poststart",
     "{\"ociVersion\":\"1.0.2-dev\",\"id\":\"test-runc\",\"status\":"
     "\"created\",\"pid\":14010,\"bundle\":\"/b\"," SAMPLE_ANNOTATIONS "}",
     "test-runc", 14010, "created", "/b", 3},
    {"runc 1.1.5 poststop",
     "{\"ociVersion\":\"1.0.2-dev\",\"id\":\"test-runc\",\"status\":"
     "\"stopped\",\"bundle\":\"/b\"," SAMPLE_ANNOTATIONS "}",
     "test-runc", 0, "stopped", "/b", 3},
    {"crun 1.8.1 createRuntime",
     "{\"ociVersion\":\"1.0\",\"id\":\"test-crun\",\"pid\":14074,\"root\":"
     "\"rootfs\",\"bundle\":\"/b\",\"status\":\"created\"," SAMPLE_ANNOTATIONS
     "}",
     "test-crun", 14074, "created", "/b", 3},
    {"crun 1.8.1 poststop",
     "{\"ociVersion\":\"1.0\",\"id\":\"test-crun\",\"pid\":0,\"root\":"
     "\"rootfs\",\"bundle\":\"/b\",\"status\":\"stopped\"," SAMPLE_ANNOTATIONS
     "}",
     "test-crun", 0, "stopped", "/b", 3},
    {"podman 4.3 poststop",
     "{\"ociVersion\":\"1.0.2-dev\",\"id\":"
     "\"4ac6f1a86bd2d1b40d4f8f2e7a3a0c0d5b2c0f7c0d9b0c1a2f3e4d5c6b7a8901\","
     "\"status\":\"stopped\",\"bundle\":\"/var/lib/containers/x/userdata\"}",
     "4ac6f1a86bd2d1b40d4f8f2e7a3a0c0d5b2c0f7c0d9b0c1a2f3e4d5c6b7a8901", 0,
     "stopped", "/var/lib/containers/x/userdata", 0},
    {"newest runc, unknown keys",
     "{\"ociVersion\":\"1.3.0\",\"id\":\"a\",\"status\":\"creating\",\"pid\":1,"
     "\"bundle\":\"/\",\"future\":{\"x\":[1,2,{}]},\"annotations\":null}\n",
     "a", 1, "creating", "/", 0},
    {"the least", "{\"id\":\"_\"}", "_", 0, "", "", 0},
    {"nulls",
     "{\"id\":\"A+b_c-d.9\",\"pid\":null,\"status\":null,\"bundle\":null,"
     "\"annotations\":null}",
     "A+b_c-d.9", 0, "", "", 0},
    {"odd but no matter of ours",
     "{\"id\":\"x\",\"ociVersion\":7,\"status\":[],\"bundle\":\"\","
     "\"annotations\":{\"foreign\":1,\"ovsint\":2,\"xovsint.a\":null}}",
     "x", 0, "", "", 3},
};

TEST(states_of_runtimes)
{
    for (size_t i = 0; i < ARRAY_LEN(samples); i++) {
        auto_oci_state struct oci_state state = {0};
        struct err err = {0};

        CHECK_OK(oci_state_parse(samples[i].text, strlen(samples[i].text),
                                 &state, &err),
                 err);
        CHECK_STR(state.id, samples[i].id);
        CHECK_EQ(state.pid, samples[i].pid);
        CHECK_STR(state.status, samples[i].status);
        CHECK_STR(state.bundle ? state.bundle : "", samples[i].bundle);
        CHECK_EQ(json_count(state.annotations), samples[i].annotations);
    }
}

TEST(annotations_are_kept)
{
    auto_oci_state struct oci_state state = {0};
    struct err err = {0};

    CHECK_OK(
        oci_state_parse(samples[0].text, strlen(samples[0].text), &state, &err),
        err);
    CHECK_STR(json_string(json_get(state.annotations, "ovsint.vlan")), "10");
    CHECK_STR(json_string(json_get(state.annotations, "org.example.note")),
              "a \"quoted\" é");
}

static const struct {
    const char *text;
    int code;
    const char *message;
} bad_states[] = {
    {"", EINVAL, "container state: not JSON at byte 0"},
    {"\n", EINVAL, "premature EOF"},
    {"id=x", EINVAL, "not JSON at byte"},
    {"<state/>", EINVAL, "not JSON at byte"},
    {"null", EINVAL, "the JSON text is null, not an object"},
    {"[]", EINVAL, "the JSON text is an array, not an object"},
    {"\"x\"", EINVAL, "the JSON text is a string, not an object"},
    {"{\"id\":\"x\"", EINVAL, "premature EOF"},
    {"{\"id\":\"x\"}{}", EINVAL, "trailing garbage"},
    {"{}", EINVAL, "container state: \"id\" is missing"},
    {"{\"ID\":\"x\"}", EINVAL, "\"id\" is missing"},
    {"{\"id\":null}", EINVAL, "\"id\" is missing"},
    {"{\"id\":7}", EINVAL, "\"id\" is an integer, not a string"},
    {"{\"id\":{}}", EINVAL, "\"id\" is an object, not a string"},
    {"{\"id\":\"\"}", EINVAL, "'' is no container id"},
    {"{\"id\":\".\"}", EINVAL, "'.' is no container id"},
    {"{\"id\":\"..\"}", EINVAL, "'..' is no container id"},
    {"{\"id\":\"a/b\"}", EINVAL, "'a/b' is no container id: want 1 to 255"},
    {"{\"id\":\"a b\"}", EINVAL, "is no container id"},
    {"{\"id\":\"a,b\"}", EINVAL, "is no container id"},
    {"{\"id\":\"é\"}", EINVAL, "is no container id"},
    {"{\"id\":\"a\\u0000b\"}", EINVAL, "NUL character"},
    {"{\"id\":\"x\",\"pid\":\"7\"}", EINVAL,
     "\"pid\" is a string, not an integer"},
    {"{\"id\":\"x\",\"pid\":1.5}", EINVAL,
     "\"pid\" is a number that is no 64-bit integer"},
    {"{\"id\":\"x\",\"pid\":true}", EINVAL, "\"pid\" is a boolean"},
    {"{\"id\":\"x\",\"pid\":-1}", EINVAL, "\"pid\" is no process id: -1"},
    {"{\"id\":\"x\",\"pid\":2147483648}", EINVAL,
     "\"pid\" is no process id: 2147483648"},
    {"{\"id\":\"x\",\"pid\":99999999999999999999}", EINVAL, "\"pid\" is"},
    {"{\"id\":\"x\",\"bundle\":\"b\"}", EINVAL,
     "\"bundle\" is no absolute path: 'b'"},
    {"{\"id\":\"x\",\"bundle\":[\"/b\"]}", EINVAL,
     "\"bundle\" is an array, not a string"},
    {"{\"id\":\"x\",\"annotations\":[]}", EINVAL,
     "\"annotations\" is an array, not an object"},
    {"{\"id\":\"x\",\"annotations\":\"\"}", EINVAL, "\"annotations\" is"},
    {"{\"id\":\"x\",\"annotations\":{\"ovsint.vlan\":10}}", EINVAL,
     "annotation 'ovsint.vlan' is an integer, not a string: put its value in "
     "quotes"},
    {"{\"id\":\"x\",\"annotations\":{\"ovsint.vlan\":null}}", EINVAL,
     "annotation 'ovsint.vlan' is null"},
    {"{\"id\":\"x\",\"annotations\":{\"a\":1,\"ovsint.eth1.ip\":[]}}", EINVAL,
     "annotation 'ovsint.eth1.ip' is an array"},
};

TEST(bad_states)
{
    for (size_t i = 0; i < ARRAY_LEN(bad_states); i++) {
        struct oci_state state = {.pid = 77};
        struct err err = {0};

        CHECK_ERR(oci_state_parse(bad_states[i].text,
                                  strlen(bad_states[i].text), &state, &err),
                  bad_states[i].code, err, bad_states[i].message);
        CHECK_HAS(err.text, "container state: ");
        CHECK_EQ(state.pid, 77);
        CHECK(!state.document);
    }
}

/* No beginning of a state is a state. */
TEST(truncated_states)
{
    for (size_t i = 0; i < ARRAY_LEN(samples); i++) {
        const char *end = strrchr(samples[i].text, '}');
        for (size_t size = 0; size < (size_t)(end - samples[i].text); size++) {
            struct oci_state state = {0};
            struct err err = {0};
            CHECK_EQ(oci_state_parse(samples[i].text, size, &state, &err),
                     -EINVAL);
            CHECK(!state.document);
        }
    }
}

TEST(id_size)
{
    char text[LIMIT_CONTAINER_ID_SIZE + 64];
    char id[LIMIT_CONTAINER_ID_SIZE + 1];

    memset(id, 'i', sizeof(id) - 1);
    for (size_t size = 254; size <= 256; size++) {
        struct oci_state state = {0};
        struct err err = {0};
        id[size] = '\0';
        int len = snprintf(text, sizeof(text), "{\"id\":\"%s\"}", id);
        int r = oci_state_parse(text, (size_t)len, &state, &err);
        id[size] = 'i';
        if (size < LIMIT_CONTAINER_ID_SIZE) {
            CHECK_OK(r, err);
            CHECK_EQ(strlen(state.id), size);
        } else {
            CHECK_ERR(r, EINVAL, err, "is no container id");
        }
        oci_state_done(&state);
    }
}

/* {"id":"x","pad":"aaa..."} of exactly `size` bytes. */
static char *padded(size_t size)
{
    static const char head[] = "{\"id\":\"x\",\"pad\":\"";
    char *text = mem_new(size + 1);

    memset(text, 'a', size);
    memcpy(text, head, strlen(head));
    memcpy(text + size - 2, "\"}", 2);
    return text;
}

TEST(size_limits)
{
    static const struct {
        size_t size;
        bool fits;
    } table[] = {
        {LIMIT_STATE_SIZE, true},
        {LIMIT_STATE_SIZE + 1, false},
        {2 * 1024 * 1024, false},
    };

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        auto_oci_state struct oci_state state = {0};
        auto_oci_config struct oci_config config = {0};
        auto_free char *text = padded(table[i].size);
        struct err err = {0};
        int r = oci_state_parse(text, table[i].size, &state, &err);
        if (table[i].fits)
            CHECK_OK(r, err);
        else
            CHECK_ERR(r, EFBIG, err, "larger than 1048576 bytes");
        err = (struct err){0};
        r = oci_config_parse(text, table[i].size, &config, &err);
        if (table[i].fits)
            CHECK_OK(r, err);
        else
            CHECK_ERR(r, EFBIG, err, "larger than 1048576 bytes");
    }
}

TEST(depth_limits)
{
    for (int depth = LIMIT_JSON_DEPTH; depth <= LIMIT_JSON_DEPTH + 1; depth++) {
        auto_buf struct buf text = BUF_INIT(4096);
        auto_oci_state struct oci_state state = {0};
        auto_oci_config struct oci_config config = {0};
        struct err err = {0};

        buf_add_text(&text, "{\"id\":\"x\",\"deep\":");
        for (int i = 1; i < depth; i++)
            buf_add_text(&text, "[");
        for (int i = 1; i < depth; i++)
            buf_add_text(&text, "]");
        buf_add_text(&text, "}");
        int r = oci_state_parse(text.data, text.size, &state, &err);
        if (depth <= LIMIT_JSON_DEPTH)
            CHECK_OK(r, err);
        else
            CHECK_ERR(r, E2BIG, err, "nested too deeply");
        err = (struct err){0};
        r = oci_config_parse(text.data, text.size, &config, &err);
        if (depth <= LIMIT_JSON_DEPTH)
            CHECK_OK(r, err);
        else
            CHECK_ERR(r, E2BIG, err, "nested too deeply");
    }
}

TEST(done_twice)
{
    struct oci_state state = {0};
    struct oci_config config = {0};
    struct err err = {0};

    CHECK_OK(oci_state_parse("{\"id\":\"x\"}", 10, &state, &err), err);
    oci_state_done(&state);
    oci_state_done(&state);
    CHECK_OK(oci_config_parse("{}", 2, &config, &err), err);
    oci_config_done(&config);
    oci_config_done(&config);
}

#define HOOK "{\"path\":\"/usr/libexec/ovsint/ovsint-hook\"}"

static const struct {
    const char *text;
    bool network;
    const char *network_path; /* "" = none */
    bool user;
    bool uid_mapped;
    const char *hostname; /* "" = none */
    unsigned hook_stages;
} configs[] = {
    /* As `runc spec` makes it, without what we do not read. */
    {"{\"ociVersion\":\"1.0.2-dev\",\"process\":{\"terminal\":true,\"args\":["
     "\"sh\"]},\"root\":{\"path\":\"rootfs\",\"readonly\":true},\"hostname\":"
     "\"runc\",\"mounts\":[],\"linux\":{\"resources\":{\"devices\":[{\"allow\":"
     "false,\"access\":\"rwm\"}]},\"namespaces\":[{\"type\":\"pid\"},{\"type\":"
     "\"network\"},{\"type\":\"ipc\"},{\"type\":\"uts\"},{\"type\":\"mount\"},"
     "{\"type\":\"cgroup\"}],\"maskedPaths\":[\"/proc/acpi\"]}}",
     true, "", false, false, "runc", 0},
    /* podman, bridge network: a namespace to join. */
    {"{\"linux\":{\"namespaces\":[{\"type\":\"network\",\"path\":"
     "\"/run/netns/netns-1\"}]},\"hooks\":{\"createRuntime\":[{\"path\":"
     "\"/bin/true\"}," HOOK "]}}",
     true, "/run/netns/netns-1", false, false, "", OCI_STAGE_CREATE_RUNTIME},
    {"{\"linux\":{\"namespaces\":[{\"type\":\"network\",\"path\":\"\"}]}}",
     true, "", false, false, "", 0},
    {"{\"linux\":{\"namespaces\":[{\"type\":\"network\",\"path\":null}]}}",
     true, "", false, false, "", 0},
    /* Host network. */
    {"{\"linux\":{\"namespaces\":[{\"type\":\"pid\"}]}}", false, "", false,
     false, "", 0},
    {"{\"linux\":{\"namespaces\":[]}}", false, "", false, false, "", 0},
    {"{\"linux\":{\"namespaces\":null}}", false, "", false, false, "", 0},
    {"{\"linux\":{}}", false, "", false, false, "", 0},
    {"{\"linux\":null,\"hostname\":null,\"hooks\":null}", false, "", false,
     false, "", 0},
    {"{}", false, "", false, false, "", 0},
    /* User namespaces. */
    {"{\"linux\":{\"uidMappings\":[{\"containerID\":0,\"hostID\":100000,"
     "\"size\":65536}],\"namespaces\":[{\"type\":\"user\"},{\"type\":"
     "\"network\"}]}}",
     true, "", true, true, "", 0},
    {"{\"linux\":{\"uidMappings\":[],\"namespaces\":[{\"type\":\"user\","
     "\"path\":\"/proc/7/ns/user\"}]}}",
     false, "", true, false, "", 0},
    /* Hooks. */
    {"{\"hooks\":{\"prestart\":[" HOOK "],\"poststop\":[" HOOK "]}}", false, "",
     false, false, "", OCI_STAGE_PRESTART | OCI_STAGE_POSTSTOP},
    {"{\"hooks\":{\"createRuntime\":[{\"path\":\"ovsint-hook\"}]}}", false, "",
     false, false, "", OCI_STAGE_CREATE_RUNTIME},
    {"{\"hooks\":{\"createRuntime\":[{\"path\":\"/x/ovsint-hook.sh\"},"
     "{\"path\":\"/ovsint-hook/x\"},{\"path\":7},{},null],\"poststart\":[" HOOK
     "],\"prestart\":7}}",
     false, "", false, false, "", 0},
    {"{\"hooks\":[]}", false, "", false, false, "", 0},
};

TEST(configurations)
{
    for (size_t i = 0; i < ARRAY_LEN(configs); i++) {
        auto_oci_config struct oci_config config = {0};
        struct err err = {0};

        CHECK_OK(oci_config_parse(configs[i].text, strlen(configs[i].text),
                                  &config, &err),
                 err);
        CHECK_EQ(config.network, configs[i].network);
        CHECK_STR(config.network_path ? config.network_path : "",
                  configs[i].network_path);
        CHECK_EQ(config.user, configs[i].user);
        CHECK_EQ(config.uid_mapped, configs[i].uid_mapped);
        CHECK_STR(config.hostname ? config.hostname : "", configs[i].hostname);
        CHECK_EQ(config.hook_stages, configs[i].hook_stages);
    }
}

TEST(configuration_annotations)
{
    static const char text[] = "{" SAMPLE_ANNOTATIONS "}";
    auto_oci_config struct oci_config config = {0};
    struct err err = {0};

    CHECK_OK(oci_config_parse(text, strlen(text), &config, &err), err);
    CHECK_EQ(json_count(config.annotations), 3);
    CHECK_STR(json_string(json_get(config.annotations, "ovsint.bridge")),
              "br0");
}

static const struct {
    const char *text;
    const char *message;
} bad_configs[] = {
    {"", "not JSON at byte 0"},
    {"{", "premature EOF"},
    {"[]", "the JSON text is an array, not an object"},
    {"{\"linux\":[]}", "\"linux\" is an array, not an object"},
    {"{\"linux\":{\"namespaces\":{}}}",
     "\"namespaces\" is an object, not an array"},
    {"{\"linux\":{\"uidMappings\":7}}",
     "\"uidMappings\" is an integer, not an array"},
    {"{\"linux\":{\"namespaces\":[7]}}",
     "linux.namespaces: an entry has no \"type\""},
    {"{\"linux\":{\"namespaces\":[{}]}}", "an entry has no \"type\""},
    {"{\"linux\":{\"namespaces\":[{\"type\":7}]}}", "an entry has no \"type\""},
    {"{\"linux\":{\"namespaces\":[{\"type\":\"network\",\"path\":7}]}}",
     "linux.namespaces: \"path\" is an integer, not a string"},
    {"{\"linux\":{\"namespaces\":[{\"type\":\"network\",\"path\":\"x\"}]}}",
     "linux.namespaces: \"path\" is no absolute path: 'x'"},
    {"{\"linux\":{\"namespaces\":[{\"type\":\"network\"},{\"type\":\"network\","
     "\"path\":\"/x\"}]}}",
     "linux.namespaces: two network namespaces are listed"},
    {"{\"linux\":{\"namespaces\":[{\"type\":\"user\"},{\"type\":\"user\"}]}}",
     "two user namespaces are listed"},
    {"{\"hostname\":7}", "\"hostname\" is an integer, not a string"},
    {"{\"annotations\":7}", "\"annotations\" is an integer, not an object"},
    {"{\"annotations\":{\"ovsint.mtu\":1500}}",
     "annotation 'ovsint.mtu' is an integer, not a string"},
    {"// comment\n{}", "comment"},
};

TEST(bad_configurations)
{
    for (size_t i = 0; i < ARRAY_LEN(bad_configs); i++) {
        struct oci_config config = {.hook_stages = 77};
        struct err err = {0};

        CHECK_ERR(oci_config_parse(bad_configs[i].text,
                                   strlen(bad_configs[i].text), &config, &err),
                  EINVAL, err, bad_configs[i].message);
        CHECK_EQ(config.hook_stages, 77);
        CHECK(!config.document);
    }
}

TEST_MAIN
