/* What a command writes to stdout as it comes. */
#ifndef CLI_OUT_H
#define CLI_OUT_H

#include "base/buf.h"

#define OUT_BYTES (64 << 10) /* worth a write of its own */

/* Writes and clears text. False when stdout takes no more, of which command_main speaks.
 */
bool out_send(struct buf *text);

#endif
