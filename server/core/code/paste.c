#include "core/code/paste.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void put(struct paste *paste, const char *format, ...)
{
    va_list arguments;
    size_t used = paste->length < paste->size ? paste->length : paste->size;
    va_start(arguments, format);
    int length = vsnprintf(paste->size ? paste->out + used : NULL, paste->size - used,
                           format, arguments);
    va_end(arguments);
    paste->length += length > 0 ? (size_t)length : 0;
}

void put_integer(struct paste *paste, double value)
{
    put(paste, "%.0f", value);
}

void put_number(struct paste *paste, double value)
{
    char text[32];
    int digits = 15;
    do {
        snprintf(text, sizeof text, "%.*g", digits, value);
    } while (strtod(text, NULL) != value && ++digits <= 17);
    put(paste, "%s", text);
}

void put_float(struct paste *paste, double value)
{
    put_number(paste, value);
    if (value == floor(value) && fabs(value) < 1e15)
        put(paste, ".0");
}

void put_value(struct paste *paste, const struct schedule_param *param, double value)
{
    if (isnan(value))
        put(paste, "None");
    else if (param->words == schedule_false_true)
        put(paste, value > 0 ? "True" : "False");
    else if (param->words)
        put(paste, "\"%s\"", param->words[(int)value]);
    else if (param->integer)
        put_integer(paste, value);
    else
        put_number(paste, value);
}

bool counts_steps(const struct schedule_param *param)
{
    static const char *const others[] = {"T_mult", "num_cycles", "cycle_limit", "epochs",
                                         "steps_per_epoch"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        if (!strcmp(param->name, others[i]))
            return false;
    }
    return param->integer;
}

bool is_constant(const struct schedule *schedule)
{
    return schedule->part_count == 1 && !schedule->parts[0].type->code;
}

bool is_type(const struct schedule *schedule, const char *type)
{
    return schedule->part_count == 1 && !strcmp(schedule->parts[0].type->name, type);
}

bool uses(const struct schedule *schedule, const char *framework)
{
    for (size_t i = 0; i < schedule->part_count; i++) {
        const char *code = schedule->parts[i].type->code;
        if (code && !strncmp(code, framework, strlen(framework)))
            return true;
    }
    return false;
}

bool has_lambda(const struct schedule *schedule)
{
    return uses(schedule, "keras.");
}

double value_of(const struct schedule_part *part, const char *param)
{
    return part->param[schedule_param_find(part->type, param)];
}

bool is_plateau(const struct schedule *schedule)
{
    return is_type(schedule, "ReduceLROnPlateau");
}

bool watches_a_rise(const struct schedule *schedule)
{
    return is_plateau(schedule) && value_of(&schedule->parts[0], "mode") > 0;
}
