/* What the page asks for: series, the run list, findings. */
#include "bench.h"

#include "client.h"
#include "disk.h"

#include <stdio.h>

enum {
    LONG_POINTS = 1000000,
    READ_US_MAX = 5000000 /* of one repetition: slow answers are asked for less */
};

static const struct read {
    const char *name, *path; /* the path after /api/v1/runs */
    size_t times;
    const char *key; /* a number of the answer that proves it is the right one, */
    int64_t expected;
} reads[] = {
    {"read: 1,000 points,", "/short-0/series?metrics=train_loss", 100, "count", 1000},
    {"read: 1,000,000 points,", "/long-0/series?metrics=train_loss", 50, "count",
     LONG_POINTS},
    {"read: 50 of 1,000 runs,", "?limit=50", 100, "total", 1000},
    {"read: findings at 10,000 epochs,", "/middle-0/findings", 100, "checked_to_step",
     9999},
};

enum { READ_COUNT = sizeof reads / sizeof *reads, LONG_READ = 1 };

/* Sends the GET as often as it says, and one of that size to the bare server. */
static enum status read_repeat(const struct bench *bench, uint16_t port,
                               const struct read *read, struct latency_figure *figure,
                               struct err *err)
{
    struct load_result value = {0}, ceiling = {0};
    struct buf body;
    char path[128];
    buf_init(&body, 16 << 20);
    snprintf(path, sizeof path, "/api/v1/runs%s", read->path);
    const struct gets gets = {port, path, read->times, READ_US_MAX};
    enum status status = client_get(&gets, &value, &body, err);
    if (status == ST_OK && answer_number(body.data, read->key, NULL) != read->expected)
        status = err_set(err, ST_FAILED, "bench", "%s: \"%s\" is not %lld in %.300s",
                         path, read->key, (long long)read->expected, body.data);
    snprintf(path, sizeof path, "/bytes/%zu", body.length);
    const struct gets bare = {bench->bare.port, path, value.answers, 0};
    if (status == ST_OK)
        status = client_get(&bare, &ceiling, NULL, err);
    if (status == ST_OK)
        latency_figure_add(figure, &value.latency, &ceiling.latency);
    samples_release(&value.latency);
    samples_release(&ceiling.latency);
    buf_release(&body);
    return status;
}

/* What bare SQLite needs to read as many rows as the long series has. */
static enum status scan_ceiling(const struct bench *bench, struct figure *figure,
                                struct err *err)
{
    const struct disk_upserts points = {LONG_POINTS, .series = 1,
                                        .transaction_rows = 10000};
    struct disk_rates rates;
    enum status status = disk_sqlite(bench->folder, &points, &rates, err);
    if (status == ST_OK)
        repetitions_add(&figure->ceiling, 1e3 * LONG_POINTS / rates.scanned);
    return status;
}

enum status bench_read(struct bench *bench, struct err *err)
{
    struct latency_figure figures[READ_COUNT];
    struct report *report = &bench->report;
    for (size_t i = 0; i < READ_COUNT; i++)
        figures[i] =
            report_add_latency(report, reads[i].name, "bare answer of that size");
    struct figure *scanned = report_add(report, "read: 1,000,000 points, beside scanning",
                                        "ms", "bare SQLite, reading its rows");
    struct process server;
    enum status status = bench_serve_library(bench, &server, err);
    if (status != ST_OK)
        return status;
    for (size_t i = 0; status == ST_OK && i < bench->repetitions * READ_COUNT; i++)
        status = read_repeat(bench, server.port, &reads[i % READ_COUNT],
                             &figures[i % READ_COUNT], err);
    for (size_t i = 0; status == ST_OK && i < bench->repetitions; i++)
        status = scan_ceiling(bench, scanned, err);
    scanned->value = figures[LONG_READ].p50->value;
    return bench_stop(&server, status, err);
}
