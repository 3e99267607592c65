/* fray show: results folders one after the other, on a terminal or as JSON. */
#include "shown.h"

#include "report/quantity/read_study.h"
#include "report/words/names.h"

#include "fray/base/file.h"
#include "fray/base/text.h"
#include "fray/codec/text_width.h"
#include "fray/report/report.h"

#include <string.h>

/* The state is a line of its own file, and may be missing: results of other programs have none. */
static void put_line(struct fray_text *out, const char *words, size_t columns) {
  struct fray_text safe = {0};
  fray_text_safe(&safe, words, false);
  fray_columns_wrap(out, safe.data ? safe.data : "", 0, columns);
  fray_text_puts(out, "\n");
  out->failed |= safe.failed;
  fray_text_free(&safe);
}

/* The first line; without the full stop that a message of the run may end with. */
const char *fray_rep_state_line(const struct fray_rep_results *r) {
  const char *state = r->state.data ? r->state.data : "";
  size_t length = strcspn(state, "\n");
  length -= length > 0 && state[length - 1] == '.';
  return fray_arena_printf(r->arena, "%.*s", (int)length, state);
}

/* First what it is, then whether the numbers below are all there will be. */
static enum fray_status put_title(const struct fray_rep_results *r, size_t columns,
                                  struct fray_text *out, struct fray_err *err) {
  const char *title = fray_rep_study_title(r), *state = fray_rep_state_line(r);
  FRAY_CHECK(title && state, err, MEMORY, "out of memory");
  put_line(out, title, columns);
  if (*state && strcmp(state, "done") != 0) {
    const char *words = fray_arena_printf(
        r->arena, "State: %s. The numbers are of the trials that were finished before.", state);
    FRAY_CHECK(words, err, MEMORY, "out of memory");
    put_line(out, words, columns);
  }
  const size_t mixed = fray_rep_n_mixed(r);
  if (mixed) {
    const char *words = fray_arena_printf(
        r->arena, "Mixed: its trials were computed in %zu numeric environments.", mixed);
    FRAY_CHECK(words, err, MEMORY, "out of memory");
    put_line(out, words, columns);
  }
  return FRAY_OK;
}

/* A run at work, or one that was stopped before its end: tables are put together behind the last
 * trial. What is no results folder at all is left to the reader of results, which says why. */
static bool is_unfinished(const char *folder, struct fray_arena *arena) {
  const char *tables = fray_arena_printf(arena, "%s/trials.csv", folder),
             *state = fray_arena_printf(arena, "%s/state", folder);
  return tables && state && !fray_file_exists(tables) && fray_file_exists(state);
}

/* All that is known of an unfinished one is its state; scores come with the tables. */
static enum fray_status read_study(const char *folder, struct fray_arena *arena,
                                   struct fray_rep_results *out, struct fray_err *err) {
  enum { MOST = 1 << 16 };
  if (!is_unfinished(folder, arena))
    return fray_rep_study_read(folder, NULL, arena, out, err);
  const char *path = fray_arena_printf(arena, "%s/state", folder);
  FRAY_CHECK(path, err, MEMORY, "out of memory");
  *out = (struct fray_rep_results){.arena = arena, .folder = folder, .title = folder};
  return fray_file_read(path, MOST, &out->state, err);
}

/* Brief is for the end of a run, which has just said what it is. */
static enum fray_status show_one(struct fray_rep_results *r,
                                 const struct fray_show_options *options,
                                 const struct fray_rep_shown *shown, struct fray_text *out,
                                 struct fray_err *err) {
  if (r->n_trials == 0) {
    const char *words = fray_arena_printf(r->arena, "%s: %s. There are no scores yet.", r->folder,
                                          fray_rep_state_line(r));
    FRAY_CHECK(words, err, MEMORY, "out of memory");
    put_line(out, words, options->columns);
    return FRAY_OK;
  }
  if (!options->brief) {
    FRAY_TRY(put_title(r, options->columns, out, err));
    fray_text_puts(out, "\n");
  }
  return fray_rep_show_text(shown, options->columns, options->brief, out, err);
}

/* Every folder is read and every number made before anything is shown: a metric that the last one
 * lacks must not leave half an answer. results: (n) zeroed, freed by the caller. */
static enum fray_status show(const char *const *folders, size_t n,
                             const struct fray_show_options *options,
                             struct fray_rep_results *results, struct fray_arena *arena,
                             struct fray_text *out, struct fray_err *err) {
  const struct fray_rep_show_choice choice = {options->metric, options->last, options->all};
  struct fray_rep_shown *shown;
  FRAY_ALLOC_ZERO(shown, arena, n, err);
  for (size_t i = 0; i < n; i++)
    FRAY_TRY(read_study(folders[i], arena, &results[i], err));
  for (size_t i = 0; i < n; i++)
    if (results[i].n_trials)
      FRAY_TRY(fray_rep_shown_of(&results[i], &choice, &shown[i], err));
    else
      shown[i].r = &results[i];
  /* Words of several studies are one text; documents of several are one document. */
  if (options->json)
    return fray_rep_show_json(shown, n, out, err);
  for (size_t i = 0; i < n; i++) {
    fray_text_puts(out, i ? "\n" : "");
    FRAY_TRY(show_one(&results[i], options, &shown[i], out, err));
  }
  FRAY_CHECK(!out->failed, err, MEMORY, "out of memory");
  return FRAY_OK;
}

/* All memory is of one arena, freed at the end with the results in it; out is the caller's. */
enum fray_status fray_show(const char *const *folders, size_t n,
                           const struct fray_show_options *options, struct fray_text *out,
                           struct fray_err *err) {
  FRAY_CHECK(n > 0, err, INPUT, "no results folder was given");
  struct fray_arena arena = {0};
  struct fray_rep_results *results = fray_arena_zero(&arena, n, sizeof *results);
  enum fray_status status = results ? show(folders, n, options, results, &arena, out, err)
                                    : fray_fail(err, FRAY_MEMORY, "out of memory");
  if (results)
    for (size_t i = 0; i < n; i++)
      fray_rep_study_free(&results[i]);
  fray_arena_free(&arena);
  return status;
}
