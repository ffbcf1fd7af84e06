/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * What a host tells ovn-controller of itself, in external_ids of the table
 * Open_vSwitch (ovn-controller(8)). A key followed by "-" and the system-id
 * goes before the plain one. Pure.
 */
#pragma once

#include "ovsint/base/err.h"
#include "ovsint/json/json.h"
#include "ovsint/ovsdb/txn.h"
#include "ovsint/rows/vswitch_map.h"
#include "ovsint/spec/attachment.h"

#define CHASSIS_NAME_SIZE 128
#define ENCAP_IPS_SIZE 256

struct chassis {
    char name[CHASSIS_NAME_SIZE]; /* system-id; "" = none */
    char bridge[BRIDGE_NAME_SIZE];
    /* Addresses of the tunnels, with commas between them; "" = none */
    char encap_ips[ENCAP_IPS_SIZE];
    unsigned overhead; /* of the largest encapsulation, in bytes of a packet */
};

/* Adds the select that chassis_read() reads; returns its index. */
size_t chassis_select(struct txn *txn);
void chassis_read(const struct json *result, size_t op, struct chassis *ret);
/* The same of the row of the table Open_vSwitch. */
void chassis_read_row(const struct json *row, struct chassis *ret);
/* The same of its external_ids. */
void chassis_read_map(const struct vswitch_map *map, struct chassis *ret);

/* What its tunnels carry, where `underlay` is the MTU of the device with their
 * address. -ENODEV if none has it. */
int chassis_mtu(const struct chassis *chassis, unsigned underlay,
                struct err *err) MUST_CHECK;

/* What the host says under ovn-bridge-mappings; NULL = nothing. It is the
 * row's, or the map's. */
const char *chassis_mappings_of_row(const struct json *row);
const char *chassis_mappings(const struct vswitch_map *map);
/* The bridge of this host that `mappings` (ovn-bridge-mappings) name for the
 * physical network; NULL = none. */
const char *chassis_physical(const char *mappings, const char *network,
                             char ret[BRIDGE_NAME_SIZE]);

/* -ENODEV if ovn-controller would not take the host for a chassis, or uses
 * another bridge than `bridge`. */
int chassis_check(const struct chassis *chassis, const char *bridge,
                  struct err *err) MUST_CHECK;
