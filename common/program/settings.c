/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Finds the configuration, the database's address and the boot id. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ovsint/base/io.h"
#include "ovsint/program/program.h"

#define BOOT_ID_PATH "/proc/sys/kernel/random/boot_id"

int program_settings(const char *path, bool named, struct settings *ret,
                     struct err *err)
{
    auto_buf struct buf text = BUF_INIT(LIMIT_CONFIG_SIZE);

    int r = io_read_file(path, &text, err);
    if (r == -ENOENT && !named)
        return 0;
    if (r < 0)
        return r;
    return settings_parse(buf_text(&text), text.size, path, ret, err);
}

void program_ovsdb(const char *option, const struct settings *settings,
                   char ret[OVSDB_ADDRESS_SIZE])
{
    snprintf(ret, OVSDB_ADDRESS_SIZE, "%s", option ? option : settings->ovsdb);
}

int program_boot_id(char ret[BOOT_ID_SIZE], struct err *err)
{
    auto_buf struct buf text = BUF_INIT(BOOT_ID_SIZE);

    int r = io_read_file(BOOT_ID_PATH, &text, err);
    if (r < 0)
        return r;
    snprintf(ret, BOOT_ID_SIZE, "%.*s", BOOT_ID_SIZE - 1, buf_text(&text));
    return 0;
}
