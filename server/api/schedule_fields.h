/* What reading a schedule out of an object and out of a query have in common: the names
   that are known, what was probably meant by others, and the checks. Private to
   schedule_json.c and schedule_query.c. */
#ifndef API_SCHEDULE_FIELDS_H
#define API_SCHEDULE_FIELDS_H

#include "base/err.h"
#include "core/schedule/schedule.h"

#define SCHEDULE_SEQUENTIAL "SequentialLR"
#define SCHEDULE_CHAINED    "ChainedScheduler"
/* The parameters, the list, "type", "unit" and the end. */
#define SCHEDULE_FIELDS_MAX (SCHEDULE_PARAMS_MAX + 4)

extern const char *const schedule_unit_names[]; /* by enum schedule_unit; NULL-ended */

/* All fields of a schedule of this type, NULL-ended; how many. */
size_t schedule_fields(const struct schedule_type *type,
                       const char *names[SCHEDULE_FIELDS_MAX]);
/* The one of `known` (NULL-ended) that was probably meant, or NULL. */
const char *schedule_suggest(const char *wrong, const char *const *known);

/* ST_INVALID unknown_type, with a suggestion. */
enum status schedule_unknown_type(const char *name, struct err *err);
/* ST_INVALID out_of_range: more than SCHEDULE_LIST_MAX. */
enum status schedule_list_too_long(const char *name, struct err *err);
/* text may be NULL. ST_INVALID out_of_range. */
MUST_CHECK enum status schedule_read_unit(const char *text, enum schedule_unit *out,
                                          struct err *err);
/* One of the parameter's words; ST_INVALID out_of_range lists them. */
MUST_CHECK enum status schedule_read_word(const char *text,
                                          const struct schedule_param *param, double *out,
                                          struct err *err);
/* Whether everything is there that each schedule of the type needs: ST_INVALID
   missing_field. */
MUST_CHECK enum status schedule_complete(const struct schedule_part *part,
                                         struct err *err);
/* Says in err which part of several is at fault: "part 2 (CosineAnnealingLR): ...". type:
   NULL when it is not known. */
void schedule_within_part(struct err *err, size_t index,
                          const struct schedule_type *type);
/* schedule_check() as a status: ST_INVALID out_of_range, or missing_field. */
MUST_CHECK enum status schedule_in_range(const struct schedule *schedule,
                                         struct err *err);

#endif
