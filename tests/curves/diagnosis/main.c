/* How right the findings are: runs the diagnosis over labelled histories and prints what
   came of it, apart for the fold on which thresholds may be chosen and the one that only
   checks them. Usage: eval CURVES_FOLDER [whole|live|sets|wander|limits|mistakes|speed
   ...]; the folder's README says what is in it. Never a pass or fail. */
#include "curves/diagnosis/judge.h"
#include "curves/diagnosis/report.h"

#include <stdio.h>
#include <string.h>

static void speed(const struct runs *runs)
{
    (void)runs;
    report_speed();
    printf("slowest diagnosis of all: %.2f ms\n", judge_slowest_ms);
}

static const struct {
    const char *name;
    void (*report)(const struct runs *runs);
} reports[] = {{"whole", report_whole},   {"live", report_live},
               {"sets", report_sets},     {"wander", report_wander},
               {"limits", report_limits}, {"mistakes", report_mistakes},
               {"speed", speed}};

static bool wanted(const char *name, int argc, char **argv)
{
    for (int i = 2; i < argc; i++) {
        if (!strcmp(argv[i], name))
            return true;
    }
    return argc == 2;
}

int main(int argc, char **argv)
{
    struct runs runs;
    if (argc < 2) {
        fprintf(stderr,
                "usage: %s CURVES_FOLDER [whole|live|sets|wander|limits|mistakes|speed "
                "...]\n",
                argv[0]);
        return 2;
    }
    if (!runs_load(argv[1], &runs)) {
        fprintf(stderr, "%s: no labelled runs in %s\n", argv[0], argv[1]);
        return 2;
    }
    printf("%zu runs. A repository (of simulated runs: a data set) lies in one fold, by "
           "a hash "
           "of its name.\nThresholds are chosen on the tuning fold alone.\n",
           runs.count);
    for (size_t i = 0; i < sizeof reports / sizeof *reports; i++) {
        if (wanted(reports[i].name, argc, argv))
            reports[i].report(&runs);
    }
    runs_release(&runs);
    return 0;
}
