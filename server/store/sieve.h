/* Fewer points of a curve, for good. Of each of equal shares of its points, in their
   order, these stay: the first that is lowest, the first that is highest, the first that
   is not finite; and the very first and last. So the figures of a metric stay what they
   were but for its counts, a spike stays where it was, and it can still be seen where a
   curve was NaN. Pure. */
#ifndef STORE_SIEVE_H
#define STORE_SIEVE_H

#include "store/store_points.h"

#define SIEVE_POINTS_MIN 100 /* fewer would not show a curve */

struct sieve_pick {
    bool set;
    int64_t step, time_ms;
    double value;
};

struct sieve {
    int64_t count, seen, share, shares;
    struct sieve_pick low, high, odd, end; /* of the share at hand */
    struct points *out;
    size_t room;
};

/* metric: how many points will come, and how many are not finite. At most `points` >=
   SIEVE_POINTS_MIN are appended to out, which has room for them: what is beyond that,
   where more come than were said, is lost. */
void sieve_begin(struct sieve *sieve, const struct metric *metric, size_t points,
                 struct points *out);
/* The next points, by rising step. */
void sieve_add(struct sieve *sieve, const struct points *points);
void sieve_end(struct sieve *sieve);

#endif
