/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * A network's file as aardvark-dns reads it (parse_config() in its
 * src/config/mod.rs): the first line has the addresses where it listens, and
 * servers to ask for what it does not know; each further line a container's id,
 * addresses of each family, and names. Pure.
 */
#pragma once

#include "plugin/netavark/request.h"

/* May a file have the network's name? */
bool names_text_is_file(const char *network);
/* Appends the first line; false if the host has no address on the network. */
bool names_text_head(const struct netavark_request *request,
                     const struct attachment *spec, struct buf *ret);
/* Appends the container's line. */
void names_text_line(const struct netavark_request *request,
                     const struct attachment *spec, struct buf *ret);
/* Appends the first line and those of the containers that `keeps` is true for;
 * nothing if there are none. */
void names_text_keep(const char *file,
                     bool (*keeps)(const void *data, const char *container),
                     const void *data, struct buf *ret);
/* Appends what is left of the file without the container; nothing if it has no
 * other. */
void names_text_without(const char *file, const char *container,
                        struct buf *ret);
