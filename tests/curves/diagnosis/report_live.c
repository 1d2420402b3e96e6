#include "core/stats.h"
#include "curves/diagnosis/confusion.h"
#include "curves/diagnosis/judge.h"
#include "curves/diagnosis/report.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define LOOKS_MAX 200

/* How long after the labelled best epoch overfitting was told. */
struct delays {
    double *evaluations, *share; /* of the run */
    size_t count;
};

static void add_delay(const struct labelled_run *run, const struct live *live,
                      struct delays *out)
{
    double late = (double)live->first[OVERFITTING] - (double)judge_best(run);
    out->evaluations[out->count] = late;
    out->share[out->count++] = late / (double)(live->evaluations - 1);
}

static void print_delays(enum fold fold, const struct delays *delays)
{
    double *work = malloc((delays->count + 1) * sizeof *work);
    if (!work)
        exit(2);
    printf(
        "overfitting is told after its best epoch, %-9s median %g evaluations, %.3f of "
        "the run; three of four within %.3f\n",
        fold_names[fold], stats_median(delays->evaluations, delays->count, work),
        stats_median(delays->share, delays->count, work),
        stats_quantile(delays->share, delays->count, 0.75, work));
    free(work);
}

struct tables {
    struct confusion logs[SUBJECTS][FOLDS], all[FOLDS];
    struct delays delays[FOLDS];
};

static void look(const struct labelled_run *run, struct tables *out)
{
    struct live live;
    judge_live(run, NULL, LOOKS_MAX, &live);
    for (enum subject s = 0; s < SUBJECTS; s++) {
        if (!*run->set)
            confusion_count(&out->logs[s][run->fold], run->label[s], live.first[s] >= 0);
    }
    bool told = live.first[OVERFITTING] >= 0;
    confusion_count(&out->all[run->fold], run->label[OVERFITTING], told);
    if (run->label[OVERFITTING] == LABEL_YES && told)
        add_delay(run, &live, &out->delays[run->fold]);
}

void report_live(const struct runs *runs)
{
    static struct tables tables;
    for (enum fold fold = 0; fold < FOLDS; fold++) {
        tables.delays[fold].evaluations = calloc(runs->count + 1, sizeof(double));
        tables.delays[fold].share = calloc(runs->count + 1, sizeof(double));
        if (!tables.delays[fold].evaluations || !tables.delays[fold].share)
            exit(2);
    }
    for (size_t i = 0; i < runs->count; i++)
        look(&runs->run[i], &tables);
    confusion_heading("at every evaluation of a run that goes on");
    for (enum subject s = 0; s < SUBJECTS; s++) {
        for (enum fold fold = 0; fold < FOLDS; fold++)
            confusion_print(subject_rules[s], fold, &tables.logs[s][fold]);
        for (enum fold fold = 0; s == OVERFITTING && fold < FOLDS; fold++)
            confusion_print("overfitting, logs and sets", fold, &tables.all[fold]);
    }
    printf(
        "(told at any time counts as told; at %d evenly spaced evaluations where there "
        "are more)\n",
        LOOKS_MAX);
    for (enum fold fold = 0; fold < FOLDS; fold++) {
        print_delays(fold, &tables.delays[fold]);
        free(tables.delays[fold].evaluations);
        free(tables.delays[fold].share);
    }
}
