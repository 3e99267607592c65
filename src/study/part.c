/* Parts: one HDF5 file per finished trial, renamed into place. */
#include "internal.h"

#include "fray/base/file.h"
#include "fray/base/size.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

void fray_part_free(struct fray_part *part) {
  fray_text_free(&part->trial);
  fray_text_free(&part->scores);
  fray_text_free(&part->rounds);
  fray_arena_free(&part->arena);
}

enum fray_status fray_part_add(struct fray_part *part, const struct fray_part_set *set,
                               struct fray_err *err) {
  if (part->n_sets == part->room) {
    size_t room = part->room ? 2 * part->room : 32;
    struct fray_part_set *grown;
    FRAY_ALLOC(grown, &part->arena, room, err);
    if (part->n_sets)
      memcpy(grown, part->set, part->n_sets * sizeof *grown);
    part->set = grown;
    part->room = room;
  }
  part->set[part->n_sets++] = *set;
  return FRAY_OK;
}

/* HDF5 reports a failed write with time, addresses and line breaks; of that the first phrase and
 * the system's reason are of use. */
static void shorten(struct fray_err *err, int reason) {
  char *end = err ? strstr(err->text, ": time = ") : NULL;
  if (!err || err->status != FRAY_IO)
    return;
  if (end)
    *end = '\0';
  err->text[strcspn(err->text, "\n")] = '\0';
  size_t used = strlen(err->text);
  if (reason && !strstr(err->text, strerror(reason)))
    snprintf(err->text + used, sizeof err->text - used, ": %s", strerror(reason));
}

enum fray_status fray_output_open(struct fray_output *output, const char *path,
                                  struct fray_err *err) {
  int n = snprintf(output->path, sizeof output->path, "%s", path);
  FRAY_CHECK(n > 0 && (size_t)n < sizeof output->path, err, INPUT, "path too long: %.80s...", path);
  snprintf(output->temporary, sizeof output->temporary, "%s.tmp", path);
  errno = 0;
  enum fray_status status = fray_h5_create(output->temporary, &output->file, err);
  if (status != FRAY_OK) {
    shorten(err, errno);
    remove(output->temporary);
  }
  errno = 0; /* so that what stands there later is of this file */
  return status;
}

enum fray_status fray_output_close(struct fray_output *output, enum fray_status status,
                                   struct fray_err *err) {
  int reason = errno;
  struct fray_err closing = {0};
  enum fray_status closed = fray_h5_close(output->file, &closing);
  if (status == FRAY_OK && closed != FRAY_OK) {
    reason = errno;
    status = closed;
    if (err)
      *err = closing;
  }
  if (status != FRAY_OK)
    shorten(err, reason);
  else
    status = fray_file_publish(output->temporary, output->path, err);
  if (status != FRAY_OK)
    remove(output->temporary);
  return status;
}

static enum fray_status write_text(fray_h5 file, const char *path, const struct fray_text *text,
                                   struct fray_err *err) {
  size_t dims[1] = {text->size};
  return fray_h5_write(file, path, FRAY_H5_U8, 1, dims, text->data, false, err);
}

/* The attribute tells the assembly in which type to copy. */
static enum fray_status write_set(fray_h5 file, const struct fray_part_set *set,
                                  struct fray_arena *arena, struct fray_err *err) {
  static const char *const types[] = {[FRAY_H5_U8] = "uint8",
                                      [FRAY_H5_I16] = "int16",
                                      [FRAY_H5_I32] = "int32",
                                      [FRAY_H5_I64] = "int64",
                                      [FRAY_H5_F32] = "float32"};
  char *path = fray_arena_printf(arena, "result/%s", set->path);
  FRAY_CHECK(path, err, MEMORY, "out of memory");
  if (set->texts)
    return fray_h5_write_texts(file, path, set->texts, set->dims[0], err);
  FRAY_CHECK((size_t)set->type < FRAY_COUNT(types) && types[set->type], err, INTERNAL,
             "%s: parts hold no such type", path);
  FRAY_TRY(fray_h5_write(file, path, set->type, set->rank, set->dims, set->data,
                         fray_is_packed(set->rank, set->dims), err));
  return fray_h5_put_attr_text(file, path, "type", types[set->type], err);
}

static enum fray_status write_all(fray_h5 file, struct fray_part *part, struct fray_err *err) {
  FRAY_TRY(fray_h5_put_attr_text(file, ".", "format", "fray-part", err));
  FRAY_TRY(fray_h5_put_attr_text(file, ".", "trial", part->name, err));
  FRAY_TRY(write_text(file, "rows/trial", &part->trial, err));
  FRAY_TRY(write_text(file, "rows/scores", &part->scores, err));
  FRAY_TRY(write_text(file, "rows/rounds", &part->rounds, err));
  for (size_t i = 0; i < part->n_sets; i++)
    FRAY_TRY(write_set(file, &part->set[i], &part->arena, err));
  return FRAY_OK;
}

enum fray_status fray_part_write(const char *folder, struct fray_part *part, struct fray_err *err) {
  char path[4096];
  struct fray_output output;
  int n = snprintf(path, sizeof path, "%s/parts/%s.h5", folder, part->name);
  FRAY_CHECK(n > 0 && (size_t)n < sizeof path, err, INPUT, "path too long: %.80s...", folder);
  FRAY_TRY(fray_output_open(&output, path, err));
  return fray_output_close(&output, write_all(output.file, part, err), err);
}
