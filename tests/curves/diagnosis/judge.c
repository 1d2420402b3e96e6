#include "curves/diagnosis/judge.h"
#include "core/stats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

double judge_slowest_ms;

static void diagnose_timed(const struct history *history, struct diagnosis *out)
{
    void *work = malloc(diagnose_work_size(history));
    struct timespec start, end;
    if (!work)
        exit(2);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start);
    diagnose(history, work, out);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
    double ms = (double)(end.tv_sec - start.tv_sec) * 1e3 +
                (double)(end.tv_nsec - start.tv_nsec) / 1e6;
    judge_slowest_ms = fmax(judge_slowest_ms, ms);
    free(work);
}

const struct finding *judge_find(const struct diagnosis *diagnosis, const char *rule)
{
    for (size_t i = 0; i < diagnosis->finding_count; i++) {
        if (!strcmp(diagnosis->findings[i].rule->name, rule))
            return &diagnosis->findings[i];
    }
    return NULL;
}

void judge_end(const struct labelled_run *run, const struct limits *limits,
               struct diagnosis *out)
{
    struct history history = run->file.history;
    history.limits = limits;
    diagnose_timed(&history, out);
}

/* The points of every curve up to a step, as a run that goes on would have them. */
static struct history until(const struct labelled_run *run, int64_t step)
{
    struct history part = run->file.history;
    part.ended = false;
    for (enum role role = 0; role < ROLE_COUNT; role++)
        part.curve[role] = series_slice(&part.curve[role], 0, step);
    part.curve[ROLE_LR].count = 0;
    return part;
}

static const struct series *evaluations_of(const struct labelled_run *run)
{
    const struct series *curve = run->file.history.curve;
    return &curve[curve[ROLE_VAL_LOSS].count ? ROLE_VAL_LOSS : ROLE_TRAIN_LOSS];
}

static void note(const struct diagnosis *diagnosis, size_t evaluation, struct live *out)
{
    for (enum subject s = 0; s < SUBJECTS; s++) {
        const struct finding *finding = judge_find(diagnosis, subject_rules[s]);
        if (!finding)
            continue;
        if (!out->spoke[s]++) {
            out->first[s] = (int64_t)evaluation;
            memcpy(out->said[s], finding->message, sizeof finding->message);
        }
    }
    /* errors come first, then warnings */
    if (out->warned < 0 && diagnosis->finding_count &&
        diagnosis->findings[0].severity >= SEVERITY_WARNING) {
        out->warned = (int64_t)evaluation;
        out->by = diagnosis->findings[0].rule;
    }
}

void judge_live(const struct labelled_run *run, const struct limits *limits,
                size_t looks_max, struct live *out)
{
    const struct series *at = evaluations_of(run);
    *out = (struct live){.evaluations = at->count, .warned = -1};
    for (enum subject s = 0; s < SUBJECTS; s++)
        out->first[s] = -1;
    size_t looks = at->count < looks_max ? at->count : looks_max;
    for (size_t i = 1; i <= looks; i++) {
        size_t evaluation = at->count * i / looks - 1;
        struct history part = until(run, at->step[evaluation]);
        struct diagnosis diagnosis;
        part.limits = limits;
        diagnose_timed(&part, &diagnosis);
        out->looks++;
        note(&diagnosis, evaluation, out);
    }
}

size_t judge_best(const struct labelled_run *run)
{
    const struct series *val = &run->file.history.curve[ROLE_VAL_LOSS];
    size_t size = val->count < 20 ? 3 : 5, best = 0;
    double lowest = INFINITY, work[5];
    for (size_t i = 0; i + size <= val->count; i++) {
        double level = stats_median(val->value + i, size, work);
        if (level < lowest) {
            lowest = level;
            best = i + size / 2;
        }
    }
    return best;
}
