/* Assembly: the CSV files, what their columns mean, and results.h5, from the parts, in sweep
 * order, by one rank.
 *
 * Rows stand in the parts as text, so nothing is formatted twice, and a table that is put together
 * anew is the same to the byte. */
#include "fray/results/assembly.h"

#include "results/said/wish_list.h"

#include "fray/base/checksums.h"
#include "fray/base/file.h"
#include "fray/base/round_columns.h"
#include "fray/base/seal.h"
#include "fray/base/size.h"
#include "fray/h5/h5.h"
#include "fray/results/folder.h"
#include "fray/results/membership_table.h"
#include "fray/results/output.h"
#include "fray/results/results_columns.h"
#include "fray/results/trial_file.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct assembly {
  const struct fray_assembly *of;
  const char *folder;
  struct fray_text trials, scores, rounds, participation, found, influence, membership, secure,
      privacy;
  size_t trial_fields;                           /* of a row of trials.csv */
  size_t header, found_header, influence_header; /* bytes of those of the first three of the rest */
  size_t membership_header, secure_header, privacy_header;
  struct fray_membership_cell attacked; /* the trials of the cell at hand */
  struct fray_output results;
  struct fray_arena arena;
  struct wish_list wishes; /* what is read of a part, as far as it is known of the one before */
  fray_h5 part, next;      /* at work, and that which the reader looks at meanwhile; -1: none */
};

/* Fields of a row; what stands in quotation marks is of one. */
static size_t count_fields(const char *row, size_t length) {
  size_t fields = 1;
  bool quoted = false;
  for (size_t i = 0; i < length && (quoted || row[i] != '\n'); i++) {
    quoted ^= row[i] == '"';
    fields += row[i] == ',' && !quoted;
  }
  return fields;
}

/* From the table that explains the columns: what stands in a header is explained. */
static void put_headers(struct assembly *a) {
  const struct fray_column_words *words = &a->of->words;
  fray_results_header("trials.csv", words, &a->trials);
  a->trial_fields = a->trials.failed ? 0 : count_fields(a->trials.data, a->trials.size);
  fray_results_header("scores.csv", words, &a->scores);
  fray_results_header("rounds.csv", words, &a->rounds);
  fray_results_header("participation.csv", words, &a->participation);
  a->header = a->participation.size;
  fray_results_header("found.csv", words, &a->found);
  a->found_header = a->found.size;
  fray_results_header("influence.csv", words, &a->influence);
  a->influence_header = a->influence.size;
  fray_results_header("membership.csv", words, &a->membership);
  a->membership_header = a->membership.size;
  fray_results_header("secure.csv", words, &a->secure);
  a->secure_header = a->secure.size;
  fray_results_header("privacy.csv", words, &a->privacy);
  a->privacy_header = a->privacy.size;
}

/* Rows of a part, each behind `prefix`. */
static void put_rows(struct fray_text *out, const char *prefix, const char *rows, size_t size) {
  for (const char *p = rows, *end = rows + size; p < end;) {
    const char *stop = memchr(p, '\n', (size_t)(end - p));
    size_t length = stop ? (size_t)(stop - p) + 1 : (size_t)(end - p);
    fray_text_puts(out, prefix);
    fray_text_add(out, p, length);
    p += length;
  }
}

#define ONE(kind, name, unit, meaning, empty) +1
enum { ROUND_COLUMNS = 1 + 0 FRAY_ROUND_COLUMNS(ONE) }; /* with the round itself */
#undef ONE

/* A row of rounds.csv as it is written today. One of an older program lacks the columns that came
 * later, which stand behind those that it knew and in front of the metrics: they stay empty. */
static void put_round(struct fray_text *out, const char *row, size_t length, size_t n_metrics) {
  size_t fields = 1, at = 0;
  for (size_t i = 0; i < length; i++)
    fields += row[i] == ',';
  const size_t expected = ROUND_COLUMNS + 2 * n_metrics;
  const size_t missing = fields < expected ? expected - fields : 0;
  if (missing == 0 || missing >= ROUND_COLUMNS) {
    fray_text_add(out, row, length);
    return;
  }
  for (size_t known = ROUND_COLUMNS - missing; at < length; at++) {
    known -= row[at] == ',' || row[at] == '\n';
    if (known == 0)
      break;
  }
  fray_text_add(out, row, at);
  for (size_t k = 0; k < missing; k++)
    fray_text_puts(out, ",");
  fray_text_add(out, row + at, length - at);
}

/* Rows of rounds.csv, each behind `prefix`. */
static void put_rounds(struct fray_text *out, const char *prefix, const char *rows, size_t size,
                       size_t n_metrics) {
  for (const char *p = rows, *end = rows + size; p < end;) {
    const char *stop = memchr(p, '\n', (size_t)(end - p));
    size_t length = stop ? (size_t)(stop - p) + 1 : (size_t)(end - p);
    fray_text_puts(out, prefix);
    put_round(out, p, length, n_metrics);
    p += length;
  }
}

/* The row of trials.csv as it is written today: columns that came later stand at its end, and are
 * empty in the part of an older program. expected: its fields, those of the prefix too. */
static void put_trial(struct fray_text *out, const char *prefix, const char *row, size_t size,
                      size_t expected) {
  const size_t end = size && row[size - 1] == '\n' ? size - 1 : size;
  const size_t known = count_fields(prefix, strlen(prefix)) - 1 + count_fields(row, end);
  fray_text_puts(out, prefix);
  fray_text_add(out, row, end);
  for (size_t k = known; k < expected; k++)
    fray_text_puts(out, ",");
  fray_text_puts(out, "\n");
}

/* The part says in which type it wrote: HDF5 would convert between types without a word, and a
 * table of 64-bit counts would silently become one of 32 bits. */
static enum fray_status type_of(struct assembly *a, const char *path, struct fray_arena *arena,
                                enum fray_h5_type *type, size_t *width, struct fray_err *err) {
  static const struct {
    const char *name;
    enum fray_h5_type type;
    size_t width;
  } types[] = {{"uint8", FRAY_H5_U8, 1},
               {"int16", FRAY_H5_I16, 2},
               {"int32", FRAY_H5_I32, 4},
               {"int64", FRAY_H5_I64, 8},
               {"float32", FRAY_H5_F32, 4}};
  const char *name;
  wish_list_note_attr(&a->wishes, path, "type");
  FRAY_TRY(fray_h5_attr_text(a->part, path, "type", arena, &name, err));
  for (size_t i = 0; i < FRAY_COUNT(types); i++)
    if (strcmp(name, types[i].name) == 0) {
      *type = types[i].type;
      *width = types[i].width;
      return FRAY_OK;
    }
  return fray_fail(err, FRAY_INPUT, "%s: unknown type %.40s", path, name);
}

static enum fray_status copy_texts(struct assembly *a, const char *path, const char *target,
                                   struct fray_arena *arena, struct fray_err *err) {
  const char **texts;
  size_t n;
  wish_list_note(&a->wishes, FRAY_H5_TEXTS, FRAY_H5_U8, path);
  FRAY_TRY(fray_h5_read_texts(a->part, path, arena, &texts, &n, err));
  return fray_h5_write_texts(a->results.file, target, texts, n, err);
}

/* Copies a data set of numbers. */
static enum fray_status copy_data(struct assembly *a, const char *path, int rank,
                                  const size_t *dims, const char *target, struct fray_arena *arena,
                                  struct fray_err *err) {
  size_t count = 1, width = 0, bytes;
  enum fray_h5_type type = FRAY_H5_I32;
  FRAY_TRY(type_of(a, path, arena, &type, &width, err));
  wish_list_note(&a->wishes, FRAY_H5_NUMBERS, type, path);
  for (int i = 0; i < rank; i++)
    FRAY_CHECK(fray_size_mul(count, dims[i], &count), err, INPUT, "%s: too large", path);
  FRAY_CHECK(fray_size_mul(count, width, &bytes), err, INPUT, "%s: too large", path);
  void *data = fray_arena_alloc(arena, count + 1, width);
  FRAY_CHECK(data, err, MEMORY, "out of memory (%zu bytes)", bytes);
  FRAY_TRY(fray_h5_read(a->part, path, type, data, count, err));
  return fray_h5_write(a->results.file, target, type, rank, dims, data, fray_is_packed(rank, dims),
                       err);
}

/* Copies a group with all that lies below it, in order of names. */
static enum fray_status copy_tree(struct assembly *a, const char *path, const char *target,
                                  int depth, struct fray_arena *arena, struct fray_err *err) {
  const char **members;
  size_t n, dims[FRAY_H5_MAX_RANK];
  FRAY_CHECK(depth < 16, err, INPUT, "%s: groups are nested too deeply", path);
  wish_list_note(&a->wishes, FRAY_H5_MEMBERS, FRAY_H5_U8, path);
  FRAY_TRY(fray_h5_members(a->part, path, arena, &members, &n, err));
  for (size_t i = 0; i < n; i++) {
    int rank;
    bool is_text = false;
    char *source = fray_arena_printf(arena, "%s/%s", path, members[i]);
    char *place = fray_arena_printf(arena, "%s/%s", target, members[i]);
    FRAY_CHECK(source && place, err, MEMORY, "out of memory");
    /* What has no shape is a group. */
    bool is_data = fray_h5_shape(a->part, source, &rank, dims, &is_text, NULL) == FRAY_OK;
    struct fray_arena_place mark = fray_arena_mark(arena);
    FRAY_TRY(!is_data  ? copy_tree(a, source, place, depth + 1, arena, err)
             : is_text ? copy_texts(a, source, place, arena, err)
                       : copy_data(a, source, rank, dims, place, arena, err));
    fray_arena_rewind(arena, mark);
  }
  return FRAY_OK;
}

/* Tables of a part; those behind the third are there where a training has something to say. */
enum { ALWAYS = 3, TABLES = 8 };

/* A control that shares its trial with a cell before it adds no scores: they are there. */
static void put_part_rows(struct assembly *a, const struct fray_assembly_trial *trial,
                          char *const rows[TABLES], const size_t size[TABLES]) {
  struct fray_text prefix = {0};
  fray_text_printf(&prefix, "%s,", trial->name);
  if (!trial->repeats && !prefix.failed) {
    put_rows(&a->scores, prefix.data, rows[1], size[1]);
    put_rounds(&a->rounds, prefix.data, rows[2], size[2], a->of->words.n_metrics);
    put_rows(&a->participation, prefix.data, rows[3], size[3]);
    put_rows(&a->found, prefix.data, rows[4], size[4]);
    put_rows(&a->influence, prefix.data, rows[5], size[5]);
    put_rows(&a->secure, prefix.data, rows[6], size[6]);
    put_rows(&a->privacy, prefix.data, rows[7], size[7]);
  }
  for (size_t k = 0; k < a->of->words.n_keys; k++) {
    fray_text_csv(&prefix, trial->value[k]);
    fray_text_puts(&prefix, ",");
  }
  fray_text_csv(&prefix, trial->control);
  fray_text_puts(&prefix, ",");
  if (prefix.failed)
    a->trials.failed = true; /* asked when it is written */
  else
    put_trial(&a->trials, prefix.data, rows[0], size[0], a->trial_fields);
  fray_text_free(&prefix);
}

/* Two cells of one name and different tests would take turns in one part. */
static enum fray_status check_evaluation(fray_h5 file, const char *evaluation,
                                         struct fray_arena *arena, struct fray_err *err) {
  const char *held;
  FRAY_TRY(fray_h5_attr_text(file, ".", "evaluation", arena, &held, err));
  FRAY_CHECK(strcmp(held, evaluation) == 0, err, INTERNAL,
             "the part holds another evaluation (%.16s) than was asked for (%s)", held, evaluation);
  return FRAY_OK;
}

/* What every part is asked for before its data sets, in this order. */
static const char *const parts[TABLES] = {"trial", "scores",    "rounds", "participation",
                                          "found", "influence", "secure", "privacy"};

static void note_beginning(struct assembly *a) {
  static const char *const marks[] = {"format",  "trial",      "evaluation",
                                      "outcome", "model.best", "model.last"};
  char path[64];
  wish_list_begin(&a->wishes);
  for (size_t i = 0; i < FRAY_COUNT(marks); i++)
    wish_list_note_attr(&a->wishes, ".", marks[i]);
  for (size_t k = 0; k < TABLES; k++) {
    snprintf(path, sizeof path, "rows/%s", parts[k]);
    wish_list_note(&a->wishes, FRAY_H5_NUMBERS, FRAY_H5_U8, path);
  }
}

/* Opens the part of a trial, or takes that which was begun with, and begins with the next one. What
 * is wrong with that is said when it is its turn. */
static enum fray_status open_part(struct assembly *a, size_t trial, struct fray_err *err) {
  const char *name = a->of->trial[trial].name;
  const fray_h5 old = a->part;
  enum fray_status status = FRAY_OK;
  a->part = a->next;
  a->next = -1;
  if (a->part < 0)
    status = fray_trial_file_open_unread(a->folder, name, &a->part, err);
  if (status == FRAY_OK)
    status = wish_list_ask(&a->wishes, a->part, err);
  fray_h5_close(old, NULL);
  FRAY_TRY(status);
  if (trial + 1 < a->of->n && fray_trial_file_open_unread(a->folder, a->of->trial[trial + 1].name,
                                                          &a->next, NULL) != FRAY_OK)
    a->next = -1;
  if (a->next >= 0)
    wish_list_next(&a->wishes, a->next);
  return fray_trial_file_check(a->folder, name, a->part, err);
}

static enum fray_status read_part(struct assembly *a, const struct fray_assembly_trial *trial,
                                  struct fray_arena *arena, struct fray_err *err) {
  const char *name = trial->name;
  char none[] = "", *rows[TABLES];
  size_t size[TABLES] = {0};
  for (int k = 0; k < TABLES; k++)
    rows[k] = none;
  note_beginning(a);
  FRAY_TRY(check_evaluation(a->part, trial->evaluation, arena, err));
  for (int k = 0; k < TABLES; k++) {
    char path[64];
    snprintf(path, sizeof path, "rows/%s", parts[k]);
    if (k < ALWAYS || fray_h5_has(a->part, path))
      FRAY_TRY(fray_trial_file_rows(a->part, parts[k], arena, &rows[k], &size[k], err));
  }
  char target[32];
  snprintf(target, sizeof target, "trials/%s", name);
  /* Cells that differ only in paths to equal content share a trial. */
  if (!fray_h5_has(a->results.file, target))
    FRAY_TRY(copy_tree(a, "result", target, 0, arena, err));
  if (!trial->repeats && trial->membership)
    FRAY_TRY(fray_membership_take(&a->attacked, name, a->part, err));
  put_part_rows(a, trial, rows, size);
  return FRAY_OK;
}

static enum fray_status add_part(struct assembly *a, size_t i, struct fray_err *err) {
  struct fray_arena arena = {0};
  FRAY_TRY(open_part(a, i, err));
  const enum fray_status status = read_part(a, &a->of->trial[i], &arena, err);
  fray_arena_free(&arena);
  return status == FRAY_OK
             ? status
             : (fray_at(err, "%s/parts/%s.h5", a->folder, a->of->trial[i].name), status);
}

static enum fray_status write_csv(const struct assembly *a, const char *name,
                                  const struct fray_text *text, struct fray_err *err) {
  return fray_folder_put(a->folder, name, text, err);
}

static void put_real(struct fray_text *out, double value) {
  char text[32] = "";
  if (!isnan(value))
    fray_format_double(value, text);
  fray_text_printf(out, ",%s", text);
}

static void put_key(struct fray_text *out, const struct fray_assembly_key *k, size_t n_modalities) {
  fray_text_csv(out, k->condition);
  put_real(out, k->severity);
  fray_text_puts(out, ",");
  fray_text_csv(out, k->entry);
  fray_text_printf(out, ",%s,%s", k->kind, k->key);
  put_real(out, k->value);
  fray_text_puts(out, ",");
  fray_text_csv(out, k->unit);
  fray_text_printf(out, ",%s", k->swept ? "yes" : "no");
  put_real(out, k->none);
  fray_text_printf(out, ",%d", k->worse);
  put_real(out, k->raw_moved);
  put_real(out, k->features_moved);
  put_real(out, k->asked);
  for (size_t m = 0; m < n_modalities; m++)
    for (size_t i = 0; i < FRAY_MOVED; i++)
      put_real(out, k->moved[m][i]);
  fray_text_puts(out, "\n");
}

static enum fray_status write_conditions(const struct assembly *a, struct fray_err *err) {
  struct fray_text text = {0};
  fray_results_header("conditions.csv", &a->of->words, &text);
  for (size_t i = 0; i < a->of->n_keys; i++)
    put_key(&text, &a->of->key[i], a->of->words.n_modalities);
  enum fray_status status = write_csv(a, "conditions.csv", &text, err);
  fray_text_free(&text);
  return status;
}

/* All tables come from the parts alone, so a resumed, merged or evaluated study gives the bytes of
 * one that ran through. */
static enum fray_status assemble(struct assembly *a, struct fray_err *err) {
  struct fray_text columns = {0};
  put_headers(a);
  for (size_t i = 0; i < a->of->n; i++) {
    const struct fray_assembly_trial *trial = &a->of->trial[i];
    a->attacked.config = trial->membership;
    FRAY_TRY(add_part(a, i, err));
    if (i + 1 == a->of->n || a->of->trial[i + 1].cell != trial->cell)
      FRAY_TRY(fray_membership_rows(&a->attacked, &a->membership, err));
  }
  FRAY_TRY(write_csv(a, "trials.csv", &a->trials, err));
  FRAY_TRY(write_csv(a, "scores.csv", &a->scores, err));
  FRAY_TRY(write_csv(a, "rounds.csv", &a->rounds, err));
  if (a->participation.size > a->header)
    FRAY_TRY(write_csv(a, "participation.csv", &a->participation, err));
  if (a->found.size > a->found_header)
    FRAY_TRY(write_csv(a, "found.csv", &a->found, err));
  if (a->influence.size > a->influence_header)
    FRAY_TRY(write_csv(a, "influence.csv", &a->influence, err));
  if (a->membership.size > a->membership_header)
    FRAY_TRY(write_csv(a, "membership.csv", &a->membership, err));
  if (a->secure.size > a->secure_header)
    FRAY_TRY(write_csv(a, "secure.csv", &a->secure, err));
  if (a->privacy.size > a->privacy_header)
    FRAY_TRY(write_csv(a, "privacy.csv", &a->privacy, err));
  FRAY_TRY(write_conditions(a, err));
  FRAY_TRY(fray_strengths_write(a->of->strength, a->of->n_strengths, a->folder, err));
  fray_results_columns(&columns);
  enum fray_status status = write_csv(a, "columns.csv", &columns, err);
  fray_text_free(&columns);
  return status;
}

/* Ledgers were written trial by trial, by several teams; here they get their lines. */
static enum fray_status list_ledgers(struct assembly *a, struct fray_err *err) {
  struct fray_checksum *sum;
  char path[4096];
  size_t n = 0;
  FRAY_ALLOC(sum, &a->arena, a->of->n + 1, err);
  for (size_t i = 0; i < a->of->n; i++) {
    char *name = fray_arena_printf(&a->arena, "ledgers/%s.csv", a->of->trial[i].name);
    FRAY_CHECK(name, err, MEMORY, "out of memory");
    FRAY_TRY(fray_folder_path(a->folder, name, path, err));
    if (a->of->trial[i].shares_ledger || !fray_file_exists(path))
      continue;
    sum[n].name = name;
    FRAY_TRY(fray_file_hash(path, sum[n++].hash, err));
  }
  return fray_checksums_promise(a->folder, sum, n, err);
}

/* results.h5 grows as a draft while rows are collected, so that one pass over the parts serves all
 * tables. */
enum fray_status fray_results_assemble(const struct fray_assembly *assembly, const char *folder,
                                       struct fray_err *err) {
  struct assembly a = {.of = assembly, .folder = folder, .part = -1, .next = -1};
  char path[4096];
  int n = snprintf(path, sizeof path, "%s/results.h5", folder);
  FRAY_CHECK(n > 0 && (size_t)n < sizeof path, err, INPUT, "path too long: %.80s...", folder);
  FRAY_TRY(fray_output_open(&a.results, path, err));
  a.results.listed_in = folder;
  enum fray_status status =
      fray_h5_put_attr_text(a.results.file, ".", "format", "fray-results", err);
  if (status == FRAY_OK)
    status = assemble(&a, err);
  fray_h5_close(a.part, NULL);
  fray_h5_close(a.next, NULL);
  status = fray_output_close(&a.results, status, err);
  if (status == FRAY_OK)
    status = list_ledgers(&a, err);
  fray_text_free(&a.trials);
  fray_text_free(&a.scores);
  fray_text_free(&a.rounds);
  fray_text_free(&a.participation);
  fray_text_free(&a.found);
  fray_text_free(&a.influence);
  fray_text_free(&a.membership);
  fray_membership_forget(&a.attacked);
  fray_text_free(&a.secure);
  fray_text_free(&a.privacy);
  fray_arena_free(&a.arena);
  return status;
}
