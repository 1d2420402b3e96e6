/* Tests as rows of tables: each row becomes a cmocka test with the row's own name. */
#ifndef TESTS_ROWS_H
#define TESTS_ROWS_H

#include "near.h"

#define ROWS_MAX 512
#define COUNT(a) (sizeof(a) / sizeof *(a))

struct rows {
    struct CMUnitTest tests[ROWS_MAX]; /* a group of fixed size; those unused are NULL */
    size_t count;
};

static inline void rows_add(struct rows *rows, const char *name, CMUnitTestFunction test,
                            const void *row)
{
    assert_true(rows->count < ROWS_MAX);
    rows->tests[rows->count++] =
        (struct CMUnitTest){.name = name,
                            .test_func = test,
                            .initial_state = (void *)(uintptr_t)row};
}

/* cmocka passes over entries without a function. */
static inline int rows_run(struct rows *rows)
{
    return cmocka_run_group_tests(rows->tests, NULL, NULL);
}

#endif
