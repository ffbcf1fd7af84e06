/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The table of findings; what its texts become is in words.c. Pure. */
#include "cli/doctor/doctor.h"

static const struct finding_row rows[FINDING_COUNT] = {
    [FINDING_DATABASE_AWAY] =
        {"database-away",
         SEVERITY_ERROR,
         "the database of Open vSwitch does not answer: no port can be made, "
         "and the userspace datapath forwards nothing (%1)",
         "systemctl %2 ovsdb-server",
         {"REASON", "start|restart"},
         "findings/ovs-taps-stand-still-without-the-database.sh"},
    [FINDING_SWITCH_AWAY] = {"switch-away",
                             SEVERITY_ERROR,
                             "the switch, ovs-vswitchd, does not answer: no "
                             "port can be made, and new flows are "
                             "lost (%1)",
                             "systemctl %2 ovs-vswitchd",
                             {"REASON", "start|restart"},
                             "ovs-vswitchd(8)"},
    [FINDING_SWITCH_BEHIND] =
        {"switch-behind",
         SEVERITY_WARNING,
         "the switch has not done what the database asks for: cur_cfg is %1, "
         "next_cfg %2",
         "journalctl -u ovs-vswitchd",
         {"NUMBER", "NUMBER"},
         "ovs-vswitchd.conf.db(5)"},
    [FINDING_GUARDIAN_AWAY] =
        {"guardian-away",
         SEVERITY_WARNING,
         "the guardian does not run: nothing repairs ports after a restart of "
         "the switch, or removes those of dead containers",
         "systemctl enable --now ovsint-plugin.socket ovsint-plugin.service",
         {NULL},
         "ovsint-plugin(8)"},
    [FINDING_MODULE_AWAY] =
        {"module-away",
         SEVERITY_ERROR,
         "bridge %1 is of the kernel's datapath, and the kernel has none: its "
         "ports cannot be made",
         "modprobe openvswitch",
         {"BRIDGE"},
         "net/openvswitch/datapath.c in Linux"},
    [FINDING_SPANNING_TREE] =
        {"spanning-tree",
         SEVERITY_ERROR,
         "bridge %1 has %2=true and internal ports: one that is added gets no "
         "broadcast, so that ARP has no answer, until ovs-vswitchd is "
         "restarted",
         "ovs-vsctl set Bridge %1 %2=false",
         {"BRIDGE", "COLUMN"},
         "bundle_add_port() in Open vSwitch 3.1.0 to 3.5.0"},
    [FINDING_NO_QUERIER] =
        {"no-querier",
         SEVERITY_WARNING,
         "bridge %1 snoops multicast and has heard no IGMP or MLD query, so "
         "that it forgets who has joined: containers miss what is sent to "
         "their groups",
         "ovs-vsctl set Bridge %1 mcast_snooping_enable=false",
         {"BRIDGE"},
         "findings/ovs-snoops-without-a-querier.sh"},
    [FINDING_PORT_REFUSED] = {"port-refused",
                              SEVERITY_ERROR,
                              "Open vSwitch has not made port %1: %2",
                              "ovsint show %1",
                              {"PORT", "REASON"},
                              "Interface.error in ovs-vswitchd.conf.db(5)"},
    [FINDING_LOST_PORT] =
        {"lost-port",
         SEVERITY_ERROR,
         "the device of port %1 is not in its container %2, but on the host or "
         "nowhere: the container is cut off",
         "systemctl restart ovsint-plugin",
         {"PORT", "CONTAINER"},
         "Interface.ifindex in ovs-vswitchd.conf.db(5)"},
    [FINDING_DEAD_TAP] =
        {"dead-tap",
         SEVERITY_ERROR,
         "the switch no longer holds the device of port %1 in container %2: "
         "it has no carrier",
         "systemctl restart ovsint-plugin",
         {"PORT", "CONTAINER"},
         "__tun_detach() in drivers/net/tun.c in Linux"},
    [FINDING_DELETED_DEVICE] =
        {"deleted-device",
         SEVERITY_ERROR,
         "the device of port %1 was deleted in container %2",
         "systemctl restart ovsint-plugin",
         {"PORT", "CONTAINER"},
         "ovsint-plugin(8)"},
    [FINDING_STALE_PORT] =
        {"stale-port",
         SEVERITY_WARNING,
         "the container of port %1 has ended, %2: its rows and addresses are "
         "still taken, and on the userspace datapath ovs-vswitchd fills its "
         "log ('File descriptor in bad state')",
         "ovsint gc --yes",
         {"PORT", "CONTAINER"},
         "namespaces(7)"},
    [FINDING_CUT_FRAMES] =
        {"cut-frames",
         SEVERITY_ERROR,
         "port %1 has an MTU of %2 on the userspace datapath, which cuts off "
         "what an internal port in a container sends after 1500 bytes",
         "ovsint show %1  # attach it anew with mtu=1500, or with type=veth",
         {"PORT", "BYTES"},
         "findings/ovs-moved-tap-is-cut-at-1518-bytes.sh"},
    [FINDING_MTU_ABOVE_UPLINK] =
        {"mtu-above-uplink",
         SEVERITY_WARNING,
         "port %1 may send more than an uplink of its bridge carries, %2: "
         "large "
         "packets vanish on their way out",
         "ovsint show %1  # attach it anew with the uplink's mtu",
         {"PORT", "MTUS"},
         "IEEE 802.1Q: a bridge does not fragment"},
    [FINDING_MTU_DIFFERS] =
        {"mtu-differs",
         SEVERITY_WARNING,
         "ports of one network have different MTUs, the narrowest is %1 with "
         "%2: large packets to it vanish, as a bridge does not say so",
         "ovsint show %1  # attach it anew with the mtu of the others",
         {"PORT", "MTUS"},
         "IEEE 802.1Q: a bridge does not fragment"},
    [FINDING_UPLINK_ABSENT] =
        {"uplink-absent",
         SEVERITY_ERROR,
         "bridge %2 has a port %1, and the host has no device of that name",
         "ovs-vsctl del-port %2 %1  # unless the device comes back",
         {"DEVICE", "BRIDGE"},
         "Interface.error in ovs-vswitchd.conf.db(5)"},
    [FINDING_UPLINK_DOWN] =
        {"uplink-down",
         SEVERITY_ERROR,
         "uplink %1 of bridge %2 is down or without carrier",
         "ip link set %1 up",
         {"DEVICE", "BRIDGE"},
         "netdevice(7)"},
    [FINDING_UPLINK_DEAD] =
        {"uplink-dead",
         SEVERITY_ERROR,
         "the switch does not listen on uplink %1 of bridge %2: the device "
         "has gone and come back",
         "ovs-vsctl del-port %2 %1 && ovs-vsctl add-port %2 %1",
         {"DEVICE", "BRIDGE"},
         "findings/ovs-card-that-comes-back-is-dead.sh"},
    [FINDING_UPLINK_ADDRESSES] =
        {"uplink-addresses",
         SEVERITY_ERROR,
         "%1 is on a bridge and has the address %2: the switch takes all that "
         "arrives there, so the host does not get what is for that address",
         "ovs-vsctl del-port %1  # then: ovsint uplink move %1 BRIDGE; its "
         "address is %2",
         {"DEVICE", "ADDRESS"},
         "Documentation/faq/issues.rst of Open vSwitch"},
    [FINDING_MOVE_UNFINISHED] =
        {"move-unfinished",
         SEVERITY_WARNING,
         "a move of network cards to access port %1 is %2, not confirmed: it "
         "is undone when its time is over",
         "ovsint uplink confirm  # or: ovsint uplink undo",
         {"PORT", "STATE"},
         "ovsint(8)"},
    [FINDING_FORWARDING_OFF] = {"forwarding-off",
                                SEVERITY_ERROR,
                                "a network with mode=nat has the host as its "
                                "router, and the host does "
                                "not forward what arrives on %1",
                                "sysctl -w net.ipv4.conf.%1.forwarding=1",
                                {"DEVICE"},
                                "ip-sysctl in the documentation of Linux"},
    [FINDING_FIREWALL_CLOSED] =
        {"firewall-closed",
         SEVERITY_ERROR,
         "table %1 of another program drops what it does not know, and our "
         "rules that let networks with mode=nat pass are missing there",
         "systemctl restart ovsint-plugin",
         {"TABLE"},
         "nft(8): an accept ends one base chain, a drop all of them"},
    [FINDING_FIREWALL_BAN] =
        {"firewall-ban",
         SEVERITY_NOTE,
         "chain %2 of table %1 has a rule that drops forwarded packets before "
         "ours is reached: if it is no ban that is meant, networks with "
         "mode=nat lose packets",
         "nft -a list table %1",
         {"TABLE", "CHAIN"},
         "nft(8): an accept ends one base chain, a drop all of them"},
    [FINDING_HOOK_ABSENT] =
        {"hook-absent",
         SEVERITY_ERROR,
         "%1 names the program %2, which is not there: podman then starts "
         "containers without their interfaces, and says nothing",
         "ls -l %2 %1",
         {"FILE", "PROGRAM"},
         "oci-hooks(5)"},
    [FINDING_HOOKS_DIR] =
        {"hooks-dir",
         SEVERITY_ERROR,
         "%1 names directories of hooks, and %2 with a hook of ours is none of "
         "them: podman then starts containers without their interfaces",
         "podman --hooks-dir %2 run ...  # or add it to hooks_dir in %1",
         {"FILE", "DIRECTORY"},
         "containers.conf(5)"},
    [FINDING_UDEV_RENAMES] =
        {"udev-renames",
         SEVERITY_ERROR,
         "%1 renames every network device, ports of Open vSwitch, too: an "
         "internal port that is renamed is lost at the next change (%2)",
         "sed -i '/NAME=/s/^/KERNEL!=\"oi*\", /' %1 && udevadm control "
         "--reload",
         {"FILE", "RULE"},
         "dpif_netlink_port_query_by_name() in Open vSwitch"},
    [FINDING_NETWORKD_TAKES] =
        {"networkd-takes",
         SEVERITY_WARNING,
         "%1 makes systemd-networkd set up ports of ours as long as they are "
         "on the host: they get addresses and routes of the host there",
         "printf '[Match]\\nName=oi* od* ovsint-* ovsacc-*\\n[Link]\\n"
         "Unmanaged=yes\\n' >/etc/systemd/network/00-ovsint.network && "
         "networkctl reload",
         {"FILE"},
         "systemd.network(5)"},
    [FINDING_NETWORK_MANAGER] =
        {"network-manager",
         SEVERITY_NOTE,
         "NetworkManager runs, and no file of its configuration keeps it from "
         "ports of ours (%1): it may set them up as soon as a connection "
         "profile fits",
         "printf '[keyfile]\\nunmanaged-devices+=interface-name:oi*;"
         "interface-name:od*;interface-name:ovs*\\n' "
         ">/etc/NetworkManager/conf.d/ovsint.conf && nmcli general reload",
         {"DIRECTORY"},
         "NetworkManager.conf(5)"},
    [FINDING_DOCKER_MTU] =
        {"docker-mtu",
         SEVERITY_NOTE,
         "%1 sets mtu to %2, which Docker applies to its own bridge alone and "
         "tells no other driver",
         "docker network create -d ovsint -o mtu=%2 ...",
         {"FILE", "BYTES"},
         "dockerd(8)"},
    [FINDING_TUNNEL_DROPS_TCP] =
        {"tunnel-drops-tcp",
         SEVERITY_ERROR,
         "Open vSwitch %1 with userspace-tso-enable=true drops TCP at tunnels, "
         "and there are tunnels; pings pass",
         "ovs-vsctl remove Open_vSwitch . other_config userspace-tso-enable",
         {"VERSION"},
         "Open vSwitch 3.1: Tunneling packets with HW offload flags is not "
         "supported"},
    [FINDING_OVN_UNIT] =
        {"ovn-unit",
         SEVERITY_WARNING,
         "%1 ends ovn-controller in a way that deletes the host's tunnels: "
         "each "
         "restart and upgrade cuts containers off",
         "mkdir -p /etc/systemd/system/ovn-controller.service.d && printf "
         "'[Service]\\nExecStop=\\nExecStop=ovn-appctl -t ovn-controller exit "
         "--restart\\n' >/etc/systemd/system/ovn-controller.service.d/"
         "restart.conf && systemctl daemon-reload",
         {"UNIT"},
         "findings/ovn-controller-unit-stop-cuts-the-network.sh"},
    [FINDING_OVN_INCOMPLETE] =
        {"ovn-incomplete",
         SEVERITY_ERROR,
         "this host is no chassis of OVN: ovn-remote is set, and external_ids:"
         "%1 of the table Open_vSwitch is not",
         "ovs-vsctl set Open_vSwitch . external_ids:%1=...  # man "
         "ovn-controller",
         {"KEY"},
         "ovn-controller(8)"},
    [FINDING_OVN_CONTROLLER_AWAY] =
        {"ovn-controller-away",
         SEVERITY_ERROR,
         "ovn-controller does not answer: no port on a logical switch can be "
         "made, and what changes on other hosts is not learned (%1)",
         "systemctl %2 ovn-controller",
         {"REASON", "start|restart"},
         "ovn-controller(8)"},
    [FINDING_OVN_SOUTHBOUND_AWAY] =
        {"ovn-southbound-away",
         SEVERITY_ERROR,
         "ovn-controller has no connection to OVN's southbound database, %1: "
         "ports that run go on, and none can be made",
         "ovn-appctl -t ovn-controller connection-status",
         {"ADDRESS"},
         "connection-status in ovn-controller(8)"},
    [FINDING_OVN_BRIDGE_ABSENT] =
        {"ovn-bridge-absent",
         SEVERITY_ERROR,
         "there is no bridge %1, which ovn-controller makes when it has begun",
         "systemctl restart ovn-controller",
         {"BRIDGE"},
         "ovn-bridge in ovn-controller(8)"},
    [FINDING_OVN_ENCAP_ADDRESS] =
        {"ovn-encap-address",
         SEVERITY_ERROR,
         "no device of this host has the address of OVN's tunnels, %1: nothing "
         "passes between it and other hosts",
         "ip address show; ovs-vsctl get Open_vSwitch . "
         "external_ids:ovn-encap-ip",
         {"ADDRESS"},
         "ovn-encap-ip in ovn-controller(8)"},
    [FINDING_OVN_NORTHBOUND_AWAY] =
        {"ovn-northbound-away",
         SEVERITY_WARNING,
         "OVN's northbound database, or the relay of it, does not answer: "
         "ports "
         "on logical switches go on, and none can be made (%1)",
         "systemctl %2 ovn-central  # or what runs the relay on this host",
         {"REASON", "start|restart"},
         "ovsint.json(5)"},
    [FINDING_OVN_NORTHBOUND_CUT_OFF] =
        {"ovn-northbound-cut-off",
         SEVERITY_WARNING,
         "the server of OVN's northbound database that this host asks has lost "
         "the others, as a relay whose database is away or a member of a "
         "cluster without a majority: what it says may be old, ports on "
         "logical switches go on, and none can be made",
         "systemctl status ovn-central  # on the hosts that have the database",
         {NULL},
         "Database in _Server of ovsdb-server(7), ovsdb.relay(7)"},
    [FINDING_OVN_MTU] =
        {"ovn-mtu",
         SEVERITY_ERROR,
         "port %1 may send more than OVN's tunnels carry, %2: large packets to "
         "other hosts vanish without an ICMP message",
         "ovsint show %1  # attach it anew without mtu",
         {"PORT", "MTUS"},
         "findings/ovn-too-large-packets-vanish-in-a-tunnel.sh"},
    [FINDING_OVN_RENAMED] =
        {"ovn-renamed",
         SEVERITY_ERROR,
         "OVN's database has the ports of this host as those of host %2, and "
         "its system-id is %1 now: no chassis binds them, and their containers "
         "are cut off",
         "ovs-vsctl set Open_vSwitch . external_ids:system-id=%2",
         {"NAME", "NAME"},
         "system-id in ovn-controller(8), requested-chassis in ovn-nb(5)"},
    [FINDING_OVN_GATEWAY_PAIR] =
        {"ovn-gateway-pair",
         SEVERITY_WARNING,
         "port %1 of a router of OVN's has this host and host %2 as gateways, "
         "and OVN has no third one: if one of them dies, the other does not "
         "take over, as it takes itself for the one that is cut off",
         "ovn-nbctl list Gateway_Chassis  # a third chassis with a port on a "
         "network of that router cures it; 'ovn-sbctl chassis-del' of the dead "
         "one has the other take over",
         {"PORT", "HOST"},
         "findings/ovn-second-gateway-of-two-hosts-never-takes-over.sh"},
    [FINDING_OVN_MAPPING] =
        {"ovn-mapping",
         SEVERITY_ERROR,
         "this host has no bridge for OVN's physical network %1, on which the "
         "logical switch %2 is: its containers reach nobody outside of this "
         "host",
         "ovs-vsctl set Open_vSwitch . "
         "external_ids:ovn-bridge-mappings=%1:BRIDGE  # beside what is there",
         {"NETWORK", "SWITCH"},
         "ovn-bridge-mappings in ovn-controller(8)"},
    [FINDING_OVN_MAPPED_BRIDGE] =
        {"ovn-mapped-bridge",
         SEVERITY_ERROR,
         "there is no bridge %2, which ovn-bridge-mappings has for OVN's "
         "physical network %1: containers on it reach nobody outside of this "
         "host",
         "ovs-vsctl add-br %2  # and put a network card on it",
         {"NETWORK", "BRIDGE"},
         "ovn-bridge-mappings in ovn-controller(8)"},
    [FINDING_LOCALNET_LOST] =
        {"localnet-lost",
         SEVERITY_ERROR,
         "in OVN's database the logical switch %2 has no port of type localnet "
         "any more: its containers do not reach the physical network %1",
         "systemctl restart ovsint-plugin  # which makes it again",
         {"NETWORK", "SWITCH"},
         "ovn-nb(5)"},
    [FINDING_LOCALNET_VLAN] =
        {"localnet-vlan",
         SEVERITY_ERROR,
         "in OVN's database the port of type localnet of the logical switch %1 "
         "has %2, which its network has: its containers are on the wrong VLAN",
         "systemctl restart ovsint-plugin  # which puts it right",
         {"SWITCH", "VLANS"},
         "ovn-nb(5)"},
    [FINDING_LOGICAL_PORT_LOST] =
        {"logical-port-lost",
         SEVERITY_ERROR,
         "the logical port of port %1 is not in OVN's database: its container, "
         "%2, is cut off",
         "ovsint show %1  # attach it anew",
         {"PORT", "CONTAINER"},
         "ovn-nb(5)"},
    [FINDING_LOGICAL_GATEWAY_LOST] =
        {"logical-gateway-lost",
         SEVERITY_ERROR,
         "the gateway of a logical switch, for which port %1 is on this host, "
         "is not in OVN's database: containers of network %2 have no way out",
         "systemctl restart ovsint-plugin  # which makes it again",
         {"PORT", "NETWORK"},
         "ovsint(7)"},
    [FINDING_LOGICAL_GATEWAY_TWICE] =
        {"logical-gateway-twice",
         SEVERITY_ERROR,
         "the port %1 of a router of OVN's has an address of the gateway that "
         "each host is for network %2: containers reach one or the other",
         "ovn-nbctl lrp-del %1  # or give that one, or the network, another "
         "address",
         {"PORT", "NETWORK"},
         "ovsint(7)"},
    [FINDING_LOGICAL_ADDRESS_TWICE] =
        {"logical-address-twice",
         SEVERITY_ERROR,
         "the logical port %1, which somebody else has made, has an address of "
         "container %2 on the same switch: packets for it go to one of them",
         "ovn-nbctl list Logical_Switch_Port %1  # give one of them another "
         "address",
         {"LOGICAL-PORT", "CONTAINER"},
         "findings/ovn-dynamic-address-is-evicted-by-a-static-one.sh"},
    [FINDING_LOGICAL_PORT_STALE] =
        {"logical-port-stale",
         SEVERITY_WARNING,
         "OVN's database has a logical port of this host whose port, %1, is "
         "not "
         "there: the addresses of %2 are still reserved",
         "systemctl restart ovsint-plugin  # which removes them",
         {"PORT", "CONTAINER"},
         "ovsint-plugin(8)"},
    [FINDING_USERSPACE] =
        {"userspace-datapath",
         SEVERITY_NOTE,
         "bridge %1 is of the userspace datapath: containers on it are cut off "
         "while ovs-vswitchd or the database is away, and until the guardian "
         "has repaired their ports",
         "ovs-vsctl set Bridge %1 datapath_type=system",
         {"BRIDGE"},
         "findings/ovs-taps-stand-still-without-the-database.sh"},
    [FINDING_USERSPACE_TSO] =
        {"userspace-tso",
         SEVERITY_NOTE,
         "bridge %1 is of the userspace datapath, and Open vSwitch %2 takes "
         "TCP apart into single packets there: four times the work that a "
         "megabyte takes with userspace-tso-enable=true",
         "ovs-vsctl set Open_vSwitch . other_config:userspace-tso-enable=true "
         " # then restart ovs-vswitchd",
         {"BRIDGE", "VERSION"},
         "docs/data-plane.md"},
    [FINDING_STATUS_COLUMNS] =
        {"status-columns",
         SEVERITY_NOTE,
         "Open vSwitch %1 shows no link state and no counters of ports in "
         "containers once it was restarted; packets flow",
         "ovsint ls",
         {"VERSION"},
         "Open vSwitch up to 3.3.8, 3.4.5, 3.5.3, 3.6.2, 3.7.0"},
    [FINDING_POLICY_OPEN] =
        {"policy-open",
         SEVERITY_NOTE,
         "the configuration has no policy, or one that allows what it does not "
         "name: whoever may start containers may join any bridge and VLAN",
         "man ovsint.json  # section POLICY",
         {NULL},
         "ovsint.json(5)"},
    [FINDING_GUARD_OFF] =
        {"guard-off",
         SEVERITY_NOTE,
         "ports without a source guard: %1, %2 among them; guard=off was asked "
         "for, or they are older than the guard by default; such a container "
         "may answer ARP and DHCP for the others of its VLAN, and send router "
         "advertisements",
         "man 7 ovsint  # section SOURCE GUARD",
         {"NUMBER", "PORT"},
         "ovsint(7), section SOURCE GUARD"},
};

const struct finding_row *finding_row(enum finding_id id)
{
    return &rows[id];
}

const char *severity_name(enum severity severity)
{
    static const char *const names[SEVERITY_COUNT] = {"error", "warning",
                                                      "note"};

    return names[severity];
}
