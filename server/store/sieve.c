#include "store/sieve.h"

#include <assert.h>
#include <math.h>

void sieve_begin(struct sieve *sieve, const struct metric *metric, size_t points,
                 struct points *out)
{
    assert(points >= SIEVE_POINTS_MIN);
    /* Two are the first and the last of all; two of each share, and one that is not
       finite of each that has any. */
    int64_t left = (int64_t)points - 2, odd = metric->nonfinite_count;
    int64_t shares = odd <= left / 3 ? (left - odd) / 2 : left / 3;
    *sieve = (struct sieve){.count = metric->count,
                            .shares = shares,
                            .out = out,
                            .room = points};
}

/* In order, each step once. */
static void append(struct sieve *sieve, const struct sieve_pick *pick)
{
    struct points *out = sieve->out;
    size_t at = out->count;
    while (at > 0 && out->step[at - 1] > pick->step)
        at--;
    if (!pick->set || out->count == sieve->room ||
        (at > 0 && out->step[at - 1] == pick->step))
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

static void finish_share(struct sieve *sieve)
{
    append(sieve, &sieve->low);
    append(sieve, &sieve->high);
    append(sieve, &sieve->odd);
    append(sieve, &sieve->end);
    sieve->low.set = sieve->high.set = sieve->odd.set = sieve->end.set = false;
}

static int64_t share_of(const struct sieve *sieve, int64_t index)
{
    double share = (double)index * (double)sieve->shares / (double)sieve->count;
    return (int64_t)share;
}

static void add_one(struct sieve *sieve, const struct sieve_pick *point)
{
    int64_t share = share_of(sieve, sieve->seen);
    if (share != sieve->share)
        finish_share(sieve);
    sieve->share = share;
    if (!sieve->seen)
        append(sieve, point);
    if (++sieve->seen == sieve->count)
        sieve->end = *point;
    if (!isfinite(point->value)) {
        if (!sieve->odd.set)
            sieve->odd = *point;
        return;
    }
    if (!sieve->low.set || point->value < sieve->low.value)
        sieve->low = *point;
    if (!sieve->high.set || point->value > sieve->high.value)
        sieve->high = *point;
}

void sieve_add(struct sieve *sieve, const struct points *points)
{
    for (size_t i = 0; i < points->count; i++) {
        struct sieve_pick point = {true, points->step[i], points->time_ms[i],
                                   points->value[i]};
        add_one(sieve, &point);
    }
}

void sieve_end(struct sieve *sieve)
{
    finish_share(sieve);
}
