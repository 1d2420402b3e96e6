/* The value of --webhook: addresses, each for one project or for all. */
#ifndef CLI_WEBHOOK_OPTION_H
#define CLI_WEBHOOK_OPTION_H

#include "base/limits.h"
#include "stream/webhook.h"

struct webhook_option {
    struct webhook_target targets[WEBHOOKS_MAX];
    size_t count;
    char lines[WEBHOOKS_MAX * 1024]; /* of a file; the targets point into it */
};

/* Cuts "URL,PROJECT=URL,..." at its commas, or reads @FILE with one a line: such a URL is
   often a secret, which must not stand in the list of processes. Blanks around one, empty
   lines and those that begin with # are passed over. NULL when good, else what is wrong.
 */
const char *webhook_option_read(char *value, struct webhook_option *out);

#endif
