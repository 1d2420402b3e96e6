/* What only a database in a file can do: be locked, foreign, newer, damaged, half made.
 */
#include "near.h"

#include "base/embedded.h"
#include "place.h"
#include "store/store_findings.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

extern const struct embedded schema_sqlite[];

static int setup(void **state)
{
    *state = place_new();
    return 0;
}

static int teardown(void **state)
{
    place_free(*state);
    return 0;
}

static void assert_refused(const char *location, enum store_mode mode,
                           enum status expected, const char *code)
{
    struct err err = {0};
    struct store *store;
    enum status status = store_open(location, mode, &store, &err);
    assert_status(status, expected, &err);
    assert_null(store);
    assert_string_equal(err.code, code);
    assert_non_null(strstr(err.text, location));
}

static void write_file(const char *path, const void *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

static void assert_file(const char *path, const void *bytes, size_t size)
{
    char content[8192];
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    assert_int_equal(fread(content, 1, sizeof content, file), size);
    assert_memory_equal(content, bytes, size);
    fclose(file);
}

/* Any statements through plain SQLite, as another program would. */
static void shell(const char *location, const char *sql)
{
    sqlite3 *db;
    assert_int_equal(sqlite3_open(location, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void a_second_writer_is_refused_with_the_pid(void **state)
{
    struct place *place = *state;
    struct err err = {0};
    struct store *second;
    char pid[32];
    snprintf(pid, sizeof pid, "pid %ld", (long)getpid());
    place_reopen(place);
    assert_status(store_open(place->location, STORE_WRITER, &second, &err), ST_CONFLICT,
                  &err);
    assert_string_equal(err.code, "db_locked");
    assert_non_null(strstr(err.text, pid));
    put(place, "r", "loss", 1, 1);
    place_reopen(place);
    assert_int_equal(get_points(place, "r", "loss").count, 1);
}

static void the_lock_of_a_dead_writer_is_free(void **state)
{
    struct place *place = *state;
    struct err err = {0};
    int result;
    pid_t child = fork();
    if (child == 0) {
        struct store *store;
        _exit(store_open(place->location, STORE_WRITER, &store, &err) ? 1 : 0);
    }
    assert_int_equal(waitpid(child, &result, 0), child);
    assert_int_equal(result, 0);
    place_reopen(place);
    put(place, "r", "loss", 1, 1);
}

static void a_newer_schema_is_refused_with_both_versions(void **state)
{
    struct place *place = *state;
    struct err err = {0};
    struct store *store;
    place_reopen(place);
    store_close(place->writer);
    place->writer = NULL;
    shell(place->location, "PRAGMA user_version = 4711");
    assert_refused(place->location, STORE_WRITER, ST_CONFLICT, "db_newer");
    assert_refused(place->location, STORE_READER, ST_CONFLICT, "db_newer");
    assert_status(store_open(place->location, STORE_WRITER, &store, &err), ST_CONFLICT,
                  &err);
    assert_non_null(strstr(err.text, "4711"));
    assert_non_null(strstr(err.text, "up to 5"));
}

/* A run with a metric of version 1: a row for each point, NaN and infinities marked. Of
   more steps than are moved in one transaction. */
static void make_version_1(const char *location)
{
    shell(location, schema_sqlite[0].data);
    shell(
        location,
        "PRAGMA application_id = 0x65706f63; PRAGMA user_version = 1;"
        "INSERT INTO run (id, name, created_ms, updated_ms, last_step) VALUES ('r', "
        "'r', 5, 6, 99999); INSERT INTO run_document (run_key) VALUES (1);"
        "INSERT INTO metric (run_key, name, count, nonfinite_count, min_value, "
        "min_special, min_step, max_value, max_special, max_step, last_value, "
        "last_special, first_step, last_step) VALUES (1, 'loss', 100000, 2, 0.25, 0, 0, "
        "99997.25, 0, 99997, -0.0, 4, 0, 99999);"
        "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 99996) "
        "INSERT INTO point SELECT 1, i, i + 0.25, 0, 1000 + i FROM n;"
        "INSERT INTO point VALUES (1, 99997, NULL, 1, 7), (1, 99998, NULL, 3, 8), "
        "(1, 99999, -0.0, 4, 9)");
}

static void a_database_of_version_1_is_brought_up_to_date(void **state)
{
    struct place *place = *state;
    struct err err = {0};
    make_version_1(place->location);
    place_reopen(place);
    struct points points = get_points(place, "r", "loss");
    assert_int_equal(points.count, 100000);
    for (int64_t i = 0; i < 99997; i++) {
        assert_int_equal(points.step[i], i);
        assert_int_equal(points.time_ms[i], 1000 + i);
        assert_same(points.value[i], (double)i + 0.25);
    }
    assert_same(points.value[99997], NAN);
    assert_same(points.value[99998], -INFINITY);
    assert_same(points.value[99999], -0.0);
    assert_int_equal(get_metric(place, "r", "loss").count, 100000);
    begin(place);
    assert_ok(store_mute(place->writer, "r", &(struct mute){"no_lr", "", 1}, &err), &err);
    commit(place);
    put(place, "r", "loss", 50000, 1e9);
    assert_int_equal(get_metric(place, "r", "loss").count, 100000);
    assert_int_equal(get_metric(place, "r", "loss").max_step, 50000);
}

/* Stopped in the middle of it: some rows are in chunks already. */
static void an_interrupted_upgrade_is_gone_on_with(void **state)
{
    struct place *place = *state;
    place_reopen(place);
    for (int64_t step = 0; step < 3; step++)
        put(place, "r", "loss", step, (double)step);
    store_close(place->writer);
    place->writer = NULL;
    shell(place->location,
          "CREATE TABLE point (metric_key INTEGER NOT NULL, step INTEGER NOT NULL, value "
          "REAL, special INTEGER NOT NULL DEFAULT 0, time_ms INTEGER NOT NULL, PRIMARY "
          "KEY (metric_key, step)) STRICT, WITHOUT ROWID;"
          "INSERT INTO point VALUES (1, 3, 3.0, 0, 1); UPDATE metric SET count = 4, "
          "last_step = 3, last_value = 3.0, max_value = 3.0, max_step = 3;"
          "DROP INDEX run_by_created; DROP INDEX run_by_name; DROP INDEX run_by_project; "
          "DROP INDEX run_by_updated; "
          "PRAGMA user_version = 3");
    assert_refused(place->location, STORE_READER, ST_CONFLICT, "db_older");
    place_reopen(place);
    struct points points = get_points(place, "r", "loss");
    assert_int_equal(points.count, 4);
    assert_same(points.value[3], 3);
    assert_int_equal(get_metric(place, "r", "loss").count, 4);
}

static void a_text_file_is_refused_and_untouched(void **state)
{
    static const char text[] = "epoch,loss\n1,0.5\n";
    struct place *place = *state;
    write_file(place->location, text, sizeof text - 1);
    assert_refused(place->location, STORE_WRITER, ST_FAILED, "not_a_database");
    assert_refused(place->location, STORE_READER, ST_FAILED, "not_a_database");
    assert_file(place->location, text, sizeof text - 1);
}

static void a_long_text_file_is_refused_and_untouched(void **state)
{
    static char text[5000];
    struct place *place = *state;
    memset(text, 'x', sizeof text);
    write_file(place->location, text, sizeof text);
    assert_refused(place->location, STORE_WRITER, ST_FAILED, "not_a_database");
    assert_file(place->location, text, sizeof text);
}

static void a_database_of_another_program_is_refused(void **state)
{
    struct place *place = *state;
    sqlite3 *db;
    sqlite3_stmt *rows;
    shell(place->location, "CREATE TABLE t (x); INSERT INTO t VALUES (7)");
    assert_refused(place->location, STORE_WRITER, ST_FAILED, "not_a_database");
    assert_int_equal(sqlite3_open(place->location, &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, "SELECT x FROM t", -1, &rows, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_step(rows), SQLITE_ROW);
    assert_int_equal(sqlite3_column_int(rows, 0), 7);
    sqlite3_finalize(rows);
    sqlite3_close(db);
}

/* Overwrites the second half of the file's pages, which hold tables and indexes. */
static void damage(const char *path)
{
    static const char junk[2048] = {1, 2, 3};
    struct stat info;
    int file = open(path, O_WRONLY);
    assert_true(file >= 0 && fstat(file, &info) == 0);
    for (off_t at = info.st_size / 2; at + 2048 <= info.st_size; at += 4096)
        assert_int_equal(pwrite(file, junk, sizeof junk, at), sizeof junk);
    close(file);
}

static void a_damaged_database_is_refused_and_kept(void **state)
{
    struct place *place = *state;
    struct stat before, after;
    place_reopen(place);
    for (int64_t step = 0; step < 50; step++)
        put(place, "r", "loss", step, 1);
    store_close(place->writer);
    place->writer = NULL;
    damage(place->location);
    assert_int_equal(stat(place->location, &before), 0);
    assert_refused(place->location, STORE_WRITER, ST_FAILED, "db_corrupt");
    assert_int_equal(stat(place->location, &after), 0);
    assert_int_equal(before.st_size, after.st_size);
}

static void an_empty_file_becomes_a_database(void **state)
{
    struct place *place = *state;
    write_file(place->location, "", 0);
    place_reopen(place);
    put(place, "r", "loss", 1, 1);
}

static void a_reader_makes_no_database(void **state)
{
    struct place *place = *state;
    assert_refused(place->location, STORE_READER, ST_NOT_FOUND, "no_database");
    assert_int_equal(access(place->location, F_OK), -1);
}

static void a_reader_does_not_migrate(void **state)
{
    struct place *place = *state;
    write_file(place->location, "", 0);
    assert_refused(place->location, STORE_READER, ST_CONFLICT, "db_older");
}

static void a_missing_folder_is_said(void **state)
{
    (void)state;
    assert_refused("/nonexistent-folder/epochd.db", STORE_WRITER, ST_FAILED, "io_error");
}

static void a_link_is_refused(void **state)
{
    struct place *place = *state;
    char target[120];
    snprintf(target, sizeof target, "%s/target", place->folder);
    write_file(target, "", 0);
    assert_int_equal(symlink(target, place->location), 0);
    assert_refused(place->location, STORE_WRITER, ST_FAILED, "io_error");
}

static void a_linked_folder_is_followed(void **state)
{
    struct place *place = *state;
    struct err err = {0};
    struct store *store;
    char link_path[120], location[160];
    snprintf(link_path, sizeof link_path, "%s/link", place->folder);
    snprintf(location, sizeof location, "%s/epochd.db", link_path);
    assert_int_equal(symlink(place->folder, link_path), 0);
    assert_ok(store_open(location, STORE_WRITER, &store, &err), &err);
    store_close(store);
    place_reopen(place);
}

static void a_reader_works_when_no_writer_does(void **state)
{
    struct place *place = *state;
    struct err err = {0};
    struct store *reader;
    struct store_info info;
    place_reopen(place);
    put(place, "r", "loss", 1, 1);
    store_close(place->writer);
    place->writer = NULL;
    assert_ok(store_open(place->location, STORE_READER, &reader, &err), &err);
    assert_ok(store_info(reader, &info, &err), &err);
    assert_int_equal(info.points, 1);
    store_close(reader);
}

/* The kernel ends the child with SIGXFSZ in the middle of making the database. */
static bool make_within(const char *location, rlim_t bytes)
{
    int result;
    pid_t child = fork();
    if (child == 0) {
        struct err err = {0};
        struct store *store;
        struct rlimit none = {0}, limit = {bytes, bytes};
        setrlimit(RLIMIT_CORE, &none);
        setrlimit(RLIMIT_FSIZE, &limit);
        if (store_open(location, STORE_WRITER, &store, &err))
            _exit(1);
        store_close(store);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &result, 0), child);
    return WIFEXITED(result) && WEXITSTATUS(result) == 0;
}

static void an_interrupted_first_start_is_gone_on_with(void **state)
{
    struct place *place = *state;
    int interrupted = 0;
    for (rlim_t bytes = 0;; bytes += 2048) {
        bool made = make_within(place->location, bytes);
        interrupted += !made;
        place_reopen(place);
        put(place, "r", "loss", 1, 1);
        assert_int_equal(get_points(place, "r", "loss").count, 1);
        place_free(place);
        *state = place = place_new();
        if (made)
            break;
    }
    assert_true(interrupted > 10);
}

static void busy_is_said_while_a_shell_holds_the_database(void **state)
{
    struct place *place = *state;
    struct err err = {0};
    sqlite3 *db;
    place_reopen(place);
    assert_int_equal(sqlite3_open(place->location, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    assert_status(store_begin(place->writer, &err), ST_BUSY, &err);
    assert_int_equal(sqlite3_exec(db, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    put(place, "r", "loss", 1, 1);
}

/* What a hostile file brings along does not run: neither triggers nor views. */
static void code_in_the_schema_does_not_run(void **state)
{
    struct place *place = *state;
    place_reopen(place);
    store_close(place->writer);
    place->writer = NULL;
    shell(place->location, "CREATE TRIGGER evil AFTER INSERT ON run BEGIN "
                           "UPDATE run SET name = 'taken over'; END");
    place_reopen(place);
    put(place, "r", "loss", 1, 1);
    assert_string_equal(get_run(place, "r").name, "r");
}

static void the_log_is_moved_and_cut(void **state)
{
    enum { COUNT = 5000 };
    static struct store_point points[COUNT];
    struct place *place = *state;
    struct err err = {0};
    struct store_info info;
    place_reopen(place);
    for (int64_t round = 0; round < 120; round++) {
        for (int64_t i = 0; i < COUNT; i++)
            points[i] = (struct store_point){.step = round * COUNT + i, .value = 0.1};
        begin(place);
        assert_ok(put_points(place, "r", "loss", points, COUNT, &err), &err);
        commit(place);
        tidy(place);
    }
    assert_ok(store_info(place->writer, &info, &err), &err);
    assert_int_equal(info.points, 120 * COUNT);
    assert_true(info.file_bytes > 1 << 20);
    assert_true(info.wal_bytes < 6 << 20);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_second_writer_is_refused_with_the_pid),
        CASE(the_lock_of_a_dead_writer_is_free),
        CASE(a_newer_schema_is_refused_with_both_versions),
        CASE(a_database_of_version_1_is_brought_up_to_date),
        CASE(an_interrupted_upgrade_is_gone_on_with),
        CASE(a_text_file_is_refused_and_untouched),
        CASE(a_long_text_file_is_refused_and_untouched),
        CASE(a_database_of_another_program_is_refused),
        CASE(a_damaged_database_is_refused_and_kept),
        CASE(an_empty_file_becomes_a_database),
        CASE(a_reader_makes_no_database),
        CASE(a_reader_does_not_migrate),
        CASE(a_missing_folder_is_said),
        CASE(a_link_is_refused),
        CASE(a_linked_folder_is_followed),
        CASE(a_reader_works_when_no_writer_does),
        CASE(an_interrupted_first_start_is_gone_on_with),
        CASE(busy_is_said_while_a_shell_holds_the_database),
        CASE(code_in_the_schema_does_not_run),
        CASE(the_log_is_moved_and_cut),
    };
    return cmocka_run_group_tests_name("store files", tests, NULL, NULL);
}
