/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Completion for shells. Words of the tables stand in the script. Names of
 * containers, ports and bridges are asked of `ovsint names` when they are
 * needed, so that a script of yesterday knows what runs today.
 */
#include <errno.h>
#include <string.h>

#include "cli/help.h"
#include "cli/mirror/request.h"
#include "ovsint/spec/vocabulary.h"

/* What `ovsint names` is asked for; NULL = nothing. */
static const char *names_of(enum cli_word word)
{
    switch (word) {
    case WORD_TARGET:
        return "containers";
    case WORD_PORT:
        return "ports";
    case WORD_NOTHING:
    case WORD_SHELL:
    case WORD_MIRROR:
    case WORD_NAMES:
    case WORD_UPLINK:
        break;
    }
    return NULL;
}

/* The words that a command takes, as its usage has them: "bash|zsh|fish". */
static void add_choices(const struct command *row, struct buf *ret)
{
    if (row->first == WORD_UPLINK)
        buf_add_text(ret, "move confirm undo ");
    if (row->first != WORD_SHELL && row->first != WORD_NAMES &&
        row->first != WORD_MIRROR)
        return;
    for (const char *at = row->arguments; *at && *at != ' '; at++)
        buf_addf(ret, "%c", *at == '|' ? ' ' : *at);
    buf_add_text(ret, " ");
}

static void add_mirror_keys(const struct command *row, struct buf *ret)
{
    const char *key, *syntax, *meaning;

    if (row->first != WORD_MIRROR)
        return;
    for (size_t i = 0; (key = mirror_key(i, &syntax, &meaning)) != NULL; i++)
        buf_addf(ret, "%s= ", key);
}

static void add_keys(const struct command *row, struct buf *ret)
{
    add_mirror_keys(row, ret);
    for (size_t i = 0; row->takes_keys && i < KEY_COUNT; i++) {
        const struct vocabulary_entry *entry =
            vocabulary_entry((enum vocabulary_key)i);
        if (entry->fronts & FRONT_CLI)
            buf_addf(ret, "%s= ", entry->key);
    }
}

static void add_options(enum cli_command command, struct buf *ret)
{
    for (size_t i = 0; i < CLI_OPTION_COUNT; i++) {
        if (cli_option_is_of((enum cli_option)i, command))
            buf_addf(ret, "%s ", cli_option_row((enum cli_option)i)->name);
    }
}

/* One case of a command, for bash and zsh. */
static void add_case(enum cli_command command, struct buf *ret)
{
    const struct command *row = command_row(command);
    const char *names = names_of(row->first);

    buf_addf(ret, "    %s) offer=\"", row->name);
    add_options(command, ret);
    add_choices(row, ret);
    add_keys(row, ret);
    if (names)
        buf_addf(ret, "$(ovsint names %s 2>/dev/null)", names);
    buf_add_text(ret, "\" ;;\n");
}

static void add_cases(struct buf *ret)
{
    buf_add_text(ret, "    case $command in\n    '') offer=\"");
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        buf_addf(ret, "%s ", command_row((enum cli_command)i)->name);
    buf_add_text(ret, "--help --version\" ;;\n");
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        add_case((enum cli_command)i, ret);
    buf_add_text(ret, "    esac\n");
}

/* Pitfalls: bash takes `=` for the end of a word. compgen(1) expands the words
 * that it is given, with what they name to be executed; and what is completed
 * is typed, so it is quoted. Names in rows are other people's. */
static void write_bash(struct buf *ret)
{
    buf_add_text(ret,
                 "# ovsint completion for bash; made by 'ovsint completion'\n"
                 "_ovsint() {\n"
                 "    local word=${COMP_WORDS[COMP_CWORD]} command= offer= i\n"
                 "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
                 "        [[ ${COMP_WORDS[i]} == -* ]] && continue\n"
                 "        command=${COMP_WORDS[i]}\n"
                 "        break\n"
                 "    done\n");
    add_cases(ret);
    buf_add_text(
        ret,
        "    if [[ $word == = && ${COMP_WORDS[COMP_CWORD-1]} == bridge ||\n"
        "        ${COMP_WORDS[COMP_CWORD-1]} == = &&\n"
        "        ${COMP_WORDS[COMP_CWORD-2]} == bridge ]]; then\n"
        "        offer=$(ovsint names bridges 2>/dev/null) word=${word#=}\n"
        "    elif [[ $word == = || ${COMP_WORDS[COMP_CWORD-1]} == = ]]; then\n"
        "        offer=\n"
        "    fi\n"
        "    local all one\n"
        "    COMPREPLY=()\n"
        "    read -r -d '' -a all <<<\"$offer\"\n"
        "    for one in \"${all[@]}\"; do\n"
        "        [[ $one == \"$word\"* ]] || continue\n"
        "        printf -v one %q \"$one\"\n"
        "        COMPREPLY+=(\"$one\")\n"
        "    done\n"
        "    [[ ${COMPREPLY[0]-} != *= ]] || compopt -o nospace\n"
        "}\n"
        "complete -F _ovsint ovsint\n");
}

static void write_zsh(struct buf *ret)
{
    buf_add_text(ret,
                 "#compdef ovsint\n"
                 "# ovsint completion for zsh; made by 'ovsint completion'\n"
                 "_ovsint() {\n"
                 "    local command= offer= i\n"
                 "    for ((i = 2; i < CURRENT; i++)); do\n"
                 "        [[ $words[i] == -* ]] && continue\n"
                 "        command=$words[i]\n"
                 "        break\n"
                 "    done\n");
    add_cases(ret);
    buf_add_text(ret, "    if [[ $words[CURRENT] == bridge=* ]]; then\n"
                      "        compset -P 'bridge='\n"
                      "        offer=$(ovsint names bridges 2>/dev/null)\n"
                      "    fi\n"
                      "    local -a all plain keys\n"
                      "    all=(${=offer})\n"
                      "    keys=(${(M)all:#*=})\n"
                      "    plain=(${all:#*=})\n"
                      "    compadd -- $plain\n"
                      "    compadd -S '' -- $keys\n"
                      "}\n"
                      "compdef _ovsint ovsint\n");
}

/* fish: one line for each word. */

static void add_fish_options(enum cli_command command, const char *when,
                             struct buf *ret)
{
    for (size_t i = 0; i < CLI_OPTION_COUNT; i++) {
        const struct program_option *option =
            cli_option_row((enum cli_option)i);
        if (cli_option_is_of((enum cli_option)i, command))
            buf_addf(ret, "complete -c ovsint -n '%s' -l %s%s -d '%s'\n", when,
                     option->name + 2, option->value ? " -r" : "",
                     option->meaning);
    }
}

static void add_fish_keys(const char *when, struct buf *ret)
{
    for (size_t i = 0; i < KEY_COUNT; i++) {
        const struct vocabulary_entry *entry =
            vocabulary_entry((enum vocabulary_key)i);
        if (entry->fronts & FRONT_CLI)
            buf_addf(ret, "complete -c ovsint -n '%s' -a '%s=' -d '%s'\n", when,
                     entry->key, entry->meaning);
    }
    buf_addf(ret,
             "complete -c ovsint -n '%s' -a 'bridge=(ovsint names bridges "
             "2>/dev/null)'\n",
             when);
}

static void add_fish_command(enum cli_command command, struct buf *ret)
{
    const struct command *row = command_row(command);
    const char *names = names_of(row->first);
    auto_buf struct buf when = BUF_INIT(128);
    auto_buf struct buf choices = BUF_INIT(256);

    buf_addf(&when, "__fish_seen_subcommand_from %s", row->name);
    add_choices(row, &choices);
    add_mirror_keys(row, &choices);
    buf_addf(ret,
             "complete -c ovsint -f -n __fish_use_subcommand -a %s -d '%s'\n",
             row->name, row->meaning);
    if (names)
        buf_addf(ret,
                 "complete -c ovsint -f -n '%s' -a '(ovsint names %s "
                 "2>/dev/null)'\n",
                 buf_text(&when), names);
    if (choices.size)
        buf_addf(ret, "complete -c ovsint -f -n '%s' -a '%s'\n",
                 buf_text(&when), buf_text(&choices));
    add_fish_options(command, buf_text(&when), ret);
    if (row->takes_keys)
        add_fish_keys(buf_text(&when), ret);
}

static void write_fish(struct buf *ret)
{
    buf_add_text(ret,
                 "# ovsint completion for fish; made by 'ovsint completion'\n"
                 "complete -c ovsint -f\n");
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        add_fish_command((enum cli_command)i, ret);
}

int help_completion(const char *shell, struct buf *ret, struct err *err)
{
    static const struct {
        const char *name;
        void (*write)(struct buf *ret);
    } shells[] = {
        {"bash", write_bash}, {"zsh", write_zsh}, {"fish", write_fish}};

    for (size_t i = 0; i < ARRAY_LEN(shells); i++) {
        if (strcmp(shell, shells[i].name) != 0)
            continue;
        shells[i].write(ret);
        return 0;
    }
    return err_set(err, EINVAL,
                   "completion: '%.80s' is none of the shells bash, zsh, fish",
                   shell);
}
