/* The rule about a job that has gone quiet. Times are in milliseconds. */
#include "made_run.h"

#define COUNT(rows) (sizeof(rows) / sizeof *(rows))

enum { MINUTE = 60000, POINTS = 50 };
static int64_t at_ms[POINTS];

/* A running job that posted every `gap`, last `quiet` ago. */
static struct made_run *posted(int64_t gap, int64_t quiet)
{
    struct made_run *run = made_healthy(POINTS);
    run->history.ended = false;
    run->history.declared = NULL;
    for (int i = 0; i < POINTS; i++)
        at_ms[i] = 1000 * (int64_t)MINUTE + gap * i;
    run->history.arrivals =
        (struct arrivals){at_ms, POINTS, 0, at_ms[POINTS - 1] + quiet};
    return run;
}

static struct made_run *quiet_for_an_hour(void)
{
    return posted(MINUTE, 60 * MINUTE);
}

static struct made_run *at_its_pace(void)
{
    return posted(MINUTE, MINUTE);
}

static struct made_run *at_eight_gaps(void)
{
    return posted(MINUTE, 8 * MINUTE);
}

static struct made_run *after_eight_gaps(void)
{
    return posted(MINUTE, 8 * MINUTE + 1);
}

static struct made_run *fast_and_quiet_for_two_minutes(void)
{
    return posted(100, 2 * MINUTE);
}

static struct made_run *fast_and_quiet_for_longer(void)
{
    return posted(100, 2 * MINUTE + 1);
}

/* It paused for 20 minutes before: an evaluation, say. */
static struct made_run *paused_before(int64_t quiet)
{
    struct made_run *run = posted(MINUTE, quiet);
    for (int i = 25; i < POINTS; i++)
        at_ms[i] += 19 * MINUTE;
    run->history.arrivals.now_ms += 19 * MINUTE;
    return run;
}

static struct made_run *at_twice_its_longest_pause(void)
{
    return paused_before(40 * MINUTE);
}

static struct made_run *after_twice_its_longest_pause(void)
{
    return paused_before(40 * MINUTE + 1);
}

static struct made_run *ended(void)
{
    struct made_run *run = quiet_for_an_hour();
    run->history.ended = true;
    return run;
}

static struct made_run *all_planned_epochs_are_there(void)
{
    struct made_run *run = quiet_for_an_hour();
    run->history.epochs_planned = POINTS;
    return run;
}

static struct made_run *no_clock(void)
{
    struct made_run *run = quiet_for_an_hour();
    run->history.arrivals.now_ms = 0;
    return run;
}

static struct made_run *no_times(void)
{
    struct made_run *run = quiet_for_an_hour();
    run->history.arrivals = (struct arrivals){NULL, 0, 0, 1000};
    return run;
}

/* A log of old times that is being sent just now. */
static struct made_run *replayed(void)
{
    struct made_run *run = quiet_for_an_hour();
    run->history.arrivals.heard_ms = run->history.arrivals.now_ms - 1000;
    return run;
}

/* All points came in one post: there is no pace to hold it against. */
static struct made_run *one_post(void)
{
    return posted(0, 60 * MINUTE);
}

static struct made_run *eight_posts(void)
{
    struct made_run *run = quiet_for_an_hour();
    run->history.arrivals.at_ms += POINTS - 8;
    run->history.arrivals.count = 8;
    return run;
}

static struct made_run *nine_posts(void)
{
    struct made_run *run = quiet_for_an_hour();
    run->history.arrivals.at_ms += POINTS - 9;
    run->history.arrivals.count = 9;
    return run;
}

static struct made_run *clock_set_back(void)
{
    return posted(MINUTE, -60 * MINUTE);
}

static struct made_run *losses_of_nan(void)
{
    struct made_run *run = quiet_for_an_hour();
    made_flat(run, ROLE_TRAIN_LOSS, POINTS, NAN);
    made_flat(run, ROLE_VAL_LOSS, POINTS, NAN);
    return run;
}

static const struct rule_row rows[] = {
    {"stalled: an hour at a pace of a minute", quiet_for_an_hour, "stalled",
     SEVERITY_WARNING},
    {"stalled: at its pace", at_its_pace, "stalled", SILENT},
    {"stalled: at eight gaps", at_eight_gaps, "stalled", SILENT},
    {"stalled: after eight gaps", after_eight_gaps, "stalled", SEVERITY_WARNING},
    {"stalled: a fast job, two minutes", fast_and_quiet_for_two_minutes, "stalled",
     SILENT},
    {"stalled: a fast job, longer", fast_and_quiet_for_longer, "stalled",
     SEVERITY_WARNING},
    {"stalled: twice its longest pause", at_twice_its_longest_pause, "stalled", SILENT},
    {"stalled: more than twice its longest pause", after_twice_its_longest_pause,
     "stalled", SEVERITY_WARNING},
    {"stalled: not when it has ended", ended, "stalled", SILENT},
    {"stalled: not when all planned epochs are there", all_planned_epochs_are_there,
     "stalled", SILENT},
    {"stalled: without a clock", no_clock, "stalled", SILENT},
    {"stalled: without times", no_times, "stalled", SILENT},
    {"stalled: old times that come just now", replayed, "stalled", SILENT},
    {"stalled: one post has no pace", one_post, "stalled", SILENT},
    {"stalled: eight posts are too few", eight_posts, "stalled", SILENT},
    {"stalled: nine posts", nine_posts, "stalled", SEVERITY_WARNING},
    {"stalled: a clock that was set back", clock_set_back, "stalled", SILENT},
    {"stalled: losses of NaN", losses_of_nan, "stalled", SEVERITY_WARNING},
};

static void says_how_long(void **state)
{
    (void)state;
    struct made_run *run = quiet_for_an_hour();
    made_diagnose(run);
    const struct finding *finding = made_expect(run, "stalled");
    assert_string_equal(finding->message,
                        "Nothing has come for 60 minutes, since epoch 50; before that "
                        "something came every 60 seconds, and the longest pause was 60 "
                        "seconds.");
    assert_near(made_evidence(finding, "threshold"), 480, 0);
    assert_true(finding->ongoing);
    made_run_free(run);
}

int main(void)
{
    struct CMUnitTest tests[COUNT(rows) + 1] = {cmocka_unit_test(says_how_long)};
    rule_rows(rows, COUNT(rows), tests + 1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
