#include "core/fit/cause.h"

#include <math.h>
#include <string.h>

/* Without this much movement of the LR (as a share of base_lr) any mistake would fit. */
#define MOVE_MIN   0.0625
#define POINTS_MIN 4
/* A rounded log is off by this much of base_lr; a wrong curve by far more. */
#define TOLERANCE_MIN 0.01
/* Steps per epoch that are tried. */
#define PER_BATCH_MAX 4096
/* Nobody mistypes T_max by a factor of 8; that is batches for epochs or the reverse. */
#define UNIT_FACTOR 8.0
#define HALVINGS    60
/* Changes of an LR that is stepped too seldom, and how far off its fall may be. */
#define SELDOM_CHANGES_MIN 3
#define SELDOM_OFF_MAX     0.125
/* Points from which a pace is measured: one of the first lies in the first descent. */
#define PACE_POINTS_MAX 8

/* A variant of the declared schedule: lr = offset + gain * schedule((step - origin) *
   pace), from point `first` on. */
struct variant {
    double origin, pace, gain, offset;
    size_t first;
};

static double base_lr(const struct schedule_case *what)
{
    return what->schedule->parts[0].param[0];
}

static double value_at(const struct schedule_case *what, const struct variant *variant,
                       size_t i)
{
    double t = ((double)what->lr->step[i] - variant->origin) * variant->pace;
    return variant->offset + variant->gain * schedule_lr(what->schedule, fmax(t, 0));
}

/* A log may end with a row of 0 that no schedule made. */
static size_t points_of(const struct schedule_case *what)
{
    size_t count = what->lr->count;
    return count && what->lr->value[count - 1] == 0 ? count - 1 : count;
}

/* The largest LR observed: what tolerances are a share of, since base_lr itself may be
   the mistake. */
static double scale_of(const struct schedule_case *what)
{
    double high = 0;
    for (size_t i = 0; i < what->lr->count; i++)
        high = fmax(high, what->lr->value[i]);
    return high;
}

static bool moves(const struct schedule_case *what)
{
    double low = INFINITY;
    for (size_t i = 0; i < points_of(what); i++)
        low = fmin(low, what->lr->value[i]);
    return scale_of(what) - low > MOVE_MIN * scale_of(what);
}

static bool lies_on(const struct schedule_case *what, const struct variant *variant,
                    size_t end)
{
    /* From the end: there a wrong variant is furthest off. */
    for (size_t i = end; i > variant->first; i--) {
        double off = what->lr->value[i - 1] - value_at(what, variant, i - 1);
        if (!(fabs(off) <= what->limit))
            return false;
    }
    return end >= variant->first + POINTS_MIN;
}

static struct variant as_declared(const struct schedule_case *what)
{
    return (struct variant){.origin = (double)what->origin, .pace = 1, .gain = 1};
}

/* --- the mistakes --- */

static bool started_again(const struct schedule_case *what, struct schedule_cause *out)
{
    size_t end = points_of(what);
    for (size_t i = 1; i + POINTS_MIN <= end; i++) {
        struct variant before = as_declared(what), after = before;
        if (what->lr->value[i] <= what->lr->value[i - 1] + what->limit ||
            !lies_on(what, &before, i))
            continue;
        after.first = i;
        after.origin = (double)what->lr->step[i];
        if (!lies_on(what, &after, end))
            continue;
        *out = (struct schedule_cause){.kind = CAUSE_RESUME, .at = what->lr->step[i]};
        return true;
    }
    return false;
}

static bool other_base_lr(const struct schedule_case *what, struct schedule_cause *out)
{
    struct variant variant = as_declared(what);
    double expected = value_at(what, &variant, 0);
    if (!(expected > 0))
        return false;
    variant.gain = what->lr->value[0] / expected;
    if (!lies_on(what, &variant, points_of(what)))
        return false;
    *out = (struct schedule_cause){.kind = CAUSE_BASE_LR,
                                   .value = variant.gain * base_lr(what)};
    return true;
}

/* Any schedule whose parameters name an eta_min is affine in it. */
static bool other_eta_min(const struct schedule_case *what, struct schedule_cause *out)
{
    const struct schedule_part *part = &what->schedule->parts[0];
    int eta = schedule_param_find(part->type, "eta_min");
    size_t end = points_of(what);
    if (eta < 0 || what->schedule->part_count != 1 || !end)
        return false;
    struct variant variant = as_declared(what);
    double base = base_lr(what), declared = part->param[eta];
    double share = (base - value_at(what, &variant, end - 1)) / (base - declared);
    double floor = base - (base - what->lr->value[end - 1]) / share;
    if (!(share > MOVE_MIN) || !(floor > -TOLERANCE_MIN * base))
        return false;
    variant.gain = (base - floor) / (base - declared);
    variant.offset = base - variant.gain * base;
    if (!lies_on(what, &variant, end))
        return false;
    *out = (struct schedule_cause){.kind = CAUSE_ETA_MIN, .value = fmax(floor, 0)};
    return true;
}

/* The parameter that says how long the schedule is. */
static const char *length_param(const struct schedule *schedule, double *value)
{
    const struct schedule_part *part = &schedule->parts[0];
    const char *name = part->type->length_param;
    if (name)
        *value = part->param[schedule_param_find(part->type, name)];
    return name;
}

/* The t of the first descent at which the schedule has this LR. */
static double time_of(const struct schedule_case *what, double lr, double length)
{
    double low = 0, high = length;
    for (int i = 0; i < HALVINGS; i++) {
        double middle = (low + high) / 2;
        if (schedule_lr(what->schedule, middle) > lr)
            low = middle;
        else
            high = middle;
    }
    return (low + high) / 2;
}

static bool lies_at_pace(const struct schedule_case *what, double pace)
{
    struct variant variant = as_declared(what);
    variant.pace = pace;
    return lies_on(what, &variant, points_of(what));
}

/* The pace that carries the schedule to what was observed, tried at each point while it
   may still be in its first descent; 0 when there is none. */
static double measured_pace(const struct schedule_case *what)
{
    double length = schedule_length(what->schedule), base = base_lr(what);
    if (!(length > 0))
        return 0;
    size_t tried = 0;
    for (size_t i = 1; i < points_of(what) && tried < PACE_POINTS_MAX; i++) {
        double t = (double)(what->lr->step[i] - what->origin);
        if (t <= 0 || what->lr->value[i] > (1 - MOVE_MIN) * base)
            continue;
        tried++;
        double pace = time_of(what, what->lr->value[i], length) / t;
        double whole = length / round(length / pace);
        if (lies_at_pace(what, whole))
            return whole;
        if (lies_at_pace(what, pace))
            return pace;
    }
    return 0;
}

static double whole_pace(const struct schedule_case *what)
{
    for (int steps = 2; steps <= PER_BATCH_MAX; steps++) {
        if (lies_at_pace(what, steps))
            return steps;
    }
    return 0;
}

static bool other_pace(const struct schedule_case *what, struct schedule_cause *out)
{
    double pace = measured_pace(what), length;
    if (!(pace > 0))
        pace = whole_pace(what);
    if (!(pace > 0) || pace == 1)
        return false;
    const char *param = length_param(what->schedule, &length);
    if (pace >= UNIT_FACTOR)
        *out = (struct schedule_cause){.kind = CAUSE_PER_BATCH, .value = round(pace)};
    else if (param)
        *out = (struct schedule_cause){.kind = CAUSE_LENGTH,
                                       .value = length / pace,
                                       .param = param};
    return out->kind != CAUSE_UNKNOWN;
}

/* An LR that stands for many rows and then moves by one scheduler step. It hardly moves
   at all, so it is not the values that tell but when they change. */
static bool stepped_seldom(const struct schedule_case *what, struct schedule_cause *out)
{
    const struct series *lr = what->lr;
    size_t changes = 0;
    int64_t first = 0, last = 0;
    for (size_t i = 1; i < points_of(what); i++) {
        if (lr->value[i] == lr->value[i - 1])
            continue;
        if (!changes++)
            first = lr->step[i];
        last = lr->step[i];
    }
    if (changes < SELDOM_CHANGES_MIN)
        return false;
    double every = (double)(last - first) / (double)(changes - 1);
    double row = (double)(lr->step[lr->count - 1] - lr->step[0]) / (double)lr->count;
    double own = lr->value[0] - lr->value[points_of(what) - 1];
    double expected =
        schedule_lr(what->schedule, 0) - schedule_lr(what->schedule, (double)changes);
    if (every < UNIT_FACTOR * row || !(expected > 0) ||
        fabs(own - expected) > SELDOM_OFF_MAX * expected)
        return false;
    *out = (struct schedule_cause){.kind = CAUSE_PER_EPOCH, .value = round(every)};
    return true;
}

static bool late_start(const struct schedule_case *what, struct schedule_cause *out)
{
    for (size_t i = 2; i + POINTS_MIN <= points_of(what); i++) {
        struct variant variant = as_declared(what);
        variant.origin = (double)what->lr->step[i];
        if (!lies_on(what, &variant, points_of(what)))
            continue;
        *out = (struct schedule_cause){.kind = CAUSE_LATE_START, .at = what->lr->step[i]};
        return true;
    }
    return false;
}

void schedule_cause_find(const struct schedule_case *what, struct schedule_cause *out)
{
    /* From the most to the least particular. */
    static bool (*const mistakes[])(const struct schedule_case *,
                                    struct schedule_cause *) = {started_again,
                                                                other_base_lr,
                                                                other_eta_min, late_start,
                                                                other_pace};
    *out = (struct schedule_cause){.kind = CAUSE_UNKNOWN};
    if (!(base_lr(what) > 0) || stepped_seldom(what, out) || !moves(what))
        return;
    struct schedule_case scaled = *what;
    scaled.limit = fmax(what->tolerance, TOLERANCE_MIN) * scale_of(what);
    for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
        if (mistakes[i](&scaled, out))
            return;
    }
}
