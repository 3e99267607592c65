/* Parts: one HDF5 file per finished trial, renamed into place. */
#include "internal.h"

#include "fray/base/file.h"
#include "fray/base/size.h"
#include "fray/h5/h5.h"

#include <stdio.h>
#include <string.h>

void fray_part_free(struct fray_part *part) {
  fray_text_free(&part->trial);
  fray_text_free(&part->scores);
  fray_text_free(&part->rounds);
  fray_arena_free(&part->arena);
}

static enum fray_status write_text(fray_h5 file, const char *path, const struct fray_text *text,
                                   struct fray_err *err) {
  size_t dims[1] = {text->size};
  return fray_h5_write(file, path, FRAY_H5_U8, 1, dims, text->data, false, err);
}

static enum fray_status write_clients(fray_h5 file, const struct fray_part *part,
                                      struct fray_err *err) {
  const struct fray_partition *p = part->partition;
  size_t dims[1] = {p->n_clients};
  int32_t *buffer =
      fray_arena_alloc(&((struct fray_part *)part)->arena, p->n_clients + 1, sizeof *buffer);
  FRAY_CHECK(buffer, err, MEMORY, "out of memory");
  FRAY_TRY(fray_h5_write_texts(file, "result/clients/name", p->name, p->n_clients, err));
  const uint32_t *columns[2] = {part->client_samples, part->client_usable};
  const char *const names[2] = {"result/clients/samples", "result/clients/usable"};
  for (int k = 0; k < 2; k++) {
    memcpy(buffer, columns[k], p->n_clients * sizeof *buffer);
    FRAY_TRY(fray_h5_write(file, names[k], FRAY_H5_I32, 1, dims, buffer, false, err));
  }
  for (size_t e = 0; e < part->n_entries; e++) {
    const struct fray_realised *r = &part->realised[e];
    char path[256];
    if (!r->client_hit || r->n_clients != p->n_clients)
      continue;
    snprintf(path, sizeof path, "result/clients/%.100s.hit", r->id);
    memcpy(buffer, r->client_hit, p->n_clients * sizeof *buffer);
    FRAY_TRY(fray_h5_write(file, path, FRAY_H5_I32, 1, dims, buffer, false, err));
    snprintf(path, sizeof path, "result/clients/%.100s.eligible", r->id);
    memcpy(buffer, r->client_eligible, p->n_clients * sizeof *buffer);
    FRAY_TRY(fray_h5_write(file, path, FRAY_H5_I32, 1, dims, buffer, false, err));
  }
  return FRAY_OK;
}

static enum fray_status write_test(fray_h5 file, const struct fray_part *part,
                                   struct fray_err *err) {
  size_t n = part->n_test, k = part->n_classes, c = part->n_conditions;
  FRAY_TRY(fray_h5_write_texts(file, "result/test/source", part->test_source, n, err));
  FRAY_TRY(fray_h5_write(file, "result/test/label", FRAY_H5_I32, 1, (size_t[]){n}, part->test_label,
                         false, err));
  FRAY_TRY(fray_h5_write_texts(file, "result/test/condition", part->condition, c, err));
  /* (selection best, last)(condition)(sample), and the confusion counts [true][predicted]. */
  FRAY_TRY(fray_h5_write(file, "result/test/predicted", FRAY_H5_I16, 3, (size_t[]){2, c, n},
                         part->predicted, true, err));
  return fray_h5_write(file, "result/test/confusion", FRAY_H5_I64, 4, (size_t[]){2, c, k, k},
                       part->confusion, true, err);
}

static enum fray_status write_all(fray_h5 file, const struct fray_part *part,
                                  struct fray_err *err) {
  FRAY_TRY(fray_h5_put_attr_text(file, ".", "format", "fray-part", err));
  FRAY_TRY(fray_h5_put_attr_text(file, ".", "trial", part->name, err));
  FRAY_TRY(write_text(file, "rows/trial", &part->trial, err));
  FRAY_TRY(write_text(file, "rows/scores", &part->scores, err));
  FRAY_TRY(write_text(file, "rows/rounds", &part->rounds, err));
  FRAY_TRY(write_clients(file, part, err));
  return write_test(file, part, err);
}

enum fray_status fray_part_write(const char *folder, const struct fray_part *part,
                                 struct fray_err *err) {
  char path[4096], temporary[4200];
  int n = snprintf(path, sizeof path, "%s/parts/%s.h5", folder, part->name);
  FRAY_CHECK(n > 0 && (size_t)n < sizeof path, err, INPUT, "path too long: %.80s...", folder);
  snprintf(temporary, sizeof temporary, "%s.tmp", path);
  fray_h5 file;
  FRAY_TRY(fray_h5_create(temporary, &file, err));
  enum fray_status status = write_all(file, part, err);
  struct fray_err closing = {0};
  enum fray_status closed = fray_h5_close(file, &closing);
  if (status == FRAY_OK && closed != FRAY_OK) {
    *err = closing;
    status = closed;
  }
  if (status != FRAY_OK) {
    remove(temporary);
    return status;
  }
  return fray_file_publish(temporary, path, err);
}
