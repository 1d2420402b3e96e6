/* The mistake behind a column is named: every type in the table of schedules with every
   mistake that applies to it, logged in six ways. A cause passes when it is the one that
   was made, with its figure; or when the column is what the named one would have left,
   row by row: two mistakes may look alike. */
#include "made_mistake.h"

#include <stdlib.h>

/* --- the mistakes --- */

static void expect(struct mistaken *m, enum schedule_cause_kind kind, double used)
{
    m->expected.kind = kind;
    m->expected.used = used;
}

static bool often(struct mistaken *m, double pace)
{
    at_pace(m, pace, 0);
    expect(m, pace < 8 ? CAUSE_STEPPED_TOO_OFTEN : CAUSE_STEPPED_PER_BATCH, pace);
    return true;
}

static bool twice_per_epoch(struct mistaken *m)
{
    return often(m, 2);
}

static bool per_batch(struct mistaken *m)
{
    return often(m, 37);
}

static bool per_small_batch(struct mistaken *m)
{
    return often(m, 390);
}

static bool seldom(struct mistaken *m, double every)
{
    m->count = (size_t)(MISTAKE_ROWS * every);
    for (size_t i = 0; i < m->count; i++)
        m->lr[i] = lr_at(&m->declared, floor((double)i / every));
    expect(m, every < 8 ? CAUSE_STEPPED_TOO_SELDOM : CAUSE_STEPPED_PER_EPOCH, every);
    return true;
}

static bool per_epoch(struct mistaken *m)
{
    return seldom(m, 25);
}

static bool per_accumulated_batch(struct mistaken *m)
{
    return seldom(m, 3);
}

static bool other_base_lr(struct mistaken *m, double factor)
{
    struct schedule run = m->declared;
    for (size_t i = 0; i < run.part_count; i++)
        run.parts[i].param[0] *= factor;
    as_run(m, &run);
    expect(m, CAUSE_OTHER_BASE_LR, run.parts[0].param[0]);
    return true;
}

static bool base_lr_times_4(struct mistaken *m)
{
    return other_base_lr(m, 4);
}

static bool base_lr_lower(struct mistaken *m)
{
    return other_base_lr(m, 0.7);
}

static bool other_length(struct mistaken *m, double factor)
{
    struct schedule run = m->declared;
    int index = length_index(&run);
    if (index < 0)
        return false;
    double *value = &last_part(&run)->param[index];
    *value = rint(*value * factor);
    as_run(m, &run);
    expect(m, CAUSE_OTHER_LENGTH, *value);
    return true;
}

static bool length_shorter(struct mistaken *m)
{
    return other_length(m, 0.8);
}

static bool length_longer(struct mistaken *m)
{
    return other_length(m, 1.6);
}

static bool steps_before_the_start(struct mistaken *m)
{
    at_pace(m, 1, 7);
    expect(m, CAUSE_STEPPED_BEFORE_START, 7);
    return true;
}

static bool a_late_start(struct mistaken *m)
{
    at_pace(m, 1, -12);
    expect(m, CAUSE_LATE_START, 12);
    return true;
}

static bool no_warmup(struct mistaken *m)
{
    double climb = climb_of(&m->declared);
    if (climb < 2 || climb > 30 || !strcmp(m->declared.parts[0].type->name, "CyclicLR"))
        return false;
    at_pace(m, 1, climb);
    expect(m, CAUSE_WARMUP_MISSING, 0);
    return true;
}

/* Up in `steps` rows to where the schedule is `behind` steps earlier. */
static bool added_warmup(struct mistaken *m, double steps, double behind)
{
    if (climb_of(&m->declared) > 0)
        return false;
    at_pace(m, 1, -behind);
    for (size_t i = 0; (double)i < steps; i++)
        m->lr[i] = lr_at(&m->declared, steps - behind) * ((double)i + 1) / (steps + 1);
    expect(m, CAUSE_WARMUP_ADDED, steps);
    return true;
}

static bool a_warmup_before(struct mistaken *m)
{
    return added_warmup(m, 8, 8);
}

static bool a_warmup_over_the_start(struct mistaken *m)
{
    return added_warmup(m, 8, 0);
}

static bool last_epoch_lost(struct mistaken *m)
{
    as_resumed(m, &(struct resumed){m->declared, -RESUMED_AT, 1, 0});
    expect(m, CAUSE_LAST_EPOCH_LOST, NAN);
    return true;
}

/* Torch's types that multiply the rate they find in the optimizer; the others set it by a
   formula, whatever it was. */
static bool is_chained(const struct schedule *schedule)
{
    static const char *const names[] = {"CosineAnnealingLR", "StepLR",   "MultiStepLR",
                                        "ExponentialLR",     "LinearLR", "ConstantLR",
                                        "PolynomialLR"};
    const char *name = schedule->parts[schedule->part_count - 1].type->name;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (!strcmp(name, names[i]))
            return true;
    }
    return false;
}

static bool starts_again_from_its_rate(struct mistaken *m)
{
    double floor = chained_floor(&m->declared), start = lr_at(&m->declared, 0) - floor;
    double gain = (lr_at(&m->declared, RESUMED_AT) - floor) / start;
    if (!is_chained(&m->declared))
        return false;
    as_resumed(m, &(struct resumed){m->declared, -RESUMED_AT, gain, floor});
    expect(m, CAUSE_LAST_EPOCH_LOST, NAN);
    return true;
}

static bool optimizer_lr_lost(struct mistaken *m)
{
    double floor = chained_floor(&m->declared), start = lr_at(&m->declared, 0) - floor;
    double gain = start / (lr_at(&m->declared, RESUMED_AT) - floor);
    if (!is_chained(&m->declared))
        return false;
    as_resumed(m, &(struct resumed){m->declared, 0, gain, floor});
    expect(m, CAUSE_OPTIMIZER_LR_LOST, NAN);
    return true;
}

static bool steps_repeated(struct mistaken *m)
{
    as_resumed(m, &(struct resumed){m->declared, -5, 1, 0});
    expect(m, CAUSE_STEPS_REPEATED, 5);
    return true;
}

static bool steps_lost(struct mistaken *m)
{
    as_resumed(m, &(struct resumed){m->declared, 5, 1, 0});
    expect(m, CAUSE_STEPS_LOST, 5);
    return true;
}

static bool length_changed(struct mistaken *m, bool chained)
{
    struct resumed resumed = {m->declared, 0, 1, 0};
    int index = length_index(&resumed.run);
    if (index < 0 || (chained && !is_chained(&m->declared)))
        return false;
    double *value = &last_part(&resumed.run)->param[index];
    *value = rint(*value * 1.5);
    if (chained) {
        double before = RESUMED_AT - 1;
        resumed.floor = chained_floor(&m->declared);
        resumed.gain = (lr_at(&m->declared, before) - resumed.floor) /
                       (lr_at(&resumed.run, before) - resumed.floor);
    }
    as_resumed(m, &resumed);
    expect(m, CAUSE_LENGTH_CHANGED, *value);
    return true;
}

static bool length_changed_at_once(struct mistaken *m)
{
    return length_changed(m, false);
}

static bool length_changed_chained(struct mistaken *m)
{
    return length_changed(m, true);
}

static bool set_by_hand(struct mistaken *m)
{
    as_resumed(m, &(struct resumed){m->declared, 0, 0.5, 0});
    expect(m, CAUSE_RESCALED, NAN);
    return true;
}

static bool stopped(struct mistaken *m)
{
    at_pace(m, 1, 0);
    for (size_t i = RESUMED_AT; i < m->count; i++)
        m->lr[i] = lr_at(&m->declared, RESUMED_AT);
    m->expected.at = RESUMED_AT;
    expect(m, CAUSE_STOPPED, NAN);
    return true;
}

static bool never_stepped(struct mistaken *m)
{
    for (size_t i = 0; i < m->count; i++)
        m->lr[i] = 0.1;
    expect(m, CAUSE_NEVER_STEPPED, NAN);
    return true;
}

static const struct {
    const char *name;
    bool (*make)(struct mistaken *m);
} mistakes[] = {
    {"stepped twice per epoch", twice_per_epoch},
    {"stepped per batch", per_batch},
    {"stepped per small batch", per_small_batch},
    {"stepped per epoch", per_epoch},
    {"stepped per accumulated batch", per_accumulated_batch},
    {"base_lr times 4", base_lr_times_4},
    {"base_lr lower", base_lr_lower},
    {"length shorter", length_shorter},
    {"length longer", length_longer},
    {"steps before the start", steps_before_the_start},
    {"a late start", a_late_start},
    {"no warm-up", no_warmup},
    {"a warm-up before", a_warmup_before},
    {"a warm-up over the start", a_warmup_over_the_start},
    {"last_epoch lost", last_epoch_lost},
    {"starts again from its rate", starts_again_from_its_rate},
    {"the optimizer's rate lost", optimizer_lr_lost},
    {"steps repeated", steps_repeated},
    {"steps lost", steps_lost},
    {"length changed at once", length_changed_at_once},
    {"length changed, chained", length_changed_chained},
    {"set by hand", set_by_hand},
    {"stopped", stopped},
    {"never stepped", never_stepped},
};

/* --- ways of logging --- */

static double four_digits(double lr)
{
    char text[32];
    snprintf(text, sizeof text, "%.3e", lr);
    return strtod(text, NULL);
}

static double four_decimals(double lr)
{
    return rint(lr * 1e4) / 1e4;
}

static double single_precision(double lr)
{
    return (double)(float)lr;
}

static const struct {
    const char *name;
    double (*round)(double lr);
    size_t gap;    /* every so many-th row is missing */
    bool zero_end; /* the last row is 0 */
    bool late;     /* a row holds the rate of the next; last in the table */
} ways[] = {
    {"as it is", NULL, 0, false, false},
    {"four digits", four_digits, 0, false, false},
    {"four decimals", four_decimals, 0, false, false},
    {"single precision", single_precision, 0, false, false},
    {"with gaps", NULL, 7, false, false},
    {"a last row of 0", NULL, 0, true, false},
    {"one row late", NULL, 0, false, true},
};

struct column {
    int64_t step[MISTAKE_ROWS_MAX];
    double value[MISTAKE_ROWS_MAX];
    struct series series;
};

static void log_column(const struct mistaken *m, size_t way, struct column *column)
{
    size_t count = 0;
    for (size_t i = 0; i < m->count; i++) {
        double lr = m->lr[i];
        if (ways[way].gap && i % ways[way].gap == ways[way].gap / 2)
            continue;
        column->step[count] = (int64_t)i;
        column->value[count++] = ways[way].round ? ways[way].round(lr) : lr;
    }
    if (ways[way].zero_end)
        column->value[count - 1] = 0;
    column->series = (struct series){column->step, column->value, count};
}

/* Every row holds the rate of the one after it: so does what is counted from the start.
 */
static void make_late(struct mistaken *m)
{
    m->count--;
    memmove(m->lr, m->lr + 1, m->count * sizeof *m->lr);
    m->expected.at -= m->expected.at > 0;
    if (m->expected.kind == CAUSE_STEPPED_BEFORE_START)
        m->expected.used++;
    if (m->expected.kind == CAUSE_LATE_START)
        m->expected.used--;
}

/* --- the rows --- */

struct cause_row {
    char name[96];
    struct schedule declared;
    bool (*make)(struct mistaken *m); /* NULL: `param` of `part` is `value` */
    size_t part;
    int param;
    double value;
};

static struct {
    unsigned named, alike, unknown, unseen;
} counted;

static bool make_row(const struct cause_row *row, struct mistaken *m)
{
    memset(m, 0, sizeof *m);
    m->declared = row->declared;
    m->count = MISTAKE_ROWS;
    m->expected =
        (struct schedule_cause){.used = NAN, .declared = NAN, .gain = 1, .at = -1};
    if (row->make)
        return row->make(m);
    struct schedule run = m->declared;
    const char *why;
    run.parts[row->part].param[row->param] = row->value;
    as_run(m, &run);
    m->expected.param = run.parts[row->part].type->params[row->param].name;
    expect(m, CAUSE_OTHER_PARAMETER, row->value);
    return !schedule_check(&run, &why);
}

static bool is_value_kind(enum schedule_cause_kind kind)
{
    return kind == CAUSE_OTHER_PARAMETER || kind == CAUSE_OTHER_FLOOR ||
           kind == CAUSE_OTHER_LENGTH || kind == CAUSE_WARMUP_MISSING;
}

/* The very mistake, with its figure to 4 digits and its place to two rows. */
static bool is_named(const struct schedule_cause *expected,
                     const struct schedule_cause *cause)
{
    bool kind = expected->param
                    ? is_value_kind(cause->kind) &&
                          !strcmp(expected->param, cause->param ? cause->param : "")
                    : expected->kind == cause->kind;
    double off = fabs(cause->used - expected->used);
    bool coarse = cause->kind == CAUSE_STEPPED_PER_BATCH;
    bool used = isnan(expected->used) ||
                off <= (coarse ? 0.03 : 2e-3) * fabs(expected->used) ||
                (cause->kind == CAUSE_WARMUP_ADDED && off <= 1);
    return kind && used && (expected->at < 0 || llabs(cause->at - expected->at) <= 2);
}

/* The named one would have left the same: it, or what it mentions as looking alike. */
static bool is_alike(const struct mistaken *m, const struct schedule_cause *cause)
{
    return cause->also == m->expected.kind || leaves_the_column(m, cause, 0) ||
           leaves_the_column(m, cause, 1);
}

/* Where a column truly does not tell: it stands still after the break, or all along. */
static bool tells_nothing(const struct mistaken *m)
{
    size_t from = m->expected.at > 0 ? (size_t)m->expected.at : 1;
    for (size_t i = from + 1; i < m->count; i++) {
        if (fabs(m->lr[i] - m->lr[from]) > 1e-9)
            return false;
    }
    return true;
}

static void judge(const struct mistaken *m, size_t way)
{
    static struct column column;
    struct schedule_deviation deviation;
    struct schedule_cause cause;
    log_column(m, way, &column);
    schedule_compare(&m->declared, &column.series, 0, &deviation);
    struct schedule_case what = {.schedule = &m->declared,
                                 .lr = &column.series,
                                 .deviation = &deviation,
                                 .units_agree = true};
    if (deviation.leaves_at < 0) {
        counted.unseen++;
        return;
    }
    schedule_cause_find(&what, &cause);
    bool named = is_named(&m->expected, &cause);
    bool nothing = cause.kind == CAUSE_UNKNOWN || cause.kind == CAUSE_NEVER_STEPPED;
    bool unknown = !named && nothing && tells_nothing(m);
    bool alike = !named && !unknown && is_alike(m, &cause);
    counted.named += named;
    counted.alike += alike;
    counted.unknown += unknown;
    if (!named && !alike && !unknown)
        fail_msg("%s: %s %s is %.7g from %lld on, gain %.5g; made: %s %.7g",
                 ways[way].name,
                 cause.kind ? schedule_cause_names[cause.kind] : "unknown",
                 cause.param ? cause.param : "", cause.used, (long long)cause.at,
                 cause.gain, schedule_cause_names[m->expected.kind], m->expected.used);
}

static void the_mistake_is_named(void **state)
{
    static struct mistaken m;
    assert_true(make_row(*state, &m));
    for (size_t way = 0; way < sizeof ways / sizeof *ways; way++) {
        if (ways[way].late)
            make_late(&m);
        judge(&m, way);
    }
}

/* As declared nothing is off, however it was logged. */
static void as_declared_it_is_silent(void **state)
{
    static struct mistaken m;
    static struct column column;
    const struct cause_row *row = *state;
    m = (struct mistaken){.declared = row->declared, .count = MISTAKE_ROWS};
    at_pace(&m, 1, 0);
    for (size_t way = 0; way < sizeof ways / sizeof *ways; way++) {
        struct schedule_deviation deviation;
        if (ways[way].late)
            make_late(&m);
        log_column(&m, way, &column);
        schedule_compare(&m.declared, &column.series, 0, &deviation);
        if (deviation.leaves_at >= 0)
            fail_msg("%s: off from %lld on", ways[way].name,
                     (long long)deviation.leaves_at);
    }
}

/* --- the table, made from the table of types --- */

#define ROWS_ROOM 1600

static struct cause_row rows[ROWS_ROOM];
static struct CMUnitTest tests[ROWS_ROOM];
static size_t row_count;

static struct cause_row *add_row(const char *of, const struct schedule *declared,
                                 const char *what)
{
    assert_true(row_count < ROWS_ROOM);
    struct cause_row *row = &rows[row_count];
    snprintf(row->name, sizeof row->name, "%s: %s", of, what);
    row->declared = *declared;
    tests[row_count++] = (struct CMUnitTest){.name = row->name,
                                             .test_func = the_mistake_is_named,
                                             .initial_state = row};
    return row;
}

/* The last row goes again when this schedule cannot be run in that way. */
static void keep_if_it_applies(const struct cause_row *row)
{
    static struct mistaken m;
    if (make_row(row, &m))
        return;
    tests[--row_count] = (struct CMUnitTest){.name = NULL};
}

/* Two other values that are allowed; NaN for none. */
static double other_value(const struct schedule_param *param, double value, int which)
{
    if (param->words)
        return param->words[which] && which != (int)value ? which : (double)NAN;
    double factor = param->integer ? 0.5 : 0.75, other = value * (which ? 1.25 : factor);
    if (value == 0)
        other = which ? (param->integer ? 8 : 0.25) : NAN;
    if (param->integer)
        other = rint(other);
    bool low = param->min_open ? other <= param->min : other < param->min;
    return low || (param->max > 0 && other > param->max) || other == value ? NAN : other;
}

static void add_params(const char *of, const struct schedule *declared, size_t part)
{
    const struct schedule_part *own = &declared->parts[part];
    for (int i = 1; own->type->params[i].name; i++) {
        for (int which = 0; which < 2 && !isnan(own->param[i]); which++) {
            double value = other_value(&own->type->params[i], own->param[i], which);
            char what[64];
            if (isnan(value))
                continue;
            snprintf(what, sizeof what, "%s is %.4g", own->type->params[i].name, value);
            struct cause_row *row = add_row(of, declared, what);
            row->part = part;
            row->param = i;
            row->value = value;
            keep_if_it_applies(row);
        }
    }
}

static void add_schedule(const char *of, const struct schedule *declared)
{
    const char *why;
    if (schedule_check(declared, &why))
        fail_msg("%s: the example is wrong: %s", of, why);
    add_row(of, declared, "as declared");
    tests[row_count - 1].test_func = as_declared_it_is_silent;
    for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
        struct cause_row *row = add_row(of, declared, mistakes[i].name);
        row->make = mistakes[i].make;
        keep_if_it_applies(row);
    }
    for (size_t part = 0; part < declared->part_count; part++)
        add_params(of, declared, part);
}

static void add_all(void)
{
    const struct schedule_type *type;
    for (size_t i = 0; (type = schedule_type_at(i)); i++) {
        struct schedule declared = example_of(type);
        /* One has nothing to get wrong but its rate; the other is held against losses. */
        if (strcmp(type->name, "constant") && strcmp(type->name, "ReduceLROnPlateau"))
            add_schedule(type->name, &declared);
    }
    struct schedule warm = example_sequence("LinearLR", 10, "CosineAnnealingLR");
    add_schedule("LinearLR, then CosineAnnealingLR", &warm);
    struct schedule held = example_sequence("ConstantLR", 40, "ExponentialLR");
    held.parts[0].param[schedule_param_find(held.parts[0].type, "factor")] = 1;
    add_schedule("ConstantLR, then ExponentialLR", &held);
}

static int print_counts(void **state)
{
    (void)state;
    print_message("%u named, %u alike, %u that do not tell, %u within the tolerance\n",
                  counted.named, counted.alike, counted.unknown, counted.unseen);
    return 0;
}

int main(void)
{
    add_all();
    return cmocka_run_group_tests(tests, NULL, print_counts);
}
