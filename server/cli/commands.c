#include "cli/command.h"

const struct command *const commands[] = {
    &serve_command,  &check_command,  &schedule_command, &sql_command,
    &import_command, &export_command, &compact_command,  NULL,
};
