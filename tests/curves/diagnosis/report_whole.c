#include "curves/diagnosis/confusion.h"
#include "curves/diagnosis/judge.h"
#include "curves/diagnosis/one_line_rules.h"
#include "curves/diagnosis/report.h"

#include <stdio.h>
#include <string.h>

struct whole {
    /* the logs, and where a rule has labels there the sets too */
    struct confusion logs[SUBJECTS][FOLDS], all[SUBJECTS][FOLDS];
    struct confusion one_line[ONE_LINE_RULES][FOLDS];
    bool sets[SUBJECTS]; /* all differs from logs */
};

static void count_run(const struct labelled_run *run, struct whole *out)
{
    const struct series *curve = run->file.history.curve;
    struct diagnosis diagnosis;
    judge_end(run, NULL, &diagnosis);
    for (enum subject s = 0; s < SUBJECTS; s++) {
        bool found = judge_find(&diagnosis, subject_rules[s]) != NULL;
        confusion_count(&out->all[s][run->fold], run->label[s], found);
        if (!*run->set)
            confusion_count(&out->logs[s][run->fold], run->label[s], found);
        else if (run->label[s] != LABEL_NONE)
            out->sets[s] = true;
    }
    for (size_t i = 0; i < ONE_LINE_RULES; i++)
        confusion_count(&out->one_line[i][run->fold],
                        run->label[one_line_rules[i].subject],
                        one_line_rules[i].holds(&curve[ROLE_TRAIN_LOSS],
                                                &curve[ROLE_VAL_LOSS]));
}

static void print_both(const char *name, const struct confusion *tables)
{
    for (enum fold fold = 0; fold < FOLDS; fold++)
        confusion_print(name, fold, &tables[fold]);
}

void report_whole(const struct runs *runs)
{
    static struct whole whole;
    for (size_t i = 0; i < runs->count; i++)
        count_run(&runs->run[i], &whole);
    confusion_heading("whole runs");
    for (enum subject s = 0; s < SUBJECTS; s++) {
        char name[64];
        snprintf(name, sizeof name, "%s, logs", subject_rules[s]);
        print_both(name, whole.logs[s]);
        snprintf(name, sizeof name, "%s, logs and sets", subject_rules[s]);
        if (whole.sets[s])
            print_both(name, whole.all[s]);
        for (size_t i = 0; i < ONE_LINE_RULES; i++) {
            snprintf(name, sizeof name, "    %s", one_line_rules[i].name);
            if (one_line_rules[i].subject == s)
                print_both(name, whole.one_line[i]);
        }
    }
}
