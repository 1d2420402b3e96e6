#include "curves/diagnosis/judge.h"
#include "curves/diagnosis/report.h"

#include <stdio.h>

#define LOOKS_MAX 200

static void print_mistake(const struct labelled_run *run, enum subject subject,
                          const char *when, const char *said)
{
    printf("  %-58.58s %-9s %-18s %s%s%s%s\n", run->id, fold_names[run->fold],
           subject_rules[subject],
           run->label[subject] == LABEL_YES ? "missed" : "false alarm", when,
           *said ? ": " : "", said);
}

/* At the end of the run, or else at any time before. */
static void compare(const struct labelled_run *run, enum subject s,
                    const struct diagnosis *diagnosis, const struct live *live)
{
    const struct finding *finding = judge_find(diagnosis, subject_rules[s]);
    bool yes = run->label[s] == LABEL_YES;
    char when[96];
    if (yes != (finding != NULL)) {
        print_mistake(run, s, "", finding ? finding->message : "");
    } else if (yes != (live->first[s] >= 0)) {
        snprintf(when, sizeof when, ", while it went on");
        if (!yes)
            snprintf(when, sizeof when,
                     ", at %lld of %zu evaluations and %zu of %zu looks",
                     (long long)live->first[s] + 1, live->evaluations, live->spoke[s],
                     live->looks);
        print_mistake(run, s, when, live->said[s]);
    }
}

void report_mistakes(const struct runs *runs)
{
    printf("\nevery mistake\n");
    for (size_t i = 0; i < runs->count; i++) {
        const struct labelled_run *run = &runs->run[i];
        struct diagnosis diagnosis;
        struct live live;
        judge_end(run, NULL, &diagnosis);
        judge_live(run, NULL, LOOKS_MAX, &live);
        for (enum subject s = 0; s < SUBJECTS; s++) {
            if (run->label[s] != LABEL_NONE)
                compare(run, s, &diagnosis, &live);
        }
    }
}
