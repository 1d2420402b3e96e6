#include "ingest/logfile.h"

#include "ingest/log_derive.h"
#include "ingest/log_shape.h"
#include "ingest/logfile_readers.h"

#include <string.h>

/* The first that reads the text wins: JSON is the strictest, plain text takes anything
   that names an epoch. */
static const char *(*const readers[])(const struct log_text *text,
                                      struct log_table *table,
                                      const char **why) = {log_read_json, log_read_csv,
                                                           log_read_plain};

static enum status shape(struct log_table *table, struct logfile *out, struct err *err)
{
    enum status status = log_shape(table, out, err);
    if (!status && !log_derive(out, table->arena))
        status = err_set(err, ST_TOO_LARGE, "too_large", "the log needs too much memory");
    return status;
}

enum status logfile_parse(const char *text, size_t length, struct arena *arena,
                          struct logfile *out, struct err *err)
{
    struct log_text body = {text, length};
    const char *why = length ? "no JSON, no table with a header, no line such as "
                               "\"epoch 1 loss: 0.5\""
                             : "the file is empty";
    if (memchr(text, '\0', length))
        return err_set(err, ST_MALFORMED, "not_a_log", "it is binary, not text");
    if (length >= 3 && !memcmp(text, "\xef\xbb\xbf", 3))
        body = (struct log_text){text + 3, length - 3};
    for (size_t i = 0; i < sizeof readers / sizeof *readers; i++) {
        struct log_table table;
        log_table_init(&table, arena);
        *out = (struct logfile){.format = readers[i](&body, &table, &why)};
        if (!table.failed && (!out->format || !table.row_count))
            continue;
        enum status status = shape(&table, out, err);
        if (status != ST_MALFORMED)
            return status;
        why = "it names no epoch, no step and no loss";
    }
    return err_set(err, ST_MALFORMED, "not_a_log", "%s", why);
}
