/* Which numbered steps lead from one version of a schema to another. A schema's version
   is the number of its newest step: schema/sqlite/0001_init.sql leads from 0 to 1. Steps
   are never edited once released, so every version ever made can be brought up to date.
 */
#ifndef STORE_MIGRATE_H
#define STORE_MIGRATE_H

#include "base/embedded.h"
#include "base/err.h"

/* The version that all the steps lead to. */
int migrate_latest(const struct embedded *steps);

/* Runs one step and records `version` in one transaction: either both or neither are
   stored. */
struct migration {
    enum status (*apply)(struct migration *migration, const struct embedded *step,
                         int version, struct err *err);
    void *engine; /* for apply */
};

/* Applies what is missing after version `from` (0 <= from <= latest), in order; stops at
   the first step that fails and returns its status. Interrupted anywhere, the next call
   goes on with the step that was not recorded. */
MUST_CHECK enum status migrate_run(const struct embedded *steps, int from,
                                   struct migration *migration, struct err *err);

#endif
