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

enum { LIBRARY_RUNS = 10000, LIBRARY_CLIENTS = 16 };

enum status bench_fill_others(uint16_t port, size_t runs, struct err *err)
{
    const struct records one = {RECORDS_ONE, .bodies = 1, .each = 1, .metrics = 3};
    struct bodies bodies = {0};
    struct load_result result = {0};
    struct posting posting = {.bodies = &bodies,
                              .name = "other",
                              .clients = LIBRARY_CLIENTS,
                              .runs = runs};
    enum status status = bodies_make(&one, &bodies, err);
    if (status == ST_OK)
        status = posting_run(&posting, port, &result, err);
    if (status == ST_OK)
        status = posting_verify(&posting, port, err);
    samples_release(&result.latency);
    bodies_free(&bodies);
    return status;
}

static enum status fill_library(uint16_t port, struct err *err)
{
    const struct {
        const char *name;
        struct records records;
    } runs[] = {
        {"short", {RECORDS_ARRAY, .bodies = 1, .each = 1000, .metrics = 3}},
        {"middle", {RECORDS_LINES, .bodies = 1, .each = 10000, .metrics = 3}},
        {"long", {RECORDS_LINES, .bodies = 10, .each = 100000, .metrics = 1}},
    };
    size_t named = sizeof runs / sizeof *runs;
    enum status status = ST_OK;
    for (size_t i = 0; status == ST_OK && i < named; i++)
        status = posting_fill(&runs[i].records, runs[i].name, 1, port, err);
    return status == ST_OK ? bench_fill_others(port, LIBRARY_RUNS - named, err) : status;
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
    if (status == ST_OK) {
        process_rest(out, 0); /* so that reads are not held up by what was written */
        return ST_OK;
    }
    bench_stop(out, status, err);
    unlink(path); /* half a library must not be taken for one */
    return status;
}
