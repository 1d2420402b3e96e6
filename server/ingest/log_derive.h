/* Columns that a log implies without writing them: train_loss, val_loss, lr; private to
   ingest. */
#ifndef INGEST_LOG_DERIVE_H
#define INGEST_LOG_DERIVE_H

#include "ingest/logfile.h"

/* At most so many columns are added: log->columns needs the room. */
#define LOG_DERIVED_MAX 3

/* Adds, unless the log has them: train_loss and val_loss as the sum of the parts
   train/... _loss and val/..._loss (YOLO writes only the parts), and lr as the group of
   several (lr/pg0, x/lr0, lr-AdamW/pg1 ...) that starts lowest: YOLO's bias group falls
   from 0.1 to where the others climb. False: the arena is full. */
bool log_derive(struct logfile *log, struct arena *arena);

#endif
