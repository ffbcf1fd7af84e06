/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Requests of a runtime: what is accepted, what is refused, in which words. */
#include "plugin/cni/conf.h"

#include <errno.h>

#include "tests/lib/model.h"

#define CONFIG                                                                 \
    "{'networks':{'lan':{'bridge':'br1','vlan':10,'subnets':[{'subnet':"       \
    "'10.1.0.0/24','gateway':'10.1.0.1'}],'refine':['ip','mac','rate',"        \
    "'burst']}},'policy':{'default':'allow','bridges':['br0'],'vlans':'10-20'" \
    ",'macs':['02:*'"                                                          \
    "]}}"
#define HEAD "'cniVersion':'1.0.0','name':'n','type':'ovsint'"
#define BR0 "{" HEAD ",'bridge':'br0'"
#define LAN "{" HEAD ",'network':'lan'"

static int read_it(const char *command, const char *conf, const char *args,
                   struct cni_request *ret, struct cni_failure *failure)
{
    auto_free char *text = model_quotes(conf);
    const struct cni_environment environment = {.command = command,
                                                .container = "c1",
                                                .netns = "/run/netns/a",
                                                .ifname = "eth0",
                                                .args = args};

    *failure = (struct cni_failure){0};
    return cni_request_parse(text, strlen(text), &environment, ret, failure);
}

static int resolve_it(const char *conf, const char *args,
                      struct attachment *ret, struct cni_failure *failure)
{
    auto_settings struct settings settings = {0};
    auto_cni_request struct cni_request request = {0};
    struct err err = {0};

    CHECK_OK(model_settings(CONFIG, &settings, &err), err);
    model_unguarded(&settings);
    int r = read_it("ADD", conf, args, &request, failure);
    return r < 0 ? r : cni_request_resolve(&request, &settings, ret, failure);
}

static const struct {
    const char *conf, *args, *spec;
} good[] = {
    {BR0 "}", NULL, "{'ifname':'eth0','bridge':'br0'}"},
    /* What the administrator's file says is not judged by the policy. */
    {"{" HEAD ",'bridge':'br9','vlan':99,'vnic':'veth','ip':['10.0.0.5/24'],"
     "'gateway':'10.0.0.1','mtu':1400}",
     "",
     "{'ifname':'eth0','bridge':'br9','vlan':99,'vlan-mode':'access','ip':["
     "'10.0.0.5/24'],'gateway':['10.0.0.1'],'mtu':1400,'type':'veth'}"},
    /* ovs-cni's words. */
    {"{" HEAD ",'bridge':'br9','trunk':[{'id':42},{'minID':1000,'maxID':1010}],"
     "'interface_type':'','socket_file':'unix:/var/run/openvswitch/db.sock',"
     "'link_state_check_retries':5,'args':{'cni':{'ovnPort':'lsp1'}}}",
     "",
     "{'ifname':'eth0','bridge':'br9','trunks':'42,1000-1010','vlan-mode':"
     "'trunk','type':'veth','external-ids':{'iface-id':'lsp1'}}"},
    /* What libcni hands to every plugin. */
    {BR0 ",'capabilities':{'ips':true},'runtimeConfig':{},'args':{'podman_"
         "labels':{}},'ipam':{},'dns':{},'cni.dev/attachments':[],'prevResult'"
         ":null}",
     "IgnoreUnknown=1;K8S_POD_NAME=a=b;OTHER=",
     "{'ifname':'eth0','bridge':"
     "'br0'}"},
    {LAN ",'ip':'auto'}", NULL,
     "{'ifname':'eth0','network':'lan','bridge':'br1','vlan':10,'vlan-mode':"
     "'access','ip':['auto'],'gateway':['10.1.0.1']}"},
    /* One address of its own takes the place of one that would be chosen; its
     * length is the subnet's. */
    {LAN ",'ip':'auto'}", "K8S_POD_NAME=p;IP=10.1.0.9;MAC=02:00:00:00:00:05",
     "{'ifname':'eth0','network':'lan','bridge':'br1','vlan':10,'vlan-mode':"
     "'access','ip':['10.1.0.9/24'],'gateway':['10.1.0.1'],'mac':'02:00:00:00:"
     "00:05'}"},
    {LAN ",'runtimeConfig':{'IPs':['10.1.0.7','10.1.0.8/24'],'Mac':'02:00:00:"
         "00:00:06','portMappings':[],'aliases':null}}",
     "IP=10.1.0.9",
     "{'ifname':'eth0','network':'lan','bridge':'br1','vlan':10,'vlan-mode':"
     "'access','ip':['10.1.0.7/24','10.1.0.8/24'],'gateway':['10.1.0.1'],"
     "'mac':'02:00:00:00:00:06'}"},
    /* containerd's capitals, and its word for "none". */
    {BR0 ",'runtimeConfig':{'bandwidth':{'IngressRate':0,'IngressBurst':"
         "4294967295,'EgressRate':20000000,'EgressBurst':4294967295}}}",
     NULL, "{'ifname':'eth0','bridge':'br0','rate':20000}"},
    {BR0 ",'runtimeConfig':{'bandwidth':{'egressRate':20000000,'egressBurst':"
         "8000000}}}",
     NULL, "{'ifname':'eth0','bridge':'br0','rate':20000,'burst':8000}"},
    /* A pod's annotations: of this interface, ours only. */
    {BR0 ",'runtimeConfig':{'io.kubernetes.cri.pod-annotations':{'ovsint.vlan'"
         ":'12','ovsint.net1.vlan':'13','x':'y','ovsint.eth0.mtu':'1400'}}}",
     NULL,
     "{'ifname':'eth0','bridge':'br0','vlan':12,'vlan-mode':'access','mtu':"
     "1400}"},
    {BR0 ",'args':{'cni':{'mac':'02:00:00:00:00:07','ips':['10.0.0.8/24']}}}",
     NULL,
     "{'ifname':'eth0','bridge':'br0','ip':['10.0.0.8/24'],'mac':'02:00:00:00:"
     "00:07'}"},
    {BR0 "}", ";;FOO=;IgnoreUnknown=true;", "{'ifname':'eth0','bridge':'br0'}"},
    {BR0 "}", "ovsint.mtu=1300;ovsint.external-ids=a=b",
     "{'ifname':'eth0','bridge':'br0','mtu':1300,'external-ids':{'a':'b'}}"},
};

TEST(what_is_accepted)
{
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        struct cni_failure failure;
        struct attachment spec;
        CHECK_OK(resolve_it(good[i].conf, good[i].args, &spec, &failure),
                 failure.err);
        auto_free char *text = model_spec(&spec);
        CHECK_STR(text, good[i].spec);
    }
}

static const struct {
    const char *conf, *args;
    enum cni_code code;
    const char *text;
} bad[] = {
    {"", NULL, CNI_NOT_JSON, "the network configuration: "},
    {"{'cniVersion':'1.0.0'", NULL, CNI_NOT_JSON, "premature EOF"},
    {"[]", NULL, CNI_NOT_JSON, "it is an array, not an object"},
    {"{'name':'n'}", NULL, CNI_BAD_VERSION,
     "has no cniVersion (supported: 0.3.0, "},
    {"{'cniVersion':'0.2.0'}", NULL, CNI_BAD_VERSION,
     "cniVersion '0.2.0' is not supported"},
    {"{'cniVersion':1}", NULL, CNI_BAD_VERSION, "not supported"},
    {"{'cniVersion':'1.0.0'}", NULL, CNI_BAD_CONFIGURATION, "has no name"},
    {"{'cniVersion':'1.0.0','name':'a/b'}", NULL, CNI_BAD_CONFIGURATION,
     "name: 'a/b' is not the name of a network"},
    {"{" HEAD "}", NULL, CNI_BAD_CONFIGURATION, "no bridge"},
    {BR0 ",'vlna':10}", NULL, CNI_BAD_CONFIGURATION,
     "unknown key 'vlna': did you mean 'vlan'?"},
    {BR0 ",'vnci':'veth'}", NULL, CNI_BAD_CONFIGURATION,
     "did you mean 'vnic'?"},
    {BR0 ",'hairpinMode':true}", NULL, CNI_BAD_CONFIGURATION,
     "unknown key 'hairpinMode' (keys: network, bridge, ovn, vlan, "},
    {BR0 ",'Vlan':10}", NULL, CNI_BAD_CONFIGURATION, "unknown key 'Vlan'"},
    {BR0 ",'vlan':5000}", NULL, CNI_BAD_CONFIGURATION,
     "key vlan: '5000' is not a VLAN id"},
    {BR0 ",'vlan':10,'vlan':11}", NULL, CNI_BAD_CONFIGURATION, "twice"},
    {BR0 ",'vlan':{}}", NULL, CNI_BAD_CONFIGURATION,
     "key vlan: an object cannot stand here"},
    {BR0 ",'vnic':'tap'}", NULL, CNI_BAD_CONFIGURATION, "key vnic: 'tap'"},
    {BR0 ",'trunk':[{'minID':4}]}", NULL, CNI_BAD_CONFIGURATION,
     "key trunk: an element has neither id, nor minID and maxID"},
    {BR0 ",'trunk':'10'}", NULL, CNI_BAD_CONFIGURATION,
     "key trunk is another plugin's word: write 'trunks'"},
    {BR0 ",'trunk':[{'id':4095}]}", NULL, CNI_BAD_CONFIGURATION, "key trunk"},
    {BR0 ",'trunk':[{'id':7}],'trunks':'8'}", NULL, CNI_BAD_CONFIGURATION,
     "given before as key trunk"},
    {BR0 ",'interface_type':'dpdkvhostuser'}", NULL, CNI_BAD_CONFIGURATION,
     "write 'vnic', internal or veth"},
    {BR0 ",'socket_file':'tcp:127.0.0.1:6640'}", NULL, CNI_BAD_CONFIGURATION,
     "write 'ovsdb' into"},
    {BR0 ",'ofport_request':7}", NULL, CNI_BAD_CONFIGURATION, "write 'ofport'"},
    {BR0 ",'isGateway':true}", NULL, CNI_BAD_CONFIGURATION, "the host is the"},
    {BR0 "}", "ovnPort=", CNI_BAD_CONFIGURATION,
     "CNI_ARGS ovnPort: '' is not the name of a port"},
    {BR0 ",'runtimeConfig':{'dns':{'Servers':'10.0.0.1'}}}", NULL,
     CNI_BAD_CONFIGURATION, "runtimeConfig: dns: servers is no list"},
    {BR0 ",'runtimeConfig':{'dns':{'servers':[1]}}}", NULL,
     CNI_BAD_CONFIGURATION, "runtimeConfig: dns: servers is no list"},
    {BR0 ",'mac':'02:00:00:00:00:01'}", NULL, CNI_BAD_CONFIGURATION,
     "is for one container"},
    {BR0 ",'dns':[]}", NULL, CNI_BAD_CONFIGURATION, "key: dns is an array"},
    {BR0 ",'prevResult':{}}", NULL, CNI_BAD_CONFIGURATION,
     "has to be the first plugin"},
    {BR0 ",'ip':'auto'}", NULL, CNI_BAD_CONFIGURATION, "key ip: "},
    {"{" HEAD ",'network':'lna'}", NULL, CNI_BAD_CONFIGURATION,
     "key network: no network 'lna' in the configuration: did you mean 'lan'?"},
    /* The container's side. */
    {BR0 "}", "IP", CNI_BAD_CONFIGURATION, "CNI_ARGS: 'IP' is not of the form"},
    {BR0 "}", "IgnoreUnknown=0;FOO=1", CNI_BAD_CONFIGURATION,
     "CNI_ARGS FOO: unknown"},
    {BR0 "}", "IgnoreUnknown=1x;FOO=1", CNI_BAD_CONFIGURATION,
     "CNI_ARGS FOO: unknown"},
    {BR0 "}", "FOO=1", CNI_BAD_CONFIGURATION, "CNI_ARGS FOO: unknown"},
    {BR0 "}", "IP=10.0.0.9", CNI_BAD_CONFIGURATION,
     "CNI_ARGS IP: '10.0.0.9' has no prefix length"},
    {LAN "}", "IP=10.2.0.9", CNI_BAD_CONFIGURATION, "has no prefix length"},
    {LAN "}", "IP=x", CNI_BAD_CONFIGURATION, "CNI_ARGS IP: 'x' is not an addr"},
    {LAN "}", "IP=", CNI_BAD_CONFIGURATION, "is not a list of addresses"},
    {LAN "}", "IP=10.1.0.9;IP=10.1.0.8", CNI_BAD_CONFIGURATION,
     "CNI_ARGS IP: given before as CNI_ARGS IP"},
    {BR0 "}", "MAC=06:00:00:00:00:01", CNI_BAD_CONFIGURATION,
     "CNI_ARGS MAC: MAC address '06:00:00:00:00:01' is not allowed by the pol"},
    {BR0 ",'ip':'10.0.0.5/24'}", "IP=10.0.0.9/24", CNI_BAD_CONFIGURATION,
     "CNI_ARGS IP: the network configuration says 'ip'"},
    {BR0 ",'vlan':10}", "ovsint.vlan=11", CNI_BAD_CONFIGURATION,
     "CNI_ARGS ovsint.vlan: the network configuration says 'vlan'"},
    {BR0 "}", "ovsint.vlan=21", CNI_BAD_CONFIGURATION,
     "VLAN '21' is not allowed by the policy"},
    {"{" HEAD "}", "ovsint.bridge=br9", CNI_BAD_CONFIGURATION,
     "bridge 'br9' is not allowed by the policy"},
    {LAN "}", "ovsint.vlan=11", CNI_BAD_CONFIGURATION,
     "network 'lan' does not leave this to the container"},
    {BR0 ",'runtimeConfig':{'portMappings':[{'hostPort':80}]}}", NULL,
     CNI_BAD_CONFIGURATION, "does not serve the capability portMappings"},
    {BR0 ",'runtimeConfig':{'aliases':{'n':['a']}}}", NULL,
     CNI_BAD_CONFIGURATION, "does not serve the capability aliases"},
    {BR0 ",'runtimeConfig':{'ips':'10.0.0.9/24'}}", NULL, CNI_BAD_CONFIGURATION,
     "runtimeConfig.ips is a string, not an array"},
    {BR0 ",'runtimeConfig':{'ips':[1]}}", NULL, CNI_BAD_CONFIGURATION,
     "an element is a"},
    {BR0 ",'runtimeConfig':{'mac':1}}", NULL, CNI_BAD_CONFIGURATION,
     "runtimeConfig.mac is a"},
    {BR0 ",'runtimeConfig':{'bandwidth':{'ingressRate':1000}}}", NULL,
     CNI_BAD_CONFIGURATION, "remove the ingress rate"},
    {BR0 ",'runtimeConfig':{'bandwidth':{'egressRate':'1'}}}", NULL,
     CNI_BAD_CONFIGURATION, "egressRate is not a number"},
    {BR0 ",'runtimeConfig':{'io.kubernetes.cri.pod-annotations':{'ovsint.vlan'"
         ":'12','ovsint.eth0.vlan':'13'}}}",
     NULL, CNI_BAD_CONFIGURATION,
     "annotation ovsint.eth0.vlan: given before as annotation ovsint.vlan"},
    {BR0 ",'runtimeConfig':{'io.kubernetes.cri.pod-annotations':{'ovsint.vlna'"
         ":'12'}}}",
     NULL, CNI_BAD_CONFIGURATION, "annotation ovsint.vlna: unknown key"},
    {BR0 ",'args':{'cni':{'vlna':'1'}}}", NULL, CNI_BAD_CONFIGURATION,
     "args.cni.vlna: unknown key"},
    {LAN ",'mode':'natt'}", "", CNI_BAD_CONFIGURATION,
     "key mode: 'natt' is none of flat, nat"},
    {LAN ",'mode':'nat','mode':'nat'}", "", CNI_BAD_CONFIGURATION,
     "key mode: given before"},
    {LAN ",'mode':1}", "", CNI_BAD_CONFIGURATION, "key mode is"},
    {LAN ",'mode':'flat','publish-ip':'127.0.0.1'}", "", CNI_BAD_CONFIGURATION,
     "key publish-ip needs mode=nat"},
    {LAN ",'mode':'nat','runtimeConfig':{'portMappings':{}}}", "",
     CNI_BAD_CONFIGURATION, "portMappings is"},
    {LAN ",'mode':'nat','runtimeConfig':{'portMappings':[{'hostPort':1}]}}", "",
     CNI_BAD_CONFIGURATION, "an element has no containerPort"},
    {LAN ",'mode':'nat','runtimeConfig':{'portMappings':[{'hostPort':'1',"
         "'containerPort':1}]}}",
     "", CNI_BAD_CONFIGURATION, "hostPort is no number"},
    {LAN ",'mode':'nat','runtimeConfig':{'portMappings':[{'hostPort':1,"
         "'containerPort':1,'protocol':6}]}}",
     "", CNI_BAD_CONFIGURATION, "none of tcp, udp, sctp"},
    {LAN ",'mode':'nat','runtimeConfig':{'portMappings':[{'hostPort':1,"
         "'containerPort':1,'hostIP':'x'}]}}",
     "", CNI_BAD_CONFIGURATION, "hostIP 'x' is no address"},
};

TEST(what_is_refused)
{
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct cni_failure failure;
        struct attachment spec;
        if (resolve_it(bad[i].conf, bad[i].args, &spec, &failure) >= 0)
            TEST_FAIL("accepted: %s %s", bad[i].conf, bad[i].args ?: "");
        CHECK_HAS(failure.err.text, bad[i].text);
        CHECK_EQ(failure.code, bad[i].code);
    }
}

#define NAT LAN ",'mode':'nat','runtimeConfig':{'portMappings':"

TEST(ports_of_a_network_with_nat)
{
    static const struct {
        const char *conf, *ports;
    } table[] = {
        {LAN ",'mode':'nat'}", ""},
        {NAT "null}}", ""},
        {NAT "[]}}", ""},
        {NAT "[{'hostPort':8080,'containerPort':80,'protocol':'tcp','hostIP':"
             "''}]}}",
         "tcp/8080:80"},
        {NAT "[{'HostPort':53,'ContainerPort':53,'Protocol':'UDP','HostIP':"
             "'192.0.2.1'},{'hostport':7000,'containerport':70}]}}",
         "udp/192.0.2.1/53:53 tcp/7000:70"},
        {NAT "[{'hostPort':1000,'containerPort':10},{'hostPort':1001,"
             "'containerPort':11},{'hostPort':0,'containerPort':1}]}}",
         "tcp/1000-1001:10"},
        {NAT "[{'containerPort':1}]}}", ""},
    };

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        auto_cni_request struct cni_request request = {0};
        struct cni_failure failure;
        CHECK_OK(read_it("ADD", table[i].conf, "", &request, &failure),
                 failure.err);
        CHECK(request.nat.is_nat);
        CHECK_STR(buf_text(&request.ports), table[i].ports);
    }
}

TEST(the_environment)
{
    static const struct {
        struct cni_environment environment;
        const char *text; /* NULL = accepted */
    } table[] = {
        {{"ADD", "c1", "/n", "eth0", NULL}, NULL},
        {{"DEL", "c1", "", "eth0", NULL}, NULL},
        {{"DEL", "c1", NULL, "eth0", NULL}, NULL},
        {{"ADD", "c1", "", "eth0", NULL}, "CNI_NETNS: '' is not a path"},
        {{"ADD", "c1", NULL, "eth0", NULL}, "CNI_NETNS: '' is not a path"},
        {{"DEL", "c1", "dummy", "eth0", NULL}, "CNI_NETNS: 'dummy' is not a"},
        {{"ADD", "", "/n", "eth0", NULL}, "CNI_CONTAINERID: '' is not a"},
        {{"ADD", NULL, "/n", "eth0", NULL}, "CNI_CONTAINERID: '' is not a"},
        {{"ADD", "../x", "/n", "eth0", NULL}, "CNI_CONTAINERID: '../x' is"},
        {{"ADD", "c 1", "/n", "eth0", NULL}, "CNI_CONTAINERID: 'c 1' is"},
        {{"ADD", "c1", "/n", "lo", NULL}, "CNI_IFNAME: interface 'lo'"},
        {{"ADD", "c1", "/n", NULL, NULL}, "CNI_IFNAME: interface name ''"},
        {{"ADD", "c1", "/n", "a/b", NULL}, "CNI_IFNAME: interface name 'a/b'"},
        {{"add", "c1", "/n", "eth0", NULL}, "CNI_COMMAND: 'add' is not a"},
        {{"", "c1", "/n", "eth0", NULL}, "CNI_COMMAND: '' is not a command"},
        {{NULL, "c1", "/n", "eth0", NULL}, "CNI_COMMAND: '' is not a command"},
    };
    auto_free char *text = model_quotes(BR0 "}");

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        auto_cni_request struct cni_request request = {0};
        struct cni_failure failure = {0};
        int r = cni_request_parse(text, strlen(text), &table[i].environment,
                                  &request, &failure);
        CHECK_EQ(request.version, CNI_1_0_0);
        if (!table[i].text) {
            CHECK_OK(r, failure.err);
            continue;
        }
        CHECK_ERR(r, EINVAL, failure.err, table[i].text);
        CHECK_EQ(failure.code, CNI_BAD_ENVIRONMENT);
    }
}

TEST(commands_and_their_versions)
{
    static const struct {
        const char *command, *version;
        bool is_known;
    } table[] = {
        {"ADD", "0.3.0", true},     {"DEL", "0.3.0", true},
        {"CHECK", "0.3.1", false},  {"CHECK", "0.4.0", true},
        {"GC", "1.0.0", false},     {"GC", "1.1.0", true},
        {"STATUS", "1.0.0", false}, {"STATUS", "1.1.0", true},
    };

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        auto_cni_request struct cni_request request = {0};
        auto_buf struct buf conf = BUF_INIT(256);
        struct cni_failure failure;
        buf_addf(&conf, "{'cniVersion':'%s','name':'n','bridge':'br0'}",
                 table[i].version);
        int r = read_it(table[i].command, buf_text(&conf), NULL, &request,
                        &failure);
        CHECK_EQ(r >= 0, table[i].is_known);
        CHECK_STR(cni_version_name(request.version), table[i].version);
        if (!table[i].is_known)
            CHECK_EQ(failure.code, CNI_BAD_VERSION);
    }
}

/* A mistake in the file must not leave ports behind. */
TEST(removals_read_no_more_than_names)
{
    auto_cni_request struct cni_request request = {0};
    struct cni_failure failure;

    CHECK_OK(read_it("DEL", "{" HEAD ",'vlna':10,'runtimeConfig':7}", "FOO",
                     &request, &failure),
             failure.err);
    CHECK_STR(request.name, "n");
}

TEST(what_gc_keeps)
{
    static const struct {
        const char *valid;
        bool c1_eth0, c1_net1;
    } table[] = {
        /* Nothing was said: nothing goes. */
        {"", true, true},
        {",'cni.dev/valid-attachments':[]", false, false},
        {",'cni.dev/valid-attachments':[{'containerID':'c1','ifname':'eth0'}]",
         true, false},
        {",'cni.dev/valid-attachments':[{'containerID':'c2','ifname':'eth0'},"
         "{'containerID':'c1','ifname':'net1'}]",
         false, true},
    };

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        auto_cni_request struct cni_request request = {0};
        auto_buf struct buf conf = BUF_INIT(512);
        struct cni_failure failure;
        buf_addf(&conf, "{'cniVersion':'1.1.0','name':'n','vlna':1%s}",
                 table[i].valid);
        CHECK_OK(read_it("GC", buf_text(&conf), NULL, &request, &failure),
                 failure.err);
        CHECK_EQ(cni_request_keeps(&request, "c1", "eth0"), table[i].c1_eth0);
        CHECK_EQ(cni_request_keeps(&request, "c1", "net1"), table[i].c1_net1);
    }
}

TEST(lists_of_gc_that_are_none)
{
    static const char *const table[] = {"{}", "null", "[1]", "[{}]",
                                        "[{'containerID':'c1'}]"};

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        auto_cni_request struct cni_request request = {0};
        auto_buf struct buf conf = BUF_INIT(512);
        struct cni_failure failure;
        buf_addf(&conf,
                 "{'cniVersion':'1.1.0','name':'n',"
                 "'cni.dev/valid-attachments':%s}",
                 table[i]);
        CHECK_ERR(read_it("GC", buf_text(&conf), NULL, &request, &failure),
                  EINVAL, failure.err, "key cni.dev/valid-attachments");
        CHECK_EQ(failure.code, CNI_BAD_CONFIGURATION);
    }
}

TEST_MAIN
