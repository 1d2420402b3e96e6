#include "curves/diagnosis/confusion.h"

#include <math.h>
#include <stdio.h>

void confusion_count(struct confusion *table, enum label label, bool found)
{
    if (label == LABEL_YES)
        found ? table->hit++ : table->missed++;
    else if (label == LABEL_NO)
        found ? table->false_alarm++ : table->silent++;
}

struct confusion confusion_sum(const struct confusion *a, const struct confusion *b)
{
    return (struct confusion){a->hit + b->hit, a->missed + b->missed,
                              a->false_alarm + b->false_alarm, a->silent + b->silent};
}

static double share(unsigned part, unsigned other)
{
    return part + other ? (double)part / (double)(part + other) : NAN;
}

double confusion_precision(const struct confusion *table)
{
    return share(table->hit, table->false_alarm);
}

double confusion_recall(const struct confusion *table)
{
    return share(table->hit, table->missed);
}

static double f1(unsigned hit, unsigned missed, unsigned wrong)
{
    return hit ? 2.0 * hit / (2.0 * hit + missed + wrong) : 0;
}

double confusion_macro_f1(const struct confusion *t)
{
    return (f1(t->hit, t->missed, t->false_alarm) +
            f1(t->silent, t->false_alarm, t->missed)) /
           2;
}

void confusion_heading(const char *title)
{
    printf("\n%-44s %-8s %4s %6s %6s %6s %9s %7s %8s\n", title, "fold", "hit", "missed",
           "false", "silent", "precision", "recall", "macro F1");
}

static void print_share(double value, int width)
{
    if (isnan(value))
        printf(" %*s", width, "-");
    else
        printf(" %*.3f", width, value);
}

void confusion_print(const char *name, enum fold fold, const struct confusion *t)
{
    printf("%-44s %-8s %4u %6u %6u %6u", name, fold_names[fold], t->hit, t->missed,
           t->false_alarm, t->silent);
    print_share(confusion_precision(t), 9);
    print_share(confusion_recall(t), 7);
    print_share(confusion_macro_f1(t), 8);
    printf("\n");
}
