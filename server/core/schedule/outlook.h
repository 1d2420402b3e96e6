/* What comes of a schedule over a run, in a few facts. Pure. */
#ifndef CORE_SCHEDULE_OUTLOOK_H
#define CORE_SCHEDULE_OUTLOOK_H

#include "core/schedule/schedule.h"

/* Of the steps that train, t = 0 .. steps - 1; steps below 1 is taken as 1. */
struct schedule_outlook {
    int64_t lowest_at; /* the first t with the lowest rate */
    double lowest, last;
};
struct schedule_outlook schedule_outlook(const struct schedule *schedule, int64_t steps);

/* What it does after schedule_length() steps: what its last part does; of parts that step
   together, what the one does that settles least. */
enum schedule_past schedule_past(const struct schedule *schedule);
/* "stays", "climbs", "restarts", "ends", "goes_on", by enum schedule_past. */
extern const char *const schedule_past_names[];

#endif
