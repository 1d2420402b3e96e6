/* ReduceLROnPlateau on a metric that was rounded when it was logged. */
#include "core/fit/plateau.h"

#include <math.h>

#define DECIMALS_MAX 8

/* The decimal place that every value was rounded to; 0 when there is none. */
static double rounded_to(const struct series *watched)
{
    double place = 1;
    for (int decimals = 0; decimals <= DECIMALS_MAX; decimals++, place *= 10) {
        size_t i = 0;
        for (; i < watched->count; i++) {
            double m = watched->value[i] * place;
            if (isfinite(m) && fabs(m - rint(m)) > 1e-9 * fmax(1, fabs(m)))
                break;
        }
        if (i == watched->count)
            return 1 / place;
    }
    return 0;
}

/* What one digit more or less makes of the threshold. */
static double threshold_room(const struct schedule_part *part,
                             const struct series *watched)
{
    double place = rounded_to(watched), least = INFINITY;
    if (part->param[schedule_param_find(part->type, "threshold_mode")] > 0)
        return place;
    for (size_t i = 0; i < watched->count; i++) {
        if (watched->value[i] < 0 || watched->value[i] > 0)
            least = fmin(least, fabs(watched->value[i]));
    }
    return place / least;
}

bool plateau_compare(const struct plateau_column *column, struct schedule *schedule,
                     struct schedule_deviation *out)
{
    struct schedule_part *part = &schedule->parts[0];
    int threshold = schedule_param_find(part->type, "threshold");
    if (!plateau_replay(part, column->watched, column->origin))
        return false;
    schedule_compare(schedule, column->lr, column->origin, out);
    double room = threshold_room(part, column->watched);
    if (out->leaves_at < 0 || !(room > 0) || !isfinite(room))
        return true;
    for (int side = -1; side <= 1; side += 2) {
        struct schedule_deviation other;
        struct schedule near = *schedule;
        near.parts[0].param[threshold] = fmax(0, part->param[threshold] + side * room);
        if (!plateau_replay(&near.parts[0], column->watched, column->origin))
            continue;
        schedule_compare(&near, column->lr, column->origin, &other);
        if (other.leaves_at >= 0)
            continue;
        near.parts[0].param[threshold] = part->param[threshold];
        *schedule = near;
        *out = other;
        break;
    }
    return true;
}
