/* The parts of the evaluation, each prints its own tables. */
#ifndef TESTS_CURVES_SECTIONS_H
#define TESTS_CURVES_SECTIONS_H

#include <stdbool.h>

extern bool verbose; /* name every log that is not right */

/* Labelled logs and sets of the folder; says so when there are none. */
void real_logs(const char *folder);
/* Outcomes, what was taken for what, parameter errors, what the confidence means. */
void synthetic_logs(void);
/* From which share of the cycle on the answer is right and stays so. */
void stable_after(void);
/* How long schedule_fit takes. */
void timings(void);

#endif
