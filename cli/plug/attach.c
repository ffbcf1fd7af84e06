/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * `ovsint attach`: an interface for a container that runs. In this order:
 *
 *   1. decide: the words become an attachment. What can be wrong in them is
 *      found here.
 *   2. open: the lookout, the target's namespace, the sockets, the database.
 *   3. confine.
 *   4. run: the engine attaches. The head of attach/attach.h tells what can
 *      fail; nothing is left of it then, nor if a signal asks for the end. One
 *      that comes before has nothing to undo, and one that comes later leaves
 *      the interface.
 *   5. verify, if that was asked for. A port whose address does not answer
 *      stays, as the cause may be elsewhere.
 *
 * With --check it ends after 2, having looked at what would be in the way.
 */
#include "cli/plug/attach.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/confine.h"
#include "ovsint/base/io.h"
#include "ovsint/base/log.h"
#include "ovsint/base/stop.h"
#include "ovsint/config/resolve.h"
#include "ovsint/rows/external_ids.h"

#define DEFAULT_IFNAME "eth0"

void plugging_close(struct plugging *plugging)
{
    ping_close(&plugging->ping);
    attach_run_close(&plugging->run);
    lookout_close(&plugging->lookout);
    target_close(&plugging->target);
}

/* 1. Decide. */

static int read_key(struct attachment_request *request, const char *word,
                    struct err *err)
{
    char key[EXTERNAL_ID_KEY_SIZE], origin[ORIGIN_SIZE];
    const char *value = strchr(word, '=');

    if (!value)
        return err_set(err, EINVAL, "'%.80s' is not of the form KEY=VALUE",
                       word);
    if (value - word >= (ptrdiff_t)sizeof(key))
        return err_set(err, EINVAL, "'%.80s': there is no such key", word);
    snprintf(key, sizeof(key), "%.*s", (int)(value - word), word);
    snprintf(origin, sizeof(origin), "argument %s", key);
    return attachment_set(request, origin, key, value + 1, err);
}

static int decide(const struct cli *cli, struct attachment *ret,
                  struct err *err)
{
    const struct cli_options *options = &cli->options;
    struct attachment_request request;
    size_t first = 1;
    const char *ifname = DEFAULT_IFNAME;

    if (options->word_count > 1 && !strchr(options->words[1], '='))
        ifname = options->words[first++];
    int r = target_check(options->words[0], err);
    if (r < 0)
        return r;
    r = attachment_request_init(&request, FRONT_CLI, ifname, err);
    for (size_t i = first; r >= 0 && i < options->word_count; i++)
        r = read_key(&request, options->words[i], err);
    return r < 0 ? r : attachment_resolve(&request, &cli->settings, ret, err);
}

/* 2. Open. */

#define OTHERS_PATIENCE_MS 5000

/* Two who give one container the same interface would each take the other's
 * port for one that was left behind. So one waits for the other: the lock is on
 * the namespace itself, and goes with its descriptor, however we end. What the
 * wait took is not taken from the attach.
 *
 * Pitfall: whoever is in the container can open its namespace and hold the lock
 * for ever. That must not keep anybody out, so it is a courtesy only. */
static void wait_for_others(const struct target *target, struct cli *cli)
{
    struct err why = {0};

    if (io_lock(target->netns, target->path, OTHERS_PATIENCE_MS, &why) < 0)
        log_event(LOG_LEVEL_WARNING, why.text, "attach", "goes on without it",
                  NULL);
    cli->deadline = deadline_in(cli->settings.timeout_ms);
}

int plugging_open(struct plugging *plugging, struct cli *cli, struct err *err)
{
    int r = attach_run_refuse_rootless("run ovsint as root", err);

    if (r < 0)
        return r;
    r = program_boot_id(plugging->boot, err);
    if (r < 0)
        return r;
    plugging->port.spec = &plugging->spec;
    plugging->port.network =
        settings_network(&cli->settings, plugging->spec.network);
    lookout_open(&plugging->lookout, &plugging->spec, 1);
    r = target_open(cli->options.words[0], &plugging->target, err);
    if (r < 0)
        return r;
    if (!cli->options.check)
        wait_for_others(&plugging->target, cli);
    plugging->port.offers_name =
        plugging->target.is_container &&
        attachment_offer_name(&plugging->spec, plugging->target.container.name);
    r = attach_run_name_ports(&plugging->port, 1, plugging->target.id, err);
    if (r < 0)
        return r;
    r = attach_run_open(&plugging->run, cli->ovsdb, plugging->target.netns,
                        &plugging->port, 1, cli->deadline, err);
    plugging->run.lookout = &plugging->lookout;
    plugging->run.made = &plugging->made;
    if (r < 0 || !cli->options.verifies)
        return r;
    return ping_open(&plugging->ping, plugging->target.netns,
                     &cli->options.verify, err);
}

/* 4. Run. */

static struct attach_want want_of(const struct cli *cli,
                                  const struct plugging *plugging)
{
    const struct target *target = &plugging->target;

    return (struct attach_want){
        .task = ATTACH_MAKE,
        .mover = ATTACH_BY_US,
        .until = ATTACH_PLACE,
        .owner = CLI_OWNER,
        .self = "this command",
        .boot = plugging->boot,
        .only = plugging->spec.ifname,
        .holder = {.kind = HOLDER_CONTAINER,
                   .id = target->id,
                   .netns = target->path,
                   .container = {.netns_id = plugging->run.netns_id,
                                 .pidns =
                                     target->pidns[0] ? target->pidns : NULL}},
        .northbound = cli->settings.northbound,
        .timeout_ms = cli->settings.timeout_ms,
        .deadline_ms = cli->deadline.at_ms};
}

static int fail(struct cli *cli, const char *ifname,
                const struct attach_failure *failure, struct err *err)
{
    const char *left = attach_failure_left(failure);

    if (left)
        log_event(LOG_LEVEL_ERROR, left, "what", failure->left, "error",
                  failure->undo.text, NULL);
    *err = failure->err;
    /* It may have come while something else had failed. */
    cli->signal = failure->err.code == EINTR ? stop_asked() : 0;
    if (cli->signal)
        return err_set(err, EINTR, "%s came before %s of %.80s was there%s",
                       stop_name(cli->signal), ifname, cli->options.words[0],
                       left ? "" : ": nothing is left of what was begun");
    if (failure->reason == ATTACH_NAME_TAKEN)
        return err_set(err, failure->err.code,
                       "%s: name another one, as in 'ovsint attach %.80s eth1 "
                       "...'",
                       failure->err.text, cli->options.words[0]);
    if (failure->reason == ATTACH_OTHER_SETTINGS)
        return err_set(err, failure->err.code,
                       "%s: it stays as it is; to change it, take it away "
                       "first with 'ovsint detach %.80s %s'",
                       failure->err.text, cli->options.words[0], ifname);
    return -err->code;
}

static int run(struct cli *cli, struct plugging *plugging, struct err *err)
{
    struct attach_want want = want_of(cli, plugging);
    struct attach_failure failure;

    stop_begin();
    int r = attach_run(&plugging->run, &want, &plugging->port, 1, &failure);
    stop_end();
    return r < 0 ? fail(cli, plugging->spec.ifname, &failure, err) : 0;
}

/* 5. Verify, and the answer. */

/* The port is there, and stays: so what fails here is a finding. */
static void verify(struct cli *cli, struct plugging *plugging,
                   struct verdict *ret)
{
    const struct attachment *spec = &plugging->made.spec;
    /* The end of a pair has the name that was asked for. */
    const char *device =
        spec->type == VNIC_VETH ? spec->ifname : plugging->made.port;
    struct err err = {0};

    if (!cli->options.verifies)
        return;
    if (verify_run(&plugging->ping, plugging->run.place.inside, device,
                   spec->ifname, ret, &err) < 0) {
        err_wrap(&err, "verify");
        snprintf(ret->words, sizeof(ret->words), "%s", err.text);
    }
    if (!ret->answers)
        cli->status = CLI_FOUND;
}

void plugging_write_target(const struct target *target, struct json_writer *w)
{
    json_write_object(w);
    json_write_member(w, "id", target->id);
    if (target->is_container) {
        json_write_member(w, "runtime",
                          runtime_name(target->container.runtime));
        json_write_member(w, "name", target->container.name);
    }
    json_write_member(w, "namespace", target->path);
    json_write_object_end(w);
}

static void answer_json(struct cli *cli, const struct plugging *plugging,
                        const struct verdict *verdict)
{
    struct json_writer w = JSON_WRITER(&cli->out);
    char mac[MAC_TEXT_SIZE];

    mac_format(&plugging->made.mac, mac);
    json_write_object(&w);
    json_write_key(&w, "target");
    plugging_write_target(&plugging->target, &w);
    json_write_member(&w, "interface", plugging->made.spec.ifname);
    json_write_member(&w, "port", plugging->made.port);
    json_write_member(&w, "mac", mac);
    json_write_key(&w, "already");
    json_write_bool(&w, plugging->made.present);
    json_write_key(&w, "attachment");
    attachment_write(&plugging->made.spec, &w);
    if (cli->options.verifies) {
        json_write_key(&w, "verify");
        verify_write(&cli->options.verify, verdict, &w);
    }
    json_write_object_end(&w);
    buf_add_text(&cli->out, "\n");
}

static void answer(struct cli *cli, const struct plugging *plugging,
                   const struct verdict *verdict)
{
    auto_buf struct buf line = BUF_INIT(ATTACHMENT_TEXT_SIZE);
    const struct terminal *terminal = &cli->terminal;

    if (cli->options.json) {
        answer_json(cli, plugging, verdict);
        return;
    }
    buf_addf(&line, "%s: ", cli->options.words[0]);
    attachment_describe(&plugging->made.spec, &line);
    buf_addf(&line, ": port %s%s", plugging->made.port,
             plugging->made.present ? ", which was there already" : "");
    log_clean(buf_text(&line), &cli->out);
    buf_add_text(&cli->out, "\n");
    if (!cli->options.verifies)
        return;
    terminal_add(terminal, verdict->answers ? COLOUR_GREEN : COLOUR_RED,
                 verdict->words, &cli->out);
    buf_add_text(&cli->out, "\n");
}

int attach_command(struct cli *cli, struct err *err)
{
    auto_plugging struct plugging plugging = PLUGGING_CLOSED;
    struct verdict verdict = {0};

    int r = decide(cli, &plugging.spec, err);
    if (r < 0) {
        cli->status = CLI_BAD_INPUT;
        return r;
    }
    r = plugging_open(&plugging, cli, err);
    if (r >= 0 && cli->options.check)
        return attach_check(cli, &plugging, err);
    if (r >= 0)
        r = cli_confine_plugging(err);
    if (r >= 0)
        r = run(cli, &plugging, err);
    if (r < 0)
        return r;
    verify(cli, &plugging, &verdict);
    answer(cli, &plugging, &verdict);
    return 0;
}
