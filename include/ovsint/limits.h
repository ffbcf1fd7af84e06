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
#define LIMIT_JSON_DEPTH 64
#define LIMIT_CONTAINER_ID_SIZE 256 /* bytes with NUL */
#define LIMIT_ATTACHMENTS 16        /* interfaces per container */
#define LIMIT_ADDRESSES 8           /* per interface */
#define LIMIT_ROUTES 16             /* per interface */
#define LIMIT_EXTERNAL_IDS 16       /* per interface, user's own */
#define LIMIT_OPENED 256            /* devices that forward for mode=nat */
#define LIMIT_EVICTIONS 1024        /* rows of dead containers, per plug */

#define DEFAULT_TIMEOUT_MS 10000 /* one hook run */
#define UNDO_TIMEOUT_MS 5000     /* one rollback */
#define RESTART_GRACE_MS 2000    /* unplug: a database that is away */
