/* Whether schedule_fit's answer to a log is right, with the time it took. */
#ifndef TESTS_CURVES_JUDGE_H
#define TESTS_CURVES_JUDGE_H

#include "core/fit/fit.h"
#include "curves/schedules/kinds.h"
#include "curves/schedules/synthetic.h"

enum outcome {
    RIGHT,
    AS_WELL,   /* another kind, but it gives every logged value back: the points seen
                  cannot tell it from the truth */
    TOO_EARLY, /* nothing said, and nothing to say yet: under 5 points, or still climbing
                */
    SILENT,    /* nothing said */
    WRONG,
    OUTCOMES
};
extern const char *const outcome_names[OUTCOMES];

struct answer {
    struct schedule_fit fit;
    enum kind kind;
    double ms;
};

/* Asks schedule_fit, and about the losses (NULL-ended); exits when there is no memory. */
void answer_to(const struct series *lr, const struct series *const *losses,
               struct answer *out);
enum outcome judge(const struct synthetic *log, const struct answer *answer);
/* What the points of the log can show of the truth. */
enum kind truth_seen(const struct synthetic *log);
/* Whether the answer gives every logged value back, rounding aside. */
bool gives_back(const struct synthetic *log, const struct schedule_fit *fit);

/* |error| of each figure: base, floor and length relative to the truth's base and length,
   the warm-up to its length. NaN where either has none. */
void figure_errors(const struct synthetic *log, const struct schedule_fit *fit,
                   struct figures *out);

#endif
