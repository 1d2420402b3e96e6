/* What the page asks for: series, the run list, findings. */
#include "bench.h"

#include "client.h"
#include "disk.h"

#include <stdio.h>

enum {
    LONG_POINTS = 1000000,
    READ_US_MAX = 5000000 /* of one repetition: slow answers are asked for less */
};

struct read_figure {
    const char *name, *path;
    size_t times;
    const char *key; /* a number of the answer that proves it is the right one, */
    int64_t expected;
    struct latency_figure figure;
};

static enum status read_repeat(struct bench *bench, uint16_t port,
                               struct read_figure *read, struct err *err)
{
    struct load_result value = {0}, ceiling = {0};
    struct buf body;
    char path[64];
    buf_init(&body, 16 << 20);
    const struct gets gets = {port, read->path, read->times, READ_US_MAX};
    enum status status = client_get(&gets, &value, &body, err);
    if (status == ST_OK && answer_number(body.data, read->key, NULL) != read->expected)
        status = err_set(err, ST_FAILED, "bench", "%s: \"%s\" is not %lld in %.300s",
                         read->path, read->key, (long long)read->expected, body.data);
    snprintf(path, sizeof path, "/bytes/%zu", body.length);
    const struct gets bare = {bench->bare.port, path, value.answers, 0};
    if (status == ST_OK)
        status = client_get(&bare, &ceiling, NULL, err);
    if (status == ST_OK)
        latency_figure_add(&read->figure, &value.latency, &ceiling.latency);
    samples_release(&value.latency);
    samples_release(&ceiling.latency);
    buf_release(&body);
    return status;
}

static enum status scan_ceiling(struct bench *bench, const struct read_figure *long_read,
                                struct figure *figure, struct err *err)
{
    const struct disk_upserts points = {LONG_POINTS, .series = 1,
                                        .transaction_rows = 10000};
    struct disk_rates rates;
    enum status status = disk_sqlite(bench->folder, &points, &rates, err);
    if (status != ST_OK)
        return status;
    figure->value = long_read->figure.p50->value;
    repetitions_add(&figure->ceiling, 1e3 * LONG_POINTS / rates.scanned);
    return ST_OK;
}

enum status bench_read(struct bench *bench, struct err *err)
{
    struct read_figure reads[] = {
        {"read: series of 1,000,",
         "/api/v1/runs/short-0/series?metrics=train_loss",
         100,
         "count",
         1000,
         {0}},
        {"read: series of 1,000,000,",
         "/api/v1/runs/long-0/series?metrics=train_loss",
         50,
         "count",
         1000000,
         {0}},
        {"read: 50 of 1,000 runs,", "/api/v1/runs?limit=50", 100, "total", 1000, {0}},
        {"read: findings at 10,000 epochs,",
         "/api/v1/runs/middle-0/findings",
         100,
         "checked_to_step",
         9999,
         {0}},
    };
    const struct read_figure *long_read = &reads[1];
    size_t count = sizeof reads / sizeof *reads;
    for (size_t i = 0; i < count; i++)
        reads[i].figure =
            report_add_latency(&bench->report, reads[i].name, "bare answer of that size");
    struct figure *scan =
        report_add(&bench->report, "read: series of 1,000,000, by its rows", "ms",
                   "bare SQLite, reading its rows");
    struct process server;
    enum status status = bench_serve_library(bench, &server, err);
    if (status != ST_OK)
        return status;
    for (size_t i = 0; status == ST_OK && i < bench->repetitions * count; i++)
        status = read_repeat(bench, server.port, &reads[i % count], err);
    if (status == ST_OK)
        status = scan_ceiling(bench, long_read, scan, err);
    return bench_stop(&server, status, err);
}
