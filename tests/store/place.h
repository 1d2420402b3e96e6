/* A test's own folder with a database in it, and the few calls that every test of the
   store makes. Include after near.h. */
#ifndef TESTS_STORE_PLACE_H
#define TESTS_STORE_PLACE_H

#include "base/limits.h"
#include "store/store_points.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct place {
    char folder[64], location[96];
    struct store *writer;
    struct arena arena;
};

static inline void assert_status(enum status status, enum status expected,
                                 const struct err *err)
{
    if (status != expected)
        print_error("status %d (%s: %s), expected %d\n", (int)status, err->code,
                    err->text, (int)expected);
    assert_int_equal(status, expected);
}

static inline void assert_ok(enum status status, const struct err *err)
{
    assert_status(status, ST_OK, err);
}

static inline void place_reopen(struct place *place)
{
    struct err err = {0};
    store_close(place->writer);
    place->writer = NULL;
    assert_ok(store_open(place->location, STORE_WRITER, &place->writer, &err), &err);
}

/* The folder, without a database yet. */
static inline struct place *place_new(void)
{
    const char *temp = getenv("TMPDIR");
    struct place *place = calloc(1, sizeof *place);
    assert_non_null(place);
    snprintf(place->folder, sizeof place->folder, "%.40s/epochd-test-XXXXXX",
             temp ? temp : "/tmp");
    assert_non_null(mkdtemp(place->folder));
    snprintf(place->location, sizeof place->location, "%s/epochd.db", place->folder);
    arena_init(&place->arena, (size_t)64 << 20);
    return place;
}

static inline void place_free(struct place *place)
{
    store_close(place->writer);
    arena_release(&place->arena);
    DIR *folder = opendir(place->folder);
    assert_non_null(folder);
    for (struct dirent *entry; (entry = readdir(folder));) {
        char path[400];
        snprintf(path, sizeof path, "%s/%s", place->folder, entry->d_name);
        unlink(path);
    }
    closedir(folder);
    assert_int_equal(rmdir(place->folder), 0);
    free(place);
}

static inline void begin(struct place *place)
{
    struct err err = {0};
    assert_ok(store_begin(place->writer, &err), &err);
}

static inline void commit(struct place *place)
{
    struct err err = {0};
    assert_ok(store_commit(place->writer, &err), &err);
}

static inline void tidy(struct place *place)
{
    struct err err = {0};
    bool more = true;
    while (more)
        assert_ok(store_tidy(place->writer, &more, &err), &err);
}

/* Puts points of one metric into a run, in the open transaction. */
static inline enum status put_points(struct place *place, const char *run,
                                     const char *metric, const struct store_point *points,
                                     size_t count, struct err *err)
{
    bool created;
    struct store_points put = {.run = run,
                               .names = &metric,
                               .name_count = 1,
                               .points = points,
                               .point_count = count,
                               .step_last = count ? points[count - 1].step : -1,
                               .now_ms = 1000};
    return store_put(place->writer, &put, &created, err);
}

/* One point in a transaction of its own. */
static inline void put(struct place *place, const char *run, const char *metric,
                       int64_t step, double value)
{
    struct err err = {0};
    struct store_point point = {.step = step, .time_ms = 500 + step, .value = value};
    begin(place);
    assert_ok(put_points(place, run, metric, &point, 1, &err), &err);
    commit(place);
}

static inline void create(struct place *place, const char *id,
                          const struct run_fields *fields, int64_t now_ms)
{
    struct err err = {0};
    begin(place);
    assert_ok(store_run_create(place->writer, id, fields, now_ms, &err), &err);
    commit(place);
}

static inline struct run get_run(struct place *place, const char *id)
{
    struct err err = {0};
    struct run run;
    assert_ok(store_run_get(place->writer, id, true, &place->arena, &run, &err), &err);
    return run;
}

static inline struct metric get_metric(struct place *place, const char *run,
                                       const char *name)
{
    struct err err = {0};
    struct metric *metrics;
    size_t count;
    int64_t key = get_run(place, run).key;
    assert_ok(store_metrics(place->writer, key, &place->arena, &metrics, &count, &err),
              &err);
    for (size_t i = 0; i < count; i++) {
        if (!strcmp(metrics[i].name, name))
            return metrics[i];
    }
    fail_msg("run %s has no metric %s", run, name);
    return (struct metric){0};
}

static inline struct points get_points(struct place *place, const char *run,
                                       const char *metric)
{
    struct err err = {0};
    struct points points;
    int64_t key = get_metric(place, run, metric).key;
    assert_ok(store_points_read(place->writer, key, 0, STEP_MAX, false, &place->arena,
                                &points, &err),
              &err);
    return points;
}

/* The same bits; a NaN equals any NaN. */
static inline void assert_same(double a, double b)
{
    if (!(isnan(a) && isnan(b)) && memcmp(&a, &b, sizeof a)) {
        print_error("%a is not exactly %a\n", a, b);
        fail();
    }
}

/* A fixed sequence of numbers (Knuth's MMIX generator, its upper bits). */
static inline uint32_t next_random(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*state >> 32);
}

#endif
