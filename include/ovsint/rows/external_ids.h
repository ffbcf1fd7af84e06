/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The names of external_ids, here and nowhere else: what each says, and on
 * which row it stands. ovsint(7) lists those that an operator may look at.
 *
 * A key that serves look-ups stands on both rows of a port. Addresses stand on
 * the Port only: that keeps the rows small that a search for a free address
 * reads. */
#pragma once

#include "ovsint/base/limits.h"
#include "ovsint/spec/general_ids.h"

/* ID_OWNER: who made the port. */
#define HOOK_OWNER "hook"
#define DOCKER_OWNER "docker"
#define CNI_OWNER "cni"
#define NETAVARK_OWNER "netavark"
#define CLI_OWNER "cli" /* the command ovsint */
/* Nobody has taken it yet: rows/ready_port.h. */
#define POOL_OWNER "pool"
/* All but the last, for whoever looks at the ports of every door. */
#define EVERY_OWNER \
    DOCKER_OWNER, HOOK_OWNER, CNI_OWNER, NETAVARK_OWNER, CLI_OWNER

/* The lock of the database (RFC 7047 section 4.1.8) that the daemon holds as
 * long as it runs. */
#define GUARDIAN_LOCK "ovsint_guardian"

/* All keys of ours begin with it. */
#define ID_PREFIX "ovsint-"

/* On both rows: */
#define ID_OWNER "ovsint-owner"
#define ID_ENDPOINT "ovsint-endpoint" /* Docker's id, of its ports alone */
#define ID_CONTAINER "ovsint-container"
#define ID_NETNS_ID "ovsint-netns-id" /* netns_id_format() */
#define ID_IFNAME "ovsint-ifname"
#define ID_BOOT "ovsint-boot"
/* pidns_id(): the PID namespace whose /proc shows the container's processes. On
 * a port of Docker's it is on the Interface, and only once the guardian has
 * seen the device arrive. */
#define ID_PIDNS "ovsint-pidns"
#define ID_MEMBER_PREFIX "ovsint-member-" /* + container id; value: "" */
/* Of a ready port: whom it fits, ready_port_fit(). It goes when the port is
 * taken. */
#define ID_POOL "ovsint-pool"

/* On the Interface: */
/* + container id, for each member whose runtime has told its bundle, its
 * process */
#define ID_BUNDLE_PREFIX "ovsint-bundle-"
#define ID_PID_PREFIX "ovsint-pid-"
#define ID_NETWORK "ovsint-network"
#define ID_NETNS "ovsint-netns" /* path */
/* Of a port of the CNI plugin's: the name of its network configuration; of one
 * of the netavark plugin's: that of podman's network */
#define ID_CNI_NETWORK "ovsint-cni-network"
/* What Kubernetes says of the pod, on ports of the CNI plugin's */
#define ID_POD_NAMESPACE "ovsint-pod-namespace"
#define ID_POD_NAME "ovsint-pod-name"
#define ID_POD_UID "ovsint-pod-uid"
/* Of a host access port: the network's id, and the attachment that the network
 * came to when the port was made, as in ID_SPEC. Ports of earlier versions lack
 * the latter. */
#define ID_HOST_NETWORK "ovsint-host-network"
#define ID_HOST_SPEC "ovsint-host-spec"
/* + name of a device on which forwarding was enabled for the network; value:
 * "4", "6" or "46" */
#define ID_FORWARDING_PREFIX "ovsint-forwarding-"
/* The attachment as canonical JSON. If it says "auto", the last addresses in
 * it, one of each subnet, were chosen from the network. */
#define ID_SPEC "ovsint-spec"
#define ID_ALTNAME "ovsint-altname" /* of Docker's ports: eth0 */
/* The MAC of the device. Only we write it, so that nobody who may choose
 * external_ids chooses a MAC by them. Rows of earlier versions lack it:
 * vswitch_port_mac(). */
#define ID_MAC "ovsint-mac"
/* the plugin has yet to set something inside */
#define ID_UNDRESSED "ovsint-undressed"
#define ID_LEFT "ovsint-left" /* Docker has moved it out of its container */
/* The guardian has seen the device in its container. Without this key the
 * device may still be on its way there. */
#define ID_ARRIVED "ovsint-arrived"
/* This endpoint's network gives the container its default route:
 * rows/default_route.h. */
#define ID_GATEWAY "ovsint-gateway"
/* The guardian has the switch drop a device that was deleted. Until it has, the
 * type of the Interface is empty. */
#define ID_REMAKING "ovsint-remaking"
/* Published ports: rows/published.h. */
#define ID_PORTS "ovsint-ports"
/* A door outside of the daemon asks it to publish these, "" = none, and to say
 * when host access port and rules are in force: rows/transient_network.h. */
#define ID_ASKED_PORTS "ovsint-asked-ports"
/* ASKED_READY, or ASKED_FAILED and a sentence */
#define ID_ASKED_ANSWER "ovsint-asked-answer"
/* How many ready ports the network of this port asks for, and their fit:
 * ready_port_ask(). Of networks that the daemon knows by their ports alone. */
#define ID_POOL_ASKED "ovsint-pool-asked"
/* On an Interface: its network wants that this bridge sends multicast to
 * members alone. On a Bridge, "true": we have told it to, and not its operator.
 */
#define ID_MCAST_SNOOPING "ovsint-mcast-snooping"
#define ASKED_READY "ready"
#define ASKED_FAILED "failed: "

/* ovn-controller writes it when all flows of the port are there. Pitfall: it
 * stays when ovn-controller or ovs-vswitchd ends. */
#define ID_OVN_INSTALLED "ovn-installed"

/* On the Interface of an uplink; value: the bridge: */
#define ID_UPLINK_PREFIX "ovsint-uplink-" /* + id of a network */

/* On a row of the table Mirror: rows/mirror.h. The first one is also on Port
 * and Interface of its tunnel. */
#define ID_MIRROR "ovsint-mirror"           /* its name */
#define ID_MIRROR_FROM "ovsint-mirror-from" /* names of ports; "" = all */
#define ID_MIRROR_TO "ovsint-mirror-to"     /* name of a port */
#define ID_MIRROR_TUNNEL "ovsint-mirror-tunnel"
#define ID_MIRROR_DIRECTION "ovsint-mirror-direction" /* both, in, out */

/* On the Port: */
#define ID_SEGMENT "ovsint-segment" /* "<bridge>/<vlan>" */
/* What a DHCP server gave: rows/lease.h. Its times change often, and of a
 * Port's external_ids ovs-vswitchd hears nothing. */
#define ID_LEASE "ovsint-lease"
#define ID_LEASE_NONE "{}"        /* its value while there is none */
#define ID_IP_PREFIX "ovsint-ip-" /* + address; value: the segment */
#define ID_CLOSED "ovsint-closed" /* rows/vswitch_closing.h */

/* On a row of the northbound database, besides ID_OWNER, ID_BOOT, ID_CONTAINER
 * or ID_ENDPOINT, ID_IFNAME, and ID_IP_PREFIX, whose value there is the switch:
 */
#define ID_OVN_HOST "ovsint-host"     /* the chassis, by its system-id */
#define ID_OVN_SWITCH "ovsint-switch" /* name of the logical switch */
/* Milliseconds of CLOCK_MONOTONIC since that boot when it was written */
#define ID_OVN_SINCE "ovsint-since"
/* An address is reserved by it, and no port belongs to it yet. */
#define ID_OVN_RESERVED "ovsint-reserved"
/* Somebody asks whether the host lives: its daemon takes the key off. */
#define ID_OVN_LIVES "ovsint-lives"
#define ID_DNS_NAME_PREFIX "ovsint-name-" /* + dns-name; value: the switch */
/* On a logical switch that a door has made, besides ID_OWNER: */
#define ID_OVN_SUBNETS "ovsint-subnets"
/* ... on a physical network: "NAME vlan NUMBER", 0 = none */
#define ID_OVN_PHYSICAL "ovsint-physical"
#define ID_OVN_USE_PREFIX "ovsint-use-" /* + network; value: the host */

/* On the Port of an access port and on that of the cards that `ovsint uplink`
 * has moved: uplink/note.h. They have no ID_OWNER, as they are no containers'.
 */
#define ID_MOVE "ovsint-move"
#define MOVE_ACCESS "access"
#define MOVE_CARDS "cards"
/* ... of the access port */
#define ID_MOVE_NOTE "ovsint-move-note" /* JSON: what the cards had */
#define ID_MOVE_STATE                                                          \
    "ovsint-move-state"                     /* absent = the move was confirmed \
                                             */
#define ID_MOVE_HOLDER "ovsint-move-holder" /* boot id, pid, start time */
/* ... of the cards; value: the access port */
#define ID_MOVE_OF "ovsint-move-of"

/* On the Bridge, + id of a network: */
#define ID_NETWORK_PREFIX "ovsint-network-" /* value: rows/network_row.h */
#define ID_BEGUN_PREFIX "ovsint-begun-"     /* value: "true" */

#define ID_KEY_SIZE (sizeof(ID_MEMBER_PREFIX) + LIMIT_CONTAINER_ID_SIZE)
