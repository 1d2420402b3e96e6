#include "near.h"

#include "store/migrate.h"

static const struct embedded steps[] = {
    {"0001_init.sql", "one", 3},
    {"0002_more.sql", "two", 3},
    {"0003_last.sql", "three", 5},
    {NULL, NULL, 0},
};

/* An engine that writes down what it was asked to do. */
struct notes {
    int versions[4], fails_at;
    size_t count;
};

static enum status note(struct migration *migration, const struct embedded *step,
                        int version, struct err *err)
{
    struct notes *notes = migration->engine;
    assert_ptr_equal(step, &steps[version - 1]);
    if (version == notes->fails_at)
        return err_set(err, ST_FULL, "disk_full", "step %d", version);
    notes->versions[notes->count++] = version;
    return ST_OK;
}

static enum status run_from(int from, struct notes *notes)
{
    struct err err = {0};
    struct migration migration = {.apply = note, .engine = notes};
    return migrate_run(steps, from, &migration, &err);
}

static void the_latest_version_is_the_last_number(void **state)
{
    (void)state;
    assert_int_equal(migrate_latest(steps), 3);
    assert_int_equal(migrate_latest(steps + 3), 0);
}

static void a_new_database_takes_every_step_in_order(void **state)
{
    struct notes notes = {0};
    (void)state;
    assert_int_equal(run_from(0, &notes), ST_OK);
    assert_int_equal(notes.count, 3);
    for (int i = 0; i < 3; i++)
        assert_int_equal(notes.versions[i], i + 1);
}

static void an_older_one_takes_what_is_missing(void **state)
{
    struct notes notes = {0};
    (void)state;
    assert_int_equal(run_from(2, &notes), ST_OK);
    assert_int_equal(notes.count, 1);
    assert_int_equal(notes.versions[0], 3);
}

static void the_latest_takes_none(void **state)
{
    struct notes notes = {0};
    (void)state;
    assert_int_equal(run_from(3, &notes), ST_OK);
    assert_int_equal(notes.count, 0);
}

static void a_step_that_fails_is_the_last(void **state)
{
    struct notes notes = {.fails_at = 2};
    (void)state;
    assert_int_equal(run_from(0, &notes), ST_FULL);
    assert_int_equal(notes.count, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_latest_version_is_the_last_number),
        cmocka_unit_test(a_new_database_takes_every_step_in_order),
        cmocka_unit_test(an_older_one_takes_what_is_missing),
        cmocka_unit_test(the_latest_takes_none),
        cmocka_unit_test(a_step_that_fails_is_the_last),
    };
    return cmocka_run_group_tests_name("migrate", tests, NULL, NULL);
}
