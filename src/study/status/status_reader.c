/* Looking at a results folder: what is gathered, and how programs get it.
 *
 * It takes no lock, waits for nobody, and makes do with files that are missing or damaged: it is
 * asked when something went wrong. */
#include "status_reader.h"

#include "fray/base/size.h"
#include "fray/json/json.h"
#include "fray/results/folder.h"
#include "fray/results/run_state.h"
#include "fray/study/study.h"
#include "study/trial/checkpoint.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Finished files, not those in the making. A folder that is not there holds nothing: a run may not
 * have made it yet. */
static size_t count_files(const char *folder, const char *name, const char *end) {
  char path[4096];
  size_t n = 0, tail = strlen(end);
  if (fray_folder_path(folder, name, path, NULL) != FRAY_OK)
    return 0;
  DIR *entries = opendir(path);
  if (!entries)
    return 0;
  for (const struct dirent *e; (e = readdir(entries));) {
    size_t length = strlen(e->d_name);
    /* A name of the ending alone is no file of a trial. */
    n += length > tail && strcmp(e->d_name + length - tail, end) == 0;
  }
  closedir(entries);
  return n;
}

/* Only the first line: the rest, if there is any, is not of a run. A megabyte is far more than any
 * state has; larger ones are refused before they are in memory. */
static enum fray_status read_state(const char *folder, char *out, size_t size,
                                   struct fray_err *err) {
  char path[4096];
  struct fray_text text = {0};
  FRAY_TRY(fray_folder_there(folder, err));
  FRAY_TRY(fray_folder_own(folder, true, err));
  FRAY_TRY(fray_folder_path(folder, "state", path, err));
  FRAY_CHECK(fray_file_exists(path), err, INPUT,
             "%s is not the results folder of a run: it holds no 'state'", folder);
  FRAY_TRY(fray_file_read(path, 1 << 20, &text, err));
  snprintf(out, size, "%.*s", (int)strcspn(text.data, "\n"), text.data);
  fray_text_free(&text);
  return FRAY_OK;
}

/* What cannot be read leaves a gap and a remark: the rest is worth to be said. */
static void remark(struct fray_run_view *view, const struct fray_err *err) {
  if (!view->warning[0])
    snprintf(view->warning, sizeof view->warning, "%.*s", (int)sizeof view->warning - 1, err->text);
}

/* Only a folder without a state is refused, as that of no run. What is opened here is given back by
 * fray_run_view_free(), also after remarks. */
enum fray_status fray_run_view_open(const char *folder, struct fray_run_view *view,
                                    struct fray_err *err) {
  struct fray_err trouble = {0};
  *view = (struct fray_run_view){.folder = folder, .now = time(NULL)};
  /* The lock first: a run that ends in between has written its state before. */
  view->lock = fray_lock_look(folder);
  FRAY_TRY(read_state(folder, view->state, sizeof view->state, err));
  view->killed = view->lock == FRAY_LOCK_FREE && strcmp(view->state, "running") == 0;
  if (!fray_state_is_known(view->state)) { /* whoever wrote it, no run did: it is not said again */
    view->state[0] = 0;
    fray_fail(&trouble, FRAY_INPUT, "%s/state holds no state that this program knows", folder);
    remark(view, &trouble);
  }
  if (fray_run_status_read(folder, &view->file, &view->has_file, &trouble) != FRAY_OK)
    remark(view, &trouble);
  if (fray_positions_read(folder, &view->row, &view->ranks, &trouble) != FRAY_OK)
    remark(view, &trouble);
  view->parts = count_files(folder, "parts", ".h5");
  view->checkpoints = count_files(folder, "checkpoints", FRAY_CHECKPOINT_END);
  return FRAY_OK;
}

void fray_run_view_free(struct fray_run_view *view) {
  free(view->row);
  view->row = NULL;
}

/* Neighbouring ranks of one team are on the same trial, so one line speaks for all of them. At
 * least 1, so that who goes through all groups gets on. Ranks that never wrote stand apart from
 * those that did. */
size_t fray_run_view_group(const struct fray_run_view *view, size_t first) {
  const struct fray_rank_position *a = &view->row[first];
  size_t end = first + 1;
  for (; end < view->ranks; end++) {
    const struct fray_rank_position *b = &view->row[end];
    if (a->team != b->team || a->trial != b->trial || strcmp(a->name, b->name) != 0 ||
        (a->changes == 0) != (b->changes == 0))
      break;
  }
  return end - first;
}

/* Places of trials count from 1, so 0 is a rank without one, and its words are left out rather than
 * told of the trial before. */
static void put_rank(struct fray_text *out, size_t rank, const struct fray_rank_position *row) {
  char changed[32];
  fray_text_printf(out, "%s\n    {\"rank\": %zu", rank ? "," : "", rank);
  if (row->changes) { /* else it never came so far */
    fray_text_printf(out, ", \"team\": %d, \"pid\": %d", row->team, row->pid);
    fray_json_add_text(out, "host", row->host);
    fray_json_add_text(out, "phase", fray_rank_phase_name(row->phase));
    fray_time_text(row->seconds, changed);
    fray_json_add_text(out, "since", changed);
  }
  if (row->trial) {
    fray_json_add_count(out, "place", row->trial);
    fray_json_add_text(out, "trial", row->name);
    fray_json_add_text(out, "cell", row->cell);
    fray_json_add_count(out, "seed", row->seed);
    fray_json_add_count(out, "round", row->round);
    fray_json_add_text(out, "client", row->client);
  }
  fray_text_puts(out, "}");
}

/* The first word: running, interrupted, done, failed; killed, which no run can say of itself. */
static void put_state(struct fray_text *out, const struct fray_run_view *view) {
  char word[32];
  snprintf(word, sizeof word, "%.*s", (int)strcspn(view->state, ": "), view->state);
  fray_text_puts(out, "{\n  \"state\": ");
  fray_json_put_text(out, view->killed ? "killed" : word);
  fray_text_puts(out, ",\n  \"says\": ");
  fray_json_put_text(out, view->state);
  fray_text_printf(out, ",\n  \"at_work\": %s",
                   view->lock == FRAY_LOCK_UNKNOWN ? "null"
                   : view->lock == FRAY_LOCK_HELD  ? "true"
                                                   : "false");
}

/* Everything that was found, for programs; what to make of it is theirs to decide. The state stands
 * twice, as one word to decide by and as the whole line to show. */
void fray_run_view_json(const struct fray_run_view *view, struct fray_text *out) {
  put_state(out, view);
  fray_text_puts(out, ",\n  \"folder\": ");
  fray_json_put_text(out, view->folder);
  fray_text_printf(out,
                   ",\n  \"parts\": %zu,\n  \"checkpoints\": %zu,\n  \"progress\": ", view->parts,
                   view->checkpoints);
  if (view->has_file) {
    fray_text_puts(out, "{");
    fray_run_status_put(out, &view->file.status, view->file.time);
    fray_text_puts(out, "}");
  } else {
    fray_text_puts(out, "null");
  }
  fray_text_puts(out, ",\n  \"ranks\": [");
  for (size_t i = 0; i < view->ranks; i++)
    put_rank(out, i, &view->row[i]);
  fray_text_puts(out, view->ranks ? "\n  ]" : "]");
  if (view->warning[0]) {
    fray_text_puts(out, ",\n  \"warning\": ");
    fray_json_put_text(out, view->warning);
  }
  fray_text_puts(out, "\n}\n");
}

enum fray_status fray_study_status(const char *folder, bool json, struct fray_text *out,
                                   struct fray_err *err) {
  struct fray_run_view view;
  FRAY_TRY(fray_run_view_open(folder, &view, err));
  (json ? fray_run_view_json : fray_run_view_text)(&view, out);
  fray_run_view_free(&view);
  FRAY_CHECK(!out->failed, err, MEMORY, "out of memory");
  return FRAY_OK;
}
