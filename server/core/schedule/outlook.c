#include "core/schedule/outlook.h"

#include <math.h>

#define BLOCK 256

const char *const schedule_past_names[] = {"stays", "climbs", "restarts", "ends",
                                           "goes_on"};

struct schedule_outlook schedule_outlook(const struct schedule *schedule, int64_t steps)
{
    double lr[BLOCK];
    struct schedule_outlook out = {.lowest = INFINITY};
    for (int64_t t = 0; t == 0 || t < steps; t++) {
        if (t % BLOCK == 0)
            schedule_curve(schedule, t, BLOCK, lr);
        out.last = lr[t % BLOCK];
        if (out.last < out.lowest) {
            out.lowest = out.last;
            out.lowest_at = t;
        }
    }
    return out;
}

enum schedule_past schedule_past(const struct schedule *schedule)
{
    enum schedule_past past = schedule->parts[schedule->part_count - 1].type->past;
    for (size_t i = 0; schedule->chained && i < schedule->part_count; i++) {
        if (schedule->parts[i].type->past > past)
            past = schedule->parts[i].type->past;
    }
    return past;
}
