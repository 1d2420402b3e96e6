#include "bare_journal.h"

#include "base/buf.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

#define BATCH_BYTES_MAX (512u << 20)
#define FOLD_BYTES      (8u << 20) /* of rows that then go away */

struct journal {
    sqlite3 *db;
    sqlite3_stmt *insert;
    size_t unfolded; /* bytes; the writer's alone, as the database and the batch are */
    struct buf batch;
    pthread_t writer;
    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t some;
    struct journal_entry *first, **end;
    bool stop;
};

/* Everything that waits, or NULL when it is over. */
static struct journal_entry *take(struct journal *journal)
{
    pthread_mutex_lock(&journal->lock);
    while (!journal->first && !journal->stop)
        pthread_cond_wait(&journal->some, &journal->lock);
    struct journal_entry *entries = journal->first;
    journal->first = NULL;
    journal->end = &journal->first;
    pthread_mutex_unlock(&journal->lock);
    return entries;
}

static bool commit(struct journal *journal, const struct journal_entry *entries)
{
    buf_clear(&journal->batch);
    for (const struct journal_entry *e = entries; e; e = e->next)
        buf_add(&journal->batch, e->bytes, e->length);
    bool fold = journal->unfolded > FOLD_BYTES;
    if (fold && sqlite3_exec(journal->db, "BEGIN; DELETE FROM journal", NULL, NULL, NULL))
        return false;
    journal->unfolded = (fold ? 0 : journal->unfolded) + journal->batch.length;
    sqlite3_bind_blob64(journal->insert, 1, journal->batch.data, journal->batch.length,
                        SQLITE_STATIC);
    sqlite3_step(journal->insert);
    bool stored = sqlite3_reset(journal->insert) == SQLITE_OK && !journal->batch.failed;
    return stored &&
           (!fold || sqlite3_exec(journal->db, "COMMIT", NULL, NULL, NULL) == SQLITE_OK);
}

static void *write_all(void *data)
{
    struct journal *journal = data;
    struct journal_entry *entries;
    while ((entries = take(journal))) {
        if (!commit(journal, entries)) {
            fprintf(stderr, "bare: journal: %s\n", sqlite3_errmsg(journal->db));
            abort(); /* the client sees the connections break */
        }
        while (entries) { /* a resumed one may be gone at once */
            struct journal_entry *next = entries->next;
            MHD_resume_connection(entries->connection);
            entries = next;
        }
    }
    return NULL;
}

void journal_add(struct journal *journal, struct journal_entry *entry)
{
    entry->next = NULL;
    MHD_suspend_connection(entry->connection);
    pthread_mutex_lock(&journal->lock);
    bool first = !journal->first;
    *journal->end = entry;
    journal->end = &entry->next;
    pthread_mutex_unlock(&journal->lock);
    if (first)
        pthread_cond_signal(&journal->some);
}

struct journal *journal_open(const char *folder)
{
    char path[512];
    struct journal *journal = calloc(1, sizeof *journal);
    if (!journal)
        return NULL;
    buf_init(&journal->batch, BATCH_BYTES_MAX);
    pthread_mutex_init(&journal->lock, NULL);
    pthread_cond_init(&journal->some, NULL);
    journal->end = &journal->first;
    snprintf(path, sizeof path, "%s/journal.db", folder);
    if (sqlite3_open(path, &journal->db) == SQLITE_OK &&
        sqlite3_exec(journal->db,
                     "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                     "PRAGMA wal_autocheckpoint = 4096;"
                     "CREATE TABLE IF NOT EXISTS"
                     " journal (id INTEGER PRIMARY KEY, data BLOB NOT NULL)",
                     NULL, NULL, NULL) == SQLITE_OK &&
        sqlite3_prepare_v2(journal->db, "INSERT INTO journal (data) VALUES (?1)", -1,
                           &journal->insert, NULL) == SQLITE_OK &&
        pthread_create(&journal->writer, NULL, write_all, journal) == 0)
        return journal;
    sqlite3_finalize(journal->insert);
    sqlite3_close(journal->db);
    free(journal);
    return NULL;
}

void journal_close(struct journal *journal)
{
    if (!journal)
        return;
    pthread_mutex_lock(&journal->lock);
    journal->stop = true;
    pthread_mutex_unlock(&journal->lock);
    pthread_cond_signal(&journal->some);
    pthread_join(journal->writer, NULL);
    sqlite3_finalize(journal->insert);
    sqlite3_close(journal->db);
    buf_release(&journal->batch);
    free(journal);
}
