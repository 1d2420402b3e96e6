#include "curves/diagnosis/judge.h"
#include "curves/diagnosis/report.h"

#include <stdio.h>

#define LOOKS_MAX 200

static void print_mistake(const struct labelled_run *run, enum subject subject,
                          const char *when, const struct finding *finding)
{
    printf("  %-58.58s %-9s %-18s %s%s%s%s\n", run->id, fold_names[run->fold],
           subject_rules[subject],
           run->label[subject] == LABEL_YES ? "missed" : "false alarm", when,
           finding ? ": " : "", finding ? finding->message : "");
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
            const struct finding *finding = judge_find(&diagnosis, subject_rules[s]);
            if (run->label[s] == LABEL_NONE)
                continue;
            bool yes = run->label[s] == LABEL_YES;
            if (yes != (finding != NULL))
                print_mistake(run, s, "", finding);
            else if (yes != (live.first[s] >= 0) && (!*run->set || yes))
                print_mistake(run, s, ", while it went on", NULL);
        }
    }
}
