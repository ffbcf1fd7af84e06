/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Inside the reader of messages only: domains, as options 15 and 119 have them.
 * What has other characters than names of hosts have is left out: it would end
 * in a resolv.conf. Pure.
 */
#pragma once

#include "ovsint/dhcp/message.h"

/* Option 15: one domain as text. */
void domains_take_text(const uint8_t *bytes, size_t size,
                       char ret[DHCP_SEARCH_SIZE]);

/* Option 119, put together (RFC 3397): names as in RFC 1035 section 4.1.4, one
 * after the other. Ends where one is damaged; what has no room is left out. */
void domains_take_list(const uint8_t *bytes, size_t size,
                       char ret[DHCP_SEARCH_SIZE]);
