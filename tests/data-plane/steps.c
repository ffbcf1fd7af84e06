/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * steps SOCKET MARK SYMBOLS RUNS: executes a guest instruction by instruction
 * between two calls of the function at MARK (tests/data-plane/traffic.c), and
 * says how many fell to which function. Speaks with QEMU as a debugger does
 * (GDB's remote serial protocol) at SOCKET. SYMBOLS is the guest's
 * /proc/kallsyms, which may be written while this program waits for the first
 * mark. Ends after RUNS pairs of marks; QEMU then goes on alone. Prints as JSON
 * for each run and function a line.
 *
 * While it steps, QEMU lets neither interrupts nor timers happen (its default),
 * so what is counted is the packets' own.
 */
#include <err.h>
#include <inttypes.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "tests/lib/program.h"

#define ANSWER_MAX 4096
#define STEPS_MAX 20000000
#define RIP_AT (16 * 16) /* hexadecimal digits before it */
#define CONNECT_MS 60000
#define KERNEL_SPACE 0xffff800000000000u

struct symbol {
    uint64_t address;
    char name[128];
    unsigned count;
};

static int fd;
static struct symbol *symbols;
static size_t symbol_count;
static unsigned in_program;

static void connect_to(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int64_t until = now_ms() + CONNECT_MS;

    if (strlen(path) >= sizeof(address.sun_path))
        errx(2, "'%s' is too long", path);
    memcpy(address.sun_path, path, strlen(path) + 1);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        err(2, "socket");
    while (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
        if (now_ms() > until)
            err(2, "%s", path);
        poll(NULL, 0, 20);
    }
}

static char next_byte(void)
{
    static char bytes[ANSWER_MAX];
    static ssize_t size, at;

    if (at == size) {
        size = read(fd, bytes, sizeof(bytes));
        if (size <= 0)
            errx(2, "QEMU has gone");
        at = 0;
    }
    return bytes[at++];
}

/* Acknowledgements outside of packets are skipped. */
static void receive(char answer[static ANSWER_MAX])
{
    size_t length = 0;
    char byte;

    while (next_byte() != '$')
        continue;
    while ((byte = next_byte()) != '#')
        if (length < ANSWER_MAX - 1)
            answer[length++] = byte;
    answer[length] = '\0';
    next_byte();
    next_byte();
}

static void transmit(const char *text)
{
    char packet[256];
    unsigned sum = 0;
    const char *at;
    int length;

    for (at = text; *at != '\0'; at++)
        sum += (uint8_t)*at;
    length = snprintf(packet, sizeof(packet), "+$%s#%02x", text, sum & 0xff);
    if (write(fd, packet, (size_t)length) != length)
        err(2, "write");
}

/* QEMU tells of a stop by itself, too: when somebody connects. */
static void ask(const char *text, char answer[static ANSWER_MAX])
{
    bool stops = strchr("?cs", text[0]) != NULL;

    transmit(text);
    do {
        receive(answer);
    } while (!stops && answer[0] == 'T');
}

/* All registers come, in the guest's byte order; the 17th is where it is. */
static uint64_t where(const char *registers)
{
    char byte[3] = "";
    uint64_t ret = 0;
    int i;

    if (strlen(registers) < RIP_AT + 16)
        errx(2, "QEMU does not tell where it is: %s", registers);
    for (i = 7; i >= 0; i--) {
        memcpy(byte, registers + RIP_AT + 2 * i, 2);
        ret = ret << 8 | strtoul(byte, NULL, 16);
    }
    return ret;
}

/* Says where the guest is, and goes one step on. */
static uint64_t step(void)
{
    char answer[ANSWER_MAX];
    uint64_t ret;

    transmit("g");
    transmit("s");
    receive(answer);
    ret = where(answer);
    receive(answer);
    return ret;
}

static int by_address(const void *one, const void *other)
{
    const struct symbol *a = one, *b = other;

    return a->address < b->address ? -1 : a->address > b->address;
}

static void read_symbols(const char *path)
{
    FILE *file = fopen(path, "re");
    struct symbol symbol = {0};
    char line[512], type;

    if (file == NULL)
        err(2, "%s", path);
    while (fgets(line, sizeof(line), file) != NULL) {
        if (sscanf(line, "%" SCNx64 " %c %127s", &symbol.address, &type,
                   symbol.name) != 3 ||
            strchr("tTwW", type) == NULL)
            continue;
        if (symbol_count % 4096 == 0)
            symbols =
                realloc(symbols, (symbol_count + 4096) * sizeof(*symbols));
        if (symbols == NULL)
            err(2, "memory");
        symbols[symbol_count++] = symbol;
    }
    fclose(file);
    qsort(symbols, symbol_count, sizeof(*symbols), by_address);
}

static void count(uint64_t address)
{
    size_t low = 0, high = symbol_count;

    if (address < KERNEL_SPACE) {
        in_program++;
        return;
    }
    while (high - low > 1) {
        size_t middle = (low + high) / 2;

        if (symbols[middle].address <= address)
            low = middle;
        else
            high = middle;
    }
    symbols[low].count++;
}

static void say(unsigned run)
{
    size_t i;

    printf("{\"run\":%u,\"function\":\"(programs)\",\"count\":%u}\n", run,
           in_program);
    in_program = 0;
    for (i = 0; i < symbol_count; i++) {
        if (symbols[i].count == 0)
            continue;
        printf("{\"run\":%u,\"function\":\"%s\",\"count\":%u}\n", run,
               symbols[i].name, symbols[i].count);
        symbols[i].count = 0;
    }
    fflush(stdout);
}

int main(int argc, char **argv)
{
    char answer[ANSWER_MAX], set[64], clear[64];
    uint64_t mark, at;
    unsigned run, runs, steps;

    if (argc != 5)
        errx(2, "usage: steps SOCKET MARK SYMBOLS RUNS");
    mark = strtoull(argv[2], NULL, 16);
    runs = number(argv[4]);
    connect_to(argv[1]);
    ask("?", answer);
    snprintf(set, sizeof(set), "Z1,%" PRIx64 ",1", mark);
    snprintf(clear, sizeof(clear), "z1,%" PRIx64 ",1", mark);
    read_symbols(argv[3]);
    puts("{}");
    fflush(stdout);
    for (run = 0; run < runs; run++) {
        ask(set, answer);
        ask("c", answer);
        ask(clear, answer);
        if (step() != mark)
            errx(2, "QEMU stops elsewhere: %s", answer);
        for (steps = 0; steps < STEPS_MAX; steps++) {
            at = step();
            if (at == mark)
                break;
            count(at);
        }
        say(run);
    }
    transmit("D");
    return 0;
}
