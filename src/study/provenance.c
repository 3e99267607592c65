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

static void put_pair(struct fray_text *out, const char *key, const char *value, bool last) {
  fray_text_puts(out, "  ");
  fray_json_put_text(out, key);
  fray_text_puts(out, ": ");
  fray_json_put_text(out, value);
  fray_text_puts(out, last ? "\n" : ",\n");
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
  fray_text_puts(&out, "}\n");
  snprintf(path, sizeof path, "%s/provenance.json", folder);
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
