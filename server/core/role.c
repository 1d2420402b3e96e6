#include "core/role.h"

#include <ctype.h>
#include <string.h>

#define NAME_MAX_FOLDED 128
#define USUAL_MAX       32
#define NONE            (-1)

const char *const role_names[ROLE_COUNT + 1] = {"train_loss",   "val_loss",   "lr",
                                                "train_metric", "val_metric", NULL};

/* Folded names, the most usual first. Those of real logs: Keras, PyTorch Lightning,
   Hugging Face, Ultralytics, MMDetection, timm, nanoGPT. */
static const char *const usual[ROLE_COUNT][USUAL_MAX] = {
    [ROLE_TRAIN_LOSS] = {"trainloss", "trainingloss", "loss", "trainlossepoch",
                         "losstrain", "epochloss", "epochtrainloss", "trainlosstotal",
                         "traintotalloss", "totalloss", "losstotal", "trainmainloss",
                         "mainloss", "trainlossstep", "trl", "tloss", "trloss",
                         "lossbatch"},
    [ROLE_VAL_LOSS] = {"valloss",      "validationloss", "validloss",
                       "evalloss",     "testloss",       "devloss",
                       "vallossepoch", "lossval",        "lossvalid",
                       "losseval",     "losstest",       "epochvalloss",
                       "vallosstotal", "valtotalloss",   "validationmainloss",
                       "valmainloss",  "avgloss",        "vloss",
                       "tel",          "teloss",         "holdoutloss",
                       "heldoutloss"},
    [ROLE_LR] = {"lr", "learningrate", "trainlr", "trainlearningrate", "lrpg0",
                 "currentlr", "lradam", "lradamw", "lrsgd", "lr0", "xlr0", "trainlrpg0",
                 "optimizerlr", "lrgroup0", "lrpg1", "xlr1", "baselr", "optlr"},
    [ROLE_TRAIN_METRIC] = {"trainmetric",
                           "trainaccuracy",
                           "trainacc",
                           "trainingaccuracy",
                           "trainingacc",
                           "accuracy",
                           "acc",
                           "traintop1",
                           "trainacc1",
                           "trainaccuracyepoch",
                           "trainaccepoch",
                           "categoricalaccuracy",
                           "sparsecategoricalaccuracy",
                           "binaryaccuracy",
                           "trainf1",
                           "trainauc",
                           "trainmap",
                           "traindice",
                           "trainiou",
                           "trainmiou"},
    [ROLE_VAL_METRIC] = {"valmetric",
                         "valaccuracy",
                         "valacc",
                         "validationaccuracy",
                         "validaccuracy",
                         "validacc",
                         "evalaccuracy",
                         "evalacc",
                         "testaccuracy",
                         "testacc",
                         "valtop1",
                         "evaltop1",
                         "testtop1",
                         "valacc1",
                         "testacc1",
                         "top1",
                         "valcategoricalaccuracy",
                         "valsparsecategoricalaccuracy",
                         "valbinaryaccuracy",
                         "metricsmap50(b)",
                         "metricsmap50b",
                         "metricsmap05",
                         "metricsmap5095(b)",
                         "metricsaccuracytop1",
                         "map",
                         "map50",
                         "valmap",
                         "valf1",
                         "evalf1",
                         "valauc",
                         "valiou",
                         "valmiou"}};

/* The words by which a name mentions what its data was. */
static const char *const training_words[] = {"train", "training", "tr", NULL};
static const char *const validation_words[] = {"val",  "valid", "validation", "eval",
                                               "test", "dev",   "holdout",    NULL};

static bool separates(char c)
{
    return c && strchr("/.- _", c);
}

/* Lower case without separators: "Validation Loss" and "validation/loss" are one. */
static void fold(const char *name, char out[NAME_MAX_FOLDED])
{
    size_t length = 0;
    for (; *name && length + 1 < NAME_MAX_FOLDED; name++) {
        if (!separates(*name))
            out[length++] = (char)tolower((unsigned char)*name);
    }
    out[length] = '\0';
}

static bool same_word(const char *at, size_t length, const char *word)
{
    if (strlen(word) != length)
        return false;
    for (size_t i = 0; i < length; i++) {
        if (tolower((unsigned char)at[i]) != word[i])
            return false;
    }
    return true;
}

/* Whether one of the words stands alone in the name: "val_x" mentions val, "value_x" and
   "interval" do not. */
static bool mentions(const char *name, const char *const *words)
{
    while (*name) {
        size_t length = 0;
        while (name[length] && !separates(name[length]))
            length++;
        for (const char *const *word = words; *word; word++) {
            if (same_word(name, length, *word))
                return true;
        }
        name += length;
        while (separates(*name))
            name++;
    }
    return false;
}

/* Place of the name in the list of usual ones; USUAL_MAX when it is not there. */
static size_t usual_place(enum role role, const char *name)
{
    char folded[NAME_MAX_FOLDED];
    fold(name, folded);
    for (size_t i = 0; i < USUAL_MAX && usual[role][i]; i++) {
        if (!strcmp(folded, usual[role][i]))
            return i;
    }
    return USUAL_MAX;
}

static int find_usual(enum role role, const char *const *names, size_t count)
{
    int found = NONE;
    size_t best = USUAL_MAX;
    for (size_t i = 0; i < count; i++) {
        size_t place = usual_place(role, names[i]);
        if (place < best) {
            best = place;
            found = (int)i;
        }
    }
    return found;
}

static bool may_play(enum role role, const char *name)
{
    char folded[NAME_MAX_FOLDED];
    fold(name, folded);
    bool loss = strstr(folded, "loss") != NULL;
    bool validates = mentions(name, validation_words);
    switch (role) {
    case ROLE_TRAIN_LOSS: return loss && !validates && mentions(name, training_words);
    case ROLE_VAL_LOSS: return loss && validates;
    case ROLE_LR:
        return strstr(folded, "learningrate") || !strncmp(name, "lr-", 3) ||
               !strncmp(name, "lr/", 3) || !strncmp(name, "lr_", 3);
    case ROLE_TRAIN_METRIC:
        return !validates && mentions(name, training_words) &&
               role_higher_is_better(name);
    case ROLE_VAL_METRIC: return validates && role_higher_is_better(name);
    case ROLE_COUNT: break;
    }
    return false;
}

/* A less usual name is taken when no other could be meant: parts of a loss (box, cls,
   dfl) are several and stay without a role. Parameter groups of the LR move together, so
   there the first will do. */
static int find_unusual(enum role role, const char *const *names, size_t count)
{
    int found = NONE;
    for (size_t i = 0; i < count; i++) {
        if (!may_play(role, names[i]))
            continue;
        if (found == NONE)
            found = (int)i;
        else if (role != ROLE_LR)
            return NONE;
    }
    return found;
}

void roles_find(const char *const *names, size_t count, int out[ROLE_COUNT])
{
    for (enum role role = 0; role < ROLE_COUNT; role++) {
        out[role] = find_usual(role, names, count);
        if (out[role] == NONE)
            out[role] = find_unusual(role, names, count);
    }
}

static bool contains_any(const char *folded, const char *const *parts)
{
    for (; *parts; parts++) {
        if (strstr(folded, *parts))
            return true;
    }
    return false;
}

bool role_higher_is_better(const char *metric_name)
{
    /* A part that says "smaller is better" decides: "mape" has "map" in it. */
    static const char *const lower[] = {"loss", "err", "perplex", "ppl", "mse",  "mae",
                                        "mape", "nll", "entropy", "fid", "cost", NULL};
    static const char *const higher[] = {"acc",      "map",     "f1",     "auc",
                                         "r2",       "bleu",    "rouge",  "precision",
                                         "recall",   "iou",     "dice",   "score",
                                         "psnr",     "ssim",    "top1",   "top5",
                                         "ndcg",     "mrr",     "mcc",    "kappa",
                                         "spearman", "pearson", "reward", "exactmatch",
                                         "jaccard",  "meteor",  "cider",  "fitness",
                                         NULL};
    char folded[NAME_MAX_FOLDED];
    fold(metric_name, folded);
    return !contains_any(folded, lower) && contains_any(folded, higher);
}
