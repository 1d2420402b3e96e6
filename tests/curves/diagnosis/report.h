/* The tables that the bench prints. */
#ifndef TESTS_CURVES_REPORT_H
#define TESTS_CURVES_REPORT_H

#include "curves/diagnosis/runs.h"

/* Each rule on whole runs, with the one-line rules beside it. */
void report_whole(const struct runs *runs);
/* Each rule while the run goes on, and how late it speaks. */
void report_live(const struct runs *runs);
/* Warnings and errors on the sets, and on those in which nothing is wrong. */
void report_sets(const struct runs *runs);
/* How often a loss that only wanders, made to order, is said to overfit. */
void report_wander(const struct runs *runs);
/* What comes of it when a threshold is moved. */
void report_limits(const struct runs *runs);
/* Every run on which a rule and its label disagree. */
void report_mistakes(const struct runs *runs);
/* What the rules cost at 10,000 points. */
void report_speed(void);

#endif
