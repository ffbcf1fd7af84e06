/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * A display that is drawn in place, on the terminal's second screen, so that
 * what was there before comes back at the end (xterm's control sequences 1049
 * and 25, ECMA-48 for the rest).
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "cli/screen/terminal.h"
#include "ovsint/base/io.h"

#define BEGIN "\033[?1049h\033[?25l"
#define END "\033[?25h\033[?1049l"

static struct termios saved;
static bool is_taken;
static volatile sig_atomic_t is_over;

static void end(int number)
{
    (void)number;
    is_over = 1;
}

/* Only interrupts the wait. */
static void resize(int number)
{
    (void)number;
}

static void tell(const char *sequence)
{
    ssize_t told = write(STDOUT_FILENO, sequence, strlen(sequence));

    (void)told; /* a terminal that is gone needs nothing */
}

bool terminal_take(void)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
    struct sigaction action = {.sa_handler = end};
    struct termios raw;

    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO) ||
        tcgetattr(STDIN_FILENO, &saved) < 0)
        return false;
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
        (void)sigaction(numbers[i], &action, NULL);
    action.sa_handler = resize;
    (void)sigaction(SIGWINCH, &action, NULL);
    raw = saved;
    raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
    raw.c_cc[VMIN] = 0;
    raw.c_cc[VTIME] = 0;
    if (tcsetattr(STDIN_FILENO, TCSADRAIN, &raw) < 0)
        return false;
    is_taken = true;
    tell(BEGIN);
    return true;
}

void terminal_leave(void)
{
    if (!is_taken)
        return;
    is_taken = false;
    tell(END);
    (void)tcsetattr(STDIN_FILENO, TCSADRAIN, &saved);
}

int terminal_key(struct deadline deadline)
{
    unsigned char key;

    if (is_over)
        return -1;
    int r = io_wait(STDIN_FILENO, deadline);
    if (is_over)
        return -1;
    if (r <= 0)
        return r < 0 && r != -EINTR ? -1 : 0;
    /* Readable, and nothing to read: the terminal has gone. */
    return read(STDIN_FILENO, &key, 1) == 1 ? key : -1;
}

void terminal_draw(const struct terminal *terminal, const char *text,
                   struct buf *ret)
{
    buf_add_text(ret, "\033[H");
    for (size_t line = 0; *text && line < terminal->height; line++) {
        size_t size = strcspn(text, "\n");
        buf_add_text(ret, line ? "\r\n" : "");
        buf_add(ret, text, size);
        buf_add_text(ret, "\033[K");
        text += size + (text[size] == '\n');
    }
    buf_add_text(ret, "\033[J");
}
