/* Points of every kind that a block must hold, always the same ones, and what it means
   that they came back. Include after near.h. */
#ifndef TESTS_UNIT_MADE_POINTS_H
#define TESTS_UNIT_MADE_POINTS_H

#include "base/limits.h"
#include "store/store.h"

#include <float.h>
#include <stdlib.h>
#include <string.h>

/* The same sequence everywhere (splitmix64). */
static inline uint64_t made_random(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/* --- steps; strictly rising --- */

static inline int64_t steps_by_one(size_t i, size_t count, uint64_t *random)
{
    (void)count, (void)random;
    return (int64_t)i;
}

static inline int64_t steps_by_a_hundred(size_t i, size_t count, uint64_t *random)
{
    (void)count, (void)random;
    return 7 + 100 * (int64_t)i;
}

static inline int64_t steps_with_gaps(size_t i, size_t count, uint64_t *random)
{
    (void)count;
    return 1000 * (int64_t)i + (int64_t)(made_random(random) % 1000);
}

static inline int64_t steps_to_the_largest(size_t i, size_t count, uint64_t *random)
{
    (void)random;
    return i + 1 == count ? STEP_MAX : (int64_t)i;
}

static inline int64_t steps_far_apart(size_t i, size_t count, uint64_t *random)
{
    int64_t width = STEP_MAX / (int64_t)count;
    return width * (int64_t)i + (int64_t)(made_random(random) % (uint64_t)width);
}

/* --- times --- */

static inline int64_t times_even(size_t i, size_t count, uint64_t *random)
{
    (void)count, (void)random;
    return 1764000000000 + 250 * (int64_t)i;
}

static inline int64_t times_that_jitter(size_t i, size_t count, uint64_t *random)
{
    return times_even(i, count, random) + (int64_t)(made_random(random) % 21) - 10;
}

static inline int64_t times_that_go_backwards(size_t i, size_t count, uint64_t *random)
{
    (void)random;
    return (int64_t)(count - i) * 1000 - (int64_t)(i % 3);
}

static inline int64_t times_all_0(size_t i, size_t count, uint64_t *random)
{
    (void)i, (void)count, (void)random;
    return 0;
}

static inline int64_t times_at_the_ends(size_t i, size_t count, uint64_t *random)
{
    (void)count, (void)random;
    return i % 3 == 0 ? INT64_MIN : i % 3 == 1 ? INT64_MAX : 0;
}

static inline int64_t times_all_the_smallest(size_t i, size_t count, uint64_t *random)
{
    (void)i, (void)count, (void)random;
    return INT64_MIN;
}

static inline int64_t times_of_any_bits(size_t i, size_t count, uint64_t *random)
{
    (void)i, (void)count;
    return (int64_t)made_random(random);
}

/* --- values --- */

static inline double values_float32(size_t i, uint64_t *random)
{
    double noise = (double)(made_random(random) >> 11) / 9007199254740992.0;
    return (double)(float)(2.5 / (1 + (double)i / 100) + 0.1 * noise);
}

static inline double values_double(size_t i, uint64_t *random)
{
    return values_float32(i, random) / 3;
}

static inline double values_special(size_t i, uint64_t *random)
{
    static const double special[] = {NAN,     INFINITY,     -INFINITY,
                                     -0.0,    0.0,          FLT_TRUE_MIN,
                                     FLT_MAX, -FLT_MIN / 2, -FLT_TRUE_MIN};
    (void)i;
    return special[made_random(random) % (sizeof special / sizeof *special)];
}

/* One value a float does not hold makes the whole block doubles. */
static inline double values_one_double(size_t i, uint64_t *random)
{
    static const double last[] = {DBL_TRUE_MIN, DBL_MAX, DBL_MIN, -1e300, 0.1};
    return i % 128 == 100 ? last[i / 128 % 5] : values_special(i, random);
}

static inline double values_of_any_bits(size_t i, uint64_t *random)
{
    uint64_t bits = made_random(random);
    double value;
    (void)i;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static inline double values_all_nan(size_t i, uint64_t *random)
{
    (void)i, (void)random;
    return NAN;
}

struct made_kind {
    int64_t (*step)(size_t i, size_t count, uint64_t *random);
    int64_t (*time_ms)(size_t i, size_t count, uint64_t *random);
    double (*value)(size_t i, uint64_t *random);
};

/* Room for exactly `count` points; points_free. */
static inline struct points points_room(size_t count)
{
    struct points points = {malloc(count * sizeof(int64_t)),
                            malloc(count * sizeof(int64_t)),
                            malloc(count * sizeof(double)), 0};
    assert_true(points.step && points.time_ms && points.value);
    return points;
}

static inline void points_free(struct points *points)
{
    free(points->step);
    free(points->time_ms);
    free(points->value);
}

static inline struct points points_made(const struct made_kind *kind, size_t count,
                                        uint64_t seed)
{
    struct points points = points_room(count);
    for (size_t i = 0; i < count; i++) {
        points.step[i] = kind->step(i, count, &seed);
        points.time_ms[i] = kind->time_ms(i, count, &seed);
        points.value[i] = kind->value(i, &seed);
    }
    points.count = count;
    return points;
}

/* A block with 4 bytes a value and uneven columns: there is something to damage. */
static const struct made_kind made_ordinary = {steps_with_gaps, times_that_jitter,
                                               values_float32};

/* The same bits; a NaN equals any NaN. */
static inline void assert_bits(double is, double should)
{
    if (!(isnan(is) && isnan(should)) && memcmp(&is, &should, sizeof is)) {
        print_error("%a is not exactly %a\n", is, should);
        fail();
    }
}

/* is[0..] against should[from..from + count]. */
static inline void assert_points(const struct points *is, const struct points *should,
                                 size_t from, size_t count)
{
    assert_int_equal(is->count, count);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(is->step[i], should->step[from + i]);
        assert_int_equal(is->time_ms[i], should->time_ms[from + i]);
        assert_bits(is->value[i], should->value[from + i]);
    }
}

#endif
