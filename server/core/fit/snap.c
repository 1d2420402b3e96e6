/* People choose round numbers: take one where it explains the column as well. */
#include "core/fit/trial.h"

#include <math.h>
#include <string.h>

static double round_to_digits(double value, int digits)
{
    double scale = pow(10, digits - 1 - floor(log10(fabs(value))));
    return rint(value * scale) / scale;
}

/* Takes the rounded trial when it explains the column as well. */
static bool take(struct fit_search *search, struct fit_trial *rounded)
{
    const char *why;
    double limit = fmax(1e-7 + 0.05 * search->data->rounding, 1.1 * search->best.excess);
    fit_measure(search->data, rounded);
    if (!(rounded->excess <= limit) || schedule_check(&rounded->schedule, &why))
        return false;
    search->best = *rounded;
    return true;
}

/* The rates of a schedule, the same in every part that has them. */
static void snap_rate(struct fit_search *search, const char *param)
{
    const struct schedule *schedule = &search->best.schedule;
    const struct schedule_part *last = &schedule->parts[schedule->part_count - 1];
    int index = schedule_param_find(last->type, param);
    if (index < 0 || !(last->param[index] > 0))
        return;
    for (int digits = 1; digits <= 6; digits++) {
        struct fit_trial rounded = search->best;
        double value = round_to_digits(last->param[index], digits);
        for (size_t i = 0; i < schedule->part_count; i++) {
            struct schedule_part *part = &rounded.schedule.parts[i];
            int own = schedule_param_find(part->type, param);
            if (own >= 0)
                part->param[own] = value;
        }
        if (take(search, &rounded))
            return;
    }
}

/* gamma, start_factor and the like: 0.1, not 0.10000000000000002. */
static void snap_number(struct fit_search *search, size_t part, size_t param,
                        int digits_max)
{
    double value = search->best.schedule.parts[part].param[param];
    for (int digits = 1; digits <= digits_max; digits++) {
        struct fit_trial rounded = search->best;
        rounded.schedule.parts[part].param[param] = round_to_digits(value, digits);
        if (take(search, &rounded))
            return;
    }
}

static bool is_rate(const char *name)
{
    static const char *const rates[] = {
        "base_lr", "max_lr", "initial_learning_rate", "eta_min", "lr_min",
        "min_lr",  "lr_end", "warmup_lr_init"};
    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++) {
        if (!strcmp(name, rates[i]))
            return true;
    }
    return false;
}

static bool is_length(const struct schedule_type *type, const char *name)
{
    return type->length_param && !strcmp(name, type->length_param);
}

void fit_snap(struct fit_search *search)
{
    const struct schedule *schedule = &search->best.schedule;
    const struct schedule_type *last = schedule->parts[schedule->part_count - 1].type;
    for (size_t i = 0; last->params[i].name; i++) {
        if (is_rate(last->params[i].name))
            snap_rate(search, last->params[i].name);
    }
    for (size_t i = 0; i < schedule->part_count; i++) {
        const struct schedule_type *type = schedule->parts[i].type;
        for (size_t j = 1; type->params[j].name; j++) {
            const struct schedule_param *param = &type->params[j];
            double value = schedule->parts[i].param[j];
            if (!isfinite(value) || is_rate(param->name) || param->words)
                continue;
            if (param->integer && value >= 10 && is_length(type, param->name))
                snap_number(search, i, j, 6);
            else if (!param->integer && value != rint(value))
                snap_number(search, i, j, 12);
        }
    }
}
