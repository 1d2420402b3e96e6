/* Holds the diagnosis against labelled training histories and prints a confusion table
   for each rule. Usage: eval CURVES_FOLDER [-v]; the folder's README says what is in it.
   -v names every run on which rule and label disagree. Never a pass or fail. */
#include "core/diagnose/diagnose.h"
#include "curves/history_file.h"
#include "curves/one_line_rules.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define LINE_MAX_BYTES 4096

struct confusion {
    unsigned hit, missed, false_alarm, silent;
};

static bool verbose;

static void count(struct confusion *table, bool labelled, bool found)
{
    if (labelled)
        found ? table->hit++ : table->missed++;
    else
        found ? table->false_alarm++ : table->silent++;
}

static double f1(unsigned hit, unsigned missed, unsigned wrong)
{
    return hit ? 2.0 * hit / (2.0 * hit + missed + wrong) : 0;
}

static void print_confusion(const char *name, const struct confusion *t)
{
    double yes = f1(t->hit, t->missed, t->false_alarm);
    double no = f1(t->silent, t->false_alarm, t->missed);
    printf("%-34s %4u %7u %12u %7u %9.3f\n", name, t->hit, t->missed, t->false_alarm,
           t->silent, (yes + no) / 2);
}

static void print_heading(const char *title)
{
    printf("\n%-34s %4s %7s %12s %7s %9s\n", title, "hit", "missed", "false alarm",
           "silent", "macro F1");
}

/* --- running --- */

static double slowest_ms;

static void run(const struct history *history, struct diagnosis *out)
{
    void *work = malloc(diagnose_work_size(history));
    struct timespec start, end;
    if (!work)
        exit(2);
    clock_gettime(CLOCK_MONOTONIC, &start);
    diagnose(history, work, out);
    clock_gettime(CLOCK_MONOTONIC, &end);
    double ms = (double)(end.tv_sec - start.tv_sec) * 1e3 +
                (double)(end.tv_nsec - start.tv_nsec) / 1e6;
    slowest_ms = fmax(slowest_ms, ms);
    free(work);
}

static const struct finding *find(const struct diagnosis *diagnosis, const char *rule)
{
    for (size_t i = 0; i < diagnosis->finding_count; i++) {
        if (!strcmp(diagnosis->findings[i].rule->name, rule))
            return &diagnosis->findings[i];
    }
    return NULL;
}

/* The points of every curve up to a step, as a run that goes on would have them. */
static struct history until(const struct history *history, int64_t step)
{
    struct history part = *history;
    part.ended = false;
    for (enum role role = 0; role < ROLE_COUNT; role++)
        part.curve[role] = series_slice(&history->curve[role], 0, step);
    return part;
}

/* Whether the overfitting rule ever speaks while the run goes on. */
static bool overfits_live(const struct history *history)
{
    const struct series *val = &history->curve[ROLE_VAL_LOSS];
    for (size_t i = 0; i < val->count; i++) {
        struct history part = until(history, val->step[i]);
        struct diagnosis diagnosis;
        run(&part, &diagnosis);
        if (find(&diagnosis, "overfitting"))
            return true;
    }
    return false;
}

/* --- the labelled logs --- */

enum { LABELS = 5 };
static const struct {
    const char *label, *rule;
} labelled[LABELS] = {{"overfitting", "overfitting"},
                      {"noisy", "noisy_loss"},
                      {"diverged", "divergence"},
                      {"plateau_or_underfit", "not_learning"},
                      {"val_suspiciously_good", "leakage_suspected"}};

struct scores {
    struct confusion rules[LABELS], live, one_line[ONE_LINE_RULES];
};

static void disagree(const char *id, const char *rule, bool label, bool found)
{
    if (verbose && label != found)
        printf("  %-8s %-20s %s\n", id, rule, label ? "missed" : "false alarm");
}

static void score_overfitting(const char *id, const struct history *history, bool label,
                              struct scores *scores)
{
    bool live = overfits_live(history);
    count(&scores->live, label, live);
    disagree(id, "overfitting, live", label, live);
    for (size_t i = 0; i < ONE_LINE_RULES; i++)
        count(&scores->one_line[i], label,
              one_line_rules[i].holds(&history->curve[ROLE_TRAIN_LOSS],
                                      &history->curve[ROLE_VAL_LOSS]));
}

static void score_log(char *const field[], const struct history *history,
                      struct scores *scores)
{
    struct diagnosis diagnosis;
    run(history, &diagnosis);
    for (size_t i = 0; i < LABELS; i++) {
        const char *label = field[i + 1];
        bool yes = !strcmp(label, "yes");
        if (!yes && strcmp(label, "no"))
            continue;
        bool found = find(&diagnosis, labelled[i].rule) != NULL;
        count(&scores->rules[i], yes, found);
        disagree(field[0], labelled[i].rule, yes, found);
        if (i == 0)
            score_overfitting(field[0], history, yes, scores);
    }
}

static void score_logs(const char *folder)
{
    struct scores scores = {0};
    char path[LINE_MAX_BYTES], line[LINE_MAX_BYTES];
    snprintf(path, sizeof path, "%.2048s/logs/labels.csv", folder);
    FILE *file = fopen(path, "r");
    if (!file)
        return;
    while (fgets(line, sizeof line, file)) {
        char *field[LABELS + 1];
        struct history_file loaded;
        if (!csv_split(line, field, LABELS + 1))
            continue;
        snprintf(path, sizeof path, "%.2048s/logs/norm/%.64s.csv", folder, field[0]);
        if (!history_file_read(path, &loaded))
            continue;
        score_log(field, &loaded.history, &scores);
        history_file_release(&loaded);
    }
    fclose(file);
    print_heading("labelled logs, whole run");
    for (size_t i = 0; i < LABELS; i++)
        print_confusion(labelled[i].rule, &scores.rules[i]);
    print_confusion("overfitting, at every evaluation", &scores.live);
    print_heading("simple rules for overfitting");
    for (size_t i = 0; i < ONE_LINE_RULES; i++)
        print_confusion(one_line_rules[i].name, &scores.one_line[i]);
}

/* --- the sets --- */

enum { SET_LABELS_MAX = 24, RULES_MAX = 32 };

struct set_label {
    char name[96];
    unsigned runs, bad, watch, alarms[RULES_MAX];
};

static struct set_label *label_find(struct set_label *labels, const char *name)
{
    size_t i = 0;
    while (i + 1 < SET_LABELS_MAX && labels[i].runs && strcmp(labels[i].name, name))
        i++;
    snprintf(labels[i].name, sizeof labels[i].name, "%s", name);
    return &labels[i];
}

static void count_alarms(const struct diagnosis *diagnosis, struct set_label *label)
{
    label->runs++;
    label->bad += diagnosis->verdict == VERDICT_BAD;
    label->watch += diagnosis->verdict == VERDICT_WATCH;
    for (size_t i = 0; rules[i]; i++) {
        const struct finding *finding = find(diagnosis, rules[i]->name);
        label->alarms[i] += finding && finding->severity >= SEVERITY_WARNING;
    }
}

static void print_sets(const struct set_label *labels)
{
    printf("\nsets: runs, verdicts, and runs with a warning or an error of each rule\n");
    for (size_t i = 0; i < SET_LABELS_MAX && labels[i].runs; i++) {
        printf("%-38s %4u runs, %3u bad, %3u watch:", labels[i].name, labels[i].runs,
               labels[i].bad, labels[i].watch);
        for (size_t r = 0; rules[r]; r++) {
            if (labels[i].alarms[r])
                printf(" %s %u", rules[r]->name, labels[i].alarms[r]);
        }
        printf("\n");
    }
}

static void score_set_file(const char *folder, char *line, struct set_label *labels,
                           struct confusion *overfit)
{
    char path[LINE_MAX_BYTES], name[96], *field[2];
    struct history_file loaded;
    struct diagnosis diagnosis;
    bool counts_steps = strstr(line, ",epoch,") == NULL; /* column x_unit */
    if (!csv_split(line, field, 2))
        return;
    snprintf(path, sizeof path, "%.2048s/sets/%.1024s", folder, field[0]);
    if (!history_file_read(path, &loaded))
        return;
    loaded.history.counts_steps = counts_steps;
    run(&loaded.history, &diagnosis);
    snprintf(name, sizeof name, "%.*s %.40s", (int)strcspn(field[0], "/"), field[0],
             field[1]);
    count_alarms(&diagnosis, label_find(labels, name));
    bool yes = !strcmp(field[1], "overfit");
    if (yes || !strcmp(field[1], "non_overfit")) {
        bool found = find(&diagnosis, "overfitting") != NULL;
        count(overfit, yes, found);
        disagree(field[0], "overfitting", yes, found);
    } else if (verbose && diagnosis.verdict >= VERDICT_WATCH) {
        printf("  %.60s: %s\n", field[0], diagnosis.findings[0].message);
    }
    history_file_release(&loaded);
}

static void score_sets(const char *folder)
{
    struct set_label labels[SET_LABELS_MAX] = {0};
    struct confusion overfit = {0};
    char path[LINE_MAX_BYTES], line[LINE_MAX_BYTES];
    snprintf(path, sizeof path, "%.2048s/sets/index.csv", folder);
    FILE *file = fopen(path, "r");
    if (!file)
        return;
    while (fgets(line, sizeof line, file))
        score_set_file(folder, line, labels, &overfit);
    fclose(file);
    print_heading("sets, whole run");
    print_confusion("overfitting", &overfit);
    print_sets(labels);
}

int main(int argc, char **argv)
{
    verbose = argc == 3 && !strcmp(argv[2], "-v");
    if (argc != 2 && !verbose) {
        fprintf(stderr, "usage: %s CURVES_FOLDER [-v]\n", argv[0]);
        return 2;
    }
    score_logs(argv[1]);
    score_sets(argv[1]);
    printf("\nslowest diagnose(): %.2f ms\n", slowest_ms);
    return 0;
}
