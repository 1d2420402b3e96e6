/* Rules about the length of a schedule against the length of its run. */
#include "core/diagnose/rules.h"

#include <math.h>

#define PERCENT 100.0

/* --- lr_climbs_back --- */

/* A climb smaller than this share of the fall is a rounding of T_max. */
#define CLIMB_MIN 0.0625
/* Above this share of base_lr at the end the model is left at a high learning rate. */
#define CLIMB_WARN 0.25

/* The length of the run in x, when it is known. */
static double run_length(const struct diagnose_context *context,
                         const struct diagnosis *out)
{
    if (context->history->epochs_planned > 0)
        return (double)context->history->epochs_planned;
    int64_t last = 0;
    for (enum role role = 0; role < ROLE_COUNT; role++) {
        const struct curve *curve = &context->curve[role];
        if (curve->at.count + curve->lost && curve->last_step > last)
            last = curve->last_step;
    }
    return (double)(last - out->schedule_origin) + 1;
}

static void lr_climbs_back(const struct diagnose_context *context, struct diagnosis *out)
{
    if (!reference_is_followed(context, out))
        return;
    size_t parts = out->schedule.part_count;
    const struct schedule_part *part = &out->schedule.parts[parts - 1];
    int found = schedule_param_find(part->type, "T_max");
    if (found < 0)
        return;
    double warmup = parts > 1 ? (double)out->schedule.milestones[parts - 2] : 0;
    double T_max = part->param[found], last = run_length(context, out) - 1;
    double base = part->param[0], turn = warmup + T_max;
    double bottom = schedule_lr(&out->schedule, turn);
    double end = schedule_lr(&out->schedule, fmax(last, 0));
    if (!(last > turn) || !(end - bottom > CLIMB_MIN * (base - bottom)))
        return;
    int64_t from = out->schedule_origin + (int64_t)turn;
    struct finding *finding =
        finding_add(out, &rule_lr_climbs_back,
                    end > CLIMB_WARN * base ? SEVERITY_WARNING : SEVERITY_INFO, ROLE_LR);
    finding_span(finding, from, out->schedule_origin + (int64_t)last);
    finding_say(
        finding,
        "T_max is %.7g but the run has %.7g %ss: CosineAnnealingLR reaches %.4g at "
        "%s %lld and then climbs back, to %.4g at the end.",
        T_max, last + 1, context->unit, bottom, context->unit, (long long)from, end);
    finding_evidence(finding, "T_max", T_max, context->unit);
    finding_evidence(finding, "run_length", last + 1, context->unit);
    finding_evidence(finding, "lowest_lr", bottom, "");
    finding_evidence(finding, "lr_at_end", end, "");
    finding_advise(finding, "For one fall over the whole run use T_max=%.7g.",
                   last + 1 - warmup);
    finding_advise(
        finding,
        "For repeated falls use CosineAnnealingWarmRestarts(T_0=%.7g): it jumps "
        "back to %.4g instead of climbing.",
        T_max, base);
    finding_advise(finding,
                   "If the climb is meant (it is legal), keep the checkpoint of "
                   "%s %lld.",
                   context->unit, (long long)from);
}

const struct rule rule_lr_climbs_back = {
    "lr_climbs_back", "Learning rate climbs back",
    "T_max of CosineAnnealingLR is shorter than the run: past it the formula goes up "
    "again, with a period of 2 T_max.",
    lr_climbs_back};

/* --- cycle_too_long --- */

/* On real runs T_max at 1.25 to 1.4 times the run cost about 1 % of loss, 2 times 2.6 %.
 */
#define CYCLE_LONG 1.25

/* The highest rate of the run, at 64 places: a cycle that long is smooth between them. */
static double highest_over(const struct schedule *schedule, double run)
{
    double high = 0;
    for (int i = 0; i < 64; i++)
        high = fmax(high, schedule_lr(schedule, floor(fmax(run - 1, 0) * i / 63)));
    return high;
}

static void cycle_too_long(const struct diagnose_context *context, struct diagnosis *out)
{
    bool known = context->complete || context->history->epochs_planned > 0;
    if (!known || !reference_is_followed(context, out) ||
        !out->schedule.parts[out->schedule.part_count - 1].type->gradual)
        return;
    double length = schedule_length(&out->schedule), run = run_length(context, out);
    if (!(length > CYCLE_LONG * run))
        return;
    double high = highest_over(&out->schedule, run);
    double end = schedule_lr(&out->schedule, fmax(run - 1, 0));
    if (!(high > 0))
        return;
    struct finding *finding =
        finding_add(out, &rule_cycle_too_long,
                    out->schedule_source == SCHEDULE_DECLARED ? SEVERITY_WARNING
                                                              : SEVERITY_INFO,
                    ROLE_LR);
    finding_span(finding, out->schedule_origin, out->schedule_origin + (int64_t)run - 1);
    finding_say(finding,
                "%s takes %.7g %ss to come down but the run has %.7g: the learning rate "
                "ends at %.4g, %.0f %% of its highest.",
                reference_name(out), length, context->unit, run, end,
                PERCENT * end / high);
    finding_evidence(finding, "schedule_length", length, context->unit);
    finding_evidence(finding, "run_length", run, context->unit);
    finding_evidence(finding, "length_over_run", length / run, "ratio");
    finding_evidence(finding, "threshold", CYCLE_LONG, "ratio");
    finding_evidence(finding, "lr_at_end", end, "");
    finding_advise(finding, "Make the schedule as long as the run: %.7g %ss.", run,
                   context->unit);
    finding_advise(finding, "If the run was stopped early, resume it: the last, low part "
                            "of the schedule is where the loss falls most.");
}

const struct rule rule_cycle_too_long = {
    "cycle_too_long", "Cycle too long",
    "The schedule is more than 1.25 times as long as the run: the learning rate never "
    "comes down.",
    cycle_too_long};

/* --- cycle_too_short --- */

/* No public threshold exists for either. A quarter of a run at the floor is a quarter
   that hardly learns; warm restarts get 4 falls in the published recipes, 8 is many. */
#define CYCLE_SHORT_RUN  0.75
#define CYCLES_MANY      8.0
#define CYCLE_POINTS_MIN 8

static void add_too_short(const struct diagnose_context *context, double length,
                          double run, struct diagnosis *out)
{
    struct finding *finding =
        finding_add(out, &rule_cycle_too_short,
                    out->schedule_source == SCHEDULE_DECLARED ? SEVERITY_WARNING
                                                              : SEVERITY_INFO,
                    ROLE_LR);
    finding_span(finding, out->schedule_origin + (int64_t)length,
                 out->schedule_origin + (int64_t)run - 1);
    finding_evidence(finding, "schedule_length", length, context->unit);
    finding_evidence(finding, "run_length", run, context->unit);
}

/* The declared or fitted period of a schedule that comes back up; 0 when it does not. */
static double period_of(const struct schedule *schedule)
{
    const struct schedule_part *part = &schedule->parts[schedule->part_count - 1];
    static const char *const names[] = {"T_max", "T_0"};
    int grows = schedule_param_find(part->type, "T_mult");
    if (grows >= 0 && part->param[grows] > 1)
        return 0; /* a handful of cycles fills any run */
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        int found = schedule_param_find(part->type, names[i]);
        if (found >= 0)
            return part->param[found];
    }
    return 0;
}

static void say_many_cycles(const struct diagnose_context *context, double period,
                            double run, struct diagnosis *out)
{
    add_too_short(context, period, run, out);
    struct finding *finding = &out->findings[out->finding_count - 1];
    finding_say(finding,
                "The run of %.7g %ss holds %.0f descents of %.7g %ss each: the learning "
                "rate never stays low for long.",
                run, context->unit, floor(run / period), period, context->unit);
    finding_evidence(finding, "cycles", floor(run / period), "");
    finding_evidence(finding, "threshold", CYCLES_MANY, "");
    finding_advise(finding, "Use one descent (T_max=%.7g), or 2 to 4 restarts.", run);
    finding_advise(finding, "With restarts let the cycles grow: T_mult=2.");
}

static void say_at_floor(const struct diagnose_context *context, double length,
                         double run, struct diagnosis *out)
{
    add_too_short(context, length, run, out);
    struct finding *finding = &out->findings[out->finding_count - 1];
    double floor_lr = schedule_lr(&out->schedule, run - 1);
    finding_say(
        finding,
        "%s has come down after %.7g of %.7g %ss: for the last %.0f %% of the run "
        "the learning rate stands at %.4g.",
        reference_name(out), length, run, context->unit, PERCENT * (1 - length / run),
        floor_lr);
    finding_evidence(finding, "floor_lr", floor_lr, "");
    finding_evidence(finding, "threshold", PERCENT * (1 - CYCLE_SHORT_RUN), "%");
    finding_advise(finding, "Make the schedule as long as the run: %.7g %ss.", run,
                   context->unit);
    finding_advise(finding, "Or stop when it has come down.");
}

/* Whether the schedule stays where it has come down to. */
static bool stays_down(const struct schedule *schedule, double length, double run)
{
    double floor_lr = schedule_lr(schedule, length);
    return floor_lr < CLIMB_WARN * schedule->parts[0].param[0] &&
           schedule_lr(schedule, (length + run) / 2) <= floor_lr &&
           schedule_lr(schedule, run - 1) <= floor_lr;
}

static void cycle_too_short(const struct diagnose_context *context, struct diagnosis *out)
{
    if (!reference_is_followed(context, out))
        return;
    double run = run_length(context, out), period = period_of(&out->schedule);
    double length = schedule_length(&out->schedule);
    if (run < CYCLE_POINTS_MIN)
        return;
    if (period > 0 && run >= CYCLES_MANY * period)
        say_many_cycles(context, period, run, out);
    else if (length > 0 && length < CYCLE_SHORT_RUN * run &&
             out->schedule.parts[out->schedule.part_count - 1].type->gradual &&
             stays_down(&out->schedule, length, run))
        say_at_floor(context, length, run, out);
}

const struct rule rule_cycle_too_short = {
    "cycle_too_short", "Cycle too short",
    "The learning rate stands at its floor for more than the last quarter of the run, or "
    "the run holds 8 descents or more.",
    cycle_too_short};
