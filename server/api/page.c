#include "api/handlers.h"
#include "base/err.h"
#include "http/assets.h"
#include "http/http.h"

#include <stdio.h>

static void serve(struct http_exchange *x, const char *name)
{
    struct err err = {0};
    const struct asset *asset = asset_find(name);
    if (asset) {
        asset_answer(x, asset);
        return;
    }
    err_set(&err, ST_NOT_FOUND, "not_found", "there is no file %.64s", name);
    http_problem(x, &err);
}

/* Every view has its own URL and is the same page: it looks at the URL itself. */
void page_get(struct http_exchange *x)
{
    serve(x, "index.html");
}

void asset_get(struct http_exchange *x)
{
    char name[160];
    snprintf(name, sizeof name, "assets/%s", x->match.segments[0]);
    serve(x, name);
}
