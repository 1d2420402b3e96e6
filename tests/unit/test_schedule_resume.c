/* What torch and transformers really do after the ways of resuming a run, right and wrong
   (tests/golden/resume.py): the mistake is named, and without one nothing is off. */
#include "golden.h"
#include "made_mistake.h"

#define GOLDEN "tests/fixtures/resume"

struct resumed_run {
    struct mistaken column;
    char cause[64];
    int64_t step[MISTAKE_ROWS];
};

static void read_run(const char *name, struct resumed_run *run)
{
    char path[512], line[512];
    double t;
    memset(run, 0, sizeof *run);
    snprintf(path, sizeof path, "%s/%s", GOLDEN, name);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    while (fgets(line, sizeof line, file)) {
        struct mistaken *column = &run->column;
        if (!strncmp(line, "# part", 6))
            golden_part(&column->declared, line);
        else if (sscanf(line, "# cause %63s", run->cause) == 1)
            continue;
        else if (sscanf(line, "%lf,%lf", &t, &column->lr[column->count]) == 2)
            run->step[column->count++] = (int64_t)t;
        assert_true(column->count < MISTAKE_ROWS);
    }
    fclose(file);
    assert_true(run->column.count == 60 && *run->cause);
}

static void the_cause_is_told(void **state)
{
    static struct resumed_run run;
    struct schedule_deviation deviation;
    struct schedule_cause cause;
    read_run(*state, &run);
    struct series lr = {run.step, run.column.lr, run.column.count};
    schedule_compare(&run.column.declared, &lr, 0, &deviation);
    if (!strcmp(run.cause, "none")) {
        assert_int_equal(deviation.leaves_at, -1);
        return;
    }
    struct schedule_case what = {.schedule = &run.column.declared,
                                 .lr = &lr,
                                 .deviation = &deviation,
                                 .units_agree = true};
    schedule_cause_find(&what, &cause);
    const char *named = cause.kind ? schedule_cause_names[cause.kind] : "unknown";
    /* One step is within the tolerance of many; and two mistakes may leave one curve. */
    if (deviation.leaves_at < 0)
        assert_string_equal(run.cause, "steps_lost");
    else if (strcmp(named, run.cause) && !leaves_the_column(&run.column, &cause, 0))
        fail_msg("%s %.5g at %lld, gain %.4g", named, cause.used, (long long)cause.at,
                 cause.gain);
}

int main(void)
{
    static struct rows rows;
    static char names[ROWS_MAX][GOLDEN_NAME];
    golden_add(&rows, GOLDEN, the_cause_is_told, names);
    assert_true(rows.count >= 70);
    return rows_run(&rows);
}
