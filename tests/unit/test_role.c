#include "core/role.h"
#include "near.h"

#include <string.h>

enum { NAMES_MAX = 12 };

/* The columns of a log, and which of them play a part ("" = none does). */
struct row {
    const char *name;
    const char *columns[NAMES_MAX];
    const char *expected[ROLE_COUNT];
};

static const struct row rows[] = {
    {"our own names",
     {"epoch", "train_loss", "val_loss", "lr", "train_metric", "val_metric"},
     {"train_loss", "val_loss", "lr", "train_metric", "val_metric"}},
    {"Keras",
     {"epoch", "accuracy", "loss", "lr", "val_accuracy", "val_loss"},
     {"loss", "val_loss", "lr", "accuracy", "val_accuracy"}},
    {"Keras 3 calls it learning_rate",
     {"loss", "learning_rate", "val_loss"},
     {"loss", "val_loss", "learning_rate", "", ""}},
    {"Hugging Face",
     {"loss", "grad_norm", "learning_rate", "epoch", "eval_loss", "eval_accuracy",
      "eval_runtime"},
     {"loss", "eval_loss", "learning_rate", "", "eval_accuracy"}},
    {"Hugging Face when it ends: train_loss is a mean, and the usual name",
     {"loss", "train_loss", "eval_loss"},
     {"train_loss", "eval_loss", "", "", ""}},
    {"Lightning",
     {"epoch", "lr-Adam", "step", "train_loss_epoch", "train_loss_step", "val_loss",
      "val_acc"},
     {"train_loss_epoch", "val_loss", "lr-Adam", "", "val_acc"}},
    {"Lightning with parameter groups: the first will do",
     {"lr-AdamW/pg1", "lr-AdamW/pg2", "train/loss", "val/loss"},
     {"train/loss", "val/loss", "lr-AdamW/pg1", "", ""}},
    {"YOLO: parts of a loss have no single name",
     {"train/box_loss", "train/cls_loss", "train/dfl_loss", "metrics/mAP50(B)",
      "metrics/mAP50-95(B)", "val/box_loss", "val/cls_loss", "lr/pg0", "lr/pg1"},
     {"", "", "lr/pg0", "", "metrics/mAP50(B)"}},
    {"words with blanks",
     {"Epoch", "Training Loss", "Validation Loss", "Learning Rate", "Accuracy"},
     {"Training Loss", "Validation Loss", "Learning Rate", "Accuracy", ""}},
    {"timm",
     {"epoch", "train_loss", "eval_loss", "eval_top1", "eval_top5", "lr"},
     {"train_loss", "eval_loss", "lr", "", "eval_top1"}},
    {"test data where there is no validation",
     {"train_lr", "train_loss", "test_loss", "test_acc1"},
     {"train_loss", "test_loss", "train_lr", "", "test_acc1"}},
    {"validation goes before test",
     {"test_loss", "val_loss", "train_loss"},
     {"train_loss", "val_loss", "", "", ""}},
    {"one unusual name can only mean one thing",
     {"train/ce_loss", "val/ce_loss"},
     {"train/ce_loss", "val/ce_loss", "", "", ""}},
    {"validation never plays a training part",
     {"validation_loss", "eval/accuracy"},
     {"", "validation_loss", "", "", "eval/accuracy"}},
    {"a value function is no validation", {"value_loss", "interval"}, {""}},
    {"case does not matter", {"LOSS", "Val_Loss", "LR"}, {"LOSS", "Val_Loss", "LR"}},
    {"nothing", {NULL}, {""}},
};

static void finds_roles(void **state)
{
    const struct row *row = *state;
    size_t count = 0;
    int found[ROLE_COUNT];
    while (count < NAMES_MAX && row->columns[count])
        count++;
    roles_find(row->columns, count, found);
    for (enum role role = 0; role < ROLE_COUNT; role++) {
        const char *expected = row->expected[role] ? row->expected[role] : "";
        assert_string_equal(found[role] < 0 ? "" : row->columns[found[role]], expected);
    }
}

static void higher_is_better(void **state)
{
    (void)state;
    const char *const higher[] = {"val_accuracy", "mAP50", "metrics/mAP50-95(B)",
                                  "eval_f1",      "AUC",   "r2",
                                  "bleu",         "top1",  "mIoU"};
    for (size_t i = 0; i < sizeof higher / sizeof *higher; i++)
        assert_true(role_higher_is_better(higher[i]));
}

static void lower_is_better(void **state)
{
    (void)state;
    const char *const lower[] = {"val_loss", "error",     "top1_err", "perplexity",
                                 "mape",     "rmse",      "wer",      "map_loss",
                                 "whatever", "grad_norm", ""};
    for (size_t i = 0; i < sizeof lower / sizeof *lower; i++)
        assert_false(role_higher_is_better(lower[i]));
}

static void a_long_name_is_cut_not_overrun(void **state)
{
    (void)state;
    char name[1000];
    memset(name, 'x', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    const char *const names[] = {name};
    int found[ROLE_COUNT];
    roles_find(names, 1, found);
    for (enum role role = 0; role < ROLE_COUNT; role++)
        assert_int_equal(found[role], -1);
}

int main(void)
{
    enum { ROWS = sizeof rows / sizeof *rows };
    struct CMUnitTest tests[ROWS + 3] = {cmocka_unit_test(higher_is_better),
                                         cmocka_unit_test(lower_is_better),
                                         cmocka_unit_test(
                                             a_long_name_is_cut_not_overrun)};
    for (size_t i = 0; i < ROWS; i++)
        tests[3 + i] = (struct CMUnitTest){.name = rows[i].name,
                                           .test_func = finds_roles,
                                           .initial_state = (void *)(uintptr_t)&rows[i]};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
