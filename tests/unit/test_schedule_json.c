#include "rows.h"

#include "api/schedule_json.h"
#include "base/limits.h"

#include <math.h>
#include <string.h>

/* A schedule as sent, and as it is written back; or the code and field of the refusal. */
struct text_row {
    const char *name, *text, *written, *code, *field, *detail;
};

static const struct text_row texts[] = {
    {"defaults are filled in",
     "{\"type\":\"CosineAnnealingLR\",\"base_lr\":0.1,\"T_max\":10}",
     "{\"type\":\"CosineAnnealingLR\",\"base_lr\":0.1,\"T_max\":10,\"eta_min\":0,"
     "\"unit\":\"epoch\"}",
     NULL, NULL, NULL},
    {"a unit is kept", "{\"type\":\"constant\",\"base_lr\":1e-7,\"unit\":\"step\"}",
     "{\"type\":\"constant\",\"base_lr\":1e-07,\"unit\":\"step\"}", NULL, NULL, NULL},
    {"a list", "{\"type\":\"MultiStepLR\",\"base_lr\":1,\"milestones\":[3,6]}",
     "{\"type\":\"MultiStepLR\",\"base_lr\":1,\"gamma\":0.1,\"milestones\":[3,6],"
     "\"unit\":\"epoch\"}",
     NULL, NULL, NULL},
    {"a sequence shares its base_lr",
     "{\"type\":\"SequentialLR\",\"base_lr\":2,\"milestones\":[5],\"schedulers\":[{"
     "\"type\":"
     "\"constant\"},{\"type\":\"constant\",\"base_lr\":2}]}",
     "{\"type\":\"SequentialLR\",\"schedulers\":[{\"type\":\"constant\",\"base_lr\":2},{"
     "\"type\":\"constant\",\"base_lr\":2}],\"milestones\":[5],\"unit\":\"epoch\"}",
     NULL, NULL, NULL},
    {"a chain has no milestones",
     "{\"type\":\"ChainedScheduler\",\"base_lr\":2,\"schedulers\":[{\"type\":"
     "\"LinearLR\"},"
     "{\"type\":\"ExponentialLR\",\"gamma\":0.5}]}",
     "{\"type\":\"ChainedScheduler\",\"schedulers\":[{\"type\":\"LinearLR\",\"base_lr\":"
     "2,"
     "\"start_factor\":0.3333333333333333,\"end_factor\":1,\"total_iters\":5},{\"type\":"
     "\"ExponentialLR\",\"base_lr\":2,\"gamma\":0.5}],\"unit\":\"epoch\"}",
     NULL, NULL, NULL},
    {"a chain with milestones",
     "{\"type\":\"ChainedScheduler\",\"base_lr\":2,\"milestones\":[5],\"schedulers\":[{"
     "\"type\":\"LinearLR\"},{\"type\":\"LinearLR\"}]}",
     NULL, "unknown_field", "milestones", NULL},
    {"a chain of what does not multiply",
     "{\"type\":\"ChainedScheduler\",\"base_lr\":2,\"schedulers\":[{\"type\":"
     "\"LinearLR\"},"
     "{\"type\":\"CosineAnnealingLR\",\"T_max\":9}]}",
     NULL, "out_of_range", "schedulers",
     "\"schedulers\" can only hold types that multiply the rate when chained: StepLR, "
     "MultiStepLR, ConstantLR, LinearLR, ExponentialLR, PolynomialLR"},
    {"max_T", "{\"type\":\"CosineAnnealingLR\",\"base_lr\":0.1,\"max_T\":10}", NULL,
     "unknown_field", "max_T", "unknown field \"max_T\": did you mean \"T_max\"?"},
    {"min_lr",
     "{\"type\":\"CosineAnnealingLR\",\"base_lr\":0.1,\"T_max\":1,\"min_lr\":0}", NULL,
     "unknown_field", "min_lr", "unknown field \"min_lr\": did you mean \"eta_min\"?"},
    {"nothing near", "{\"type\":\"constant\",\"base_lr\":0.1,\"zzzzzz\":0}", NULL,
     "unknown_field", "zzzzzz", "unknown field \"zzzzzz\""},
    {"a missing parameter", "{\"type\":\"CosineAnnealingLR\",\"base_lr\":0.1}", NULL,
     "missing_field", "T_max", "CosineAnnealingLR needs \"T_max\""},
    {"a missing list", "{\"type\":\"MultiStepLR\",\"base_lr\":1}", NULL, "missing_field",
     "milestones", "MultiStepLR needs \"milestones\""},
    {"no base_lr anywhere in a sequence",
     "{\"type\":\"SequentialLR\",\"milestones\":[5],\"schedulers\":[{\"type\":"
     "\"constant\"},"
     "{\"type\":\"constant\"}]}",
     NULL, "missing_field", "base_lr", "part 1 (constant): constant needs \"base_lr\""},
    {"which part has a misspelt field",
     "{\"type\":\"SequentialLR\",\"base_lr\":1,\"milestones\":[5],\"schedulers\":[{"
     "\"type\":\"LinearLR\"},{\"type\":\"CosineAnnealingLR\",\"max_T\":9}]}",
     NULL, "unknown_field", "max_T",
     "part 2 (CosineAnnealingLR): unknown field \"max_T\": did you mean \"T_max\"?"},
    {"which part has a value out of range",
     "{\"type\":\"SequentialLR\",\"base_lr\":1,\"milestones\":[5],\"schedulers\":[{"
     "\"type\":\"LinearLR\"},{\"type\":\"CosineAnnealingLR\",\"T_max\":0.5}]}",
     NULL, "out_of_range", "T_max",
     "part 2 (CosineAnnealingLR): \"T_max\" must be a whole number"},
    {"which part of a chain",
     "{\"type\":\"ChainedScheduler\",\"base_lr\":1,\"schedulers\":[{\"type\":"
     "\"LinearLR\"},{\"type\":\"StepLR\",\"step_size\":\"3\"}]}",
     NULL, "bad_type", "step_size",
     "part 2 (StepLR): \"step_size\" must be a number, not text"},
    {"which part has no type",
     "{\"type\":\"SequentialLR\",\"base_lr\":1,\"milestones\":[5],\"schedulers\":[{"
     "\"type\":\"LinearLR\"},{\"T_max\":9}]}",
     NULL, "missing_field", "type",
     "part 2: a schedule needs \"type\", such as \"CosineAnnealingLR\""},
    {"what is of all parts names none",
     "{\"type\":\"SequentialLR\",\"milestones\":[5],\"schedulers\":[{\"type\":"
     "\"constant\",\"base_lr\":1},{\"type\":\"constant\",\"base_lr\":2}]}",
     NULL, "out_of_range", "base_lr",
     "\"base_lr\" must be the same in every part: an optimizer has only one"},
    {"a negative base_lr", "{\"type\":\"constant\",\"base_lr\":-1}", NULL, "out_of_range",
     "base_lr", NULL},
    {"a number as text", "{\"type\":\"constant\",\"base_lr\":\"1\"}", NULL, "bad_type",
     "base_lr", "\"base_lr\" must be a number, not text"},
    {"a type that is no text", "{\"type\":3}", NULL, "bad_type", "type", NULL},
    {"an array", "[]", NULL, "bad_type", "schedule", NULL},
    {"a sequence inside a sequence",
     "{\"type\":\"SequentialLR\",\"base_lr\":1,\"milestones\":[1],\"schedulers\":[{"
     "\"type\":"
     "\"constant\"},{\"type\":\"SequentialLR\"}]}",
     NULL, "unknown_type", "type", NULL},
};

static void text_case(void **state)
{
    const struct text_row *row = *state;
    struct arena arena;
    struct json_value *root = NULL;
    struct schedule schedule;
    struct err err = {0};
    arena_init(&arena, CONTROL_BYTES_MAX);
    assert_int_equal(value_parse(row->text, strlen(row->text), &arena, &root, &err),
                     ST_OK);
    enum status status = schedule_read(root, &schedule, &err);
    if (row->written) {
        struct buf out;
        struct json_out json;
        assert_int_equal(status, ST_OK);
        buf_init(&out, CONTROL_BYTES_MAX);
        json_init(&json, &out);
        schedule_write(&json, &schedule);
        assert_string_equal(out.data, row->written);
        struct schedule again;
        assert_true(schedule_from_text(out.data, &arena, &again));
        buf_release(&out);
    } else {
        assert_int_equal(status, ST_INVALID);
        assert_string_equal(err.code, row->code);
        assert_string_equal(err.field, row->field);
        if (row->detail)
            assert_string_equal(err.text, row->detail);
    }
    value_free(root);
    arena_release(&arena);
}

static const struct text_row queries[] = {
    {"a query", "type=StepLR&base_lr=0.5&step_size=3", "StepLR", NULL, NULL, NULL},
    {"a query with a list", "type=MultiStepLR&base_lr=0.5&milestones=1,2", "MultiStepLR",
     NULL, NULL, NULL},
    {"a parameter of another type", "type=StepLR&base_lr=0.5&step_size=3&eta_min=0", NULL,
     "unknown_parameter", "eta_min", NULL},
    {"a list with a word", "type=MultiStepLR&base_lr=0.5&milestones=1,x", NULL,
     "bad_type", "milestones", NULL},
    {"a query without type", "base_lr=0.5", NULL, "missing_field", "type", NULL},
    {"a chain without its parts", "type=ChainedScheduler", NULL, "out_of_range", "type",
     "a ChainedScheduler has parts: give it as \"spec\", such as "
     "{\"type\":\"ChainedScheduler\",\"schedulers\":[...]}"},
    {"a sequence without its parts", "type=SequentialLR", NULL, "out_of_range", "type",
     NULL},
    {"a parameter that is empty is left out",
     "type=StepLR&base_lr=1&step_size=3&gamma=", "StepLR", NULL, NULL, NULL},
    {"a parameter twice", "type=constant&base_lr=1&base_lr=2", NULL,
     "duplicate_parameter", "base_lr", NULL},
    {"a misspelt parameter", "type=CosineAnnealingLR&base_lr=1&max_T=3", NULL,
     "unknown_parameter", "max_T",
     "CosineAnnealingLR has no parameter \"max_T\": did you mean \"T_max\"?"},
    {"a rate that the type names otherwise", "type=CosineDecay&base_lr=1&decay_steps=3",
     NULL, "unknown_parameter", "base_lr",
     "CosineDecay has no parameter \"base_lr\": did you mean \"initial_learning_rate\"?"},
    {"epochs for steps", "type=LinearLR&base_lr=1&epochs=3", NULL, "unknown_parameter",
     "epochs", "LinearLR has no parameter \"epochs\": did you mean \"steps\"?"},
    {"a parameter of another type, with those it has",
     "type=StepLR&base_lr=1&pct_start=1", NULL, "unknown_parameter", "pct_start",
     "StepLR has no parameter \"pct_start\": it has base_lr, step_size, gamma"},
    {"a misspelt parameter of the caller's", "type=constant&base_lr=1&step=3", NULL,
     "unknown_parameter", "step",
     "constant has no parameter \"step\": did you mean \"steps\"?"},
    {"a word that is none", "type=CyclicLR&base_lr=1&max_lr=2&mode=square", NULL,
     "out_of_range", "mode", NULL},
    {"one of two that must be there", "type=OneCycleLR&max_lr=1", NULL, "missing_field",
     "total_steps", "\"total_steps\" is required (or epochs with steps_per_epoch)"},
    {"one of two in words of another framework",
     "type=cosine_with_min_lr&base_lr=1&num_warmup_steps=0&num_training_steps=9", NULL,
     "missing_field", "min_lr", "\"min_lr\" is required (or min_lr_rate)"},
    {"a parameter beside a spec", "spec={}&T_max=3", NULL, "unknown_parameter", "T_max",
     "\"T_max\" beside \"spec\", which says the whole schedule: put it inside"},
    {"a type beside a spec", "spec={}&type=constant", NULL, "unknown_parameter", "type",
     NULL},
    {"a spec without type", "spec={}", NULL, "missing_field", "type", NULL},
};

/* What the server and the command line do with the same text. */
static enum status read_text(const char *text, struct arena *arena, struct schedule *out,
                             struct err *err)
{
    static const char *const own[] = {"steps", NULL};
    struct query query;
    const struct schedule_query asked = {&query, own, NAN, arena};
    assert_int_equal(query_parse(text, arena, &query, err), ST_OK);
    return schedule_read_query(&asked, out, err);
}

static void query_case(void **state)
{
    const struct text_row *row = *state;
    struct arena arena;
    struct schedule schedule;
    struct err err = {0};
    arena_init(&arena, CONTROL_BYTES_MAX);
    enum status status = read_text(row->text, &arena, &schedule, &err);
    if (row->written) {
        assert_int_equal(status, ST_OK);
        assert_string_equal(schedule.parts[0].type->name, row->written);
    } else {
        assert_int_equal(status, ST_INVALID);
        assert_string_equal(err.code, row->code);
        assert_string_equal(err.field, row->field);
        if (row->detail)
            assert_string_equal(err.text, row->detail);
    }
    arena_release(&arena);
}

static void one_too_many_in_a_list(void **state)
{
    (void)state;
    char text[64 + 3 * SCHEDULE_LIST_MAX] = "type=MultiStepLR&base_lr=1&milestones=1";
    struct arena arena;
    struct schedule schedule;
    struct err err = {0};
    for (int i = 0; i < SCHEDULE_LIST_MAX; i++)
        strncat(text, ",9", 3);
    arena_init(&arena, CONTROL_BYTES_MAX);
    assert_int_equal(read_text(text, &arena, &schedule, &err), ST_INVALID);
    assert_string_equal(err.field, "milestones");
    arena_release(&arena);
}

static void a_spec_is_read_as_a_run_declares_it(void **state)
{
    (void)state;
    struct arena arena;
    struct schedule schedule;
    struct err err = {0};
    arena_init(&arena, CONTROL_BYTES_MAX);
    assert_int_equal(
        read_text("steps=9&unit=step&spec={\"type\":\"SequentialLR\",\"base_lr\":2,"
                  "\"milestones\":[5],\"schedulers\":[{\"type\":\"constant\"},"
                  "{\"type\":\"ExponentialLR\",\"gamma\":0.5}]}",
                  &arena, &schedule, &err),
        ST_OK);
    assert_int_equal(schedule.part_count, 2);
    assert_int_equal(schedule.milestones[0], 5);
    assert_int_equal(schedule.unit, SCHEDULE_STEP);
    assert_int_equal(read_text("spec={\"type\"", &arena, &schedule, &err), ST_MALFORMED);
    arena_release(&arena);
}

static void stored_roles_are_read(void **state)
{
    (void)state;
    struct arena arena;
    const char *names[ROLE_COUNT] = {NULL};
    arena_init(&arena, 4096);
    roles_from_text("{\"lr\":\"rate\",\"val_loss\":null}", &arena, names);
    assert_string_equal(names[ROLE_LR], "rate");
    assert_null(names[ROLE_VAL_LOSS]);
    roles_from_text("null", &arena, names);
    assert_string_equal(names[ROLE_LR], "rate");
    arena_release(&arena);
}

int main(void)
{
    static struct rows rows;
    for (size_t i = 0; i < COUNT(texts); i++)
        rows_add(&rows, texts[i].name, text_case, &texts[i]);
    for (size_t i = 0; i < COUNT(queries); i++)
        rows_add(&rows, queries[i].name, query_case, &queries[i]);
    rows_add(&rows, "one too many in a list", one_too_many_in_a_list, NULL);
    rows_add(&rows, "a spec is read as a run declares it",
             a_spec_is_read_as_a_run_declares_it, NULL);
    rows_add(&rows, "stored roles are read", stored_roles_are_read, NULL);
    return rows_run(&rows);
}
