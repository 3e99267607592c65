/* status.json: how far a run is, written by its rank 0 and read by anybody who looks on; and the
 * file `state`: how a run stands, or ended.
 *
 * Written beside and renamed, every few seconds: a reader never sees half of it. */
#include "fray/results/run_status.h"

#include "fray/base/deeds.h"
#include "fray/base/file.h"
#include "fray/base/size.h"
#include "fray/base/utf8.h"
#include "fray/json/json.h"
#include "fray/results/folder.h"
#include "fray/results/run_state.h"

#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* UTC, so that hosts of a run agree. */
void fray_time_text(int64_t seconds, char out[32]) {
  time_t time = (time_t)seconds;
  struct tm utc;
  if (!gmtime_r(&time, &utc) || strftime(out, 32, "%Y-%m-%dT%H:%M:%SZ", &utc) == 0)
    *out = '\0';
}

void fray_put_now(struct fray_text *out) {
  char text[32];
  fray_time_text(time(NULL), text);
  fray_json_put_text(out, text);
}

/* Written by the list that the reader uses, so that no member can be missing on one side. */
void fray_run_status_put(struct fray_text *out, const struct fray_run_status *s, const char *time) {
  fray_text_puts(out, "\"state\": ");
  fray_json_put_text(out, s->state);
  fray_json_add_text(out, "study", s->name);
  fray_json_add_text(out, "time", time);
#define PUT_COUNT fray_json_add_count
#define PUT_REAL fray_json_add_real
#define PUT(kind, field, name) PUT_##kind(out, name, s->field);
  FRAY_RUN_STATUS_NUMBERS(PUT)
}

enum fray_status fray_run_status_write(const char *folder, const struct fray_run_status *s,
                                       struct fray_err *err) {
  struct fray_text out = {0};
  char path[4096], now[32];
  FRAY_TRY(fray_folder_path(folder, "status.json", path, err));
  /* The only clock that people share with the machine. */
  fray_time_text(time(NULL), now);
  fray_text_puts(&out, "{");
  fray_run_status_put(&out, s, now);
  fray_text_puts(&out, "}\n");
  enum fray_status status = out.failed ? fray_fail(err, FRAY_MEMORY, "out of memory")
                                       : fray_file_replace(path, out.data, out.size, err);
  fray_text_free(&out);
  return status;
}

static size_t get_count(const fray_json *root, const char *key) {
  int64_t value;
  return fray_json_int(fray_json_get(root, key), &value) && value > 0 ? (size_t)value : 0;
}

static double get_real(const fray_json *root, const char *key) {
  double value;
  return fray_json_real(fray_json_get(root, key), &value) ? value : NAN;
}

static void get_words(const fray_json *root, const char *key, char *out, size_t size) {
  const char *text = fray_json_text(fray_json_get(root, key));
  snprintf(out, size, "%s", text ? text : "");
  out[fray_utf8_valid(out, strlen(out))] = '\0'; /* where it was cut */
}

/* Numbers of other kinds than expected read as unknown: a newer program may have written them
 * otherwise. */
enum fray_status fray_run_status_read(const char *folder, struct fray_run_status_file *out,
                                      bool *found, struct fray_err *err) {
  char path[4096];
  fray_json *root;
  *found = false;
  FRAY_TRY(fray_folder_path(folder, "status.json", path, err));
  if (!fray_file_exists(path))
    return FRAY_OK;
  FRAY_TRY(fray_json_read(path, 1 << 20, &root, err));
  get_words(root, "state", out->state, sizeof out->state);
  get_words(root, "study", out->name, sizeof out->name);
  get_words(root, "time", out->time, sizeof out->time);
  out->status = (struct fray_run_status){.state = out->state, .name = out->name};
#define GET_COUNT get_count
#define GET_REAL get_real
#define GET(kind, field, name) out->status.field = GET_##kind(root, name);
  FRAY_RUN_STATUS_NUMBERS(GET)
  /* Without a state it is some other JSON. */
  *found = fray_json_text(fray_json_get(root, "state")) != NULL;
  fray_json_free(root);
  FRAY_CHECK(*found, err, INPUT, "%s is no status of a study", path);
  return FRAY_OK;
}

/* The file `state` says what the run knew of itself. That a run which says "running" is still
 * there, only its lock can tell. */

/* On a full disk there is room for no second file, but this one has its block already. */
static bool write_in_place(const char *path, const struct fray_text *text) {
  int file = open(path, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
  if (file < 0)
    return false;
  bool good = write(file, text->data, text->size) == (ssize_t)text->size &&
              ftruncate(file, (off_t)text->size) == 0;
  return close(file) == 0 && good;
}

/* Who says that it is at work fills the folder, for the manifest at its end. What still says so
 * now, or that it failed, is of one that came to no such end. */
static void note_work(const char *folder, const char *path, const char *state) {
  struct fray_text was = {0};
  if (strcmp(state, "running") != 0)
    return;
  const bool begun = fray_file_read(path, 1 << 16, &was, NULL) == FRAY_OK &&
                     (strncmp(was.data, "running", 7) == 0 || strncmp(was.data, "failed", 6) == 0);
  fray_deed(begun ? FRAY_DEED_BEGUN : FRAY_DEED_STUDY, folder);
  fray_text_free(&was);
}

/* The folder may have been moved while the run was at work: the lock says where it is now. */
enum fray_status fray_state_write(const char *folder, const char *state, struct fray_err *err) {
  char path[4096], where[4096];
  struct fray_text text = {0};
  FRAY_CHECK(fray_lock_where(folder, where), err, IO, "%s was removed", folder);
  FRAY_TRY(fray_folder_path(where, "state", path, err));
  note_work(folder, path, state);
  fray_text_printf(&text, "%s\n", state);
  enum fray_status status = fray_file_write_last(path, text.data, text.size, err);
  if (status == FRAY_IO && write_in_place(path, &text))
    status = FRAY_OK;
  fray_text_free(&text);
  return status;
}

/* A word alone, or with what the run said of it. */
bool fray_state_is_known(const char *text) {
  static const char *const words[] = {"running", "interrupted", "done", "failed"};
  for (size_t i = 0; i < FRAY_COUNT(words); i++) {
    const size_t n = strlen(words[i]);
    if (strncmp(text, words[i], n) == 0 && (text[n] == 0 || strchr(":;, \r\n", text[n])))
      return true;
  }
  return false;
}

/* The folder itself is blamed first where it is gone: what failed on the way is then only a
 * consequence. */
void fray_state_end(const char *folder, struct fray_err *why) {
  char text[2048];
  fray_lock_blame(folder, why);
  snprintf(text, sizeof text, "%s: %s", why->status == FRAY_STOPPED ? "interrupted" : "failed",
           why->text);
  fray_state_write(folder, text, NULL);
}
