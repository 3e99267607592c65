/* The kind `text`: kept byte by byte, from a file of its own or from a cell of a table. */
#include "value.h"

#include "fray/base/file.h"

#include <stdlib.h>
#include <string.h>

extern const struct fray_choice fray_kind_text_value;

/* At least one byte: an empty cell is absent, an empty file is refused. Without a NUL, as shards
 * tell the length. */
static enum fray_status copy_text(const void *from, size_t size, struct loaded *out,
                                  struct fray_err *err) {
  void *x = malloc(size);
  FRAY_CHECK(x, err, MEMORY, "out of memory (%zu bytes)", size);
  memcpy(x, from, size);
  *out = (struct loaded){.x = x, .length = size, .bytes = size};
  return FRAY_OK;
}

/* Bytes are kept as they are, ill-formed UTF-8 too: how text is read belongs to its features. NUL
 * bytes are what gives away UTF-16 and files that are no text. */
static enum fray_status take_text(const char *path, const struct fray_text *file,
                                  struct loaded *out, struct fray_err *err) {
  FRAY_CHECK(file->size > 0, err, INPUT, "%s: the file is empty; a sample without text has no file",
             path);
  const char *zero = memchr(file->data, '\0', file->size);
  FRAY_CHECK(!zero, err, INPUT, "%s: byte %zu is NUL: not a text in UTF-8", path,
             (size_t)(zero - file->data));
  return copy_text(file->data, file->size, out, err);
}

/* 16 MB at most: a text of a sample, not a corpus. */
static enum fray_status load_text(struct modality *modality, const struct value *value,
                                  struct loaded *out, struct fray_err *err) {
  enum { LARGEST = 1 << 24 };
  (void)modality;
  FRAY_CHECK(value->path || value->is_text, err, INPUT,
             "text is read from files and from columns of `texts` only");
  if (value->is_text)
    return copy_text(value->data, value->length, out, err);
  struct fray_text file = {0};
  FRAY_TRY(fray_file_read(value->path, LARGEST, &file, err));
  enum fray_status status = take_text(value->path, &file, out, err);
  fray_text_free(&file);
  return status;
}

/* Lengths differ from text to text, and a byte has one channel. */
static void begin(struct modality *modality) {
  modality->m.channels = 1;
  modality->m.ragged = true;
}

static const struct value_kind kind = {
    .kind = FRAY_TEXT, .suffixes = ".txt ", .begin = begin, .load = load_text};
const struct fray_choice fray_kind_text_value = {
    "text", "UTF-8 text: a file per sample, or a column of a manifest", "", NULL, &kind};
