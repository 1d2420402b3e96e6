#include "api/schedule_json.h"

#include "api/schedule_fields.h"
#include "base/text.h"

#include <string.h>

const char *const schedule_param_names[] = {
    "type",
    "unit",
    "base_lr",
    "T_max",
    "eta_min",
    "T_0",
    "T_mult",
    "start_factor",
    "end_factor",
    "total_iters",
    "factor",
    "step_size",
    "gamma",
    "milestones",
    "power",
    "num_warmup_steps",
    "num_training_steps",
    "num_cycles",
    "max_lr",
    "total_steps",
    "epochs",
    "steps_per_epoch",
    "pct_start",
    "anneal_strategy",
    "div_factor",
    "final_div_factor",
    "three_phase",
    "step_size_up",
    "step_size_down",
    "mode",
    "patience",
    "threshold",
    "threshold_mode",
    "cooldown",
    "min_lr",
    "eps",
    "min_lr_rate",
    "warmup_lr_rate",
    "lr_end",
    "timescale",
    "num_decay_steps",
    "num_stable_steps",
    "warmup_type",
    "decay_type",
    "min_lr_ratio",
    "t_initial",
    "lr_min",
    "cycle_mul",
    "cycle_decay",
    "cycle_limit",
    "warmup_t",
    "warmup_lr_init",
    "warmup_prefix",
    "k_decay",
    "initial_learning_rate",
    "decay_steps",
    "alpha",
    "warmup_target",
    "warmup_steps",
    "first_decay_steps",
    "t_mul",
    "m_mul",
    "steps",
    NULL,
};

static enum status bad_number(const char *name, const char *text, struct err *err)
{
    err_set(err, ST_INVALID, "bad_type", "\"%s\" must be a number, not \"%.40s\"", name,
            text);
    return err_at(err, -1, name);
}

static enum status read_text_list(const char *text, struct schedule_part *part,
                                  struct err *err)
{
    for (const char *p = text; *p;) {
        size_t length = strcspn(p, ",");
        if (part->list_count == SCHEDULE_LIST_MAX)
            return schedule_list_too_long(part->type->list, err);
        if (!text_to_double(p, length, &part->list[part->list_count++]))
            return bad_number(part->type->list, text, err);
        p += length + (p[length] == ',');
    }
    return ST_OK;
}

static enum status read_text_param(const char *name, const char *text,
                                   struct schedule_part *part, struct err *err)
{
    if (part->type->list && !strcmp(name, part->type->list))
        return read_text_list(text, part, err);
    int index = schedule_param_find(part->type, name);
    if (index >= 0 && part->type->params[index].words)
        return schedule_read_word(text, &part->type->params[index], &part->param[index],
                                  err);
    if (index >= 0)
        return text_to_double(text, strlen(text), &part->param[index])
                   ? ST_OK
                   : bad_number(name, text, err);
    const char *known[SCHEDULE_FIELDS_MAX];
    schedule_fields(part->type, known);
    const char *nearest = schedule_suggest(name, known);
    err_set(err, ST_INVALID, "unknown_parameter", "%s has no parameter \"%s\"%s%s%s",
            part->type->name, name, nearest ? ": did you mean \"" : "",
            nearest ? nearest : "", nearest ? "\"?" : "");
    return err_at(err, -1, name);
}

static enum status read_query_type(const struct schedule_query *query,
                                   const struct schedule_type **out, struct err *err)
{
    const char *name = query->get(query->data, "type");
    if (!name || !*name) {
        err_set(err, ST_INVALID, "missing_field",
                "which schedule? Say type=CosineAnnealingLR or another of GET "
                "/api/v1/schedules");
        return err_at(err, -1, "type");
    }
    if (!strcmp(name, SCHEDULE_SEQUENTIAL)) {
        err_set(err, ST_INVALID, "out_of_range",
                "a " SCHEDULE_SEQUENTIAL
                " does not fit in a query: declare it on a run, or use "
                "GET /api/v1/plan with warmup");
        return err_at(err, -1, "type");
    }
    *out = schedule_type_find(name);
    return *out ? ST_OK : schedule_unknown_type(name, err);
}

enum status schedule_read_query(const struct schedule_query *query, struct schedule *out,
                                struct err *err)
{
    const struct schedule_type *type;
    enum status status = read_query_type(query, &type, err);
    if (status != ST_OK)
        return status;
    *out = (struct schedule){.unit = SCHEDULE_EPOCH, .part_count = 1};
    out->parts[0] = schedule_part_default(type);
    for (const char *const *n = schedule_param_names; *n; n++) {
        const char *text = query->get(query->data, *n);
        if (!text || !strcmp(*n, "type") || !strcmp(*n, "steps"))
            continue;
        status = strcmp(*n, "unit") ? read_text_param(*n, text, &out->parts[0], err)
                                    : schedule_read_unit(text, &out->unit, err);
        if (status != ST_OK)
            return status;
    }
    status = schedule_complete(&out->parts[0], err);
    return status == ST_OK ? schedule_in_range(out, err) : status;
}
