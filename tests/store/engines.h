/* One suite, run over every engine. Include after near.h. */
#ifndef TESTS_STORE_ENGINES_H
#define TESTS_STORE_ENGINES_H

#include "place.h"

/* A place with an open database; a second engine gets a setup of its own. */
static inline int setup_sqlite(void **state)
{
    struct place *place = place_new();
    *state = place;
    place_reopen(place);
    return 0;
}

static inline int teardown_place(void **state)
{
    place_free(*state);
    return 0;
}

static const struct engine {
    const char *name;
    CMFixtureFunction setup;
} engines[] = {{"SQLite", setup_sqlite}};

/* A row of a suite; the engine's setup is filled in when it runs. */
#define CASE(f)                           \
    {                                     \
#f, f, NULL, teardown_place, NULL \
    }
enum { CASES_MAX = 64 };

/* Returns how many failed. */
static inline int run_over_engines(const char *suite, const struct CMUnitTest *cases,
                                   size_t count)
{
    int failed = 0;
    assert_true(count <= CASES_MAX);
    for (size_t e = 0; e < sizeof engines / sizeof *engines; e++) {
        struct CMUnitTest tests[CASES_MAX];
        char name[64];
        snprintf(name, sizeof name, "store on %s: %s", engines[e].name, suite);
        memcpy(tests, cases, count * sizeof *cases);
        for (size_t i = 0; i < count; i++)
            tests[i].setup_func = engines[e].setup;
        failed += _cmocka_run_group_tests(name, tests, count, NULL, NULL);
    }
    return failed;
}

#endif
