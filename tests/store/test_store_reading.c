/* A reader on a thread of its own while the writer commits and folds: whenever it looks,
   it sees a whole that was committed, and never less than before. */
#include "near.h"

#include "place.h"
#include "unsynced.h"

#include <pthread.h>
#include <stdatomic.h>

enum { METRICS = 100, EACH = 5, COMMITS = 800 };

struct reading {
    struct store *store;
    atomic_bool over;
    const char *fault; /* what was seen that must not be; read once the thread is over */
    int64_t looks;
};

/* Of one walk: points come at steps 0, 1, 2 and so on, each with its step as its value.
 */
struct seen {
    int64_t next;
    bool wrong;
};

static bool take(void *data, const struct stretch *stretch)
{
    struct seen *seen = data;
    if (stretch->count % 3 == 1)
        return false;
    seen->wrong = seen->wrong || stretch->first_step != seen->next ||
                  stretch->last_step - stretch->first_step + 1 != stretch->count ||
                  stretch->max != (double)stretch->last_step;
    seen->next = stretch->last_step + 1;
    return true;
}

static bool see(void *data, const struct points *points)
{
    struct seen *seen = data;
    for (size_t i = 0; i < points->count; i++, seen->next++)
        seen->wrong = seen->wrong || points->step[i] != seen->next ||
                      points->value[i] != (double)seen->next;
    return true;
}

static const char *look(struct reading *r, int64_t *least, uint64_t *random)
{
    struct err err = {0};
    struct arena arena;
    struct run run;
    struct metric *metrics;
    size_t count = 0;
    const char *fault = NULL;
    arena_init(&arena, 1 << 20);
    if (store_run_get(r->store, "r", false, &arena, &run, &err) ||
        store_metrics(r->store, run.key, &arena, &metrics, &count, &err))
        fault = "a read failed";
    for (size_t m = 0; m < count && !fault; m++) {
        if (metrics[m].count < *least || metrics[m].count != metrics[0].count ||
            metrics[m].last_step + 1 != metrics[m].count || metrics[m].min_step != 0)
            fault = "figures are not those of a commit";
    }
    if (count)
        *least = metrics[0].count;
    for (int i = 0; i < 5 && !fault && count; i++) {
        struct seen seen = {0};
        struct points_visitor visitor = {&seen, i % 2 ? take : NULL, see};
        int64_t key = metrics[next_random(random) % count].key;
        if (store_points_walk(r->store, key, 0, STEP_MAX, &visitor, &err))
            fault = "a walk failed";
        else if (seen.wrong || seen.next < *least || seen.next % EACH)
            fault = "points are not those of a commit";
    }
    arena_release(&arena);
    return fault;
}

static void *read_on(void *data)
{
    struct reading *r = data;
    int64_t least = 0;
    uint64_t random = 1;
    while (!r->fault && !atomic_load(&r->over)) {
        r->fault = look(r, &least, &random);
        r->looks++;
    }
    return NULL;
}

static void write_commit(struct place *place, int64_t n)
{
    static char text[METRICS][8];
    static const char *names[METRICS];
    static struct store_point points[METRICS * EACH];
    struct err err = {0};
    bool created;
    for (uint32_t m = 0; m < METRICS; m++) {
        snprintf(text[m], sizeof text[m], "m%u", m);
        names[m] = text[m];
        for (int64_t i = 0; i < EACH; i++) {
            int64_t step = n * EACH + i;
            points[m * EACH + i] =
                (struct store_point){.metric = m, .step = step, .value = (double)step};
        }
    }
    struct store_points put = {.run = "r",
                               .names = names,
                               .name_count = METRICS,
                               .points = points,
                               .point_count = METRICS * EACH,
                               .step_last = n * EACH + EACH - 1};
    struct store_point again = {.step = n, .value = (double)n};
    begin(place);
    assert_ok(store_put(place->writer, &put, &created, &err), &err);
    if (n % 3 == 0) /* one that is there, with the value that it has */
        assert_ok(put_points(place, "r", names[n % METRICS], &again, 1, &err), &err);
    commit(place);
}

static void a_reader_always_sees_a_whole(void **state)
{
    struct place *place = place_new();
    struct err err = {0};
    struct reading reading = {0};
    pthread_t thread;
    (void)state;
    place_reopen(place);
    write_commit(place, 0);
    assert_ok(store_open(place->location, STORE_READER, &reading.store, &err), &err);
    assert_int_equal(pthread_create(&thread, NULL, read_on, &reading), 0);
    for (int64_t n = 1; n < COMMITS; n++) {
        write_commit(place, n);
        if (n % 50 == 0)
            tidy(place);
        if (n % 210 == 0)
            place_reopen(place);
    }
    atomic_store(&reading.over, true);
    assert_int_equal(pthread_join(thread, NULL), 0);
    if (reading.fault)
        fail_msg("after %lld looks: %s", (long long)reading.looks, reading.fault);
    assert_true(reading.looks > 0);
    store_close(reading.store);
    place_free(place);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_reader_always_sees_a_whole)};
    unsynced_attach();
    return cmocka_run_group_tests_name("reading while writing", tests, NULL, NULL);
}
