/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * `ovsint doctor`: look, judge, write. A source that is away is a finding
 * itself, so the command fails only if it cannot confine itself.
 */
#include "cli/doctor/doctor.h"

#include "cli/doctor/look.h"

#define SHOWN_OF_A_KIND 10
#define TEXT_SIZE 4096

static const enum colour colours[SEVERITY_COUNT] = {COLOUR_RED, COLOUR_YELLOW,
                                                    COLOUR_BOLD};

static bool is_sound(const struct findings *findings)
{
    return findings->of[SEVERITY_ERROR] + findings->of[SEVERITY_WARNING] == 0;
}

static void texts_of(const struct finding *finding, struct buf *says,
                     struct buf *mend)
{
    const char *const words[FINDING_WORDS] = {finding->words[0],
                                              finding->words[1]};

    finding_text(finding_row(finding->id)->says, words, says);
    finding_command(finding_row(finding->id)->mend, words, mend);
}

static void write_finding(const struct finding *finding, struct json_writer *w)
{
    auto_buf struct buf says = BUF_INIT(TEXT_SIZE);
    auto_buf struct buf mend = BUF_INIT(TEXT_SIZE);
    const struct finding_row *row = finding_row(finding->id);

    texts_of(finding, &says, &mend);
    json_write_object(w);
    json_write_member(w, "id", row->name);
    json_write_member(w, "severity", severity_name(row->severity));
    if (finding->words[0])
        json_write_member(w, "subject", finding->words[0]);
    json_write_member(w, "text", buf_text(&says));
    json_write_member(w, "mend", buf_text(&mend));
    json_write_member(w, "source", row->source);
    json_write_object_end(w);
}

static void write_json(struct cli *cli, const struct findings *findings)
{
    struct json_writer w = JSON_WRITER(&cli->out);

    json_write_object(&w);
    json_write_key(&w, "sound");
    json_write_bool(&w, is_sound(findings));
    json_write_key(&w, "findings");
    json_write_array(&w);
    for (size_t i = 0; i < findings->count; i++)
        write_finding(&findings->list[i], &w);
    json_write_array_end(&w);
    json_write_object_end(&w);
    buf_add_text(&cli->out, "\n");
}

static void show_finding(struct cli *cli, const struct finding *finding)
{
    auto_buf struct buf says = BUF_INIT(TEXT_SIZE);
    auto_buf struct buf mend = BUF_INIT(TEXT_SIZE);
    const struct finding_row *row = finding_row(finding->id);

    texts_of(finding, &says, &mend);
    terminal_add(&cli->terminal, colours[row->severity],
                 severity_name(row->severity), &cli->out);
    buf_addf(&cli->out, " %s: ", row->name);
    terminal_add(&cli->terminal, COLOUR_NONE, buf_text(&says), &cli->out);
    buf_add_text(&cli->out, "\n    ");
    terminal_add(&cli->terminal, COLOUR_BOLD, buf_text(&mend), &cli->out);
    buf_add_text(&cli->out, "\n");
}

static void show_more(struct cli *cli, const struct finding *last, size_t count)
{
    if (count > SHOWN_OF_A_KIND)
        buf_addf(&cli->out, "%s %s: %zu more\n",
                 severity_name(finding_row(last->id)->severity),
                 finding_row(last->id)->name, count - SHOWN_OF_A_KIND);
}

static void show_all(struct cli *cli, const struct findings *findings)
{
    size_t of_kind = 0;

    for (size_t i = 0; i < findings->count; i++) {
        const struct finding *finding = &findings->list[i];
        if (i && finding->id != finding[-1].id) {
            show_more(cli, &finding[-1], of_kind);
            of_kind = 0;
        }
        if (of_kind++ < SHOWN_OF_A_KIND)
            show_finding(cli, finding);
    }
    if (findings->count)
        show_more(cli, &findings->list[findings->count - 1], of_kind);
    buf_addf(&cli->out, "errors %zu, warnings %zu, notes %zu\n",
             findings->of[SEVERITY_ERROR], findings->of[SEVERITY_WARNING],
             findings->of[SEVERITY_NOTE]);
}

int doctor_command(struct cli *cli, struct err *err)
{
    auto_host_seen struct host_seen seen = {0};
    auto_findings struct findings findings = {0};

    int r = doctor_look(cli, &seen, err);
    if (r < 0)
        return r;
    doctor_judge(&seen, &findings);
    if (!is_sound(&findings))
        cli->status = CLI_FOUND;
    if (cli->options.json)
        write_json(cli, &findings);
    else
        show_all(cli, &findings);
    return 0;
}
