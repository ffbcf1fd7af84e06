/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * FNV-1a, followed by the finaliser of MurmurHash3: FNV-1a alone mixes the high
 * bits of short texts badly, and the finaliser lets each bit of the input reach
 * each bit of the output.
 */
#include "ovsint/rows/port_name.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "ovsint/base/hash.h"

#define BASE32_DIGITS 13 /* of 5 bits: room for 64 */

static uint64_t add_number(uint64_t hash, uint64_t number)
{
    for (unsigned bit = 0; bit < 64; bit += 8)
        hash = hash_byte(hash, (uint8_t)(number >> bit));
    return hash;
}

static uint64_t hash_finish(uint64_t hash)
{
    hash ^= hash >> 33;
    hash *= UINT64_C(0xff51afd7ed558ccd);
    hash ^= hash >> 33;
    hash *= UINT64_C(0xc4ceb9fe1a85ec53);
    hash ^= hash >> 33;
    return hash;
}

uint64_t names_hash(const char *a, const char *b)
{
    return hash_finish(hash_text(hash_text(HASH_BEGIN, a), b));
}

static const char digits[] = "abcdefghijklmnopqrstuvwxyz234567";

static void device_name(const char *prefix, const char *container_id,
                        const char *ifname, uint64_t nonce,
                        char ret[IFNAME_SIZE])
{
    uint64_t hash = hash_text(hash_text(HASH_BEGIN, container_id), ifname);

    hash = hash_finish(add_number(hash, nonce));
    memcpy(ret, prefix, 2);
    for (size_t i = 0; i < BASE32_DIGITS; i++) {
        ret[2 + i] = digits[hash & 31];
        hash >>= 5;
    }
    ret[2 + BASE32_DIGITS] = '\0';
}

void names_port(const char *container_id, const char *ifname, uint64_t nonce,
                char ret[IFNAME_SIZE])
{
    device_name("oi", container_id, ifname, nonce, ret);
}

void names_ready_port(uint64_t nonce, size_t index, char ret[IFNAME_SIZE])
{
    device_name("oi", "", "", nonce + index, ret);
    ret[IFNAME_SIZE - 2] = '0';
}

static bool is_device_name(const char *prefix, const char *name)
{
    size_t len = strlen(name);

    if (len != IFNAME_SIZE - 1 || memcmp(name, prefix, 2) != 0)
        return false;
    size_t fit = strspn(name + 2, digits);
    return fit == BASE32_DIGITS ||
           (fit == BASE32_DIGITS - 1 && name[len - 1] == '0');
}

bool names_is_port(const char *name)
{
    return is_device_name("oi", name);
}

bool names_is_ours(const char *name)
{
    return is_device_name("oi", name) || is_device_name("ov", name);
}

void names_veth_host(const char *container_id, const char *ifname,
                     uint64_t nonce, char ret[IFNAME_SIZE])
{
    device_name("ov", container_id, ifname, nonce, ret);
}

#define LOGICAL_PREFIX "ovsint-"

void names_logical_port(const char *port, char ret[LOGICAL_PORT_SIZE])
{
    snprintf(ret, LOGICAL_PORT_SIZE, LOGICAL_PREFIX "%.15s", port);
}

/* Version 8 and the variant of RFC 9562: the rest is ours to choose. */
static void uuid_of(const char *kind, const char *port,
                    char ret[NAMES_UUID_SIZE])
{
    uint64_t high = names_hash(kind, port);
    uint64_t low = names_hash(port, kind);

    high = (high & ~UINT64_C(0xf000)) | UINT64_C(0x8000);
    low = (low & ~(UINT64_C(3) << 62)) | UINT64_C(2) << 62;
    snprintf(ret, NAMES_UUID_SIZE, "%08x-%04x-%04x-%04x-%012llx",
             (unsigned)(high >> 32), (unsigned)(high >> 16 & 0xffff),
             (unsigned)(high & 0xffff), (unsigned)(low >> 48),
             (unsigned long long)(low & UINT64_C(0xffffffffffff)));
}

void names_logical_uuid(const char *port, char ret[NAMES_UUID_SIZE])
{
    uuid_of("logical port", port, ret);
}

void names_dns_uuid(const char *port, char ret[NAMES_UUID_SIZE])
{
    uuid_of("name of a logical port", port, ret);
}

const char *names_port_of_logical(const char *logical_port)
{
    size_t prefix = sizeof(LOGICAL_PREFIX) - 1;

    if (strncmp(logical_port, LOGICAL_PREFIX, prefix) != 0 ||
        !names_is_ours(logical_port + prefix))
        return NULL;
    return logical_port + prefix;
}

bool names_is_docker_pair(const char *name)
{
    size_t len = strlen(name);

    return len == IFNAME_SIZE - 1 && memcmp(name, "ov", 2) == 0 &&
           name[len - 1] == '0' &&
           strspn(name + 2, digits) == BASE32_DIGITS - 1;
}

void names_docker_peer(const char *host_end, char ret[IFNAME_SIZE])
{
    size_t len = strnlen(host_end, IFNAME_SIZE - 1);

    memcpy(ret, host_end, len);
    ret[len] = '\0';
    if (len > 0)
        ret[len - 1] = '1';
}

struct mac names_mac(const char *scope, const char *name)
{
    uint64_t hash = names_hash(scope, name);
    struct mac mac;

    for (size_t i = 0; i < sizeof(mac.bytes); i++)
        mac.bytes[i] = (uint8_t)(hash >> (8 * i));
    /* IEEE 802: locally administered, individual. */
    mac.bytes[0] = (uint8_t)((mac.bytes[0] & 0xfc) | 0x02);
    return mac;
}
