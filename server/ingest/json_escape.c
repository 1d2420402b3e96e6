#include "ingest/json_escape.h"

#include "ingest/json_scan.h"

#include <string.h>

static int hex4(const char *p, const char *end)
{
    int value = 0;
    if (end - p < 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        char c = p[i];
        int digit = c >= '0' && c <= '9'   ? c - '0'
                    : c >= 'a' && c <= 'f' ? c - 'a' + 10
                    : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                           : -1;
        if (digit < 0)
            return -1;
        value = value * 16 + digit;
    }
    return value;
}

int32_t json_code_point(const char *p, const char *end, size_t *used)
{
    int high = hex4(p, end);
    *used = 4;
    if (high < 0xd800 || high > 0xdfff)
        return high;
    if (high > 0xdbff || end - p < 10 || p[4] != '\\' || p[5] != 'u')
        return -1;
    int low = hex4(p + 6, end);
    if (low < 0xdc00 || low > 0xdfff)
        return -1;
    *used = 10;
    return 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
}

static size_t put_utf8(char *out, int32_t code)
{
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    size_t n = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    static const unsigned char lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (size_t i = n - 1; i > 0; i--, code >>= 6)
        out[i] = (char)(0x80 | (code & 0x3f));
    out[0] = (char)(lead[n] | code);
    return n;
}

size_t json_unescape(const struct json_token *token, char *out)
{
    static const char letters[] = "bfnrt", controls[] = "\b\f\n\r\t";
    const char *p = token->text, *end = p + token->length;
    size_t n = 0;
    while (p < end) {
        if (*p != '\\') {
            out[n++] = *p++;
        } else if (p[1] == 'u') {
            size_t used;
            n += put_utf8(out + n, json_code_point(p + 2, end, &used));
            p += 2 + used;
        } else {
            const char *letter = strchr(letters, p[1]);
            out[n++] = letter ? controls[letter - letters] : p[1];
            p += 2;
        }
    }
    return n;
}

bool json_token_is(const struct json_token *token, const char *name)
{
    size_t length = strlen(name);
    if (!token->escaped)
        return token->length == length && !memcmp(token->text, name, length);
    char plain[256];
    return token->length <= sizeof plain && json_unescape(token, plain) == length &&
           !memcmp(plain, name, length);
}
