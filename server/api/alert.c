#include "api/alert.h"

#include "api/diagnosis_json.h"
#include "base/buf.h"
#include "base/json_out.h"
#include "base/limits.h"

/* The length of a character that moves or breaks the text around it: U+0080 to U+009F,
   U+2028 to U+202E (line ends, overrides of direction), U+2066 to U+2069; 0: none. */
static size_t unruly(const char *text)
{
    const unsigned char *c = (const unsigned char *)text;
    if (c[0] == 0xc2 && c[1] < 0xa0)
        return 2;
    bool line = c[0] == 0xe2 && c[1] == 0x80 && c[2] >= 0xa8 && c[2] <= 0xae;
    bool isolate = c[0] == 0xe2 && c[1] == 0x81 && c[2] >= 0xa6 && c[2] <= 0xa9;
    return line || isolate ? 3 : 0;
}

/* Slack reads <...> as a link or a call to everybody, so a run's name must not hold one
   (api.slack.com, "Escaping text"). */
static void add_escaped(struct buf *out, const char *text)
{
    for (size_t length = 1; *text; text += length) {
        length = unruly(text) ? unruly(text) : 1;
        if (length > 1)
            buf_add_char(out, ' ');
        else if (*text == '&')
            buf_add_text(out, "&amp;");
        else if (*text == '<')
            buf_add_text(out, "&lt;");
        else if (*text == '>')
            buf_add_text(out, "&gt;");
        else
            buf_add_char(out, *text);
    }
}

/* "Overfitting (error) in run resnet-1 of cifar: Validation loss has risen ..." */
static void write_sentence(struct buf *out, const struct judged *judged,
                           const struct finding *finding)
{
    buf_printf(out, "%s (%s) in run ", finding->rule->title,
               severity_names[finding->severity]);
    add_escaped(out, judged->run.name);
    if (*judged->run.project) {
        buf_add_text(out, " of ");
        add_escaped(out, judged->run.project);
    }
    buf_add_text(out, ": ");
    add_escaped(out, finding->message);
}

char *alert_new(const struct judged *judged, const struct finding *finding)
{
    struct buf out, sentence;
    struct json_out json;
    buf_init(&out, WEBHOOK_BYTES_MAX);
    buf_init(&sentence, WEBHOOK_BYTES_MAX);
    write_sentence(&sentence, judged, finding);
    json_init(&json, &out);
    json_object_begin(&json);
    json_key_text(&json, "text", sentence.data);
    /* *, _, ~ and ` have no escape: without this a run's name could be code (the
       payload's `mrkdwn` in Slack's reference of messages) */
    json_key_bool(&json, "mrkdwn", false);
    json_key_text(&json, "run", judged->run.id);
    json_key_text(&json, "name", judged->run.name);
    json_key_text(&json, "project", judged->run.project);
    json_key_text(&json, "verdict", verdict_names[judged->diagnosis.verdict]);
    json_key(&json, "finding");
    diagnosis_write_finding(&json, &judged->history, finding);
    json_object_end(&json);
    bool failed = out.failed || sentence.failed;
    buf_release(&sentence);
    if (failed)
        buf_release(&out);
    return failed ? NULL : out.data;
}
