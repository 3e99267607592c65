/* One client's state as a file: a head that says whose it is, the vectors and what is kept by
 * sample, a hash of all. */
#include "state_file.h"

#include "fray/base/draft.h"
#include "fray/base/file.h"
#include "fray/base/hash.h"

#include <errno.h>
#include <string.h>

enum { MARK = 24 };
static const char format[MARK] = "fray-client-2\n";

enum { CLIENT, ROUND, VECTORS, TOTAL, SAMPLE_FLOATS, NUMBERS };
struct head {
  char format[MARK], trial[MARK];
  int64_t number[NUMBERS];
};

/* The whole head is compared on reading: a file that was renamed, or copied from another trial, is
 * whole and still not the state that is asked for. */
static struct head head_of(const struct fray_store_config *config, uint32_t client,
                           uint32_t round) {
  struct head head = {.number = {[CLIENT] = client,
                                 [ROUND] = round,
                                 [VECTORS] = (int64_t)config->vectors,
                                 [TOTAL] = (int64_t)config->total,
                                 [SAMPLE_FLOATS] = (int64_t)config->sample_floats}};
  memcpy(head.format, format, MARK);
  snprintf(head.trial, MARK, "%s", config->trial);
  return head;
}

/* A double: sums over all clients go beyond what a file can be. */
double state_file_bytes(const struct fray_store_config *config, double samples) {
  return (double)sizeof(struct head) + (double)sizeof(uint64_t) +
         (double)sizeof(float) * ((double)config->vectors * (double)config->total +
                                  (double)config->sample_floats * samples);
}

enum fray_status state_file_path(const struct fray_store_config *config, uint32_t client,
                                 uint32_t round, char path[4096], struct fray_err *err) {
  const int n = snprintf(path, 4096, "%s/%u-%u", config->folder, client, round);
  FRAY_CHECK(n > 0 && n < 4096, err, INPUT, "path too long: %.80s...", config->folder);
  return FRAY_OK;
}

/* Only names that a writer here would give: what else lies in the folder is nobody's to touch. */
bool state_file_name(const char *name, uint32_t *client, uint32_t *round) {
  int end = 0;
  char again[32];
  if (sscanf(name, "%9u-%9u%n", client, round, &end) != 2 || name[end])
    return false;
  snprintf(again, sizeof again, "%u-%u", *client, *round);
  return strcmp(again, name) == 0; /* no sign, no zeros in front */
}

/* The hash is over what is written, taken before: so a page that goes bad on the way to the disk
 * does not hide itself. */
static enum fray_status write_all(const struct fray_draft *draft, const struct head *head,
                                  const struct fray_store_config *config,
                                  const float *const *vectors, struct fray_err *err) {
  const uint32_t client = (uint32_t)head->number[CLIENT];
  struct fray_hash_state *state = fray_hash_begin();
  FRAY_CHECK(state, err, MEMORY, "out of memory");
  fray_hash_add(state, head, sizeof *head);
  for (size_t k = 0; k < fray_store_pieces(config); k++)
    fray_hash_add(state, vectors[k], fray_store_floats(config, client, k) * sizeof **vectors);
  const uint64_t hash = fray_hash_end(state);
  FRAY_TRY(fray_draft_write(draft, head, sizeof *head, err));
  for (size_t k = 0; k < fray_store_pieces(config); k++)
    FRAY_TRY(fray_draft_write(draft, vectors[k],
                              fray_store_floats(config, client, k) * sizeof **vectors, err));
  return fray_draft_write(draft, &hash, sizeof hash, err);
}

/* The folder is made where it is first needed, by whichever rank comes first; one that is there is
 * fine. */
enum fray_status state_file_write(const struct fray_store_config *config, uint32_t client,
                                  uint32_t round, const float *const *vectors,
                                  struct fray_err *err) {
  char path[4096];
  struct fray_draft draft;
  const struct head head = head_of(config, client, round);
  FRAY_TRY(fray_make_folders(config->folder, err));
  FRAY_TRY(state_file_path(config, client, round, path, err));
  FRAY_TRY(fray_draft_open(path, &draft, err));
  enum fray_status status = write_all(&draft, &head, config, vectors, err);
  if (status ==
      FRAY_OK) /* not synced: no checkpoint names it yet, and most are superseded before one does */
    status = fray_draft_publish(&draft, false, err);
  fray_draft_drop(&draft);
  return status;
}

/* Size alone: contents are read, and believed, when a client needs them. */
enum fray_status state_file_look(const struct fray_store_config *config, uint32_t client,
                                 uint32_t round, struct fray_err *err) {
  char path[4096];
  uint64_t bytes = 0;
  const double expected =
      state_file_bytes(config, config->sample_floats ? (double)config->samples[client] : 0);
  FRAY_TRY(state_file_path(config, client, round, path, err));
  FRAY_TRY(fray_file_size(path, &bytes, err));
  FRAY_CHECK((double)bytes == expected, err, INPUT, "%s: %llu bytes, not %.0f", path,
             (unsigned long long)bytes, expected);
  return FRAY_OK;
}

/* Straight into the caller's vectors, which it must not use unless all is well: states are large,
 * and a second copy would be one for each read. */
static bool read_all(FILE *file, const struct fray_store_config *config, uint32_t client,
                     struct head *head, float *const *vectors, struct fray_hash_state *state,
                     uint64_t *hash) {
  bool good = fread(head, 1, sizeof *head, file) == sizeof *head;
  fray_hash_add(state, head, sizeof *head);
  for (size_t k = 0; good && k < fray_store_pieces(config); k++) {
    const size_t bytes = fray_store_floats(config, client, k) * sizeof **vectors;
    good = fread(vectors[k], 1, bytes, file) == bytes;
    fray_hash_add(state, vectors[k], bytes);
  }
  return good && fread(hash, 1, sizeof *hash, file) == sizeof *hash;
}

enum fray_status state_file_read(const struct fray_store_config *config, uint32_t client,
                                 uint32_t round, float *const *vectors, struct fray_err *err) {
  char path[4096];
  struct head head = {0};
  uint64_t then = 0;
  const struct head expected = head_of(config, client, round);
  FRAY_TRY(state_file_look(config, client, round, err)); /* so that no size in it is believed */
  FRAY_TRY(state_file_path(config, client, round, path, err));
  struct fray_hash_state *state = fray_hash_begin();
  FRAY_CHECK(state, err, MEMORY, "out of memory");
  FILE *file = fopen(path, "rb"); /* it was there a moment ago; it may be gone */
  if (!file) {
    fray_hash_end(state);
    return fray_fail(err, FRAY_INPUT, "%s: %s", path, strerror(errno));
  }
  const bool whole = read_all(file, config, client, &head, vectors, state, &then);
  const uint64_t now = fray_hash_end(state);
  fclose(file);
  FRAY_CHECK(whole && now == then, err, INPUT, "%s: damaged: not the bytes that were written",
             path);
  FRAY_CHECK(memcmp(&head, &expected, sizeof head) == 0, err, INPUT,
             "%s: not the state of client %u after round %u", path, client, round);
  return FRAY_OK;
}

enum fray_status state_file_sync(const struct fray_store_config *config, uint32_t client,
                                 uint32_t round, struct fray_err *err) {
  char path[4096];
  FRAY_TRY(state_file_path(config, client, round, path, err));
  return fray_file_sync(path, err);
}

enum fray_status state_file_remove(const struct fray_store_config *config, uint32_t client,
                                   uint32_t round, struct fray_err *err) {
  char path[4096];
  FRAY_TRY(state_file_path(config, client, round, path, err));
  /* A file that is not there is no failure: a process may have been killed between removing and
   * saying so. */
  return fray_remove_tree(path, err);
}
