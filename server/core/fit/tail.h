/* Private to core/fit: the descent of a column, thinned, for searches that look at it
   many times; and the sinusoid that lies on it best. */
#ifndef CORE_FIT_TAIL_H
#define CORE_FIT_TAIL_H

#include "core/fit/trial.h"

#define FIT_TAIL 64

struct fit_tail {
    double x[FIT_TAIL], y[FIT_TAIL];
    size_t count;
    double top; /* the highest y */
    int turns;  /* how often the column turns between falling and climbing */
};

/* The end of the descent that begins at `body`: where the column stays at its lowest rate
   for three points or more, or all points. */
size_t fit_before_level(const struct fit_data *data, size_t body);
/* From the point `first` up to the one before `end`. */
void fit_take_tail(const struct fit_data *data, size_t first, size_t end,
                   struct fit_tail *out);

/* Gauss-Jordan elimination of a symmetric positive system of three with its right side:
   unknown i is then m[i][3] / m[i][i]. false: singular. */
bool fit_solve3(double m[3][4]);

/* middle + height cos(pi (x - peak) / half), half being half a period; residual is the
   root mean square, in units of the rate. */
struct fit_sinusoid {
    double half, peak, middle, height;
    double residual;
};
/* The best sinusoid of any half period the tail can show; false: none. */
bool fit_find_sinusoid(const struct fit_search *search, const struct fit_tail *tail,
                       struct fit_sinusoid *out);
/* Half periods that a descent from `start` may have, for a search. */
void fit_bound_half(const struct fit_tail *tail, double start, double *low, double *high);

#endif
