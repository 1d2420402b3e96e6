/* Hugging Face's Trainer. It calls scheduler.step() after every update, so that a
   schedule of epochs is stretched over the updates of each. */
#include "core/code/paste.h"

#include <math.h>
#include <string.h>

#define BATCH_SIZE 8 /* the Trainer's default */

/* --- the schedules that the Trainer makes itself --- */

static const struct {
    const char *type, *name; /* of transformers.SchedulerType */
} names[] = {
    {"constant", "constant"},
    {"constant_with_warmup", "constant_with_warmup"},
    {"linear_with_warmup", "linear"},
    {"cosine_with_warmup", "cosine"},
    {"cosine_with_restarts", "cosine_with_restarts"},
    {"cosine_with_min_lr", "cosine_with_min_lr"},
    {"cosine_warmup_with_min_lr", "cosine_warmup_with_min_lr"},
    {"polynomial_decay_with_warmup", "polynomial"},
    {"inverse_sqrt", "inverse_sqrt"},
    {"warmup_stable_decay", "warmup_stable_decay"},
    {"ReduceLROnPlateau", "reduce_lr_on_plateau"},
};

static const char *name_of(const struct schedule *schedule)
{
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (is_type(schedule, names[i].type))
            return names[i].name;
    }
    return NULL;
}

static void become(struct schedule *schedule, const char *type)
{
    double base_lr = schedule->parts[0].param[0];
    schedule->parts[0] = schedule_part_default(schedule_type_find(type));
    schedule->parts[0].param[0] = base_lr;
}

static void set(struct schedule *schedule, const char *param, double value)
{
    struct schedule_part *part = &schedule->parts[0];
    part->param[schedule_param_find(part->type, param)] = value;
}

static void become_whole_run(struct schedule *schedule, const char *type, int64_t steps)
{
    become(schedule, type);
    set(schedule, "num_warmup_steps", 0);
    set(schedule, "num_training_steps", (double)steps);
}

/* A descent of PyTorch that takes the whole run is one of Hugging Face's too. */
static void translate(struct schedule *schedule, int64_t steps)
{
    const struct schedule_part part = schedule->parts[0];
    double whole = (double)steps;
    if (is_type(schedule, "CosineAnnealingLR") && value_of(&part, "T_max") == whole) {
        double eta_min = value_of(&part, "eta_min");
        become_whole_run(schedule,
                         eta_min != 0 ? "cosine_with_min_lr" : "cosine_with_warmup",
                         steps);
        if (eta_min != 0)
            set(schedule, "min_lr", eta_min);
    } else if (is_type(schedule, "LinearLR") && value_of(&part, "total_iters") == whole &&
               value_of(&part, "start_factor") == 1 &&
               value_of(&part, "end_factor") == 0) {
        become_whole_run(schedule, "linear_with_warmup", steps);
    } else if (is_type(schedule, "PolynomialLR") &&
               value_of(&part, "total_iters") == whole) {
        become_whole_run(schedule, "polynomial_decay_with_warmup", steps);
        set(schedule, "lr_end", 0);
        set(schedule, "power", value_of(&part, "power"));
    }
}

/* The Trainer passes the length of the run as num_training_steps. */
static bool is_made_by_trainer(const struct schedule *schedule, int64_t steps)
{
    if (!name_of(schedule))
        return false;
    int total = schedule_param_find(schedule->parts[0].type, "num_training_steps");
    double value = total < 0 ? NAN : schedule->parts[0].param[total];
    return isnan(value) || value == (double)steps ||
           (is_type(schedule, "warmup_stable_decay") &&
            !isnan(value_of(&schedule->parts[0], "num_stable_steps")));
}

/* Types whose curve over updates does not pass through that over epochs: there each epoch
   keeps its rate, by a formula. */
static bool is_stretchable(const struct schedule *schedule)
{
    for (size_t i = 0; i < schedule->part_count; i++) {
        const char *type = schedule->parts[i].type->name;
        if (!strcmp(type, "OneCycleLR") || !strcmp(type, "cosine_warmup_with_min_lr"))
            return false;
    }
    return !uses(schedule, "timm.") && !has_lambda(schedule);
}

static bool needs_formula(const struct schedule *schedule)
{
    return uses(schedule, "timm.") || has_lambda(schedule) ||
           (schedule->unit == SCHEDULE_EPOCH && !is_stretchable(schedule));
}

/* --- the arguments --- */

static void put_length(struct paste *paste, const struct schedule *schedule,
                       int64_t steps)
{
    put(paste, "    %s=%lld,\n",
        schedule->unit == SCHEDULE_STEP ? "max_steps" : "num_train_epochs",
        (long long)steps);
}

/* What lr_scheduler_kwargs takes: all but the rate and what the Trainer passes. */
static bool is_keyword(const struct schedule_part *part, size_t i)
{
    const char *name = part->type->params[i].name;
    return i > 0 && !isnan(part->param[i]) && strcmp(name, "num_warmup_steps") != 0 &&
           strcmp(name, "num_training_steps") != 0;
}

static void put_keywords(struct paste *paste, const struct schedule_part *part,
                         const char *times)
{
    const char *before = "    lr_scheduler_kwargs={";
    for (size_t i = 0; part->type->params[i].name; i++) {
        const struct schedule_param *param = &part->type->params[i];
        if (!is_keyword(part, i))
            continue;
        put(paste, "%s\"%s\": ", before, param->name);
        put_value(paste, param, part->param[i]);
        put(paste, "%s", counts_steps(param) && part->param[i] != 0 ? times : "");
        before = ", ";
    }
    put(paste, *before == ',' ? "},\n" : "");
}

static void put_evaluation(struct paste *paste, const struct schedule *schedule)
{
    put(paste, schedule->unit == SCHEDULE_STEP
                   ? "    eval_strategy=\"steps\",\n    eval_steps=1,\n"
                   : "    eval_strategy=\"epoch\",\n");
    put(paste, "    metric_for_best_model=\"%s\",\n",
        watches_a_rise(schedule) ? "accuracy" : "loss");
}

static void put_own_arguments(struct paste *paste, const struct schedule *schedule,
                              const char *times)
{
    const struct schedule_part *part = &schedule->parts[0];
    int warmup = schedule_param_find(part->type, "num_warmup_steps");
    put(paste, "    learning_rate=");
    put_number(paste, part->param[0]);
    put(paste, ",\n    lr_scheduler_type=\"%s\",\n", name_of(schedule));
    if (warmup >= 0 && part->param[warmup] > 0)
        put(paste, "    warmup_steps=%.0f%s,\n", part->param[warmup], times);
    /* evaluations, not updates, are what ReduceLROnPlateau counts */
    put_keywords(paste, part, is_plateau(schedule) ? "" : times);
    if (is_plateau(schedule))
        put_evaluation(paste, schedule);
}

static void put_trainer(struct paste *paste, const struct schedule *schedule,
                        const char *optimizers)
{
    put(paste, "trainer = transformers.Trainer(\n"
               "    model=model,\n"
               "    args=args,\n"
               "    train_dataset=train_dataset,\n");
    if (is_plateau(schedule))
        put(paste, "    eval_dataset=val_dataset,\n");
    if (watches_a_rise(schedule))
        put(paste,
            "    compute_metrics=lambda p: {\n"
            "        \"accuracy\": (p.predictions.argmax(-1) == p.label_ids).mean(),\n"
            "    },\n");
    put(paste, "%s)\ntrainer.train()\n", optimizers);
}

/* --- the whole --- */

static void put_steps_per_epoch(struct paste *paste, const struct code_request *request)
{
    if (request->steps_per_epoch > 0)
        put(paste, "steps_per_epoch = %lld\n", (long long)request->steps_per_epoch);
    else
        put(paste,
            "steps_per_epoch = -(-len(train_dataset) // %d)  # batches of %d, one "
            "device\n",
            BATCH_SIZE, BATCH_SIZE);
}

static void put_head(struct paste *paste, const struct schedule *schedule, bool stretched,
                     const struct code_request *request)
{
    put(paste, "args = transformers.TrainingArguments(\n    output_dir=\"out\",\n");
    put_length(paste, schedule, request->steps);
    if (stretched && !request->steps_per_epoch)
        put(paste, "    per_device_train_batch_size=%d,\n", BATCH_SIZE);
}

/* Whether the text names steps_per_epoch at all. */
static bool is_stretched(const struct schedule *schedule)
{
    const struct schedule_part *part = &schedule->parts[0];
    if (schedule->unit == SCHEDULE_STEP || is_plateau(schedule))
        return false;
    for (size_t i = 1; part->type->params[i].name; i++) {
        if (counts_steps(&part->type->params[i]) && part->param[i] > 0 &&
            strcmp(part->type->params[i].name, "num_training_steps") != 0)
            return true;
    }
    return false;
}

static void put_made_by_trainer(struct paste *paste, const struct schedule *given,
                                const struct code_request *request)
{
    struct schedule schedule = *given;
    int scale = schedule_param_find(schedule.parts[0].type, "timescale");
    if (scale >= 0 && isnan(schedule.parts[0].param[scale]) &&
        value_of(&schedule.parts[0], "num_warmup_steps") == 0)
        set(&schedule, "timescale",
            10000); /* transformers' own, in the schedule's unit */
    bool stretched = is_stretched(&schedule);
    put(paste, "import transformers\n\n");
    if (stretched)
        put_steps_per_epoch(paste, request);
    put_head(paste, &schedule, stretched, request);
    put_own_arguments(paste, &schedule, stretched ? TIMES_STEPS_PER_EPOCH : "");
    put(paste, ")\n");
    put_trainer(paste, &schedule, "");
}

static void put_lambda(struct paste *paste, const struct schedule *schedule)
{
    put(paste, "optimizer = torch.optim.AdamW(model.parameters(), lr=1.0)  # times "
               "lr_at(t)\n"
               "scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, ");
    put(paste, schedule->unit == SCHEDULE_EPOCH
                   ? "lambda step: lr_at(step // steps_per_epoch))\n"
                   : "lr_at)\n");
}

static void put_given_to_trainer(struct paste *paste, const struct schedule *schedule,
                                 const struct code_request *request)
{
    bool formula = needs_formula(schedule), stretched = schedule->unit == SCHEDULE_EPOCH;
    const struct place place = {"", stretched ? TIMES_STEPS_PER_EPOCH : ""};
    put(paste, formula && needs_math(schedule) ? "import math\n\n" : "");
    put(paste, "import torch\nimport transformers\n\n");
    if (formula) {
        put(paste, "\n");
        put_formula(paste, schedule);
    }
    if (stretched)
        put_steps_per_epoch(paste, request);
    if (formula) {
        put_lambda(paste, schedule);
    } else {
        put(paste, "optimizer = torch.optim.AdamW(model.parameters(), lr=");
        put_number(paste, schedule->parts[0].param[0]);
        put(paste, ")\n");
        put_scheduler(paste, schedule, &place);
    }
    put_head(paste, schedule, stretched, request);
    put(paste, ")\n");
    put_trainer(paste, schedule, "    optimizers=(optimizer, scheduler),\n");
}

void put_huggingface(struct paste *paste, const struct schedule *schedule,
                     const struct code_request *request)
{
    struct schedule translated = *schedule;
    translate(&translated, request->steps);
    if (is_made_by_trainer(&translated, request->steps) &&
        (schedule->unit == SCHEDULE_STEP || is_stretchable(&translated)))
        put_made_by_trainer(paste, &translated, request);
    else
        put_given_to_trainer(paste, schedule, request);
}
