/* The escapes of JSON strings; private to json_scan. The functions that undo them are in
   json_scan.h. */
#ifndef INGEST_JSON_ESCAPE_H
#define INGEST_JSON_ESCAPE_H

#include <stddef.h>
#include <stdint.h>

/* The code point of a \u escape whose four digits begin at p, with its second half when
   it is a surrogate pair; *used: bytes read. -1 when it is none. */
int32_t json_code_point(const char *p, const char *end, size_t *used);

#endif
