/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * What `ovsint uplink` says. Of the systems that set up networks, people are
 * shown those that this host has; programs get all.
 */
#include "cli/uplink/words.h"

#include <sys/stat.h>

#include "ovsint/net/addr.h"
#include "ovsint/net/link.h"
#include "ovsint/net/route.h"

#define LASTING_SIZE (64u << 10)
#define NAMES_SIZE 256

static void note_address(void *data, const struct addr_info *info)
{
    struct uplink_setting *setting = data;

    if (!info->link_scope && setting->address_count < UPLINK_ADDRESSES_MAX)
        setting->addresses[setting->address_count++] = info->address;
}

struct default_of {
    struct uplink_setting *setting;
    int ifindex;
};

static void note_default(void *data, const struct route_info *info)
{
    const struct default_of *of = data;
    int family = info->via.family;

    if (info->ifindex == of->ifindex && family && info->to.len == 0)
        of->setting->defaults[family == info->to.ip.family &&
                              of->setting->defaults[0].family] = info->via;
}

void uplink_read_setting(struct uplink_job *job, const char *device,
                         struct uplink_setting *ret)
{
    struct link_info link;
    struct err ignored = {0};
    struct default_of of = {.setting = ret};

    if (link_find(job->host, device, &link, &ignored) <= 0)
        return;
    of.ifindex = link.ifindex;
    (void)!addr_each(job->host, link.ifindex, note_address, ret, &ignored);
    (void)!route_each(job->host, note_default, &of, &ignored);
}

static void add_names(const struct uplink_note *note, struct buf *ret)
{
    for (size_t i = 0; i < note->card_count; i++)
        buf_addf(ret, "%s%s", i ? ", " : "", note->cards[i].name);
}

static void write_note(const struct uplink_note *note, struct json_writer *w)
{
    json_write_member(w, "access-port", note->access);
    json_write_member(w, "bridge", note->bridge);
    json_write_key(w, "cards");
    json_write_array(w);
    for (size_t i = 0; i < note->card_count; i++)
        json_write_string(w, note->cards[i].name);
    json_write_array_end(w);
}

void uplink_write_move(struct cli *cli, const struct uplink_job *job,
                       const struct uplink_setting *setting)
{
    struct json_writer w = JSON_WRITER(&cli->out);
    char text[PREFIX_TEXT_SIZE];

    json_write_object(&w);
    json_write_key(&w, "moved");
    json_write_bool(&w, !cli->options.check);
    write_note(&job->note, &w);
    json_write_key(&w, "addresses");
    json_write_array(&w);
    for (size_t i = 0; i < setting->address_count; i++) {
        prefix_format(&setting->addresses[i], text);
        json_write_string(&w, text);
    }
    json_write_array_end(&w);
    json_write_key(&w, "gateways");
    json_write_array(&w);
    for (size_t i = 0; i < job->gateway_count; i++) {
        ip_format(&job->gateways[i], text);
        json_write_string(&w, text);
    }
    json_write_array_end(&w);
    json_write_key(&w, "confirm-within");
    json_write_int(&w, job->confirm_s);
    json_write_key(&w, "lasting");
    json_write_object(&w);
    for (size_t i = 0; i < SYSTEM_COUNT; i++) {
        auto_buf struct buf lasting = BUF_INIT(LASTING_SIZE);
        uplink_lasting((enum uplink_system)i, setting, &lasting);
        json_write_member(&w, uplink_system_name((enum uplink_system)i),
                          buf_text(&lasting));
    }
    json_write_object_end(&w);
    json_write_object_end(&w);
    buf_add_text(&cli->out, "\n");
}

static void show_plan(struct cli *cli, const struct uplink_job *job)
{
    struct uplink_plan plan = uplink_plan_move();
    unsigned number = 0;

    for (; plan.step != UPLINK_STEP_DONE; uplink_plan_took(&plan, 0, NULL)) {
        if (plan.step != UPLINK_STEP_CONFIRM || job->confirm_s)
            buf_addf(&cli->out, "%u. %s\n", ++number,
                     uplink_step_words(plan.step));
    }
    if (job->confirm_s)
        buf_addf(&cli->out,
                 "It would be undone if a gateway did not answer, or nobody "
                 "confirmed within %u s.\n",
                 job->confirm_s);
}

/* What tells that a host has the system. netplan writes files for one of the
 * others, which is not to be told besides. */
static bool is_there(enum uplink_system keeper)
{
    static const char *const places[SYSTEM_COUNT] = {
        [SYSTEM_IFUPDOWN] = "/sbin/ifup",
        [SYSTEM_NETWORKD] = "/run/systemd/netif",
        [SYSTEM_NETPLAN] = "/usr/sbin/netplan",
        [SYSTEM_NETWORK_MANAGER] = "/run/NetworkManager"};
    struct stat ignored;

    return stat(places[keeper], &ignored) == 0;
}

static bool is_shown(enum uplink_system keeper)
{
    bool any = false;

    for (size_t i = 0; i < SYSTEM_COUNT; i++)
        any |= is_there((enum uplink_system)i);
    if (!any)
        return true;
    if (keeper != SYSTEM_NETPLAN && is_there(SYSTEM_NETPLAN))
        return false;
    return is_there(keeper);
}

static void show_lasting(struct cli *cli, const struct uplink_setting *setting)
{
    if (setting->userspace)
        buf_addf(&cli->out,
                 "\nThe bridge is of the userspace datapath: its devices go "
                 "when ovs-vswitchd ends.\novsint-plugin gives %s its "
                 "addresses again while it runs. Without it, restart "
                 "ovs-vswitchd\nonly where you reach the host otherwise.\n",
                 setting->access);
    buf_add_text(&cli->out, "\nThe bridge keeps its ports over a reboot, and "
                            "the kernel forgets the addresses.\nWhat makes "
                            "them last, for the system that sets up this "
                            "host:\n");
    for (size_t i = 0; i < SYSTEM_COUNT; i++) {
        auto_buf struct buf lasting = BUF_INIT(LASTING_SIZE);
        if (!is_shown((enum uplink_system)i))
            continue;
        uplink_lasting((enum uplink_system)i, setting, &lasting);
        buf_addf(&cli->out, "\n%s:\n",
                 uplink_system_name((enum uplink_system)i));
        buf_add_text(&cli->out, buf_text(&lasting));
    }
}

void uplink_show_move(struct cli *cli, const struct uplink_job *job,
                      const struct uplink_setting *setting)
{
    auto_buf struct buf names = BUF_INIT(NAMES_SIZE);

    add_names(&job->note, &names);
    if (cli->options.check)
        show_plan(cli, job);
    else
        buf_addf(&cli->out,
                 "%s is on bridge %s; its addresses are on access port %s\n",
                 buf_text(&names), job->note.bridge, job->note.access);
    if (!job->gateway_count)
        buf_add_text(&cli->out, "no route has a gateway, so nothing can be "
                                "asked whether it answers\n");
    if (!cli->options.check && job->confirm_s)
        buf_addf(&cli->out,
                 "undone in %u s, unless 'ovsint uplink confirm' says that "
                 "all is well\n",
                 job->confirm_s);
    show_lasting(cli, setting);
}

void uplink_answer(struct cli *cli, const struct uplink_note *note,
                   const char *key, const char *words)
{
    auto_buf struct buf names = BUF_INIT(NAMES_SIZE);
    struct json_writer w = JSON_WRITER(&cli->out);

    add_names(note, &names);
    if (!cli->options.json) {
        buf_addf(&cli->out, "%s: %s\n", buf_text(&names), words);
        return;
    }
    json_write_object(&w);
    json_write_key(&w, key);
    json_write_bool(&w, true);
    write_note(note, &w);
    json_write_object_end(&w);
    buf_add_text(&cli->out, "\n");
}
