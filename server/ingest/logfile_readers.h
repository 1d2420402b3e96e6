/* One reader for each family of log files; private to ingest. logfile.c has the table. */
#ifndef INGEST_LOGFILE_READERS_H
#define INGEST_LOGFILE_READERS_H

#include "base/err.h"
#include "ingest/log_table.h"

/* The text of a file without its byte order mark; not NUL-terminated. */
struct log_text {
    const char *text;
    size_t length;
};

/* Each fills an empty table and returns the format's name, or NULL when the text is not
   of its family; then the table is not to be used. *why gets the reason when it looked
   like one at first. */
const char *log_read_json(const struct log_text *text, struct log_table *table,
                          const char **why);
const char *log_read_csv(const struct log_text *text, struct log_table *table,
                         const char **why);
const char *log_read_plain(const struct log_text *text, struct log_table *table,
                           const char **why);

#endif
