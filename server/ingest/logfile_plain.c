/* Lines for people: "Epoch 3/10 - loss: 0.5 - val_loss: 0.6", "step:7/100
   train_loss:4.1", "train Loss: 4.2 Acc: 0.3" under a line "Epoch 3/10". */
#include "ingest/logfile_readers.h"

#include "ingest/number.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define PAIRS_MAX 64 /* of one line */

struct word {
    const char *text; /* NULL: none */
    size_t length;
};

struct pair {
    struct word name;
    struct word phase; /* "train" or "val" of the pair before, when that goes for this */
    double value;
};

struct line {
    struct pair pairs[PAIRS_MAX];
    size_t pair_count;
    double epoch, step; /* NaN: not on this line */
};

/* --- words --- */

static const char *const epoch_words[] = {"epoch", "epochs", "ep", NULL};
static const char *const step_words[] = {"step", "iter", "iteration",   "global_step",
                                         "s",    "it",   "train_steps", NULL};
/* Words that belong to the name after them. */
static const char *const qualifiers[] = {"train",      "training", "val",   "valid",
                                         "validation", "eval",     "test",  "dev",
                                         "average",    "avg",      "total", "mean",
                                         "learning",   NULL};
static const char *const phases[] = {"train", "training",   "val",  "valid",
                                     "eval",  "validation", "test", NULL};
/* Words that a number may follow without ':' or '='. */
static const char *const bare_words[] = {"epoch",      "step",     "iter",  "iteration",
                                         "loss",       "lr",       "acc",   "accuracy",
                                         "train_loss", "val_loss", "acc@1", "acc@5",
                                         NULL};
/* What llm.c abbreviates. */
static const struct {
    const char *text, *name;
} abbreviations[] = {{"trl", "train_loss"}, {"tel", "val_loss"}};

static bool is_any(struct word word, const char *const *words)
{
    for (; *words; words++) {
        if (strlen(*words) == word.length && !strncasecmp(word.text, *words, word.length))
            return true;
    }
    return false;
}

static bool is_in(char c, const char *chars)
{
    return c && strchr(chars, c);
}

static const char *pass_any(const char *p, const char *end, const char *chars)
{
    while (p < end && is_in(*p, chars))
        p++;
    return p;
}

/* The word at p: letters, digits and what joins them. */
static struct word read_word(const char *p, const char *end)
{
    struct word word = {p, 0};
    while (p + word.length < end &&
           (isalnum((unsigned char)p[word.length]) || is_in(p[word.length], "_./@-")))
        word.length++;
    return word;
}

/* --- a line --- */

/* The number at p; NULL unless it ends where a number may end: "0.5", "50ms" and "9%",
   not "2026-01", "12:30" or "3rd". Otherwise where it ends. */
static const char *read_value(const char *p, const char *end, double *out)
{
    struct number number;
    size_t length = number_read(p, (size_t)(end - p), &number);
    if (length > NUMBER_BYTES_MAX)
        return NULL;
    if (!length) { /* nan, -inf, .5 */
        length = (size_t)(pass_any(p, end, "+-.0123456789naifytNAIFTY") - p);
        if (!number_cell(p, length, &number))
            return NULL;
    }
    const char *stop = p + length;
    for (int unit = 0; unit < 2 && stop < end && isalpha((unsigned char)*stop); unit++)
        stop++;
    if (stop < end && (isalnum((unsigned char)*stop) || *stop == '_'))
        return NULL;
    if (stop + 1 < end && is_in(*stop, "-:") && isdigit((unsigned char)stop[1]))
        return NULL;
    *out = number.value;
    return stop;
}

/* The number that belongs to a word ending at p, or NULL. */
static const char *read_value_of(struct word word, const char *end, double *out)
{
    const char *p = word.text + word.length;
    p = pass_any(pass_any(p, end, "'\")"), end, " \t");
    bool sign = p < end && is_in(*p, ":=");
    if (!sign && !is_any(word, bare_words))
        return NULL;
    return read_value(pass_any(p + sign, end, " \t'\"[#("), end, out);
}

/* Keeps an epoch or step; false when the word is none. */
static bool set_position(struct line *line, struct word word, double value)
{
    bool epoch = is_any(word, epoch_words);
    if (!(value >= 0) || (!epoch && !is_any(word, step_words)))
        return false;
    *(epoch ? &line->epoch : &line->step) = value;
    return true;
}

/* "train" of "train Loss"; none of "train_time". */
static struct word phase_of(struct word name)
{
    struct word first = {name.text, 0};
    while (first.length < name.length && isalpha((unsigned char)name.text[first.length]))
        first.length++;
    bool apart = first.length < name.length && name.text[first.length] == ' ';
    return apart && is_any(first, phases) ? first : (struct word){NULL, 0};
}

/* A pair right behind another, with only blanks between, is of the same phase: "train
   Loss: 4.2 Acc: 0.3". The learning rate is of no phase. */
static void add_pair(struct line *line, struct word name, const char *after_last,
                     double value)
{
    struct pair *pair = &line->pairs[line->pair_count];
    *pair = (struct pair){.name = name, .value = value};
    if (line->pair_count++ == 0 || !after_last || phase_of(name).text ||
        pass_any(after_last, name.text, " \t") != name.text ||
        !strncasecmp(name.text, "lr", 2) || !strncasecmp(name.text, "learning", 8))
        return;
    const struct pair *before = pair - 1;
    pair->phase = before->phase.text ? before->phase : phase_of(before->name);
}

static void read_line(const char *p, const char *end, struct line *line)
{
    const char *name_from = NULL, *after_last = NULL;
    line->pair_count = 0;
    line->epoch = line->step = NAN;
    while (p < end && line->pair_count < PAIRS_MAX) {
        struct word word = read_word(p, end);
        double value;
        if (!word.length || !isalpha((unsigned char)*p)) {
            name_from = is_in(*p, " \t") ? name_from : NULL;
            p += word.length ? word.length : 1;
            continue;
        }
        const char *name = name_from ? name_from : p;
        const char *after = read_value_of(word, end, &value);
        p += word.length;
        name_from = NULL;
        if (after) {
            p = after;
            if (!set_position(line, word, value))
                add_pair(line,
                         (struct word){name, (size_t)(word.text - name) + word.length},
                         after_last, value);
            after_last = after;
        } else if (is_any(word, qualifiers)) {
            name_from = name;
        }
    }
}

/* --- rows --- */

struct rows {
    struct log_table *table;
    double epoch, step; /* where the log stands; NaN: not said */
    bool in_row;
};

static void put_pair(struct log_table *table, const struct pair *pair)
{
    char name[METRIC_NAME_MAX + 1];
    if (pair->name.length + pair->phase.length >= METRIC_NAME_MAX)
        return;
    for (size_t i = 0; i < sizeof abbreviations / sizeof *abbreviations; i++) {
        const char *const word[] = {abbreviations[i].text, NULL};
        if (is_any(pair->name, word)) {
            log_value(table, abbreviations[i].name, strlen(abbreviations[i].name),
                      pair->value);
            return;
        }
    }
    int length =
        snprintf(name, sizeof name, "%.*s%s%.*s", (int)pair->phase.length,
                 pair->phase.text ? pair->phase.text : "", pair->phase.text ? " " : "",
                 (int)pair->name.length, pair->name.text);
    log_value(table, name, (size_t)length, pair->value);
}

static void end_row(struct rows *rows)
{
    if (rows->in_row)
        log_row_end(rows->table);
    rows->in_row = false;
}

static void put_pairs(struct rows *rows, const struct line *line)
{
    if (!line->pair_count)
        return;
    if (!rows->in_row) {
        log_row_begin(rows->table);
        if (!isnan(rows->epoch))
            log_value(rows->table, "epoch", strlen("epoch"), rows->epoch);
        if (!isnan(rows->step))
            log_value(rows->table, "step", strlen("step"), rows->step);
        rows->in_row = true;
    }
    for (size_t i = 0; i < line->pair_count; i++)
        put_pair(rows->table, &line->pairs[i]);
}

/* A line that names another epoch or step begins a row; one that names only the epoch
   speaks of the epoch as a whole, not of the step before. */
static void put_line(struct rows *rows, const struct line *line)
{
    if (!isnan(line->epoch) &&
        (line->epoch != rows->epoch || isnan(line->step) != isnan(rows->step))) {
        end_row(rows);
        rows->epoch = line->epoch;
        rows->step = line->step;
    }
    if (!isnan(line->step) && line->step != rows->step) {
        end_row(rows);
        rows->step = line->step;
    }
    if (!isnan(rows->epoch) || !isnan(rows->step))
        put_pairs(rows, line);
}

/* A log that never counts: each line with a loss is a row. */
static void put_loss_line(struct rows *rows, const struct line *line)
{
    for (size_t i = 0; i < line->pair_count; i++) {
        struct word name = line->pairs[i].name;
        if (memmem(name.text, name.length, "loss", 4) ||
            memmem(name.text, name.length, "Loss", 4)) {
            put_pairs(rows, line);
            end_row(rows);
            return;
        }
    }
}

static void read_lines(const struct log_text *text, struct rows *rows,
                       void (*put)(struct rows *rows, const struct line *line))
{
    const char *p = text->text, *end = p + text->length;
    struct line line;
    while (p < end && !rows->table->failed) {
        const char *stop = memchr(p, '\n', (size_t)(end - p));
        if (!stop)
            stop = end;
        read_line(p, stop, &line);
        put(rows, &line);
        p = stop + 1;
    }
    end_row(rows);
}

/* A copy without terminal colours, and with every redrawn progress bar on its own line.
 */
static bool clean(const struct log_text *text, struct arena *arena, struct log_text *out)
{
    char *copy = arena_alloc(arena, text->length + 1);
    const char *p = text->text, *end = p + text->length;
    size_t n = 0;
    while (copy && p < end) {
        if (*p == '\x1b' && p + 1 < end && p[1] == '[') {
            for (p += 2; p < end && !isalpha((unsigned char)*p) && *p != '\n'; p++)
                continue;
            p += p < end && *p != '\n';
            continue;
        }
        copy[n++] = *p == '\r' || *p == '\b' ? '\n' : *p;
        p++;
    }
    *out = (struct log_text){copy, n};
    return copy;
}

const char *log_read_plain(const struct log_text *text, struct log_table *table,
                           const char **why)
{
    struct log_text body;
    struct rows rows = {.table = table, .epoch = NAN, .step = NAN};
    if (!clean(text, table->arena, &body)) {
        table->failed = true;
        return NULL;
    }
    read_lines(&body, &rows, put_line);
    if (!table->row_count)
        read_lines(&body, &rows, put_loss_line);
    if (table->row_count)
        return "text";
    *why = "no JSON, no table with a header, no line such as \"epoch 1 loss: 0.5\"";
    return NULL;
}
