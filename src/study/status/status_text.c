/* What people read of a results folder: lines of at most 80 columns, and of those that
 * the terminal has.
 *
 * Names come from scenarios and hosts, so nothing of them reaches a terminal that it would obey. */
#include "fray/base/log.h"
#include "fray/base/size.h"
#include "fray/base/utf8.h"
#include "status_reader.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { INDENT = 12, LEAST = 40, MOST = 80, SHOWN_RANKS = 8, SHOWN_OF_MANY = 4 };

/* Two units at most: nobody needs the seconds of a run of days. Infinite and negative spans come
 * from clocks that were set and are told as unknown. */
void fray_span_text(double seconds, char out[32]) {
  if (!(seconds >= 0 && seconds < 3.2e9)) { /* a century */
    snprintf(out, 32, "?");
    return;
  }
  long long s = llround(seconds), minutes = s / 60, hours = minutes / 60;
  if (s < 100)
    snprintf(out, 32, "%lld s", s);
  else if (minutes < 100)
    snprintf(out, 32, "%lld min", minutes);
  else if (hours < 48)
    snprintf(out, 32, "%lld h %02lld min", hours, minutes % 60);
  else
    snprintf(out, 32, "%lld d %lld h", hours / 24, hours % 24);
}

/* As wide as the terminal, but no wider than a line is easily read. */
static size_t line_width(void) {
  const size_t columns = fray_columns_of(1);
  return FRAY_MIN(FRAY_MAX(columns, (size_t)LEAST), (size_t)MOST);
}

/* Words that fit on a line, and nothing that a terminal would obey. Counted in characters and not
 * in bytes, so that none is cut in two. */
static void tidy(const char *words, struct fray_text *out) {
  const size_t room = line_width() - INDENT - 3;
  size_t columns = 0;
  struct fray_text safe = {0};
  fray_text_safe(&safe, words, false);
  for (const char *p = safe.data ? safe.data : ""; *p;) {
    size_t n = fray_utf8_length(p, SIZE_MAX);
    /* Words are wrapped at blanks; only one that is longer than a line is cut. */
    columns = *p == ' ' ? 0 : columns + 1;
    if (columns <= room)
      fray_text_add(out, p, n);
    /* The cut is shown, once. */
    else if (columns == room + 1)
      fray_text_puts(out, "...");
    p += n;
  }
  out->failed = out->failed || safe.failed;
  fray_text_free(&safe);
}

/* Lost memory is remembered in out->failed and told once, at the end. */
static void __attribute__((format(printf, 3, 4)))
say(struct fray_text *out, const char *label, const char *format, ...) {
  struct fray_text words = {0}, fit = {0};
  va_list list;
  va_start(list, format);
  fray_text_vprintf(&words, format, list);
  va_end(list);
  tidy(words.data ? words.data : "", &fit);
  fray_text_printf(out, "%-*s", INDENT, label);
  fray_text_wrap(out, fit.data ? fit.data : "", INDENT, line_width());
  fray_text_puts(out, "\n");
  out->failed = out->failed || words.failed || fit.failed;
  fray_text_free(&words);
  fray_text_free(&fit);
}

/* A `state` that says running proves nothing: the process may be gone. The lock tells. A lock that
 * is held under a state that is not `running` is a run on its way in or out, which takes
 * moments. */
static void say_state(const struct fray_run_view *view, struct fray_text *out) {
  const bool runs = strcmp(view->state, "running") == 0;
  if (view->killed)
    say(out, "state",
        "killed: it says 'running', but no process holds its lock; fray run --resume goes on");
  else if (runs && view->lock == FRAY_LOCK_UNKNOWN)
    say(out, "state", "running, or killed: its lock cannot be asked here");
  else if (!runs && view->lock == FRAY_LOCK_HELD)
    say(out, "state", "%s (a run is about to start or to end)", view->state);
  else
    say(out, "state", "%s", view->state[0] ? view->state : "?");
}

static const char *plural(size_t n) {
  return n == 1 ? "" : "s";
}

/* Those that are neither kept, done nor under way are what is left, whatever became of them. The
 * left ones are bounded at 0: the file may be of a run of an older scenario. */
static void say_trials(const struct fray_run_status *s, struct fray_text *out) {
  size_t begun = s->kept + s->done + s->running, left = s->trials - FRAY_MIN(begun, s->trials);
  struct fray_text words = {0};
  fray_text_printf(&words, "%zu: ", s->trials);
  if (s->kept)
    fray_text_printf(&words, "%zu kept, ", s->kept);
  fray_text_printf(&words, "%zu done", s->done);
  if (s->diverged)
    fray_text_printf(&words, " (%zu diverged)", s->diverged);
  fray_text_printf(&words, ", %zu under way, %zu not begun", s->running, left);
  say(out, "trials", "%s", words.data ? words.data : "");
  fray_text_free(&words);
}

/* Rates and the time left are of this run alone; a resumed one starts to count anew. */
static void say_rounds(const struct fray_run_status_file *file, bool live, struct fray_text *out) {
  const struct fray_run_status *s = &file->status;
  char left[32], elapsed[32], busy[48] = "";
  fray_span_text(s->left, left);
  fray_span_text(s->elapsed, elapsed);
  if (s->rounds_done + s->rounds_left > 0)
    say(out, "rounds", "%.0f done, %s%.0f left, %.3g a second", s->rounds_done,
        s->may_stop ? "up to " : "", s->rounds_left,
        isfinite(s->rounds_per_second) ? s->rounds_per_second : 0.0);
  if (isfinite(s->busy))
    snprintf(busy, sizeof busy, "; ranks busy %.0f %% of it", 100 * s->busy);
  if (live && isfinite(s->left))
    say(out, "time", "%s so far%s; %sabout %s left", elapsed, busy, s->may_stop ? "up to " : "",
        left);
  else
    say(out, "time", "%s %s%s", elapsed, live ? "so far" : "of work", busy);
  say(out, "as of", "%s", file->time);
}

/* "for 3 s" of a run that is at work; else the moment itself. */
static void put_since(const struct fray_run_view *view, int64_t seconds, char out[48]) {
  char text[32];
  if (view->lock == FRAY_LOCK_HELD) {
    fray_span_text((double)FRAY_MAX(view->now - seconds, (int64_t)0), text); /* clocks differ */
    snprintf(out, 48, "for %s", text);
  } else {
    fray_time_text(seconds, text);
    snprintf(out, 48, "since %s", text);
  }
}

/* A rank that evaluates has no client; the one it had last is then named as that. A rank that never
 * wrote its row (no changes) has not come so far, or never will; the row alone cannot tell. */
static void say_rank(const struct fray_run_view *view, size_t rank, struct fray_text *out) {
  const struct fray_rank_position *row = &view->row[rank];
  char label[32], round[32] = "", since[48];
  snprintf(label, sizeof label, "  rank %zu", rank);
  if (row->changes == 0) {
    say(out, label, "not there yet");
    return;
  }
  if (row->round)
    snprintf(round, sizeof round, "round %llu, ", (unsigned long long)row->round);
  put_since(view, row->seconds, since);
  const char *link = row->phase == FRAY_RANK_TRAINING ? " client " : ", after client ";
  say(out, label, "%s%s%s%s, %s", round, fray_rank_phase_name(row->phase),
      row->client[0] ? link : "", row->client, since);
}

/* Who moved last longest ago comes first: that is where it hangs, or ended. The few that are shown
 * are searched for one by one, which is cheap beside sorting a thousand. n is more than
 * SHOWN_OF_MANY, so there is always an oldest one left. */
static void say_many(const struct fray_run_view *view, size_t first, size_t n,
                     struct fray_text *out) {
  char *said = calloc(n, 1);
  if (!said) {
    out->failed = true;
    return;
  }
  for (int k = 0; k < SHOWN_OF_MANY; k++) {
    size_t oldest = n;
    for (size_t i = 0; i < n; i++)
      if (!said[i] &&
          (oldest == n || view->row[first + i].seconds < view->row[first + oldest].seconds))
        oldest = i;
    said[oldest] = 1;
    say_rank(view, first + oldest, out);
  }
  say(out, "", "and %zu more of ranks %zu to %zu, which moved on later (--json: all)",
      n - SHOWN_OF_MANY, first, first + n - 1);
  free(said);
}

static void say_group(const struct fray_run_view *view, size_t first, size_t n,
                      struct fray_text *out) {
  const struct fray_rank_position *row = &view->row[first];
  char label[32];
  snprintf(label, sizeof label, "trial %llu", (unsigned long long)row->trial);
  if (row->trial)
    say(out, label, "%s, seed %llu%s%s", row->name, (unsigned long long)row->seed,
        row->cell[0] ? ": " : "", row->cell);
  else
    say(out, "no trial", "team %d", row->team);
  /* A thousand lines help nobody: the few that moved last longest ago do. */
  if (n > SHOWN_RANKS)
    say_many(view, first, n, out);
  if (n <= SHOWN_RANKS)
    for (size_t i = 0; i < n; i++)
      say_rank(view, first + i, out);
}

/* Where all are done there is nothing to say of each. */
static void say_ranks(const struct fray_run_view *view, struct fray_text *out) {
  size_t done = 0;
  for (size_t i = 0; i < view->ranks; i++)
    done += view->row[i].changes && view->row[i].phase == FRAY_RANK_DONE;
  if (view->ranks == 0)
    return;
  if (done == view->ranks) {
    say(out, "ranks", "%zu, all of them done", view->ranks);
    return;
  }
  say(out, "ranks", "%zu; where they %s:", view->ranks,
      view->lock == FRAY_LOCK_HELD ? "are" : "were last");
  for (size_t i = 0, n; i < view->ranks; i += n)
    say_group(view, i, n = fray_run_view_group(view, i), out);
}

/* From the outside in: the folder, the run, its ranks. */
void fray_run_view_text(const struct fray_run_view *view, struct fray_text *out) {
  const bool live = view->lock == FRAY_LOCK_HELD;
  say(out, "folder", "%s", view->folder);
  if (view->has_file)
    say(out, "study", "%s", view->file.name);
  say_state(view, out);
  if (view->has_file) {
    say_trials(&view->file.status, out);
    say_rounds(&view->file, live, out);
  }
  say(out, "on disk", "%zu finished trial%s, %zu checkpoint%s", view->parts, plural(view->parts),
      view->checkpoints, plural(view->checkpoints));
  say_ranks(view, out);
  if (view->warning[0])
    say(out, "warning", "%s", view->warning);
}

/* A rank that a run could end in order waits at last, as do those that a signal reached; one that
 * was killed is where it was. */
static bool is_cut_off(const struct fray_rank_position *row) {
  return row->trial && row->phase != FRAY_RANK_WAITING && row->phase != FRAY_RANK_DONE;
}

/* The rank that moved last longest ago, of those that were cut off if there are any; NULL: none was
 * on a trial. Clocks of several hosts differ by little beside the minutes that a hanging rank
 * stands still. */
static const struct fray_rank_position *find_end(const struct fray_run_view *view) {
  const struct fray_rank_position *best = NULL;
  for (size_t i = 0; i < view->ranks; i++) {
    const struct fray_rank_position *row = &view->row[i];
    if (row->trial == 0)
      continue;
    bool better = !best || (is_cut_off(row) && !is_cut_off(best)) ||
                  (is_cut_off(row) == is_cut_off(best) && row->seconds < best->seconds);
    if (better)
      best = row;
  }
  return best;
}

/* Only ranks that were cut off at the same place: others had gone on or were waiting. */
static void put_clients(const struct fray_run_view *view, const struct fray_rank_position *end,
                        struct fray_text *out) {
  size_t named = 0;
  for (size_t i = 0; i < view->ranks; i++) {
    const struct fray_rank_position *row = &view->row[i];
    if (row->trial == end->trial && row->round == end->round && row->client[0] &&
        is_cut_off(row) == is_cut_off(end) && named++ < SHOWN_OF_MANY)
      fray_text_printf(out, "%s %s (rank %zu)", named == 1 ? ", client" : ",", row->client, i);
  }
  if (named > SHOWN_OF_MANY)
    fray_text_puts(out, ", ...");
}

/* One place is told, the likeliest: where something was cut off longest ago. Other trials are
 * counted once each, however many ranks are on them. */
static void put_place(const struct fray_run_view *view, struct fray_text *out) {
  const struct fray_rank_position *end = find_end(view);
  size_t others = 0;
  if (!end)
    return;
  for (size_t i = 0; i < view->ranks; i += fray_run_view_group(view, i)) {
    size_t first = 0; /* of the ranks that are on it: those that joined a team need not be next */
    while (view->row[first].trial != view->row[i].trial)
      first++;
    others += view->row[i].trial && view->row[i].trial != end->trial && first == i;
  }
  fray_text_printf(out, "; it was last in trial %llu (%s, seed %llu%s%s)",
                   (unsigned long long)end->trial, end->name, (unsigned long long)end->seed,
                   end->cell[0] ? ", " : "", end->cell);
  if (end->round)
    fray_text_printf(out, ", round %llu", (unsigned long long)end->round);
  put_clients(view, end, out);
  if (others)
    fray_text_printf(out, "; %zu other trial%s under way", others, others == 1 ? " was" : "s were");
}

/* An interruption says what to do next, which is being done. */
static void put_end(const char *state, struct fray_text *out) {
  bool interrupted = strncmp(state, "interrupted", 11) == 0;
  size_t n = interrupted ? strcspn(state, ";") : strlen(state);
  fray_text_printf(out, "the last run %s%.*s", interrupted ? "was " : "", (int)n, state);
}

/* Called under the lock of the run that goes on, before it writes a state of its own. A folder that
 * cannot be read says nothing, and is no reason not to go on. */
void fray_last_run_text(const char *folder, struct fray_text *out) {
  struct fray_run_view view;
  struct fray_text words = {0}, fit = {0};
  if (fray_run_view_open(folder, &view, NULL) != FRAY_OK)
    return;
  if (strcmp(view.state, "running") == 0) /* and the lock is ours */
    fray_text_puts(&words, "the last run was killed");
  else if (view.state[0] && strncmp(view.state, "done", 4) != 0) /* or a share of it */
    put_end(view.state, &words);
  if (words.size)
    put_place(&view, &words);
  if (words.size) {
    tidy(words.data, &fit);
    fray_text_wrap(out, fit.data ? fit.data : "", 2, line_width());
    fray_text_puts(out, "\n");
  }
  fray_text_free(&words);
  fray_text_free(&fit);
  fray_run_view_free(&view);
}
