#include "process.h"

#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { START_PATIENCE_MS = 30000, STOP_PATIENCE_MS = 60000 };
enum { REST_LOOK_US = 5000, REST_QUIET_US = 300000, REST_US_MAX = 20000000 };

/* In the child: does not return. */
static void become(char *const argv[], int out, const char *log)
{
    int fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (dup2(out, STDOUT_FILENO) >= 0 && dup2(fd, STDERR_FILENO) >= 0)
        execv(argv[0], argv);
    _exit(127);
}

/* Reads one line; false at the end of the stream or when it takes too long. */
static bool read_line(int fd, char *line, size_t size)
{
    size_t length = 0;
    struct pollfd readable = {.fd = fd, .events = POLLIN};
    while (length + 1 < size && poll(&readable, 1, START_PATIENCE_MS) > 0) {
        ssize_t n = read(fd, line + length, size - 1 - length);
        if (n <= 0)
            return false;
        length += (size_t)n;
        line[length] = '\0';
        if (line[length - 1] == '\n')
            return true;
    }
    return false;
}

static enum status wait_for_port(struct process *process, struct err *err)
{
    char line[256] = "";
    if (!read_line(process->out, line, sizeof line))
        return err_set(err, ST_FAILED, "bench", "no line that says where it listens");
    process->listening_us = clock_monotonic_us();
    const char *colon = strrchr(line, ':');
    int port = strstr(line, "listening on http://") ? atoi(colon + 1) : 0;
    if (port <= 0 || port > UINT16_MAX)
        return err_set(err, ST_FAILED, "bench", "unexpected first line: %s", line);
    process->port = (uint16_t)port;
    return ST_OK;
}

enum status process_start(char *const argv[], const char *log, struct process *out,
                          struct err *err)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0)
        return err_set(err, ST_FAILED, "bench", "pipe: %s", strerror(errno));
    *out = (struct process){.out = ends[0], .started_us = clock_monotonic_us()};
    out->pid = fork();
    if (out->pid == 0)
        become(argv, ends[1], log);
    close(ends[1]);
    if (out->pid < 0)
        return err_set(err, ST_FAILED, "bench", "fork: %s", strerror(errno));
    enum status status = wait_for_port(out, err);
    if (status != ST_OK)
        process_stop(out, NULL);
    return status;
}

enum status process_stop(struct process *process, struct err *err)
{
    if (process->pid <= 0)
        return ST_OK;
    /* Its stdout ends when it does. */
    struct pollfd ended = {.fd = process->out}; /* POLLHUP needs no asking */
    kill(process->pid, SIGTERM);
    if (poll(&ended, 1, STOP_PATIENCE_MS) <= 0)
        kill(process->pid, SIGKILL);
    int code = -1;
    waitpid(process->pid, &code, 0);
    close(process->out);
    *process = (struct process){0};
    if (WIFEXITED(code) && WEXITSTATUS(code) == 0)
        return ST_OK;
    return err_set(err, ST_FAILED, "bench", "the server ended with wait status %d", code);
}

long process_memory_kib(const struct process *process, const char *line)
{
    char path[64], text[128];
    size_t length = strlen(line);
    long kib = -1;
    snprintf(path, sizeof path, "/proc/%d/status", (int)process->pid);
    FILE *file = fopen(path, "r");
    while (file && kib < 0 && fgets(text, sizeof text, file)) {
        if (strncmp(text, line, length) == 0 && text[length] == ':')
            kib = strtol(text + length + 1, NULL, 10);
    }
    if (file)
        fclose(file);
    return kib;
}

double process_cpu_seconds(const struct process *process)
{
    char path[64], text[512];
    unsigned long user = 0, kernel = 0;
    snprintf(path, sizeof path, "/proc/%d/stat", (int)process->pid);
    FILE *file = fopen(path, "r");
    /* The name, second field, is in brackets and may hold blanks. */
    const char *after =
        file && fgets(text, sizeof text, file) ? strrchr(text, ')') : NULL;
    if (after)
        sscanf(after, ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user,
               &kernel);
    if (file)
        fclose(file);
    return (double)(user + kernel) / (double)sysconf(_SC_CLK_TCK);
}

double process_own_cpu_seconds(void)
{
    struct timespec used;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return (double)used.tv_sec + 1e-9 * (double)used.tv_nsec;
}

/* To the disk, so far; -1 on failure. */
static int64_t written_bytes(const struct process *process)
{
    char path[64], text[128];
    long long bytes = -1;
    snprintf(path, sizeof path, "/proc/%d/io", (int)process->pid);
    FILE *file = fopen(path, "r");
    while (file && bytes < 0 && fgets(text, sizeof text, file)) {
        if (sscanf(text, "write_bytes: %lld", &bytes) != 1)
            bytes = -1;
    }
    if (file)
        fclose(file);
    return bytes;
}

int64_t process_rest(const struct process *process, int64_t since_us)
{
    int64_t wrote_us = since_us, before = written_bytes(process);
    int64_t began_us = clock_monotonic_us(), now_us = began_us, quiet_from_us = began_us;
    while (now_us - quiet_from_us < REST_QUIET_US && now_us - began_us < REST_US_MAX) {
        usleep(REST_LOOK_US);
        now_us = clock_monotonic_us();
        int64_t after = written_bytes(process);
        if (after == before)
            continue;
        before = after;
        wrote_us = quiet_from_us = now_us;
    }
    return wrote_us;
}
