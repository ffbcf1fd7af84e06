/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* What the netavark plugin answers. */
#include "plugin/netavark/answer.h"

#include <errno.h>

#include "plugin/netavark/names_text.h"
#include "tests/lib/model.h"

#define NET "'name':'n','id':'01','driver':'ovsint'"

/* The answer with single quotes and without its line feed. */
static char *shown(const struct buf *buf)
{
    CHECK(!buf->overflow && buf->data[buf->size - 1] == '\n');
    char *text = mem_text(buf->data, buf->size - 1);

    for (char *c = text; *c; c++)
        *c = *c == '"' ? '\'' : *c;
    return text;
}

static int create(const char *network, bool has_names, struct buf *ret,
                  struct err *err)
{
    auto_netavark_request struct netavark_request request = {0};
    auto_free char *text = model_quotes(network);

    CHECK_OK(netavark_request_parse(text, strlen(text), NETAVARK_CREATE,
                                    &request, err),
             *err);
    return netavark_answer_network(&request, has_names, ret, err);
}

TEST(the_network_is_completed)
{
    static const struct {
        const char *network, *answer;
        bool has_names;
    } table[] = {
        {"{" NET ",'dns_enabled':true,'labels':{'a':'b'}}",
         "{" NET ",'labels':{'a':'b'},'dns_enabled':false,'ipam_options':{"
         "'driver':'none'}}"},
        {"{" NET ",'subnets':[{'subnet':'10.0.0.0/24'}],'unknown':[1]}",
         "{" NET ",'subnets':[{'subnet':'10.0.0.0/24'}],'unknown':[1],"
         "'dns_enabled':false,'ipam_options':{'driver':'host-local'}}"},
        {"{" NET ",'subnets':[{'subnet':'10.0.0.0/24'}],'ipam_options':{"
         "'driver':'none','x':'y'}}",
         "{" NET ",'subnets':[{'subnet':'10.0.0.0/24'}],'dns_enabled':false,"
         "'ipam_options':{'driver':'none','x':'y'}}"},
        {"{" NET ",'network_dns_servers':['9.9.9.9']}",
         "{" NET ",'network_dns_servers':['9.9.9.9'],'dns_enabled':true,"
         "'ipam_options':{'driver':'none'}}"},
        {"{" NET ",'dns_enabled':true}",
         "{" NET ",'dns_enabled':true,'ipam_options':{'driver':'none'}}", true},
        {"{" NET ",'dns_enabled':false}",
         "{" NET ",'dns_enabled':false,'ipam_options':{'driver':'none'}}",
         true},
    };

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        auto_buf struct buf answer = BUF_INIT(1u << 20);
        struct err err = {0};
        CHECK_OK(create(table[i].network, table[i].has_names, &answer, &err),
                 err);
        auto_free char *text = shown(&answer);
        CHECK_STR(text, table[i].answer);
    }
}

/* podman would wait for ever. */
TEST(an_answer_that_podman_cannot_read_is_none)
{
    auto_buf struct buf network = BUF_INIT(1u << 20);
    auto_buf struct buf answer = BUF_INIT(1u << 20);
    struct err err = {0};

    buf_add_text(&network, "{" NET ",'labels':{'a':'");
    for (size_t i = 0; i < NETAVARK_ANSWER_SIZE; i++)
        buf_add_text(&network, "b");
    buf_add_text(&network, "'}}");
    CHECK_ERR(create(buf_text(&network), false, &answer, &err), EMSGSIZE, err,
              "has more than 32768 bytes");
}

#define GOT                                                    \
    "'interfaces':{'eth1':{'mac_address':'02:00:00:00:00:05'," \
    "'subnets':[{'ipnet':'10.0.0.5/24','gateway':'10.0.0.1'}," \
    "{'ipnet':'fd00::5/64'}]}}}"

TEST(what_a_container_got)
{
    auto_netavark_request struct netavark_request request = {0};
    auto_buf struct buf answer = BUF_INIT(1u << 20);
    auto_free char *text = model_quotes(
        "{'container_id':'c1','network':{" NET ",'network_dns_servers':["
        "'9.9.9.9']},'network_options':{'interface_name':'eth1'}}");
    struct attach_vnic made = {
        .spec = {.ifname = "eth1", .ip_count = 2, .gateway_count = 1},
        .mac = {{2, 0, 0, 0, 0, 5}},
        .dns = {.server_count = 1, .search = "lab.example b.example"}};
    struct err err = {0};

    CHECK_OK(netavark_request_parse(text, strlen(text), NETAVARK_SETUP,
                                    &request, &err),
             err);
    CHECK_EQ(parse_prefix("10.0.0.5/24", &made.spec.ip[0]), 0);
    CHECK_EQ(parse_prefix("fd00::5/64", &made.spec.ip[1]), 0);
    CHECK_EQ(parse_ip("10.0.0.1", &made.spec.gateway[0]), 0);
    CHECK_EQ(parse_ip("10.0.0.53", &made.dns.servers[0]), 0);
    netavark_answer_status(&request, &made, NULL, &answer);
    auto_free char *said = shown(&answer);
    CHECK_STR(said, "{'dns_search_domains':['lab.example','b.example'],"
                    "'dns_server_ips':['9.9.9.9']," GOT);
    /* Without servers of the operator's; and where names are told. */
    request.network = NULL;
    answer.size = 0;
    netavark_answer_status(&request, &made, NULL, &answer);
    auto_free char *lan = shown(&answer);
    CHECK_STR(lan, "{'dns_search_domains':['lab.example','b.example'],"
                   "'dns_server_ips':['10.0.0.53']," GOT);
    answer.size = 0;
    netavark_answer_status(&request, &made, "dns.podman", &answer);
    auto_free char *names = shown(&answer);
    CHECK_STR(names, "{'dns_search_domains':['dns.podman'],"
                     "'dns_server_ips':['10.0.0.1']," GOT);
}

/* What aardvark-dns reads. */
static bool begins_with_c1(const void *data, const char *container)
{
    return strncmp(container, data, 2) == 0;
}

TEST(the_file_of_names)
{
    auto_netavark_request struct netavark_request request = {0};
    auto_buf struct buf head = BUF_INIT(4096), line = BUF_INIT(4096);
    auto_buf struct buf left = BUF_INIT(4096);
    auto_free char *text = model_quotes(
        "{'container_id':'c1','container_name':'web','network':{" NET
        ",'network_dns_servers':['9.9.9.9','x y']},'network_options':{"
        "'interface_name':'eth0','aliases':['one','two words','c\\n2 x',7,'',"
        "'1a2b']}}");
    struct attachment spec = {
        .ifname = "eth0", .ip_count = 2, .gateway_count = 2};
    struct err err = {0};

    CHECK_OK(netavark_request_parse(text, strlen(text), NETAVARK_SETUP,
                                    &request, &err),
             err);
    CHECK_EQ(parse_prefix("10.0.0.5/24", &spec.ip[0]), 0);
    CHECK_EQ(parse_prefix("fd00::5/64", &spec.ip[1]), 0);
    CHECK_EQ(parse_ip("10.0.0.1", &spec.gateway[0]), 0);
    CHECK_EQ(parse_ip("fd00::1", &spec.gateway[1]), 0);
    CHECK(names_text_head(&request, &spec, &head));
    CHECK_STR(buf_text(&head), "10.0.0.1,fd00::1 9.9.9.9\n");
    names_text_line(&request, &spec, &line);
    CHECK_STR(buf_text(&line), "c1 10.0.0.5 fd00::5 web,one,1a2b\n");
    names_text_without("10.0.0.1\nc1 10.0.0.5  a\nc11 10.0.0.6  b\ncut", "c1",
                       &left);
    CHECK_STR(buf_text(&left), "10.0.0.1\nc11 10.0.0.6  b\n");
    buf_clear(&left);
    names_text_without("10.0.0.1\nc1 10.0.0.5  a\n", "c1", &left);
    CHECK_STR(buf_text(&left), "");
    names_text_keep("10.0.0.1\nc1 10.0.0.5  a\nc11 10.0.0.6  b\n\nc2 \n",
                    begins_with_c1, "c1", &left);
    CHECK_STR(buf_text(&left), "10.0.0.1\nc1 10.0.0.5  a\nc11 10.0.0.6  b\n");
    spec.gateway_count = 0;
    CHECK(!names_text_head(&request, &spec, &head));
    CHECK(names_text_is_file("lan-1.x"));
    CHECK(!names_text_is_file("aardvark.pid"));
    CHECK(!names_text_is_file("../x"));
    CHECK(!names_text_is_file(".x"));
    CHECK(!names_text_is_file(""));
}

TEST(errors_and_info)
{
    auto_buf struct buf answer = BUF_INIT(1u << 20);
    auto_buf struct buf info = BUF_INIT(1u << 20);
    struct err err = {0};

    (void)!err_set(&err, EINVAL, "bridge \"x\" is not there");
    netavark_answer_error(&err, &answer);
    CHECK_STR(buf_text(&answer),
              "{\"error\":\"bridge \\\"x\\\" is not there\"}\n");
    netavark_answer_info(&info);
    CHECK_STR(buf_text(&info), "{\"version\":\"" OVSINT_VERSION
                               "\",\"api_version\":\"1.0.0\"}\n");
}

TEST_MAIN
