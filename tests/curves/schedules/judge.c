/* Whether schedule_fit's answer to a log is right. */
#include "curves/schedules/judge.h"

#include <math.h>
#include <stdlib.h>
#include <time.h>

const char *const outcome_names[OUTCOMES] = {"right", "fits as well", "too early",
                                             "silent", "wrong"};

void answer_to(const struct series *lr, const struct series *const *losses,
               struct answer *out)
{
    struct timespec start, end;
    double *work = malloc((2 * lr->count + 1) * sizeof *work);
    if (!work)
        exit(2);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start);
    schedule_fit(lr, 0, work, &out->fit);
    for (; losses && *losses; losses++) {
        if (schedule_fit_watching(lr, *losses, false, &out->fit))
            break;
    }
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
    free(work);
    out->ms = (double)(end.tv_sec - start.tv_sec) * 1e3 +
              (double)(end.tv_nsec - start.tv_nsec) / 1e6;
    out->kind = out->fit.found ? kind_of(&out->fit.schedule) : KIND_NONE;
}

enum kind truth_seen(const struct synthetic *log)
{
    int shift = log->traps.shift;
    enum kind kind = kind_seen(&log->recipe.schedule, fmax(0, log->first_t + shift),
                               fmax(0, log->last_t + shift));
    /* Stepped once in so many batches, that is a StepLR of the batches. */
    return kind == KIND_EXPONENTIAL && log->traps.every > 1 ? KIND_STEP : kind;
}

bool gives_back(const struct synthetic *log, const struct schedule_fit *fit)
{
    const struct series *lr = &log->lr;
    size_t count = lr->count - log->traps.zero_end;
    double low = INFINITY, high = 0;
    for (size_t i = 0; i < count; i++) {
        low = fmin(low, lr->value[i]);
        high = fmax(high, lr->value[i]);
    }
    /* An average over 20 batches lies up to 1/40 step beside the mean of the curve. */
    double slack = log->traps.averaged ? 3e-3 : 2e-6;
    for (size_t i = 0; i < count; i++) {
        double t = (double)(lr->step[i] - fit->origin);
        double expected = schedule_logged(&fit->schedule, &fit->deviation, t);
        double allowed = 1.1 * synthetic_rounding(log, lr->value[i]) +
                         slack * (high - low) + 1e-9 * high;
        if (!(fabs(expected - lr->value[i]) <= allowed))
            return false;
    }
    return true;
}

/* Whether it still climbs, or fewer than five points lie beyond the climb; of stairs one
   more, for the last may still go on. */
static bool is_early(const struct synthetic *log)
{
    const struct series *lr = &log->lr;
    struct figures truth;
    size_t beyond = 0, climbing = 1;
    figures_of(&log->recipe.schedule, &truth);
    if (log->traps.every > 1)
        return log->last_t - fmax(log->first_t, truth.warmup) < 6;
    while (climbing < lr->count && lr->value[climbing] > lr->value[climbing - 1])
        climbing++;
    if (climbing + log->traps.zero_end >= lr->count)
        return true;
    double end = truth.warmup > 0 ? truth.warmup - log->traps.shift : -1;
    for (size_t i = 0; i + log->traps.zero_end < lr->count; i++)
        beyond += (double)(lr->step[i] - log->traps.step_of_t0) > end;
    return beyond < 5;
}

enum outcome judge(const struct synthetic *log, const struct answer *answer)
{
    if (!answer->fit.found)
        return is_early(log) ? TOO_EARLY : SILENT;
    if (answer->kind == truth_seen(log) || answer->kind == kind_of(&log->recipe.schedule))
        return RIGHT;
    return gives_back(log, &answer->fit) ? AS_WELL : WRONG;
}

void figure_errors(const struct synthetic *log, const struct schedule_fit *fit,
                   struct figures *out)
{
    struct figures truth, got;
    figures_of(&log->recipe.schedule, &truth);
    figures_of(&fit->schedule, &got);
    double every = log->traps.every;
    double moved = (double)(fit->origin - log->traps.step_of_t0) / every +
                   log->traps.shift - fit->deviation.shift;
    if (every > 1 && !fit->deviation.every) { /* the answer counts batches */
        got.warmup /= every;
        got.length /= every;
    }
    out->base = fabs(got.base - truth.base) / truth.base;
    out->floor = fabs(got.floor - truth.floor) / truth.base;
    out->warmup = fabs(got.warmup + moved - truth.warmup) / truth.length;
    out->length = fabs(got.length + moved - truth.length) / truth.length;
}
