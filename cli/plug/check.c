/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * `ovsint attach --check`: looks at the bridge, at the names inside, and with
 * default=true at the devices that would be set down. It sends no transaction
 * and changes no device.
 */
#include <errno.h>
#include <string.h>

#include "cli/plug/attach.h"
#include "ovsint/base/log.h"
#include "ovsint/net/route.h"

#define FINDINGS_SIZE (16u << 10)

struct findings {
    struct buf text; /* a line each */
    size_t count;
};

static void find(struct findings *findings, const char *text)
{
    buf_addf(&findings->text, "%s\n", text);
    findings->count++;
}

static void check_bridge(const struct plugging *plugging,
                         const struct vswitch_view *view, struct findings *ret)
{
    const char *bridge = plugging->spec.bridge;
    struct err why = {0};
    const struct vswitch_bridge *row =
        vswitch_bridges_find(&view->bridges, bridge);

    if (!row) {
        err_set(&why, ENODEV,
                "there is no bridge %s: create it with 'ovs-vsctl add-br %s' "
                "or correct the name",
                bridge, bridge);
        find(ret, why.text);
    } else if (vswitch_bridge_carries(row, &plugging->spec, &why) < 0) {
        find(ret, why.text);
    }
}

/* The port of an earlier attach. The next one keeps it, if it is as asked. */
static const struct vswitch_port *find_earlier(const struct vswitch_view *view,
                                               const char *ifname)
{
    for (size_t i = 0; i < view->count; i++) {
        if (vswitch_port_id_is(view->ports[i], ID_OWNER, CLI_OWNER) &&
            vswitch_port_id_is(view->ports[i], ID_IFNAME, ifname))
            return view->ports[i];
    }
    return NULL;
}

static int check_name(const struct plugging *plugging,
                      const struct vswitch_view *view, struct findings *ret,
                      struct err *err)
{
    const char *ifname = plugging->spec.ifname;
    struct link_info link;
    struct err why = {0};

    int r = link_find(plugging->run.place.inside, ifname, &link, err);
    if (r <= 0)
        return r;
    const struct vswitch_port *earlier = find_earlier(view, ifname);
    if (!earlier)
        err_set(&why, EEXIST, "the container has an interface %s already (%s)",
                ifname, link.name);
    else if (!attach_is_as_asked(earlier, &plugging->spec))
        err_set(&why, EBUSY,
                "'ovsint attach' has made %s already, with other settings "
                "(port %s)",
                ifname, earlier->name);
    if (why.code)
        find(ret, why.text);
    return 0;
}

struct defaults {
    int ifindex[LIMIT_ATTACHMENTS];
    size_t count;
};

static void note_default(void *data, const struct route_info *info)
{
    struct defaults *defaults = data;

    if (info->to.len || !info->ifindex ||
        defaults->count == ARRAY_LEN(defaults->ifindex))
        return;
    for (size_t i = 0; i < defaults->count; i++) {
        if (defaults->ifindex[i] == info->ifindex)
            return;
    }
    defaults->ifindex[defaults->count++] = info->ifindex;
}

/* The devices that would be set down, one name a line. */
static int see_defaults(const struct plugging *plugging, struct buf *ret,
                        struct err *err)
{
    struct net *inside = plugging->run.place.inside;
    struct defaults defaults = {0};
    struct link_info link;

    if (!plugging->spec.takes_default)
        return 0;
    int r = route_each(inside, note_default, &defaults, err);
    for (size_t i = 0; r >= 0 && i < defaults.count; i++) {
        r = link_by_index(inside, defaults.ifindex[i], &link, err);
        if (r > 0)
            buf_addf(ret, "%s\n", link.name);
    }
    return r;
}

static void write_lines(const char *key, const struct buf *lines,
                        struct json_writer *w)
{
    const char *text = buf_text(lines);

    json_write_key(w, key);
    json_write_array(w);
    while (*text) {
        size_t size = strcspn(text, "\n");
        auto_free char *line = mem_text(text, size);
        json_write_string(w, line);
        text += size + (text[size] == '\n');
    }
    json_write_array_end(w);
}

static void answer_json(struct cli *cli, const struct plugging *plugging,
                        const struct findings *findings,
                        const struct buf *defaults)
{
    struct json_writer w = JSON_WRITER(&cli->out);

    json_write_object(&w);
    json_write_key(&w, "target");
    plugging_write_target(&plugging->target, &w);
    json_write_member(&w, "interface", plugging->spec.ifname);
    json_write_key(&w, "attachment");
    attachment_write(&plugging->spec, &w);
    write_lines("sets-down", defaults, &w);
    write_lines("problems", &findings->text, &w);
    json_write_object_end(&w);
    buf_add_text(&cli->out, "\n");
}

static void add_lines(struct cli *cli, const char *begin, enum colour colour,
                      const struct buf *lines)
{
    const char *text = buf_text(lines);

    while (*text) {
        size_t size = strcspn(text, "\n");
        auto_free char *line = mem_text(text, size);
        buf_add_text(&cli->out, begin);
        terminal_add(&cli->terminal, colour, line, &cli->out);
        buf_add_text(&cli->out, "\n");
        text += size + (text[size] == '\n');
    }
}

static void answer(struct cli *cli, const struct plugging *plugging,
                   const struct findings *findings, const struct buf *defaults)
{
    auto_buf struct buf line = BUF_INIT(ATTACHMENT_TEXT_SIZE);
    const struct target *target = &plugging->target;

    if (cli->options.json) {
        answer_json(cli, plugging, findings, defaults);
        return;
    }
    if (target->is_container)
        buf_addf(&line, "%s container %s, ",
                 runtime_name(target->container.runtime), target->id);
    buf_addf(&line, "namespace %s\n", target->path);
    buf_add(&cli->out, buf_text(&line), line.size);
    buf_clear(&line);
    attachment_describe(&plugging->spec, &line);
    log_clean(buf_text(&line), &cli->out);
    buf_add_text(&cli->out, "\n");
    add_lines(cli, "sets down the default device ", COLOUR_NONE, defaults);
    add_lines(cli, "problem: ", COLOUR_RED, &findings->text);
}

int attach_check(struct cli *cli, const struct plugging *plugging,
                 struct err *err)
{
    const struct vswitch_scope scope = {.container = plugging->target.id,
                                        .bridges = {plugging->spec.bridge},
                                        .bridge_count = 1};
    auto_vswitch_view struct vswitch_view view = {0};
    struct findings findings = {.text = BUF_INIT(FINDINGS_SIZE)};
    auto_buf struct buf defaults = BUF_INIT(FINDINGS_SIZE);

    int r = attach_run_look(plugging->run.client, &scope, cli->deadline, &view,
                            err);
    if (r >= 0) {
        check_bridge(plugging, &view, &findings);
        r = check_name(plugging, &view, &findings, err);
    }
    if (r >= 0)
        r = see_defaults(plugging, &defaults, err);
    if (r >= 0)
        answer(cli, plugging, &findings, &defaults);
    if (findings.count)
        cli->status = CLI_FOUND;
    buf_done(&findings.text);
    return r < 0 ? r : 0;
}
