/* The JSON lines of `fray run --metrics`: one for each evaluated round and each finished trial.
 *
 * Each line is written in one piece and can be read by itself: programs follow the file while it
 * grows. */
#include "metrics_log.h"

#include "fray/json/json.h"
#include "fray/results/run_status.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void put_key(struct fray_text *out, const char *key) {
  fray_text_puts(out, ", ");
  fray_json_put_text(out, key);
  fray_text_puts(out, ": ");
}

struct fray_metrics_log {
  const struct fray_study *study;
  int file;
  char *path; /* for messages */
  struct fray_text line;
};

/* Appended to, since jobs that go on one after another share one file. O_APPEND also keeps the
 * lines of two writers from overwriting each other. *out stays as it was after a failure, which
 * closes what was opened. */
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
  fray_put_now(out);
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

/* log->line keeps its memory from line to line. */
static enum fray_status end_line(struct fray_metrics_log *log, struct fray_err *err) {
  fray_text_puts(&log->line, "}\n");
  FRAY_CHECK(!log->line.failed, err, MEMORY, "out of memory");
  size_t done = 0;
  while (done < log->line.size) { /* once, unless a signal or a pipe cuts it */
    ssize_t n = write(log->file, log->line.data + done, log->line.size - done);
    if (n < 0 && errno == EINTR)
      continue;
    /* 0 would loop for ever. */
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

/* null, and not an empty object, where nothing was measured: readers that expect numbers must
 * notice. */
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

/* Rounds that were not evaluated have nothing to say that the next line does not. */
enum fray_status fray_metrics_round(struct fray_metrics_log *log, size_t trial, const char *name,
                                    const struct fray_round_row *row, struct fray_err *err) {
  if (!log || !row->evaluated)
    return FRAY_OK;
  const struct fray_cell *cell = &log->study->cell[log->study->trial[trial].cell];
  struct fray_text *out = &log->line;
  begin_line(log, "round", trial, name);
  fray_json_add_count(out, "round", row->round);
  for (size_t c = 0; c < FRAY_N_ROUND_COLUMNS; c++) {
    const struct fray_round_column *column = &fray_round_columns[c];
    if (column->is_count)
      fray_json_add_count(out, column->name, fray_round_count(row, column));
    else
      fray_json_add_real(out, column->name, fray_round_real(row, column));
  }
  put_metrics(out, "dev", cell, row->dev, true);
  put_metrics(out, "test", cell, row->test, row->tested);
  return end_line(log, err);
}

/* A trial that is done has no more rounds to tell of. */
enum fray_status fray_metrics_trial(struct fray_metrics_log *log, size_t trial, const char *name,
                                    bool diverged, double seconds, struct fray_err *err) {
  if (!log)
    return FRAY_OK;
  begin_line(log, "trial", trial, name);
  fray_json_add_text(&log->line, "status", diverged ? "diverged" : "ok");
  fray_json_add_real(&log->line, "seconds", seconds);
  return end_line(log, err);
}

/* A full disk may show only when the file is closed. */
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
