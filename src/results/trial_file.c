/* Trial files: one HDF5 file per finished trial, renamed into place.
 *
 * A trial file is complete or not there at all. It holds the rows of the tables as text and the
 * data sets of results.h5, so that the tables can be made again from the files alone. */
#include "fray/results/trial_file.h"

#include "fray/base/file.h"
#include "fray/base/hash.h"
#include "fray/base/size.h"
#include "fray/results/output.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void fray_trial_file_free(struct fray_trial_file *part) {
  fray_text_free(&part->trial);
  fray_text_free(&part->scores);
  fray_text_free(&part->rounds);
  fray_text_free(&part->participation);
  fray_text_free(&part->found);
  fray_text_free(&part->influence);
  fray_text_free(&part->participation_all);
  fray_text_free(&part->influence_all);
  fray_text_free(&part->secure);
  fray_text_free(&part->privacy);
  fray_text_free(&part->metrics);
  fray_arena_free(&part->arena);
}

/* Room doubles, in the arena: a part has some dozens of data sets, and the old lists are small. */
enum fray_status fray_trial_file_add(struct fray_trial_file *part,
                                     const struct fray_trial_file_set *set, struct fray_err *err) {
  if (part->n_sets == part->room) {
    size_t room = part->room ? 2 * part->room : 32;
    struct fray_trial_file_set *grown;
    FRAY_ALLOC(grown, &part->arena, room, err);
    if (part->n_sets)
      memcpy(grown, part->set, part->n_sets * sizeof *grown);
    part->set = grown;
    part->room = room;
  }
  part->set[part->n_sets++] = *set;
  return FRAY_OK;
}

static enum fray_status write_text(fray_h5 file, const char *path, const struct fray_text *text,
                                   struct fray_err *err) {
  size_t dims[1] = {text->size};
  return fray_h5_write(file, path, FRAY_H5_U8, 1, dims, text->data, false, err);
}

/* The attribute tells the assembly in which type to copy. */
static enum fray_status write_set(fray_h5 file, const struct fray_trial_file_set *set,
                                  struct fray_arena *arena, struct fray_err *err) {
  static const char *const types[] = {[FRAY_H5_U8] = "uint8",
                                      [FRAY_H5_I16] = "int16",
                                      [FRAY_H5_I32] = "int32",
                                      [FRAY_H5_I64] = "int64",
                                      [FRAY_H5_F32] = "float32"};
  char *path = fray_arena_printf(arena, "%s/%s", set->is_kept ? "answers" : "result", set->path);
  FRAY_CHECK(path, err, MEMORY, "out of memory");
  if (set->is_kept) /* class numbers shrink, probabilities hardly do */
    return fray_h5_write(file, path, set->type, set->rank, set->dims, set->data,
                         set->type == FRAY_H5_I16, err);
  if (set->texts)
    return fray_h5_write_texts(file, path, set->texts, set->dims[0], err);
  FRAY_CHECK((size_t)set->type < FRAY_COUNT(types) && types[set->type], err, INTERNAL,
             "%s: parts hold no such type", path);
  FRAY_TRY(fray_h5_write(file, path, set->type, set->rank, set->dims, set->data,
                         fray_is_packed(set->rank, set->dims), err));
  return fray_h5_put_attr_text(file, path, "type", types[set->type], err);
}

static const char format[] = "fray-part";
static const char *const model_attributes[] = {"model.best", "model.last"};

/* What an evaluation anew compares: names, outcome, models. */
static enum fray_status write_marks(fray_h5 file, const struct fray_trial_file *part,
                                    struct fray_err *err) {
  FRAY_TRY(fray_h5_put_attr_text(file, ".", "format", format, err));
  FRAY_TRY(fray_h5_put_attr_text(file, ".", "trial", part->name, err));
  FRAY_TRY(fray_h5_put_attr_text(file, ".", "evaluation", part->evaluation, err));
  FRAY_TRY(fray_h5_put_attr_text(file, ".", "outcome", part->diverged ? "diverged" : "ok", err));
  for (size_t s = 0; s < FRAY_COUNT(model_attributes); s++)
    if (part->model[s][0])
      FRAY_TRY(fray_h5_put_attr_text(file, ".", model_attributes[s], part->model[s], err));
  return write_text(file, "rows/metrics", &part->metrics, err);
}

/* Always in this order, so that equal contents are equal bytes: two runs of one trial can be
 * compared as files. */
static enum fray_status write_all(fray_h5 file, struct fray_trial_file *part,
                                  struct fray_err *err) {
  FRAY_TRY(write_marks(file, part, err));
  FRAY_TRY(write_text(file, "rows/trial", &part->trial, err));
  FRAY_TRY(write_text(file, "rows/scores", &part->scores, err));
  FRAY_TRY(write_text(file, "rows/rounds", &part->rounds, err));
  if (part->participation.size)
    FRAY_TRY(write_text(file, "rows/participation", &part->participation, err));
  if (part->found.size)
    FRAY_TRY(write_text(file, "rows/found", &part->found, err));
  if (part->influence.size)
    FRAY_TRY(write_text(file, "rows/influence", &part->influence, err));
  if (part->participation_all.size)
    FRAY_TRY(write_text(file, "rows/participation_all", &part->participation_all, err));
  if (part->influence_all.size)
    FRAY_TRY(write_text(file, "rows/influence_all", &part->influence_all, err));
  if (part->secure.size)
    FRAY_TRY(write_text(file, "rows/secure", &part->secure, err));
  if (part->privacy.size)
    FRAY_TRY(write_text(file, "rows/privacy", &part->privacy, err));
  for (size_t i = 0; i < part->n_sets; i++)
    FRAY_TRY(write_set(file, &part->set[i], &part->arena, err));
  return FRAY_OK;
}

static enum fray_status part_path(const char *folder, const char *name, char path[4096],
                                  struct fray_err *err) {
  int n = snprintf(path, 4096, "%s/parts/%s.h5", folder, name);
  FRAY_CHECK(n > 0 && n < 4096, err, INPUT, "path too long: %.80s...", folder);
  return FRAY_OK;
}

enum fray_status fray_trial_file_write(const char *folder, struct fray_trial_file *part,
                                       struct fray_err *err) {
  char path[4096];
  struct fray_output output;
  FRAY_TRY(part_path(folder, part->name, path, err));
  FRAY_TRY(fray_output_open(&output, path, err));
  return fray_output_close(&output, write_all(output.file, part, err), err);
}

/* Rows are bytes and no string: their length is that of the data set. */
enum fray_status fray_trial_file_rows(fray_h5 file, const char *what, struct fray_arena *arena,
                                      char **rows, size_t *size, struct fray_err *err) {
  int rank;
  size_t dims[FRAY_H5_MAX_RANK];
  bool is_text;
  char path[64];
  snprintf(path, sizeof path, "rows/%s", what);
  FRAY_TRY(fray_h5_shape(file, path, &rank, dims, &is_text, err));
  FRAY_CHECK(rank == 1 && !is_text, err, INPUT, "%s: not the rows of a part", path);
  FRAY_ALLOC(*rows, arena, dims[0] + 1, err);
  *size = dims[0];
  return fray_h5_read(file, path, FRAY_H5_U8, *rows, dims[0], err);
}

/* A mark of the part: at most 16 characters. */
static enum fray_status read_mark(fray_h5 file, const char *name, char out[17],
                                  struct fray_err *err) {
  struct fray_arena arena = {0};
  const char *text = NULL;
  enum fray_status status = fray_h5_attr_text(file, ".", name, &arena, &text, err);
  if (status == FRAY_OK && strlen(text) > 16)
    status = fray_fail(err, FRAY_INPUT, "attribute %s: not what a run writes", name);
  if (status == FRAY_OK)
    strcpy(out, text);
  fray_arena_free(&arena);
  return status;
}

/* Reads the marks into a part that has its name. */
static enum fray_status read_marks(fray_h5 file, struct fray_trial_file *part,
                                   struct fray_err *err) {
  char text[17];
  FRAY_TRY(read_mark(file, "format", text, err));
  FRAY_CHECK(strcmp(text, format) == 0, err, INPUT, "no part of a run (format %s)", text);
  FRAY_TRY(read_mark(file, "trial", text, err));
  FRAY_CHECK(strcmp(text, part->name) == 0, err, INPUT, "the part of another trial, %s", text);
  FRAY_TRY(read_mark(file, "evaluation", part->evaluation, err));
  FRAY_TRY(read_mark(file, "outcome", text, err));
  part->diverged = strcmp(text, "diverged") == 0;
  for (size_t s = 0; s < FRAY_COUNT(model_attributes); s++)
    if (fray_h5_has_attr(file, ".", model_attributes[s]))
      FRAY_TRY(read_mark(file, model_attributes[s], part->model[s], err));
  return FRAY_OK;
}

/* Bytes of an older part, as they are: what training gave is not formatted anew. */
static enum fray_status copy_rows(fray_h5 file, const char *what, struct fray_arena *arena,
                                  struct fray_text *out, struct fray_err *err) {
  char *rows = NULL;
  size_t size = 0;
  FRAY_TRY(fray_trial_file_rows(file, what, arena, &rows, &size, err));
  fray_text_add(out, rows, size);
  FRAY_CHECK(!out->failed, err, MEMORY, "out of memory");
  return FRAY_OK;
}

/* What is taken over from an older part goes into the new tables as it is, so that it must look
 * like a row. */
static enum fray_status read_all(fray_h5 file, struct fray_trial_file *part, struct fray_err *err) {
  FRAY_TRY(read_marks(file, part, err));
  FRAY_TRY(copy_rows(file, "metrics", &part->arena, &part->metrics, err));
  FRAY_TRY(copy_rows(file, "trial", &part->arena, &part->trial, err));
  FRAY_CHECK(part->trial.size && part->trial.data[part->trial.size - 1] == '\n' &&
                 !memchr(part->trial.data, '\0', part->trial.size),
             err, INPUT, "rows/trial: not a row of trials.csv");
  if (fray_h5_has(file, "rows/participation"))
    FRAY_TRY(copy_rows(file, "participation", &part->arena, &part->participation, err));
  if (fray_h5_has(file, "rows/found"))
    FRAY_TRY(copy_rows(file, "found", &part->arena, &part->found, err));
  if (fray_h5_has(file, "rows/influence"))
    FRAY_TRY(copy_rows(file, "influence", &part->arena, &part->influence, err));
  if (fray_h5_has(file, "rows/participation_all"))
    FRAY_TRY(copy_rows(file, "participation_all", &part->arena, &part->participation_all, err));
  if (fray_h5_has(file, "rows/influence_all"))
    FRAY_TRY(copy_rows(file, "influence_all", &part->arena, &part->influence_all, err));
  if (fray_h5_has(file, "rows/secure"))
    FRAY_TRY(copy_rows(file, "secure", &part->arena, &part->secure, err));
  if (fray_h5_has(file, "rows/privacy"))
    FRAY_TRY(copy_rows(file, "privacy", &part->arena, &part->privacy, err));
  return copy_rows(file, "rounds", &part->arena, &part->rounds, err);
}

/* All marks at one asking. */
static enum fray_status ask_marks(fray_h5 file, struct fray_err *err) {
  static const char *const root[] = {"."};
  static const struct fray_h5_wish mark[] = {
      {FRAY_H5_ATTR, FRAY_H5_U8, ".@format"},     {FRAY_H5_ATTR, FRAY_H5_U8, ".@trial"},
      {FRAY_H5_ATTR, FRAY_H5_U8, ".@evaluation"}, {FRAY_H5_ATTR, FRAY_H5_U8, ".@outcome"},
      {FRAY_H5_ATTR, FRAY_H5_U8, ".@model.best"}, {FRAY_H5_ATTR, FRAY_H5_U8, ".@model.last"}};
  size_t done;
  return fray_h5_ahead(file, root, 1, mark, FRAY_COUNT(mark), &done, err);
}

/* Errors from here on name the file, whichever part of it was wrong. */
static enum fray_status open_part(const char *folder, struct fray_trial_file *part, bool *is_sealed,
                                  fray_h5 *file, struct fray_err *err) {
  char path[4096];
  FRAY_TRY(part_path(folder, part->name, path, err));
  FRAY_TRY(fray_h5_open_sealed(path, is_sealed, file, err));
  enum fray_status status = ask_marks(*file, err);
  if (status == FRAY_OK)
    status = read_marks(*file, part, err);
  if (status == FRAY_OK)
    return status;
  fray_h5_close(*file, NULL);
  return fray_at(err, "%s", path);
}

enum fray_status fray_trial_file_open_unread(const char *folder, const char *name, fray_h5 *file,
                                             struct fray_err *err) {
  char path[4096];
  bool is_sealed;
  FRAY_TRY(part_path(folder, name, path, err));
  return fray_h5_open_sealed(path, &is_sealed, file, err);
}

/* Only the name is needed to tell whose it is. */
enum fray_status fray_trial_file_open(const char *folder, const char *name, fray_h5 *file,
                                      struct fray_err *err) {
  struct fray_trial_file part = {0};
  bool is_sealed;
  memcpy(part.name, name, sizeof part.name);
  return open_part(folder, &part, &is_sealed, file, err);
}

enum fray_status fray_trial_file_check(const char *folder, const char *name, fray_h5 file,
                                       struct fray_err *err) {
  struct fray_trial_file part = {0};
  char path[4096];
  memcpy(part.name, name, sizeof part.name);
  FRAY_TRY(part_path(folder, name, path, err));
  return read_marks(file, &part, err) == FRAY_OK ? FRAY_OK : fray_at(err, "%s", path);
}

/* Only what training gave: scores and data sets are made anew by who asks. */
enum fray_status fray_trial_file_read(const char *folder, struct fray_trial_file *part,
                                      struct fray_err *err) {
  bool is_sealed;
  fray_h5 file;
  FRAY_TRY(open_part(folder, part, &is_sealed, &file, err));
  enum fray_status status = read_all(file, part, err);
  fray_h5_close(file, NULL);
  return status == FRAY_OK ? status : fray_at(err, "%s/parts/%s.h5", folder, part->name);
}

/* True if the part has both models, and their files are there. */
static bool has_models(const char *folder, const struct fray_trial_file *part) {
  static const char *const names[] = {"best", "last"};
  char path[4096];
  for (size_t s = 0; s < FRAY_COUNT(names); s++) {
    int n = snprintf(path, sizeof path, "%s/models/%s-%s.h5", folder, part->name, names[s]);
    if (n < 0 || (size_t)n >= sizeof path || !part->model[s][0] || !fray_file_exists(path))
      return false;
  }
  return true;
}

/* Parts are renamed into place: another one is another file, and one that is written to has another
 * time. */
uint64_t fray_trial_file_seen(const char *folder, const char *name) {
  char path[4096];
  struct stat now;
  if (part_path(folder, name, path, NULL) != FRAY_OK || stat(path, &now) != 0)
    return 0;
  const uint64_t facts[] = {(uint64_t)now.st_dev,          (uint64_t)now.st_ino,
                            (uint64_t)now.st_size,         (uint64_t)now.st_mtim.tv_sec,
                            (uint64_t)now.st_mtim.tv_nsec, (uint64_t)now.st_ctim.tv_sec,
                            (uint64_t)now.st_ctim.tv_nsec};
  return fray_hash64(facts, sizeof facts) | 1;
}

enum fray_status fray_trial_file_look(const char *folder, const char *name,
                                      struct fray_trial_file_state *out, struct fray_err *err) {
  struct fray_trial_file part = {0};
  struct fray_err why = {0};
  char path[4096];
  fray_h5 file;
  *out = (struct fray_trial_file_state){0};
  FRAY_TRY(part_path(folder, name, path, err));
  if (!fray_file_exists(path))
    return FRAY_OK;
  /* A file that may not be read is no reason to train its trial again. */
  FRAY_CHECK(access(path, R_OK) == 0, err, INPUT, "%s: %s", path, strerror(errno)); /* not damage */
  memcpy(part.name, name, strnlen(name, sizeof part.name - 1));
  out->seen = fray_trial_file_seen(folder, name);
  enum fray_status status = open_part(folder, &part, &out->is_sealed, &file, &why);
  FRAY_CHECK(status != FRAY_MEMORY, err, MEMORY, "%s", why.text);
  FRAY_CHECK(status != FRAY_IO, err, IO, "%s", why.text);
  if (status != FRAY_OK) {
    out->broken = true;
    snprintf(out->why, sizeof out->why, "%.*s", (int)sizeof out->why - 1, why.text);
    return FRAY_OK;
  }
  fray_h5_close(file, NULL);
  out->exists = true;
  /* A diverged trial is judged without models: it counts as the constant predictor. */
  out->has_models = part.diverged || has_models(folder, &part);
  memcpy(out->evaluation, part.evaluation, sizeof out->evaluation);
  return FRAY_OK;
}
