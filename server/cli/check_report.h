/* What `epochd check` says about one file: for people, like a compiler's messages with
   the curves as lines of text; as one line of JSON; or as annotations. */
#ifndef CLI_CHECK_REPORT_H
#define CLI_CHECK_REPORT_H

#include "base/buf.h"
#include "core/diagnose/diagnose.h"
#include "ingest/logfile.h"

struct check_report {
    const char *file; /* as given */
    bool color;       /* for a terminal */
    struct logfile log;
    struct history history;
    struct diagnosis diagnosis;
};

/* One of the ways to report a file; error: it could not be read. */
struct check_format {
    const char *name; /* "text" */
    void (*report)(const struct check_report *report, struct buf *out);
    void (*error)(const char *file, const char *error, struct buf *out); /* or NULL */
};

void check_report_text(const struct check_report *report, struct buf *out);
/* {"file", "verdict", "checks", "findings", "schedule"} and a newline */
void check_report_json(const struct check_report *report, struct buf *out);
/* One annotation a finding, as GitHub's workflows read them. */
void check_report_github(const struct check_report *report, struct buf *out);
void check_error_github(const char *file, const char *error, struct buf *out);
/* {"file", "error"} and a newline */
void check_error_json(const char *file, const char *error, struct buf *out);

#endif
