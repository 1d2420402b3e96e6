/* Right and wrong answers to a question of yes and no. */
#ifndef TESTS_CURVES_CONFUSION_H
#define TESTS_CURVES_CONFUSION_H

#include "curves/diagnosis/runs.h"

struct confusion {
    unsigned hit, missed, false_alarm, silent;
};

/* Counts nothing where there is no label. */
void confusion_count(struct confusion *table, enum label label, bool found);
struct confusion confusion_sum(const struct confusion *a, const struct confusion *b);
/* NaN where nothing was found, or nothing was there. */
double confusion_precision(const struct confusion *table);
double confusion_recall(const struct confusion *table);
/* The mean of the F1 of yes and the F1 of no. */
double confusion_macro_f1(const struct confusion *table);

void confusion_heading(const char *title);
void confusion_print(const char *name, enum fold fold, const struct confusion *table);

#endif
