/* The figures of a metric (count, extremes, last), kept up to date point by point without
   looking at the other points. Pure. */
#ifndef STORE_FIGURES_H
#define STORE_FIGURES_H

#include "store/store.h"

/* Of a metric without points. */
void figures_init(struct metric *metric);

/* Takes in a point at a step that had none. */
void figures_add(struct metric *metric, int64_t step, double value);

#endif
