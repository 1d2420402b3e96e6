#include "bench.h"

#include "posting.h"

#include <stdio.h>
#include <unistd.h>

void bench_path(const struct bench *bench, const char *name,
                char out[static BENCH_PATH_MAX])
{
    snprintf(out, BENCH_PATH_MAX, "%s/%s", bench->folder, name);
}

static enum status serve(const struct bench *bench, const char *const argv[],
                         struct process *out, struct err *err)
{
    char log[BENCH_PATH_MAX];
    bench_path(bench, "stderr.log", log);
    /* execv takes char *const[] for historical reasons and changes nothing. */
    return process_start((char *const *)(uintptr_t)argv, log, out, err);
}

enum status bench_serve(const struct bench *bench, const char *name, struct process *out,
                        struct err *err)
{
    char db[BENCH_PATH_MAX];
    bench_path(bench, name, db);
    const char *const argv[] = {bench->epochd, "serve", "--listen", "127.0.0.1:0",
                                "--db",        db,      NULL};
    return serve(bench, argv, out, err);
}

enum status bench_serve_bare(const struct bench *bench, struct process *out,
                             struct err *err)
{
    const char *const argv[] = {bench->self, "--bare", bench->folder, NULL};
    return serve(bench, argv, out, err);
}

enum status bench_stop(struct process *process, enum status status, struct err *err)
{
    struct err stop_err = {0};
    enum status stopped = process_stop(process, &stop_err);
    if (status != ST_OK || stopped == ST_OK)
        return status;
    *err = stop_err;
    return stopped;
}

enum { LIBRARY_RUNS = 1000, LIBRARY_ROUND = 50 };

static enum status fill_library(uint16_t port, struct err *err)
{
    const struct records one = {RECORDS_ONE, .bodies = 1, .each = 1};
    const struct {
        const char *name;
        struct records records;
    } runs[] = {
        {"short", {RECORDS_ARRAY, .bodies = 1, .each = 1000}},
        {"middle", {RECORDS_LINES, .bodies = 1, .each = 10000}},
        {"long", {RECORDS_LINES, .bodies = 10, .each = 100000, .loss_only = true}},
    };
    size_t named = sizeof runs / sizeof *runs;
    enum status status = ST_OK;
    for (size_t i = 0; status == ST_OK && i < named; i++)
        status = posting_fill(&runs[i].records, runs[i].name, 1, port, err);
    for (size_t made = named; status == ST_OK && made < LIBRARY_RUNS;) {
        size_t left = LIBRARY_RUNS - made;
        size_t clients = left < LIBRARY_ROUND ? left : LIBRARY_ROUND;
        char name[32];
        snprintf(name, sizeof name, "other-%zu", made);
        status = posting_fill(&one, name, clients, port, err);
        made += clients;
    }
    return status;
}

enum status bench_serve_library(const struct bench *bench, struct process *out,
                                struct err *err)
{
    char path[BENCH_PATH_MAX];
    bench_path(bench, "library.db", path);
    bool filled = access(path, F_OK) == 0;
    enum status status = bench_serve(bench, "library.db", out, err);
    if (status != ST_OK || filled)
        return status;
    status = fill_library(out->port, err);
    if (status == ST_OK)
        return ST_OK;
    bench_stop(out, status, err);
    unlink(path); /* half a library must not be taken for one */
    return status;
}
