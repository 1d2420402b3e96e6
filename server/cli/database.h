/* The database that a command names with --db. */
#ifndef CLI_DATABASE_H
#define CLI_DATABASE_H

#include "cli/command.h"
#include "store/store.h"

#define DATABASE_DEFAULT "./epochd.db"
/* The row of such an option; `more` is added to its help. */
#define DATABASE_OPTION(more)                                    \
    {                                                            \
        "db", "FILE", "the database (" DATABASE_DEFAULT ")" more \
    }

/* `file` may be NULL. Returns -1 to go on, or, after it said why, the exit code. */
int database_open(const struct command *self, const char *file, enum store_mode mode,
                  struct store **out, struct err *err);
/* Says what failed; returns the exit code. */
int database_failed(const struct command *self, enum status status,
                    const struct err *err);

#endif
