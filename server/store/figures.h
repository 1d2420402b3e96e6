/* The figures of a metric (count, extremes, last), kept up to date point by point without
   looking at the other points. Pure. */
#ifndef STORE_FIGURES_H
#define STORE_FIGURES_H

#include "store/store.h"

/* Of a metric without points. */
void figures_init(struct metric *metric);

/* Takes in a point at a step that had none. */
void figures_add(struct metric *metric, int64_t step, double value);

/* When a point is replaced that was the minimum or maximum, only the points themselves
   know the next one: the engine must look (among finite values the smallest or largest,
   of equals the one with the lowest step) and set value and step. The set of stale
   figures is the sum over all changes since the last look. */
enum figures_stale { FIGURES_MIN_STALE = 1, FIGURES_MAX_STALE = 2 };

/* Takes in a point at a step that held old_value. Returns a set of figures_stale. */
unsigned figures_replace(struct metric *metric, int64_t step, double old_value,
                         double value);

#endif
