#include "api/schedule_fields.h"

#include "base/text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define TYPES_MAX 40

const char *const schedule_unit_names[] = {
    [SCHEDULE_EPOCH] = "epoch",
    [SCHEDULE_STEP] = "step",
    NULL,
};

/* What people write, and what the framework calls it, where spelling does not tell. */
static const struct {
    const char *wrong, *right;
} aliases[] = {
    {"min_lr", "eta_min"},
    {"lr_min", "eta_min"},
    {"final_lr", "eta_min"},
    {"lr", "base_lr"},
    {"lr0", "base_lr"},
    {"learning_rate", "base_lr"},
    {"initial_lr", "base_lr"},
    {"max_lr", "base_lr"},
    {"epochs", "T_max"},
    {"max_epochs", "T_max"},
    {"steps", "T_max"},
    {"period", "T_0"},
    {"decay", "gamma"},
    {"factor", "gamma"},
    {"warmup", "num_warmup_steps"},
    {"warmup_steps", "num_warmup_steps"},
    {"max_steps", "num_training_steps"},
    {"steps", "num_training_steps"},
    {"max_steps", "total_steps"},
    {"epochs", "steps"},
    {"max_epochs", "steps"},
    {"lr", "max_lr"},
    {"learning_rate", "max_lr"},
    {"base_lr", "initial_learning_rate"},
    {"max_lr", "initial_learning_rate"},
    {"lr", "initial_learning_rate"},
    {"learning_rate", "initial_learning_rate"},
    {"cosine", "CosineAnnealingLR"},
    {"cos", "CosineAnnealingLR"},
    {"sgdr", "CosineAnnealingWarmRestarts"},
    {"warm_restarts", "CosineAnnealingWarmRestarts"},
    {"linear", "LinearLR"},
    {"step", "StepLR"},
    {"exponential", "ExponentialLR"},
    {"poly", "PolynomialLR"},
    {"onecycle", "OneCycleLR"},
    {"none", "constant"},
    {"fixed", "constant"},
};

static bool is_listed(const char *name, const char *const *names)
{
    while (*names && strcmp(*names, name))
        names++;
    return *names != NULL;
}

/* The name that was probably meant, or NULL. */
const char *schedule_suggest(const char *wrong, const char *const *known)
{
    for (size_t i = 0; i < sizeof aliases / sizeof *aliases; i++) {
        if (text_equals_nocase(wrong, aliases[i].wrong) &&
            is_listed(aliases[i].right, known))
            return aliases[i].right;
    }
    return text_nearest(wrong, known);
}

enum status schedule_unknown_type(const char *name, struct err *err)
{
    const char *names[TYPES_MAX] = {SCHEDULE_SEQUENTIAL, SCHEDULE_CHAINED};
    const struct schedule_type *type;
    for (size_t i = 0; i + 3 < TYPES_MAX && (type = schedule_type_at(i)); i++)
        names[i + 2] = type->name;
    const char *nearest = schedule_suggest(name, names);
    err_set(err, ST_INVALID, "unknown_type", "unknown schedule type \"%.64s\"%s%s%s",
            name,
            nearest ? ": did you mean \""
                    : " (GET /api/v1/schedules or epochd schedule --list lists them)",
            nearest ? nearest : "", nearest ? "\"?" : "");
    return err_at(err, -1, "type");
}

enum status schedule_read_unit(const char *text, enum schedule_unit *out, struct err *err)
{
    if (text && !strcmp(text, schedule_unit_names[SCHEDULE_EPOCH])) {
        *out = SCHEDULE_EPOCH;
    } else if (text && !strcmp(text, schedule_unit_names[SCHEDULE_STEP])) {
        *out = SCHEDULE_STEP;
    } else {
        err_set(err, ST_INVALID, "out_of_range",
                "\"unit\" must be \"epoch\" or \"step\"");
        return err_at(err, -1, "unit");
    }
    return ST_OK;
}

enum status schedule_read_word(const char *text, const struct schedule_param *param,
                               double *out, struct err *err)
{
    int word = schedule_word_find(param, text);
    if (word >= 0) {
        *out = word;
        return ST_OK;
    }
    char known[128] = "";
    size_t length = 0;
    for (const char *const *w = param->words; *w && length < sizeof known; w++)
        length += (size_t)snprintf(known + length, sizeof known - length, "%s\"%s\"",
                                   w == param->words ? "" : " or ", *w);
    err_set(err, ST_INVALID, "out_of_range", "\"%s\" must be %s, not \"%.40s\"",
            param->name, known, text);
    return err_at(err, -1, param->name);
}

size_t schedule_fields(const struct schedule_type *type,
                       const char *names[SCHEDULE_FIELDS_MAX])
{
    size_t n = 0;
    for (; type->params[n].name; n++)
        names[n] = type->params[n].name;
    if (type->list)
        names[n++] = type->list;
    names[n++] = "type";
    names[n++] = "unit";
    names[n] = NULL;
    return n;
}

enum status schedule_complete(const struct schedule_part *part, struct err *err)
{
    const struct schedule_type *type = part->type;
    for (size_t i = 0; type->params[i].name; i++) {
        if (!type->params[i].required || !isnan(part->param[i]))
            continue;
        err_set(err, ST_INVALID, "missing_field", "%s needs \"%s\"", type->name,
                type->params[i].name);
        return err_at(err, -1, type->params[i].name);
    }
    if (!type->list || part->list_count)
        return ST_OK;
    err_set(err, ST_INVALID, "missing_field", "%s needs \"%s\"", type->name, type->list);
    return err_at(err, -1, type->list);
}

void schedule_within_part(struct err *err, size_t index, const struct schedule_type *type)
{
    char place[80];
    snprintf(place, sizeof place, type ? "part %zu (%s)" : "part %zu", index + 1,
             type ? type->name : "");
    err_within(err, place);
}

static enum status out_of_range(const char *field, const char *why, struct err *err)
{
    bool missing = !strncmp(why, "is required", strlen("is required"));
    err_set(err, ST_INVALID, missing ? "missing_field" : "out_of_range", "\"%s\" %s",
            field, why);
    return err_at(err, -1, field);
}

enum status schedule_in_range(const struct schedule *schedule, struct err *err)
{
    const char *why;
    for (size_t i = 0; schedule->part_count > 1 && i < schedule->part_count; i++) {
        const char *field = schedule_part_check(&schedule->parts[i], &why);
        if (!field)
            continue;
        out_of_range(field, why, err);
        schedule_within_part(err, i, schedule->parts[i].type);
        return ST_INVALID;
    }
    const char *field = schedule_check(schedule, &why);
    return field ? out_of_range(field, why, err) : ST_OK;
}

enum status schedule_list_too_long(const char *name, struct err *err)
{
    err_set(err, ST_INVALID, "out_of_range", "\"%s\" may have at most %d entries", name,
            SCHEDULE_LIST_MAX);
    return err_at(err, -1, name);
}
