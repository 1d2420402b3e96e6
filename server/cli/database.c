#include "cli/database.h"

#include <stdio.h>

/* What the arguments are to blame for is wrong usage. */
int database_failed(const struct command *self, enum status status, const struct err *err)
{
    fprintf(stderr, "epochd %s: %s\n", self->name, err->text);
    return status == ST_INVALID || status == ST_NOT_FOUND ? EXIT_USAGE : EXIT_FAILED;
}

int database_open(const struct command *self, const char *file, enum store_mode mode,
                  struct store **out, struct err *err)
{
    enum status status = store_open(file ? file : DATABASE_DEFAULT, mode, out, err);
    return status ? database_failed(self, status, err) : -1;
}
