/* GitHub's workflow commands: each finding is an annotation of the file
   (docs.github.com, "Workflow commands for GitHub Actions"). */
#include "cli/check_report.h"

#include <inttypes.h>

static const char *const levels[SEVERITY_COUNT] = {[SEVERITY_INFO] = "notice",
                                                   [SEVERITY_WARNING] = "warning",
                                                   [SEVERITY_ERROR] = "error"};

/* A command ends at a line's end, a property at a comma or a colon. */
static void add_escaped(struct buf *out, const char *text, bool property)
{
    for (; *text; text++) {
        bool special = *text == '%' || *text == '\r' || *text == '\n' ||
                       (property && (*text == ':' || *text == ','));
        if (special)
            buf_printf(out, "%%%02X", (unsigned)*text);
        else
            buf_add_char(out, *text);
    }
}

static void add_command(struct buf *out, const char *level, const char *file)
{
    buf_printf(out, "::%s file=", level);
    add_escaped(out, file, true);
}

void check_report_github(const struct check_report *report, struct buf *out)
{
    const char *unit = report->log.counts_steps ? "step" : "epoch";
    for (size_t i = 0; i < report->diagnosis.finding_count; i++) {
        const struct finding *finding = &report->diagnosis.findings[i];
        add_command(out, levels[finding->severity], report->file);
        buf_add_text(out, ",title=");
        add_escaped(out, finding->rule->title, true);
        buf_add_text(out, "::");
        add_escaped(out, finding->message, false);
        buf_printf(out, " (%s %" PRId64 " to %" PRId64 ")%%0A", unit, finding->from_step,
                   finding->to_step);
        add_escaped(out, finding->advice, false);
        buf_add_char(out, '\n');
    }
}

void check_error_github(const char *file, const char *error, struct buf *out)
{
    add_command(out, "error", file);
    buf_add_text(out, "::");
    add_escaped(out, error, false);
    buf_add_char(out, '\n');
}
