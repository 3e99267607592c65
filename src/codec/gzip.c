/* What is in a gzip file, of one member or of several. */
#include "decode.h"

#include <stdlib.h>
#include <zlib.h>

enum { BLOCK = 1 << 16, GZIP = 15 + 16 }; /* GZIP: window bits that ask zlib for a gzip header */

/* gzip files may hold several members one after the other. */
static enum fray_status unpack(z_stream *z, size_t limit, bool begins, struct fray_text *out,
                               struct fray_err *err) {
  char block[BLOCK];
  for (int result = Z_OK; result != Z_STREAM_END || z->avail_in > 0;) {
    /* What follows a member must be another one; padding is damage here, unlike in gzip itself. */
    if (result == Z_STREAM_END)
      FRAY_CHECK(inflateReset(z) == Z_OK, err, INTERNAL, "zlib cannot begin again");
    z->next_out = (Bytef *)block;
    z->avail_out = sizeof block;
    result = inflate(z, Z_NO_FLUSH);
    FRAY_CHECK(result != Z_MEM_ERROR, err, MEMORY, "out of memory");
    FRAY_CHECK(result != Z_BUF_ERROR, err, INPUT, "truncated gzip file");
    FRAY_CHECK(result == Z_OK || result == Z_STREAM_END, err, INPUT, "damaged gzip file (%s)",
               z->msg ? z->msg : "unknown reason");
    size_t n = sizeof block - z->avail_out;
    const bool enough = begins && out->size + n >= limit;
    n = enough ? limit - out->size : n;
    /* Before it is kept: a small file may unpack to more than any machine has. */
    FRAY_CHECK(out->size + n <= limit, err, INPUT, "more than %zu bytes unpacked", limit);
    fray_text_add(out, block, n);
    FRAY_CHECK(!out->failed, err, MEMORY, "out of memory");
    if (enough) /* the rest is not looked at */
      return FRAY_OK;
  }
  return FRAY_OK;
}

/* Only bytes that begin as gzip come here; limit: of what is in them. */
enum fray_status gzip_here(const struct codec_bytes *bytes, size_t limit, bool begins,
                           struct fray_text *out, struct fray_err *err) {
  const uint8_t *data;
  uint8_t *owned;
  size_t size;
  /* zlib counts what it is given in 32 bits. */
  FRAY_CHECK(bytes->size <= UINT32_MAX, err, INPUT, "a gzip file above 4 GiB");
  FRAY_TRY(codec_bytes_whole(bytes, &data, &size, &owned, err));
  z_stream z = {.next_in = (Bytef *)(uintptr_t)data, .avail_in = (uInt)size};
  enum fray_status status = FRAY_MEMORY;
  if (inflateInit2(&z, GZIP) == Z_OK) {
    status = unpack(&z, limit, begins, out, err);
    inflateEnd(&z);
  } else
    fray_fail(err, FRAY_MEMORY, "out of memory");
  free(owned);
  if (status != FRAY_OK)
    fray_text_free(out);
  return status;
}
