/* Learning-rate columns of runs that made one mistake each, for every type in the table
   of schedules: what test_schedule_cause.c holds the causes against. */
#ifndef TESTS_UNIT_MADE_MISTAKE_H
#define TESTS_UNIT_MADE_MISTAKE_H

#include "core/fit/cause.h"
#include "near.h"

#include <stdio.h>
#include <string.h>

enum { MISTAKE_ROWS = 100, MISTAKE_ROWS_MAX = 4000 };

struct mistaken {
    struct schedule declared;
    struct schedule_cause expected;
    double lr[MISTAKE_ROWS_MAX]; /* row i is at t = i */
    size_t count;
};

/* --- an example of each type --- */

static inline bool name_has(const char *name, const char *word)
{
    return strstr(name, word) != NULL;
}

static inline double example_value(const struct schedule_type *type,
                                   const struct schedule_param *param)
{
    bool length = type->length_param && !strcmp(param->name, type->length_param);
    if (length)
        return type->past == SCHEDULE_RESTARTS  ? 40
               : type->past == SCHEDULE_GOES_ON ? 25
               : type->gradual                  ? MISTAKE_ROWS
                                                : 40;
    if (name_has(param->name, "warmup") && param->integer)
        return 10;
    if (!strcmp(param->name, "max_lr"))
        return 0.5;
    if (param->integer)
        return 30;
    return param->min_open ? 0.97 : 0.0125;
}

/* Every type with values a person might choose: required ones, the length, a floor. */
static inline struct schedule_part example_part(const struct schedule_type *type)
{
    struct schedule_part part = schedule_part_default(type);
    for (int i = 0; type->params[i].name; i++) {
        const struct schedule_param *param = &type->params[i];
        bool length = type->length_param && !strcmp(param->name, type->length_param);
        bool floor = type->floor_param && !strcmp(param->name, type->floor_param);
        if (i == 0)
            part.param[i] = 0.1;
        else if (param->required || length || floor)
            part.param[i] = example_value(type, param);
        else if (!strcmp(param->name, "alpha") || !strcmp(param->name, "min_lr_ratio"))
            part.param[i] = 0.125;
    }
    for (size_t i = 0; type->list && i < 3; i++)
        part.list[part.list_count++] = (double)(30 + 25 * i);
    return part;
}

#endif
