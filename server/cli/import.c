#include "base/clock.h"
#include "base/json_out.h"
#include "base/limits.h"
#include "base/text.h"
#include "cli/database.h"
#include "cli/file.h"
#include "cli/import_run.h"
#include "cli/out.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define MEMORY_BYTES_MAX ((size_t)2 << 30) /* of a file's columns and points */

enum { DB, RUN, PROJECT, REPLACE, NDJSON, OPTION_COUNT };

static const struct cli_option options[] = {
    [DB] = DATABASE_OPTION(", made when there is none; no server may have it open"),
    [RUN] = {"run", "ID", "the run's id (the file's name, with its folders)"},
    [PROJECT] = {"project", "NAME", "puts the runs into this project"},
    [REPLACE] = {"replace", NULL, "replace a run that another file or a server made"},
    [NDJSON] = {"ndjson", NULL, "print the records instead, to be posted to a server"},
    {NULL, NULL, NULL},
};

/* One call. */
struct session {
    const struct command *self;
    const char **values;
    struct store *store; /* opened once there is something to store; NULL before */
    bool over;           /* it cannot be opened */
};

/* --- names --- */

/* FNV-1a. */
static uint32_t hash_of(const char *text, size_t length)
{
    uint32_t hash = 2166136261u;
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ (unsigned char)text[i]) * 16777619u;
    return hash;
}

static bool is_ascii(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if ((unsigned char)text[i] >= 128)
            return false;
    }
    return true;
}

/* "logs/cifar 10/results.csv" becomes "logs-cifar-10-results". Of one with other letters,
   or a long one, of which the end is kept, not enough is left to tell it from others: a
   hash of the whole stands behind it. Two files may still be given one id ("a b.csv",
   "a-b.csv"), of which distinct() and the run's source take care. */
static void name_run(const char *path, char out[static RUN_ID_MAX + 1])
{
    enum { HASH_LENGTH = 9 };
    size_t length = 0;
    path += strspn(path, "./");
    const char *dot = strrchr(path, '.'), *slash = strrchr(path, '/');
    size_t end = dot && dot > path && (!slash || dot > slash + 1) ? (size_t)(dot - path)
                                                                  : strlen(path);
    bool lossy = end > RUN_ID_MAX || !is_ascii(path, end);
    size_t room = RUN_ID_MAX - (lossy ? HASH_LENGTH : 0);
    for (size_t i = end > room ? end - room : 0; i < end; i++) {
        unsigned char c = (unsigned char)path[i];
        bool plain = isalnum(c) || c == '_' || c == '-' || (c == '.' && length);
        if ((c & 0xc0) != 0x80) /* a letter of several bytes is one dash */
            out[length++] = plain && c < 128 ? (char)c : '-';
    }
    if (lossy)
        length +=
            (size_t)snprintf(out + length, HASH_LENGTH + 1, "-%08x", hash_of(path, end));
    out[length] = '\0';
}

static void choose_id(const char *path, const char **values,
                      char out[static RUN_ID_MAX + 1])
{
    if (values[RUN])
        snprintf(out, RUN_ID_MAX + 1, "%s", values[RUN]);
    else
        name_run(path, out);
}

/* --- printing --- */

static void add_record(const struct logfile *log, size_t row, struct buf *out)
{
    struct json_out json;
    json_init(&json, out);
    json_object_begin(&json);
    json_key_int(&json, log->counts_steps ? "step" : "epoch", log->step[row]);
    for (size_t c = 0; c < log->column_count; c++) {
        const struct logfile_column *column = &log->columns[c];
        if (column->present[row] && import_is_metric(log, column->name))
            json_key_double(&json, column->name, column->value[row]);
    }
    json_object_end(&json);
    buf_add_char(out, '\n');
}

static enum status print(const struct import *import, struct err *err)
{
    const struct logfile *log = &import->log;
    struct buf text;
    bool goes_on = true;
    buf_init(&text, EXPORT_TEXT_BYTES_MAX);
    for (size_t row = 0; row < log->row_count && !text.failed && goes_on; row++) {
        add_record(log, row, &text);
        if (text.length >= OUT_BYTES || row + 1 == log->row_count)
            goes_on = out_send(&text);
    }
    bool failed = text.failed;
    buf_release(&text);
    return failed ? err_set(err, ST_FAILED, "out_of_memory", "out of memory") : ST_OK;
}

/* --- files --- */

static enum status read_log(struct import *import, struct err *err)
{
    struct buf text;
    struct stat info;
    buf_init(&text, FILE_BYTES_MAX);
    enum status status = file_read(import->path, &text, err);
    if (!status)
        status = logfile_parse(text.data, text.length, &import->arena, &import->log, err);
    if (!status && !import->log.row_count)
        status = err_set(err, ST_MALFORMED, "not_a_log", "there is no record in it");
    import->now_ms =
        stat(import->path, &info) ? clock_unix_ms() : (int64_t)info.st_mtime * 1000;
    buf_release(&text);
    return status;
}

/* Where the file lies, so that results.csv of another folder is another. NULL: out of
   memory. */
static const char *source_of(struct import *import)
{
    char *real = strcmp(import->path, "-") ? realpath(import->path, NULL) : NULL;
    const char *copy = arena_strdup(&import->arena, real ? real : import->path);
    free(real);
    return copy;
}

/* Only now is a database made, when there is none. Returns -1, or the exit code. */
static int open_store(struct session *session)
{
    struct err err = {0};
    int code = database_open(session->self, session->values[DB], STORE_WRITER,
                             &session->store, &err);
    session->over = code >= 0;
    if (err.status == ST_CONFLICT)
        fprintf(stderr, "a server takes it over HTTP: epochd import --ndjson FILE | "
                        "curl --data-binary @- -H 'Content-Type: "
                        "application/x-ndjson' "
                        "localhost:6280/api/v1/runs/ID/epochs\n");
    return code;
}

static enum status store_log(struct import *import, struct store *store, struct err *err)
{
    const char *verdict;
    import->source = source_of(import);
    enum status status = import->source
                             ? import_run(import, store, &verdict, err)
                             : err_set(err, ST_FAILED, "out_of_memory", "out of memory");
    if (!status)
        printf("%s: run %s, %zu %s, %s\n", import->path, import->run,
               import->log.row_count, import->log.counts_steps ? "steps" : "epochs",
               verdict);
    return status;
}

/* Returns the exit code. */
static int import_log(struct session *session, struct import *import)
{
    struct err err = {0};
    bool printing = session->values[NDJSON];
    enum status status = read_log(import, &err);
    int code = EXIT_USAGE; /* of whatever is wrong with the file */
    if (!status && !printing && !session->store) {
        int failed = open_store(session);
        if (failed >= 0)
            return failed;
    }
    if (!status) {
        status = printing ? print(import, &err) : store_log(import, session->store, &err);
        if (status == ST_FAILED || status == ST_FULL)
            code = EXIT_FAILED;
    }
    if (!status)
        return EXIT_OK;
    fprintf(stderr, "epochd import: %s: %s\n", import->path, err.text);
    return code;
}

static int import_file(struct session *session, const char *path)
{
    struct import import = {.path = path,
                            .project = session->values[PROJECT],
                            .replace = session->values[REPLACE]};
    arena_init(&import.arena, MEMORY_BYTES_MAX);
    choose_id(path, session->values, import.run);
    int code = import_log(session, &import);
    arena_release(&import.arena);
    return code;
}

static int import_all(struct session *session, char **files)
{
    int worst = EXIT_OK;
    for (; *files && !session->over; files++) {
        int code = import_file(session, *files);
        worst = code > worst ? code : worst;
    }
    return worst;
}

static int usage(const char *sentence)
{
    fprintf(stderr, "epochd import: %s\n", sentence);
    return EXIT_USAGE;
}

/* Of a file, and of the run it makes. */
struct name {
    const char *path;
    char id[RUN_ID_MAX + 1];
};

static int same_id(const struct name *a, const struct name *b)
{
    fprintf(stderr,
            "epochd import: %s and %s would both be run %s: import them one at a time, "
            "with --run\n",
            a->path, b->path, a->id);
    return EXIT_USAGE;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(((const struct name *)a)->id, ((const struct name *)b)->id);
}

/* Returns -1 when each file makes a run of its own, or the exit code. */
static int distinct(const char **values, char **files)
{
    size_t count = 0;
    while (files[count])
        count++;
    struct name *names = calloc(count, sizeof *names);
    if (!names)
        return usage("out of memory");
    for (size_t i = 0; i < count; i++) {
        names[i].path = files[i];
        choose_id(files[i], values, names[i].id);
    }
    qsort(names, count, sizeof *names, compare_names);
    int code = -1;
    for (size_t i = 1; i < count && code < 0; i++) {
        if (!compare_names(&names[i - 1], &names[i]))
            code = same_id(&names[i - 1], &names[i]);
    }
    free(names);
    return code;
}

/* Returns -1 to go on, or the exit code. */
static int check(const char **values, char **files)
{
    if (!*files)
        return usage("which file? (\"-\" for standard input)");
    if (files[1] && (values[RUN] || values[NDJSON]))
        return usage("--run and --ndjson take one file");
    if (values[RUN] && !text_is_run_id(values[RUN]))
        return usage("--run is 1 to 128 of A-Z a-z 0-9 . _ -, and no dot at first");
    if (values[REPLACE] && values[NDJSON])
        return usage("--ndjson stores nothing that --replace could put in place");
    if (!strcmp(*files, "-") && !values[RUN] && !values[NDJSON])
        return usage("a run from standard input needs --run ID");
    if (values[PROJECT] && (strlen(values[PROJECT]) > RUN_NAME_MAX ||
                            !text_is_printable(values[PROJECT], strlen(values[PROJECT]))))
        return usage("--project is a text of at most 256 bytes");
    return -1;
}

static int run_import(const struct command *self, int argc, char **argv)
{
    const char *values[OPTION_COUNT];
    char **files;
    int code = command_parse(self, argc, argv, values, &files);
    if (code < 0)
        code = check(values, files);
    if (code < 0)
        code = distinct(values, files);
    if (code >= 0)
        return code;
    struct session session = {.self = self, .values = values};
    code = import_all(&session, files);
    store_close(session.store);
    return code;
}

const struct command import_command = {
    .name = "import",
    .arguments = "FILE...",
    .about = "store the log files of training loops as runs",
    .options = options,
    .run = run_import,
};
