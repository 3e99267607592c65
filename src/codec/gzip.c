/* Files that may be gzipped, as they are inside: IDX files are handed on both ways. */
#include "fray/codec/codec.h"

#include "fray/base/file.h"

#include <zlib.h>

enum { BLOCK = 1 << 16, GZIP = 15 + 16 }; /* GZIP: window bits that ask zlib for a gzip header */

/* gzip files may hold several members one after the other. */
static enum fray_status unpack(z_stream *z, size_t limit, struct fray_text *out,
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
    /* Before it is kept: a small file may unpack to more than any machine has. */
    FRAY_CHECK(out->size + n <= limit, err, INPUT, "more than %zu bytes unpacked", limit);
    fray_text_add(out, block, n);
    FRAY_CHECK(!out->failed, err, MEMORY, "out of memory");
  }
  return FRAY_OK;
}

/* limit: of the file and of what is in it. */
enum fray_status fray_gzip_read(const char *path, size_t limit, struct fray_text *text,
                                struct fray_err *err) {
  struct fray_text file = {0};
  enum fray_status status = fray_file_read(path, limit, &file, err);
  /* By its first bytes, not its name. */
  if (status != FRAY_OK || file.size < 2 || file.data[0] != '\x1f' || file.data[1] != '\x8b') {
    *text = file;
    if (status != FRAY_OK)
      fray_text_free(text);
    return status;
  }
  /* zlib counts what it is given in 32 bits. */
  z_stream z = {.next_in = (Bytef *)file.data, .avail_in = (uInt)file.size};
  if (file.size > UINT32_MAX)
    status = fray_fail(err, FRAY_INPUT, "a gzip file above 4 GiB");
  else if (inflateInit2(&z, GZIP) != Z_OK)
    status = fray_fail(err, FRAY_MEMORY, "out of memory");
  else {
    status = unpack(&z, limit, text, err);
    inflateEnd(&z);
  }
  fray_text_free(&file);
  if (status != FRAY_OK) {
    fray_text_free(text);
    return fray_at(err, "%s", path);
  }
  return FRAY_OK;
}
