/* What a study says of itself while it runs: status.json and JSON lines. */
#include "status.h"

#include "folder.h"
#include "fray/base/file.h"
#include "fray/base/size.h"
#include "fray/base/utf8.h"
#include "fray/json/json.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

void fray_cell_text(const struct fray_study *study, const struct fray_cell *cell, char *out,
                    size_t size) {
  size_t used = (size_t)snprintf(out, size, "%s%s", cell->control, *cell->control ? " " : "");
  for (size_t k = 0; k < study->n_keys && used < size; k++)
    used += (size_t)snprintf(out + used, size - used, "%s=%s ", study->key[k], cell->value[k]);
  for (char *p = out; *p; p++)
    *p = *p == '\n' ? '?' : *p;                  /* it stands in a line of its own */
  out[fray_utf8_valid(out, strlen(out))] = '\0'; /* where it was cut */
}

void fray_status_time(int64_t seconds, char out[32]) {
  time_t time = (time_t)seconds;
  struct tm utc;
  if (!gmtime_r(&time, &utc) || strftime(out, 32, "%Y-%m-%dT%H:%M:%SZ", &utc) == 0)
    *out = '\0';
}

void fray_status_put_now(struct fray_text *out) {
  char text[32];
  fray_status_time(time(NULL), text);
  fray_json_put_text(out, text);
}

static void put_key(struct fray_text *out, const char *key) {
  fray_text_puts(out, ", ");
  fray_json_put_text(out, key);
  fray_text_puts(out, ": ");
}

void fray_status_put(struct fray_text *out, const struct fray_study_status *s, const char *time) {
  fray_text_puts(out, "\"state\": ");
  fray_json_put_text(out, s->state);
  fray_json_add_text(out, "study", s->name);
  fray_json_add_text(out, "time", time);
  fray_json_add_count(out, "ranks", (size_t)s->ranks);
  fray_json_add_count(out, "teams", (size_t)s->teams);
  fray_json_add_count(out, "trials", s->trials);
  fray_json_add_count(out, "kept", s->kept);
  fray_json_add_count(out, "done", s->done);
  fray_json_add_count(out, "running", s->running);
  fray_json_add_count(out, "diverged", s->diverged);
  fray_json_add_real(out, "rounds_done", s->rounds_done);
  fray_json_add_real(out, "rounds_left", s->rounds_left);
  fray_json_add_real(out, "rounds_per_second", s->rounds_per_second);
  fray_json_add_real(out, "elapsed_seconds", s->elapsed);
  fray_json_add_real(out, "left_seconds", s->left);
  fray_json_add_real(out, "busy", s->busy);
}

enum fray_status fray_status_write(const char *folder, const struct fray_study_status *s,
                                   struct fray_err *err) {
  struct fray_text out = {0};
  char path[4096], now[32];
  FRAY_TRY(fray_folder_path(folder, "status.json", path, err));
  fray_status_time(time(NULL), now);
  fray_text_puts(&out, "{");
  fray_status_put(&out, s, now);
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

enum fray_status fray_status_read(const char *folder, struct fray_status_file *out, bool *found,
                                  struct fray_err *err) {
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
  out->status =
      (struct fray_study_status){.state = out->state,
                                 .name = out->name,
                                 .ranks = (int)FRAY_MIN(get_count(root, "ranks"), (size_t)INT_MAX),
                                 .teams = (int)FRAY_MIN(get_count(root, "teams"), (size_t)INT_MAX),
                                 .trials = get_count(root, "trials"),
                                 .kept = get_count(root, "kept"),
                                 .done = get_count(root, "done"),
                                 .diverged = get_count(root, "diverged"),
                                 .running = get_count(root, "running"),
                                 .rounds_done = get_real(root, "rounds_done"),
                                 .rounds_left = get_real(root, "rounds_left"),
                                 .rounds_per_second = get_real(root, "rounds_per_second"),
                                 .elapsed = get_real(root, "elapsed_seconds"),
                                 .left = get_real(root, "left_seconds"),
                                 .busy = get_real(root, "busy")};
  *found = fray_json_text(fray_json_get(root, "state")) != NULL;
  fray_json_free(root);
  FRAY_CHECK(*found, err, INPUT, "%s is no status of a study", path);
  return FRAY_OK;
}

struct fray_metrics_log {
  const struct fray_study *study;
  int file;
  char *path; /* for messages */
  struct fray_text line;
};

enum fray_status fray_metrics_open(const char *path, const struct fray_study *study,
                                   struct fray_metrics_log **out, struct fray_err *err) {
  const bool is_stdout = strcmp(path, "-") == 0;
  struct fray_metrics_log *log = calloc(1, sizeof *log);
  FRAY_CHECK(log, err, MEMORY, "out of memory");
  *log = (struct fray_metrics_log){
      .study = study, .file = -1, .path = strdup(is_stdout ? "the standard output" : path)};
  enum fray_status status = log->path ? FRAY_OK : fray_fail(err, FRAY_MEMORY, "out of memory");
  if (status == FRAY_OK) {
    log->file =
        is_stdout ? STDOUT_FILENO : open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (log->file < 0)
      status =
          fray_fail(err, FRAY_INPUT, "cannot write the metrics to %s: %s", path, strerror(errno));
  }
  if (status != FRAY_OK) {
    fray_metrics_close(log, NULL);
    return status;
  }
  *out = log;
  return FRAY_OK;
}

/* What every line begins with. */
static void begin_line(struct fray_metrics_log *log, const char *event, size_t trial,
                       const char *name) {
  const struct fray_study *study = log->study;
  const struct fray_cell *cell = &study->cell[study->trial[trial].cell];
  struct fray_text *out = &log->line;
  out->size = 0;
  fray_text_puts(out, "{\"event\": ");
  fray_json_put_text(out, event);
  put_key(out, "time");
  fray_status_put_now(out);
  fray_json_add_text(out, "study", study->name);
  fray_json_add_text(out, "trial", name);
  fray_json_add_count(out, "place", trial + 1);
  put_key(out, "cell");
  for (size_t k = 0; k < study->n_keys; k++) {
    fray_text_puts(out, k ? ", " : "{");
    fray_json_put_text(out, study->key[k]);
    fray_text_puts(out, ": ");
    fray_json_put_text(out, cell->value[k]);
  }
  fray_text_puts(out, study->n_keys ? "}" : "{}");
  fray_json_add_text(out, "control", cell->control);
  fray_json_add_count(out, "seed", study->trial[trial].seed);
}

/* A half line would spoil the file for its readers: what a full disk cut off is taken back. */
static void take_back(int file, size_t written) {
  struct stat info;
  if (written && fstat(file, &info) == 0 && S_ISREG(info.st_mode) &&
      (size_t)info.st_size >= written && ftruncate(file, info.st_size - (off_t)written) != 0)
    return; /* nothing else can be done */
}

static enum fray_status end_line(struct fray_metrics_log *log, struct fray_err *err) {
  fray_text_puts(&log->line, "}\n");
  FRAY_CHECK(!log->line.failed, err, MEMORY, "out of memory");
  size_t done = 0;
  while (done < log->line.size) { /* once, unless a signal or a pipe cuts it */
    ssize_t n = write(log->file, log->line.data + done, log->line.size - done);
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0) {
      int reason = n < 0 ? errno : ENOSPC;
      take_back(log->file, done);
      return fray_fail(err, FRAY_IO, "cannot write the metrics to %s: %s", log->path,
                       strerror(reason));
    }
    done += (size_t)n;
  }
  return FRAY_OK;
}

static void put_metrics(struct fray_text *out, const char *key, const struct fray_cell *cell,
                        const double *value, bool known) {
  put_key(out, key);
  if (!known) {
    fray_text_puts(out, "null");
    return;
  }
  for (size_t i = 0; i < cell->config.evaluate.metrics.n; i++) {
    fray_text_puts(out, i ? ", " : "{");
    fray_json_put_text(out, cell->metric[i]->name);
    fray_text_puts(out, ": ");
    fray_json_put_real(out, value[i]);
  }
  fray_text_puts(out, "}");
}

enum fray_status fray_metrics_round(struct fray_metrics_log *log, size_t trial, const char *name,
                                    const struct fray_round_row *row, struct fray_err *err) {
  if (!log || !row->evaluated)
    return FRAY_OK;
  const struct fray_cell *cell = &log->study->cell[log->study->trial[trial].cell];
  struct fray_text *out = &log->line;
  begin_line(log, "round", trial, name);
  fray_json_add_count(out, "round", row->round);
  fray_json_add_count(out, "cohort", row->cohort);
  fray_json_add_count(out, "samples", row->samples);
  fray_json_add_real(out, "train_loss", row->train_loss);
  fray_json_add_real(out, "update_norm", row->update_norm);
  put_metrics(out, "dev", cell, row->dev, true);
  put_metrics(out, "test", cell, row->test, row->tested);
  return end_line(log, err);
}

enum fray_status fray_metrics_trial(struct fray_metrics_log *log, size_t trial, const char *name,
                                    bool diverged, double seconds, struct fray_err *err) {
  if (!log)
    return FRAY_OK;
  begin_line(log, "trial", trial, name);
  fray_json_add_text(&log->line, "status", diverged ? "diverged" : "ok");
  fray_json_add_real(&log->line, "seconds", seconds);
  return end_line(log, err);
}

enum fray_status fray_metrics_close(struct fray_metrics_log *log, struct fray_err *err) {
  enum fray_status status = FRAY_OK;
  if (!log)
    return status;
  if (log->file >= 0 && log->file != STDOUT_FILENO && close(log->file) != 0)
    status =
        fray_fail(err, FRAY_IO, "cannot write the metrics to %s: %s", log->path, strerror(errno));
  fray_text_free(&log->line);
  free(log->path);
  free(log);
  return status;
}
