/* What the judge reads of a stored run, over every engine. */
#include "near.h"

#include "base/clock.h"
#include "engines.h"
#include "stream/judge.h"

enum { POINTS = 12, MINUTE_MS = 60000 };

static bool no_schedule(const char *json, struct arena *arena, struct schedule *out)
{
    (void)json, (void)arena, (void)out;
    return false;
}

static void no_roles(const char *json, struct arena *arena, const char *names[ROLE_COUNT])
{
    (void)json, (void)arena, (void)names;
}

/* A loss that came once a minute, the last time `ago_ms` ago. */
static void put_loss(struct place *place, int64_t ago_ms)
{
    static const char *const name = "train_loss";
    struct store_point points[POINTS];
    struct err err = {0};
    bool created;
    int64_t last_ms = clock_unix_ms() - ago_ms;
    for (int i = 0; i < POINTS; i++)
        points[i] =
            (struct store_point){.step = i + 1,
                                 .time_ms = last_ms - (POINTS - 1 - i) * MINUTE_MS,
                                 .value = 2.0 / (i + 1)};
    struct store_points put = {.run = "r",
                               .names = &name,
                               .name_count = 1,
                               .points = points,
                               .point_count = POINTS,
                               .step_last = POINTS,
                               .now_ms = last_ms};
    begin(place);
    assert_ok(store_put(place->writer, &put, &created, &err), &err);
    commit(place);
}

static bool is_stalled(struct place *place)
{
    static const struct judge_readers readers = {.schedule = no_schedule,
                                                 .roles = no_roles};
    static struct judged judged;
    struct err err = {0};
    assert_ok(judge_run(place->writer, &readers, "r", &place->arena, &judged, &err),
              &err);
    for (size_t i = 0; i < judged.diagnosis.finding_count; i++) {
        if (!strcmp(judged.diagnosis.findings[i].rule->name, "stalled"))
            return true;
    }
    return false;
}

static void a_job_that_went_quiet_is_stalled(void **state)
{
    put_loss(*state, 60 * MINUTE_MS);
    assert_true(is_stalled(*state));
}

static void a_job_at_its_pace_is_not(void **state)
{
    put_loss(*state, MINUTE_MS);
    assert_false(is_stalled(*state));
}

static void nor_is_one_that_has_ended(void **state)
{
    struct err err = {0};
    struct place *place = *state;
    struct run_fields fields = {.set_status = true, .status = RUN_FINISHED};
    put_loss(place, 60 * MINUTE_MS);
    begin(place);
    assert_ok(store_run_update(place->writer, "r", &fields, 1000, &err), &err);
    commit(place);
    assert_false(is_stalled(place));
}

int main(void)
{
    const struct CMUnitTest cases[] = {
        CASE(a_job_that_went_quiet_is_stalled),
        CASE(a_job_at_its_pace_is_not),
        CASE(nor_is_one_that_has_ended),
    };
    return run_over_engines("what the judge reads", cases, sizeof cases / sizeof *cases);
}
