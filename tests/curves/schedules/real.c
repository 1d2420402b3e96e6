/* Real logs with labels. */
#include "curves/csv.h"
#include "curves/history_file.h"
#include "curves/schedules/judge.h"
#include "curves/schedules/sections.h"

#include <stdio.h>
#include <string.h>

enum { LINE_BYTES = 4096, LABELS_FIELDS = 8, SET_FIELDS = 2 };

/* What may be said of a label. */
struct labelled {
    const char *label;
    enum kind right;
    enum kind also[3]; /* the same as far as the LR column shows; counted apart */
};

static const struct labelled log_labels[] = {
    {"constant", KIND_CONSTANT, {KIND_NONE}},
    {"cosine", KIND_COSINE, {KIND_NONE}},
    {"cosine_warmup", KIND_COSINE_WARMUP, {KIND_NONE}},
    {"cosine_restarts", KIND_RESTARTS, {KIND_NONE}},
    {"linear", KIND_LINEAR, {KIND_NONE}},
    {"linear_warmup", KIND_LINEAR_WARMUP, {KIND_NONE}},
    {"step", KIND_STEP, {KIND_NONE}},
    {"plateau_reduce", KIND_PLATEAU, {KIND_STEP}},
    {NULL, KIND_NONE, {KIND_NONE}}};

static const struct labelled set_labels[] = {
    {"cos", KIND_COSINE_WARMUP, {KIND_NONE}},
    /* A log that begins inside the decay shows only a line; a decay over the whole run
       has no hold, one of a step or two no fall. */
    {"wsd", KIND_WSD, {KIND_LINEAR, KIND_LINEAR_WARMUP, KIND_CONSTANT_WARMUP}},
    {"wsd_twostage", KIND_WSD, {KIND_NONE}},
    {"constant", KIND_CONSTANT, {KIND_NONE}},
    {"cosine", KIND_COSINE, {KIND_NONE}}, /* the warm-up was not logged */
    {"wsdld", KIND_WSD, {KIND_NONE}},
    {"wsdcon", KIND_STEP, {KIND_NONE}}, /* a hold, then one step down */
    {NULL, KIND_NONE, {KIND_NONE}}};

/* `other` = what the remark says. */
static enum kind kind_from_remark(const char *remark)
{
    if (strstr(remark, "WSD"))
        return KIND_WSD;
    return strstr(remark, "then constant") ? KIND_CONSTANT_WARMUP : KIND_NONE;
}

struct tally {
    unsigned counts[KIND_COUNT][KIND_COUNT]; /* [label][answer] */
    unsigned logs, right, also;
    double slowest_ms;
};

static void report(const char *name, enum kind right, const struct answer *answer,
                   const char *verdict)
{
    const struct schedule *schedule = &answer->fit.schedule;
    if (!verbose)
        return;
    printf("  %-44.44s %-15s -> %-15s %s", name, kind_names[right],
           kind_names[answer->kind], verdict);
    for (size_t i = 0; answer->fit.found && i < schedule->part_count; i++) {
        const struct schedule_part *part = &schedule->parts[i];
        printf(" %s(", part->type->name);
        for (size_t p = 0; part->type->params[p].name; p++)
            printf("%.6g%s", part->param[p], part->type->params[p + 1].name ? " " : ")");
    }
    printf(" excess %.2g confidence %.2f shift %d%s\n",
           answer->fit.deviation.rms_relative, answer->fit.confidence,
           answer->fit.deviation.shift,
           answer->fit.deviation.averaged ? " averaged" : "");
}

static void score(const char *name, const struct labelled *label,
                  const struct history *history, struct tally *tally)
{
    const struct series *const losses[] = {&history->curve[ROLE_VAL_LOSS],
                                           &history->curve[ROLE_TRAIN_LOSS], NULL};
    struct answer answer;
    answer_to(&history->curve[ROLE_LR], losses, &answer);
    bool right = answer.kind == label->right;
    bool also = false;
    for (size_t i = 0; i < 3 && !right && answer.kind; i++)
        also |= answer.kind == label->also[i];
    tally->logs++;
    tally->right += right;
    tally->also += also;
    tally->counts[label->right][answer.kind]++;
    tally->slowest_ms = fmax(tally->slowest_ms, answer.ms);
    report(name, label->right, &answer, right ? "" : also ? "(as far as seen)" : "WRONG");
}

static void print_tally(const char *title, const struct tally *tally)
{
    printf("\n%s: %u of %u right (%.1f %%), %u more as far as the LR column shows\n",
           title, tally->right, tally->logs, 100.0 * tally->right / fmax(1, tally->logs),
           tally->also);
    for (int label = 0; label < KIND_COUNT; label++) {
        unsigned sum = 0;
        for (int kind = 0; kind < KIND_COUNT; kind++)
            sum += tally->counts[label][kind];
        if (!sum)
            continue;
        printf("  %-16s %3u:", kind_names[label], sum);
        for (int kind = 0; kind < KIND_COUNT; kind++) {
            if (tally->counts[label][kind])
                printf("  %s %u", kind_names[kind], tally->counts[label][kind]);
        }
        printf("\n");
    }
    printf("  slowest fit %.2f ms\n", tally->slowest_ms);
}

static const struct labelled *find_label(const struct labelled *labels, const char *name)
{
    while (labels->label && strcmp(labels->label, name))
        labels++;
    return labels->label ? labels : NULL;
}

static void score_logs(const char *folder)
{
    static struct tally tally;
    char path[LINE_BYTES], line[LINE_BYTES], *field[LABELS_FIELDS];
    snprintf(path, sizeof path, "%.2048s/logs/labels.csv", folder);
    FILE *file = fopen(path, "r");
    if (!file)
        return;
    while (fgets(line, sizeof line, file)) {
        struct history_file loaded;
        if (csv_split(line, field, LABELS_FIELDS) < LABELS_FIELDS)
            continue;
        struct labelled other = {"other", kind_from_remark(field[7]), {KIND_NONE}};
        const struct labelled *label = find_label(log_labels, field[6]);
        if (!strcmp(field[6], "other"))
            label = &other;
        snprintf(path, sizeof path, "%.2048s/logs/norm/%.64s.csv", folder, field[0]);
        if (!label || !history_file_read(path, &loaded))
            continue;
        score(field[0], label, &loaded.history, &tally);
        history_file_release(&loaded);
    }
    fclose(file);
    print_tally("labelled logs", &tally);
}

static void score_set(const char *folder, const char *set)
{
    struct tally tally = {.logs = 0};
    char path[LINE_BYTES], line[LINE_BYTES], *field[SET_FIELDS];
    snprintf(path, sizeof path, "%.2048s/sets/index.csv", folder);
    FILE *file = fopen(path, "r");
    if (!file)
        return;
    while (fgets(line, sizeof line, file)) {
        struct history_file loaded;
        if (strncmp(line, set, strlen(set)) ||
            csv_split(line, field, SET_FIELDS) < SET_FIELDS)
            continue;
        const struct labelled *label = find_label(set_labels, field[1]);
        snprintf(path, sizeof path, "%.2048s/sets/%.1024s", folder, field[0]);
        if (!label || !history_file_read(path, &loaded))
            continue;
        score(field[0] + strlen(set) + 1, label, &loaded.history, &tally);
        history_file_release(&loaded);
    }
    fclose(file);
    print_tally(set, &tally);
}

void real_logs(const char *folder)
{
    score_logs(folder);
    score_set(folder, "llm_lr_scheduling");
    score_set(folder, "multipowerlaw");
}
