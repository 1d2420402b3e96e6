/* ReduceLROnPlateau: the schedule as declared is a replay of the metric that it watches,
   so what decides when it falls is tried by replaying again. */
#include "core/cause/story.h"
#include "core/fit/plateau.h"

#include <math.h>
#include <string.h>

#define PATIENCE_MAX 100
#define COOLDOWN_MAX 20
/* One fall always has a patience that fits it. */
#define FALLS_MIN 2

bool story_is_plateau(const struct schedule *schedule)
{
    return schedule->part_count == 1 &&
           !strcmp(schedule->parts[0].type->name, "ReduceLROnPlateau");
}

/* With its falls where this metric puts them. */
static void offer_replayed(struct story_search *search, struct story *story,
                           const struct schedule_part *part, const struct series *watched)
{
    search->whole = *part;
    if (!plateau_replay(&search->whole, watched, search->what->origin))
        return;
    story->knob = (struct knob){.kind = KNOB_WHOLE};
    for (int shift = 0; shift < 2; shift++) {
        story->ahead = shift;
        story_offer(search, story);
    }
}

/* One parameter; its falls come anew. */
static void tell_value(struct story_search *search, const char *name, double value)
{
    struct schedule_part part = search->what->schedule->parts[0];
    int index = schedule_param_find(part.type, name);
    struct story story = story_declared(search);
    if (part.param[index] == value)
        return;
    story.cause.kind = story_param_kind(&part, index);
    story.cause.param = part.type->params[index].name;
    story.cause.declared = part.param[index];
    story.cause.used = value;
    story.cost = COST_VALUE;
    part.param[index] = value;
    offer_replayed(search, &story, &part, search->what->watched[0].series);
}

static void tell_other_metric(struct story_search *search)
{
    const struct schedule_watched *watched = search->what->watched;
    for (size_t i = 1; i < SCHEDULE_WATCHED_MAX && watched[i].series; i++) {
        struct story story = story_declared(search);
        story.cause.kind = CAUSE_OTHER_METRIC;
        story.cause.param = watched[i].name;
        story.cost = COST_VALUE;
        offer_replayed(search, &story, &search->what->schedule->parts[0],
                       watched[i].series);
    }
}

/* The rates that the column shows: where it begins, how far it falls, where it ends. */
static void tell_levels(struct story_search *search)
{
    double first = story_seen(search, 0), last = story_seen(search, search->count - 1);
    size_t row = 1;
    while (row < search->count && !(story_seen(search, row) < first * (1 - 1e-6)))
        row++;
    tell_value(search, "base_lr", first);
    tell_value(search, "min_lr", last);
    if (row < search->count)
        tell_value(search, "factor", story_seen(search, row) / first);
}

static size_t count_falls(const struct story_search *search)
{
    size_t falls = 0;
    for (size_t row = 1; row < search->count; row++)
        falls += story_seen(search, row) < story_seen(search, row - 1) * (1 - 1e-6);
    return falls;
}

void tell_plateau(struct story_search *search)
{
    static const double thresholds[] = {0, 1e-8, 1e-4, 1e-3, 1e-2, 0.05, 0.1};
    size_t falls = count_falls(search);
    if (!search->what->watched[0].series || !falls)
        return;
    tell_other_metric(search);
    tell_levels(search);
    if (falls < FALLS_MIN)
        return;
    for (double patience = 0; patience <= PATIENCE_MAX; patience++)
        tell_value(search, "patience", patience);
    for (double cooldown = 0; cooldown <= COOLDOWN_MAX; cooldown++)
        tell_value(search, "cooldown", cooldown);
    for (size_t i = 0; i < sizeof thresholds / sizeof *thresholds; i++)
        tell_value(search, "threshold", thresholds[i]);
    for (double word = 0; word < 2; word++) {
        tell_value(search, "mode", word);
        tell_value(search, "threshold_mode", word);
    }
}
