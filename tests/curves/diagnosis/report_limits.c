/* The sensitivity of each threshold: macro F1 when it alone is moved, on both folds; and
   what a choice among these values would have scored on runs that had no part in it. */
#include "curves/diagnosis/confusion.h"
#include "curves/diagnosis/judge.h"
#include "curves/diagnosis/report.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LIVE_LOOKS_MAX 50

enum { MOVES = 5, STANDING = 2 };
static const double moves[MOVES] = {0.8, 0.9, 1, 1.1, 1.2};

/* Of one threshold: what each move makes of each fold and each part. */
struct moved {
    struct confusion fold[MOVES][FOLDS], part[MOVES][PARTS];
};

static enum subject subject_of(const struct limit_row *row)
{
    enum subject s = 0;
    while (s + 1 < SUBJECTS && strcmp(subject_rules[s], row->rule) != 0)
        s++;
    return s;
}

static struct limits move(const struct limit_row *row, double factor)
{
    struct limits limits = limits_standing;
    double value;
    memcpy(&value, (const char *)&limits + row->offset, sizeof value);
    value *= factor;
    memcpy((char *)&limits + row->offset, &value, sizeof value);
    return limits;
}

static bool told(const struct labelled_run *run, enum subject subject, bool live,
                 const struct limits *limits)
{
    struct diagnosis diagnosis;
    struct live seen;
    if (!live) {
        judge_end(run, limits, &diagnosis);
        return judge_find(&diagnosis, subject_rules[subject]) != NULL;
    }
    judge_live(run, limits, LIVE_LOOKS_MAX, &seen);
    return seen.first[subject] >= 0;
}

static void try_move(const struct runs *runs, const struct limit_row *row, bool live,
                     size_t m, struct moved *out)
{
    enum subject subject = subject_of(row);
    struct limits limits = move(row, moves[m]);
    for (size_t i = 0; i < runs->count; i++) {
        const struct labelled_run *run = &runs->run[i];
        if (run->label[subject] == LABEL_NONE)
            continue;
        bool found = told(run, subject, live, &limits);
        confusion_count(&out->fold[m][run->fold], run->label[subject], found);
        confusion_count(&out->part[m][run->part], run->label[subject], found);
    }
}

static double f1_without(const struct moved *moved, size_t m, size_t left_out)
{
    struct confusion sum = {0};
    for (size_t p = 0; p < PARTS; p++) {
        if (p != left_out)
            sum = confusion_sum(&sum, &moved->part[m][p]);
    }
    return confusion_macro_f1(&sum);
}

/* Leaves out a part at a time, takes the move that is best on the others (the standing
   value among equals), and counts how it does on the part left out. */
static double refitted(const struct moved *moved)
{
    struct confusion sum = {0};
    for (size_t left_out = 0; left_out < PARTS; left_out++) {
        size_t best = STANDING;
        for (size_t m = 0; m < MOVES; m++) {
            if (f1_without(moved, m, left_out) > f1_without(moved, best, left_out))
                best = m;
        }
        sum = confusion_sum(&sum, &moved->part[best][left_out]);
    }
    return confusion_macro_f1(&sum);
}

static void report_row(const struct runs *runs, const struct limit_row *row, bool live)
{
    static struct moved moved;
    double value;
    memset(&moved, 0, sizeof moved);
    memcpy(&value, (const char *)&limits_standing + row->offset, sizeof value);
    for (size_t m = 0; m < MOVES; m++)
        try_move(runs, row, live, m, &moved);
    printf("%-20s %-9.6g %-5s", row->name, value, live ? "live" : "whole");
    for (enum fold fold = 0; fold < FOLDS; fold++) {
        for (size_t m = 0; m < MOVES; m++)
            printf(" %.3f", confusion_macro_f1(&moved.fold[m][fold]));
        printf("  ");
    }
    printf("%.3f\n", refitted(&moved));
}

void report_limits(const struct runs *runs)
{
    printf(
        "\nmacro F1 when a threshold is 0.8, 0.9, 1, 1.1, 1.2 times what it is: tuning "
        "fold, checking fold; refitted with %d parts left out in turn\n",
        PARTS);
    for (const struct limit_row *row = limit_rows; row->name; row++) {
        bool live_only = strstr(row->name, "_live") != NULL;
        if (!live_only)
            report_row(runs, row, false);
        if (live_only || subject_of(row) == OVERFITTING)
            report_row(runs, row, true);
    }
}
