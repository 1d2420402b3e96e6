/* The run that another is held against: declared, or found. */
#ifndef STREAM_BASELINE_H
#define STREAM_BASELINE_H

#include "stream/judge.h"

/* Fills the baseline_* fields of judged->history: from the run's declared baseline, or
   the newest run of its project whose learning rate never changed. Once the run has
   ended, runs of the baseline's project whose configuration differs from the baseline's
   in the seed alone count as well. Compares by val_metric when both have one of the same
   name, by val_loss otherwise. */
MUST_CHECK enum status baseline_load(struct store *store,
                                     const struct judge_readers *readers,
                                     struct judged *judged, struct arena *arena,
                                     struct err *err);

#endif
