/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Frames byte by byte, and where one ends that does not fit. */
#include "ovsint/base/frame.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ovsint/base/buf.h"
#include "tests/lib/test.h"

static const struct mac to = {{0x02, 0, 0, 0, 0, 1}};
static const struct mac from = {{0x02, 0, 0, 0, 0, 2}};

static void check_bytes(const struct frame *frame, const char *want)
{
    auto_buf struct buf text = BUF_INIT(256);

    for (size_t i = 0; i < frame->size; i++)
        buf_addf(&text, "%02x", frame->bytes[i]);
    CHECK_STR(buf_text(&text), want);
}

TEST(with_and_without_a_vlan)
{
    uint8_t bytes[64];
    struct frame frame = {.bytes = bytes, .room = sizeof(bytes)};

    frame_add_ethernet(&frame, &to, &from, 0, ETHERTYPE_ARP);
    check_bytes(&frame, "0200000000010200000000020806");
    frame.size = 0;
    frame_add_ethernet(&frame, &to, &from, 4094, ETHERTYPE_IPV6);
    check_bytes(&frame, "02000000000102000000000281000ffe86dd");
}

TEST(numbers_have_the_high_byte_first)
{
    uint8_t bytes[16];
    struct frame frame = {.bytes = bytes, .room = sizeof(bytes)};

    frame_add_number(&frame, 0x0102030405060708, 8);
    frame_add_number(&frame, 0x0102, 1);
    frame_add_zeros(&frame, 2);
    frame_add_number(&frame, 1, 4);
    frame_add(&frame, "\xff", 1);
    check_bytes(&frame, "010203040506070802000000000001ff");
    CHECK_EQ(frame.size, sizeof(bytes));
    frame_put_number(bytes + 9, 0xabcd, 2);
    check_bytes(&frame, "010203040506070802abcd00000001ff");
}

TEST(what_does_not_fit_ends_the_program)
{
    uint8_t bytes[4] = {0};
    struct frame frame = {.bytes = bytes, .room = 3};
    int status;

    frame_add_zeros(&frame, 2);
    pid_t child = fork();
    if (child == 0) {
        frame_add_number(&frame, 1, 2);
        _exit(0);
    }
    CHECK_EQ(waitpid(child, &status, 0), child);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

TEST_MAIN
