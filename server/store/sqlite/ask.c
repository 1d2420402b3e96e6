/* A statement that a person wrote: what it may do, what is wrong with it, its rows. */
#include "store/sqlite/ask.h"
#include "base/text.h"
#include "store/sqlite/ingest.h"
#include "store/store_sql.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HINT_MAX 96 /* bytes: names all tables */

/* Why a statement is refused, when it is not SQLite itself that finds fault. */
struct question {
    const struct sqlite_store *self;
    bool writes, attaches;
    char inner[64]; /* a table of epochd's own */
};

/* --- what it may do --- */

/* Tables that are not in the file: SQLite counts them to main. */
static bool is_function(const char *name)
{
    static const char *const names[] = {"json_each",
                                        "json_tree",
                                        "pragma_table_info",
                                        "pragma_table_xinfo",
                                        "pragma_function_list",
                                        "pragma_compile_options",
                                        NULL};
    for (size_t i = 0; names[i]; i++) {
        if (!sqlite3_stricmp(names[i], name))
            return true;
    }
    return false;
}

/* What SQLite itself reads when a table such as json_each is met for the first time. */
static bool is_first_meeting(const char *table, const char *column)
{
    return !strcmp(table, "sqlite_master") && !strcmp(column, "ROWID");
}

/* Of main only our views read: its rows are not all there is, and say other things in the
   next version. Of temp nobody reads the schema, which has the names of these views.
   Without a column a table is only counted, maybe on behalf of a view that was taken
   apart. */
static int may_read(struct question *question, const char *const read[2],
                    const char *database, const char *view)
{
    const char *table = read[0], *column = read[1];
    bool inner = database && !strcmp(database, "main")
                     ? !is_function(table) && !is_first_meeting(table, column)
                     : !sqlite3_strnicmp(table, "sqlite_", 7);
    if (!inner || !*column || (view && sql_is_inner_view(question->self, view)))
        return SQLITE_OK;
    snprintf(question->inner, sizeof question->inner, "%s", table);
    return SQLITE_DENY;
}

static int may_pragma(struct question *question, const char *name)
{
    static const char *const names[] = {"table_info", "table_xinfo", "function_list",
                                        "compile_options", NULL};
    for (size_t i = 0; names[i]; i++) {
        if (!sqlite3_stricmp(names[i], name))
            return SQLITE_OK;
    }
    question->writes = true;
    return SQLITE_DENY;
}

static int may(void *data, int action, const char *first, const char *second,
               const char *database, const char *view)
{
    struct question *question = data;
    switch (action) {
    case SQLITE_SELECT:
    case SQLITE_FUNCTION:
    case SQLITE_RECURSIVE: return SQLITE_OK;
    case SQLITE_READ:
        return may_read(question, (const char *[]){first, second}, database, view);
    /* What SQLite asks when a table such as json_each is met for the first time; a real
       one is stopped by check(). */
    case SQLITE_UPDATE:
        question->writes = strcmp(first, "sqlite_master") != 0;
        return question->writes ? SQLITE_DENY : SQLITE_OK;
    case SQLITE_PRAGMA: return may_pragma(question, first);
    case SQLITE_ATTACH:
    case SQLITE_DETACH: question->attaches = true; return SQLITE_DENY;
    default: question->writes = true; return SQLITE_DENY;
    }
}

/* --- what is wrong with it --- */

static enum status refuse(struct err *err, const char *sentence)
{
    return err_set(err, ST_INVALID, "bad_sql", "%s", sentence);
}

static const char only_reads[] = "this only answers questions: a statement that changes "
                                 "something is not for it";

/* Whether "run, name, count" has that name. */
static bool has_column(const char *columns, const char *name)
{
    size_t length = strlen(name);
    for (const char *at = columns; at; at = strstr(at, ", ")) {
        at += strspn(at, ", ");
        if (!sqlite3_strnicmp(at, name, (int)length) && strchr(",", at[length]))
            return true;
    }
    return false;
}

/* ": runs and metrics have it": the name is right, the table is not. */
static bool say_owners(const char *name, char out[static HINT_MAX])
{
    size_t count = 0, used = 0;
    for (size_t i = 0; sql_tables[i].name; i++) {
        if (has_column(sql_tables[i].columns, name))
            used += (size_t)snprintf(out + used, HINT_MAX - used, "%s%s",
                                     count++ ? ", " : ": it is a column of ",
                                     sql_tables[i].name);
    }
    return count;
}

/* The column of any table that is nearest to that name; "" when none is near. */
static void suggest(const char *wrong, char out[static HINT_MAX])
{
    enum { NAMES_MAX = 128 };
    char room[2048];
    const char *names[NAMES_MAX + 1] = {NULL};
    size_t used = 0, count = 0;
    for (size_t i = 0; sql_tables[i].name; i++) {
        int length =
            snprintf(room + used, sizeof room - used, "%s, ", sql_tables[i].columns);
        used += length > 0 && (size_t)length < sizeof room - used ? (size_t)length : 0;
    }
    room[used] = '\0';
    for (char *name = room, *end; count < NAMES_MAX && (end = strstr(name, ", "));
         name = end + 2) {
        *end = '\0';
        names[count++] = name;
    }
    /* Any three letters are near to something. */
    const char *nearest = strlen(wrong) > 3 ? text_nearest(wrong, names) : NULL;
    snprintf(out, HINT_MAX, "%s%s%s", nearest ? ": did you mean " : "",
             nearest ? nearest : "", nearest ? "?" : "");
}

/* What SQLite says, and what to do about it. */
static enum status explain(struct sqlite_store *self, struct err *err)
{
    static const char no_column[] = "no such column: ", no_table[] = "no such table: ",
                      modify[] = "cannot modify ";
    const char *said = sqlite3_errmsg(self->db);
    char hint[HINT_MAX] = "";
    if (!strncmp(said, no_table, strlen(no_table)))
        return err_set(err, ST_INVALID, "bad_sql",
                       "%s (there are runs, metrics, points, findings, trash: see epochd "
                       "sql --help)",
                       said);
    if (!strncmp(said, modify, strlen(modify)))
        return refuse(err, only_reads);
    if (strncmp(said, no_column, strlen(no_column)))
        return refuse(err, said);
    const char *dot = strrchr(said, '.');
    const char *name = dot ? dot + 1 : said + strlen(no_column);
    if (!say_owners(name, hint))
        suggest(name, hint);
    return err_set(err, ST_INVALID, "bad_sql",
                   "%s%s (a text is written 'so'; epochd sql --help lists the columns)",
                   said, hint);
}

static enum status fault(struct sqlite_store *self, const struct question *question,
                         struct err *err)
{
    switch (sqlite3_errcode(self->db) & 0xff) {
    case SQLITE_ERROR:
    case SQLITE_AUTH:
    case SQLITE_READONLY:
    case SQLITE_TOOBIG:
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH:
    case SQLITE_RANGE: break;
    default: return sql_error(self, err);
    }
    if (question->inner[0])
        return err_set(err, ST_INVALID, "bad_sql",
                       "%s is a table of epochd's own, which may change: ask runs, "
                       "metrics, points, findings or trash (see epochd sql --help)",
                       question->inner);
    if (question->attaches)
        return refuse(err, "this only answers questions of one database: name another "
                           "with --db");
    return question->writes ? refuse(err, only_reads) : explain(self, err);
}

/* --- the statement --- */

static enum status check(sqlite3_stmt *statement, struct err *err)
{
    if (!statement)
        return refuse(err, "there is no statement: try \"SELECT id, verdict FROM runs\"");
    if (!sqlite3_stmt_readonly(statement))
        return refuse(err, only_reads);
    if (sqlite3_bind_parameter_count(statement))
        return refuse(err, "a value must stand where the statement has ? or :name");
    return sqlite3_column_count(statement) ? ST_OK : refuse(err, only_reads);
}

/* The rest of the text may be blanks and comments. */
static enum status check_rest(struct sqlite_store *self, const char *rest,
                              struct err *err)
{
    sqlite3_stmt *second = NULL;
    int code = *rest ? sqlite3_prepare_v2(self->db, rest, -1, &second, NULL) : SQLITE_OK;
    sqlite3_finalize(second);
    return code || second ? refuse(err, "one statement at a time, please") : ST_OK;
}

/* The authorizer is asked while a statement is prepared, and about this one alone: what
   the store prepares for itself meanwhile reads its own tables. */
static enum status prepare(struct sqlite_store *self, const char *text,
                           struct question *question, sqlite3_stmt **out, struct err *err)
{
    const char *rest = "";
    *out = NULL;
    sqlite3_set_authorizer(self->db, may, question);
    int code = sqlite3_prepare_v2(self->db, text, -1, out, &rest);
    enum status status = code ? fault(self, question, err) : check(*out, err);
    if (!status)
        status = check_rest(self, rest, err);
    sqlite3_set_authorizer(self->db, NULL, NULL);
    return status;
}

static void read_value(sqlite3_stmt *row, int column, struct sql_value *out)
{
    *out = (struct sql_value){0};
    switch (sqlite3_column_type(row, column)) {
    case SQLITE_INTEGER:
        out->type = SQL_INTEGER;
        out->integer = sqlite3_column_int64(row, column);
        break;
    case SQLITE_FLOAT:
        out->type = SQL_REAL;
        out->real = sqlite3_column_double(row, column);
        break;
    case SQLITE_TEXT:
        out->type = SQL_TEXT;
        out->text = (const char *)sqlite3_column_text(row, column);
        out->length = (size_t)sqlite3_column_bytes(row, column);
        break;
    case SQLITE_BLOB:
        out->type = SQL_BYTES;
        out->text = sqlite3_column_blob(row, column);
        out->length = (size_t)sqlite3_column_bytes(row, column);
        break;
    default: break;
    }
}

static enum status show_rows(struct sqlite_store *self, sqlite3_stmt *statement,
                             const struct sql_reader *reader, struct err *err)
{
    struct question nothing = {.self = self};
    int count = sqlite3_column_count(statement), code;
    struct sql_value *values = calloc((size_t)count, sizeof *values);
    if (!values)
        return err_set(err, ST_FAILED, "out_of_memory", "out of memory");
    while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
        for (int i = 0; i < count; i++)
            read_value(statement, i, &values[i]);
        if (!reader->row(reader->data, values, (size_t)count))
            break;
    }
    free(values);
    return code == SQLITE_ROW || code == SQLITE_DONE ? ST_OK : fault(self, &nothing, err);
}

static enum status show(struct sqlite_store *self, sqlite3_stmt *statement,
                        const struct sql_reader *reader, struct err *err)
{
    int count = sqlite3_column_count(statement);
    const char **names = calloc((size_t)count, sizeof *names);
    if (!names)
        return err_set(err, ST_FAILED, "out_of_memory", "out of memory");
    for (int i = 0; i < count; i++)
        names[i] = sqlite3_column_name(statement, i);
    bool goes_on = reader->columns(reader->data, names, (size_t)count);
    free(names);
    return goes_on ? show_rows(self, statement, reader, err) : ST_OK;
}

/* One transaction around it all: each read of points would otherwise have its own. */
enum status sqlite_sql(struct store *store, const char *text,
                       const struct sql_reader *reader, struct err *err)
{
    struct sqlite_store *self = (struct sqlite_store *)store;
    struct question question = {.self = self};
    sqlite3_stmt *statement = NULL;
    enum status status = sql_tables_make(self, err);
    if (!status)
        status = sql_script(self, "BEGIN", err);
    if (status)
        return status;
    status = journal_refresh(self, err);
    if (!status)
        status = prepare(self, text, &question, &statement, err);
    if (!status)
        status = show(self, statement, reader, err);
    sqlite3_finalize(statement);
    sqlite3_exec(self->db, "COMMIT", NULL, NULL, NULL);
    sql_tables_drop(self);
    return status;
}
