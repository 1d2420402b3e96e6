/* Many records in a body: one long NDJSON stream, arrays from several clients, and arrays
   for a hundred runs in turn; until the data can be read and until the disk rests. */
#include "bench.h"

#include "disk.h"
#include "disk_chunks.h"
#include "posting.h"

#include "base/clock.h"

#include <stdio.h>
#include <sys/stat.h>

/* More points do not change the rates of the ceilings. */
enum { CEILING_ROWS = 300000, CEILING_POINTS = 1000000, CEILING_COMMIT = 10000 };

struct bulk {
    const char *name, *label;
    struct records records;
    size_t clients, runs; /* as in struct posting */
    const char *aim;
    struct figure *read, *rest; /* until the data is read back; until the disk rests */
    struct bodies bodies;
};

struct bulk_figures {
    struct figure *memory, *client, *size, *size_rows;
};

/* What one repetition gave. */
struct bulk_times {
    double answered_s, read_s, rest_s, client_cpu_s;
};

static size_t bulk_series(const struct bulk *bulk)
{
    return (bulk->runs ? bulk->runs : bulk->clients) * bulk->records.metrics;
}

static enum status ceilings(const struct bench *bench, const struct bulk *bulk,
                            struct bulk_figures *figures, struct err *err)
{
    const struct disk_upserts upserts = {CEILING_ROWS, bulk_series(bulk), CEILING_COMMIT};
    const struct chunk_load load = {CEILING_POINTS, bulk_series(bulk),
                                    bulk->records.metrics, CEILING_COMMIT};
    struct disk_rates rows = {0};
    struct chunk_rates chunks = {0};
    enum status status = disk_sqlite(bench->folder, &upserts, &rows, err);
    if (status == ST_OK)
        status = disk_chunks(bench->folder, &load, &chunks, err);
    if (status != ST_OK)
        return status;
    repetitions_add(&bulk->read->ceiling, rows.upserted);
    repetitions_add(&bulk->rest->ceiling, chunks.stored);
    repetitions_add(&figures->size->ceiling, chunks.bytes_per_point);
    repetitions_add(&figures->size_rows->ceiling, rows.bytes_per_point);
    return ST_OK;
}

/* Posts all, reads back the run that was posted last, waits for the disk to rest. */
static enum status timed(const struct process *server, struct posting *posting,
                         struct bulk_times *out, struct err *err)
{
    struct load_result result = {0};
    size_t runs = posting->runs ? posting->runs : posting->clients;
    double cpu_before = process_own_cpu_seconds();
    int64_t began_us = clock_monotonic_us();
    enum status status = posting_run(posting, server->port, &result, err);
    int64_t answered_us = clock_monotonic_us();
    out->client_cpu_s = process_own_cpu_seconds() - cpu_before;
    if (status == ST_OK)
        status = posting_read_back(posting, runs - 1, server->port, err);
    int64_t read_us = clock_monotonic_us();
    int64_t rest_us = process_rest(server, answered_us);
    out->answered_s = 1e-6 * (double)(answered_us - began_us);
    out->read_s = 1e-6 * (double)(read_us - began_us);
    out->rest_s = 1e-6 * (double)(rest_us - began_us);
    samples_release(&result.latency);
    return status;
}

static enum status bulk_repeat(const struct process *server, struct bulk *bulk,
                               struct bulk_figures *figures, size_t *points,
                               struct err *err)
{
    char name[32];
    struct bulk_times times = {0};
    snprintf(name, sizeof name, "%s-%zu", bulk->name, bulk->read->value.count);
    struct posting posting = {.bodies = &bulk->bodies,
                              .name = name,
                              .clients = bulk->clients,
                              .runs = bulk->runs};
    enum status status = timed(server, &posting, &times, err);
    if (status == ST_OK)
        status = posting_verify(&posting, server->port, err);
    if (status != ST_OK)
        return status;
    double count = (double)posting_points(&posting);
    *points += posting_points(&posting);
    repetitions_add(&bulk->read->value, count / times.read_s);
    repetitions_add(&bulk->rest->value, count / times.rest_s);
    repetitions_add(&figures->client->value, times.client_cpu_s / times.answered_s);
    return ST_OK;
}

/* Of the database and what SQLite keeps beside it. */
static double bytes_on_disk(const struct bench *bench, const char *name)
{
    const char *const suffixes[] = {"", "-wal", "-shm"};
    double bytes = 0;
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
        char file[64], path[BENCH_PATH_MAX];
        struct stat stat_of;
        snprintf(file, sizeof file, "%s%s", name, suffixes[i]);
        bench_path(bench, file, path);
        if (stat(path, &stat_of) == 0)
            bytes += (double)stat_of.st_size;
    }
    return bytes;
}

static enum status bulk_all(struct bench *bench, struct bulk *bulks, size_t count,
                            struct err *err)
{
    struct report *report = &bench->report;
    struct bulk_figures figures = {
        .client = report_add(report, "bulk: CPU of the client", "cores", NULL),
        .memory = report_add(report, "bulk: memory of epochd, at most", "MiB", NULL),
        .size = report_add(report, "bulk: on disk, closed", "B/point",
                           "bare SQLite, chunks without free pages"),
        .size_rows = report_add(report, "bulk: on disk, closed, beside rows", "B/point",
                                "bare SQLite, rows"),
    };
    figure_aim(figures.size, "< 12 B");
    struct process server;
    size_t points = 0;
    enum status status = bench_serve(bench, "bulk.db", &server, err);
    if (status != ST_OK)
        return status;
    for (size_t i = 0; status == ST_OK && i < bench->repetitions * count; i++) {
        status = ceilings(bench, &bulks[i % count], &figures, err);
        if (status == ST_OK)
            status = bulk_repeat(&server, &bulks[i % count], &figures, &points, err);
    }
    repetitions_add(&figures.memory->value,
                    (double)process_memory_kib(&server, "VmHWM") / 1024);
    status = bench_stop(&server, status, err);
    double size = bytes_on_disk(bench, "bulk.db") / (double)points;
    repetitions_add(&figures.size->value, size);
    repetitions_add(&figures.size_rows->value, size);
    return status;
}

static void report_bulk(struct report *report, struct bulk *bulk)
{
    char name[64];
    snprintf(name, sizeof name, "bulk: %s, read back", bulk->label);
    bulk->read = report_add(report, name, "points/s", "bare SQLite, rows");
    snprintf(name, sizeof name, "bulk: %s, at rest", bulk->label);
    bulk->rest = figure_aim(report_add(report, name, "points/s",
                                       "bare SQLite, journal and chunks"),
                            bulk->aim);
}

enum status bench_bulk(struct bench *bench, struct err *err)
{
    size_t lines = bench->quick ? 3 : 10, arrays = bench->quick ? 20 : 100;
    size_t turns = bench->quick ? 3 : 10;
    struct bulk bulks[] = {
        {"lines", "NDJSON of 100,000 records",
         .records = {RECORDS_LINES, lines, .each = 100000, .metrics = 3}, .clients = 1,
         .aim = "> 1.5 M/s"},
        {"arrays", "8 clients, arrays of 1,000",
         .records = {RECORDS_ARRAY, arrays, .each = 1000, .metrics = 3}, .clients = 8,
         .aim = "> 1.5 M/s"},
        {"turns", "1,000 series in turn",
         .records = {RECORDS_ARRAY, turns, .each = 200, .metrics = 10}, .clients = 4,
         .runs = 100, .aim = "> 1 M/s"},
    };
    size_t count = sizeof bulks / sizeof *bulks;
    enum status status = ST_OK;
    for (size_t i = 0; status == ST_OK && i < count; i++) {
        report_bulk(&bench->report, &bulks[i]);
        status = bodies_make(&bulks[i].records, &bulks[i].bodies, err);
    }
    if (status == ST_OK)
        status = bulk_all(bench, bulks, count, err);
    for (size_t i = 0; i < count; i++)
        bodies_free(&bulks[i].bodies);
    return status;
}
