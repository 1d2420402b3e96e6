#include "store/thin.h"

#include <assert.h>
#include <math.h>

void thin_begin(struct thin *thin, const struct metric *metric, size_t points,
                struct points *out)
{
    assert(points >= THIN_POINTS_MIN);
    /* Two are the first and the last of all; two of each share, and one that is not
       finite of each that has any. */
    int64_t left = (int64_t)points - 2, odd = metric->nonfinite_count;
    int64_t shares = odd <= left / 3 ? (left - odd) / 2 : left / 3;
    *thin = (struct thin){.count = metric->count, .shares = shares, .out = out};
}

/* In order, each step once. */
static void append(struct points *out, const struct thin_pick *pick)
{
    size_t at = out->count;
    while (at > 0 && out->step[at - 1] > pick->step)
        at--;
    if (!pick->set || (at > 0 && out->step[at - 1] == pick->step))
        return;
    for (size_t i = out->count++; i > at; i--) {
        out->step[i] = out->step[i - 1];
        out->time_ms[i] = out->time_ms[i - 1];
        out->value[i] = out->value[i - 1];
    }
    out->step[at] = pick->step;
    out->time_ms[at] = pick->time_ms;
    out->value[at] = pick->value;
}

static void finish_share(struct thin *thin)
{
    append(thin->out, &thin->low);
    append(thin->out, &thin->high);
    append(thin->out, &thin->odd);
    append(thin->out, &thin->end);
    thin->low.set = thin->high.set = thin->odd.set = thin->end.set = false;
}

static int64_t share_of(const struct thin *thin, int64_t index)
{
    double share = (double)index * (double)thin->shares / (double)thin->count;
    return (int64_t)share;
}

static void add_one(struct thin *thin, const struct thin_pick *point)
{
    int64_t share = share_of(thin, thin->seen);
    if (share != thin->share)
        finish_share(thin);
    thin->share = share;
    if (!thin->seen)
        append(thin->out, point);
    if (++thin->seen == thin->count)
        thin->end = *point;
    if (!isfinite(point->value)) {
        if (!thin->odd.set)
            thin->odd = *point;
        return;
    }
    if (!thin->low.set || point->value < thin->low.value)
        thin->low = *point;
    if (!thin->high.set || point->value > thin->high.value)
        thin->high = *point;
}

void thin_add(struct thin *thin, const struct points *points)
{
    for (size_t i = 0; i < points->count; i++) {
        struct thin_pick point = {true, points->step[i], points->time_ms[i],
                                  points->value[i]};
        add_one(thin, &point);
    }
}

void thin_end(struct thin *thin)
{
    finish_share(thin);
}
