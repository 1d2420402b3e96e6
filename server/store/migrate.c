#include "store/migrate.h"

#include <assert.h>
#include <stdlib.h>

/* The steps are sorted by name; a gap or a number used twice is our own mistake. */
int migrate_latest(const struct embedded *steps)
{
    int version = 0;
    for (; steps[version].name; version++)
        assert(strtol(steps[version].name, NULL, 10) == version + 1);
    return version;
}

enum status migrate_run(const struct embedded *steps, int from,
                        struct migration *migration, struct err *err)
{
    int latest = migrate_latest(steps);
    assert(from >= 0 && from <= latest);
    for (int version = from; version < latest; version++) {
        enum status status =
            migration->apply(migration, &steps[version], version + 1, err);
        if (status)
            return status;
    }
    return ST_OK;
}
