/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The table follows moby's daemon/libnetwork/drivers/bridge/labels.go and
 * netlabel/labels.go; what each option means follows its bridge_linux.go and
 * port_mapping_linux.go (moby 29). Options that libnetwork itself handles are
 * passed over.
 */
#include "plugin/docker/bridge_options.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ovsint/base/parse.h"

#define DOCKER "com.docker.network."
#define BRIDGE DOCKER "bridge."

void own_options_done(struct own_options *options)
{
    for (size_t i = 0; i < options->count; i++)
        free(options->items[i].value);
    free(options->items);
    *options = (struct own_options){0};
}

static struct own_option *own_option_find(const struct own_options *options,
                                          const char *key)
{
    for (size_t i = 0; i < options->count; i++) {
        if (strcmp(options->items[i].key, key) == 0)
            return &options->items[i];
    }
    return NULL;
}

static void append(struct own_options *options, const char *origin,
                   const char *key, const char *value)
{
    struct own_option added = {.key = key,
                               .value = mem_text(value, strlen(value))};

    snprintf(added.origin, sizeof(added.origin), "%s", origin);
    options->items =
        mem_resize(options->items, (options->count + 1) * sizeof(added));
    options->items[options->count++] = added;
}

int own_options_add(struct own_options *options, const char *origin,
                    const char *key, const char *value, struct err *err)
{
    const struct own_option *other = own_option_find(options, key);

    if (!other)
        append(options, origin, key, value);
    else if (strcmp(other->value, value) != 0)
        return err_set(err, EINVAL,
                       "%s: says %s=%.60s, but %s says %s=%.60s: leave one out",
                       origin, key, value, other->origin, key, other->value);
    return 0;
}

struct given {
    const char *origin;
    const char *value;
};

static int add_own(struct own_options *options, const struct given *given,
                   const char *key, const char *value, struct err *err)
{
    int r = own_options_add(options, given->origin, key, value, err);

    if (r >= 0)
        own_option_find(options, key)->of_bridge = true;
    return r;
}

/* As Go's strconv.ParseBool() reads it. */
static int read_truth(const struct given *given, bool *ret, struct err *err)
{
    static const char *const words[2][6] = {
        {"0", "f", "F", "false", "FALSE", "False"},
        {"1", "t", "T", "true", "TRUE", "True"},
    };

    for (size_t truth = 0; truth < 2; truth++) {
        for (size_t i = 0; i < ARRAY_LEN(words[truth]); i++) {
            if (strcmp(given->value, words[truth][i]) != 0)
                continue;
            *ret = truth == 1;
            return 0;
        }
    }
    return err_set(err, EINVAL, "%s: '%.80s' is neither true nor false",
                   given->origin, given->value);
}

/* Docker has one option for each family; ours has one list. */
static int add_address(struct own_options *options, const struct given *given,
                       const char *key, struct err *err)
{
    struct own_option *other = own_option_find(options, key);
    auto_buf struct buf list = BUF_INIT(256);
    struct ip ip;

    if (parse_ip(given->value, &ip) < 0)
        return err_set(err, EINVAL, "%s: '%.60s' is no address", given->origin,
                       given->value);
    if (!other || !other->of_bridge)
        return add_own(options, given, key, given->value, err);
    buf_addf(&list, "%s,%s", other->value, given->value);
    free(other->value);
    other->value = mem_text(buf_text(&list), list.size);
    return 0;
}

static int add_binding(struct own_options *options, const struct given *given,
                       struct err *err)
{
    return add_address(options, given, "publish-ip", err);
}

static int add_source(struct own_options *options, const struct given *given,
                      struct err *err)
{
    return add_address(options, given, "nat-source", err);
}

static int add_masquerade(struct own_options *options,
                          const struct given *given, struct err *err)
{
    bool masquerades = true;
    int r = read_truth(given, &masquerades, err);

    if (r >= 0 && !masquerades)
        snprintf(options->unmasqueraded, ORIGIN_SIZE, "%s", given->origin);
    return r;
}

static int add_gateway_mode(struct own_options *options,
                            const struct given *given, const char *key,
                            struct err *err)
{
    if (strcmp(given->value, "nat") == 0)
        return add_own(options, given, key, "masquerade", err);
    if (strcmp(given->value, "routed") == 0)
        return add_own(options, given, key, "routed", err);
    if (strcmp(given->value, "isolated") == 0)
        return add_own(options, given, "mode", "isolated", err);
    if (strcmp(given->value, "nat-unprotected") == 0)
        return err_set(err, EINVAL,
                       "%s: ports that are not published stay closed here: "
                       "give %s=routed and publish those that are wanted, or "
                       "mode=flat",
                       given->origin, key);
    return err_set(err, EINVAL,
                   "%s: '%.80s' is none of nat, routed, isolated: the key of "
                   "ovsint is %s",
                   given->origin, given->value, key);
}

static int say_gateway_mode4(struct own_options *options,
                             const struct given *given, struct err *err)
{
    return add_gateway_mode(options, given, "nat4", err);
}

static int say_gateway_mode6(struct own_options *options,
                             const struct given *given, struct err *err)
{
    return add_gateway_mode(options, given, "nat6", err);
}

static int add_icc(struct own_options *options, const struct given *given,
                   struct err *err)
{
    bool connected = true;
    int r = read_truth(given, &connected, err);

    if (r >= 0 && !connected)
        return add_own(options, given, "isolated-ports", "true", err);
    snprintf(options->connected, ORIGIN_SIZE, "%s", given->origin);
    return r;
}

static int add_inhibit(struct own_options *options, const struct given *given,
                       struct err *err)
{
    bool inhibits = false;
    int r = read_truth(given, &inhibits, err);

    if (r >= 0 && inhibits)
        return add_own(options, given, "host-access", "false", err);
    return r;
}

static int add_default(struct own_options *options, const struct given *given,
                       struct err *err)
{
    bool is_default = false;
    int r = read_truth(given, &is_default, err);

    (void)options;
    if (r >= 0 && is_default)
        return err_set(err, EINVAL,
                       "%s: only Docker's own bridge driver has the default "
                       "bridge: leave it out",
                       given->origin);
    return r;
}

static const struct {
    const char *option;
    int (*say)(struct own_options *options, const struct given *given,
               struct err *err);
    /* what to do instead; used if the value itself is fine */
    const char *advice;
} known[] = {
    {BRIDGE "host_binding_ipv4", add_binding, NULL},
    {BRIDGE "host_binding_ipv6", add_binding, NULL},
    {BRIDGE "enable_ip_masquerade", add_masquerade, NULL},
    {BRIDGE "gateway_mode_ipv4", say_gateway_mode4, NULL},
    {BRIDGE "gateway_mode_ipv6", say_gateway_mode6, NULL},
    {BRIDGE "enable_icc", add_icc, NULL},
    {BRIDGE "inhibit_ipv4", add_inhibit, NULL},
    {BRIDGE "default_bridge", add_default, NULL},
    {BRIDGE "name", NULL,
     "this would be a bridge of Linux: give bridge=NAME for one of Open "
     "vSwitch, and mode=nat too, if the host is to be its router"},
    {BRIDGE "trusted_host_interfaces", NULL,
     "all devices of the host are treated alike: give nat4=routed or "
     "nat6=routed to open what is published at the containers' own addresses"},
    {DOCKER "container_iface_prefix", NULL,
     "the device keeps the name by which the switch knows it: give "
     "altname=true "
     "to find it by eth0 as well, or type=veth for a device that is called so"},
    {DOCKER "host_ipv4", add_source, NULL},
    {DOCKER "host_ipv6", add_source, NULL},
};

/* Libnetwork handles these, whatever the driver is. A '.' at the end stands for
 * all that begin so. */
static const char *const passed_over[] = {
    DOCKER "enable_ipv4",
    DOCKER "enable_ipv6",
    DOCKER "internal",
    DOCKER "gateway",
    DOCKER "advertise_addr_nmsgs",
    DOCKER "advertise_addr_ms",
    DOCKER "driver.private.",
    DOCKER "endpoint.",
    DOCKER "portmap",
};

static bool begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

static bool is_passed_over(const char *option)
{
    for (size_t i = 0; i < ARRAY_LEN(passed_over); i++) {
        const char *pattern = passed_over[i];
        if (pattern[strlen(pattern) - 1] == '.' ? begins(option, pattern)
                                                : !strcmp(option, pattern))
            return true;
    }
    return false;
}

int bridge_option_add(struct own_options *options, const char *option,
                      const char *value, struct err *err)
{
    char origin[ORIGIN_SIZE];
    struct given given = {.origin = origin, .value = value};

    if (!begins(option, DOCKER) || is_passed_over(option))
        return 0;
    snprintf(origin, sizeof(origin), "option %.80s", option);
    for (size_t i = 0; i < ARRAY_LEN(known); i++) {
        if (strcmp(known[i].option, option) != 0)
            continue;
        return known[i].say
                   ? known[i].say(options, &given, err)
                   : err_set(err, EINVAL, "%s: %s", origin, known[i].advice);
    }
    return err_set(err, EINVAL,
                   "%s: ovsint does not know this option of Docker's, and does "
                   "not pass over one that may close something: leave it out "
                   "(ovsint-plugin(8) lists those that it knows)",
                   origin);
}

/* Only what a router sends is translated. */
static bool has_no_router(const struct own_options *options)
{
    const struct own_option *mode = own_option_find(options, "mode");

    return mode && strcmp(mode->value, "nat") != 0;
}

static int settle_masquerade(struct own_options *options, const char *key,
                             struct err *err)
{
    const struct given given = {.origin = options->unmasqueraded};
    struct own_option *way = own_option_find(options, key);

    if (!way)
        return add_own(options, &given, key, "ports", err);
    if (strcmp(way->value, "masquerade") != 0)
        return 0;
    if (!way->of_bridge)
        return own_options_add(options, given.origin, key, "ports", err);
    free(way->value);
    way->value = mem_text("ports", strlen("ports"));
    return 0;
}

/* With "0.0.0.0" Docker means all addresses of both families. */
static void settle_binding(struct own_options *options)
{
    struct own_option *publish = own_option_find(options, "publish-ip");

    if (publish && publish->of_bridge && strcmp(publish->value, "0.0.0.0") == 0)
        publish->key = "";
}

int bridge_options_settle(struct own_options *options, struct err *err)
{
    settle_binding(options);
    const struct own_option *isolated =
        own_option_find(options, "isolated-ports");
    if (options->connected[0] && isolated &&
        strcmp(isolated->value, "true") == 0)
        return err_set(err, EINVAL,
                       "%s: contradicts isolated-ports=true: leave one out",
                       options->connected);
    if (!options->unmasqueraded[0] || has_no_router(options))
        return 0;
    int r = settle_masquerade(options, "nat4", err);
    return r < 0 ? r : settle_masquerade(options, "nat6", err);
}

bool bridge_option_is_of_network(const char *option)
{
    for (size_t i = 0; i < ARRAY_LEN(known); i++) {
        if (strcmp(known[i].option, option) == 0)
            return true;
    }
    return begins(option, BRIDGE);
}

const char *other_driver_advice(const char *key)
{
    static const struct {
        const char *key, *advice;
    } others[] = {
        {"parent", "give uplink=DEVICE, and vlan=N for DEVICE.N"},
        {"macvlan_mode", "isolated-ports=true does what private and vepa do"},
        {"ipvlan_mode", "give mode=flat, or mode=nat with nat4=routed for l3"},
        {"ipvlan_flag", "isolated-ports=true does what private and vepa do"},
        {"encrypted", "tunnels and their IPsec are set up in Open vSwitch"},
    };

    for (size_t i = 0; i < ARRAY_LEN(others); i++) {
        if (strcmp(others[i].key, key) == 0)
            return others[i].advice;
    }
    return NULL;
}
