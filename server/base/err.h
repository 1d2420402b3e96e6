/* What went wrong, as a value the caller can act on and a line a person can act on. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stdint.h>

/* Chosen by what the caller can do about it. The HTTP status and the exit code that
   belong to each are in one table, err.c. */
enum status {
    ST_OK,
    ST_MALFORMED,   /* not JSON, CSV, ...: fix the bytes                     400 */
    ST_INVALID,     /* well-formed but wrong: fix the values                 422 */
    ST_FORBIDDEN,   /* not from here, not by you                             403 */
    ST_NOT_FOUND,   /* look elsewhere                                        404 */
    ST_METHOD,      /* this resource, but not this method                    405 */
    ST_CONFLICT,    /* resolve the conflict first                            409 */
    ST_TOO_LARGE,   /* send less                                             413 */
    ST_UNSUPPORTED, /* unknown content type or encoding                      415 */
    ST_BUSY,        /* wait and send again                                   503 */
    ST_FULL,        /* no space on the disk                                  507 */
    ST_FAILED,      /* the disk, memory or epochd itself failed: give up     500 */
    ST_COUNT
};

#define MUST_CHECK __attribute__((warn_unused_result))

/* One line about a failure. The caller owns it; zero it before use (struct err e = {0}).
 */
struct err {
    enum status status;
    char code[32];   /* stable snake_case word, e.g. "unknown_field" */
    char text[400];  /* a sentence that says what to do */
    int64_t record;  /* 0-based record of the body that is at fault, -1 for none */
    char field[136]; /* the field at fault, "" for none */
};

/* Fills err (which may be NULL) and returns status, so that a failing function can
   `return err_set(err, ST_NOT_FOUND, "run_not_found", "no run %s", id);`. */
enum status err_set(struct err *err, enum status status, const char *code,
                    const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Adds the place in a body. Returns err's status. */
enum status err_at(struct err *err, int64_t record, const char *field);

/* Puts "PLACE: " before the sentence, of a part of what was sent. */
void err_within(struct err *err, const char *place);

int status_http(enum status status);          /* 200, 400, 404, ... */
const char *status_title(enum status status); /* "Not found", ... for problem+json */

#endif
