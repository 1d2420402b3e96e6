/* Private to core/fit: how a column runs, as straight pieces. */
#ifndef CORE_FIT_COURSE_H
#define CORE_FIT_COURSE_H

#include "core/fit/points.h"

#define FIT_SEGMENTS 40 /* straight pieces; a column with more of them is curved */

/* y = at + slope x over the points first to last, within rounding (and slack). */
struct fit_segment {
    size_t first, last;
    double at, slope;
};

/* How a column runs: up, along, and what comes after. */
struct fit_course {
    struct fit_segment segments[FIT_SEGMENTS];
    size_t count;
    bool straight; /* the segments hold all points */
    bool loose;    /* more than rounding was allowed for */
    bool climbs;   /* straight up at the start: slope (x - zero) */
    bool curved;   /* up at the start, but not straight */
    double zero, slope;
    bool from_zero; /* up from 0 at the natural start, or a step beside it: at `origin` */
    double origin;  /* of a schedule that begins with the climb */
    size_t top;     /* the first point that is not on the climb; 0 without one */
    bool held;      /* then level for a while */
    size_t body;    /* the first point after that */
};

/* slack: how far off a segment a point may lie beside its rounding, absolute. */
void fit_find_course(const struct fit_data *data, double slack, struct fit_course *out);

/* The whole step at which the climb reaches this rate; the natural start without one. */
double fit_climb_end(const struct fit_data *data, const struct fit_course *course,
                     double rate);

/* Supposes that the first point alone lies on a climb from 0 at `zero`. */
void fit_suppose_climb(const struct fit_data *data, double zero,
                       struct fit_course *course);

/* How far a segment rises over its length; 0 when it is level within its tolerance. */
double fit_rise(const struct fit_data *data, const struct fit_segment *segment);

/* Least squares y = at + slope x over [first, end). */
void fit_line(const struct fit_data *data, size_t first, size_t end, double *at,
              double *slope);

#endif
