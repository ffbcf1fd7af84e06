/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Files of other programs, line by line. Whatever is not understood is taken
 * for sound.
 */
#include "cli/doctor/texts.h"

#include <ctype.h>
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define LINE_SIZE 512

/* Copies the next line without blanks around it, cut if it is too long. NULL at
 * the end, else what follows it. */
static const char *next_line(const char *text, char ret[LINE_SIZE])
{
    size_t size = strcspn(text, "\n"), begin = 0, end = size;

    if (!*text)
        return NULL;
    while (begin < end && isspace((unsigned char)text[begin]))
        begin++;
    while (end > begin && isspace((unsigned char)text[end - 1]))
        end--;
    snprintf(ret, LINE_SIZE, "%.*s", (int)(end - begin), text + begin);
    return text + size + (text[size] == '\n');
}

/* The value of "KEY=value" or "KEY = value", or NULL. */
static const char *value_of(const char *line, const char *key)
{
    size_t size = strlen(key);

    if (strncasecmp(line, key, size) != 0)
        return NULL;
    line += size + strspn(line + size, " \t");
    return *line == '=' ? line + 1 + strspn(line + 1, " \t") : NULL;
}

/* systemd. */

static bool names_sample(const char *patterns)
{
    char copy[LINE_SIZE], *rest = copy;

    snprintf(copy, sizeof(copy), "%s", patterns);
    for (char *word; (word = strsep(&rest, " \t")) != NULL;) {
        bool inverts = word[0] == '!';
        if (*word && (fnmatch(word + inverts, SAMPLE_PORT, 0) == 0) != inverts)
            return true;
    }
    return false;
}

enum networkd_match networkd_reads(const char *text)
{
    char line[LINE_SIZE];
    bool in_match = false, matches = false, is_narrow = false, spares = false;

    while ((text = next_line(text, line)) != NULL) {
        const char *value;
        if (line[0] == '[')
            in_match = strcmp(line, "[Match]") == 0;
        else if (!line[0] || line[0] == '#' || line[0] == ';')
            continue;
        else if (in_match && (value = value_of(line, "Name")) != NULL)
            matches |= names_sample(value);
        else if (in_match)
            is_narrow = true;
        else if ((value = value_of(line, "Unmanaged")) != NULL)
            spares = strcasecmp(value, "yes") == 0 ||
                     strcasecmp(value, "true") == 0 || strcmp(value, "1") == 0;
    }
    if (!matches || is_narrow)
        return NETWORKD_OTHERS;
    return spares ? NETWORKD_SPARES : NETWORKD_TAKES;
}

/* udev. */

static bool tells_apart(const char *line)
{
    static const char *const keys[] = {
        "ATTR{", "ATTRS{",  "KERNEL==", "KERNEL!=", "KERNELS",   "DRIVERS",
        "ENV{",  "DEVPATH", "PROGRAM",  "IMPORT",   "SUBSYSTEMS"};

    for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
        if (strstr(line, keys[i]))
            return true;
    }
    return false;
}

/* NAME="..." or NAME:="...", but not NAME=="...", and not SYMLINK. */
static bool sets_name(const char *line)
{
    for (const char *at = line; (at = strstr(at, "NAME")) != NULL; at += 4) {
        const char *sign = at + 4 + strspn(at + 4, ": ");
        bool is_word = at == line || at[-1] == ' ' || at[-1] == ',';
        if (is_word && sign[0] == '=' && sign[1] != '=')
            return true;
    }
    return false;
}

const char *udev_renames(const char *text, size_t *ret_size)
{
    char line[LINE_SIZE];
    const char *begin = text;

    for (; (text = next_line(begin, line)) != NULL; begin = text) {
        if (line[0] == '#' || !strstr(line, "SUBSYSTEM==\"net\"") ||
            !sets_name(line) || tells_apart(line))
            continue;
        *ret_size = strcspn(begin, "\n");
        return begin;
    }
    return NULL;
}

/* NetworkManager. */

bool network_manager_spares(const char *text)
{
    static const char key[] = "interface-name:";
    char line[LINE_SIZE];

    while ((text = next_line(text, line)) != NULL) {
        const char *list = value_of(line, "unmanaged-devices");
        if (!list)
            list = value_of(line, "unmanaged-devices+");
        if (!list)
            continue;
        for (const char *at = strstr(list, key); at; at = strstr(at, key)) {
            char pattern[LINE_SIZE];
            at += sizeof(key) - 1;
            snprintf(pattern, sizeof(pattern), "%.*s", (int)strcspn(at, ";,"),
                     at);
            if (fnmatch(pattern, SAMPLE_PORT, 0) == 0)
                return true;
        }
    }
    return false;
}

/* podman. */

bool hooks_dir_lacks(const char *text, const char *directory)
{
    char line[LINE_SIZE], quoted[LINE_SIZE];
    bool in_list = false, is_said = false;

    snprintf(quoted, sizeof(quoted), "\"%s\"", directory);
    while ((text = next_line(text, line)) != NULL) {
        const char *value = in_list ? line : value_of(line, "hooks_dir");
        if (!value || line[0] == '#')
            continue;
        is_said = true;
        if (strstr(value, quoted))
            return false;
        in_list = strchr(value, ']') == NULL;
    }
    return is_said;
}
