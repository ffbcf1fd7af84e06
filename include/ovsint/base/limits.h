/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every limit on input and time in one place. They are what makes "out of
 * memory aborts" a safe rule: no peer can make us allocate without bound.
 */
#pragma once

#define LIMIT_STATE_SIZE (1024 * 1024)     /* OCI state on stdin */
#define LIMIT_CONFIG_SIZE (1024 * 1024)    /* ovsint.json, config.json */
#define LIMIT_RPC_MESSAGE_SIZE (64u << 20) /* one OVSDB message */
#define LIMIT_RPC_OUTPUT_SIZE (16u << 20)  /* waiting to be sent to OVSDB */
#define LIMIT_RPC_BACKLOG 4096             /* notifications kept by a client */
#define LIMIT_TXN_SIZE (4u << 20)          /* one transaction of ours */
#define LIMIT_HTTP_BODY_SIZE (16u << 20)
#define LIMIT_HTTP_HEAD_SIZE (16 * 1024)
#define LIMIT_HTTP_OUTPUT_SIZE (64u << 20) /* answers that are not taken */
/* More wait unaccepted, or take the place of the connection that has been
 * quiet for longest. */
#define LIMIT_HTTP_CONNECTIONS 512
#define LIMIT_JSON_DEPTH 64
/* A million routes: a container may have as many as it likes. */
#define LIMIT_NETLINK_ANSWER (64u << 20)
#define LIMIT_CONNTRACK_TUPLES 65536
#define LIMIT_CONTAINER_ID_SIZE 256 /* bytes with NUL */
#define LIMIT_ATTACHMENTS 16        /* interfaces per container */
#define LIMIT_ADDRESSES 8           /* per interface */
#define LIMIT_ROUTES 16             /* per interface */
#define LIMIT_EXTERNAL_IDS 16       /* per interface, user's own */
#define LIMIT_OPENED 256            /* devices that forward for mode=nat */
#define LIMIT_EVICTIONS 1024        /* rows of dead containers, per plug */
/* Ports of ended containers that one run removes, so that it comes to its own.
 */
#define LIMIT_COLLECTED 64

/* Of ovsint.json: */
#define LIMIT_NETWORKS 1024
#define LIMIT_SUBNETS LIMIT_ADDRESSES /* `ip=auto` takes one from each */

/* Of the plugin: */
#define DOCKER_ID_SIZE 129       /* of networks and endpoints, with NUL */
#define RECORD_SIZE (64u * 1024) /* what Docker said of a network */
#define LIMIT_PUBLISHED 65536    /* ports of one endpoint */
#define LIMIT_PUBLISHED_PORTS (4u * 65536) /* of one, and of all together */
#define LIMIT_PUBLISHED_CLASH \
    1024 /* items of one that are looked at for twins */
#define PUBLISHED_TEXT_SIZE (4u << 20)
#define NAT_RULES_SIZE (64u << 20)  /* one change of the packet filter */
#define LIMIT_PORTS_SIZE (8u << 20) /* the list of all ports */
#define LIMIT_LOST_ROWS 4096        /* of living containers, to be restored */
#define LIMIT_LOST_BRIDGES 256      /* with networks; older ones go */
/* Older ones go; the collection of dead ports gets them in the end. */
#define LIMIT_REMOVALS 4096

/* Of a device's state that goes to the next one: */
#define LIMIT_DEVICE_UPPERS 32          /* devices upon one */
#define LIMIT_DEVICE_GROUPS 64          /* that sockets have joined on it */
#define LIMIT_DEVICE_LISTING (1u << 20) /* of each kind: some 10000 routes */
#define LIMIT_DEVICE_SETTINGS (64u << 10)

#define TIMEOUT_MIN_MS 100 /* what may be configured */
#define TIMEOUT_MAX_MS 600000
#define DEFAULT_TIMEOUT_MS 10000 /* one hook run */
#define UNDO_TIMEOUT_MS 5000     /* one rollback */
#define RESTART_GRACE_MS 2000    /* unplug: a database that is away */
#define STATE_TIMEOUT_MS 5000    /* the runtime's writing of the state */
/* No call takes longer, whatever is broken: Docker gives up nothing by itself
 * and holds the container's lock meanwhile. */
#define CALL_TIMEOUT_MAX_MS 9000
/* A switch with a thousand ports makes them anew in some seconds. */
#define ONCE_TIMEOUT_MS 60000
