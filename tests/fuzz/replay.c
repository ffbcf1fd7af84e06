/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Replays files, or all files of directories, through a fuzz target. Each is
 * one TAP line and one child process, so that a crash or a hang is one failed
 * line. If there is no file at all, that is a failure, as the corpus has
 * probably moved.
 */
#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ovsint/base/io.h"
#include "tests/fuzz/fuzz.h"

#define INPUT_SIZE (16u << 20)
#define INPUT_SECONDS 20

static int number, failed;

static int run_input(const char *path)
{
    auto_buf struct buf input = BUF_INIT(INPUT_SIZE);
    struct err err = {0};

    alarm(INPUT_SECONDS);
    if (io_read_file(path, &input, &err) < 0) {
        printf("# %s\n", err.text);
        return 1;
    }
    /* A buffer of exactly this size, so that the sanitizer sees its end. */
    auto_free uint8_t *exact = mem_new(input.size);
    if (input.size > 0)
        memcpy(exact, input.data, input.size);
    LLVMFuzzerTestOneInput(exact, input.size);
    return 0;
}

static void replay_file(const char *path)
{
    int status = 0;

    fflush(stdout);
    pid_t child = fork();
    if (child == 0)
        exit(run_input(path)); /* runs the leak checker */
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    bool ok = child > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
    if (!ok && WIFSIGNALED(status))
        printf("# ended by signal %d\n", WTERMSIG(status));
    printf("%sok %d - %s\n", ok ? "" : "not ", ++number, path);
    failed += !ok;
}

static void replay_directory(const char *directory)
{
    struct dirent **entries = NULL;
    int count = scandir(directory, &entries, NULL, alphasort);

    for (int i = 0; i < count; i++) {
        auto_buf struct buf path = BUF_INIT(4096);
        auto_free struct dirent *entry = entries[i];
        if (entry->d_name[0] == '.')
            continue;
        buf_addf(&path, "%s/%s", directory, entry->d_name);
        replay_file(buf_text(&path));
    }
    free(entries);
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        struct stat st;
        int before = number;
        if (stat(argv[i], &st) == 0 && S_ISDIR(st.st_mode))
            replay_directory(argv[i]);
        else
            replay_file(argv[i]);
        if (number == before) {
            printf("not ok %d - %s holds no file\n", ++number, argv[i]);
            failed++;
        }
    }
    printf("1..%d\n", number);
    return failed || number == 0 ? 1 : 0;
}
