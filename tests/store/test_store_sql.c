/* The contract of store_sql.h: questions in SQL, over every engine. */
#include "near.h"

#include "base/buf.h"
#include "engines.h"
#include "store/store_sql.h"

/* An answer as text: "a,b;1,2.5;" */
struct answer {
    struct buf text;
    size_t rows, rows_max;
};

static bool note_columns(void *data, const char *const *names, size_t count)
{
    struct answer *answer = data;
    for (size_t i = 0; i < count; i++)
        buf_printf(&answer->text, "%s%s", names[i], i + 1 < count ? "," : ";");
    return true;
}

static bool note_row(void *data, const struct sql_value *values, size_t count)
{
    struct answer *answer = data;
    for (size_t i = 0; i < count; i++) {
        switch (values[i].type) {
        case SQL_NULL: buf_add_text(&answer->text, "-"); break;
        case SQL_INTEGER:
            buf_printf(&answer->text, "%lld", (long long)values[i].integer);
            break;
        case SQL_REAL: buf_printf(&answer->text, "%.17g", values[i].real); break;
        default: buf_add(&answer->text, values[i].text, values[i].length); break;
        }
        buf_add_char(&answer->text, i + 1 < count ? ',' : ';');
    }
    return ++answer->rows < answer->rows_max;
}

static enum status ask(struct place *place, const char *statement, struct answer *answer,
                       struct err *err)
{
    struct store *reader;
    struct err opening = {0};
    struct sql_reader shown = {answer, note_columns, note_row};
    answer->rows = 0;
    buf_init(&answer->text, 1 << 20);
    buf_add_char(&answer->text, '\0');
    answer->text.length = 0;
    assert_ok(store_open(place->location, STORE_READER, &reader, &opening), &opening);
    enum status status = store_sql(reader, statement, &shown, err);
    store_close(reader);
    return status;
}

static void assert_answer(struct place *place, const char *statement,
                          const char *expected)
{
    struct answer answer = {.rows_max = SIZE_MAX};
    struct err err = {0};
    assert_ok(ask(place, statement, &answer, &err), &err);
    assert_string_equal(answer.text.data, expected);
    buf_release(&answer.text);
}

#define LOSS "FROM points WHERE run = 'r' AND metric = 'loss'"

static void put_five(struct place *place)
{
    static const double values[] = {0.5, NAN, -INFINITY, INFINITY, 0.25};
    for (size_t i = 0; i < 5; i++)
        put(place, "r", "loss", 10 * (int64_t)i, values[i]);
    put(place, "r", "lr", 0, 0.125);
    put(place, "other", "loss", 10, 3);
}

static void assert_five(struct place *place)
{
    assert_answer(place, "SELECT step, value, nonfinite, time_ms " LOSS,
                  "step,value,nonfinite,time_ms;0,0.5,-,500;10,-,NaN,510;20,-,-Infinity,"
                  "520;30,-,Infinity,530;40,0.25,-,540;");
    assert_answer(place, "SELECT count(*) FROM points", "count(*);7;");
    assert_answer(place,
                  "SELECT count(*), min(value), max(value), count(nonfinite) " LOSS,
                  "count(*),min(value),max(value),count(nonfinite);5,0.25,0.5,3;");
    assert_answer(
        place,
        "SELECT run, name, count, nonfinite, min, min_step, max, max_step, last, "
        "first_step, last_step FROM metrics WHERE name = 'loss' ORDER BY run",
        "run,name,count,nonfinite,min,min_step,max,max_step,last,first_step,"
        "last_step;other,loss,1,0,3,10,3,10,3,10,10;r,loss,5,3,0.25,40,0.5,0,"
        "0.25,0,40;");
    assert_answer(place,
                  "SELECT id, last_step, points, status, updated FROM runs WHERE "
                  "id = 'r'",
                  "id,last_step,points,status,updated;r,40,6,running,1970-01-01T00:00:01."
                  "000Z;");
}

static void points_of_the_journal_and_of_chunks_are_rows(void **state)
{
    put_five(*state);
    assert_five(*state);
    place_reopen(*state); /* which puts them into chunks */
    assert_five(*state);
}

static void a_range_of_steps_is_what_sql_says(void **state)
{
    static const struct {
        const char *where, *steps;
    } rows[] = {
        {"step BETWEEN 10 AND 30", "step;10;20;30;"},
        {"step > 10 AND step < 30", "step;20;"},
        {"step >= 10.5 AND step <= 30.5", "step;20;30;"},
        {"step > 10.5 AND step < 29.5", "step;20;"},
        {"step = 20", "step;20;"},
        {"step = 20.5", "step;"},
        {"step = '20'", "step;20;"},
        {"step > NULL", "step;"},
        {"step < 9223372036854775807 AND step > -9223372036854775808 AND step > 25",
         "step;30;40;"},
        {"step > 1e300", "step;"},
        {"step IN (40, 0, 7)", "step;0;40;"},
        {"step > 5 ORDER BY step DESC", "step;40;30;20;10;"},
        {"step > 5 ORDER BY step LIMIT 2 OFFSET 1", "step;20;30;"},
        {"30 <= step", "step;30;40;"},
    };
    put_five(*state);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[256];
        snprintf(text, sizeof text, "SELECT step " LOSS " AND %s", rows[i].where);
        assert_answer(*state, text, rows[i].steps);
    }
}

/* More than are read at once, in chunks and beyond them. */
static void a_long_curve_comes_whole_and_in_order(void **state)
{
    enum { COUNT = 20000 };
    static struct store_point points[COUNT];
    struct err err = {0};
    for (size_t i = 0; i < COUNT; i++)
        points[i] = (struct store_point){.step = (int64_t)i, .value = (double)i};
    begin(*state);
    assert_ok(put_points(*state, "r", "loss", points, COUNT, &err), &err);
    commit(*state);
    for (int64_t step = COUNT; step < COUNT + 10; step++)
        put(*state, "r", "loss", step, (double)step);
    assert_answer(*state,
                  "SELECT count(*), sum(step = value), min(step), max(step) " LOSS,
                  "count(*),sum(step = value),min(step),max(step);20010,20010,0,20009;");
    assert_answer(*state,
                  "SELECT count(*) FROM (SELECT step - lag(step) OVER () AS d " LOSS
                  " ) WHERE d <> 1",
                  "count(*);0;");
    assert_answer(*state, "SELECT value " LOSS " AND step = 4096", "value;4096;");
}

static void two_runs_are_joined(void **state)
{
    put_five(*state);
    assert_answer(*state,
                  "SELECT a.step, a.value, b.value FROM points a JOIN points b USING "
                  "(metric, step) WHERE a.run = 'other' AND b.run = 'r'",
                  "step,value,value;10,3,-;");
}

static void a_run_in_the_trash_is_there_alone(void **state)
{
    struct err err = {0};
    struct place *place = *state;
    put_five(place);
    begin(place);
    assert_ok(store_run_trash(place->writer, "r", 5000, &err), &err);
    commit(place);
    assert_answer(place, "SELECT id FROM runs", "id;other;");
    assert_answer(place, "SELECT count(*) FROM points", "count(*);1;");
    assert_answer(place, "SELECT run FROM metrics", "run;other;");
    assert_answer(place, "SELECT id, trashed, points FROM trash",
                  "id,trashed,points;r,1970-01-01T00:00:05.000Z,6;");
}

static void every_table_has_the_columns_it_says(void **state)
{
    for (const struct sql_table *t = sql_tables; t->name; t++) {
        struct answer answer = {.rows_max = SIZE_MAX};
        struct err err = {0};
        char text[512];
        snprintf(text, sizeof text, "SELECT %s FROM %s", t->columns, t->name);
        assert_ok(ask(*state, text, &answer, &err), &err);
        buf_release(&answer.text);
    }
}

static void json_is_taken_apart(void **state)
{
    struct run_fields fields = {.config_json = "{\"lr\": 0.5, \"layers\": [1, 2]}"};
    create(*state, "r", &fields, 1000);
    assert_answer(*state, "SELECT config ->> 'lr' AS lr FROM runs", "lr;0.5;");
    assert_answer(*state, "SELECT j.value FROM runs, json_each(config, '$.layers') AS j",
                  "value;1;2;");
    assert_answer(*state, "SELECT Count(*) FROM RUNS", "Count(*);1;");
    assert_answer(*state, "WITH good AS (SELECT id FROM Runs) SELECT id FROM good",
                  "id;r;");
    assert_answer(*state, "SELECT name FROM pragma_table_info('trash') LIMIT 2",
                  "name;id;name;");
}

static void the_reader_may_end_the_answer(void **state)
{
    struct answer answer = {.rows_max = 2};
    struct err err = {0};
    put_five(*state);
    assert_ok(ask(*state, "SELECT step " LOSS, &answer, &err), &err);
    assert_string_equal(answer.text.data, "step;0;10;");
    buf_release(&answer.text);
}

static void what_is_no_question_is_refused(void **state)
{
    static const struct {
        const char *statement, *says;
    } rows[] = {
        {"", "no statement"},
        {" -- nothing", "no statement"},
        {"SELEC 1", "syntax error"},
        {"SELECT 1; SELECT 2", "one statement"},
        {"SELECT 1; DROP TABLE run", "one statement"},
        {"SELECT ?1", "a value must stand"},
        {"SELECT valeu FROM points", "did you mean value?"},
        {"SELECT p.nonfinit FROM points p", "did you mean nonfinite?"},
        {"SELECT * FROM points WHERE run = \"some-run\"", "a text is written 'so'"},
        {"SELECT * FROM point", "runs, metrics, points"},
        {"SELECT * FROM chunk", "epochd's own"},
        {"SELECT body FROM journal", "epochd's own"},
        {"SELECT * FROM points_of(1)", "epochd's own"},
        {"SELECT body FROM chunk_body", "epochd's own"},
        {"SELECT id FROM main.RUN", "epochd's own"},
        {"WITH runs AS (SELECT * FROM run) SELECT * FROM runs", "epochd's own"},
        {"WITH runs(a) AS MATERIALIZED (SELECT trashed_ms FROM run) SELECT a FROM runs",
         "epochd's own"},
        {"SELECT sql FROM sqlite_schema", "epochd's own"},
        {"SELECT sql FROM sqlite_temp_schema", "epochd's own"},
        {"SELECT name FROM points", ": it is a column of runs, metrics, trash ("},
        {"SELECT p.Verdict FROM points p", ": it is a column of runs ("},
        {"INSERT INTO run (id) VALUES ('x')", "only answers questions"},
        {"UPDATE runs SET name = 'x'", "only answers questions"},
        {"UPDATE sqlite_master SET sql = ''", "may not be modified"},
        {"DELETE FROM points", "only answers questions"},
        {"DROP VIEW runs", "only answers questions"},
        {"CREATE TABLE t (x)", "only answers questions"},
        {"CREATE TEMP TABLE t (x)", "only answers questions"},
        {"BEGIN", "only answers questions"},
        {"COMMIT", "only answers questions"},
        {"VACUUM", "only answers questions"},
        {"VACUUM INTO 'copy.db'", "only answers questions"},
        {"PRAGMA query_only = OFF", "only answers questions"},
        {"PRAGMA journal_mode = DELETE", "only answers questions"},
        {"ATTACH 'other.db' AS other", "--db"},
        {"SELECT load_extension('x')", "not authorized"},
        {"SELECT abs(-9223372036854775808)", "overflow"},
    };
    put_five(*state);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct answer answer = {.rows_max = SIZE_MAX};
        struct err err = {0};
        assert_status(ask(*state, rows[i].statement, &answer, &err), ST_INVALID, &err);
        assert_string_equal(err.code, "bad_sql");
        if (!strstr(err.text, rows[i].says))
            fail_msg("%s: %s", rows[i].statement, err.text);
        buf_release(&answer.text);
    }
    assert_five(*state);
}

static void a_handle_answers_again_with_what_came_since(void **state)
{
    struct place *place = *state;
    struct store *reader;
    struct err err = {0};
    put_five(place);
    assert_ok(store_open(place->location, STORE_READER, &reader, &err), &err);
    for (int64_t i = 0; i < 3; i++) {
        struct answer answer = {.rows_max = SIZE_MAX};
        struct sql_reader shown = {&answer, note_columns, note_row};
        char expected[64];
        buf_init(&answer.text, 1 << 20);
        put(place, "r", "loss", 50 + i, 1);
        assert_ok(store_sql(reader,
                            "SELECT count, last_step FROM metrics WHERE run = 'r' AND "
                            "name = 'loss'",
                            &shown, &err),
                  &err);
        snprintf(expected, sizeof expected, "count,last_step;%d,%d;", 6 + (int)i,
                 50 + (int)i);
        assert_string_equal(answer.text.data, expected);
        buf_release(&answer.text);
    }
    store_close(reader);
}

static const struct CMUnitTest cases[] = {
    CASE(points_of_the_journal_and_of_chunks_are_rows),
    CASE(a_range_of_steps_is_what_sql_says),
    CASE(a_long_curve_comes_whole_and_in_order),
    CASE(two_runs_are_joined),
    CASE(a_run_in_the_trash_is_there_alone),
    CASE(every_table_has_the_columns_it_says),
    CASE(json_is_taken_apart),
    CASE(the_reader_may_end_the_answer),
    CASE(what_is_no_question_is_refused),
    CASE(a_handle_answers_again_with_what_came_since),
};

int main(void)
{
    return run_over_engines("sql", cases, sizeof cases / sizeof *cases);
}
