/* What epochd costs before anything happens: time to start, idle memory, size. */
#include "bench.h"

#include "client.h"

#include "base/clock.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct start_figures {
    struct figure *line, *answer, *memory;
};

struct start_values {
    double line_ms, answer_ms, memory_mib;
};

/* Asks a server that was just started, and stops it. */
static enum status look(struct process *server, const char *path,
                        struct start_values *out, struct err *err)
{
    struct load_result result = {0};
    const struct gets once = {.port = server->port, .path = path, .times = 1};
    enum status status = client_get(&once, &result, NULL, err);
    int64_t answered_us = clock_monotonic_us();
    samples_release(&result.latency);
    *out = (struct start_values){
        .line_ms = 1e-3 * (double)(server->listening_us - server->started_us),
        .answer_ms = 1e-3 * (double)(answered_us - server->started_us),
        .memory_mib = (double)process_memory_kib(server, "VmRSS") / 1024,
    };
    return bench_stop(server, status, err);
}

static void add(struct start_figures *figures, const struct start_values *value,
                const struct start_values *ceiling)
{
    repetitions_add(&figures->line->value, value->line_ms);
    repetitions_add(&figures->line->ceiling, ceiling->line_ms);
    repetitions_add(&figures->answer->value, value->answer_ms);
    repetitions_add(&figures->answer->ceiling, ceiling->answer_ms);
    repetitions_add(&figures->memory->value, value->memory_mib);
    repetitions_add(&figures->memory->ceiling, ceiling->memory_mib);
}

static enum status start_once(struct bench *bench, const char *db,
                              struct start_figures *figures, struct err *err)
{
    struct process server;
    struct start_values value, ceiling;
    enum status status = bench_serve_bare(bench, &server, err);
    if (status == ST_OK)
        status = look(&server, "/bytes/100", &ceiling, err);
    if (status == ST_OK)
        status = bench_serve(bench, db, &server, err);
    if (status == ST_OK)
        status = look(&server, "/healthz", &value, err);
    if (status == ST_OK)
        add(figures, &value, &ceiling);
    return status;
}

static enum status repeat(struct bench *bench, struct start_figures *fresh,
                          struct start_figures *full, struct err *err)
{
    char path[BENCH_PATH_MAX];
    bench_path(bench, "fresh.db", path);
    unlink(path);
    enum status status = start_once(bench, "fresh.db", fresh, err);
    return status == ST_OK ? start_once(bench, GROWN_DB, full, err) : status;
}

enum status bench_start_ms(const struct bench *bench, const char *db, double *ms,
                           struct err *err)
{
    struct process server;
    struct start_values value;
    enum status status = bench_serve(bench, db, &server, err);
    if (status == ST_OK)
        status = look(&server, "/healthz", &value, err);
    if (status == ST_OK)
        *ms = value.answer_ms;
    return status;
}

static struct start_figures report_start(struct report *report, const char *database)
{
    struct start_figures figures;
    char name[64];
    const char *bare = "bare libmicrohttpd";
    snprintf(name, sizeof name, "start: %s, to the line", database);
    figures.line = report_add(report, name, "ms", bare);
    snprintf(name, sizeof name, "start: %s, to an answer", database);
    figures.answer = report_add(report, name, "ms", bare);
    snprintf(name, sizeof name, "idle memory: %s", database);
    figures.memory = report_add(report, name, "MiB", bare);
    return figures;
}

/* As `make install` installs it. */
static double program_mib(const struct bench *bench)
{
    char stripped[BENCH_PATH_MAX], command[2 * BENCH_PATH_MAX];
    struct stat program = {0};
    bench_path(bench, "stripped", stripped);
    snprintf(command, sizeof command, "strip -o '%s' '%s'", stripped, bench->epochd);
    if (system(command) != 0 || stat(stripped, &program) != 0)
        return NAN;
    return (double)program.st_size / (1 << 20);
}

enum status bench_start(struct bench *bench, struct err *err)
{
    struct report *report = &bench->report;
    struct process server;
    enum status status = bench_serve_grown(bench, &server, err);
    if (status == ST_OK)
        status = bench_stop(&server, status, err);
    char name[32];
    snprintf(name, sizeof name, "%zu M points", bench->points / 1000000);
    struct start_figures fresh = report_start(report, "new database");
    struct start_figures full = report_start(report, name);
    figure_aim(full.answer, "< 30 ms");
    figure_aim(fresh.memory, "< 12 MiB");
    struct figure *size =
        figure_aim(report_add(report, "size of the program, stripped, with the page",
                              "MiB", NULL),
                   "< 3 MiB");
    repetitions_add(&size->value, program_mib(bench));
    for (size_t i = 0; status == ST_OK && i < bench->repetitions; i++)
        status = repeat(bench, &fresh, &full, err);
    return status;
}
