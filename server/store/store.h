/* Runs and points at rest. One handle = one connection = one thread. Exactly one handle
   of a database is a writer; it does every write and every checkpoint (docs/design.md,
   "One writer"). Every double comes back bit for bit (a NaN as some NaN), every step
   exactly. Text handed out lives in the arena that was handed in.

   Any function may also return ST_FAILED (io_error, db_corrupt, out_of_memory, ...),
   ST_BUSY (another program holds the database) or, when the arena's limit is reached,
   ST_TOO_LARGE answer_too_large. After an io_error from a sync the writer refuses to
   begin again: whether the disk holds the data is only known after a restart. */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct store;

enum store_mode { STORE_WRITER, STORE_READER };

/* Opens (a writer: creates, migrates, locks) the database at `location`, a file name.
   ST_CONFLICT db_locked (another epochd holds it: says which pid), db_newer (made by a
   newer epochd: both versions), db_older (a reader cannot migrate), ST_NOT_FOUND
   no_database (a reader creates none), ST_INVALID not_a_database (a folder),
   ST_FAILED not_a_database, db_corrupt, io_error,
   ST_FULL. A file that is refused is left as it is. */
MUST_CHECK enum status store_open(const char *location, enum store_mode mode,
                                  struct store **out, struct err *err);
void store_close(struct store *store); /* NULL is fine; a writer checkpoints */

/* --- writing: only on a writer, between begin and commit. A failed operation has written
   nothing and leaves the transaction usable, unless it returns ST_FAILED or ST_FULL: then
   the whole transaction must be rolled back. --- */
MUST_CHECK enum status store_begin(struct store *store, struct err *err);
/* On ST_OK everything since begin is on disk (synced). Otherwise nothing of it is stored
   and the transaction is over. */
MUST_CHECK enum status store_commit(struct store *store, struct err *err);
void store_rollback(struct store *store); /* without a transaction: nothing */
/* A part of what a writer puts off: to sort what was written by metric, to move the
   write-ahead log into the database. Call when nothing waits, outside a transaction;
   *more says whether to call again. Without it commits do it, and take longer. ST_FAILED,
   ST_FULL like a commit. */
MUST_CHECK enum status store_tidy(struct store *store, bool *more, struct err *err);

struct store_point {
    int64_t step, time_ms;
    double value;
    uint32_t metric; /* index into names */
};
struct store_points {
    const char *run;
    const char *const *names; /* of metrics */
    size_t name_count;
    const struct store_point
        *points; /* a later point replaces an earlier one of the same step */
    size_t point_count;
    bool has_step;     /* x of the records is `step`: the run counts steps */
    int64_t step_last; /* largest x of any record */
    int64_t now_ms;
};
/* Upserts points; creates the run and metrics that are new. *created tells whether the
   run is new. Steps are 0 to STEP_MAX. ST_CONFLICT run_in_trash; ST_INVALID
   too_many_metrics. */
MUST_CHECK enum status store_put(struct store *store, const struct store_points *points,
                                 bool *created, struct err *err);

enum run_status { RUN_RUNNING, RUN_FINISHED, RUN_FAILED };
extern const char *const run_status_names[4]; /* "running", "finished", "failed", NULL */

/* A run's own fields. In an update NULL (and set_* false) means "leave as it is"; texts
   that hold JSON are stored as given. "" clears project, baseline; "null" clears JSON
   texts. */
struct run_fields {
    const char *name, *project, *baseline; /* baseline: a run id */
    const char *config_json, *tags_json;   /* objects */
    const char *schedule_json;             /* a checked schedule object */
    const char *roles_json;                /* declared roles, an object of metric names */
    const char *note;
    bool set_epochs, set_status;
    int64_t epochs; /* planned total */
    enum run_status status;
};
/* ST_CONFLICT run_exists (also when it is in the trash: says so). */
MUST_CHECK enum status store_run_create(struct store *store, const char *id,
                                        const struct run_fields *fields, int64_t now_ms,
                                        struct err *err);
/* ST_NOT_FOUND run_not_found; ST_CONFLICT run_in_trash. */
MUST_CHECK enum status store_run_update(struct store *store, const char *id,
                                        const struct run_fields *fields, int64_t now_ms,
                                        struct err *err);
/* Trash and restore may be repeated. ST_NOT_FOUND run_not_found. */
MUST_CHECK enum status store_run_trash(struct store *store, const char *id,
                                       int64_t now_ms, struct err *err);
MUST_CHECK enum status store_run_restore(struct store *store, const char *id,
                                         struct err *err);
/* Ends a run and its points, in the trash or not. ST_NOT_FOUND run_not_found. */
MUST_CHECK enum status store_run_purge(struct store *store, const char *id,
                                       struct err *err);
/* What the judge found, kept for the run list: verdict name and counts by severity.
   ST_NOT_FOUND run_not_found. */
struct run_judgement {
    const char *verdict; /* "good", ... or NULL before the first */
    int errors, warnings, infos;
};
MUST_CHECK enum status store_run_judge(struct store *store, const char *id,
                                       const struct run_judgement *judgement,
                                       struct err *err);

/* --- reading: on any handle --- */
struct run {
    int64_t key; /* internal */
    const char *id, *name, *project, *baseline,
        *note; /* "" when not set (name: the id) */
    const char *config_json, *tags_json, *schedule_json,
        *roles_json; /* NULL when not set */
    enum run_status status;
    int64_t epochs; /* planned total, 0 unknown */
    bool counts_steps, trashed;
    int64_t created_ms, updated_ms;
    int64_t last_step; /* -1 before the first record */
    struct run_judgement judgement;
};
/* ST_NOT_FOUND run_not_found. A run in the trash is found only with trashed_too. */
MUST_CHECK enum status store_run_get(struct store *store, const char *id,
                                     bool trashed_too, struct arena *arena,
                                     struct run *out, struct err *err);

enum run_order { RUNS_BY_CREATED, RUNS_BY_UPDATED, RUNS_BY_NAME };
struct run_query {
    const char *project; /* exact, NULL = any */
    const char *q; /* part of id, name, project or tags, case-insensitive; or NULL */
    bool set_status;
    enum run_status status;
    bool trashed; /* list the trash instead */
    enum run_order order;
    bool ascending;
    size_t limit;       /* 1 to RUNS_PAGE_MAX */
    const char *cursor; /* from the page before (same order), or NULL */
    bool brief; /* without config, tags, note, schedule, roles (NULL) and total (0) */
};
struct run_page {
    struct run *runs;
    size_t count;
    const char *next; /* cursor, NULL on the last page */
    int64_t total;    /* runs that match, over all pages */
};
/* Runs of equal rank come by age. Reads every run once (10,000 take milliseconds) and no
   points. ST_INVALID bad_cursor. */
MUST_CHECK enum status store_runs(struct store *store, const struct run_query *query,
                                  struct arena *arena, struct run_page *out,
                                  struct err *err);

/* A metric of a run with its figures, which ingest keeps up to date: reading them never
   scans points. min and max are over finite values (NaN, step -1 without any), their
   steps the first ones that have them; last is the value at last_step, finite or not. */
struct metric {
    int64_t key;
    const char *name;
    int64_t count, nonfinite_count;
    double min, max, last;
    int64_t min_step, max_step, first_step, last_step;
};
/* In order of first appearance. */
MUST_CHECK enum status store_metrics(struct store *store, int64_t run_key,
                                     struct arena *arena, struct metric **out,
                                     size_t *count, struct err *err);

struct store_info {
    int64_t runs, metrics, points; /* points: as counted by ingest */
    int64_t file_bytes, wal_bytes;
    int schema_version;
    const char *engine; /* "SQLite 3.40.1" */
};
MUST_CHECK enum status store_info(struct store *store, struct store_info *out,
                                  struct err *err);

#endif
