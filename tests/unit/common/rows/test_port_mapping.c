/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Lists of ports that are to be published, in the words of two runtimes. */
#include "ovsint/rows/port_mapping.h"

#include <errno.h>

#include "tests/lib/model.h"

static const struct port_mapping_words words = {.list = "ports",
                                                .host_port = "host_port",
                                                .port = "container_port",
                                                .host = "host_ip",
                                                .protocol = "protocol",
                                                .range = "range"};
static const struct port_mapping_words without_range = {.list = "ports",
                                                        .host_port = "hostPort",
                                                        .port = "containerPort",
                                                        .host = "hostIP",
                                                        .protocol = "protocol"};

static int read_list(const char *list, const struct port_mapping_words *in,
                     struct buf *ret, struct err *err)
{
    auto_free char *text = model_quotes(list);
    auto_json struct json *json = NULL;
    struct err ignored = {0};

    CHECK_OK(json_parse(text, strlen(text), &model_limits, &json, &ignored),
             ignored);
    return port_mappings_read(json, in, ret, err);
}

TEST(lists)
{
    static const struct {
        const char *list, *text;
        const struct port_mapping_words *words;
    } table[] = {
        {"null", "", &words},
        {"[]", "", &words},
        {"[{'container_port':80,'host_ip':'','host_port':8080,'protocol':"
         "'tcp','range':1},{'container_port':9000,'host_ip':'127.0.0.1',"
         "'host_port':9000,'protocol':'udp','range':3}]",
         "tcp/8080:80 udp/127.0.0.1/9000-9002:9000", &words},
        {"[{'container_port':53,'host_port':53,'host_ip':null},"
         "{'container_port':65535,'host_port':1,'host_ip':'fd00::1','protocol':"
         "'sctp'}]",
         "tcp/53:53 sctp/fd00::1/1:65535", &words},
        /* containerd's capitals, and what is not published. */
        {"[{'HostPort':8080,'ContainerPort':80,'Protocol':'TCP','HostIP':''},"
         "{'ContainerPort':443},{'HostPort':0,'ContainerPort':444}]",
         "tcp/8080:80", &without_range},
    };

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        auto_buf struct buf text = BUF_INIT(4096);
        struct err err = {0};
        CHECK_OK(read_list(table[i].list, table[i].words, &text, &err), err);
        CHECK_STR(buf_text(&text), table[i].text);
    }
}

TEST(lists_that_are_wrong)
{
    static const struct {
        const char *list, *words;
    } table[] = {
        {"7", "ports is an integer, not an array"},
        {"[7]", "ports: an element is an integer, not an object"},
        {"[{'host_port':1}]", "ports: an element has no container_port"},
        {"[{'host_port':1,'container_port':0}]",
         "ports: container_port is no number from 1 to 65535"},
        {"[{'host_port':65536,'container_port':1}]",
         "ports: host_port is no number from 0 to 65535"},
        {"[{'host_port':-1,'container_port':1}]", "ports: host_port is no"},
        {"[{'host_port':'80','container_port':1}]", "ports: host_port is no"},
        {"[{'host_port':1,'container_port':1,'protocol':'icmp'}]",
         "ports: protocol 'icmp' is none of tcp, udp, sctp"},
        {"[{'host_port':1,'container_port':1,'protocol':6}]",
         "ports: protocol 'an integer' is none of"},
        {"[{'host_port':1,'container_port':1,'host_ip':'x'}]",
         "ports: host_ip 'x' is no address"},
        {"[{'host_port':1,'container_port':1,'host_ip':7}]",
         "ports: host_ip 'an integer' is no address"},
        {"[{'host_port':1,'container_port':1,'range':0}]",
         "ports: range is no number from 1 to 65535"},
        {"[{'host_port':65535,'container_port':1,'range':2}]",
         "ports: range goes beyond port 65535"},
        {"[{'host_port':1,'container_port':65000,'range':600}]",
         "ports: range goes beyond port 65535"},
    };

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        auto_buf struct buf text = BUF_INIT(4096);
        struct err err = {0};
        CHECK_ERR(read_list(table[i].list, &words, &text, &err), EINVAL, err,
                  table[i].words);
    }
}

TEST(more_than_a_row_holds)
{
    auto_buf struct buf text = BUF_INIT(8);
    struct err err = {0};

    CHECK_ERR(read_list("[{'host_port':8080,'container_port':8080}]", &words,
                        &text, &err),
              EMSGSIZE, err, "ports: too many ports");
}

TEST_MAIN
