/* cli/check: the command as a person calls it: exit codes, the report, the JSON line. */
#include "base/err.h"
#include "cli/command.h"
#include "ingest/json_check.h"
#include "rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ARGUMENTS_MAX 8

/* What a call of the command printed and returned. */
struct called {
    int code;
    char *out; /* owned */
    size_t length;
};

static void call(struct called *called, const char *const *arguments)
{
    char *argv[ARGUMENTS_MAX + 2] = {(char *)"check"};
    int argc = 1;
    for (; *arguments; arguments++)
        argv[argc++] = strdup(*arguments);
    FILE *before = stdout;
    stdout = open_memstream(&called->out, &called->length);
    assert_non_null(stdout);
    int words = argc;
    char *owned[ARGUMENTS_MAX + 2];
    memcpy(owned, argv, sizeof owned);
    called->code = check_command.run(&check_command, argc, argv);
    fclose(stdout);
    stdout = before;
    for (int i = 1; i < words; i++)
        free(owned[i]);
}

/* A log of 40 epochs; the validation loss rises from its middle when asked to. */
static void write_log(char path[static 32], bool overfits)
{
    strcpy(path, "/tmp/epochd-check-XXXXXX");
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    FILE *out = fdopen(fd, "w");
    assert_non_null(out);
    fputs("epoch,train_loss,val_loss,lr\n", out);
    for (int epoch = 0; epoch < 40; epoch++) {
        double train = 2 * exp(-0.08 * epoch) + 0.05;
        double rise = overfits && epoch > 15 ? 0.05 * (epoch - 15) : 0;
        fprintf(out, "%d,%.6f,%.6f,0.01\n", epoch, train, train + 0.1 + rise);
    }
    fclose(out);
}

static void a_sound_log_is_good(void **state)
{
    (void)state;
    char path[32];
    struct called called;
    write_log(path, false);
    call(&called, (const char *const[]){path, NULL});
    assert_int_equal(called.code, EXIT_OK);
    assert_non_null(strstr(called.out, ": good (40 rows, epoch 0 to 39: train_loss, "));
    assert_non_null(strstr(called.out, "pass    train_loss_falls_smoothly: "));
    unlink(path);
    free(called.out);
}

static void overfitting_is_found(void **state)
{
    (void)state;
    char path[32], want[64];
    struct called called;
    write_log(path, true);
    snprintf(want, sizeof want, "%s: error: overfitting (epochs ", path);
    call(&called, (const char *const[]){path, NULL});
    assert_int_equal(called.code, EXIT_FINDINGS);
    assert_non_null(strstr(called.out, want));
    assert_non_null(strstr(called.out, "fail    val_loss_not_rising: "));
    unlink(path);
    free(called.out);
}

static void assert_is_json(const char *text, size_t length)
{
    struct arena arena;
    arena_init(&arena, 1 << 20);
    assert_int_equal(json_check(text, length, &arena, NULL), ST_OK);
    arena_release(&arena);
}

static void json_is_one_line_per_file(void **state)
{
    (void)state;
    char sound[32], bad[32];
    struct called called;
    write_log(sound, false);
    write_log(bad, true);
    call(&called, (const char *const[]){"--json", sound, bad, NULL});
    assert_int_equal(called.code, EXIT_FINDINGS);
    const char *newline = strchr(called.out, '\n');
    assert_non_null(newline);
    size_t first = (size_t)(newline - called.out);
    assert_is_json(called.out, first);
    assert_is_json(newline + 1, called.length - first - 1);
    static const char *const members[] = {"file", "verdict", "checks", "findings",
                                          "schedule"};
    for (size_t i = 0; i < COUNT(members); i++) {
        size_t from, length;
        assert_true(json_scan_member(called.out, first, members[i], &from, &length));
    }
    unlink(sound);
    unlink(bad);
    free(called.out);
}

static void a_declared_schedule_is_held_against(void **state)
{
    (void)state;
    char path[32];
    struct called called;
    write_log(path, false);
    call(&called, (const char *const[]){
                      "--json", "--schedule",
                      "{\"type\":\"CosineAnnealingLR\",\"base_lr\":0.01,\"T_max\":40}",
                      path, NULL});
    assert_non_null(strstr(called.out, "\"source\":\"declared\""));
    assert_non_null(strstr(called.out, "\"T_max\":40"));
    unlink(path);
    free(called.out);
}

static void an_unreadable_file_outweighs_findings(void **state)
{
    (void)state;
    char path[32];
    struct called called;
    write_log(path, true);
    call(&called, (const char *const[]){"--json", path, "/nonexistent/log", NULL});
    assert_int_equal(called.code, EXIT_USAGE);
    assert_non_null(strstr(called.out, "\"overfitting\""));
    assert_non_null(strstr(called.out, "{\"file\":\"/nonexistent/log\",\"error\":"));
    unlink(path);
    free(called.out);
}

static void colors_are_for_terminals(void **state)
{
    (void)state;
    char path[32];
    struct called called;
    write_log(path, true);
    call(&called, (const char *const[]){path, NULL}); /* not a terminal */
    assert_null(strchr(called.out, '\033'));
    free(called.out);
    call(&called, (const char *const[]){"--color=always", path, NULL});
    assert_non_null(strstr(called.out, "\033[31merror\033[0m: overfitting"));
    free(called.out);
    call(&called, (const char *const[]){"--color=always", "--json", path, NULL});
    assert_null(strchr(called.out, '\033'));
    free(called.out);
    unlink(path);
}

static void each_curve_is_a_line_of_bars(void **state)
{
    (void)state;
    char path[32];
    struct called called;
    write_log(path, false);
    call(&called, (const char *const[]){path, NULL});
    assert_non_null(strstr(called.out, "\n  train_loss           █"));
    assert_non_null(strstr(called.out, "▁  2.05 -> 0.1383\n"));
    assert_non_null(strstr(called.out, "\n  lr                   ▁▁▁"));
    unlink(path);
    free(called.out);
}

static void github_gets_one_annotation_a_finding(void **state)
{
    (void)state;
    char path[32], want[80];
    struct called called;
    write_log(path, true);
    snprintf(want, sizeof want, "::error file=%s,title=Overfitting::", path);
    call(&called,
         (const char *const[]){"--format=github", path, "/nowhere, at:all", NULL});
    assert_int_equal(called.code, EXIT_USAGE);
    assert_ptr_equal(strstr(called.out, want), called.out);
    assert_non_null(strstr(called.out, "%0AKeep the checkpoint"));
    assert_non_null(
        strstr(called.out, "\n::error file=/nowhere%2C at%3Aall::No such file"));
    unlink(path);
    free(called.out);
}

static const struct refusal {
    const char *name, *arguments[ARGUMENTS_MAX];
} refusals[] = {
    {"no file", {NULL}},
    {"a folder", {"/", NULL}},
    {"no log", {"Makefile", NULL}},
    {"unknown option", {"--jsno", "x", NULL}},
    {"schedule is no JSON", {"--schedule", "{", "x", NULL}},
    {"schedule of an unknown type", {"--schedule", "{\"type\":\"Cosine\"}", "x", NULL}},
    {"epochs is no number", {"--epochs", "ten", "x", NULL}},
    {"a format that there is not", {"--format=xml", "x", NULL}},
    {"a color that there is not", {"--color=blue", "x", NULL}},
    {"epochs is 0", {"--epochs", "0", "x", NULL}},
};

static void refuses(void **state)
{
    const struct refusal *row = *state;
    struct called called;
    call(&called, row->arguments);
    assert_int_equal(called.code, EXIT_USAGE);
    free(called.out);
}

int main(void)
{
    static struct rows rows;
    rows_add(&rows, "a sound log is good", a_sound_log_is_good, NULL);
    rows_add(&rows, "overfitting is found", overfitting_is_found, NULL);
    rows_add(&rows, "JSON is one line per file", json_is_one_line_per_file, NULL);
    rows_add(&rows, "a declared schedule is held against",
             a_declared_schedule_is_held_against, NULL);
    rows_add(&rows, "an unreadable file outweighs findings",
             an_unreadable_file_outweighs_findings, NULL);
    rows_add(&rows, "colors are for terminals", colors_are_for_terminals, NULL);
    rows_add(&rows, "each curve is a line of bars", each_curve_is_a_line_of_bars, NULL);
    rows_add(&rows, "GitHub gets one annotation a finding",
             github_gets_one_annotation_a_finding, NULL);
    for (size_t i = 0; i < COUNT(refusals); i++)
        rows_add(&rows, refusals[i].name, refuses, &refusals[i]);
    return rows_run(&rows);
}
