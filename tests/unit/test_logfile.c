/* ingest/logfile: one small file for each format that training loops write, and the traps
   that real files have. The figures of the fixtures follow two curves, train() and val().
 */
#include "ingest/logfile.h"
#include "rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIXTURES "tests/fixtures/logs/"
#define EPOCHS   false
#define STEPS    true

struct parsed {
    struct arena arena;
    struct logfile log;
    struct err err;
    enum status status;
};

static void parse(struct parsed *parsed, const char *text, size_t length)
{
    memset(parsed, 0, sizeof *parsed);
    arena_init(&parsed->arena, 16 << 20);
    char *copy = malloc(length ? length : 1);
    assert_non_null(copy);
    memcpy(copy, text, length);
    parsed->status =
        logfile_parse(copy, length, &parsed->arena, &parsed->log, &parsed->err);
    free(copy);
}

static void parse_fixture(struct parsed *parsed, const char *name)
{
    char path[256], text[16384];
    snprintf(path, sizeof path, FIXTURES "%s", name);
    FILE *in = fopen(path, "rb");
    assert_non_null(in);
    size_t length = fread(text, 1, sizeof text, in);
    fclose(in);
    parse(parsed, text, length);
}

static void release(struct parsed *parsed)
{
    arena_release(&parsed->arena);
}

static const struct logfile_column *column(const struct logfile *log, const char *name)
{
    for (size_t i = 0; i < log->column_count; i++) {
        if (!strcmp(log->columns[i].name, name))
            return &log->columns[i];
    }
    return NULL;
}

/* --- shapes --- */

static const struct shape {
    const char *file, *format;
    size_t rows, runs;
    bool counts_steps;
    int64_t first, last;
    const char *columns; /* of the result, in order */
} shapes[] = {
    {"keras_csvlogger.csv", "csv", 6, 1, EPOCHS, 0, 5,
     "accuracy learning_rate loss val_accuracy val_loss"},
    {"keras_appended.csv", "csv", 5, 2, EPOCHS, 0, 4, "loss val_loss"},
    {"keras_resumed.csv", "csv", 7, 1, EPOCHS, 0, 6, "loss"},
    {"lightning_steps.csv", "csv", 9, 1, STEPS, 0, 299,
     "lr-AdamW epoch train_loss val_loss lr"},
    {"lightning_epochs.csv", "csv", 24, 1, EPOCHS, 0, 23,
     "lr-AdamW step train_loss val_loss lr"},
    {"yolo_results.csv", "yolo_csv", 6, 1, EPOCHS, 1, 6,
     "train/box_loss train/cls_loss metrics/mAP50(B) val/box_loss val/cls_loss lr/pg0 "
     "lr/pg1 train_loss val_loss lr"},
    {"trainer_state.json", "trainer_state", 6, 1, STEPS, 10, 60,
     "epoch grad_norm learning_rate loss eval_loss eval_runtime"},
    {"mmengine_scalars.json", "jsonl", 6, 1, STEPS, 50, 300,
     "lr data_time loss epoch step coco/bbox_mAP"},
    {"mmdet_log.json", "jsonl", 4, 1, EPOCHS, 1, 4, "iter lr loss val_loss"},
    {"detectron2_metrics.json", "jsonl", 5, 1, STEPS, 19, 99, "data_time lr total_loss"},
    {"jsonl_nan.txt", "jsonl", 5, 1, EPOCHS, 0, 4,
     "train_lr train_loss test_loss n_parameters"},
    {"keras_history.json", "json_history", 6, 1, EPOCHS, 0, 5, "loss val_loss lr"},
    {"phases_history.json", "json_history", 6, 1, EPOCHS, 0, 5, "train/loss val/loss"},
    {"records.json", "json_records", 5, 1, EPOCHS, 1, 5, "train/loss val/loss"},
    {"keyed_epochs.json", "json_history", 5, 1, EPOCHS, 1, 5, "train_loss val_loss"},
    {"print_bars.log", "text", 6, 1, EPOCHS, 1, 6, "LR|Train Loss|Val Loss|mP"},
    {"print_phases.md", "text", 5, 1, EPOCHS, 0, 4,
     "train Loss|train Acc|test Loss|test Acc"},
    {"keras_progress.log", "text", 5, 1, EPOCHS, 1, 5, "loss val_loss"},
    {"nanogpt.log", "text", 11, 1, STEPS, 0, 10,
     "val_loss train_time step_avg train_loss"},
    {"llmc_main.log", "text", 8, 1, STEPS, 0, 7, "val_loss train_loss lr norm"},
    {"coqui_ansi.log", "text", 6, 1, STEPS, 0, 250, "epoch loss current_lr lr"},
    {"imagenet_meter.log", "text", 4, 1, EPOCHS, 0, 3, "Loss Acc@1"},
    {"hf_stdout.log", "text", 6, 1, STEPS, 0, 5, "epoch loss grad_norm learning_rate"},
    {"no_position.log", "text", 5, 1, EPOCHS, 0, 4, "loss val_loss"},
    {"fastai_table.txt", "csv", 5, 1, EPOCHS, 0, 4, "train_loss valid_loss accuracy"},
    {"markdown_table.md", "csv", 5, 1, EPOCHS, 1, 5, "Train loss|Val loss"},
    {"tabs_bom.tsv", "csv", 5, 1, EPOCHS, 0, 4, "loss val_loss"},
    {"semicolons.csv", "csv", 5, 1, EPOCHS, 0, 4, "loss val_loss"},
    {"pandas_index.csv", "csv", 5, 1, EPOCHS, 0, 4, "Loss ValLoss"},
    {"no_epoch.csv", "csv", 5, 1, EPOCHS, 0, 4, "loss val_loss learning_rate"},
    {"one_column.csv", "csv", 5, 1, EPOCHS, 0, 4, "loss"},
    {"text_cells.csv", "csv", 5, 1, EPOCHS, 1, 5, "train_loss"},
    {"empty_cells.csv", "csv", 6, 1, STEPS, 0, 5, "epoch main/loss validation/main/loss"},
    {"diverged.csv", "csv", 3, 1, EPOCHS, 0, 2, "loss val_loss"},
    {"savetxt.txt", "csv", 5, 1, EPOCHS, 0, 4, "loss val_loss"},
};

static void has_shape(void **state)
{
    const struct shape *row = *state;
    struct parsed parsed;
    parse_fixture(&parsed, row->file);
    assert_string_equal(parsed.err.text, "");
    assert_int_equal(parsed.status, ST_OK);
    const struct logfile *log = &parsed.log;
    assert_string_equal(log->format, row->format);
    assert_int_equal(log->row_count, row->rows);
    assert_int_equal(log->runs, row->runs);
    assert_int_equal(log->counts_steps, row->counts_steps);
    assert_int_equal(log->step[0], row->first);
    assert_int_equal(log->step[log->row_count - 1], row->last);
    char names[512] = "";
    const char *separator = strchr(row->columns, '|') ? "|" : " ";
    for (size_t i = 0; i < log->column_count; i++) {
        strcat(names, i ? separator : "");
        strcat(names, log->columns[i].name);
    }
    assert_string_equal(names, row->columns);
    release(&parsed);
}

/* --- values --- */

#define ABSENT 1e300 /* stands for a row without a value */

static const struct cell {
    const char *name, *file, *column;
    int64_t step;
    double value;
} cells[] = {
    {"Keras: a cell", "keras_csvlogger.csv", "val_loss", 2, 1.4737},
    {"appended: the longer run is kept", "keras_appended.csv", "loss", 0, 2.1},
    {"resumed: before", "keras_resumed.csv", "loss", 2, 7},
    {"resumed: the last value wins", "keras_resumed.csv", "loss", 3, 53},
    {"resumed: the last value wins to the end", "keras_resumed.csv", "loss", 4, 54},
    {"Lightning by step: sparse", "lightning_steps.csv", "val_loss", 49, ABSENT},
    {"Lightning by step: merged", "lightning_steps.csv", "val_loss", 99, 2.3},
    {"Lightning by step: train beside it", "lightning_steps.csv", "train_loss", 99, 2.0},
    {"Lightning by epoch: losses averaged", "lightning_epochs.csv", "train_loss", 1,
     1.5816},
    {"Lightning by epoch: LR of its own epoch", "lightning_epochs.csv", "lr", 0, 0.01},
    {"Lightning by epoch: LR of the last", "lightning_epochs.csv", "lr", 23, 0.000416667},
    {"YOLO: parts added up", "yolo_results.csv", "train_loss", 1, 3.15},
    {"YOLO: validation parts added up", "yolo_results.csv", "val_loss", 1, 3.45},
    {"YOLO: not the bias group", "yolo_results.csv", "lr", 1, 0.002},
    {"trainer_state: by step", "trainer_state.json", "loss", 20, 1.1976},
    {"trainer_state: evaluation merged", "trainer_state.json", "eval_loss", 30, 1.1919},
    {"MMEngine: validation follows its epoch", "mmengine_scalars.json", "coco/bbox_mAP",
     200, 0.2},
    {"MMEngine: no validation before", "mmengine_scalars.json", "coco/bbox_mAP", 50,
     ABSENT},
    {"MMDetection: validation rows say so", "mmdet_log.json", "val_loss", 1, 1.8355},
    {"MMDetection: training rows averaged", "mmdet_log.json", "loss", 1, 1.5066},
    {"JSON lines: NaN", "jsonl_nan.txt", "train_loss", 3, NAN},
    {"JSON lines: Infinity", "jsonl_nan.txt", "test_loss", 3, INFINITY},
    {"JSON history: a value", "keras_history.json", "val_loss", 5, 0.8017},
    {"JSON history: a shorter list", "phases_history.json", "val/loss", 5, ABSENT},
    {"JSON records: nested", "records.json", "val/loss", 3, 1.1919},
    {"JSON by epoch", "keyed_epochs.json", "train_loss", 2, 1.1976},
    {"print: a per cent", "print_bars.log", "mP", 3, 30.5},
    {"print: scientific", "print_bars.log", "LR", 2, 0.05},
    {"phases: training", "print_phases.md", "train Acc", 2, 0.4},
    {"phases: test", "print_phases.md", "test Acc", 2, 0.3},
    {"progress bar: the last state wins", "keras_progress.log", "loss", 3, 0.9131},
    {"progress bar: validation", "keras_progress.log", "val_loss", 3, 1.1919},
    {"source code before the log", "nanogpt.log", "train_loss", 1, 1.5816},
    {"nanogpt: validation", "nanogpt.log", "val_loss", 5, 0.8017},
    {"llm.c: validation", "llmc_main.log", "val_loss", 4, 1.2345},
    {"colours: stripped", "coqui_ansi.log", "loss", 50, 1.5816},
    {"meter: last of the epoch", "imagenet_meter.log", "Loss", 2, 1.0976},
    {"fractional epochs are counted", "hf_stdout.log", "loss", 0, 1.5816},
    {"empty cells", "empty_cells.csv", "validation/main/loss", 2, ABSENT},
    {"CSV nan", "diverged.csv", "loss", 1, NAN},
    {"CSV -Infinity", "diverged.csv", "val_loss", 2, -INFINITY},
    {"CR CR LF", "pandas_index.csv", "ValLoss", 4, 0.9725},
    {"blanks as separator", "fastai_table.txt", "valid_loss", 4, 0.9725},
};

static void has_value(void **state)
{
    const struct cell *row = *state;
    struct parsed parsed;
    parse_fixture(&parsed, row->file);
    assert_int_equal(parsed.status, ST_OK);
    const struct logfile *log = &parsed.log;
    const struct logfile_column *found = column(log, row->column);
    size_t at = 0;
    assert_non_null(found);
    while (at < log->row_count && log->step[at] != row->step)
        at++;
    assert_true(at < log->row_count);
    assert_int_equal(found->present[at], row->value != ABSENT);
    assert_near(found->value[at], row->value == ABSENT ? NAN : row->value, 1e-4);
    release(&parsed);
}

/* --- what is no log --- */

static const struct refusal {
    const char *name, *text;
} refusals[] = {
    {"empty file", ""},
    {"blank file", "\n \n"},
    {"prose", "Dear reader,\nthere is no loss in this.\n"},
    {"a config", "{\"lr\": 0.1, \"betas\": [0.9, 0.999]}"},
    {"a list of strings", "[\"loss\", \"acc\"]"},
    {"a list of lists", "[[1, 2], [3, 4]]"},
    {"one JSON object without a position", "{\"lr\": 0.1, \"loss\": 2}\n"},
    {"only a header", "epoch,loss,val_loss\n"},
    {"only epochs", "epoch,name\n1,a\n2,b\n"},
    {"numbers without a header", "1,2,3\n4,5,6\n"},
    {"a table of something else", "name,price\napple,1\npear,2\n"},
    {"a clock", "10:00:00 started\n10:00:01 stopped\n"},
    {"binary", "\x1f\x8b\x08\x00\x12\x34"},
};

static void is_no_log(void **state)
{
    const struct refusal *row = *state;
    struct parsed parsed;
    parse(&parsed, row->text, strlen(row->text));
    assert_int_equal(parsed.status, ST_MALFORMED);
    assert_string_equal(parsed.err.code, "not_a_log");
    assert_true(*parsed.err.text);
    release(&parsed);
}

static void a_zero_byte_is_no_text(void **state)
{
    (void)state;
    static const char text[] = "epoch,loss\n1,0.5\n2,0.4\n\0\n3,0.3\n";
    struct parsed parsed;
    parse(&parsed, text, sizeof text - 1);
    assert_int_equal(parsed.status, ST_MALFORMED);
    assert_string_equal(parsed.err.text, "it is binary, not text");
    release(&parsed);
}

static void the_first_epoch_is_a_log(void **state)
{
    (void)state;
    const char *text = "{\"epoch\": 1, \"loss\": 2}\n";
    struct parsed parsed;
    parse(&parsed, text, strlen(text));
    assert_int_equal(parsed.status, ST_OK);
    assert_string_equal(parsed.log.format, "jsonl");
    assert_int_equal(parsed.log.row_count, 1);
    assert_int_equal(parsed.log.step[0], 1);
    release(&parsed);
}

static void a_line_may_be_long(void **state)
{
    (void)state;
    enum { PADDING = 100000 };
    char *text = malloc(2 * PADDING + 200);
    assert_non_null(text);
    size_t n = 0;
    for (int epoch = 1; epoch <= 2; epoch++) {
        n += (size_t)sprintf(text + n, "{\"epoch\": %d, \"note\": \"", epoch);
        memset(text + n, 'x', PADDING);
        n += PADDING;
        n += (size_t)sprintf(text + n, "\", \"loss\": %d}\n", epoch);
    }
    struct parsed parsed;
    parse(&parsed, text, n);
    assert_int_equal(parsed.status, ST_OK);
    assert_int_equal(parsed.log.row_count, 2);
    release(&parsed);
    free(text);
}

static void a_small_arena_is_too_large(void **state)
{
    (void)state;
    const char *text = "epoch,loss\n0,2\n1,1\n2,0.5\n";
    for (size_t limit = 0; limit < 200000; limit += 1000) {
        struct arena arena;
        struct logfile log;
        struct err err = {0};
        arena_init(&arena, limit);
        if (logfile_parse(text, strlen(text), &arena, &log, &err))
            assert_int_equal(err.status, ST_TOO_LARGE);
        arena_release(&arena);
    }
}

int main(void)
{
    static struct rows rows;
    for (size_t i = 0; i < COUNT(shapes); i++)
        rows_add(&rows, shapes[i].file, has_shape, &shapes[i]);
    for (size_t i = 0; i < COUNT(cells); i++)
        rows_add(&rows, cells[i].name, has_value, &cells[i]);
    for (size_t i = 0; i < COUNT(refusals); i++)
        rows_add(&rows, refusals[i].name, is_no_log, &refusals[i]);
    rows_add(&rows, "a zero byte is no text", a_zero_byte_is_no_text, NULL);
    rows_add(&rows, "the first epoch is a log", the_first_epoch_is_a_log, NULL);
    rows_add(&rows, "a line may be long", a_line_may_be_long, NULL);
    rows_add(&rows, "a small arena is too large", a_small_arena_is_too_large, NULL);
    return rows_run(&rows);
}
