/* Query parameters read and checked, and how a handler ends. Every failure is ST_INVALID
   bad_parameter and names the parameter; *out keeps its value when the parameter is
   absent or empty, so that callers put the default there first. */
#ifndef API_PARAM_H
#define API_PARAM_H

#include "base/err.h"
#include "http/http.h"

#include <stdbool.h>
#include <stdint.h>

/* Turns a failure into problem+json; on ST_OK nothing. */
void answer(struct http_exchange *x, enum status status, const struct err *err);

/* The value, or NULL when absent or empty. */
const char *param_text(const struct http_exchange *x, const char *name);
MUST_CHECK enum status param_int(const struct http_exchange *x, const char *name,
                                 const int64_t range[2], int64_t *out, struct err *err);
/* Finite numbers only. */
MUST_CHECK enum status param_double(const struct http_exchange *x, const char *name,
                                    double *out, struct err *err);
/* The same for a text that did not come with a request; NULL is absent. */
MUST_CHECK enum status text_param_int(const char *text, const char *name,
                                      const int64_t range[2], int64_t *out,
                                      struct err *err);
MUST_CHECK enum status text_param_double(const char *text, const char *name, double *out,
                                         struct err *err);
MUST_CHECK enum status text_param_choice(const char *text, const char *name,
                                         const char *const *names, int *out,
                                         struct err *err);

MUST_CHECK enum status param_bool(const struct http_exchange *x, const char *name,
                                  bool *out, struct err *err);
/* One of names (NULL-ended): *out is its index. */
MUST_CHECK enum status param_choice(const struct http_exchange *x, const char *name,
                                    const char *const *names, int *out, struct err *err);

struct text_list {
    const char **items; /* in the arena */
    size_t count;
};
/* Comma-separated, without empty ones and repeats; at most max. */
MUST_CHECK enum status param_list(struct http_exchange *x, const char *name, size_t max,
                                  struct text_list *out, struct err *err);

/* `from` and `to`, steps. */
struct step_range {
    int64_t from, to;
};
MUST_CHECK enum status param_range(const struct http_exchange *x, struct step_range *out,
                                   struct err *err);

enum status bad_parameter(const char *name, struct err *err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* ST_TOO_LARGE: the request's arena is full. */
enum status arena_full(struct err *err);

#endif
