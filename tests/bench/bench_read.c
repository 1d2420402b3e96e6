/* What the page asks for: series, the run list, findings, the table. */
#include "bench.h"

#include "client.h"
#include "disk.h"
#include "disk_chunks.h"

#include <stdio.h>
#include <string.h>

enum {
    LONG_POINTS = 1000000,
    READ_US_MAX = 1000000, /* of one repetition: slow answers are asked for less */
    PATH_BYTES_MAX = 160
};

static const struct read {
    const char *name, *path; /* the path after /api/v1/runs */
    const char *key;         /* a number of the answer that proves it is the right one, */
    int64_t expected;
    int64_t window; /* else: so many steps, elsewhere each time; counted by `key` */
    const char *aim50, *aim99;
} reads[] = {
    {"read: 1,000 points,", "/short-0/series?metrics=train_loss", "count", 1000, 0, NULL,
     NULL},
    {"read: 1,000,000 points,", "/long-0/series?metrics=train_loss", "count", LONG_POINTS,
     0, "< 5 ms", "< 15 ms"},
    {"read: a tenth of them,", "/long-0/series?metrics=train_loss", "count", 100000,
     100000, "< 5 ms", "< 15 ms"},
    {"read: 0.2 % of them,", "/long-0/series?metrics=train_loss", "count", 2000, 2000,
     "< 5 ms", "< 15 ms"},
    {"read: 50 of 10,000 runs,", "?limit=50", "total", 10000, 0, "< 3 ms", NULL},
    {"read: the same, by last update,", "?limit=50&sort=-updated", "total", 10000, 0,
     "< 3 ms", NULL},
    {"read: the same, searched,", "?limit=50&q=other-12", "total", 111, 0, NULL, NULL},
    {"read: findings at 10,000 epochs,", "/middle-0/findings", "checked_to_step", 9999, 0,
     "< 2 ms", NULL},
};

enum { READ_COUNT = sizeof reads / sizeof *reads, TIMES = 200 };
enum { WHOLE = 1 }; /* the row that is held against scanning, too */

/* The GETs of one repetition. */
struct reading {
    const struct read *read;
    size_t sent;
    size_t body_length;
};

static bool read_next(void *data, size_t connection, struct request *out)
{
    struct reading *reading = data;
    const struct read *read = reading->read;
    char path[PATH_BYTES_MAX];
    (void)connection;
    int length = snprintf(path, sizeof path, "/api/v1/runs%s", read->path);
    if (read->window) {
        /* A prime stride: the windows are all over the series, and none comes twice. */
        int64_t from = (int64_t)reading->sent * 7919 * 13 % (LONG_POINTS - read->window);
        snprintf(path + length, sizeof path - (size_t)length, "&from=%lld&to=%lld",
                 (long long)from, (long long)(from + read->window - 1));
    }
    request_get(out->head, path);
    return reading->sent++ < TIMES;
}

static bool read_check(void *data, size_t connection, const struct answer *answer)
{
    struct reading *reading = data;
    const struct read *read = reading->read;
    (void)connection;
    reading->body_length = answer->body_length;
    return answer->status == 200 &&
           answer_number(answer->body, read->key, NULL) == read->expected;
}

/* Reads as often as it says, and as often so many bytes from the bare server. */
static enum status read_repeat(const struct bench *bench, uint16_t port,
                               const struct read *read, struct latency_figure *figure,
                               struct err *err)
{
    struct load_result value = {0}, ceiling = {0};
    struct reading reading = {.read = read};
    char path[PATH_BYTES_MAX];
    const struct load load = {.port = port,
                              .connections = 1,
                              .duration_us = READ_US_MAX,
                              .next = read_next,
                              .check = read_check,
                              .data = &reading};
    enum status status = load_run(&load, &value, err);
    snprintf(path, sizeof path, "/bytes/%zu", reading.body_length);
    const struct gets bare = {bench->bare.port, path, value.answers, 0};
    if (status == ST_OK)
        status = client_get(&bare, &ceiling, NULL, err);
    if (status == ST_OK)
        latency_figure_add(figure, &value.latency, &ceiling.latency);
    samples_release(&value.latency);
    samples_release(&ceiling.latency);
    return status;
}

static size_t count_lines(const struct buf *text)
{
    size_t lines = 0;
    const char *end = text->data + text->length;
    for (const char *at = text->data; at && (at = memchr(at, '\n', (size_t)(end - at)));
         at++)
        lines++;
    return lines;
}

/* MB/s of one GET. */
static enum status stream_rate(uint16_t port, const char *path, struct buf *body,
                               double *rate, struct err *err)
{
    struct load_result result = {0};
    const struct gets once = {.port = port, .path = path, .times = 1};
    enum status status = client_get(&once, &result, body, err);
    *rate = 1e-6 * (double)body->length / result.seconds;
    samples_release(&result.latency);
    return status;
}

/* The long run as a table, and a bare answer of that size. */
static enum status table_repeat(const struct bench *bench, uint16_t port,
                                struct figure *figure, struct err *err)
{
    struct buf body;
    double rate = 0, bare_rate = 0;
    char path[PATH_BYTES_MAX];
    buf_init(&body, 256u << 20);
    enum status status =
        stream_rate(port, "/api/v1/runs/long-0/epochs?format=csv", &body, &rate, err);
    size_t lines = count_lines(&body);
    if (status == ST_OK && lines != LONG_POINTS + 1) /* and the header */
        status = err_set(err, ST_FAILED, "bench", "the table has %zu lines", lines);
    snprintf(path, sizeof path, "/bytes/%zu", body.length);
    if (status == ST_OK)
        status = stream_rate(bench->bare.port, path, &body, &bare_rate, err);
    if (status == ST_OK) {
        repetitions_add(&figure->value, rate);
        repetitions_add(&figure->ceiling, bare_rate);
    }
    buf_release(&body);
    return status;
}

/* What bare SQLite needs to read as many rows as the long series has, and the headers of
   as many points in chunks. */
static enum status scan_ceilings(const struct bench *bench, struct figure *rows,
                                 struct figure *headers, struct err *err)
{
    const struct disk_upserts points = {LONG_POINTS, .series = 1,
                                        .transaction_rows = 10000};
    const struct chunk_load load = {LONG_POINTS, 1, .metrics = 1,
                                    .transaction_points = 10000};
    struct disk_rates rates;
    struct chunk_rates chunks;
    enum status status = disk_sqlite(bench->folder, &points, &rates, err);
    if (status == ST_OK)
        status = disk_chunks(bench->folder, &load, &chunks, err);
    if (status != ST_OK)
        return status;
    repetitions_add(&rows->ceiling, 1e3 * LONG_POINTS / rates.scanned);
    repetitions_add(&headers->ceiling, chunks.headers_ms);
    return ST_OK;
}

static void report_reads(struct report *report, struct latency_figure *figures)
{
    for (size_t i = 0; i < READ_COUNT; i++) {
        figures[i] =
            report_add_latency(report, reads[i].name, "bare answer of that size");
        figure_aim(figures[i].p50, reads[i].aim50);
        figure_aim(figures[i].p99, reads[i].aim99);
    }
}

enum status bench_read(struct bench *bench, struct err *err)
{
    struct latency_figure figures[READ_COUNT];
    struct report *report = &bench->report;
    report_reads(report, figures);
    struct figure *rows = report_add(report, "read: 1,000,000 points, beside rows", "ms",
                                     "bare SQLite, reading rows");
    struct figure *headers = report_add(report, "read: 1,000,000 points, beside chunks",
                                        "ms", "bare SQLite, reading headers");
    struct figure *table = report_add(report, "read: 1,000,000 epochs as CSV", "MB/s",
                                      "bare answer of that size");
    struct process server;
    enum status status = bench_serve_library(bench, &server, err);
    if (status != ST_OK)
        return status;
    for (size_t i = 0; status == ST_OK && i < bench->repetitions * READ_COUNT; i++)
        status = read_repeat(bench, server.port, &reads[i % READ_COUNT],
                             &figures[i % READ_COUNT], err);
    for (size_t i = 0; status == ST_OK && i < bench->repetitions; i++) {
        status = table_repeat(bench, server.port, table, err);
        if (status == ST_OK)
            status = scan_ceilings(bench, rows, headers, err);
    }
    rows->value = headers->value = figures[WHOLE].p50->value;
    return bench_stop(&server, status, err);
}
