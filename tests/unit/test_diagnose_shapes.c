/* Every shape of log that jobs write, made by a fixed generator: whatever comes, the
   diagnosis ends, stays within its room, prints no NaN and no infinity where a figure
   belongs, and judges nothing that is not there. */
#include "made_run.h"
#include "rows.h"

#include <ctype.h>

enum { SHAPE_POINTS = 400, EACH = 400, GUARD_BYTES = 64 };
#define GUARD_BYTE 0xa5

/* --- the generator --- */

struct chance {
    uint64_t state;
};

static uint32_t chance_draw(struct chance *chance)
{
    chance->state = chance->state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(chance->state >> 33);
}

static size_t chance_below(struct chance *chance, size_t limit)
{
    return chance_draw(chance) % limit;
}

static double chance_between(struct chance *chance, double low, double high)
{
    return low + (high - low) * (double)chance_draw(chance) / 2147483648.0;
}

static bool chance_one_in(struct chance *chance, size_t many)
{
    return chance_below(chance, many) == 0;
}

struct shape {
    double start, end, pace, noise, scale, offset;
    size_t bend; /* where it turns up again */
    double rise;
};

static struct shape draw_shape(struct chance *chance, size_t count)
{
    static const double scales[] = {1,     1,    1e-3, 100,   1e-300, 5e-324,
                                    1e300, 1e12, 1e-9, 1e308, 4e-310, 1};
    struct shape shape = {.start = chance_between(chance, 0.5, 10),
                          .end = chance_between(chance, 0, 2),
                          .pace = chance_between(chance, 0, 10),
                          .noise = chance_one_in(chance, 3)
                                       ? 0
                                       : chance_between(chance, 0, 0.6),
                          .scale = scales[chance_below(chance, COUNT(scales))],
                          .bend = chance_below(chance, count + 1)};
    if (chance_one_in(chance, 3))
        shape.rise = chance_between(chance, -1, 5);
    if (chance_one_in(chance, 4))
        shape.offset = chance_between(chance, -5, 1);
    return shape;
}

static double shape_at(const struct shape *shape, struct chance *chance, size_t i,
                       size_t count)
{
    double along = (double)i / (double)count;
    double value = shape->end + (shape->start - shape->end) * exp(-shape->pace * along) +
                   shape->offset + shape->noise * chance_between(chance, -1, 1);
    if (i >= shape->bend)
        value += shape->rise * (double)(i - shape->bend) / (double)count;
    return value * shape->scale;
}

/* What a log does to its values: stretches of NaN, infinity for once, a constant, two
   decimals, a start over in the middle. */
static void damage(struct chance *chance, double *value, size_t count)
{
    static const double odd[] = {NAN,   INFINITY, -INFINITY, 0,
                                 -0.0,  1e300,    -1e300,    1.7976931348623157e308,
                                 5e-324};
    size_t kind = chance_below(chance, 10), from = chance_below(chance, count);
    size_t length = 1 + chance_below(chance, count - from);
    double with = odd[chance_below(chance, COUNT(odd))];
    for (size_t i = 0; i < count; i++) {
        bool inside = i >= from && i < from + length;
        if (kind == 0 && inside)
            value[i] = with;
        if (kind == 1 && i == from)
            value[i] = with;
        if (kind == 2)
            value[i] = value[0];
        if (kind == 3)
            value[i] = floor(value[i] * 100) / 100;
        if (kind == 4 && i >= from)
            value[i] = value[i - from];
        if (kind == 5 && i % 4)
            value[i] = NAN;
        if (kind == 6)
            value[i] = with;
    }
}

static size_t draw_count(struct chance *chance)
{
    static const size_t counts[] = {1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 20, 30, 64, 65};
    if (chance_one_in(chance, 3))
        return 1 + chance_below(chance, SHAPE_POINTS);
    return counts[chance_below(chance, COUNT(counts))];
}

static void draw_curve(struct made_run *run, enum role role, struct chance *chance,
                       size_t count)
{
    struct shape shape = draw_shape(chance, count);
    size_t stride = role == ROLE_VAL_LOSS && chance_one_in(chance, 2)
                        ? 1 + chance_below(chance, 40)
                        : 1;
    int64_t step = (int64_t)chance_below(chance, 3);
    if (chance_one_in(chance, 8))
        step += 1000000;
    made_flat(run, role, count, 0);
    for (size_t i = 0; i < count; i++) {
        run->step[role][i] = step;
        run->value[role][i] = shape_at(&shape, chance, i, count);
        step += (int64_t)stride * (int64_t)(1 + chance_below(chance, 2));
    }
    if (chance_one_in(chance, 2))
        damage(chance, run->value[role], count);
}

/* The steps of an LR or a metric are those of the training loss, mostly. */
static struct made_run *draw_run(uint64_t seed)
{
    struct chance chance = {seed * 2654435761u + 1};
    struct made_run *run = made_run_new();
    size_t count = draw_count(&chance);
    for (int i = 0; i < 8; i++)
        chance_draw(&chance);
    for (enum role role = 0; role < ROLE_COUNT; role++) {
        size_t absent = role == ROLE_TRAIN_LOSS ? 8 : 3;
        if (!chance_one_in(&chance, absent))
            draw_curve(run, role, &chance,
                       chance_one_in(&chance, 3) ? draw_count(&chance) : count);
    }
    run->history.counts_steps = chance_one_in(&chance, 2);
    run->history.ended = chance_one_in(&chance, 2);
    run->history.val_metric_higher = chance_one_in(&chance, 2);
    if (chance_one_in(&chance, 4))
        run->history.epochs_planned = (int64_t)draw_count(&chance);
    if (chance_one_in(&chance, 4)) {
        made_declare(run, "CosineAnnealingLR", "T_max", (double)count);
        run->declared.unit = run->history.counts_steps ? SCHEDULE_STEP : SCHEDULE_EPOCH;
    }
    if (chance_one_in(&chance, 4))
        run->history.baseline_final = chance_between(&chance, 0, 1);
    return run;
}

/* --- what has to hold --- */

/* A number that printf wrote as nan or inf; "NaN or infinite" and "learning" are words.
 */
static bool has_odd_number(const char *text)
{
    static const char *const odd[] = {"nan", "inf"};
    for (size_t i = 0; i < COUNT(odd); i++) {
        for (const char *at = strstr(text, odd[i]); at; at = strstr(at + 1, odd[i])) {
            bool begins = at == text || !isalpha((unsigned char)at[-1]);
            if (begins && !isalpha((unsigned char)at[3]))
                return true;
        }
    }
    return false;
}

static void check_text(uint64_t seed, const char *text)
{
    if (has_odd_number(text) || !*text)
        print_error("seed %llu: %s\n", (unsigned long long)seed, text);
    assert_false(has_odd_number(text));
    assert_true(*text);
}

static void check_finding(uint64_t seed, const struct finding *finding)
{
    check_text(seed, finding->message);
    check_text(seed, finding->advice);
    if (finding->to_step < finding->from_step)
        print_error("seed %llu: %s from %lld to %lld\n", (unsigned long long)seed,
                    finding->rule->name, (long long)finding->from_step,
                    (long long)finding->to_step);
    assert_true(finding->to_step >= finding->from_step);
    assert_true(finding->role <= ROLE_COUNT);
    for (size_t i = 0; i < finding->evidence_count; i++) {
        const struct evidence *evidence = &finding->evidence[i];
        if (!isfinite(evidence->value))
            print_error("seed %llu: %s: %s is %g\n", (unsigned long long)seed,
                        finding->rule->name, evidence->name, evidence->value);
        assert_true(isfinite(evidence->value));
    }
}

static void diagnose_guarded(struct made_run *run)
{
    size_t size = diagnose_work_size(&run->history);
    unsigned char *work = malloc(size + GUARD_BYTES);
    assert_non_null(work);
    memset(work, 0xff, size);
    memset(work + size, GUARD_BYTE, GUARD_BYTES);
    diagnose(&run->history, work, &run->diagnosis);
    for (size_t i = 0; i < GUARD_BYTES; i++)
        assert_int_equal(work[size + i], GUARD_BYTE);
    free(work);
}

static void expect_nothing_about(const struct made_run *run, enum role role,
                                 const char *const *names)
{
    for (size_t i = 0; i < run->diagnosis.finding_count; i++)
        assert_int_not_equal(run->diagnosis.findings[i].role, role);
    for (; *names; names++)
        assert_null(made_find(run, *names));
}

/* Without a curve nothing is said of it. */
static void check_absent(const struct made_run *run)
{
    static const char *const of_val[] = {"overfitting", "validation_plateau", NULL};
    static const char *const of_lr[] = {"lr_constant", "lr_abrupt",  "lr_off_schedule",
                                        "lr_too_high", "lr_too_low", NULL};
    static const char *const none[] = {NULL};
    const struct series *curve = run->history.curve;
    if (!curve[ROLE_VAL_LOSS].count)
        expect_nothing_about(run, ROLE_VAL_LOSS, of_val);
    if (!curve[ROLE_TRAIN_LOSS].count)
        expect_nothing_about(run, ROLE_TRAIN_LOSS, none);
    for (size_t i = 0; of_lr[i] && !curve[ROLE_LR].count; i++)
        assert_null(made_find(run, of_lr[i]));
}

/* A loss that has ended in NaN is never called well. */
static void check_verdict(const struct made_run *run)
{
    const struct series *train = &run->history.curve[ROLE_TRAIN_LOSS];
    if (train->count < 40)
        return;
    size_t lost = 0;
    for (size_t i = 0; i < train->count; i++)
        lost += isfinite(train->value[i]) ? 0 : 1;
    if (lost == train->count)
        assert_int_equal(run->diagnosis.verdict, VERDICT_BAD);
}

struct block {
    char name[32];
    uint64_t first;
};

static void whatever_comes(void **state)
{
    const struct block *block = *state;
    for (uint64_t seed = block->first; seed < block->first + EACH; seed++) {
        struct made_run *run = draw_run(seed);
        diagnose_guarded(run);
        const struct diagnosis *out = &run->diagnosis;
        assert_true(out->finding_count <= FINDINGS_MAX);
        for (size_t i = 0; i < out->finding_count; i++)
            check_finding(seed, &out->findings[i]);
        for (size_t i = 0; i < CHECK_COUNT; i++)
            check_text(seed, out->checks[i].because);
        check_absent(run);
        check_verdict(run);
        made_run_free(run);
    }
}

/* --- what must not matter --- */

static void scale_losses(struct made_run *run, double factor)
{
    for (enum role role = ROLE_TRAIN_LOSS; role <= ROLE_VAL_LOSS; role++) {
        for (size_t i = 0; i < run->history.curve[role].count; i++)
            run->value[role][i] *= factor;
    }
}

/* Curves of an everyday size without damage: there is room to scale them. */
static struct made_run *draw_plain(uint64_t seed)
{
    struct chance chance = {seed * 40503u + 7};
    struct made_run *run = made_run_new();
    size_t count = draw_count(&chance);
    for (enum role role = ROLE_TRAIN_LOSS; role <= ROLE_VAL_LOSS; role++) {
        struct shape shape = draw_shape(&chance, count);
        shape.scale = 1;
        made_flat(run, role, count, 0);
        for (size_t i = 0; i < count; i++)
            run->value[role][i] = shape_at(&shape, &chance, i, count);
    }
    run->history.ended = chance_one_in(&chance, 2);
    return run;
}

static void expect_same_findings(const struct diagnosis *a, const struct diagnosis *b)
{
    assert_int_equal(a->verdict, b->verdict);
    assert_int_equal(a->finding_count, b->finding_count);
    for (size_t i = 0; i < a->finding_count; i++) {
        assert_ptr_equal(a->findings[i].rule, b->findings[i].rule);
        assert_int_equal(a->findings[i].severity, b->findings[i].severity);
        assert_int_equal(a->findings[i].from_step, b->findings[i].from_step);
    }
}

/* A loss that is summed over 1024 tokens, or a millionth of one, has the same shape. A
   power of two changes no digit. */
static void the_unit_of_a_loss_does_not_matter(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 2 * EACH; seed++) {
        struct made_run *run = draw_plain(seed);
        diagnose_guarded(run);
        struct diagnosis before = run->diagnosis;
        scale_losses(run, seed % 2 ? 1024 : 0x1p-20);
        diagnose_guarded(run);
        expect_same_findings(&before, &run->diagnosis);
        made_run_free(run);
    }
}

static void what_lies_in_the_room_does_not_matter(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < EACH; seed++) {
        struct made_run *run = draw_run(seed);
        diagnose_guarded(run);
        struct diagnosis before = run->diagnosis;
        made_diagnose(run);
        expect_same_findings(&before, &run->diagnosis);
        for (size_t i = 0; i < before.finding_count; i++)
            assert_string_equal(before.findings[i].message,
                                run->diagnosis.findings[i].message);
        made_run_free(run);
    }
}

/* As a job posts it: a point more each time. */
static void every_beginning_of_a_run(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < EACH / 8; seed++) {
        struct made_run *run = draw_run(seed);
        struct history whole = run->history;
        run->history.ended = false;
        for (int64_t until = 0; until < 60; until++) {
            for (enum role role = 0; role < ROLE_COUNT; role++)
                run->history.curve[role] = series_slice(&whole.curve[role], 0, until);
            diagnose_guarded(run);
            for (size_t i = 0; i < run->diagnosis.finding_count; i++)
                check_finding(seed, &run->diagnosis.findings[i]);
        }
        made_run_free(run);
    }
}

int main(void)
{
    static struct rows rows;
    static struct block blocks[10];
    for (size_t i = 0; i < COUNT(blocks); i++) {
        blocks[i].first = i * EACH;
        snprintf(blocks[i].name, sizeof blocks[i].name, "whatever comes, %zu", i * EACH);
        rows_add(&rows, blocks[i].name, whatever_comes, &blocks[i]);
    }
    rows_add(&rows, "the unit of a loss does not matter",
             the_unit_of_a_loss_does_not_matter, NULL);
    rows_add(&rows, "what lies in the room does not matter",
             what_lies_in_the_room_does_not_matter, NULL);
    rows_add(&rows, "every beginning of a run", every_beginning_of_a_run, NULL);
    return rows_run(&rows);
}
