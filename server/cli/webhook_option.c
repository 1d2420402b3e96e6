#include "cli/webhook_option.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* "URL" or "PROJECT=URL"; a URL may hold an "=" of its own, behind its "://". */
static struct webhook_target read_one(char *text)
{
    char *equals = strchr(text, '='), *scheme = strstr(text, "://");
    if (!equals || (scheme && scheme < equals))
        return (struct webhook_target){"", text};
    *equals = '\0';
    return (struct webhook_target){text, equals + 1};
}

static const char *read_file(const char *path, struct webhook_option *out)
{
    FILE *file = fopen(path, "r");
    size_t length = file ? fread(out->lines, 1, sizeof out->lines, file) : 0;
    bool failed = !file || ferror(file);
    if (file)
        fclose(file);
    if (failed)
        return "the file with the webhooks cannot be read";
    if (length == sizeof out->lines)
        return "the file with the webhooks is too large: one address a line";
    out->lines[length] = '\0';
    return NULL;
}

/* Without the blanks around it. */
static char *trim(char *text)
{
    text += strspn(text, " \t");
    size_t length = strlen(text);
    while (length && strchr(" \t", text[length - 1]))
        text[--length] = '\0';
    return text;
}

const char *webhook_option_read(char *value, struct webhook_option *out)
{
    const char *between = *value == '@' ? "\r\n" : ",", *wrong = NULL;
    char *save = NULL;
    if (*value == '@') {
        wrong = read_file(value + 1, out);
        value = out->lines;
    }
    for (char *one = wrong ? NULL : strtok_r(value, between, &save); one;
         one = strtok_r(NULL, between, &save)) {
        one = trim(one);
        if (!*one || *one == '#')
            continue;
        if (out->count == WEBHOOKS_MAX)
            return "there may be at most 16 webhooks";
        out->targets[out->count++] = read_one(one);
    }
    return wrong || out->count ? wrong : "--webhook names no address";
}
