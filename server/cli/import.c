#include "api/run_json.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/text.h"
#include "cli/database.h"
#include "cli/file.h"
#include "ingest/logfile.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define MEMORY_BYTES_MAX ((size_t)2 << 30) /* of a file's columns and points */
#define WRITE_BYTES      (64 << 10)        /* at once */

enum { DB, RUN, PROJECT, NDJSON, OPTION_COUNT };

static const struct cli_option options[] = {
    [DB] = DATABASE_OPTION(", made when there is none; no server may have it open"),
    [RUN] = {"run", "ID", "the run's id (the file's name, with its folders)"},
    [PROJECT] = {"project", "NAME", "puts the runs into this project"},
    [NDJSON] = {"ndjson", NULL, "print the records instead, to be posted to a server"},
    {NULL, NULL, NULL},
};

/* A file that was read. */
struct import {
    const char *path, *project;
    char run[RUN_ID_MAX + 1];
    int64_t now_ms; /* when the file was written: a log has no better time */
    struct logfile log;
    struct arena arena;
};

/* --- names --- */

/* "logs/cifar 10/results.csv" becomes "logs-cifar-10-results": each file another. A long
   one keeps its end. */
static void name_run(const char *path, char out[static RUN_ID_MAX + 1])
{
    size_t length = 0;
    while (*path == '.' || *path == '/')
        path++;
    const char *dot = strrchr(path, '.'), *slash = strrchr(path, '/');
    size_t end = dot && dot > path && (!slash || dot > slash + 1) ? (size_t)(dot - path)
                                                                  : strlen(path);
    for (size_t i = end > RUN_ID_MAX ? end - RUN_ID_MAX : 0; i < end; i++) {
        unsigned char c = (unsigned char)path[i];
        bool plain = isalnum(c) || c == '_' || c == '-' || (c == '.' && length);
        out[length++] = plain && c < 128 ? (char)c : '-';
    }
    out[length] = '\0';
}

/* What a record says where it is, not what was measured. */
static bool is_metric(const struct logfile *log, const char *name)
{
    return strcmp(name, "step") && strcmp(name, "time") &&
           (log->counts_steps || strcmp(name, "epoch"));
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
        if (column->present[row] && is_metric(log, column->name))
            json_key_double(&json, column->name, column->value[row]);
    }
    json_object_end(&json);
    buf_add_char(out, '\n');
}

static enum status print(const struct import *import, struct err *err)
{
    const struct logfile *log = &import->log;
    struct buf text;
    buf_init(&text, EXPORT_TEXT_BYTES_MAX);
    for (size_t row = 0; row < log->row_count && !text.failed; row++) {
        add_record(log, row, &text);
        if (text.length < WRITE_BYTES && row + 1 < log->row_count)
            continue;
        fwrite(text.data, 1, text.length, stdout);
        buf_clear(&text);
    }
    bool failed = text.failed;
    buf_release(&text);
    return failed ? err_set(err, ST_FAILED, "out_of_memory", "out of memory") : ST_OK;
}

/* --- storing --- */

/* False: out of memory. */
static bool collect(struct import *import, struct store_points *out)
{
    const struct logfile *log = &import->log;
    size_t count = 0;
    for (size_t c = 0; c < log->column_count; c++) {
        for (size_t row = 0; row < log->row_count; row++)
            count += log->columns[c].present[row];
    }
    const char **names =
        arena_array(&import->arena, log->column_count + 1, sizeof *names);
    struct store_point *points = arena_array(&import->arena, count + 1, sizeof *points);
    if (!names || !points)
        return false;
    *out = (struct store_points){.run = import->run,
                                 .names = names,
                                 .points = points,
                                 .has_step = log->counts_steps,
                                 .step_last = log->step[log->row_count - 1],
                                 .now_ms = import->now_ms};
    for (size_t c = 0; c < log->column_count; c++) {
        const struct logfile_column *column = &log->columns[c];
        if (!is_metric(log, column->name))
            continue;
        for (size_t row = 0; row < log->row_count; row++) {
            if (column->present[row])
                points[out->point_count++] =
                    (struct store_point){.step = log->step[row],
                                         .time_ms = import->now_ms,
                                         .value = column->value[row],
                                         .metric = (uint32_t)out->name_count};
        }
        names[out->name_count++] = column->name;
    }
    return true;
}

/* A run whose log is imported is over. The verdict is for the list of runs, which a
   server would otherwise know only once somebody looks at the run. */
static enum status finish_run(struct import *import, struct store *store,
                              struct judged *judged, struct err *err)
{
    struct run_fields fields = {.set_status = true,
                                .status = RUN_FINISHED,
                                .project = import->project};
    enum status status =
        store_run_update(store, import->run, &fields, import->now_ms, err);
    if (!status)
        status = judge_run(store, &run_readers, import->run, &import->arena, judged, err);
    return status ? status : store_run_judge(store, import->run, &judged->judgement, err);
}

static enum status write_run(struct import *import, struct store *store,
                             struct judged *judged, struct err *err)
{
    struct store_points points;
    bool created;
    if (!collect(import, &points))
        return err_set(err, ST_TOO_LARGE, "too_large", "the log needs too much memory");
    enum status status = store_begin(store, err);
    if (status)
        return status;
    status = store_put(store, &points, &created, err);
    if (!status)
        status = finish_run(import, store, judged, err);
    if (!status)
        return store_commit(store, err);
    store_rollback(store);
    return status;
}

static enum status store_run(struct import *import, struct store *store, struct err *err)
{
    struct judged judged = {0};
    enum status status = write_run(import, store, &judged, err);
    if (!status)
        printf("%s: run %s, %zu %s, %s\n", import->path, import->run,
               import->log.row_count, import->log.counts_steps ? "steps" : "epochs",
               judged.judgement.verdict);
    return status;
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

/* Returns the exit code. store is NULL to print. */
static int import_file(const char *path, const char **values, struct store *store)
{
    struct import import = {.path = path, .project = values[PROJECT]};
    struct err err = {0};
    arena_init(&import.arena, MEMORY_BYTES_MAX);
    name_run(path, import.run);
    if (values[RUN])
        snprintf(import.run, sizeof import.run, "%s", values[RUN]);
    enum status status = read_log(&import, &err);
    if (!status)
        status = store ? store_run(&import, store, &err) : print(&import, &err);
    arena_release(&import.arena);
    if (!status)
        return EXIT_OK;
    fprintf(stderr, "epochd import: %s: %s\n", path, err.text);
    return status == ST_FAILED || status == ST_FULL ? EXIT_FAILED : EXIT_USAGE;
}

static int import_all(char **files, const char **values, struct store *store)
{
    int worst = EXIT_OK;
    for (; *files; files++) {
        int code = import_file(*files, values, store);
        worst = code > worst ? code : worst;
    }
    return worst;
}

static int usage(const char *sentence)
{
    fprintf(stderr, "epochd import: %s\n", sentence);
    return EXIT_USAGE;
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
    struct store *store;
    struct err err = {0};
    int code = command_parse(self, argc, argv, values, &files);
    if (code < 0)
        code = check(values, files);
    if (code >= 0)
        return code;
    if (values[NDJSON])
        return import_all(files, values, NULL);
    enum status status = store_open(values[DB] ? values[DB] : DATABASE_DEFAULT,
                                    STORE_WRITER, &store, &err);
    if (status) {
        code = database_failed(self, status, &err);
        if (status == ST_CONFLICT)
            fprintf(stderr, "a server takes it over HTTP: epochd import --ndjson FILE | "
                            "curl --data-binary @- -H 'Content-Type: "
                            "application/x-ndjson' "
                            "localhost:6280/api/v1/runs/ID/epochs\n");
        return code;
    }
    code = import_all(files, values, store);
    store_close(store);
    return code;
}

const struct command import_command = {
    .name = "import",
    .arguments = "FILE...",
    .about = "store the log files of training loops as runs",
    .options = options,
    .run = run_import,
};
