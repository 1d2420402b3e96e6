/* Reading bodies alone, without a server: what of the bulk figures is parsing. */
#include "bench.h"

#include "records.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/limits.h"
#include "ingest/batch.h"

#include <string.h>

enum { BODIES = 10, EACH = 100000 };

/* Seconds to find every line end, which is the least that a reader of lines must do. */
static double scan_seconds(const struct bodies *bodies, size_t *lines)
{
    int64_t began_us = clock_monotonic_us();
    for (size_t i = 0; i < BODIES; i++) {
        const char *at = bodies->body[i].data, *end = at + bodies->body[i].length;
        for (; (at = memchr(at, '\n', (size_t)(end - at))); at++)
            (*lines)++;
    }
    return 1e-6 * (double)(clock_monotonic_us() - began_us);
}

static enum status parse_all(const struct bodies *bodies, size_t *points, struct err *err)
{
    enum status status = ST_OK;
    for (size_t i = 0; status == ST_OK && i < BODIES; i++) {
        struct arena arena;
        struct batch batch;
        arena_init(&arena, REQUEST_BYTES_MAX);
        status = ingest_parse(INGEST_NDJSON, bodies->body[i].data, bodies->body[i].length,
                              0, &arena, &batch, err);
        if (status == ST_OK)
            *points += batch.point_count;
        arena_release(&arena);
    }
    return status;
}

static enum status repeat(const struct bodies *bodies, struct figure *figure,
                          struct err *err)
{
    const size_t records = (size_t)BODIES * EACH;
    size_t lines = 0, points = 0;
    double scanned = scan_seconds(bodies, &lines);
    int64_t began_us = clock_monotonic_us();
    enum status status = parse_all(bodies, &points, err);
    double parsed = 1e-6 * (double)(clock_monotonic_us() - began_us);
    if (status != ST_OK)
        return status;
    size_t expected = records * bodies->records.metrics;
    if (points != expected || lines != records)
        return err_set(err, ST_FAILED, "bench", "%zu points were read of %zu", points,
                       expected);
    repetitions_add(&figure->value, (double)points / parsed);
    repetitions_add(&figure->ceiling, (double)points / scanned);
    return ST_OK;
}

enum status bench_parse(struct bench *bench, struct err *err)
{
    const struct records records = {RECORDS_LINES, BODIES, .each = EACH, .metrics = 3};
    struct figure *figure = report_add(&bench->report, "parse: NDJSON alone", "points/s",
                                       "finding line ends (memchr)");
    struct bodies bodies = {0};
    enum status status = bodies_make(&records, &bodies, err);
    for (size_t i = 0; status == ST_OK && i < bench->repetitions; i++)
        status = repeat(&bodies, figure, err);
    bodies_free(&bodies);
    return status;
}
