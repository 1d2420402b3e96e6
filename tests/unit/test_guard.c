#include "near.h"

#include "http/guard.h"

#include <string.h>

static const struct guard guard = {.hosts = {"epochd.lab", "proxy.lab:8443", "10.0.0.7"},
                                   .host_count = 3,
                                   .port = 6280};

struct row {
    const char *name;
    struct guard_request request; /* method, host, origin, site, mode */
    const char *code;             /* NULL: allowed */
};

static const char host_refused[] = "host_not_allowed",
                  origin_refused[] = "origin_not_allowed";

static const struct row rows[] = {
    {"localhost", {"GET", "localhost:6280", NULL, NULL, NULL}, NULL},
    {"localhost without a port", {"GET", "localhost", NULL, NULL, NULL}, NULL},
    {"upper case", {"GET", "LocalHost:6280", NULL, NULL, NULL}, NULL},
    {"dot at the end", {"GET", "localhost.:6280", NULL, NULL, NULL}, NULL},
    {"two dots at the end", {"GET", "localhost..:6280", NULL, NULL, NULL}, host_refused},
    {"127.0.0.1", {"GET", "127.0.0.1:6280", NULL, NULL, NULL}, NULL},
    {"ipv6 loopback", {"GET", "[::1]:6280", NULL, NULL, NULL}, NULL},
    {"ipv6 loopback without a port", {"GET", "[::1]", NULL, NULL, NULL}, NULL},
    {"ipv6 without brackets", {"GET", "::1", NULL, NULL, NULL}, host_refused},
    {"ipv6 without an end", {"GET", "[::1", NULL, NULL, NULL}, host_refused},
    {"text behind the bracket", {"GET", "[::1]x", NULL, NULL, NULL}, host_refused},
    {"configured name", {"GET", "epochd.lab:6280", NULL, NULL, NULL}, NULL},
    {"configured address", {"GET", "10.0.0.7:6280", NULL, NULL, NULL}, NULL},
    {"configured with its port", {"GET", "proxy.lab:8443", NULL, NULL, NULL}, NULL},
    {"configured with another port",
     {"GET", "proxy.lab:6280", NULL, NULL, NULL},
     host_refused},
    {"no host", {"GET", NULL, NULL, NULL, NULL}, "host_required"},
    {"empty host", {"GET", "", NULL, NULL, NULL}, "host_required"},
    {"foreign host", {"GET", "evil.example", NULL, NULL, NULL}, host_refused},
    {"another port", {"GET", "localhost:81", NULL, NULL, NULL}, host_refused},
    {"port too large", {"GET", "localhost:99999", NULL, NULL, NULL}, host_refused},
    {"port that wraps to ours",
     {"GET", "localhost:71816", NULL, NULL, NULL},
     host_refused},
    {"empty port", {"GET", "localhost:", NULL, NULL, NULL}, host_refused},
    {"port with a sign", {"GET", "localhost:+6280", NULL, NULL, NULL}, host_refused},
    {"0.0.0.0", {"GET", "0.0.0.0:6280", NULL, NULL, NULL}, host_refused},
    {"nip.io", {"GET", "127.0.0.1.nip.io:6280", NULL, NULL, NULL}, host_refused},
    {"hexadecimal address", {"GET", "0x7f.1", NULL, NULL, NULL}, host_refused},
    {"decimal address", {"GET", "2130706433", NULL, NULL, NULL}, host_refused},
    {"user in front", {"GET", "user@localhost", NULL, NULL, NULL}, host_refused},
    {"ours in front of an @",
     {"GET", "localhost:6280@evil", NULL, NULL, NULL},
     host_refused},
    {"blank inside", {"GET", "local host", NULL, NULL, NULL}, host_refused},
    {"two hosts in one", {"GET", "localhost, evil", NULL, NULL, NULL}, host_refused},
    {"own origin",
     {"POST", "localhost:6280", "http://localhost:6280", "same-origin", "cors"},
     NULL},
    {"own origin, old browser",
     {"POST", "localhost:6280", "http://localhost:6280", NULL, NULL},
     NULL},
    {"curl", {"POST", "localhost:6280", NULL, NULL, NULL}, NULL},
    {"own origin behind a proxy with its host",
     {"POST", "proxy.lab:8443", "https://proxy.lab:8443", "same-origin", NULL},
     NULL},
    {"own origin behind a proxy that changes the host",
     {"POST", "127.0.0.1:6280", "https://proxy.lab:8443", "same-origin", NULL},
     NULL},
    {"own origin on the usual port behind a proxy",
     {"POST", "127.0.0.1:6280", "https://epochd.lab", "same-origin", NULL},
     NULL},
    {"foreign origin",
     {"POST", "localhost:6280", "https://evil.example", NULL, NULL},
     origin_refused},
    {"foreign origin reads",
     {"GET", "localhost:6280", "https://evil.example", "cross-site", "cors"},
     origin_refused},
    {"null origin", {"POST", "localhost:6280", "null", NULL, NULL}, origin_refused},
    {"empty origin", {"POST", "localhost:6280", "", NULL, NULL}, origin_refused},
    {"origin that starts like ours",
     {"POST", "localhost:6280", "http://localhost:6280.evil.example", NULL, NULL},
     origin_refused},
    {"origin below ours",
     {"POST", "localhost:6280", "http://localhost.evil.example", NULL, NULL},
     origin_refused},
    {"origin of another port",
     {"POST", "localhost:6280", "http://localhost:81", NULL, NULL},
     origin_refused},
    {"origin of the usual port",
     {"POST", "localhost:6280", "http://localhost", NULL, NULL},
     origin_refused},
    {"origin of another scheme",
     {"POST", "localhost:6280", "file://localhost:6280", NULL, NULL},
     origin_refused},
    {"origin with a path",
     {"POST", "localhost:6280", "http://localhost:6280/", NULL, NULL},
     origin_refused},
    {"cross-site without an origin",
     {"POST", "localhost:6280", NULL, "cross-site", NULL},
     origin_refused},
    {"same-site is another site",
     {"POST", "localhost:6280", NULL, "same-site", NULL},
     origin_refused},
    {"own origin but cross-site",
     {"POST", "localhost:6280", "http://localhost:6280", "cross-site", NULL},
     origin_refused},
    {"typed address", {"GET", "localhost:6280", NULL, "none", "navigate"}, NULL},
    {"typed address cannot post",
     {"POST", "localhost:6280", NULL, "none", NULL},
     origin_refused},
    {"link from another site",
     {"GET", "localhost:6280", NULL, "cross-site", "navigate"},
     NULL},
    {"form of another site",
     {"POST", "localhost:6280", NULL, "cross-site", "navigate"},
     origin_refused},
    {"image on another site",
     {"GET", "localhost:6280", NULL, "cross-site", "no-cors"},
     origin_refused},
    {"our script", {"GET", "localhost:6280", NULL, "same-origin", "cors"}, NULL},
    {"foreign host that calls itself the same origin",
     {"POST", "evil.example", "http://evil.example", "same-origin", NULL},
     host_refused},
};

static void test_row(void **state)
{
    const struct row *row = *state;
    struct err err = {0};
    enum status status = guard_check(&guard, &row->request, &err);
    assert_int_equal(status == ST_OK, row->code == NULL);
    assert_string_equal(err.code, row->code ? row->code : "");
}

static const char *header(const char *name)
{
    for (size_t i = 0; guard_headers[i].name; i++) {
        if (!strcmp(guard_headers[i].name, name))
            return guard_headers[i].value;
    }
    fail_msg("no header %s", name);
    return "";
}

static void answers_forbid_scripts_of_others_and_frames(void **state)
{
    (void)state;
    const char *policy = header("Content-Security-Policy");
    assert_non_null(strstr(policy, "default-src 'none'"));
    assert_non_null(strstr(policy, "frame-ancestors 'none'"));
    assert_null(strstr(policy, "unsafe"));
    assert_string_equal(header("X-Content-Type-Options"), "nosniff");
    assert_string_equal(header("X-Frame-Options"), "DENY");
    assert_string_equal(header("Cross-Origin-Resource-Policy"), "same-origin");
    /* no-referrer would blank Origin on our own posts */
    assert_string_equal(header("Referrer-Policy"), "same-origin");
}

int main(void)
{
    enum { ROWS = sizeof rows / sizeof *rows };
    struct CMUnitTest tests[ROWS + 1] = {
        cmocka_unit_test(answers_forbid_scripts_of_others_and_frames),
    };
    for (size_t i = 0; i < ROWS; i++)
        tests[i + 1] = (struct CMUnitTest){rows[i].name, test_row, NULL, NULL,
                                           (void *)(uintptr_t)&rows[i]};
    return cmocka_run_group_tests_name("guard", tests, NULL, NULL);
}
