/* Mistakes that hold all along: one parameter of the schedule, or one milestone, is
   another than declared. */
#include "core/cause/story.h"

#include <math.h>
#include <string.h>

/* How far a value is looked for on both sides of the declared one. */
static const double reach = 4096;

/* Floors that are a share of another rate. */
static const char *const floor_shares[] = {"min_lr_rate", "min_lr_ratio", "alpha",
                                           "final_div_factor", NULL};

static bool is_length(const struct schedule_part *part, const char *name)
{
    const char *length = part->type->length_param;
    if (!length)
        return false;
    if (!strcmp(name, length))
        return true;
    /* Given in two factors: epochs and steps_per_epoch. */
    return isnan(part->param[schedule_param_find(part->type, length)]) &&
           (!strcmp(name, "epochs") || !strcmp(name, "steps_per_epoch"));
}

static bool is_floor(const struct schedule_type *type, const char *name)
{
    if (type->floor_param && !strcmp(name, type->floor_param))
        return true;
    for (const char *const *share = floor_shares; *share; share++) {
        if (!strcmp(name, *share))
            return true;
    }
    return false;
}

/* How long a warm-up is: 0 is no warm-up. */
static bool is_warmup(const struct schedule_param *param)
{
    return param->integer && strstr(param->name, "warmup");
}

enum schedule_cause_kind story_param_kind(const struct schedule_part *part, int index)
{
    const struct schedule_param *param = &part->type->params[index];
    if (index == 0)
        return CAUSE_OTHER_BASE_LR;
    if (is_length(part, param->name))
        return CAUSE_OTHER_LENGTH;
    return is_floor(part->type, param->name) ? CAUSE_OTHER_FLOOR : CAUSE_OTHER_PARAMETER;
}

/* At most two digits: a value that somebody chose. */
static bool is_round(double value)
{
    if (value == 0)
        return true;
    double unit = pow(10, floor(log10(fabs(value))) - 1);
    return fabs(value / unit - rint(value / unit)) < 1e-6;
}

static struct knob_span span_of(const struct story_search *search,
                                const struct schedule_part *part, int index)
{
    const struct schedule_param *param = &part->type->params[index];
    double value = fabs(part->param[index]);
    bool rate = index > 0 && is_floor(part->type, param->name) && !param->max;
    double scale = value > 0 ? value : rate ? search->high : 1;
    struct knob_span span = {.low = param->min,
                             .high = param->max > 0 ? param->max : reach * scale,
                             .scale = scale,
                             .integer = param->integer};
    if (param->min_open)
        span.low = scale / reach;
    return span;
}

/* By a whole number: of processes, of batches that are accumulated. */
static bool is_scaled(const struct schedule_cause *cause)
{
    double factor = fmax(cause->used / cause->declared, cause->declared / cause->used);
    return fabs(factor - rint(factor)) <= 1e-3 * factor;
}

/* How likely somebody is to have set this value. */
static enum story_cost cost_of(const struct story_search *search,
                               const struct story *story)
{
    const struct schedule_part *part = &search->what->schedule->parts[story->knob.part];
    if (story->knob.kind != KNOB_PARAM || story->cause.kind == CAUSE_OTHER_LENGTH)
        return COST_VALUE;
    if (story->cause.kind == CAUSE_OTHER_BASE_LR)
        return is_round(story->value) || is_scaled(&story->cause) ? COST_VALUE
                                                                  : COST_UNROUND;
    const struct schedule_param *param = &part->type->params[story->knob.index];
    if (story->cause.kind == CAUSE_WARMUP_MISSING ||
        (!param->required && !param->optional && story->value == param->value_default))
        return COST_VALUE;
    return is_round(story->value) ? COST_ROUND : COST_UNROUND;
}

/* The end was not seen: a longer one would look the same. */
static bool is_or_more(struct story_search *search, const struct story *story,
                       const struct knob_span *span)
{
    struct story longer = *story;
    longer.value = fmin(2 * story->value, span->high);
    double limit = story->rms + search->least;
    return story_rms(search, &longer, STORY_POINTS, limit) <= limit;
}

/* Further off than this share of the rate no other way of logging brings it near; a jump
   in the wrong row is far off. */
static const double near = 0.1, near_jumps = 0.3;

static const struct schedule_deviation ways[] = {{.shift = 0},
                                                 {.shift = 1},
                                                 {.shift = -1},
                                                 {.averaged = true}};
static void offer_refined(struct story_search *search, struct story *story,
                          const struct knob_span *span)
{
    const struct schedule *declared = search->what->schedule;
    story_refine(search, story, span);
    story->cause.used = story->value;
    if (story->cause.kind == CAUSE_OTHER_PARAMETER && story->value == 0 &&
        is_warmup(&declared->parts[story->knob.part].type->params[story->knob.index]))
        story->cause.kind = CAUSE_WARMUP_MISSING;
    story->cost = cost_of(search, story);
    story->cause.or_more =
        story->cause.kind == CAUSE_OTHER_LENGTH && is_or_more(search, story, span);
    story_offer(search, story);
}

static void offer_ways(struct story_search *search, const struct story *solved,
                       const struct knob_span *span)
{
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        struct story story = *solved;
        story.ahead = ways[i].shift;
        story.averaged = ways[i].averaged;
        offer_refined(search, &story, span);
        if (story.rms <= search->least)
            return;
    }
}

/* One knob; logged at once, one step late or early, or as the mean of the step. A jump,
   or the turn of a cycle, is only found in the row where it is. */
static void offer_turned(struct story_search *search, const struct story *model,
                         const struct knob_span *span)
{
    const struct schedule *declared = search->what->schedule;
    bool jumps = declared->parts[declared->part_count - 1].type->jumps != NULL ||
                 !(schedule_length(declared) > 0);
    double limit = (jumps ? near_jumps : near) * search->high;
    for (int late = 0; late < 1 + jumps; late++) {
        struct story solved = *model;
        solved.ahead = late;
        solved.averaged = false;
        if (story_solve(search, &solved, span) &&
            story_rms(search, &solved, STORY_POINTS, limit) <= limit)
            offer_ways(search, &solved, span);
        if (story_is_exact(search))
            return;
    }
}

static void tell_parameter(struct story_search *search, size_t part, int index)
{
    const struct schedule_part *declared = &search->what->schedule->parts[part];
    struct story story = story_declared(search);
    struct knob_span span = span_of(search, declared, index);
    story.cause.kind = story_param_kind(declared, index);
    story.cause.param = declared->type->params[index].name;
    story.cause.declared = declared->param[index];
    story.knob = (struct knob){KNOB_PARAM, part, index, 0};
    story.value = declared->param[index];
    offer_turned(search, &story, &span);
}

/* However it was logged: on a column of another curve that does not show. */
static void offer_word(struct story_search *search, const struct story *model)
{
    for (size_t i = 0; i < sizeof ways / sizeof *ways && !story_is_exact(search); i++) {
        struct story story = *model;
        story.ahead = ways[i].shift;
        story.averaged = ways[i].averaged;
        story_offer(search, &story);
    }
}

/* A choice: each of its other words. */
static void tell_words(struct story_search *search, size_t part, int index)
{
    const struct schedule_part *declared = &search->what->schedule->parts[part];
    const struct schedule_param *param = &declared->type->params[index];
    for (int word = 0; param->words[word]; word++) {
        struct story story = story_declared(search);
        if (word == (int)declared->param[index])
            continue;
        story.cause.kind = CAUSE_OTHER_PARAMETER;
        story.cause.param = param->name;
        story.cause.declared = declared->param[index];
        story.cause.used = story.value = word;
        story.knob = (struct knob){KNOB_PARAM, part, index, 0};
        story.cost = COST_ROUND;
        offer_word(search, &story);
    }
}

void tell_parameters(struct story_search *search)
{
    const struct schedule *declared = search->what->schedule;
    for (size_t part = 0; part < declared->part_count; part++) {
        const struct schedule_param *params = declared->parts[part].type->params;
        for (int i = part > 0; params[i].name; i++) {
            if (params[i].words)
                tell_words(search, part, i);
            else if (isfinite(declared->parts[part].param[i]))
                tell_parameter(search, part, i);
        }
    }
}

/* --- milestones --- */

static void tell_milestone(struct story_search *search, const struct knob *knob,
                           double declared)
{
    struct story story = story_declared(search);
    struct knob_span span = {.low = 1,
                             .high = fmax(2 * declared,
                                          story_x(search, search->count - 1) + 1),
                             .scale = declared,
                             .integer = true};
    story.cause.kind = CAUSE_OTHER_MILESTONE;
    story.cause.param = "milestones";
    story.cause.declared = declared;
    story.knob = *knob;
    story.value = declared;
    offer_turned(search, &story, &span);
}

void tell_milestones(struct story_search *search)
{
    const struct schedule *declared = search->what->schedule;
    for (size_t part = 0; part < declared->part_count; part++) {
        const struct schedule_part *own = &declared->parts[part];
        for (size_t i = 0; own->type->list && i < own->list_count; i++) {
            struct knob knob = {KNOB_LIST, part, (int)i, 0};
            tell_milestone(search, &knob, own->list[i]);
        }
        for (unsigned along = 0; part > 0 && along < 4; along++) {
            struct knob knob = {KNOB_MILESTONE, part, 0, along};
            tell_milestone(search, &knob, (double)declared->milestones[part - 1]);
        }
    }
}
