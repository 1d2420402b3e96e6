/* What else one could run for the same epochs, and when one would. */
#include "core/schedule/plan_parts.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

/* Growing cycles that do not divide the run cut the last one short; up to this share of
   it, where a cosine is within 2.5 % of its floor. */
static const double cut_at_most = 0.1;
/* The share of a run that warmup_stable_decay spends on its fall: 10 to 20 % is as good
   as a whole cosine (Haegele et al. 2024, "Scaling Laws and Compute-Optimal Training
   Beyond Fixed Training Durations"). */
static const double decay_share = 0.2;
/* Below it a cycle has no room for its two phases. */
static const int64_t one_cycle_min = 5;

static void add(struct plan *plan, const struct schedule *schedule, const char *format,
                ...) __attribute__((format(printf, 3, 4)));

static void add(struct plan *plan, const struct schedule *schedule, const char *format,
                ...)
{
    const char *why;
    struct plan_alternative *a = &plan->alternatives[plan->alternative_count];
    if (plan->alternative_count == PLAN_ALTERNATIVES_MAX ||
        schedule_check(schedule, &why))
        return;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(a->notes[0], sizeof a->notes[0], format, arguments);
    va_end(arguments);
    a->schedule = *schedule;
    a->note_count = 1;
    plan->alternative_count++;
}

static void add_one_fall(const struct plan_request *request, struct plan *plan)
{
    int64_t T = request->epochs - request->warmup;
    if (request->cycles == 1)
        return;
    struct schedule schedule = plan_cosine(request, "CosineAnnealingLR", "T_max", T);
    add(plan, &schedule,
        "One fall over the whole run: the usual choice when the number of epochs is "
        "known "
        "and the last checkpoint is the one that counts.");
}

/* How many cycles, each twice the one before, end where the run ends; 0: none. */
static int64_t growing_cycles(int64_t epochs, int64_t wanted, int64_t *T_0)
{
    for (int64_t cycles = wanted < 2   ? 2
                          : wanted > 6 ? 6
                                       : wanted;
         cycles >= 2; cycles--) {
        int64_t parts = ((int64_t)1 << cycles) - 1, T = (epochs + parts - 1) / parts;
        double last = (double)T * (double)((int64_t)1 << (cycles - 1));
        double cut = (double)(T * parts - epochs);
        *T_0 = T;
        if (T >= 2 && cut <= cut_at_most * last)
            return cycles;
    }
    return 0;
}

static void add_growing(const struct plan_request *request, struct plan *plan)
{
    int64_t T_0, epochs = request->epochs - request->warmup;
    int64_t cycles = growing_cycles(epochs, request->cycles, &T_0);
    if (!cycles)
        return;
    struct schedule schedule =
        plan_cosine(request, "CosineAnnealingWarmRestarts", "T_0", T_0);
    plan_set(&schedule.parts[schedule.part_count - 1], "T_mult", 2);
    add(plan, &schedule,
        "%lld falls, the first of %lld epochs and each twice as long as the one before: "
        "when early checkpoints should be usable and the last fall should still be the "
        "longest.",
        (long long)cycles, (long long)T_0);
}

static void add_one_cycle(const struct plan_request *request, struct plan *plan)
{
    struct schedule schedule = {.unit = SCHEDULE_EPOCH, .part_count = 1};
    struct schedule_part *part = &schedule.parts[0];
    if (request->epochs < one_cycle_min)
        return;
    *part = plan_part("OneCycleLR", request);
    plan_set(part, "total_steps", (double)request->epochs);
    if (request->warmup > 1)
        plan_set(part, "pct_start", (double)request->warmup / (double)request->epochs);
    if (request->eta_min > 0) {
        double low = request->base_lr / 25; /* div_factor's default */
        plan_set(part, "final_div_factor", low / request->eta_min);
    }
    add(plan, &schedule,
        "A slow climb to max_lr, then one fall: for short runs at a rate that would be "
        "too high from the start. Its climb takes the place of a warm-up; stepping it "
        "after every batch (unit=step) is usual.");
}

static void add_stable_decay(const struct plan_request *request, struct plan *plan)
{
    int64_t epochs = request->epochs - request->warmup;
    int64_t decay = (int64_t)ceil(decay_share * (double)epochs);
    struct schedule_part part = plan_part("warmup_stable_decay", request);
    if (decay < 2) /* the first epoch of a fall still has the whole rate */
        return;
    plan_set(&part, "num_warmup_steps", 0);
    plan_set(&part, "num_stable_steps", (double)(epochs - decay));
    plan_set(&part, "num_decay_steps", (double)decay);
    plan_set(&part, "decay_type",
             schedule_word_find(
                 &part.type->params[schedule_param_find(part.type, "decay_type")],
                 "1-sqrt"));
    plan_set(&part, "min_lr_ratio", request->eta_min / request->base_lr);
    struct schedule schedule = plan_after_warmup(request, &part);
    add(plan, &schedule,
        "Holds %g and falls only in the last %lld epochs: when the length is not "
        "settled. "
        "From the checkpoint before the fall (epoch %lld) one can train on for as long "
        "as "
        "one likes.",
        request->base_lr, (long long)decay, (long long)(request->epochs - decay));
}

static void add_line(const struct plan_request *request, struct plan *plan)
{
    struct schedule_part part = plan_part("LinearLR", request);
    plan_set(&part, "start_factor", 1);
    plan_set(&part, "end_factor", request->eta_min / request->base_lr);
    plan_set(&part, "total_iters", (double)(request->epochs - request->warmup));
    struct schedule schedule = plan_after_warmup(request, &part);
    add(plan, &schedule,
        "A straight line down: the habit in fine-tuning. It spends as much learning rate "
        "as a cosine, less of it in the first half and more in the second.");
}

void plan_add_alternatives(const struct plan_request *request, struct plan *plan)
{
    if (request->epochs - request->warmup < 2) /* nothing to come down in */
        return;
    add_one_fall(request, plan);
    add_growing(request, plan);
    add_one_cycle(request, plan);
    add_stable_decay(request, plan);
    add_line(request, plan);
    for (size_t i = 0; i < plan->alternative_count; i++) {
        struct plan_alternative *a = &plan->alternatives[i];
        a->note_count += schedule_notes(&a->schedule, request->epochs, a->notes + 1, 2);
    }
}
