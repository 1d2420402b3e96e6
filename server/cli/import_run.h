/* The log of a training loop as a stored run. */
#ifndef CLI_IMPORT_RUN_H
#define CLI_IMPORT_RUN_H

#include "base/arena.h"
#include "base/limits.h"
#include "ingest/logfile.h"
#include "store/store.h"

/* A file that was read, and what shall become of it. */
struct import {
    const char *path;
    const char *project; /* NULL: none, or the one that the run has */
    const char *source;  /* where the file lies, whatever the folder we are in */
    char run[RUN_ID_MAX + 1];
    bool replace;   /* whatever made the run of that id */
    int64_t now_ms; /* when the file was written: a log has no better time */
    struct logfile log;
    struct arena arena;
};

/* What a record says where it is, not what was measured. */
bool import_is_metric(const struct logfile *log, const char *name);

/* Stores the run and says its verdict (static text); all or nothing. A run that was made
   from the same source is replaced, but for what people wrote about it. ST_CONFLICT
   run_exists: it was made otherwise, and !replace; run_in_trash. ST_TOO_LARGE. */
MUST_CHECK enum status import_run(struct import *import, struct store *store,
                                  const char **verdict, struct err *err);

#endif
