#include "core/schedule/outlook.h"

const char *const schedule_past_names[] = {"stays", "climbs", "restarts", "ends",
                                           "goes_on"};

struct schedule_outlook schedule_outlook(const struct schedule *schedule, int64_t steps)
{
    struct schedule_outlook out = {.lowest = schedule_lr(schedule, 0)};
    out.last = out.lowest;
    for (int64_t t = 1; t < steps; t++) {
        out.last = schedule_lr(schedule, (double)t);
        if (out.last < out.lowest) {
            out.lowest = out.last;
            out.lowest_at = t;
        }
    }
    return out;
}

enum schedule_past schedule_past(const struct schedule *schedule)
{
    return schedule->parts[schedule->part_count - 1].type->past;
}
