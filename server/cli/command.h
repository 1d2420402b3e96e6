/* The table of subcommands and how their arguments are read. */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

/* Exit codes (docs/operations.md). 1 is `check`'s "there are findings". */
enum { EXIT_OK = 0, EXIT_FINDINGS = 1, EXIT_USAGE = 2, EXIT_FAILED = 3 };

/* One option of a subcommand; the table ends with name == NULL. --help and --version need
   no row. */
struct cli_option {
    const char *name;     /* "listen", given as --listen VALUE or --listen=VALUE */
    const char *argument; /* "HOST:PORT", or NULL for a flag */
    const char *help;     /* one line; the default in it */
};

struct command {
    const char *name;      /* "serve" */
    const char *arguments; /* "FILE..." or "" */
    const char *about;     /* one line for `epochd --help` */
    const struct cli_option *options;
    /* Options that no row has stay in *rest as they were written, with what follows
       them: `schedule` knows which are parameters of a type. */
    bool keeps_unknown;
    void (*more_help)(void); /* prints what follows the options in --help; or NULL */
    int (*run)(const struct command *self, int argc,
               char **argv); /* argv[0] is the name */
};

extern const struct command *const commands[]; /* ended by NULL; in commands.c */

extern const struct command serve_command, check_command, schedule_command, sql_command,
    export_command, compact_command, import_command;

/* Reads argv by self->options: values[i] becomes the argument of option i ("" for a flag
   that was given, NULL when absent; the last one wins), *rest the remaining words. Prints
   help for
   --help. Returns -1 to go on, or the exit code to end with (unknown option: says the
   nearest). */
int command_parse(const struct command *self, int argc, char **argv, const char **values,
                  char ***rest);

/* The index of an option's value among names (ended by NULL), or, after it said which
   there are, -1. */
int command_choice(const struct command *self, const char *option, const char *value,
                   const char *const *names);

/* The whole program: finds the subcommand and runs it. */
int command_main(int argc, char **argv);

#endif
