/* Ends runs that have been in the trash for long, when `serve --trash-days` asks for it.
   Looks once an hour; a few runs at a time, so that posts need not wait for long. */
#ifndef API_RETENTION_H
#define API_RETENTION_H

#include "base/err.h"

struct retention;
struct writer;

/* trash_days: 0 is for ever, *out is then NULL. */
MUST_CHECK enum status retention_new(int64_t trash_days, struct writer *writer,
                                     struct retention **out, struct err *err);
/* From one thread, now and then; before the writer stops. NULL is fine. */
void retention_look(struct retention *retention);
/* After the writer has stopped. NULL is fine. */
void retention_free(struct retention *retention);

#endif
