/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * ovsint: the operator's command. In this order: read the command line, read
 * the configuration, run the command, write its answer. A failure is one
 * sentence on standard error, of JSON with --json; what a command has found
 * without failing is in its answer, and in the exit status.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/help.h"
#include "ovsint/base/log.h"

static cli_run *const commands[COMMAND_COUNT] = {
    [COMMAND_ATTACH] = attach_command,
    [COMMAND_DETACH] = detach_command,
    [COMMAND_LS] = ls_command,
    [COMMAND_SHOW] = show_command,
    [COMMAND_GC] = gc_command,
    [COMMAND_GRAPH] = graph_command,
    [COMMAND_TRACE] = trace_command,
    [COMMAND_TOP] = top_command,
    [COMMAND_WATCH] = watch_command,
    [COMMAND_DOCTOR] = doctor_command,
    [COMMAND_METRICS] = metrics_command,
    [COMMAND_UPLINK] = uplink_command,
    [COMMAND_MIRROR] = mirror_command,
    [COMMAND_NAMES] = names_command,
    [COMMAND_COMPLETION] = completion_command,
    [COMMAND_MANUAL] = manual_command,
};

static enum cli_exit fail(const struct err *err, enum cli_exit status)
{
    log_event(LOG_LEVEL_ERROR, err->text, NULL);
    return status;
}

static void begin_log(const struct cli_options *options)
{
    const struct log_options log = {
        .program = "ovsint",
        .level = options->verbose ? LOG_LEVEL_DEBUG : LOG_LEVEL_WARNING,
        .format = options->json ? LOG_FORMAT_JSON : LOG_FORMAT_TEXT};

    log_init(&log);
}

int cli_flush(struct cli *cli, struct err *err)
{
    int r = cli->out.overflow ? err_set(err, EFBIG, "the answer is too large")
                              : program_show(&cli->out, err);

    buf_clear(&cli->out);
    return r;
}

static enum cli_exit show(const struct buf *text)
{
    struct err err = {0};

    if (text->overflow)
        return fail(&(struct err){EFBIG, "the answer is too large"},
                    CLI_COULD_NOT);
    return program_show(text, &err) < 0 ? fail(&err, CLI_COULD_NOT) : CLI_DONE;
}

/* Into the file that the command has opened, in the place of what it had. */
static enum cli_exit save(int fd, const struct buf *text)
{
    struct err err = {0};

    if (text->overflow)
        return show(text);
    for (size_t at = 0; at < text->size;) {
        ssize_t put = write(fd, text->data + at, text->size - at);
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0) {
            err_sys(&err, "write the answer");
            return fail(&err, CLI_COULD_NOT);
        }
        at += (size_t)put;
    }
    /* A pipe or a device has no size. */
    if (ftruncate(fd, (off_t)text->size) < 0 && errno != EINVAL) {
        err_sys(&err, "write the answer");
        return fail(&err, CLI_COULD_NOT);
    }
    return CLI_DONE;
}

/* The configured deadline is for work that must not be given up early. Whoever
 * only looks would rather be told sooner that the database is stuck. */
#define LOOKING_SHARE 3

static struct deadline deadline_of(const struct cli *cli)
{
    const unsigned works = COMMAND_MASK(COMMAND_ATTACH) |
                           COMMAND_MASK(COMMAND_DETACH) |
                           COMMAND_MASK(COMMAND_UPLINK);
    bool looks = !(works & COMMAND_MASK(cli->options.command));

    return deadline_in(cli->settings.timeout_ms / (looks ? LOOKING_SHARE : 1));
}

/* The kernel's reason does not say who has the right. */
static void add_who_may(bool is_root, struct err *err)
{
    const struct err is = *err;

    if (!is_root &&
        (strstr(is.text, strerror(EPERM)) || strstr(is.text, strerror(EACCES))))
        err_set(err, is.code, "%s: run ovsint as root", is.text);
}

/* As shells tell the end of a program by a signal: sh(1posix). */
#define BY_SIGNAL 128

static int failed(const struct cli *cli, const struct err *err)
{
    enum cli_exit status =
        fail(err, cli->status == CLI_BAD_INPUT ? CLI_BAD_INPUT : CLI_COULD_NOT);

    return cli->signal ? BY_SIGNAL + cli->signal : (int)status;
}

static int run(struct cli *cli)
{
    bool is_root = geteuid() == 0;
    struct err err = {0};

    settings_init(&cli->settings);
    if (program_settings(cli->options.config, cli->options.config_named,
                         &cli->settings, &err) < 0) {
        add_who_may(is_root, &err);
        return fail(&err, CLI_BAD_INPUT);
    }
    program_ovsdb(cli->options.ovsdb, &cli->settings, cli->ovsdb);
    terminal_look(&cli->terminal);
    cli->deadline = deadline_of(cli);
    if (commands[cli->options.command](cli, &err) < 0) {
        add_who_may(is_root, &err);
        return failed(cli, &err);
    }
    /* All is done: if nobody reads, the program ends as others do. */
    signal(SIGPIPE, SIG_DFL);
    enum cli_exit shown =
        cli->output < 0 ? show(&cli->out) : save(cli->output, &cli->out);
    return (int)(shown == CLI_DONE ? cli->status : shown);
}

static enum cli_exit run_help(const struct cli_options *options)
{
    auto_buf struct buf text = BUF_INIT(1u << 16);

    if (options->version)
        buf_add_text(&text, "ovsint " OVSINT_VERSION "\n");
    else if (options->command == COMMAND_COUNT)
        help_program(&text);
    else
        help_command(options->command, &text);
    return show(&text);
}

/* If stdio had to find its own, it would ask whether standard output is a
 * terminal, which a confined program may not. */
static char output[BUFSIZ];

int main(int argc, char **argv)
{
    static struct cli cli;
    struct err err = {0};

    program_begin();
    /* A pager that ends early must not end us in the middle of the work: only
     * the answer is written without this. */
    signal(SIGPIPE, SIG_IGN);
    setvbuf(stdout, output, _IOFBF, sizeof(output));
    begin_log(&cli.options);
    int r = cli_options_parse(argc, argv, &cli.options, &err);
    begin_log(&cli.options);
    if (r < 0)
        return fail(&err, CLI_BAD_INPUT);
    if (cli.options.help || cli.options.version)
        return run_help(&cli.options);
    cli.out = BUF_INIT(CLI_OUTPUT_SIZE);
    cli.output = -1;
    int status = run(&cli);
    buf_done(&cli.out);
    settings_done(&cli.settings);
    /* A shell ends a loop of commands only if one has died of the signal. */
    if (cli.signal) {
        signal(cli.signal, SIG_DFL);
        (void)raise(cli.signal);
    }
    return status;
}
