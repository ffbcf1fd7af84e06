/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Status line and headers. Docker does not check the type of an answer; it is
 * the one that its documentation names.
 */
#include "plugin/docker/http_head.h"

static const struct {
    unsigned status;
    const char *text;
} statuses[] = {
    {200, "OK"},
    {400, "Bad Request"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {413, "Content Too Large"},
    {417, "Expectation Failed"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {505, "HTTP Version Not Supported"},
};

static const char *status_text(unsigned status)
{
    for (size_t i = 0; i < ARRAY_LEN(statuses); i++) {
        if (statuses[i].status == status)
            return statuses[i].text;
    }
    return "Unknown";
}

void http_write_head(struct buf *ret, unsigned status, size_t size,
                     const char *connection)
{
    buf_addf(ret,
             "HTTP/1.1 %u %s\r\n"
             "Content-Type: application/vnd.docker.plugins.v1.2+json\r\n"
             "Content-Length: %zu\r\n",
             status, status_text(status), size);
    if (status == 405)
        buf_add_text(ret, "Allow: POST\r\n");
    if (connection)
        buf_addf(ret, "Connection: %s\r\n", connection);
    buf_add_text(ret, "\r\n");
}
