/* What `epochd check` says about one file: for people, like a compiler's messages, or as
   one line of JSON. */
#ifndef CLI_CHECK_REPORT_H
#define CLI_CHECK_REPORT_H

#include "base/buf.h"
#include "core/diagnose/diagnose.h"
#include "ingest/logfile.h"

struct check_report {
    const char *file; /* as given */
    struct logfile log;
    struct history history;
    struct diagnosis diagnosis;
};

void check_report_text(const struct check_report *report, struct buf *out);
/* {"file", "verdict", "checks", "findings", "schedule"} and a newline */
void check_report_json(const struct check_report *report, struct buf *out);
/* {"file", "error"} and a newline */
void check_error_json(const char *file, const char *error, struct buf *out);

#endif
