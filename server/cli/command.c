#include "cli/command.h"

#include "base/text.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define OPTIONS_MAX  32
#define COMMANDS_MAX 16

static void print_usage(const struct command *self)
{
    printf("Usage: epochd %s [OPTION...] %s\n\n%s\n\nOptions:\n", self->name,
           self->arguments, self->about);
    for (const struct cli_option *o = self->options; o->name; o++) {
        char left[64];
        snprintf(left, sizeof left, "--%s%s%s", o->name, o->argument ? " " : "",
                 o->argument ? o->argument : "");
        printf("  %-24s %s\n", left, o->help);
    }
    printf("  %-24s %s\n", "--help", "this text");
    if (self->more_help)
        self->more_help();
}

static void print_commands(FILE *out)
{
    fprintf(out,
            "epochd %s: training curves, live, held against their schedule\n\n"
            "Usage: epochd COMMAND [OPTION...]\n\nCommands:\n",
            EPOCHD_VERSION);
    for (const struct command *const *c = commands; *c; c++)
        fprintf(out, "  %-10s %s\n", (*c)->name, (*c)->about);
    fprintf(out, "\n`epochd COMMAND --help` lists the options. `epochd --version` says "
                 "which epochd this is.\n");
}

static int option_index(const struct command *self, const char *word, size_t length)
{
    for (int i = 0; self->options[i].name; i++) {
        if (strlen(self->options[i].name) == length &&
            !memcmp(self->options[i].name, word, length))
            return i;
    }
    return -1;
}

static int unknown_option(const struct command *self, const char *word, size_t length)
{
    const char *names[OPTIONS_MAX + 1] = {NULL};
    char wrong[64];
    for (size_t i = 0; i < OPTIONS_MAX && self->options[i].name; i++)
        names[i] = self->options[i].name;
    snprintf(wrong, sizeof wrong, "%.*s", (int)length, word);
    const char *nearest = text_nearest(wrong, names);
    fprintf(stderr, "epochd %s: unknown option --%s%s%s (see epochd %s --help)\n",
            self->name, wrong, nearest ? ": did you mean --" : "", nearest ? nearest : "",
            self->name);
    return EXIT_USAGE;
}

/* One word that starts with "--". Returns -1 to go on; *i advances over a value. */
static int parse_option(const struct command *self, int argc, char **argv, int *i,
                        const char **values)
{
    const char *word = argv[*i] + 2;
    size_t length = strcspn(word, "=");
    if (!strcmp(word, "help")) {
        print_usage(self);
        return EXIT_OK;
    }
    int index = option_index(self, word, length);
    if (index < 0)
        return unknown_option(self, word, length);
    const struct cli_option *option = &self->options[index];
    if (!option->argument && word[length] == '=') {
        fprintf(stderr, "epochd %s: --%s takes no value\n", self->name, option->name);
        return EXIT_USAGE;
    }
    if (!option->argument) {
        values[index] = "";
    } else if (word[length] == '=') {
        values[index] = word + length + 1;
    } else if (*i + 1 < argc) {
        values[index] = argv[++*i];
    } else {
        fprintf(stderr, "epochd %s: --%s needs a value: --%s %s\n", self->name,
                option->name, option->name, option->argument);
        return EXIT_USAGE;
    }
    return -1;
}

/* An option that the command reads itself. */
static bool is_kept(const struct command *self, const char *word)
{
    return self->keeps_unknown && word[2] && strcmp(word, "--help") != 0 &&
           option_index(self, word + 2, strcspn(word + 2, "=")) < 0;
}

int command_parse(const struct command *self, int argc, char **argv, const char **values,
                  char ***rest)
{
    int words = 1, end = 0;
    for (size_t i = 0; self->options[i].name; i++)
        values[i] = NULL;
    for (int i = 1; i < argc; i++) {
        if (!end && !strcmp(argv[i], "-h")) {
            print_usage(self);
            return EXIT_OK;
        }
        if (end || strncmp(argv[i], "--", 2) || is_kept(self, argv[i])) {
            argv[words++] = argv[i];
        } else if (!argv[i][2]) {
            end = 1;
        } else {
            int code = parse_option(self, argc, argv, &i, values);
            if (code >= 0)
                return code;
        }
    }
    argv[words] = NULL;
    *rest = argv + 1;
    return -1;
}

static int unknown_command(const char *word)
{
    const char *names[COMMANDS_MAX + 1] = {NULL};
    for (size_t i = 0; i < COMMANDS_MAX && commands[i]; i++)
        names[i] = commands[i]->name;
    const char *nearest = text_nearest(word, names);
    fprintf(stderr, "epochd: unknown command \"%s\"%s%s%s (see epochd --help)\n", word,
            nearest ? ": did you mean \"" : "", nearest ? nearest : "",
            nearest ? "\"?" : "");
    return EXIT_USAGE;
}

static int run_command(int argc, char **argv)
{
    if (argc < 2) {
        print_commands(stderr);
        return EXIT_USAGE;
    }
    if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") ||
        !strcmp(argv[1], "help")) {
        print_commands(stdout);
        return EXIT_OK;
    }
    if (!strcmp(argv[1], "--version")) {
        printf("epochd %s\n", EPOCHD_VERSION);
        return EXIT_OK;
    }
    for (const struct command *const *c = commands; *c; c++) {
        if (!strcmp((*c)->name, argv[1]))
            return (*c)->run(*c, argc - 1, argv + 1);
    }
    return unknown_command(argv[1]);
}

/* A report that could not be written is no report: a full disk, a closed pipe. */
int command_main(int argc, char **argv)
{
    int code = run_command(argc, argv);
    if (!fflush(stdout) && !ferror(stdout))
        return code;
    fprintf(stderr, "epochd: cannot write the output: %s\n", strerror(errno));
    return EXIT_FAILED;
}

int command_choice(const struct command *self, const char *option, const char *value,
                   const char *const *names)
{
    for (int i = 0; names[i]; i++) {
        if (!strcmp(names[i], value))
            return i;
    }
    fprintf(stderr, "epochd %s: --%s is ", self->name, option);
    for (size_t i = 0; names[i]; i++)
        fprintf(stderr, "%s%s", !i ? "" : names[i + 1] ? ", " : " or ", names[i]);
    fprintf(stderr, ", not \"%s\"\n", value);
    return -1;
}
