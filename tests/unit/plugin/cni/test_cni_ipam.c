/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* IPAM plugins: what their answers become, and the process that runs them, with
 * plugins that are scripts. */
#include "plugin/cni/ipam.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plugin/cni/delegate.h"
#include "tests/lib/model.h"

#define HEAD "'cniVersion':'1.0.0','name':'n','type':'ovsint','bridge':'br0'"
#define IPAM "'ipam':{'type':'host-local'}"

static int parse(const char *conf, struct cni_request *ret,
                 struct cni_failure *failure)
{
    auto_free char *text = model_quotes(conf);
    static const struct cni_environment environment = {.command = "ADD",
                                                       .container = "c1",
                                                       .netns = "/run/netns/a",
                                                       .ifname = "eth0"};

    *failure = (struct cni_failure){0};
    return cni_request_parse(text, strlen(text), &environment, ret, failure);
}

/* A port is claimed while the plugin that gives the addresses still works. */
TEST(the_guard_by_default_before_the_addresses_come)
{
    auto_settings struct settings settings = {0};
    auto_cni_request struct cni_request request = {0};
    struct cni_failure failure;
    struct attachment spec;

    settings_init(&settings);
    CHECK_OK(parse("{" HEAD "," IPAM "}", &request, &failure), failure.err);
    CHECK_OK(cni_request_resolve(&request, &settings, &spec, &failure),
             failure.err);
    CHECK_EQ(spec.ip_count, 0);
    CHECK_EQ(spec.guard, SOURCE_GUARD_FULL);
}

/* What the container gets, if the plugin answers so. */
static int resolve(const char *conf, const char *said, struct attachment *ret,
                   struct cni_failure *failure)
{
    auto_settings struct settings settings = {0};
    auto_cni_request struct cni_request request = {0};
    auto_free char *text = model_quotes(said);
    struct ipam_answer answer = {.count = 0};
    struct err *err = &failure->err;

    settings_init(&settings);
    model_unguarded(&settings);
    int r = parse(conf, &request, failure);
    if (r < 0)
        return r;
    CHECK(request.ipam);
    CHECK_OK(cni_request_resolve(&request, &settings, ret, failure), *err);
    CHECK_EQ(ret->ip_count, 0);
    r = ipam_read(text, strlen(text), &answer, err);
    if (r >= 0)
        r = ipam_set(&request, &answer, err);
    ipam_done(&answer);
    return r < 0 ? r : cni_request_resolve(&request, &settings, ret, failure);
}

TEST(answers)
{
    static const struct {
        const char *conf, *said, *spec;
    } table[] = {
        {"{" HEAD "," IPAM "}", "{'ips':[{'address':'10.0.0.2/24'}]}",
         "{'ifname':'eth0','bridge':'br0','ip':['10.0.0.2/24']}"},
        /* The gateway alone is no default route. */
        {"{" HEAD "," IPAM "}",
         "{'ips':[{'version':'4','address':'10.0.0.2/24','gateway':'10.0.0.1'}]"
         ",'routes':[],'dns':{}}",
         "{'ifname':'eth0','bridge':'br0','ip':['10.0.0.2/24']}"},
        {"{" HEAD "," IPAM "}",
         "{'ips':[{'address':'10.0.0.2/24','gateway':'10.0.0.1'},{'address':"
         "'fd00::2/64','gateway':'fd00::1'}],'routes':[{'dst':'0.0.0.0/0'},{"
         "'dst':'::/0','gw':'fd00::9'},{'dst':'10.2.0.0/16'},{'dst':'10.3.0.0/"
         "16','gw':'10.0.0.3'}]}",
         "{'ifname':'eth0','bridge':'br0','ip':['10.0.0.2/24','fd00::2/64'],"
         "'gateway':['10.0.0.1','fd00::9'],'routes':['10.2.0.0/16 via 10.0.0."
         "1','10.3.0.0/16 via 10.0.0.3']}"},
        /* The configuration's own routes are the first. */
        {"{" HEAD "," IPAM ",'gateway':'10.0.0.9','routes':[{'dst':'10.4.0.0/"
         "16'}]}",
         "{'ips':[{'address':'10.0.0.2/24','gateway':'10.0.0.1'}]}",
         "{'ifname':'eth0','bridge':'br0','ip':['10.0.0.2/24'],'gateway':['10."
         "0.0.9'],'routes':['10.4.0.0/16 via 10.0.0.9']}"},
        /* The host is the router. */
        {"{" HEAD "," IPAM ",'mode':'nat'}",
         "{'ips':[{'address':'10.0.0.2/24','gateway':'10.0.0.1'}]}",
         "{'ifname':'eth0','bridge':'br0','ip':['10.0.0.2/24'],'gateway':['10."
         "0.0.1']}"},
        /* What the container's side asks for is the plugin's to judge. */
        {"{" HEAD "," IPAM ",'runtimeConfig':{'ips':['10.0.0.7']}}",
         "{'ips':[{'address':'10.0.0.7/24'}]}",
         "{'ifname':'eth0','bridge':'br0','ip':['10.0.0.7/24']}"},
    };

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        struct cni_failure failure;
        struct attachment spec;
        CHECK_OK(resolve(table[i].conf, table[i].said, &spec, &failure),
                 failure.err);
        auto_free char *text = model_spec(&spec);
        CHECK_STR(text, table[i].spec);
    }
}

TEST(answers_that_are_wrong)
{
    static const struct {
        const char *said, *text;
    } table[] = {
        {"", "premature EOF"},
        {"[]", "it gives no address"},
        {"{}", "it gives no address"},
        {"{'ips':[{}]}", "it gives 'nothing' as an address"},
        {"{'ips':[{'address':'10.0.0.2'}]}", "'10.0.0.2' as an address"},
        {"{'ips':[{'address':'10.0.0.2/24','gateway':'x'}]}",
         "'x' as a gateway"},
        {"{'ips':[{'address':'10.0.0.2/24'}],'routes':[{}]}", "dst ''"},
        {"{'ips':[{'address':'10.0.0.2/24'}],'routes':[{'dst':'10.2.0.0/16'}]}",
         "10.2.0.0/16 has no gw, and there is no gateway"},
        {"{'ips':[{'address':'127.0.0.1/8'}]}", "127.0.0.1"},
        {"{'ips':[{'address':'10.0.0.2/24'}],'routes':[{'dst':'10.2.0.0/16',"
         "'gw':'10.9.0.1'}]}",
         "10.9.0.1"},
        {"{'ips':[{'address':'10.0.0.2/24'}],'routes':[{'dst':'10.2.0.0/16',"
         "'gw':'10.0.0.1','mtu':1300}]}",
         "routes: 10.2.0.0/16: ovsint sets no mtu: leave it out"},
    };

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        struct cni_failure failure;
        struct attachment spec;
        CHECK(resolve("{" HEAD "," IPAM "}", table[i].said, &spec, &failure) <
              0);
        CHECK_HAS(failure.err.text, table[i].text);
    }
}

TEST(configurations_that_are_wrong)
{
    static const struct {
        const char *more, *text;
    } table[] = {
        {"'ipam':[]", "key ipam is an array, not an object"},
        {"'ipam':{'subnet':'10.0.0.0/24'}", "key ipam: it has no type"},
        {"'ipam':{'type':'ovsint'}", "'ovsint' is no IPAM plugin"},
        {IPAM ",'ip':'auto'", "key ip: the addresses come from the plugin"},
        {"'ipam':{'type':'dhcp'},'mode':'nat'", "no DHCP server gives"},
        {"'routes':[{'dst':'10.2.0.0/16'}]", ""},
    };

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        auto_cni_request struct cni_request request = {0};
        auto_buf struct buf conf = BUF_INIT(4096);
        struct cni_failure failure;
        buf_addf(&conf, "{" HEAD ",%s}", table[i].more);
        int r = parse(buf_text(&conf), &request, &failure);
        CHECK_EQ(r < 0, table[i].text[0] != '\0');
        CHECK_HAS(failure.err.text, table[i].text);
    }
}

TEST(what_a_plugin_says_of_a_failure)
{
    static const struct {
        const char *said, *text;
        int code;
    } table[] = {
        {"{'code':11,'msg':'no lease'}", "the IPAM plugin dhcp: no lease", 11},
        {"{'code':142,'msg':'x'}", "the IPAM plugin dhcp: x", 142},
        {"{'code':0,'msg':'x'}", "the IPAM plugin dhcp: x", 100},
        {"{'code':42,'msg':'x'}", "the IPAM plugin dhcp: x", 100},
        {"{'code':65536,'msg':'x'}", "the IPAM plugin dhcp: x", 100},
        {"panic: x", "it has failed without a word", 100},
        {"", "it has failed without a word", 100},
    };

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        auto_free char *said = model_quotes(table[i].said);
        struct cni_failure failure = {.err = {.code = 0}};
        CHECK(ipam_refused("dhcp", said, strlen(said), &failure) < 0);
        CHECK_EQ((int)failure.code, table[i].code);
        CHECK_HAS(failure.err.text, table[i].text);
    }
}

static bool knows(const char *said)
{
    auto_free char *text = model_quotes(said);

    return ipam_knows(text, strlen(text), CNI_1_1_0);
}

TEST(versions_of_a_plugin)
{
    CHECK(knows("{'supportedVersions':['1.0.0','1.1.0']}"));
    CHECK(!knows("{'supportedVersions':['1.0.0',1]}"));
    CHECK(!knows("{'code':4,'msg':'no'}"));
    CHECK(!knows(""));
}

/* The process. */

struct script {
    char dir[32];
    char path[64];
};

static void script_write(struct script *script, const char *body)
{
    snprintf(script->dir, sizeof(script->dir), "/tmp/ipamXXXXXX");
    CHECK(mkdtemp(script->dir));
    snprintf(script->path, sizeof(script->path), "%s/p", script->dir);
    int fd = open(script->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755);
    CHECK(fd >= 0);
    CHECK_EQ(dprintf(fd, "#!/bin/sh\n%s\n", body), (int)strlen(body) + 11);
    close(fd);
}

static void script_remove(const struct script *script)
{
    CHECK_EQ(unlink(script->path), 0);
    CHECK_EQ(rmdir(script->dir), 0);
}

/* `said` is what the script has said, or why it did not run. */
static int run(const char *body, const char *input, unsigned timeout_ms,
               struct buf *said)
{
    const struct cni_environment environment = {.container = "c1",
                                                .netns = "/run/netns/a",
                                                .ifname = "eth0",
                                                .args = "A=b",
                                                .path = "/tmp"};
    struct delegate delegate = DELEGATE_NONE;
    struct script script;
    struct err err = {0};

    script_write(&script, body);
    delegate.timeout_ms = timeout_ms;
    CHECK_OK(delegate_open(&delegate, script.path, &environment, input,
                           strlen(input), &err),
             err);
    int r = delegate_run(&delegate, CNI_ADD, said, &err);
    if (r < 0)
        buf_add_text(said, err.text);
    delegate_close(&delegate);
    script_remove(&script);
    return r;
}

TEST(a_plugin_gets_our_input_and_a_new_environment)
{
    auto_buf struct buf said = BUF_INIT(DELEGATE_ANSWER_SIZE);

    setenv("SECRET", "x", 1);
    CHECK_EQ(run("cat; env | grep -v PWD | sort; echo $#", "{}", 20000, &said),
             0);
    CHECK_STR(buf_text(&said),
              "{}CNI_ARGS=A=b\nCNI_COMMAND=ADD\nCNI_CONTAINERID=c1\n"
              "CNI_IFNAME=eth0\nCNI_NETNS=/run/netns/a\nCNI_PATH=/tmp\n"
              "PATH=/usr/sbin:/usr/bin:/sbin:/bin\n0\n");
}

TEST(plugins_that_fail)
{
    static const struct {
        const char *body;
        int r;
        const char *text;
        unsigned timeout_ms;
    } table[] = {
        {"echo no; exit 3", 1, "no", 20000},
        {"kill -9 $$", -EIO, "was ended by signal 9", 20000},
        {"head -c 70000 /dev/zero", -EFBIG, "/p", 20000},
        {"exit 127", -ENOEXEC, "could not be executed", 20000},
        /* It, and what it has started, is killed. */
        {"sleep 1000 & sleep 1000", -ETIMEDOUT, "/p", 200},
        {"exec >&-; sleep 1000", -ETIMEDOUT, "does not end", 200},
        /* It does not read its input. */
        {"echo yes", 0, "yes", 20000},
    };

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        auto_buf struct buf said = BUF_INIT(DELEGATE_ANSWER_SIZE);
        CHECK_EQ(run(table[i].body, "{}", table[i].timeout_ms, &said),
                 table[i].r);
        CHECK_HAS(buf_text(&said), table[i].text);
    }
}

TEST(where_plugins_are)
{
    char file[PATH_MAX];
    struct script script;
    char path[128];
    struct err err = {0};

    script_write(&script, "");
    snprintf(path, sizeof(path), "relative:/nosuch:%s", script.dir);
    CHECK_OK(delegate_find(path, "p", file, &err), err);
    CHECK_STR(file, script.path);
    CHECK_ERR(delegate_find("/nosuch", "p", file, &err), ENOENT, err,
              "there is no plugin 'p' in CNI_PATH (/nosuch)");
    err = (struct err){0};
    CHECK_ERR(delegate_find(path, "../p", file, &err), EINVAL, err,
              "'../p' is not the name of a file");
    err = (struct err){0};
    CHECK_ERR(delegate_find("", "p", file, &err), ENOENT, err, "no plugin");
    script_remove(&script);
}

TEST_MAIN
