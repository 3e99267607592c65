/* The coder that is none: all clients send their updates as they are. A study needs it to sweep the
 * kind, and to compare with. */
#include "fray/fed/compression.h"

static double bytes(const void *params, size_t n) {
  (void)params;
  return (double)n * (double)sizeof(float);
}

/* One grid, that of float: nothing of it hangs on the client. */
static const struct fray_coder_ops ops = {.bytes = bytes};

extern const struct fray_choice fray_compression_uncompressed;
const struct fray_choice fray_compression_uncompressed = {
    .name = "uncompressed",
    .meaning = "4 bytes a parameter",
    .source = "",
    .impl = &ops,
};
