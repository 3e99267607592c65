/* Provenance: what ran, on what, from what. Times and hosts stand here and nowhere else. */
#include "data_sets.h"
#include "folder.h"
#include "sources.h"
#include "status.h"

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

/* Any value, on one line. */
static void put_value(struct fray_text *out, const fray_json *value) {
  double number;
  bool truth;
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
  } else if (fray_json_bool(value, &truth)) {
    fray_text_puts(out, truth ? "true" : "false");
  } else {
    fray_json_put_real(out, fray_json_real(value, &number) ? number : NAN);
  }
}

/* The entries of a list of what was done, one a line, then `fresh` if not NULL. */
static void put_list(struct fray_text *out, const char *name, const fray_json *old,
                     const char *fresh) {
  size_t n = fray_json_is_array(old) ? fray_json_size(old) : 0;
  if (n == 0 && !fresh)
    return;
  fray_text_printf(out, ",\n  \"%s\": [\n", name);
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
  fray_status_put_now(out);
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
  FRAY_TRY(fray_json_read(path, PROVENANCE_BYTES, &root, err));
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
  put_list(&out, "evaluations", fray_json_get(root, "evaluations"), note.data);
  fray_text_puts(&out, "\n}\n");
  enum fray_status status = out.failed || note.failed
                                ? fray_fail(err, FRAY_MEMORY, "out of memory")
                                : fray_folder_put(folder, "provenance.json", &out, err);
  fray_json_free(root);
  fray_text_free(&note);
  fray_text_free(&out);
  return status;
}

/* A run that goes on keeps what is said of evaluations, and of folders that were merged. */
static enum fray_status keep_lists(struct fray_text *out, const char *path, struct fray_err *err) {
  fray_json *root;
  if (!fray_file_exists(path))
    return FRAY_OK;
  FRAY_TRY(fray_json_read(path, PROVENANCE_BYTES, &root, err));
  put_list(out, "merged", fray_json_get(root, "merged"), NULL);
  put_list(out, "evaluations", fray_json_get(root, "evaluations"), NULL);
  fray_json_free(root);
  return FRAY_OK;
}

/* What all provenance begins with: who was asked to do what, when and where. */
static void put_call(struct fray_text *out, const struct fray_study *study, const char *command,
                     int ranks) {
  char number[64], host[256] = "";
  gethostname(host, sizeof host - 1);
  fray_text_puts(out, "{\n");
  put_pair(out, "program", "fray " FRAY_VERSION, false);
  put_pair(out, "study", study->name, false);
  put_pair(out, "command", command ? command : "", false);
  fray_text_puts(out, "  \"started\": ");
  fray_status_put_now(out);
  fray_text_puts(out, ",\n");
  put_pair(out, "host", host, false);
  snprintf(number, sizeof number, "%d", ranks);
  put_pair(out, "ranks", number, false);
  put_pair(out, "mpi", fray_comm_version(), false);
  put_pair(out, "hdf5", fray_h5_version(), false);
}

static void put_data(struct fray_text *out, const struct fray_dataset *data) {
  char number[64];
  put_pair(out, "data", data->name, false);
  put_pair(out, "data_licence", data->licence, false);
  snprintf(number, sizeof number, "%016llx", (unsigned long long)data->index_hash);
  put_pair(out, "data_index_hash", number, false);
  snprintf(number, sizeof number, "%zu", fray_dataset_dev_overlaps(data));
  put_pair(out, "dev_windows_beside_training", number, false);
}

static void put_data_sets(struct fray_text *out, const struct fray_study *study) {
  fray_text_puts(out, ",\n  \"data_sets\": ");
  fray_data_sets_put(study->data, out);
}

static enum fray_status write_provenance(const char *folder, struct fray_text *out,
                                         struct fray_err *err) {
  fray_text_puts(out, "\n}\n");
  return fray_folder_put(folder, "provenance.json", out, err);
}

enum fray_status fray_provenance_write(const struct fray_study *study,
                                       const struct fray_session *session,
                                       const struct fray_run_options *options, int ranks,
                                       const char *folder, struct fray_err *err) {
  struct fray_text out = {0}, environment = {0};
  char path[4096], number[64];
  uint64_t hash = fray_numeric_environment(&environment);
  put_call(&out, study, options->command, ranks);
  put_data(&out, session->dataset);
  put_pair(&out, "numeric_environment", environment.data ? environment.data : "", false);
  snprintf(number, sizeof number, "%016llx", (unsigned long long)hash);
  put_pair(&out, "numeric_environment_hash", number, true);
  put_data_sets(&out, study);
  snprintf(path, sizeof path, "%s/provenance.json", folder);
  enum fray_status status = keep_lists(&out, path, err);
  if (status == FRAY_OK)
    status = write_provenance(folder, &out, err);
  fray_text_free(&environment);
  fray_text_free(&out);
  return status;
}

/* One environment as text, several as a list; which: its hash, or its description. */
static void put_environments(struct fray_text *out, const char *key,
                             const struct fray_environment *environment, size_t n, bool hash) {
  fray_text_printf(out, "  \"%s\": %s", key, n == 1 ? "" : "[");
  for (size_t i = 0; i < n; i++) {
    fray_text_puts(out, i ? ", " : "");
    fray_json_put_text(out, hash ? environment[i].hash : environment[i].text);
  }
  fray_text_puts(out, n == 1 ? "" : "]");
}

/* What made a folder: of one that was merged, what made those before it. */
static void put_source(struct fray_text *out, const struct fray_source *source, bool *first) {
  static const char *const kept[] = {"program", "command", "started", "host",
                                     "ranks",   "mpi",     "hdf5",    "numeric_environment_hash"};
  const fray_json *before = fray_json_get(source->provenance, "merged");
  size_t n = fray_json_is_array(before) ? fray_json_size(before) : 0;
  for (size_t i = 0; i < n; i++, *first = false) {
    fray_text_puts(out, *first ? "\n    " : ",\n    ");
    put_value(out, fray_json_at(before, i));
  }
  if (n)
    return;
  fray_text_puts(out, *first ? "\n    {\"folder\": " : ",\n    {\"folder\": ");
  fray_json_put_text(out, source->folder);
  for (size_t k = 0; k < sizeof kept / sizeof *kept; k++) {
    const fray_json *value = fray_json_get(source->provenance, kept[k]);
    if (!value)
      continue;
    fray_text_printf(out, ", \"%s\": ", kept[k]);
    put_value(out, value);
  }
  fray_text_puts(out, "}");
  *first = false;
}

/* The evaluations of all folders, one after another. */
static void put_all_evaluations(struct fray_text *out, const struct fray_source *source, size_t n) {
  bool first = true;
  for (size_t s = 0; s < n; s++) {
    const fray_json *list = fray_json_get(source[s].provenance, "evaluations");
    for (size_t i = 0; fray_json_is_array(list) && i < fray_json_size(list); i++, first = false) {
      fray_text_puts(out, first ? ",\n  \"evaluations\": [\n    " : ",\n    ");
      put_value(out, fray_json_at(list, i));
    }
  }
  fray_text_puts(out, first ? "" : "\n  ]");
}

enum fray_status fray_provenance_merge(const struct fray_source *source, size_t n,
                                       const struct fray_environment *environment,
                                       size_t n_environments, const struct fray_study *study,
                                       const struct fray_session *session, const char *command,
                                       const char *folder, struct fray_err *err) {
  struct fray_text out = {0};
  bool first = true;
  put_call(&out, study, command, 1);
  put_data(&out, session->dataset);
  put_environments(&out, "numeric_environment", environment, n_environments, false);
  fray_text_puts(&out, ",\n");
  put_environments(&out, "numeric_environment_hash", environment, n_environments, true);
  if (n_environments > 1)
    fray_text_puts(&out, ",\n  \"mixed\": true");
  put_data_sets(&out, study);
  fray_text_puts(&out, ",\n  \"merged\": [");
  for (size_t s = 0; s < n; s++)
    put_source(&out, &source[s], &first);
  fray_text_puts(&out, "\n  ]");
  put_all_evaluations(&out, source, n);
  enum fray_status status = write_provenance(folder, &out, err);
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
  enum fray_status status = fray_file_write_last(path, text.data, text.size, err);
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
