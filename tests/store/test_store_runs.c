/* The contract of store.h: runs and lists of runs, over every engine. */
#include "near.h"

#include "engines.h"

#include <strings.h>

/* --- runs --- */

static void a_put_makes_the_run(void **state)
{
    struct place *place = *state;
    struct err err = {0};
    bool created = false;
    static const char *const name = "loss";
    struct store_point point = {.step = 12, .value = 1};
    struct store_points put = {.run = "r",
                               .names = &name,
                               .name_count = 1,
                               .points = &point,
                               .point_count = 1,
                               .has_step = true,
                               .step_last = 20,
                               .now_ms = 77};
    begin(place);
    assert_ok(store_put(place->writer, &put, &created, &err), &err);
    assert_true(created);
    put.has_step = false;
    put.step_last = 15;
    put.now_ms = 99;
    assert_ok(store_put(place->writer, &put, &created, &err), &err);
    assert_false(created);
    commit(place);
    struct run run = get_run(place, "r");
    assert_string_equal(run.id, "r");
    assert_string_equal(run.name, "r");
    assert_string_equal(run.project, "");
    assert_null(run.config_json);
    assert_int_equal(run.status, RUN_RUNNING);
    assert_true(run.counts_steps);
    assert_int_equal(run.last_step, 20);
    assert_int_equal(run.created_ms, 77);
    assert_int_equal(run.updated_ms, 99);
    assert_null(run.judgement.verdict);
}

static void update(struct place *place, const char *id, const struct run_fields *fields,
                   int64_t now_ms)
{
    struct err err = {0};
    begin(place);
    assert_ok(store_run_update(place->writer, id, fields, now_ms, &err), &err);
    commit(place);
}

static void fields_are_set_left_and_cleared(void **state)
{
    create(*state, "r",
           &(struct run_fields){.name = "First try",
                                .project = "cifar",
                                .config_json = "{\"lr\":0.1}",
                                .tags_json = "{\"gpu\":\"a100\"}",
                                .note = "hello",
                                .set_epochs = true,
                                .epochs = 50},
           10);
    update(*state, "r",
           &(struct run_fields){.set_status = true,
                                .status = RUN_FINISHED,
                                .baseline = "base",
                                .roles_json = "{\"lr\":\"x\"}",
                                .schedule_json = "{\"type\":\"ConstantLR\"}"},
           20);
    struct run run = get_run(*state, "r");
    assert_string_equal(run.name, "First try");
    assert_string_equal(run.project, "cifar");
    assert_string_equal(run.config_json, "{\"lr\":0.1}");
    assert_string_equal(run.tags_json, "{\"gpu\":\"a100\"}");
    assert_string_equal(run.roles_json, "{\"lr\":\"x\"}");
    assert_string_equal(run.schedule_json, "{\"type\":\"ConstantLR\"}");
    assert_string_equal(run.note, "hello");
    assert_string_equal(run.baseline, "base");
    assert_int_equal(run.epochs, 50);
    assert_int_equal(run.status, RUN_FINISHED);
    assert_int_equal(run.created_ms, 10);
    assert_int_equal(run.updated_ms, 20);
    update(*state, "r",
           &(struct run_fields){.name = "",
                                .project = "",
                                .baseline = "",
                                .config_json = "null",
                                .schedule_json = "null"},
           30);
    run = get_run(*state, "r");
    assert_string_equal(run.name, "r");
    assert_string_equal(run.project, "");
    assert_string_equal(run.baseline, "");
    assert_null(run.config_json);
    assert_null(run.schedule_json);
    assert_string_equal(run.tags_json, "{\"gpu\":\"a100\"}");
}

static void a_run_that_exists_is_not_created_again(void **state)
{
    struct place *place = *state;
    struct err err = {0};
    struct run_fields fields = {.name = "new"};
    put(place, "r", "loss", 1, 1);
    begin(place);
    assert_status(store_run_create(place->writer, "r", &fields, 5, &err), ST_CONFLICT,
                  &err);
    assert_string_equal(err.code, "run_exists");
    assert_ok(store_run_trash(place->writer, "r", 6, &err), &err);
    assert_status(store_run_create(place->writer, "r", &fields, 7, &err), ST_CONFLICT,
                  &err);
    assert_non_null(strstr(err.text, "in the trash"));
    commit(place);
    assert_string_equal(get_run(place, "r").name, "r");
}

static void an_unknown_run_is_not_found(void **state)
{
    struct place *place = *state;
    struct err err = {0};
    struct run run;
    struct run_fields fields = {0};
    struct run_judgement judgement = {0};
    begin(place);
    enum status statuses[] = {
        store_run_update(place->writer, "x", &fields, 1, &err),
        store_run_trash(place->writer, "x", 1, &err),
        store_run_restore(place->writer, "x", &err),
        store_run_purge(place->writer, "x", &err),
        store_run_judge(place->writer, "x", &judgement, &err),
        store_run_get(place->writer, "x", true, &place->arena, &run, &err),
    };
    commit(place);
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++)
        assert_int_equal(statuses[i], ST_NOT_FOUND);
    assert_string_equal(err.code, "run_not_found");
}

static void a_judgement_is_kept(void **state)
{
    struct place *place = *state;
    struct err err = {0};
    struct run_judgement judgement = {.verdict = "bad",
                                      .errors = 2,
                                      .warnings = 1,
                                      .infos = 4};
    put(place, "r", "loss", 1, 1);
    begin(place);
    assert_ok(store_run_judge(place->writer, "r", &judgement, &err), &err);
    commit(place);
    struct run run = get_run(place, "r");
    assert_string_equal(run.judgement.verdict, "bad");
    assert_int_equal(run.judgement.errors, 2);
    assert_int_equal(run.judgement.warnings, 1);
    assert_int_equal(run.judgement.infos, 4);
}

static void a_run_in_the_trash_takes_nothing_until_restored(void **state)
{
    struct place *place = *state;
    struct err err = {0};
    struct run run;
    struct run_fields fields = {.name = "n"};
    put(place, "r", "loss", 1, 1);
    begin(place);
    assert_ok(store_run_trash(place->writer, "r", 5, &err), &err);
    assert_status(put_points(place, "r", "loss", NULL, 0, &err), ST_CONFLICT, &err);
    assert_string_equal(err.code, "run_in_trash");
    assert_non_null(strstr(err.text, "restore it first"));
    assert_status(store_run_update(place->writer, "r", &fields, 6, &err), ST_CONFLICT,
                  &err);
    commit(place);
    assert_status(store_run_get(place->writer, "r", false, &place->arena, &run, &err),
                  ST_NOT_FOUND, &err);
    assert_true(get_run(place, "r").trashed);
    begin(place);
    assert_ok(store_run_restore(place->writer, "r", &err), &err);
    commit(place);
    put(place, "r", "loss", 2, 3);
    assert_false(get_run(place, "r").trashed);
    assert_int_equal(get_points(place, "r", "loss").count, 2);
}

static void purge_ends_a_run_and_its_points_only(void **state)
{
    struct place *place = *state;
    struct err err = {0};
    struct points points;
    put(place, "kept", "loss", 1, 2);
    put(place, "gone", "loss", 1, 1);
    int64_t old_key = get_metric(place, "gone", "loss").key;
    begin(place);
    assert_ok(store_run_purge(place->writer, "gone", &err), &err);
    commit(place);
    assert_ok(store_points_read(place->writer, old_key, 0, STEP_MAX, false, &place->arena,
                                &points, &err),
              &err);
    assert_int_equal(points.count, 0);
    assert_int_equal(get_points(place, "kept", "loss").count, 1);
    put(place, "gone", "loss", 9, 3);
    struct metric metric = get_metric(place, "gone", "loss");
    assert_int_not_equal(metric.key, old_key);
    assert_int_equal(metric.count, 1);
    assert_int_equal(metric.first_step, 9);
}

static void info_counts_what_is_there(void **state)
{
    struct place *place = *state;
    struct err err = {0};
    struct store_info info;
    assert_ok(store_info(place->writer, &info, &err), &err);
    assert_int_equal(info.points, 0);
    put(place, "a", "loss", 1, 1);
    put(place, "a", "lr", 1, 1);
    put(place, "b", "loss", 1, NAN);
    assert_ok(store_info(place->writer, &info, &err), &err);
    assert_int_equal(info.runs, 2);
    assert_int_equal(info.metrics, 3);
    assert_int_equal(info.points, 3);
    assert_true(info.file_bytes + info.wal_bytes > 0);
    assert_true(info.schema_version >= 1);
}

/* --- lists --- */

enum { LIST_RUNS = 250 };

/* Names differ only in case here and there, and times repeat: ranks are often equal. */
static void make_runs(struct place *place)
{
    struct err err = {0};
    begin(place);
    for (int i = 0; i < LIST_RUNS; i++) {
        char id[16], name[16];
        snprintf(id, sizeof id, "run%d", i);
        snprintf(name, sizeof name, i % 2 ? "Net %d" : "nEt %d", i * 7 % 40);
        struct run_fields fields = {.name = name};
        assert_ok(store_run_create(place->writer, id, &fields, i / 7, &err), &err);
        assert_ok(store_run_update(place->writer, id, &fields, i * 37 % 50, &err), &err);
    }
    commit(place);
}

static int64_t rank_difference(const struct run_query *query, const struct run *a,
                               const struct run *b)
{
    int64_t difference = 0;
    if (query->order == RUNS_BY_CREATED)
        difference = a->created_ms - b->created_ms;
    else if (query->order == RUNS_BY_UPDATED)
        difference = a->updated_ms - b->updated_ms;
    else
        difference = strcasecmp(a->name, b->name);
    return difference ? difference : a->key - b->key;
}

static void walk_pages(struct place *place, struct run_query query)
{
    struct err err = {0};
    struct run_page page;
    struct run last = {0};
    int seen = 0;
    do {
        assert_ok(store_runs(place->writer, &query, &place->arena, &page, &err), &err);
        assert_int_equal(page.total, LIST_RUNS);
        assert_true(page.count == query.limit || !page.next);
        for (size_t i = 0; i < page.count; i++, seen++) {
            int64_t rises = seen ? rank_difference(&query, &page.runs[i], &last) : 0;
            assert_true(!seen || (query.ascending ? rises > 0 : rises < 0));
            last = page.runs[i];
        }
        query.cursor = page.next;
    } while (page.next);
    assert_int_equal(seen, LIST_RUNS);
}

static void cursors_walk_every_order_once(void **state)
{
    static const size_t limits[] = {1, 17, 50, LIST_RUNS, RUNS_PAGE_MAX};
    make_runs(*state);
    for (int order = RUNS_BY_CREATED; order <= RUNS_BY_NAME; order++) {
        for (size_t i = 0; i < 2 * sizeof limits / sizeof *limits; i++) {
            walk_pages(*state, (struct run_query){.order = (enum run_order)order,
                                                  .ascending = i % 2,
                                                  .limit = limits[i / 2]});
        }
    }
}

static void a_cursor_of_another_list_is_refused(void **state)
{
    static const char *const cursors[] = {"",        "x",      "cd",      "cd.",
                                          "cd.1",    "cd.1.x", "ca.1.2",  "ud.1.2",
                                          "nd.1.61", "cd..2",  "cd.1.2.3"};
    struct place *place = *state;
    struct err err = {0};
    struct run_page page;
    for (size_t i = 0; i < sizeof cursors / sizeof *cursors; i++) {
        struct run_query query = {.limit = 5, .cursor = cursors[i]};
        assert_status(store_runs(place->writer, &query, &place->arena, &page, &err),
                      ST_INVALID, &err);
        assert_string_equal(err.code, "bad_cursor");
    }
    struct run_query odd = {.limit = 5, .order = RUNS_BY_NAME, .cursor = "nd.1.6"};
    assert_status(store_runs(place->writer, &odd, &place->arena, &page, &err), ST_INVALID,
                  &err);
}

static void filters_pick_runs(void **state)
{
    static const struct {
        struct run_query query;
        int64_t total;
        const char *first;
    } rows[] = {
        {{.limit = 9}, 3, "delta"},
        {{.limit = 9, .trashed = true}, 1, "gamma"},
        {{.limit = 9, .project = "vision"}, 2, "beta"},
        {{.limit = 9, .project = "vis"}, 0, NULL},
        {{.limit = 9, .project = ""}, 1, "delta"},
        {{.limit = 9, .set_status = true, .status = RUN_FAILED}, 1, "beta"},
        {{.limit = 9, .q = "ALPH"}, 1, "alpha"},
        {{.limit = 9, .q = "resnet"}, 1, "alpha"},
        {{.limit = 9, .q = "visi"}, 2, "beta"},
        {{.limit = 9, .q = "A100"}, 1, "beta"},
        {{.limit = 9, .q = "50%"}, 1, "delta"},
        {{.limit = 9, .q = "%"}, 1, "delta"},
        {{.limit = 9, .q = "_"}, 1, "delta"},
        {{.limit = 9, .q = "al_ha"}, 0, NULL},
        {{.limit = 9, .q = "gamma"}, 0, NULL},
        {{.limit = 9, .q = ""}, 3, "delta"},
        {{.limit = 1, .project = "vision", .q = "e"}, 2, "beta"},
    };
    struct place *place = *state;
    struct err err = {0};
    create(place, "alpha", &(struct run_fields){.name = "ResNet", .project = "vision"},
           1);
    create(place, "beta",
           &(struct run_fields){.project = "vision",
                                .tags_json = "{\"gpu\":\"a100\"}",
                                .set_status = true,
                                .status = RUN_FAILED},
           2);
    create(place, "gamma", &(struct run_fields){.project = "vision"}, 3);
    create(place, "delta", &(struct run_fields){.name = "50%_off"}, 4);
    begin(place);
    assert_ok(store_run_trash(place->writer, "gamma", 5, &err), &err);
    commit(place);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct run_page page;
        assert_ok(store_runs(place->writer, &rows[i].query, &place->arena, &page, &err),
                  &err);
        assert_int_equal(page.total, rows[i].total);
        if (rows[i].first)
            assert_string_equal(page.runs[0].id, rows[i].first);
        else
            assert_int_equal(page.count, 0);
    }
}

static const struct CMUnitTest cases[] = {
    CASE(a_put_makes_the_run),
    CASE(fields_are_set_left_and_cleared),
    CASE(a_run_that_exists_is_not_created_again),
    CASE(an_unknown_run_is_not_found),
    CASE(a_judgement_is_kept),
    CASE(a_run_in_the_trash_takes_nothing_until_restored),
    CASE(purge_ends_a_run_and_its_points_only),
    CASE(info_counts_what_is_there),
    CASE(cursors_walk_every_order_once),
    CASE(a_cursor_of_another_list_is_refused),
    CASE(filters_pick_runs),
};

int main(void)
{
    return run_over_engines("runs", cases, sizeof cases / sizeof *cases);
}
