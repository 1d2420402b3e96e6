/* Steps down that a metric decided. */
#include "core/fit/fit.h"
#include "core/fit/plateau.h"

#include <math.h>

/* What is left of the confidence when chance may have laid the falls so (plateau.h). */
static double confidence(size_t falls)
{
    static const double sure[] = {0, 0.85, 0.95, 0.98};
    return sure[falls < 3 ? falls : 3];
}

/* One fall after a round number of epochs was planned more often than it was earned. */
static bool is_planned(const struct schedule_part *part)
{
    return part->list_count == 1 && fmod(part->list[0], 10) == 0;
}

bool schedule_fit_watching(const struct series *lr, const struct series *watched,
                           bool maximize, struct schedule_fit *out)
{
    struct schedule schedule = {.unit = out->schedule.unit, .part_count = 1};
    struct schedule_part *part = &schedule.parts[0];
    int shift;
    if (!lr->count || !plateau_explains(lr, watched, maximize, part, &shift))
        return false;
    const struct schedule *found = &out->schedule;
    if (out->found && found->part_count == 1 && is_planned(&found->parts[0]))
        return false;
    out->found = true;
    out->schedule = schedule;
    out->origin = lr->step[0];
    out->confidence = confidence(part->list_count);
    schedule_compare(&schedule, lr, out->origin, &out->deviation);
    return true;
}
