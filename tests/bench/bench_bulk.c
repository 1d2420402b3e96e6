/* Many records in a body: one long NDJSON stream, and arrays from several clients. */
#include "bench.h"

#include "disk.h"
#include "posting.h"

#include <stdio.h>
#include <sys/stat.h>

struct bulk {
    const char *name;
    struct records records;
    size_t clients;
    struct figure *figure;
    struct bodies bodies;
};

static size_t bulk_points(const struct bulk *bulk)
{
    const struct records *records = &bulk->records;
    return bulk->clients * records->bodies * records->each * records_metrics(records);
}

static enum status bulk_repeat(struct bench *bench, uint16_t port, struct bulk *bulk,
                               struct err *err)
{
    char name[32];
    snprintf(name, sizeof name, "%s-%zu", bulk->name, bulk->figure->value.count);
    struct posting posting = {.bodies = &bulk->bodies,
                              .name = name,
                              .clients = bulk->clients};
    struct load_result result = {0};
    struct disk_rates rates = {0};
    const struct disk_upserts upserts = {.rows =
                                             1000000, /* more does not change the rate */
                                         .series = bulk->clients *
                                                   records_metrics(&bulk->records),
                                         .transaction_rows = 10000};
    enum status status = disk_sqlite(bench->folder, &upserts, &rates, err);
    if (status == ST_OK)
        status = posting_run(&posting, port, &result, err);
    if (status == ST_OK)
        status = posting_verify(&posting, port, err);
    if (status == ST_OK) {
        repetitions_add(&bulk->figure->ceiling, rates.upserted);
        repetitions_add(&bulk->figure->value, (double)bulk_points(bulk) / result.seconds);
    }
    samples_release(&result.latency);
    return status;
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
    struct figure *memory =
        report_add(&bench->report, "bulk: memory of epochd, at most", "MiB", NULL);
    struct figure *size = report_add(&bench->report, "bulk: on disk", "B/point", NULL);
    struct process server;
    size_t points = 0;
    enum status status = bench_serve(bench, "bulk.db", &server, err);
    if (status != ST_OK)
        return status;
    for (size_t i = 0; status == ST_OK && i < bench->repetitions * count; i++) {
        status = bulk_repeat(bench, server.port, &bulks[i % count], err);
        points += bulk_points(&bulks[i % count]);
    }
    repetitions_add(&memory->value, (double)process_memory_kib(&server, "VmHWM") / 1024);
    status = bench_stop(&server, status, err);
    repetitions_add(&size->value, bytes_on_disk(bench, "bulk.db") / (double)points);
    return status;
}

enum status bench_bulk(struct bench *bench, struct err *err)
{
    struct report *report = &bench->report;
    const char *ceiling = "bare SQLite, commits of 10,000";
    size_t bodies = bench->quick ? 3 : 10, arrays = bench->quick ? 10 : 40;
    struct bulk bulks[] = {
        {.name = "lines",
         .records = {RECORDS_LINES, .bodies = bodies, .each = 100000},
         .clients = 1,
         .figure =
             report_add(report, "bulk: NDJSON of 100,000 records", "points/s", ceiling)},
        {.name = "arrays",
         .records = {RECORDS_ARRAY, .bodies = arrays, .each = 1000},
         .clients = 8,
         .figure =
             report_add(report, "bulk: 8 clients, arrays of 1,000", "points/s", ceiling)},
    };
    size_t count = sizeof bulks / sizeof *bulks;
    enum status status = ST_OK;
    for (size_t i = 0; status == ST_OK && i < count; i++)
        status = bodies_make(&bulks[i].records, &bulks[i].bodies, err);
    if (status == ST_OK)
        status = bulk_all(bench, bulks, count, err);
    for (size_t i = 0; i < count; i++)
        bodies_free(&bulks[i].bodies);
    return status;
}
