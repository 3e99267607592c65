/* Provenance: what ran, on what, from what. Times and hosts stand here and nowhere else. */

#include "fray/results/provenance.h"

#include "fray/base/file.h"
#include "fray/base/version.h"
#include "fray/comm/comm.h"
#include "fray/data/shard_leaks.h"
#include "fray/feature/features.h"
#include "fray/h5/h5.h"
#include "fray/json/json.h"
#include "fray/model/model.h"
#include "fray/results/folder.h"
#include "fray/results/run_status.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static void put_pair(struct fray_text *out, const char *key, const char *value, bool last) {
  fray_text_puts(out, "  ");
  fray_json_put_text(out, key);
  fray_text_puts(out, ": ");
  fray_json_put_text(out, value);
  fray_text_puts(out, last ? "" : ",\n");
}

static void put_value(struct fray_text *out, const fray_json *value);

/* JSON that others wrote into the file is passed on as it is: nothing of what was noted gets lost.
 */
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

/* Host and time stand here and nowhere else: tables of two machines must be equal as files. */
static void put_note(struct fray_text *out, const char *command, int ranks) {
  char host[256] = "";
  gethostname(host, sizeof host - 1);
  fray_text_puts(out, "{\"command\": ");
  fray_json_put_text(out, command ? command : "");
  fray_text_puts(out, ", \"started\": ");
  fray_put_now(out);
  fray_text_puts(out, ", \"host\": ");
  fray_json_put_text(out, host);
  fray_text_printf(out, ", \"ranks\": \"%d\"}", ranks);
}

static bool is_of_environment(const char *key) {
  return strncmp(key, "numeric_environment", strlen("numeric_environment")) == 0 ||
         strcmp(key, "mixed") == 0;
}

/* Those that a folder's provenance names, and this one. root NULL: of a new folder. */
static enum fray_status put_environments(struct fray_text *out, const fray_json *root,
                                         const char *folder,
                                         const struct fray_environment_here *here,
                                         struct fray_err *err) {
  struct fray_arena arena = {0};
  struct fray_environment *list = NULL;
  size_t n = 0;
  const enum fray_status status =
      root ? fray_environments_add(root, folder, &arena, &list, &n, err) : FRAY_OK;
  if (status == FRAY_OK)
    fray_environments_put(out, list, n, here);
  fray_arena_free(&arena);
  return status;
}

/* The whole file is written anew, with the note at the end of its list: a file that is appended to
 * could be cut off in the middle. */
enum fray_status fray_provenance_note(const char *folder, const char *command, int ranks,
                                      const struct fray_environment_here *here,
                                      struct fray_err *err) {
  struct fray_text out = {0}, note = {0};
  char path[4096];
  fray_json *root;
  void *at = NULL;
  const char *key;
  const fray_json *value;
  FRAY_TRY(fray_folder_path(folder, "provenance.json", path, err));
  FRAY_TRY(fray_json_read(path, FRAY_PROVENANCE_BYTES, &root, err));
  fray_text_puts(&out, "{\n");
  enum fray_status status = put_environments(&out, root, folder, here, err);
  for (bool first = true; fray_json_next(root, &at, &key, &value);) {
    /* These are written by themselves, with what is new. */
    if (strcmp(key, "evaluations") == 0 || is_of_environment(key))
      continue;
    fray_text_puts(&out, first ? "  " : ",\n  ");
    fray_json_put_text(&out, key);
    fray_text_puts(&out, ": ");
    put_value(&out, value);
    first = false;
  }
  put_note(&note, command, ranks);
  put_list(&out, "evaluations", fray_json_get(root, "evaluations"), note.data);
  fray_text_puts(&out, "\n}\n");
  if (status == FRAY_OK && (out.failed || note.failed))
    status = fray_fail(err, FRAY_MEMORY, "out of memory");
  if (status == FRAY_OK)
    status = fray_folder_put(folder, "provenance.json", &out, err);
  fray_json_free(root);
  fray_text_free(&note);
  fray_text_free(&out);
  return status;
}

/* A run that goes on keeps what is said of evaluations, and of folders that were merged. */
static void keep_lists(struct fray_text *out, const fray_json *root) {
  put_list(out, "merged", fray_json_get(root, "merged"), NULL);
  put_list(out, "evaluations", fray_json_get(root, "evaluations"), NULL);
}

/* What all provenance begins with: who was asked to do what, when and where. */
static void put_call(struct fray_text *out, const struct fray_provenance *run) {
  char number[64], host[256] = "";
  gethostname(host, sizeof host - 1);
  fray_text_puts(out, "{\n");
  snprintf(number, sizeof number, "fray %s", fray_version);
  put_pair(out, "program", number, false);
  put_pair(out, "study", run->study, false);
  put_pair(out, "command", run->command ? run->command : "", false);
  fray_text_puts(out, "  \"started\": ");
  fray_put_now(out);
  fray_text_puts(out, ",\n");
  put_pair(out, "host", host, false);
  snprintf(number, sizeof number, "%d", run->ranks);
  put_pair(out, "ranks", number, false);
  put_pair(out, "compiler", run->here->compiler, false);
  put_pair(out, "mpi", fray_comm_version(), false);
  put_pair(out, "hdf5", fray_h5_version(), false);
}

/* Content that is there twice, where the shards say how often. */
static void put_leaks(struct fray_text *out, const struct fray_dataset *data) {
  struct fray_leaks leaks;
  fray_dataset_leaks(data, &leaks);
  const double count[] = {leaks.train_and_test, leaks.two_clients, leaks.two_classes};
  for (size_t i = 0; fray_leak_names[i]; i++) {
    char number[64];
    if (!(count[i] >= 0))
      continue;
    snprintf(number, sizeof number, "%.0f", count[i]);
    put_pair(out, fray_leak_names[i], number, false);
  }
}

static void put_data(struct fray_text *out, const struct fray_provenance *run) {
  const struct fray_dataset *data = run->dataset;
  char number[64];
  put_pair(out, "data", data->name, false);
  put_pair(out, "data_licence", data->licence, false);
  snprintf(number, sizeof number, "%016llx",
           (unsigned long long)fray_data_sets_index(run->data, data));
  put_pair(out, "data_index_hash", number, false);
  snprintf(number, sizeof number, "%zu", fray_dataset_dev_overlaps(data));
  put_leaks(out, data);
  put_pair(out, "dev_windows_beside_training", number, true);
}

static void put_data_sets(struct fray_text *out, const struct fray_provenance *run) {
  fray_text_puts(out, ",\n  \"data_sets\": ");
  fray_data_sets_put(run->data, out);
}

/* What a modality is encoded with where the scenario names nothing, in the order of the data: who
 * reads the results need not know which program prefers what. */
static void put_encoders(struct fray_text *out, const struct fray_provenance *run) {
  fray_text_puts(out, ",\n  \"default_encoders\": {");
  for (size_t m = 0; run->features && m < run->dataset->n_modalities; m++) {
    const struct fray_choice *encoder =
        fray_model_default_encoder(fray_features_shape(run->features, m)->kind);
    fray_text_puts(out, m ? ", " : "");
    fray_json_put_text(out, run->dataset->modality[m].name);
    fray_text_puts(out, ": ");
    fray_json_put_text(out, encoder ? encoder->name : "");
  }
  fray_text_puts(out, "}");
}

/* Models of other studies that this one goes on with: the beginning of the chain stands there. */
static void put_starts(struct fray_text *out, const struct fray_provenance *run) {
  if (run->starts.size)
    fray_text_printf(out, ",\n  \"starts\": %s", run->starts.data);
}

static enum fray_status write_provenance(const char *folder, struct fray_text *out,
                                         struct fray_err *err) {
  fray_text_puts(out, "\n}\n");
  return fray_folder_put(folder, "provenance.json", out, err);
}

enum fray_status fray_provenance_write(const struct fray_provenance *run, const char *folder,
                                       struct fray_err *err) {
  struct fray_text out = {0};
  char path[4096];
  fray_json *root = NULL; /* of the run that is gone on with */
  FRAY_TRY(fray_folder_path(folder, "provenance.json", path, err));
  if (fray_file_exists(path))
    FRAY_TRY(fray_json_read(path, FRAY_PROVENANCE_BYTES, &root, err));
  put_call(&out, run);
  enum fray_status status = put_environments(&out, root, folder, run->here, err);
  put_data(&out, run);
  put_data_sets(&out, run);
  put_encoders(&out, run);
  put_starts(&out, run);
  keep_lists(&out, root);
  if (status == FRAY_OK)
    status = write_provenance(folder, &out, err);
  fray_json_free(root);
  fray_text_free(&out);
  return status;
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
  /* What was merged before stands for its folder, which may be gone. */
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

/* Only one list says what made the parts; of a folder that was merged before, its entries are taken
 * over. */
enum fray_status fray_provenance_merge(const struct fray_provenance *run,
                                       const struct fray_source *source, size_t n,
                                       const struct fray_environment *environment,
                                       size_t n_environments, const char *folder,
                                       struct fray_err *err) {
  struct fray_text out = {0};
  bool first = true;
  put_call(&out, run);
  fray_environments_put(&out, environment, n_environments, NULL);
  put_data(&out, run);
  put_data_sets(&out, run);
  put_encoders(&out, run);
  put_starts(&out, run);
  fray_text_puts(&out, ",\n  \"merged\": [");
  for (size_t s = 0; s < n; s++)
    put_source(&out, &source[s], &first);
  fray_text_puts(&out, "\n  ]");
  put_all_evaluations(&out, source, n);
  enum fray_status status = write_provenance(folder, &out, err);
  fray_text_free(&out);
  return status;
}

/* Of the first data set: a study has one, of which controls take a part. */
static const fray_json *classes_of(const fray_json *root) {
  const fray_json *sets = root ? fray_json_get(root, "data_sets") : NULL;
  const fray_json *first = fray_json_is_array(sets) ? fray_json_at(sets, 0) : NULL;
  const fray_json *list = first ? fray_json_get(first, "classes") : NULL;
  return fray_json_is_array(list) && fray_json_size(list) ? list : NULL;
}

/* The message names one class: which of two lists is the wrong one is for people to say. */
enum fray_status fray_provenance_same_classes(const fray_json *a, const char *folder_a,
                                              const fray_json *b, const char *folder_b, bool *known,
                                              struct fray_err *err) {
  const fray_json *mine = classes_of(a), *other = classes_of(b);
  *known = mine && other;
  if (!*known)
    return FRAY_OK;
  const size_t n = fray_json_size(mine), m = fray_json_size(other);
  FRAY_CHECK(n == m, err, INPUT, "%s: %zu classes, and %s has %zu: they are no results of one task",
             folder_b, m, folder_a, n);
  for (size_t c = 0; c < n; c++) {
    const char *one = fray_json_text(fray_json_at(mine, c));
    const char *two = fray_json_text(fray_json_at(other, c));
    FRAY_CHECK(one && two && strcmp(one, two) == 0, err, INPUT,
               "%s: class %zu is '%.60s', and of %s '%.60s': they are no results of one task",
               folder_b, c, two ? two : "?", folder_a, one ? one : "?");
  }
  return FRAY_OK;
}
