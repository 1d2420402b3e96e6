#include "core/schedule/plan_parts.h"

#include <stdarg.h>
#include <stdio.h>

static void note(struct plan *plan, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void note(struct plan *plan, const char *format, ...)
{
    if (plan->note_count >= PLAN_NOTES_MAX)
        return;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(plan->notes[plan->note_count++], SCHEDULE_NOTE_MAX, format, arguments);
    va_end(arguments);
}

struct schedule_part plan_part(const char *type, const struct plan_request *request)
{
    struct schedule_part part = schedule_part_default(schedule_type_find(type));
    part.param[0] = request->base_lr;
    return part;
}

void plan_set(struct schedule_part *part, const char *param, double value)
{
    part->param[schedule_param_find(part->type, param)] = value;
}

/* The warm-up rises in equal steps, the first of which is already above 0. */
static struct schedule_part make_warmup(const struct plan_request *request)
{
    struct schedule_part warmup = plan_part("LinearLR", request);
    plan_set(&warmup, "start_factor", 1 / (double)(request->warmup + 1));
    plan_set(&warmup, "total_iters", (double)request->warmup);
    return warmup;
}

struct schedule plan_after_warmup(const struct plan_request *request,
                                  const struct schedule_part *part)
{
    struct schedule schedule = {.unit = SCHEDULE_EPOCH};
    if (request->warmup > 0) {
        schedule.parts[0] = make_warmup(request);
        schedule.milestones[0] = request->warmup;
        schedule.part_count = 1;
    }
    schedule.parts[schedule.part_count++] = *part;
    return schedule;
}

struct schedule plan_cosine(const struct plan_request *request, const char *type,
                            const char *length, int64_t T)
{
    struct schedule_part cosine = plan_part(type, request);
    plan_set(&cosine, length, (double)T);
    plan_set(&cosine, "eta_min", request->eta_min);
    return plan_after_warmup(request, &cosine);
}

static void note_one_descent(const struct plan_request *request, struct plan *plan)
{
    note(plan,
         "CosineAnnealingLR(T_max=%lld) falls once, from %g in epoch %lld towards %g at "
         "the end of epoch %lld.",
         (long long)plan->T_max, request->base_lr, (long long)request->warmup + 1,
         request->eta_min, (long long)request->epochs);
    note(
        plan,
        "Trained on past epoch %lld it would climb back to %g: plan the whole run before "
        "it starts.",
        (long long)request->epochs, request->base_lr);
}

static void note_cycles(const struct plan_request *request, struct plan *plan)
{
    long long first = (long long)(request->warmup + 1), T = (long long)plan->T_max;
    long long second_end = first + 2 * T - 1;
    if (second_end > request->epochs)
        second_end = (long long)request->epochs;
    note(plan,
         "CosineAnnealingWarmRestarts(T_0=%lld) falls in epochs %lld-%lld, jumps back to "
         "%g "
         "and falls again in epochs %lld-%lld%s.",
         T, first, first + T - 1, request->base_lr, first + T, second_end,
         request->cycles > 2 ? ", and so on" : "");
    note(
        plan,
        "Plain CosineAnnealingLR(T_max=%lld) falls in epochs %lld-%lld and climbs back "
        "towards "
        "%g in epochs %lld-%lld: legal, but only half of its epochs bring the rate down.",
        T, first, first + T - 1, request->base_lr, first + T, second_end);
    if (request->cycles % 2 == 0)
        note(plan, "The plain schedule would end the run on its way up, at %g.",
             schedule_lr(&plan->plain, (double)request->epochs - 1));
    if ((request->epochs - request->warmup) % request->cycles == 0)
        note(plan, "Trained on past epoch %lld it would jump back to %g once more.",
             (long long)request->epochs, request->base_lr);
}

static void note_remainder(const struct plan_request *request, struct plan *plan)
{
    int64_t epochs = request->epochs - request->warmup;
    int64_t last = epochs - (request->cycles - 1) * plan->T_max;
    if (epochs % request->cycles == 0)
        return;
    if (last > 0)
        note(
            plan,
            "%lld epochs do not divide by %lld: the last cycle has %lld instead of %lld.",
            (long long)epochs, (long long)request->cycles, (long long)last,
            (long long)plan->T_max);
    else
        note(plan,
             "%lld epochs are too few for %lld cycles of whole epochs: fewer cycles are "
             "completed.",
             (long long)epochs, (long long)request->cycles);
}

static void note_warmup(const struct plan_request *request, struct plan *plan)
{
    if (request->warmup == 1)
        note(plan, "Epoch 1 warms up, at half of %g.", request->base_lr);
    if (request->warmup > 1)
        note(plan, "Epochs 1-%lld warm up: the rate rises in equal steps to %g.",
             (long long)request->warmup, request->base_lr);
}

void plan_make(const struct plan_request *request, struct plan *plan)
{
    int64_t epochs = request->epochs - request->warmup;
    *plan = (struct plan){.T_max = (epochs + request->cycles - 1) / request->cycles};
    plan->plain = plan_cosine(request, "CosineAnnealingLR", "T_max", plan->T_max);
    plan->schedule = plan->plain;
    if (request->cycles > 1)
        plan->schedule =
            plan_cosine(request, "CosineAnnealingWarmRestarts", "T_0", plan->T_max);
    plan_add_alternatives(request, plan);
    note_warmup(request, plan);
    if (plan->T_max == 1) {
        note(plan, "A cycle of one epoch never falls: the learning rate stays at %g.",
             request->base_lr);
        return;
    }
    if (request->cycles == 1)
        note_one_descent(request, plan);
    else
        note_cycles(request, plan);
    note_remainder(request, plan);
}
