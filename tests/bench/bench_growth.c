/* A database of 10,000 runs and 100,000 series, each figure beside the same of a database
   that holds next to nothing. */
#include "bench.h"

#include "posting.h"

#include "base/clock.h"

#include <stdio.h>
#include <unistd.h>

enum { FILL_CLIENTS = 8, PROBE_RUNS = 100, PROBE_BODIES = 5, PROBE_RECORDS = 100 };
enum { LIST_TIMES = 100, SERIES_TIMES = 100, READ_US_MAX = 1000000 };

#define SMALL_DB "small.db"

/* One database in its growth, and what one repetition gave on it. */
struct grown {
    const char *db;
    struct process server;
    int64_t held; /* records in each run that is posted to */
    double posted, list_ms, series_ms;
};

struct growth_figures {
    struct figure *posted, *list, *series, *start;
};

static struct posting filling_of(const struct bodies *bodies, int64_t held)
{
    return (struct posting){.bodies = bodies,
                            .name = "grown",
                            .clients = FILL_CLIENTS,
                            .runs = GROWN_RUNS,
                            .held = held};
}

/* Ten more records to each run. */
static enum status fill_round(const struct process *server, int64_t held, struct err *err)
{
    const struct records records = {RECORDS_ARRAY, .bodies = 1, .each = GROWN_RECORDS,
                                    .metrics = RECORDS_METRICS_MAX, .first = held};
    struct bodies bodies = {0};
    struct load_result result = {0};
    enum status status = bodies_make(&records, &bodies, err);
    struct posting posting = filling_of(&bodies, held);
    if (status == ST_OK)
        status = posting_run(&posting, server->port, &result, err);
    samples_release(&result.latency);
    bodies_free(&bodies);
    return status;
}

/* Until it holds bench->points, or the time is over: then those are fewer. */
static enum status fill(struct bench *bench, const struct process *server,
                        struct err *err)
{
    enum status status = ST_OK;
    int64_t began_us = clock_monotonic_us(), now_us = began_us, held = 0;
    size_t points = 0;
    while (status == ST_OK && points < bench->points &&
           (bench->fill_us_max == 0 || now_us - began_us < bench->fill_us_max)) {
        status = fill_round(server, held, err);
        held += GROWN_RECORDS;
        points += (size_t)GROWN_SERIES * GROWN_RECORDS;
        now_us = clock_monotonic_us();
    }
    int64_t rest_us = process_rest(server, now_us);
    bench->points = points;
    bench->grown_points = 1e6 * (double)points / (double)(rest_us - began_us);
    if (status != ST_OK)
        return status;
    const struct bodies last = {
        .records = {RECORDS_ARRAY, 1, GROWN_RECORDS, RECORDS_METRICS_MAX, 0}};
    const struct posting posting = filling_of(&last, held - GROWN_RECORDS);
    return posting_verify(&posting, server->port, err);
}

enum status bench_serve_grown(struct bench *bench, struct process *out, struct err *err)
{
    char path[BENCH_PATH_MAX];
    bench_path(bench, GROWN_DB, path);
    bool filled = access(path, F_OK) == 0;
    enum status status = bench_serve(bench, GROWN_DB, out, err);
    if (status != ST_OK || filled)
        return status;
    status = fill(bench, out, err);
    if (status == ST_OK)
        return ST_OK;
    bench_stop(out, status, err);
    unlink(path); /* half of it must not be taken for all */
    return status;
}

/* Posts what comes next to a hundred runs, all over the database, in turn. */
static enum status probe_ingest(struct grown *grown, struct err *err)
{
    const struct records records = {RECORDS_ARRAY, PROBE_BODIES, PROBE_RECORDS,
                                    .metrics = RECORDS_METRICS_MAX, .first = grown->held};
    struct bodies bodies = {0};
    struct load_result result = {0};
    struct posting posting = {.bodies = &bodies,
                              .name = "grown",
                              .clients = FILL_CLIENTS,
                              .runs = PROBE_RUNS,
                              .run_stride = GROWN_RUNS / PROBE_RUNS,
                              .held = grown->held};
    enum status status = bodies_make(&records, &bodies, err);
    int64_t began_us = clock_monotonic_us();
    if (status == ST_OK)
        status = posting_run(&posting, grown->server.port, &result, err);
    int64_t rest_us = process_rest(&grown->server, clock_monotonic_us());
    if (status == ST_OK)
        status = posting_verify(&posting, grown->server.port, err);
    grown->held += PROBE_BODIES * PROBE_RECORDS;
    grown->posted = 1e6 * (double)posting_points(&posting) / (double)(rest_us - began_us);
    samples_release(&result.latency);
    bodies_free(&bodies);
    return status;
}

static enum status probe_read(const struct grown *grown, const char *path, size_t times,
                              double *p50_ms, struct err *err)
{
    struct load_result result = {0};
    const struct gets gets = {grown->server.port, path, times, READ_US_MAX};
    enum status status = client_get(&gets, &result, NULL, err);
    *p50_ms = samples_quantile_ms(&result.latency, 0.5);
    samples_release(&result.latency);
    return status;
}

static enum status probe(struct grown *grown, struct err *err)
{
    enum status status = probe_ingest(grown, err);
    if (status == ST_OK)
        status =
            probe_read(grown, "/api/v1/runs?limit=50", LIST_TIMES, &grown->list_ms, err);
    if (status == ST_OK)
        status = probe_read(grown, "/api/v1/runs/short-0/series?metrics=train_loss",
                            SERIES_TIMES, &grown->series_ms, err);
    return status;
}

/* Before reading: the run whose series is read is in both. */
static enum status add_short(const struct grown *grown, struct err *err)
{
    const struct records records = {RECORDS_ARRAY, .bodies = 1, .each = 1000,
                                    .metrics = 3};
    return posting_fill(&records, "short", 1, grown->server.port, err);
}

static enum status repeat(struct grown *small, struct grown *large,
                          struct growth_figures *figures, struct err *err)
{
    enum status status = probe(small, err);
    if (status == ST_OK)
        status = probe(large, err);
    if (status != ST_OK)
        return status;
    repetitions_add(&figures->posted->value, large->posted);
    repetitions_add(&figures->posted->ceiling, small->posted);
    repetitions_add(&figures->list->value, large->list_ms);
    repetitions_add(&figures->list->ceiling, small->list_ms);
    repetitions_add(&figures->series->value, large->series_ms);
    repetitions_add(&figures->series->ceiling, small->series_ms);
    return ST_OK;
}

/* Both servers are stopped by then. */
static enum status repeat_start(const struct bench *bench, struct figure *figure,
                                struct err *err)
{
    double small_ms = 0, large_ms = 0;
    enum status status = bench_start_ms(bench, SMALL_DB, &small_ms, err);
    if (status == ST_OK)
        status = bench_start_ms(bench, GROWN_DB, &large_ms, err);
    if (status == ST_OK) {
        repetitions_add(&figure->value, large_ms);
        repetitions_add(&figure->ceiling, small_ms);
    }
    return status;
}

static enum status measure(const struct bench *bench, struct grown *small,
                           struct grown *large, struct growth_figures *figures,
                           struct err *err)
{
    enum status status = bench_serve(bench, SMALL_DB, &small->server, err);
    if (status == ST_OK)
        status = add_short(small, err);
    if (status == ST_OK)
        status = add_short(large, err);
    for (size_t i = 0; status == ST_OK && i < bench->repetitions; i++)
        status = repeat(small, large, figures, err);
    status = bench_stop(&small->server, status, err);
    status = bench_stop(&large->server, status, err);
    for (size_t i = 0; status == ST_OK && i < bench->repetitions; i++)
        status = repeat_start(bench, figures->start, err);
    return status;
}

enum status bench_growth(struct bench *bench, struct err *err)
{
    struct report *report = &bench->report;
    const char *before = "the same on a small database", *aim = "ratio 0.5";
    struct figure *filling = report_add(report, "growth: filling", "points/s", NULL);
    struct growth_figures figures = {
        .posted =
            report_add(report, "growth: then, 1,000 series in turn", "points/s", before),
        .list = report_add(report, "growth: 50 of 10,000 runs, p50", "ms", before),
        .series =
            report_add(report, "growth: a series of 1,000 points, p50", "ms", before),
        .start = report_add(report, "growth: start, to an answer", "ms", before),
    };
    struct figure *grown[] = {figures.posted, figures.list, figures.series,
                              figures.start};
    for (size_t i = 0; i < sizeof grown / sizeof *grown; i++)
        figure_aim(grown[i], aim);
    struct grown small = {.db = SMALL_DB};
    struct grown large = {.db = GROWN_DB};
    enum status status = bench_serve_grown(bench, &large.server, err);
    large.held = (int64_t)(bench->points / GROWN_SERIES);
    snprintf(filling->name, sizeof filling->name, "growth: filling to %zu M points",
             bench->points / 1000000);
    if (bench->grown_points > 0)
        repetitions_add(&filling->value, bench->grown_points);
    return status == ST_OK ? measure(bench, &small, &large, &figures, err) : status;
}
