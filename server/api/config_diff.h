/* In what the configurations of several runs differ. */
#ifndef API_CONFIG_DIFF_H
#define API_CONFIG_DIFF_H

#include "base/arena.h"
#include "base/err.h"
#include "base/json_out.h"

/* The configuration of one run: a JSON object or NULL. */
struct config_of {
    const char *run, *json;
};

/* An array of {"key": "optimizer.lr", "values": {run: value, ...}}: one for each leaf
   that is not the same number or text in all of them, in order of first appearance; at
   most COMPARE_DIFFERENCES_MAX. Nested keys are joined by dots; values are as they were
   sent. */
MUST_CHECK enum status config_diff_write(const struct config_of *configs, size_t count,
                                         struct arena *arena, struct json_out *json,
                                         struct err *err);

/* Whether two configurations (JSON objects or NULL) say the same, keys apart whose last
   part holds the word "seed", and say something. Not of those over 64 KiB. */
bool config_same_but_seed(const char *a, const char *b, struct arena *arena);

#endif
