/* Looking at a results folder: what is gathered, and how programs get it. */
#include "look.h"

#include "fray/base/size.h"
#include "fray/json/json.h"
#include "study/store/checkpoint.h"
#include "study/store/folder.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Finished files, not those in the making. */
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
    n += length > tail && strcmp(e->d_name + length - tail, end) == 0;
  }
  closedir(entries);
  return n;
}

static enum fray_status read_state(const char *folder, char *out, size_t size,
                                   struct fray_err *err) {
  char path[4096];
  struct fray_text text = {0};
  FRAY_TRY(fray_folder_there(folder, err));
  FRAY_TRY(fray_folder_path(folder, "state", path, err));
  FRAY_CHECK(fray_file_exists(path), err, INPUT,
             "%s is not the results folder of a run: it holds no 'state'", folder);
  FRAY_TRY(fray_file_read(path, 1 << 20, &text, err));
  snprintf(out, size, "%.*s", (int)strcspn(text.data, "\n"), text.data);
  fray_text_free(&text);
  return FRAY_OK;
}

/* What cannot be read leaves a gap and a remark: the rest is worth to be said. */
static void remark(struct look *look, const struct fray_err *err) {
  if (!look->warning[0])
    snprintf(look->warning, sizeof look->warning, "%.*s", (int)sizeof look->warning - 1, err->text);
}

static bool is_state(const char *text) {
  static const char *const words[] = {"running", "interrupted", "done", "failed"};
  for (size_t i = 0; i < FRAY_COUNT(words); i++)
    if (strncmp(text, words[i], strlen(words[i])) == 0)
      return true;
  return false;
}

enum fray_status look_at(const char *folder, struct look *look, struct fray_err *err) {
  struct fray_err trouble = {0};
  *look = (struct look){.folder = folder, .now = time(NULL)};
  /* The lock first: a run that ends in between has written its state before. */
  look->lock = fray_lock_look(folder);
  FRAY_TRY(read_state(folder, look->state, sizeof look->state, err));
  look->killed = look->lock == FRAY_LOCK_FREE && strcmp(look->state, "running") == 0;
  if (!is_state(look->state)) {
    fray_fail(&trouble, FRAY_INPUT, "%s/state holds no state that this program knows", folder);
    remark(look, &trouble);
  }
  if (fray_status_read(folder, &look->file, &look->has_file, &trouble) != FRAY_OK)
    remark(look, &trouble);
  if (fray_board_read(folder, &look->row, &look->ranks, &trouble) != FRAY_OK)
    remark(look, &trouble);
  look->parts = count_files(folder, "parts", ".h5");
  look->checkpoints = count_files(folder, "checkpoints", FRAY_CHECKPOINT_END);
  return FRAY_OK;
}

void look_free(struct look *look) {
  free(look->row);
  look->row = NULL;
}

size_t look_group(const struct look *look, size_t first) {
  const struct fray_board_row *a = &look->row[first];
  size_t end = first + 1;
  for (; end < look->ranks; end++) {
    const struct fray_board_row *b = &look->row[end];
    if (a->team != b->team || a->trial != b->trial || strcmp(a->name, b->name) != 0 ||
        (a->changes == 0) != (b->changes == 0))
      break;
  }
  return end - first;
}

static void put_rank(struct fray_text *out, size_t rank, const struct fray_board_row *row) {
  char changed[32];
  fray_text_printf(out, "%s\n    {\"rank\": %zu", rank ? "," : "", rank);
  if (row->changes) { /* else it never came so far */
    fray_text_printf(out, ", \"team\": %d, \"pid\": %d", row->team, row->pid);
    fray_json_add_text(out, "host", row->host);
    fray_json_add_text(out, "phase", fray_board_phase_name(row->phase));
    fray_status_time(row->seconds, changed);
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
static void put_state(struct fray_text *out, const struct look *look) {
  char word[32];
  snprintf(word, sizeof word, "%.*s", (int)strcspn(look->state, ": "), look->state);
  fray_text_puts(out, "{\n  \"state\": ");
  fray_json_put_text(out, look->killed ? "killed" : word);
  fray_text_puts(out, ",\n  \"says\": ");
  fray_json_put_text(out, look->state);
  fray_text_printf(out, ",\n  \"at_work\": %s",
                   look->lock == FRAY_LOCK_UNKNOWN ? "null"
                   : look->lock == FRAY_LOCK_HELD  ? "true"
                                                   : "false");
}

void look_json(const struct look *look, struct fray_text *out) {
  put_state(out, look);
  fray_text_puts(out, ",\n  \"folder\": ");
  fray_json_put_text(out, look->folder);
  fray_text_printf(out,
                   ",\n  \"parts\": %zu,\n  \"checkpoints\": %zu,\n  \"progress\": ", look->parts,
                   look->checkpoints);
  if (look->has_file) {
    fray_text_puts(out, "{");
    fray_status_put(out, &look->file.status, look->file.time);
    fray_text_puts(out, "}");
  } else {
    fray_text_puts(out, "null");
  }
  fray_text_puts(out, ",\n  \"ranks\": [");
  for (size_t i = 0; i < look->ranks; i++)
    put_rank(out, i, &look->row[i]);
  fray_text_puts(out, look->ranks ? "\n  ]" : "]");
  if (look->warning[0]) {
    fray_text_puts(out, ",\n  \"warning\": ");
    fray_json_put_text(out, look->warning);
  }
  fray_text_puts(out, "\n}\n");
}

enum fray_status fray_study_status(const char *folder, bool json, struct fray_text *out,
                                   struct fray_err *err) {
  struct look look;
  FRAY_TRY(look_at(folder, &look, err));
  (json ? look_json : look_text)(&look, out);
  look_free(&look);
  FRAY_CHECK(!out->failed, err, MEMORY, "out of memory");
  return FRAY_OK;
}
