/* store/journal: what a commit said as bytes, and back into a tail. */
#include "rows.h"
#include "store/block.h"
#include "store/journal.h"

#include "made_points.h"

enum { BODY_MAX = 1 << 20, METRIC = 4711, RUN = 17 };

static struct buf body;
static struct tail tail;

static int setup(void **state)
{
    (void)state;
    buf_init(&body, BODY_MAX);
    tail = (struct tail){0};
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    buf_release(&body);
    tail_reset(&tail);
    return 0;
}

/* From a copy that ends where it should. */
static enum status replay_bytes(const void *bytes, size_t length, int64_t seq,
                                struct err *err)
{
    uint8_t *copy = malloc(length ? length : 1);
    if (length)
        memcpy(copy, bytes, length);
    struct journal_row row = {seq, copy, length};
    enum status status = journal_replay(&row, &tail, err);
    free(copy);
    return status;
}

static void replay(int64_t seq)
{
    struct err err = {0};
    assert_false(body.failed);
    assert_int_equal(replay_bytes(body.data, body.length, seq, &err), ST_OK);
}

/* --- round trips --- */

static const struct points_row {
    const char *name;
    struct made_kind kind;
} kinds[] = {
    {"a float32 loss", {steps_by_one, times_even, values_float32}},
    {"doubles with gaps", {steps_with_gaps, times_that_jitter, values_double}},
    {"times that go backwards",
     {steps_by_a_hundred, times_that_go_backwards, values_special}},
    {"the largest step", {steps_to_the_largest, times_at_the_ends, values_one_double}},
    {"any bits", {steps_far_apart, times_of_any_bits, values_of_any_bits}},
    {"NaN alone", {steps_by_one, times_all_the_smallest, values_all_nan}},
};

static void points_come_back(void **state)
{
    const struct points_row *row = *state;
    static const size_t counts[] = {1, 2, 128, 129, 2047};
    setup(NULL);
    for (size_t i = 0; i < COUNT(counts); i++) {
        struct points points = points_made(&row->kind, counts[i], i);
        buf_clear(&body);
        journal_points(&body, METRIC, &points, counts[i]);
        replay(5);
        const struct unfolded *unfolded = tail_points(&tail, METRIC);
        assert_non_null(unfolded);
        assert_points(&unfolded->points, &points, 0, counts[i]);
        assert_int_equal(unfolded_from(unfolded, 4), 0);
        assert_int_equal(unfolded_from(unfolded, 5), counts[i]);
        assert_int_equal(tail.points, counts[i]);
        points_free(&points);
        tail_reset(&tail);
    }
    teardown(NULL);
}

static const struct heard_row {
    const char *name;
    int64_t run_key;
    struct heard heard;
} heards[] = {
    {"a run without a record", 1, {.last_step = -1, .updated_ms = 5}},
    {"a run that counts epochs", 2, {.last_step = 0, .updated_ms = 1764000000000}},
    {"a run that counts steps", 127, {.last_step = 128, .counts_steps = true}},
    {"the largest step", INT64_MAX, {.last_step = STEP_MAX, .updated_ms = INT64_MAX}},
};

static void a_run_comes_back(void **state)
{
    const struct heard_row *row = *state;
    setup(NULL);
    journal_heard(&body, row->run_key, &row->heard);
    replay(1);
    const struct heard *heard = tail_heard(&tail, row->run_key);
    assert_non_null(heard);
    assert_int_equal(heard->last_step, row->heard.last_step);
    assert_int_equal(heard->updated_ms, row->heard.updated_ms);
    assert_int_equal(heard->counts_steps, row->heard.counts_steps);
    assert_int_equal(tail.puts, 1);
    assert_int_equal(tail.points, 0);
    teardown(NULL);
}

/* Three commits of 20 metrics and a run each. */
static void rows_add_up(void **state)
{
    enum { METRICS = 20, EACH = 50 };
    struct points all = points_made(&made_ordinary, 3 * EACH, 1);
    (void)state;
    for (int64_t seq = 1; seq <= 3; seq++) {
        size_t from = (size_t)(seq - 1) * EACH;
        struct points part = {all.step + from, all.time_ms + from, all.value + from,
                              EACH};
        struct heard heard = {.last_step = 1000 * seq, .updated_ms = seq};
        buf_clear(&body);
        for (int64_t metric = 1; metric <= METRICS; metric++)
            journal_points(&body, metric, &part, EACH);
        journal_heard(&body, RUN, &heard);
        replay(seq);
    }
    for (int64_t metric = 1; metric <= METRICS; metric++) {
        const struct unfolded *unfolded = tail_points(&tail, metric);
        assert_points(&unfolded->points, &all, 0, 3 * EACH);
        assert_int_equal(unfolded_from(unfolded, 2), 2 * EACH);
    }
    assert_int_equal(tail.first_seq, 1);
    assert_int_equal(tail.last_seq, 3);
    assert_int_equal(tail_heard(&tail, RUN)->last_step, 3000);
    points_free(&all);
}

static void an_empty_row_says_nothing(void **state)
{
    struct err err = {0};
    struct journal_row row = {.seq = 9};
    (void)state;
    assert_int_equal(journal_replay(&row, &tail, &err), ST_OK);
    assert_int_equal(tail.metrics.count, 0);
    assert_int_equal(tail.runs.count, 0);
    assert_int_equal(tail.last_seq, 9);
}

static void a_row_beyond_its_limit_is_said(void **state)
{
    struct points points = points_made(&made_ordinary, 100, 1);
    (void)state;
    buf_init(&body, 200);
    journal_points(&body, METRIC, &points, 100);
    assert_true(body.failed);
    buf_clear(&body);
    for (int i = 0; i < 100; i++)
        journal_heard(&body, RUN, &(struct heard){.last_step = 1});
    assert_true(body.failed);
    points_free(&points);
}

static void a_point_takes_some_6_bytes_when_many_metrics_are_logged(void **state)
{
    struct points points =
        points_made(&(struct made_kind){steps_by_one, times_even, values_float32}, 1, 1);
    (void)state;
    for (int64_t metric = 1; metric <= 100; metric++)
        journal_points(&body, metric, &points, 1);
    assert_true(body.length < 100 * 16); /* a key, a step and a time each */
    points_free(&points);
}

/* --- damage --- */

enum { RECORDS = 6 };

/* Metrics and runs by turns; ends[i] is where record i ends. */
static void write_damaged(size_t ends[RECORDS])
{
    buf_clear(&body);
    for (size_t i = 0; i < RECORDS; i++) {
        struct points points = points_made(&kinds[i].kind, 5 + 10 * i, i);
        if (i % 2)
            journal_heard(&body, RUN, &heards[i % COUNT(heards)].heard);
        else
            journal_points(&body, (int64_t)(1 + i * 100), &points, points.count);
        points_free(&points);
        ends[i] = body.length;
    }
    assert_false(body.failed);
}

static enum status replay_damaged(size_t length)
{
    struct err err = {0};
    enum status status = replay_bytes(body.data, length, 3, &err);
    assert_true(status == ST_OK || status == ST_FAILED);
    if (status)
        assert_string_equal(err.code, "db_corrupt");
    tail_reset(&tail);
    return status;
}

static void a_truncation_is_refused_but_between_two_records(void **state)
{
    size_t ends[RECORDS], next = 0;
    (void)state;
    write_damaged(ends);
    for (size_t left = 0; left <= body.length; left++) {
        bool between = left == 0 || left == ends[next];
        assert_int_equal(replay_damaged(left), between ? ST_OK : ST_FAILED);
        next += left == ends[next];
    }
}

static void every_flipped_byte_is_refused_or_replayed(void **state)
{
    size_t ends[RECORDS];
    (void)state;
    write_damaged(ends);
    for (size_t at = 0; at < body.length; at++) {
        for (int bits = 1; bits < 512; bits *= 2) {
            char flipped = (char)(bits == 256 ? 255 : bits);
            body.data[at] ^= flipped;
            replay_damaged(body.length);
            body.data[at] ^= flipped;
        }
    }
    assert_int_equal(replay_damaged(body.length), ST_OK);
}

/* A hostile file: readers count on rising steps. */
static void points_whose_steps_do_not_rise_are_refused(void **state)
{
    struct err err = {0};
    struct points points = points_made(&made_ordinary, 10, 1);
    (void)state;
    journal_points(&body, METRIC, &points, 10);
    replay(1);
    assert_int_equal(replay_bytes(body.data, body.length, 2, &err), ST_FAILED);
    buf_clear(&body);
    points.step[5] = points.step[4];
    journal_points(&body, METRIC + 1, &points, 10);
    assert_int_equal(replay_bytes(body.data, body.length, 3, &err), ST_FAILED);
    assert_null(tail_points(&tail, METRIC + 1));
    points_free(&points);
}

/* Numbers by hand: what the writer never writes. */
static void put_numbers(const uint64_t *numbers, size_t count)
{
    buf_clear(&body);
    for (size_t i = 0; i < count; i++) {
        uint8_t bytes[10];
        buf_add(&body, bytes, (size_t)(varint_put(bytes, numbers[i]) - bytes));
    }
}

static const struct {
    const char *name;
    uint64_t numbers[5];
    size_t count;
    enum status status;
} odd[] = {
    {"a metric without points", {METRIC, 0, 0}, 3, ST_FAILED},
    {"more points than bytes", {METRIC, UINT64_MAX, 1, 0}, 4, ST_FAILED},
    {"more bytes than there are", {METRIC, 1, UINT64_MAX}, 3, ST_FAILED},
    {"points whose room would overflow", {METRIC, 1ull << 61, 1ull << 62}, 3, ST_FAILED},
    {"a key alone", {METRIC}, 1, ST_FAILED},
    {"a run whose last step is the smallest number",
     {0, RUN, 1ull << 63, 0, 0},
     5,
     ST_OK},
    {"a run of the largest numbers",
     {0, UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX},
     5,
     ST_OK},
};

static void odd_numbers(void **state)
{
    size_t i = *(const size_t *)*state;
    setup(NULL);
    put_numbers(odd[i].numbers, odd[i].count);
    assert_int_equal(replay_damaged(body.length), odd[i].status);
    teardown(NULL);
}

#define CASE(f)                      \
    {                                \
#f, f, setup, teardown, NULL \
    }

int main(void)
{
    static struct rows rows;
    static size_t index[COUNT(odd)];
    for (size_t i = 0; i < COUNT(kinds); i++)
        rows_add(&rows, kinds[i].name, points_come_back, &kinds[i]);
    for (size_t i = 0; i < COUNT(heards); i++)
        rows_add(&rows, heards[i].name, a_run_comes_back, &heards[i]);
    for (size_t i = 0; i < COUNT(odd); i++) {
        index[i] = i;
        rows_add(&rows, odd[i].name, odd_numbers, &index[i]);
    }
    static const struct CMUnitTest cases[] = {
        CASE(rows_add_up),
        CASE(an_empty_row_says_nothing),
        CASE(a_row_beyond_its_limit_is_said),
        CASE(a_point_takes_some_6_bytes_when_many_metrics_are_logged),
        CASE(a_truncation_is_refused_but_between_two_records),
        CASE(every_flipped_byte_is_refused_or_replayed),
        CASE(points_whose_steps_do_not_rise_are_refused),
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        rows.tests[rows.count++] = cases[i];
    return rows_run(&rows);
}
