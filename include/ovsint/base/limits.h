/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Every limit on input and time, in one place. They make the rule "out of
 * memory aborts" safe: no peer can make a program allocate without bound.
 */
#pragma once

#define LIMIT_STATE_SIZE (1024 * 1024)     /* OCI state on stdin */
#define LIMIT_CONFIG_SIZE (1024 * 1024)    /* ovsint.json, config.json */
#define LIMIT_RPC_MESSAGE_SIZE (64u << 20) /* one OVSDB message */
#define LIMIT_RPC_OUTPUT_SIZE (16u << 20)  /* waiting to be sent to OVSDB */
#define LIMIT_OPENFLOW_OUTPUT (64u << 20)  /* waiting to be sent to a bridge */
#define LIMIT_OPENFLOW_EVENTS 65536        /* that nobody has taken yet */
#define LIMIT_TXN_SIZE (4u << 20)          /* one transaction of ours */
#define LIMIT_HTTP_BODY_SIZE (16u << 20)
#define LIMIT_HTTP_HEAD_SIZE (16 * 1024)
/* of all requests together that are not complete or not answered */
#define LIMIT_HTTP_INPUT_SIZE (64u << 20)
/* answers that Docker does not read */
#define LIMIT_HTTP_OUTPUT_SIZE (64u << 20)
/* If more clients connect, they wait in the socket's backlog, or take the place
 * of the connection that has been quiet longest. */
#define LIMIT_HTTP_CONNECTIONS 512
#define LIMIT_JSON_DEPTH 64
/* Values of one document. A value takes some 50 bytes, so a few bytes of input
 * are much memory. The rows of 10000 ports are two million. */
#define LIMIT_JSON_NODES (4u << 20)
/* Of a request of Docker's: 65536 published ports are some 700000. */
#define LIMIT_HTTP_BODY_NODES (1u << 20)
#define LIMIT_VALUE_SIZE (32 * 1024) /* the value of one key */
/* A container may have as many routes as it likes: this holds a million. */
#define LIMIT_NETLINK_ANSWER (64u << 20)
#define LIMIT_CONTAINER_ID_SIZE 256  /* bytes with NUL */
#define LIMIT_ATTACHMENTS 16         /* interfaces per container */
#define LIMIT_ADDRESSES 8            /* per interface */
#define LIMIT_ROUTES 16              /* per interface */
#define LIMIT_GUARD_ALSO 16          /* per interface */
#define LIMIT_EXTERNAL_IDS 16        /* per interface, user's own */
#define LIMIT_FORWARDING_DEVICES 256 /* devices that forward for mode=nat */
#define LIMIT_EVICTIONS 1024         /* rows of dead containers, per plug */
/* Ports of ended containers that one run of the hook removes. The limit leaves
 * it time for its own container. */
#define LIMIT_COLLECTED 64
#define LIMIT_POOL 256     /* ready ports of one kind */
#define LIMIT_READY 2048   /* of all kinds together */
#define READY_FIT_SIZE 192 /* what tells the kinds apart, with NUL */

/* Of ovsint.json: */
#define LIMIT_NETWORKS 1024
#define LIMIT_POOLS 256               /* of places without a name */
#define LIMIT_SUBNETS LIMIT_ADDRESSES /* `ip=auto` takes one from each */

/* Of the plugin: */
#define DOCKER_ID_SIZE 129            /* of networks and endpoints, with NUL */
#define NETWORK_ROW_SIZE (64u * 1024) /* what Docker said of a network */
/* Name of a physical network of OVN's, with NUL. OVN has no limit; a message
 * names it twice. */
#define PHYSICAL_NETWORK_SIZE 100
#define LIMIT_PORT_USER_SOCKETS 65536      /* of a process that has ports */
#define LIMIT_PUBLISHED 65536              /* ports of one endpoint */
#define LIMIT_PUBLISHED_PORTS (4u * 65536) /* of one, and of all together */
#define PUBLISHED_TEXT_SIZE (4u << 20)
#define NAT_RULES_SIZE (64u << 20)    /* one change of the packet filter */
#define LIMIT_PORTS_SIZE (8u << 20)   /* the list of all ports */
#define LIMIT_METRICS_SIZE (1u << 20) /* all metrics of the daemon */
/* So many scrapers are served at once. */
#define LIMIT_METRICS_CONNECTIONS 8
#define LIMIT_LOST_ROWS 4096   /* of living containers, to be restored */
#define LIMIT_LOST_BRIDGES 256 /* with networks; older ones go */
/* If more are pending, the oldest is forgotten. The guardian collects its port
 * later, as one whose container has ended. */
#define LIMIT_REMOVALS 4096

/* What the CNI plugin reads of the lists that runtimes have: */
#define LIMIT_LISTS 64              /* files */
#define LIMIT_LIST_SIZE (64u << 10) /* of one */

/* What the operator's command reads of runtimes' state directories: */
#define LIMIT_RUNTIME_FILE (4u << 20)  /* one file */
#define LIMIT_RUNTIME_CONTAINERS 16384 /* of one host */
#define LIMIT_CONTAINER_ENDPOINTS 8    /* Docker networks of one of them */

/* What is read of a dead device to be given to the next one: */
#define LIMIT_DEVICE_UPPERS 32          /* devices upon one */
#define LIMIT_DEVICE_GROUPS 64          /* multicast groups joined on it */
#define LIMIT_DEVICE_LISTING (1u << 20) /* of each kind: some 10000 routes */
#define LIMIT_DEVICE_SETTINGS (64u << 10)

#define TIMEOUT_MIN_MS 100 /* smallest deadline that may be configured */
#define TIMEOUT_MAX_MS 600000
#define DEFAULT_TIMEOUT_MS 10000 /* one run of the hook */
#define UNDO_TIMEOUT_MS 5000     /* one undo */
/* detach: how long to wait for a database that is away */
#define RESTART_GRACE_MS 2000
/* how long the runtime may take to write the state */
#define STATE_TIMEOUT_MS 5000
/* No call of Docker takes longer, whatever is broken. Docker never gives up a
 * call by itself, and holds the container's lock while it waits. */
#define CALL_TIMEOUT_MAX_MS 9000
/* After a restart, a switch with a thousand ports needs some seconds to make
 * their devices. */
#define ONCE_TIMEOUT_MS 60000
