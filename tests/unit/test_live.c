#include "stream/live.h"

#include "base/clock.h"
#include "base/limits.h"
#include "near.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char text[1 << 20];

/* Everything the subscriber has to say now. */
static const char *read_all(struct subscriber *s, size_t step)
{
    size_t length = 0;
    ssize_t n;
    while ((n = subscriber_read(s, text + length, step)) > 0)
        length += (size_t)n;
    text[length] = '\0';
    return text;
}

static void count_wake(void *data)
{
    ++*(int *)data;
}

struct fixture {
    struct live *live;
    struct subscriber *subscriber;
    int wakes;
};

static struct subscriber *subscribe(struct fixture *f, const char *runs,
                                    const char *since)
{
    struct live_filter filter = {.runs = runs};
    struct err err = {0};
    assert_int_equal(live_subscribe(f->live, &filter, since, count_wake, &f->wakes,
                                    &f->subscriber, &err),
                     ST_OK);
    return f->subscriber;
}

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    struct err err = {0};
    *state = f;
    return live_new(&f->live, &err) == ST_OK ? 0 : -1;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    subscriber_free(f->subscriber);
    live_free(f->live);
    free(f);
    return 0;
}

static void an_event_reaches_a_subscriber_with_its_id(void **state)
{
    struct fixture *f = *state;
    char cursor[LIVE_CURSOR_MAX], want[128];
    struct subscriber *s = subscribe(f, NULL, NULL);
    assert_non_null(strstr(read_all(s, 4096), "retry: "));
    live_publish(f->live, "points", "a", NULL, "{\"run\":\"a\"}");
    live_cursor(f->live, cursor);
    snprintf(want, sizeof want, "event: points\nid: %s\ndata: {\"run\":\"a\"}\n\n",
             cursor);
    assert_string_equal(read_all(s, 4096), want);
}

static void a_tiny_buffer_cuts_events_without_losing_a_byte(void **state)
{
    struct fixture *f = *state;
    struct subscriber *s = subscribe(f, NULL, NULL);
    read_all(s, 4096);
    for (int i = 0; i < 100; i++)
        live_publish(f->live, "points", "a", NULL, "{\"n\":1}");
    const char *all = read_all(s, 3);
    int events = 0;
    for (const char *p = all; (p = strstr(p, "data: {\"n\":1}\n\n")); p++)
        events++;
    assert_int_equal(events, 100);
}

static void an_idle_subscriber_is_woken_once_per_silence(void **state)
{
    struct fixture *f = *state;
    struct subscriber *s = subscribe(f, NULL, NULL);
    live_publish(f->live, "run", "a", NULL, "{}");
    assert_int_equal(f->wakes, 0); /* it was not idle: it never read */
    read_all(s, 4096);
    live_publish(f->live, "run", "a", NULL, "{}");
    live_publish(f->live, "run", "a", NULL, "{}");
    assert_int_equal(f->wakes, 1);
}

static void only_the_runs_asked_for_arrive(void **state)
{
    struct fixture *f = *state;
    struct subscriber *s = subscribe(f, "ab,c", NULL);
    read_all(s, 4096);
    live_publish(f->live, "run", "a", NULL, "{\"x\":\"a\"}");
    live_publish(f->live, "run", "abc", NULL, "{\"x\":\"abc\"}");
    assert_int_equal(f->wakes, 0);
    live_publish(f->live, "run", "c", NULL, "{\"x\":\"c\"}");
    live_publish(f->live, "run", "ab", NULL, "{\"x\":\"ab\"}");
    live_publish(f->live, "run", NULL, NULL, "{\"x\":\"all\"}");
    const char *all = read_all(s, 4096);
    assert_null(strstr(all, "\"a\""));
    assert_null(strstr(all, "\"abc\""));
    assert_non_null(strstr(all, "\"c\""));
    assert_non_null(strstr(all, "\"ab\""));
    assert_non_null(strstr(all, "\"all\""));
}

static void a_cursor_resumes_without_a_gap(void **state)
{
    struct fixture *f = *state;
    char cursor[LIVE_CURSOR_MAX];
    live_publish(f->live, "run", "a", NULL, "{\"n\":1}");
    live_cursor(f->live, cursor);
    live_publish(f->live, "run", "a", NULL, "{\"n\":2}");
    live_publish(f->live, "run", "a", NULL, "{\"n\":3}");
    const char *all = read_all(subscribe(f, NULL, cursor), 4096);
    assert_null(strstr(all, "{\"n\":1}"));
    assert_non_null(strstr(all, "{\"n\":2}"));
    assert_non_null(strstr(all, "{\"n\":3}"));
    assert_null(strstr(all, "resync"));
}

static void an_id_of_another_start_gives_resync(void **state)
{
    struct fixture *f = *state;
    assert_non_null(
        strstr(read_all(subscribe(f, NULL, "zzz-12"), 4096), "event: resync"));
}

static void an_id_that_is_no_number_gives_resync(void **state)
{
    struct fixture *f = *state;
    char cursor[LIVE_CURSOR_MAX];
    live_cursor(f->live, cursor);
    strcpy(strchr(cursor, '-'), "-12x");
    assert_non_null(strstr(read_all(subscribe(f, NULL, cursor), 4096), "event: resync"));
}

static void a_slow_subscriber_is_told_to_read_again(void **state)
{
    struct fixture *f = *state;
    struct subscriber *s = subscribe(f, NULL, NULL);
    for (int i = 0; i < LIVE_RING_EVENTS + 10; i++)
        live_publish(f->live, "run", "a", NULL, "{\"n\":1}");
    const char *all = read_all(s, 4096);
    assert_non_null(strstr(all, "event: resync"));
    assert_null(strstr(all, "{\"n\":1}"));
    live_publish(f->live, "run", "a", NULL, "{\"n\":2}");
    assert_non_null(strstr(read_all(s, 4096), "{\"n\":2}"));
}

static void the_ring_keeps_within_its_bytes(void **state)
{
    struct fixture *f = *state;
    char *big = malloc(LIVE_RING_BYTES_MAX / 2 + 1);
    memset(big, 'x', LIVE_RING_BYTES_MAX / 2);
    big[LIVE_RING_BYTES_MAX / 2] = '\0';
    char cursor[LIVE_CURSOR_MAX];
    live_cursor(f->live, cursor);
    for (int i = 0; i < 3; i++)
        live_publish(f->live, "run", "a", NULL, big);
    free(big);
    assert_non_null(strstr(read_all(subscribe(f, NULL, cursor), 4096), "event: resync"));
}

static void heartbeats_reach_only_the_silent(void **state)
{
    struct fixture *f = *state;
    struct subscriber *s = subscribe(f, NULL, NULL);
    read_all(s, 4096);
    live_heartbeat(f->live);
    assert_int_equal(f->wakes, 1);
    assert_string_equal(read_all(s, 4096), ": still here\n\n");
    live_publish(f->live, "run", "a", NULL, "{}"); /* woken, has not read yet */
    live_heartbeat(f->live);
    assert_null(strstr(read_all(s, 4096), "still here"));
}

static void closing_wakes_everybody_and_ends_the_stream(void **state)
{
    struct fixture *f = *state;
    struct subscriber *s = subscribe(f, NULL, NULL);
    read_all(s, 4096);
    live_close(f->live);
    assert_int_equal(f->wakes, 1);
    assert_int_equal(subscriber_read(s, text, sizeof text), -1);
}

static void nobody_wants_events_until_somebody_shows_interest(void **state)
{
    struct fixture *f = *state;
    char cursor[LIVE_CURSOR_MAX];
    assert_false(live_wanted(f->live));
    live_cursor(f->live, cursor);
    assert_true(live_wanted(f->live));
}

static void events_are_wanted_for_a_viewer_who_may_come_back(void **state)
{
    struct fixture *f = *state;
    subscribe(f, NULL, NULL);
    assert_true(live_wanted(f->live));
    subscriber_free(f->subscriber);
    f->subscriber = NULL;
    assert_true(live_wanted(f->live));
}

static void going_on_from_before_a_skipped_event_reads_again(void **state)
{
    struct fixture *f = *state;
    char before[LIVE_CURSOR_MAX], after[LIVE_CURSOR_MAX];
    live_cursor(f->live, before);
    live_publish(f->live, "points", "a", NULL, "{}");
    live_skip(f->live);
    live_cursor(f->live, after);
    assert_string_not_equal(before, after);
    assert_non_null(strstr(read_all(subscribe(f, NULL, before), 4096), "event: resync"));
    subscriber_free(f->subscriber);
    assert_null(strstr(read_all(subscribe(f, NULL, after), 4096), "event:"));
    live_publish(f->live, "points", "a", NULL, "{}");
    assert_non_null(strstr(read_all(f->subscriber, 4096), "event: points"));
}

static void a_subscriber_who_comes_just_before_a_skip_is_woken_to_read_again(void **state)
{
    struct fixture *f = *state;
    read_all(subscribe(f, NULL, NULL), 4096);
    live_skip(f->live);
    assert_int_equal(f->wakes, 1);
    assert_non_null(strstr(read_all(f->subscriber, 4096), "event: resync"));
    assert_string_equal(read_all(f->subscriber, 4096), "");
}

/* Nobody but live_pace() wakes a crowd, once for all that gathered. */
static void a_crowd_is_woken_at_a_pace(void **state)
{
    enum { N = LIVE_CROWD + 4 };
    struct fixture *f = *state;
    struct subscriber *crowd[N];
    for (int i = 0; i < N; i++) {
        crowd[i] = subscribe(f, i ? "a" : "b", NULL);
        read_all(crowd[i], 4096);
    }
    live_publish(f->live, "points", "a", NULL, "{}");
    live_publish(f->live, "points", "a", NULL, "{}");
    assert_int_equal(f->wakes, 0);
    assert_true(live_pace(f->live, clock_monotonic_us()));
    assert_int_equal(f->wakes, N - 1);
    assert_int_equal(strlen(read_all(crowd[0], 4096)), 0);
    for (int i = 1; i < N; i++) {
        const char *second = strstr(read_all(crowd[i], 4096), "event: points");
        assert_non_null(second);
        assert_non_null(strstr(second + 1, "event: points"));
    }
    live_publish(f->live, "points", "b", NULL, "{}");
    assert_true(live_pace(f->live, clock_monotonic_us() + 2 * N * LIVE_PACE_US));
    assert_int_equal(f->wakes, N);
    live_close(f->live);
    assert_false(live_pace(f->live, INT64_MAX));
    for (int i = 0; i < N - 1; i++)
        subscriber_free(crowd[i]); /* the fixture has the last */
}

int main(void)
{
#define ROW(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
    const struct CMUnitTest tests[] = {
        ROW(an_event_reaches_a_subscriber_with_its_id),
        ROW(a_crowd_is_woken_at_a_pace),
        ROW(nobody_wants_events_until_somebody_shows_interest),
        ROW(events_are_wanted_for_a_viewer_who_may_come_back),
        ROW(going_on_from_before_a_skipped_event_reads_again),
        ROW(a_subscriber_who_comes_just_before_a_skip_is_woken_to_read_again),
        ROW(a_tiny_buffer_cuts_events_without_losing_a_byte),
        ROW(an_idle_subscriber_is_woken_once_per_silence),
        ROW(only_the_runs_asked_for_arrive),
        ROW(a_cursor_resumes_without_a_gap),
        ROW(an_id_of_another_start_gives_resync),
        ROW(an_id_that_is_no_number_gives_resync),
        ROW(a_slow_subscriber_is_told_to_read_again),
        ROW(the_ring_keeps_within_its_bytes),
        ROW(heartbeats_reach_only_the_silent),
        ROW(closing_wakes_everybody_and_ends_the_stream),
    };
    return cmocka_run_group_tests_name("live", tests, NULL, NULL);
}
