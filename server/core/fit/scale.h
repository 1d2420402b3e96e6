/* Private to core/fit: scales of the rate on which a descent is a straight line, and the
   line that lies on it. */
#ifndef CORE_FIT_SCALE_H
#define CORE_FIT_SCALE_H

#include "core/fit/least_squares.h"
#include "core/fit/tail.h"

/* top and floor are those of the descent. */
struct fit_scale {
    double (*of)(const struct fit_scale *scale, double y);
    double top, floor, power;
};

/* How much of the way from floor to top is left at y. */
double fit_share_left(const struct fit_scale *scale, double y);
/* log(y / top): straight for an exponential. */
double fit_logarithm(const struct fit_scale *scale, double y);

/* The line of the scaled rate over x; its residual is that of y relative to top - floor.
   A point counts as much as the scale magnifies its error; points at which the scale is
   not finite are passed over. false: too few. */
bool fit_straighten(const struct fit_tail *tail, const struct fit_scale *scale,
                    struct fit_straight *out);
/* Where the line has this value. */
double fit_where(const struct fit_straight *line, double value);
/* The whole step at which the climb, when there is one, reaches the descent: between the
   last point of the one and the first of the other. rate: the inverse of the scale. */
double fit_meet_climb(const struct fit_search *search, const struct fit_straight *line,
                      double (*rate)(const struct fit_scale *, double),
                      const struct fit_scale *scale);

#endif
