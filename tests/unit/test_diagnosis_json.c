#include "near.h"

#include "api/diagnosis_json.h"

#include <stdlib.h>
#include <string.h>

#define BYTES_MAX (1 << 16)

static const struct rule rule = {.name = "overfitting",
                                 .title = "Overfitting",
                                 .about = "",
                                 .apply = NULL};

/* A judged run with one finding and one check that is not unknown. */
static struct judged *judged_new(void)
{
    struct judged *judged = calloc(1, sizeof *judged);
    assert_non_null(judged);
    judged->run.id = "r";
    judged->run.last_step = 31;
    judged->history.metric[ROLE_VAL_LOSS] = "valid/loss";
    struct diagnosis *d = &judged->diagnosis;
    d->verdict = VERDICT_WATCH;
    d->rules_checked = 17;
    for (int i = 0; i < CHECK_COUNT; i++)
        d->checks[i].status = CHECK_UNKNOWN;
    d->schedule_source = SCHEDULE_NONE;
    d->findings[0] = (struct finding){
        .rule = &rule,
        .severity = SEVERITY_WARNING,
        .role = ROLE_VAL_LOSS,
        .from_step = 12,
        .to_step = 30,
        .ongoing = true,
        .message = "It rises.\tSince \"12\".",
        .advice = "Stop.",
        .cause = "other_length",
        .param = "T_max",
        .evidence = {{"best", NAN, ""}, {"best_step", 19, "epoch"}},
        .evidence_count = 2,
    };
    d->finding_count = 1;
    return judged;
}

static void a_finding_with_everything(void **state)
{
    (void)state;
    struct judged *judged = judged_new();
    struct buf out;
    struct json_out json;
    buf_init(&out, BYTES_MAX);
    json_init(&json, &out);
    diagnosis_write_findings(&json, &judged->history, &judged->diagnosis);
    assert_string_equal(
        out.data,
        "[{\"rule\":\"overfitting\",\"title\":\"Overfitting\",\"severity\":\"warning\","
        "\"metric\":\"valid/loss\",\"from_step\":12,\"to_step\":30,\"ongoing\":true,"
        "\"message\":\"It rises.\\u0009Since \\\"12\\\".\","
        "\"evidence\":{\"best\":\"NaN\",\"best_step\":19},"
        "\"units\":{\"best_step\":\"epoch\"},\"cause\":\"other_length\",\"param\":\"T_"
        "max\",\"advice\":\"Stop.\"}]");
    buf_release(&out);
    free(judged);
}

static void a_finding_on_the_run_as_such(void **state)
{
    (void)state;
    struct judged *judged = judged_new();
    struct buf out;
    struct json_out json;
    judged->diagnosis.findings[0].role = ROLE_COUNT;
    buf_init(&out, BYTES_MAX);
    json_init(&json, &out);
    diagnosis_write_findings(&json, &judged->history, &judged->diagnosis);
    assert_non_null(strstr(out.data, "\"metric\":null"));
    buf_release(&out);
    free(judged);
}

static void the_brief_part_of_the_text_ends_with_the_findings(void **state)
{
    (void)state;
    struct judged *judged = judged_new();
    struct buf out;
    buf_init(&out, BYTES_MAX);
    buf_add_text(&out, "{\"run\":1,");
    size_t start = out.length, brief = diagnosis_render(judged, &out);
    const char *text = out.data + start, *end = text + brief;
    assert_null(strchr(text, '\n'));
    assert_memory_equal(text, "\"verdict\":\"watch\",\"checked_to_step\":31,", 39);
    assert_int_equal(end[-1], ']');
    assert_memory_equal(end, ",\"muted\":[],\"rules_checked\":17,\"checks\":[", 41);
    buf_release(&out);
    free(judged);
}

static void a_run_without_records_is_checked_to_no_step(void **state)
{
    (void)state;
    struct judged *judged = judged_new();
    struct buf out;
    judged->run.last_step = -1;
    buf_init(&out, BYTES_MAX);
    diagnosis_render(judged, &out);
    assert_non_null(strstr(out.data, "\"checked_to_step\":null"));
    buf_release(&out);
    free(judged);
}

static void counts_by_severity(void **state)
{
    (void)state;
    struct judged *judged = judged_new();
    struct buf out;
    struct json_out json;
    const int counts[SEVERITY_COUNT] = {[SEVERITY_WARNING] = 1};
    buf_init(&out, BYTES_MAX);
    json_init(&json, &out);
    diagnosis_write_counts(&json, counts);
    assert_string_equal(out.data, "{\"error\":0,\"warning\":1,\"info\":0}");
    buf_release(&out);
    free(judged);
}

static void observed_is_null_until_points_were_compared(void **state)
{
    (void)state;
    struct judged *judged = judged_new();
    struct diagnosis *d = &judged->diagnosis;
    struct buf out;
    struct json_out json;
    buf_init(&out, BYTES_MAX);
    json_init(&json, &out);
    json_array_begin(&json);
    diagnosis_write_observed(&json, d);
    d->schedule_source = SCHEDULE_DECLARED;
    diagnosis_write_observed(&json, d);
    d->deviation = (struct schedule_deviation){.points = 3,
                                               .shift = 1,
                                               .max_relative = 0.5,
                                               .rms_relative = 0.25,
                                               .max_at = 7,
                                               .leaves_at = -1,
                                               .tolerance = 0.125};
    diagnosis_write_observed(&json, d);
    json_array_end(&json);
    assert_string_equal(
        out.data,
        "[null,null,{\"points\":3,\"shift\":1,\"averaged\":false,\"every\":1,\"logged\":"
        "\"one epoch "
        "late "
        "(or the scheduler was "
        "stepped once before the first epoch)\",\"max_relative\":0.5,"
        "\"rms_relative\":0.25,\"max_at\":7,\"leaves_at\":null,\"off_until\":null,"
        "\"tolerance\":0.125}]");
    buf_release(&out);
    free(judged);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_finding_with_everything),
        cmocka_unit_test(a_finding_on_the_run_as_such),
        cmocka_unit_test(the_brief_part_of_the_text_ends_with_the_findings),
        cmocka_unit_test(a_run_without_records_is_checked_to_no_step),
        cmocka_unit_test(counts_by_severity),
        cmocka_unit_test(observed_is_null_until_points_were_compared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
