/* The contract of store_findings.h, over every engine: findings come and go, mutes. */
#include "near.h"

#include "engines.h"
#include "store/store_findings.h"

static void set(struct place *place, const struct run_finding *holding, size_t count,
                int64_t step)
{
    struct err err = {0};
    bool news[4];
    struct findings_now now = {holding, count, step, 1000 + step, news};
    begin(place);
    assert_ok(store_findings_set(place->writer, "r", &now, &err), &err);
    commit(place);
}

static struct run_finding *history(struct place *place, size_t *count)
{
    struct err err = {0};
    struct run_finding *all;
    assert_ok(store_findings(place->writer, get_run(place, "r").key, &place->arena, &all,
                             count, &err),
              &err);
    return all;
}

static const struct run_finding noisy = {"noisy_loss", "loss", 1, 0, 0, -1, -1};
static const struct run_finding no_lr = {"no_lr", "", 0, 0, 0, -1, -1};

static void a_finding_opens_stays_and_closes(void **state)
{
    size_t count;
    put(*state, "r", "loss", 1, 1);
    set(*state, &noisy, 1, 5);
    set(*state, (struct run_finding[]){no_lr, noisy}, 2, 6);
    set(*state, &no_lr, 1, 9);
    struct run_finding *all = history(*state, &count);
    assert_int_equal(count, 2);
    assert_string_equal(all[0].rule, "no_lr");
    assert_string_equal(all[0].metric, "");
    assert_int_equal(all[0].opened_step, 6);
    assert_int_equal(all[0].closed_ms, -1);
    assert_string_equal(all[1].rule, "noisy_loss");
    assert_string_equal(all[1].metric, "loss");
    assert_int_equal(all[1].severity, 1);
    assert_int_equal(all[1].opened_step, 5);
    assert_int_equal(all[1].opened_ms, 1005);
    assert_int_equal(all[1].closed_step, 9);
    assert_int_equal(all[1].closed_ms, 1009);
}

static void what_is_new_is_told(void **state)
{
    struct err err = {0};
    struct place *place = *state;
    bool news[2] = {false, true};
    struct run_finding both[] = {no_lr, noisy};
    struct findings_now now = {both, 2, 6, 1006, news};
    put(place, "r", "loss", 1, 1);
    set(place, &noisy, 1, 5);
    begin(place);
    assert_ok(store_findings_set(place->writer, "r", &now, &err), &err);
    commit(place);
    assert_true(news[0]);
    assert_false(news[1]);
}

/* A rule may say two things of one curve: spikes, and that it was NaN for a while. */
static void two_of_a_kind_are_told_once_each(void **state)
{
    struct place *place = *state;
    struct run_finding both[] = {noisy, noisy};
    bool news[2];
    size_t count;
    put(place, "r", "loss", 1, 1);
    for (int step = 5; step < 9; step++) {
        struct err err = {0};
        struct findings_now now = {both, 2, step, 1000 + step, news};
        begin(place);
        assert_ok(store_findings_set(place->writer, "r", &now, &err), &err);
        commit(place);
        assert_int_equal(news[0] + news[1], step == 5 ? 2 : 0);
    }
    history(place, &count);
    assert_int_equal(count, 2);
    set(place, both, 1, 9);
    struct run_finding *all = history(place, &count);
    assert_int_equal(count, 2);
    assert_true((all[0].closed_step == 9) != (all[1].closed_step == 9));
}

static void worse_is_news_once(void **state)
{
    struct place *place = *state;
    static const int severities[] = {1, 2, 1, 2, 2};
    put(place, "r", "loss", 1, 1);
    for (size_t i = 0; i < 5; i++) {
        struct err err = {0};
        struct run_finding one = noisy;
        bool news[1];
        struct findings_now now = {&one, 1, (int64_t)i, 1000, news};
        one.severity = severities[i];
        begin(place);
        assert_ok(store_findings_set(place->writer, "r", &now, &err), &err);
        commit(place);
        assert_int_equal(news[0], i < 2);
    }
}

static void one_that_comes_back_is_a_row_of_its_own(void **state)
{
    size_t count;
    put(*state, "r", "loss", 1, 1);
    set(*state, &noisy, 1, 5);
    set(*state, NULL, 0, 6);
    set(*state, &noisy, 1, 7);
    struct run_finding *all = history(*state, &count);
    assert_int_equal(count, 2);
    assert_int_equal(all[0].opened_step, 7);
    assert_int_equal(all[0].closed_step, -1);
    assert_int_equal(all[1].closed_step, 6);
}

static void the_same_rule_on_two_curves_is_two_findings(void **state)
{
    size_t count;
    struct run_finding other = noisy;
    other.metric = "val_loss";
    put(*state, "r", "loss", 1, 1);
    set(*state, (struct run_finding[]){noisy, other}, 2, 5);
    set(*state, &other, 1, 6);
    struct run_finding *all = history(*state, &count);
    assert_int_equal(count, 2);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(all[i].closed_step, strcmp(all[i].metric, "loss") ? -1 : 6);
}

static void the_severity_is_the_worst(void **state)
{
    size_t count;
    struct run_finding worse = noisy;
    worse.severity = 2;
    put(*state, "r", "loss", 1, 1);
    set(*state, &noisy, 1, 5);
    set(*state, &worse, 1, 6);
    set(*state, &noisy, 1, 7);
    struct run_finding *all = history(*state, &count);
    assert_int_equal(count, 1);
    assert_int_equal(all[0].severity, 2);
    assert_int_equal(all[0].opened_step, 5);
}

static void one_that_flaps_keeps_to_its_room(void **state)
{
    size_t count;
    put(*state, "r", "loss", 1, 1);
    set(*state, &no_lr, 1, 0);
    for (int64_t step = 1; step <= 2 * FINDING_HISTORY_MAX + 40; step++)
        set(*state, (struct run_finding[]){no_lr, noisy}, step % 2 ? 2 : 1, step);
    struct run_finding *all = history(*state, &count);
    assert_in_range(count, FINDING_HISTORY_MAX, FINDING_HISTORY_MAX + 2);
    /* the oldest of all still holds, so it is still there */
    assert_string_equal(all[count - 1].rule, "no_lr");
    assert_int_equal(all[0].closed_step, 2 * FINDING_HISTORY_MAX + 40);
}

static struct mute *mutes(struct place *place, size_t *count)
{
    struct err err = {0};
    struct mute *all;
    assert_ok(store_mutes(place->writer, get_run(place, "r").key, &place->arena, &all,
                          count, &err),
              &err);
    return all;
}

static enum status mute(struct place *place, const char *run, const char *rule,
                        const char *reason)
{
    struct err err = {0};
    begin(place);
    enum status status =
        store_mute(place->writer, run,
                   &(struct mute){rule, reason, (int64_t)strlen(reason)}, &err);
    commit(place);
    return status;
}

static void a_rule_is_muted_with_its_reason(void **state)
{
    struct err err = {0};
    struct place *place = *state;
    size_t count;
    put(place, "r", "loss", 1, 1);
    assert_int_equal(mute(place, "r", "overfitting", "known"), ST_OK);
    assert_int_equal(mute(place, "r", "no_lr", ""), ST_OK);
    assert_int_equal(mute(place, "r", "overfitting", "small set"), ST_OK);
    struct mute *all = mutes(place, &count);
    assert_int_equal(count, 2);
    assert_string_equal(all[0].rule, "no_lr");
    assert_string_equal(all[1].rule, "overfitting");
    assert_string_equal(all[1].reason, "small set");
    assert_int_equal(all[1].muted_ms, 5); /* since the first time */
    for (int twice = 0; twice < 2; twice++) {
        begin(place);
        assert_ok(store_unmute(place->writer, "r", "overfitting", &err), &err);
        commit(place);
    }
    mutes(place, &count);
    assert_int_equal(count, 1);
}

static void runs_that_cannot_be_muted_are_said(void **state)
{
    struct err err = {0};
    struct place *place = *state;
    assert_int_equal(mute(place, "nobody", "no_lr", ""), ST_NOT_FOUND);
    begin(place);
    assert_int_equal(store_unmute(place->writer, "nobody", "no_lr", &err), ST_NOT_FOUND);
    assert_int_equal(store_findings_set(place->writer, "nobody",
                                        &(struct findings_now){0}, &err),
                     ST_NOT_FOUND);
    commit(place);
    put(place, "r", "loss", 1, 1);
    begin(place);
    assert_ok(store_run_trash(place->writer, "r", 1, &err), &err);
    commit(place);
    assert_int_equal(mute(place, "r", "no_lr", ""), ST_CONFLICT);
}

static void both_end_with_their_run(void **state)
{
    struct err err = {0};
    struct place *place = *state;
    size_t count;
    put(place, "r", "loss", 1, 1);
    set(place, &noisy, 1, 5);
    assert_int_equal(mute(place, "r", "no_lr", ""), ST_OK);
    int64_t key = get_run(place, "r").key;
    begin(place);
    assert_ok(store_run_purge(place->writer, "r", &err), &err);
    commit(place);
    struct mute *m;
    struct run_finding *f;
    assert_ok(store_mutes(place->writer, key, &place->arena, &m, &count, &err), &err);
    assert_int_equal(count, 0);
    assert_ok(store_findings(place->writer, key, &place->arena, &f, &count, &err), &err);
    assert_int_equal(count, 0);
}

static const struct CMUnitTest cases[] = {
    CASE(a_finding_opens_stays_and_closes),
    CASE(what_is_new_is_told),
    CASE(one_that_comes_back_is_a_row_of_its_own),
    CASE(the_same_rule_on_two_curves_is_two_findings),
    CASE(the_severity_is_the_worst),
    CASE(two_of_a_kind_are_told_once_each),
    CASE(worse_is_news_once),
    CASE(one_that_flaps_keeps_to_its_room),
    CASE(a_rule_is_muted_with_its_reason),
    CASE(runs_that_cannot_be_muted_are_said),
    CASE(both_end_with_their_run),
};

int main(void)
{
    return run_over_engines("findings", cases, sizeof cases / sizeof *cases);
}
