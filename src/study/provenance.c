/* Provenance: what ran, on what, from what. Times and hosts stand here and nowhere else. */
#include "internal.h"

#include "fray/base/file.h"
#include "fray/base/hash.h"
#include "fray/codec/words.h"
#include "fray/h5/h5.h"
#include "fray/json/json.h"
#include "fray/tensor/blas.h"
#include "fray/tensor/vec.h"

#include <gnu/libc-version.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#ifndef FRAY_VERSION
#define FRAY_VERSION "unknown"
#endif

/* The program's own bytes: a rebuilt program may round differently. */
static uint64_t program_hash(void) {
  FILE *file = fopen("/proc/self/exe", "rb");
  struct fray_hash_state *state = file ? fray_hash_begin() : NULL;
  char block[1 << 14];
  size_t n;
  while (state && (n = fread(block, 1, sizeof block, file)) > 0)
    fray_hash_add(state, block, n);
  if (file)
    fclose(file);
  return fray_hash_end(state);
}

uint64_t fray_numeric_environment(struct fray_text *description) {
  struct fray_text text = {0};
  fray_text_printf(&text, "fray %s %016llx; %s kernel %s; vectors %s; libc %s; %s", FRAY_VERSION,
                   (unsigned long long)program_hash(), fray_blas_version(), fray_blas_kernel(),
                   fray_vec_level(), gnu_get_libc_version(), fray_unicode_library());
  uint64_t hash = text.data ? fray_hash64(text.data, text.size) : 0;
  if (description && text.data)
    fray_text_puts(description, text.data);
  fray_text_free(&text);
  return hash;
}

enum fray_status fray_environment_agree(struct fray_comm *comm, struct fray_err *err) {
  FRAY_CHECK(fray_comm_same(comm, fray_numeric_environment(NULL)), err, INPUT,
             "the ranks have different numeric environments (program, OpenBLAS kernel, vector "
             "level or libc); run on machines of one kind, or pin OPENBLAS_CORETYPE on all");
  return FRAY_OK;
}

static void put_pair(struct fray_text *out, const char *key, const char *value, bool last) {
  fray_text_puts(out, "  ");
  fray_json_put_text(out, key);
  fray_text_puts(out, ": ");
  fray_json_put_text(out, value);
  fray_text_puts(out, last ? "" : ",\n");
}

static void put_value(struct fray_text *out, const fray_json *value);

static void put_members(struct fray_text *out, const fray_json *object) {
  void *at = NULL;
  const char *key;
  const fray_json *value;
  for (bool first = true; fray_json_next(object, &at, &key, &value); first = false) {
    fray_text_puts(out, first ? "{" : ", ");
    fray_json_put_text(out, key);
    fray_text_puts(out, ": ");
    put_value(out, value);
  }
  fray_text_puts(out, fray_json_size(object) ? "}" : "{}");
}

/* Any value but booleans, of which provenance has none, on one line. */
static void put_value(struct fray_text *out, const fray_json *value) {
  double number;
  if (fray_json_is_object(value)) {
    put_members(out, value);
  } else if (fray_json_is_array(value)) {
    for (size_t i = 0; i < fray_json_size(value); i++) {
      fray_text_puts(out, i ? ", " : "[");
      put_value(out, fray_json_at(value, i));
    }
    fray_text_puts(out, fray_json_size(value) ? "]" : "[]");
  } else if (fray_json_text(value)) {
    fray_json_put_text(out, fray_json_text(value));
  } else {
    fray_json_put_real(out, fray_json_real(value, &number) ? number : NAN);
  }
}

static void put_now(struct fray_text *out) {
  char text[64];
  time_t now = time(NULL);
  struct tm utc;
  gmtime_r(&now, &utc);
  strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc);
  fray_json_put_text(out, text);
}

/* The entries of "evaluations", one a line, then `fresh` if not NULL. */
static void put_evaluations(struct fray_text *out, const fray_json *old, const char *fresh) {
  size_t n = fray_json_is_array(old) ? fray_json_size(old) : 0;
  if (n == 0 && !fresh)
    return;
  fray_text_puts(out, ",\n  \"evaluations\": [\n");
  for (size_t i = 0; i < n; i++) {
    fray_text_puts(out, "    ");
    put_value(out, fray_json_at(old, i));
    fray_text_puts(out, i + 1 < n || fresh ? ",\n" : "\n");
  }
  if (fresh)
    fray_text_printf(out, "    %s\n", fresh);
  fray_text_puts(out, "  ]");
}

static void put_note(struct fray_text *out, const char *command, int ranks) {
  char host[256] = "";
  gethostname(host, sizeof host - 1);
  fray_text_puts(out, "{\"command\": ");
  fray_json_put_text(out, command ? command : "");
  fray_text_puts(out, ", \"started\": ");
  put_now(out);
  fray_text_puts(out, ", \"host\": ");
  fray_json_put_text(out, host);
  fray_text_printf(out, ", \"ranks\": \"%d\"}", ranks);
}

enum fray_status fray_provenance_note(const char *folder, const char *command, int ranks,
                                      struct fray_err *err) {
  struct fray_text out = {0}, note = {0};
  char path[4096];
  fray_json *root;
  void *at = NULL;
  const char *key;
  const fray_json *value;
  snprintf(path, sizeof path, "%s/provenance.json", folder);
  FRAY_TRY(fray_json_read(path, 1 << 20, &root, err));
  for (bool first = true; fray_json_next(root, &at, &key, &value);) {
    if (strcmp(key, "evaluations") == 0)
      continue;
    fray_text_puts(&out, first ? "{\n  " : ",\n  ");
    fray_json_put_text(&out, key);
    fray_text_puts(&out, ": ");
    put_value(&out, value);
    first = false;
  }
  put_note(&note, command, ranks);
  put_evaluations(&out, fray_json_get(root, "evaluations"), note.data);
  fray_text_puts(&out, "\n}\n");
  enum fray_status status = out.failed || note.failed
                                ? fray_fail(err, FRAY_MEMORY, "out of memory")
                                : fray_file_write(path, out.data, out.size, err);
  fray_json_free(root);
  fray_text_free(&note);
  fray_text_free(&out);
  return status;
}

/* A run that goes on keeps what is said of evaluations. */
static void keep_evaluations(struct fray_text *out, const char *path) {
  fray_json *root;
  if (!fray_file_exists(path) || fray_json_read(path, 1 << 20, &root, NULL) != FRAY_OK)
    return;
  put_evaluations(out, fray_json_get(root, "evaluations"), NULL);
  fray_json_free(root);
}

enum fray_status fray_provenance_write(const struct fray_study *study,
                                       const struct fray_session *session,
                                       const struct fray_run_options *options, int ranks,
                                       const char *folder, struct fray_err *err) {
  struct fray_text out = {0}, environment = {0};
  char path[4096], number[64], host[256] = "";
  uint64_t hash = fray_numeric_environment(&environment);
  gethostname(host, sizeof host - 1);
  time_t now = time(NULL);
  struct tm utc;
  gmtime_r(&now, &utc);
  fray_text_puts(&out, "{\n");
  put_pair(&out, "program", "fray " FRAY_VERSION, false);
  put_pair(&out, "study", study->name, false);
  put_pair(&out, "command", options->command ? options->command : "", false);
  strftime(number, sizeof number, "%Y-%m-%dT%H:%M:%SZ", &utc);
  put_pair(&out, "started", number, false);
  put_pair(&out, "host", host, false);
  snprintf(number, sizeof number, "%d", ranks);
  put_pair(&out, "ranks", number, false);
  put_pair(&out, "mpi", fray_comm_version(), false);
  put_pair(&out, "hdf5", fray_h5_version(), false);
  put_pair(&out, "data", session->dataset->name, false);
  put_pair(&out, "data_licence", session->dataset->licence, false);
  snprintf(number, sizeof number, "%016llx", (unsigned long long)session->dataset->index_hash);
  put_pair(&out, "data_index_hash", number, false);
  snprintf(number, sizeof number, "%zu", fray_dataset_dev_overlaps(session->dataset));
  put_pair(&out, "dev_windows_beside_training", number, false);
  put_pair(&out, "numeric_environment", environment.data ? environment.data : "", false);
  snprintf(number, sizeof number, "%016llx", (unsigned long long)hash);
  put_pair(&out, "numeric_environment_hash", number, true);
  snprintf(path, sizeof path, "%s/provenance.json", folder);
  keep_evaluations(&out, path);
  fray_text_puts(&out, "\n}\n");
  enum fray_status status = out.failed ? fray_fail(err, FRAY_MEMORY, "out of memory")
                                       : fray_file_write(path, out.data, out.size, err);
  fray_text_free(&environment);
  fray_text_free(&out);
  return status;
}

/* On a full disk there is room for no second file, but this one has its block already. */
static bool write_in_place(const char *path, const struct fray_text *text) {
  FILE *file = fopen(path, "r+b");
  if (!file)
    return false;
  bool good = fwrite(text->data, 1, text->size, file) == text->size && fflush(file) == 0 &&
              ftruncate(fileno(file), (off_t)text->size) == 0;
  return fclose(file) == 0 && good;
}

enum fray_status fray_state_write(const char *folder, const char *state, struct fray_err *err) {
  char path[4096];
  struct fray_text text = {0};
  snprintf(path, sizeof path, "%s/state", folder);
  fray_text_printf(&text, "%s\n", state);
  enum fray_status status = fray_file_write(path, text.data, text.size, err);
  if (status == FRAY_IO && write_in_place(path, &text))
    status = FRAY_OK;
  fray_text_free(&text);
  return status;
}

void fray_state_end(const char *folder, const struct fray_err *why) {
  char text[2048];
  snprintf(text, sizeof text, "%s: %s", why->status == FRAY_STOPPED ? "interrupted" : "failed",
           why->text);
  fray_state_write(folder, text, NULL);
}
