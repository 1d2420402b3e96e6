/* Private to the SQLite engine, the files of this folder: the only ones that include
   sqlite3.h.

   One writer. SQLite before 3.51.3 can lose a committed transaction when two connections
   write or checkpoint at the same instant (sqlite.org/wal.html, section 11). Only the
   writer's connection is opened for writing; it alone checkpoints; a lock file keeps a
   second epochd out. The database file itself is never opened outside SQLite: closing
   such a descriptor would drop SQLite's POSIX locks (sqlite.org/howtocorrupt.html, 2.2).
 */
#ifndef STORE_SQLITE_ENGINE_H
#define STORE_SQLITE_ENGINE_H

#include "base/embedded.h"
#include "store/store_ops.h"
#include "store/tail.h"

#include <sqlite3.h>

/* Prepared statements that are kept, one slot each; the text is where it is used. */
enum sql_slot {
    SQL_BEGIN,
    SQL_COMMIT,
    SQL_ROLLBACK,
    SQL_READ_BEGIN,
    SQL_READ_END,
    SQL_JOURNAL_ADD,
    SQL_JOURNAL_RANGE,
    SQL_JOURNAL_READ,
    SQL_JOURNAL_DELETE,
    SQL_CHUNK_ADD,
    SQL_CHUNK_DELETE,
    SQL_BODY_ADD,
    SQL_BODY_DELETE,
    SQL_BODY,
    SQL_BLOCKS,
    SQL_CHUNK_BEFORE,
    SQL_CHUNK_AFTER,
    SQL_METRIC_ADD,
    SQL_METRIC_FIND,
    SQL_METRIC_FIGURES,
    SQL_METRIC_SAVE,
    SQL_RUN_ADD,
    SQL_RUN_ADD_DOCUMENT,
    SQL_RUN_FIND,
    SQL_RUN_PROGRESS,
    SQL_RUN_GET,
    SQL_RUN_JUDGE,
    SQL_METRICS,
    SQL_METRIC_FOLDED,
    SQL_CHUNKS,
    SQL_CHUNK_START,
    SQL_FINDINGS_HOLDING,
    SQL_FINDING_OPEN,
    SQL_FINDING_CLOSE,
    SQL_FINDING_SEVERITY,
    SQL_FINDINGS_FORGET,
    SQL_FINDINGS,
    SQL_MUTES,
    SQL_SLOTS
};

/* How long to wait for others: only shells and backup tools can hold the database. */
#define BUSY_WAIT_MS 2000

struct sqlite_store {
    struct store base; /* first: a struct store * is one of these */
    sqlite3 *db;
    char *path;      /* absolute, owned */
    int lock;        /* descriptor that holds the lock file; -1 on a reader */
    int wal_pages;   /* in the log, as of the latest commit */
    int wal_moved;   /* of these, how many were there at the latest checkpoint */
    char engine[32]; /* for store_info */
    bool in_order;   /* nothing was left behind of an epochd that was killed */
    int reading;     /* how often sql_read_begin came without its _end */
    char secret[33]; /* ask.h: in the names of views; "" at first */
    bool unsynced;   /* a sync failed: nothing may be acknowledged any more */
    sqlite3_stmt *kept[SQL_SLOTS];
    struct tail tail;
    bool tail_known;       /* a writer's is what it wrote; false after a rollback */
    struct ingest *ingest; /* the writer's (ingest.h); NULL on a reader */
};

/* --- sql.c: statements --- */

/* Fills err from the connection's latest failure. */
enum status sql_error(struct sqlite_store *self, struct err *err);
/* The statement of a slot, ready to be bound; prepared on first use. NULL: sql_error. */
sqlite3_stmt *sql_kept(struct sqlite_store *self, enum sql_slot slot, const char *text);
/* The same for a statement that is used once; the caller finalizes it. */
sqlite3_stmt *sql_once(struct sqlite_store *self, const char *text);
/* Runs a statement that gives no rows, and resets it. NULL (not prepared) is a failure.
 */
MUST_CHECK enum status sql_run(struct sqlite_store *self, sqlite3_stmt *statement,
                               struct err *err);
/* Runs a statement of sql_once(), and finalizes it. */
MUST_CHECK enum status sql_run_once(struct sqlite_store *self, sqlite3_stmt *statement,
                                    struct err *err);
/* Steps to the next row. Without one *row is false and the statement is reset; a caller
   that stops earlier resets it, else its read transaction stays open. */
MUST_CHECK enum status sql_next(struct sqlite_store *self, sqlite3_stmt *statement,
                                bool *row, struct err *err);
/* Any statements, without results. */
MUST_CHECK enum status sql_script(struct sqlite_store *self, const char *text,
                                  struct err *err);

/* Binding. Texts must live until the statement was run; NULL binds NULL. A statement that
   is NULL is passed over: running it reports why. */
void sql_int(sqlite3_stmt *statement, int index, int64_t value);
void sql_text(sqlite3_stmt *statement, int index, const char *text);
void sql_blob(sqlite3_stmt *statement, int index, const void *bytes, size_t length);
/* A double takes two places, at index and index + 1: value and special
   (schema/sqlite/0001_init.sql). Likewise on reading. */
void sql_double(sqlite3_stmt *statement, int index, double value);
double sql_get_double(sqlite3_stmt *statement, int column);

/* Of a function of ours: NULL unless it is finite. */
void sql_result_finite(sqlite3_context *context, double value);

/* Copies a text column into the arena; NULL stays NULL. Sets *full when it does not fit.
 */
const char *sql_get_text(sqlite3_stmt *statement, int column, struct arena *arena,
                         bool *full);
enum status sql_answer_too_large(struct err *err);

/* --- journal_rows.c --- */

/* One snapshot for several statements. The end also ends what failed in between. */
MUST_CHECK enum status sql_read_begin(struct sqlite_store *self, struct err *err);
void sql_read_end(struct sqlite_store *self);

/* --- open.c --- */
extern const struct embedded schema_sqlite[];
enum status sqlite_open(const char *location, enum store_mode mode, struct store **out,
                        struct err *err);
void sqlite_close(struct store *store);

/* --- metrics.c --- */

/* The figures among the columns of metric; they come first in a query that has them. */
#define FIGURES                                                                          \
    "count, nonfinite_count, min_value, min_special, min_step, max_value, max_special, " \
    "max_step, last_value, last_special, first_step, last_step"
enum { FIGURES_COLUMNS = 12 };
void sqlite_read_figures(sqlite3_stmt *row, struct metric *metric);

enum status sqlite_metrics(struct store *store, int64_t run_key, struct arena *arena,
                           struct metric **out, size_t *count, struct err *err);

/* --- findings.c --- */
enum status sqlite_findings_set(struct store *store, const char *id,
                                const struct findings_now *now, struct err *err);
enum status sqlite_findings(struct store *store, int64_t run_key, struct arena *arena,
                            struct run_finding **out, size_t *count, struct err *err);
enum status sqlite_mute(struct store *store, const char *id, const struct mute *mute,
                        struct err *err);
enum status sqlite_unmute(struct store *store, const char *id, const char *rule,
                          struct err *err);
enum status sqlite_mutes(struct store *store, int64_t run_key, struct arena *arena,
                         struct mute **out, size_t *count, struct err *err);

/* --- runs.c --- */

/* What must be known of a run before it is changed. */
struct sqlite_run {
    bool exists, trashed;
    int64_t key;
};
/* Inside a transaction. ST_NOT_FOUND run_not_found. */
MUST_CHECK enum status sqlite_run_find(struct sqlite_store *self, const char *id,
                                       struct sqlite_run *out, struct err *err);

/* The key of a run that is made now, with nothing set but its id. */
MUST_CHECK enum status sqlite_run_add(struct sqlite_store *self, const char *id,
                                      int64_t now_ms, int64_t *key, struct err *err);
enum status sqlite_run_in_trash(const char *id, struct err *err);

enum status sqlite_run_create(struct store *store, const char *id,
                              const struct run_fields *fields, int64_t now_ms,
                              struct err *err);
enum status sqlite_run_update(struct store *store, const char *id,
                              const struct run_fields *fields, int64_t now_ms,
                              struct err *err);
enum status sqlite_run_trash(struct store *store, const char *id, int64_t now_ms,
                             struct err *err);
enum status sqlite_run_restore(struct store *store, const char *id, struct err *err);
enum status sqlite_run_purge(struct store *store, const char *id, struct err *err);
enum status sqlite_run_judge(struct store *store, const char *id,
                             const struct run_judgement *judgement, struct err *err);

/* --- list.c --- */
enum status sqlite_run_get(struct store *store, const char *id, struct arena *arena,
                           struct run *out, struct err *err);
enum status sqlite_runs(struct store *store, const struct run_query *query,
                        struct arena *arena, struct run_page *out, struct err *err);

#endif
