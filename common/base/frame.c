/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Each function makes room first, which is where a frame that is too long ends.
 */
#include "ovsint/base/frame.h"

#include <stdlib.h>
#include <string.h>

static uint8_t *extend(struct frame *frame, size_t size)
{
    uint8_t *at = frame->bytes + frame->size;

    if (size > frame->room - frame->size)
        abort();
    frame->size += size;
    return at;
}

void frame_add(struct frame *frame, const void *bytes, size_t size)
{
    memcpy(extend(frame, size), bytes, size);
}

void frame_add_number(struct frame *frame, uint64_t value, size_t size)
{
    frame_put_number(extend(frame, size), value, size);
}

void frame_add_zeros(struct frame *frame, size_t size)
{
    memset(extend(frame, size), 0, size);
}

void frame_add_ethernet(struct frame *frame, const struct mac *to,
                        const struct mac *from, unsigned vlan,
                        unsigned ethertype)
{
    frame_add(frame, to->bytes, sizeof(to->bytes));
    frame_add(frame, from->bytes, sizeof(from->bytes));
    if (vlan) {
        frame_add_number(frame, ETHERTYPE_VLAN, 2);
        frame_add_number(frame, vlan, 2);
    }
    frame_add_number(frame, ethertype, 2);
}

void frame_put_number(uint8_t *at, uint64_t value, size_t size)
{
    while (size-- > 0)
        *at++ = (uint8_t)(value >> 8 * size);
}
