/* Sheets: rows of kinds, columns of severities, and the folder that they lie in.
 *
 * What a sheet holds follows from the registry alone: a kind that is added has a row without a line
 * here, and one that cannot show itself says why in its own words. */
#include "fray/report/sheet.h"

#include "sheet_cells.h"
#include "sheet_source.h"

#include "report/page/page.h"
#include "report/words/markup.h"

#include "fray/base/csv.h"
#include "fray/base/draft.h"
#include "fray/base/file.h"
#include "fray/base/size.h"
#include "fray/codec/codec.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
  SEVERITIES = 5,
  MARGIN = 8,
  LABEL = 22 * SHEET_LETTER_WIDE, /* the column of names */
  NARROWEST = 13 * SHEET_LETTER_WIDE,
  GAP = 8, /* between cells, and between rows */
  LINE = SHEET_LETTER_HIGH + 2
};

/* One sheet while it is drawn. */
struct sheet {
  struct sheet_source *source;
  size_t modality;
  struct fray_signal clean;
  struct sheet_canvas canvas;
  size_t wide, high;       /* of a cell */
  size_t pitch;            /* from a cell to the one beside it: captions need room, too */
  size_t columns, n_kinds; /* cells beside each other: texts have one a line */
  size_t *row;             /* (kinds) pixels that a kind takes; 0: it is not of this medium */
  struct fray_text *table; /* cells.csv */
  struct fray_arena arena;
};

/* ---- what is shown ---- */

/* Whether a kind damages values of this modality; others have no cell. */
static bool fits(const struct sheet *s, size_t kind) {
  const struct fray_choice *choice = fray_corruptions.v[kind];
  const enum fray_modality_kind medium = s->source->data->modality[s->modality].kind;
  return fray_corruption_signal(choice) && fray_corruption_fits_modality(choice, medium);
}

/* A kind without severities is shown once, as it is without further keys. */
static int cells_of(const struct fray_signal_ops *ops) {
  return ops->levels ? SEVERITIES : 1;
}

/* One that refuses takes no more room than its words: it is asked before the sheet is laid out. */
static enum fray_status row_high(struct sheet *s, const struct fray_choice *kind, size_t *out,
                                 struct fray_err *err) {
  const int n = cells_of(fray_corruption_signal(kind));
  const bool text = s->clean.kind == FRAY_TEXT;
  const size_t cell = s->high + (text ? 4 : LINE);
  struct fray_arena work = {0};
  struct sheet_step step;
  const enum fray_status status =
      sheet_damage(s->source, s->modality, kind, n > 1, &s->clean, &work, &step, err);
  *out = FRAY_MAX(text ? (size_t)n * cell : cell, (size_t)(3 * LINE)) + GAP;
  if (status == FRAY_OK && step.refusal)
    *out = 3 * LINE + GAP;
  fray_arena_free(&work);
  return status;
}

/* ---- drawing ---- */

/* Words of ours, which fit where they are put. */
static void put_words(struct sheet *s, size_t x, size_t y, const char *words, uint32_t colour) {
  sheet_put_text(&s->canvas, x, y, words, strlen(words), colour);
}

/* The name of the kind, and the key that its strengths are values of. */
static void put_label(struct sheet *s, size_t y, const struct fray_choice *kind) {
  const struct fray_strength strength = fray_corruption_strength(kind);
  const struct fray_signal_ops *ops = fray_corruption_signal(kind);
  struct sheet_box box = {MARGIN, y, LABEL - 2 * SHEET_LETTER_WIDE, 3 * LINE};
  char words[200];
  const size_t lines = sheet_put_lines(&s->canvas, &box, kind->name, SHEET_INK);
  box.y += lines * SHEET_LETTER_HIGH + 2;
  box.high -= FRAY_MIN(lines * SHEET_LETTER_HIGH + 2, box.high);
  if (!strength.key || !ops->levels)
    return;
  /* "share (share)" would say it twice; a kind without severities has no strengths below its
   * cell that a key would explain. */
  const bool unit = strength.unit && *strength.unit && strcmp(strength.unit, strength.key) != 0;
  snprintf(words, sizeof words, "%s%s%s%s", strength.key, unit ? " (" : "",
           unit ? strength.unit : "", unit ? ")" : "");
  sheet_put_lines(&s->canvas, &box, words, SHEET_MUTED);
}

/* What stands under a cell. A severity that does nothing to this value must not look like a small
 * one. */
static void put_caption(struct sheet *s, const struct sheet_box *cell,
                        const struct fray_choice *kind, const struct sheet_step *step,
                        int severity) {
  const size_t columns = (s->pitch - GAP) / SHEET_LETTER_WIDE;
  struct fray_text words = {0};
  /* As the reference writes it: further parameters behind a semicolon. */
  if (severity > 0)
    fray_text_printf(&words, "%.4g", step->strength);
  for (size_t k = 0; step->more && k < fray_corruption_signal(kind)->n_more; k++)
    fray_text_printf(&words, "%s%.4g", k ? ", " : "; ", step->more[k]);
  if (severity == 0)
    fray_text_puts(&words, "with its defaults");
  if (words.data && words.size > columns)
    words.size = columns; /* the reference has all of them */
  if (words.data && !words.failed)
    sheet_put_text(&s->canvas, cell->x, cell->y + cell->high + 1, words.data, words.size,
                   SHEET_MUTED);
  if (step->same)
    put_words(s, cell->x + (words.size + 1) * SHEET_LETTER_WIDE, cell->y + cell->high + 1,
              "unchanged", SHEET_MARK);
  fray_text_free(&words);
}

/* Texts have a line each, with the severity in front of it. */
static enum fray_status put_line(struct sheet *s, const struct sheet_box *cell,
                                 const struct sheet_step *step, int severity,
                                 struct fray_arena *work, struct fray_err *err) {
  char digits[8];
  /* The text again would have to be read to see that it is the same. */
  snprintf(digits, sizeof digits, "%d", severity % 10);
  if (severity > 0)
    put_words(s, cell->x - 3 * SHEET_LETTER_WIDE, cell->y, digits, SHEET_MUTED);
  if (!step->same)
    return sheet_put_cell(&s->canvas, cell, &step->x, &s->clean, work, err);
  put_words(s, cell->x, cell->y, "unchanged", SHEET_MUTED);
  return FRAY_OK;
}

/* A row of cells.csv. Empty: not known. */
static void note_cell(struct sheet *s, const struct fray_choice *kind, int severity,
                      const struct sheet_step *step) {
  struct fray_text *out = s->table;
  /* Names of modalities are from data, those of kinds are ours. */
  fray_text_csv(out, s->source->data->modality[s->modality].name);
  fray_text_printf(out, ",%s,", kind->name);
  if (severity > 0)
    fray_text_printf(out, "%d", severity);
  fray_text_puts(out, ",");
  if (!isnan(step->strength))
    fray_text_printf(out, "%.6g", step->strength);
  fray_text_puts(out, ",");
  if (isfinite(step->distance))
    fray_text_printf(out, "%.4g", step->distance);
  fray_text_puts(out, ",");
  fray_text_csv(out, step->refusal ? step->refusal : step->same ? "unchanged" : "");
  fray_text_puts(out, "\n");
}

/* One kind from left to right; where it refuses once it would refuse again. */
static enum fray_status put_row(struct sheet *s, size_t y, const struct fray_choice *kind,
                                struct fray_err *err) {
  const int n = cells_of(fray_corruption_signal(kind));
  const bool text = s->clean.kind == FRAY_TEXT;
  enum fray_status status = FRAY_OK;
  put_label(s, y, kind);
  /* Each cell has memory of its own: a value of long sound, thirty times over, would not fit. */
  for (int k = 0; k < n && status == FRAY_OK; k++) {
    const int severity = n > 1 ? k + 1 : 0;
    struct sheet_box box = {MARGIN + LABEL, y, s->wide, s->high};
    struct fray_arena work = {0};
    struct sheet_step step;
    box.x += text ? 0 : (size_t)k * s->pitch;
    box.y += text ? (size_t)k * (s->high + 4) : 0;
    status = sheet_damage(s->source, s->modality, kind, severity, &s->clean, &work, &step, err);
    if (status == FRAY_OK)
      note_cell(s, kind, severity, &step);
    /* Whatever the severity is, the same is missing: said once, over the whole row. */
    if (status == FRAY_OK && step.refusal) {
      box.wide = s->canvas.width - box.x - MARGIN;
      box.high = 3 * LINE;
      sheet_put_lines(&s->canvas, &box, step.refusal, SHEET_MUTED);
      fray_arena_free(&work);
      return FRAY_OK;
    }
    if (status == FRAY_OK && text) {
      status = put_line(s, &box, &step, severity, &work, err);
    } else if (status == FRAY_OK) {
      status = sheet_put_cell(&s->canvas, &box, &step.x, &s->clean, &work, err);
      put_caption(s, &box, kind, &step, severity);
    }
    fray_arena_free(&work);
  }
  return status;
}

/* What it is a sheet of, and the value without damage, which everything below has the scale of.
 * *y: below it. */
static enum fray_status put_head(struct sheet *s, size_t *y, struct fray_err *err) {
  const struct sheet_source *source = s->source;
  const struct fray_modality *m = &source->data->modality[s->modality];
  const struct sheet_box box = {MARGIN + LABEL, MARGIN + 2 * LINE, s->wide, s->high};
  struct fray_arena work = {0};
  char words[400];
  snprintf(words, sizeof words, "%.60s: %zu kinds of damage", m->name, s->n_kinds);
  put_words(s, MARGIN, MARGIN, words, SHEET_INK);
  snprintf(words, sizeof words, "sample %.100s of %.100s, seed %llu",
           source->data->source_id[source->people.sample[source->place[s->modality]]],
           source->open ? source->wish->shards : "fray", (unsigned long long)source->wish->seed);
  put_words(s, MARGIN, MARGIN + LINE, words, SHEET_MUTED);
  put_words(s, MARGIN, box.y, "without damage", SHEET_INK);
  const enum fray_status status =
      sheet_put_cell(&s->canvas, &box, &s->clean, &s->clean, &work, err);
  fray_arena_free(&work);
  *y = box.y + s->high + GAP;
  /* Lines of a text have their severity in front of them. */
  for (size_t k = 0; s->columns > 1 && k < s->columns; k++) {
    snprintf(words, sizeof words, "severity %zu", k + 1);
    put_words(s, MARGIN + LABEL + k * s->pitch, *y, words, SHEET_INK);
  }
  *y += LINE + GAP;
  return status;
}

/* Twice over the kinds: how high the sheet is must be known before anything is drawn on it. */
static enum fray_status draw(struct sheet *s, struct fray_err *err) {
  size_t high = 2 * MARGIN + 3 * LINE + 2 * GAP, y;
  FRAY_TRY(sheet_clean(s->source, s->modality, &s->arena, &s->clean, err));
  sheet_cell_size(&s->clean, &s->wide, &s->high);
  s->pitch = FRAY_MAX(s->wide, (size_t)NARROWEST) + GAP;
  s->columns = s->clean.kind == FRAY_TEXT ? 1 : SEVERITIES;
  FRAY_ALLOC_ZERO(s->row, &s->arena, fray_corruptions.n + 1, err);
  for (size_t i = 0; i < fray_corruptions.n; i++) {
    if (!fits(s, i))
      continue;
    FRAY_TRY(row_high(s, fray_corruptions.v[i], &s->row[i], err));
    s->n_kinds++;
    high += s->row[i];
  }
  FRAY_TRY(sheet_canvas_make(high + s->high, 2 * MARGIN + LABEL + s->columns * s->pitch, &s->arena,
                             &s->canvas, err));
  FRAY_TRY(put_head(s, &y, err));
  for (size_t i = 0; i < fray_corruptions.n; i++) {
    if (s->row[i])
      FRAY_TRY(put_row(s, y, fray_corruptions.v[i], err));
    y += s->row[i];
  }
  return FRAY_OK;
}

/* ---- the folder ---- */

/* Takes the text along, whatever becomes of it. */
static enum fray_status write_text(const char *folder, const char *name, const char *ending,
                                   struct fray_text *text, enum fray_status status,
                                   struct fray_err *err) {
  char path[4500];
  snprintf(path, sizeof path, "%s/%.200s%s", folder, name, ending);
  if (status == FRAY_OK && text->failed)
    status = fray_fail(err, FRAY_MEMORY, "out of memory");
  if (status == FRAY_OK)
    status = fray_file_write(path, text->data ? text->data : "", text->size, err);
  fray_text_free(text);
  return status;
}

/* A sheet as a file, and where the page shows it. */
static enum fray_status write_sheet(struct sheet *s, const char *folder, struct fray_rep_page *page,
                                    struct fray_err *err) {
  const char *name = s->source->data->modality[s->modality].name;
  struct fray_text png = {0};
  FRAY_TRY(draw(s, err));
  const struct fray_image image = {
      .x = s->canvas.x, .height = s->canvas.height, .width = s->canvas.width, .channels = 3};
  /* Sheets of sound and of curves have few colours, those of colour pictures do not. */
  const enum fray_status status = fray_png_put_few(&image, &png, err);
  FRAY_TRY(write_text(folder, name, ".png", &png, status, err));
  fray_rep_heading(page, 1, name, name);
  fray_text_puts(&page->body, "<p><img alt=\"");
  fray_rep_html(&page->body, name);
  fray_text_printf(&page->body, " under %zu kinds of damage\" width=\"%zu\" height=\"%zu\" src=\"",
                   s->n_kinds, image.width, image.height);
  fray_rep_html(&page->body, name);
  fray_text_puts(&page->body, ".png\"></p>\n");
  return FRAY_OK;
}

/* One sheet in memory at a time. */
static enum fray_status write_all(struct sheet_source *source, const char *folder,
                                  struct fray_text *table, struct fray_rep_page *page,
                                  struct fray_err *err) {
  fray_text_puts(table, "modality,kind,severity,strength,distance,said\n");
  for (size_t m = 0; m < source->data->n_modalities; m++) {
    struct sheet s = {.source = source, .modality = m, .table = table};
    if (!sheet_is_wanted(source, m))
      continue;
    const enum fray_status status = write_sheet(&s, folder, page, err);
    fray_arena_free(&s.arena);
    FRAY_TRY(status);
  }
  return FRAY_OK;
}

/* Sheets, the table of their cells, and a page for those who open a folder in a browser. */
static enum fray_status fill_folder(struct sheet_source *source, const char *folder,
                                    struct fray_err *err) {
  struct fray_rep_page page = {.base = 1};
  struct fray_text table = {0}, document = {0}, what = {0};
  enum fray_status status = write_all(source, folder, &table, &page, err);
  status = write_text(folder, "cells", ".csv", &table, status, err);
  fray_text_puts(&what,
                 "<p>Each kind of damage at each severity. The numbers under the cells, and "
                 "how far each value moved, are in <a href=\"cells.csv\">cells.csv</a>.</p>");
  fray_rep_document(&page, "Contact sheets", &what, &document);
  fray_rep_page_free(&page);
  fray_text_free(&what);
  return write_text(folder, "index", ".html", &document, status, err);
}

/* All of it or nothing. Ranks but the first take part where data are opened, and are done. */
static enum fray_status make(struct sheet_source *source, const char *out, struct fray_comm *comm,
                             struct fray_err *err) {
  struct fray_making making = {0};
  /* No rank waits for the first one: nothing that it does from here on is collective. */
  if (fray_comm_rank(comm) != 0)
    return FRAY_OK;
  FRAY_TRY(fray_making_open(out, &making, err));
  if (fill_folder(source, making.path, err) != FRAY_OK) {
    fray_making_blame(&making, err);
    fray_making_drop(&making);
    return err->status;
  }
  return fray_making_publish(&making, false, err);
}

enum fray_status fray_sheets(const struct fray_sheet_wish *wish, const char *out,
                             struct fray_comm *comm, struct fray_err *err) {
  struct sheet_source source;
  enum fray_status status = sheet_source_open(wish, comm, &source, err);
  if (status == FRAY_OK)
    status = make(&source, out, comm, err);
  sheet_source_close(&source);
  return status;
}
