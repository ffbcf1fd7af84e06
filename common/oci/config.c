/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The part of a bundle's config.json that decides where a vNIC goes. Pitfall:
 * which namespace a container joins stands only here; the state on stdin does
 * not say it.
 */
#include <errno.h>
#include <string.h>

#include "common/oci/fields.h"

#define HOOK_NAME "ovsint-hook"

static int read_network(const struct json *entry, struct oci_config *config,
                        struct err *err)
{
    if (config->network)
        return err_set(err, EINVAL, "two network namespaces are listed");
    config->network = true;
    return fields_path(entry, "path", &config->network_path, err);
}

static int read_user(struct oci_config *config, struct err *err)
{
    if (config->user)
        return err_set(err, EINVAL, "two user namespaces are listed");
    config->user = true;
    return 0;
}

static int read_namespace(const struct json *entry, struct oci_config *config,
                          struct err *err)
{
    const char *type = json_string(json_get(entry, "type"));

    if (!type)
        return err_set(err, EINVAL, "an entry has no \"type\"");
    if (strcmp(type, "network") == 0)
        return read_network(entry, config, err);
    if (strcmp(type, "user") == 0)
        return read_user(config, err);
    return 0;
}

static int read_linux(const struct json *linux_part, struct oci_config *config,
                      struct err *err)
{
    const struct json *list = NULL;
    const struct json *mappings = NULL;

    int r = fields_get(linux_part, "uidMappings", JSON_ARRAY, &mappings, err);
    if (r < 0)
        return r;
    config->uid_mapped = json_count(mappings) > 0;
    r = fields_get(linux_part, "namespaces", JSON_ARRAY, &list, err);
    for (size_t i = 0; r >= 0 && i < json_count(list); i++) {
        r = read_namespace(json_at(list, i), config, err);
        if (r < 0)
            return err_wrap(err, "linux.namespaces");
    }
    return r;
}

static bool is_our_hook(const struct json *hook)
{
    const char *path = json_string(json_get(hook, "path"));
    const char *slash = path ? strrchr(path, '/') : NULL;

    return path && strcmp(slash ? slash + 1 : path, HOOK_NAME) == 0;
}

/* Entries that are not ours may be wrong: they are the runtime's to judge. */
static unsigned find_hook_stages(const struct json *hooks)
{
    static const struct {
        const char *key;
        enum oci_stage stage;
    } stages[] = {
        {"prestart", OCI_STAGE_PRESTART},
        {"createRuntime", OCI_STAGE_CREATE_RUNTIME},
        {"poststop", OCI_STAGE_POSTSTOP},
    };
    unsigned found = 0;

    for (size_t i = 0; i < ARRAY_LEN(stages); i++) {
        const struct json *list = json_get(hooks, stages[i].key);
        for (size_t j = 0; j < json_count(list); j++) {
            if (is_our_hook(json_at(list, j)))
                found |= stages[i].stage;
        }
    }
    return found;
}

static int read_config(struct oci_config *config, struct err *err)
{
    const struct json *linux_part = NULL;

    int r =
        fields_get(config->document, "linux", JSON_OBJECT, &linux_part, err);
    if (r < 0)
        return r;
    r = read_linux(linux_part, config, err);
    if (r < 0)
        return r;
    r = fields_text(config->document, "hostname", &config->hostname, err);
    if (r < 0)
        return r;
    config->hook_stages = find_hook_stages(json_get(config->document, "hooks"));
    return fields_annotations(config->document, &config->annotations, err);
}

int oci_config_parse(const char *bytes, size_t size, struct oci_config *ret,
                     struct err *err)
{
    auto_oci_config struct oci_config config = {0};

    int r = fields_parse(bytes, size, LIMIT_CONFIG_SIZE, &config.document, err);
    if (r < 0)
        return r;
    r = read_config(&config, err);
    if (r < 0)
        return r;
    *ret = config;
    config.document = NULL;
    return 0;
}

void oci_config_done(struct oci_config *config)
{
    json_free(config->document);
    *config = (struct oci_config){0};
}
