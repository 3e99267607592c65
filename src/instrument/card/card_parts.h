/* Parts of the card: numbers are those of a matrix, words are those of the intent. */
#ifndef CARD_PARTS_H
#define CARD_PARTS_H

#include "fray/instrument/card.h"
#include "fray/schema/schema.h"
#include "instrument/matrix/matrix_parts.h"

/** What somebody typed; lists are empty and texts NULL where nobody did. */
struct card_intent {
  struct fray_strings intended_use, out_of_scope, limitations, deployment, governance;
  const char *contact, *licence;
};
struct card {
  struct fray_arena *arena;
  struct matrix m;
  struct card_intent intent;
  struct fray_rep_names note; /* texts of the footnotes, numbered from 1 */
  struct fray_text out;
};
/** A cell with the study that it is of. */
struct card_cell {
  const struct matrix_cell *made;
  const struct fray_rep_results *r;
  size_t cell;  /* of r */
  size_t clean; /* the row without damage */
};
struct card_cell card_cell_of(const struct card *c, size_t k);

/* ---- card_intent.c ---- */
enum fray_status card_intent_read(const char *path, struct fray_arena *arena,
                                  struct card_intent *out, struct fray_err *err);

/* ---- card_note.c: how it is written ---- */
enum { CARD_WIDTH = 78 };
/** Arena memory, NULL where memory is lacking, as everywhere below: words as a code span, in which
 * no markup works. */
const char *card_name(struct card *c, const char *words);
/** "[^3]"; the same text has the same number. */
const char *card_note(struct card *c, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/** "93.5 [90.1, 96.3] %[^3]" or "**not tested**: reason[^3]". */
const char *card_number(struct card *c, const struct matrix_number *number, bool is_share,
                        const char *note);
/** The gap of a column without damage, beside what chance exceeds in one case of twenty. */
const char *card_gap(struct card *c, const struct card_cell *cell, size_t column);
/** "## Design" with one blank line before and after. */
void card_heading(struct card *c, const char *heading);
/** Words to the width of a page, and a blank line. */
void card_say(struct card *c, const char *format, ...) __attribute__((format(printf, 2, 3)));
/** One entry of a list. */
void card_item(struct card *c, const char *format, ...) __attribute__((format(printf, 2, 3)));
/** Typed words as a quotation under a title; "**not stated**" without. */
void card_typed(struct card *c, const char *title, const char *const *words, size_t n);
/** A footnote of a field of matrix.csv, and of families.csv. */
const char *card_note_matrix(struct card *c, const struct card_cell *cell, size_t row,
                             const struct matrix_column *column);
const char *card_note_family(struct card *c, const struct card_cell *cell, const char *family,
                             const char *measure);
/** All footnotes. */
void card_notes(struct card *c);

/* ---- card_sections.c: the headings ---- */
enum fray_status card_sections(struct card *c, struct fray_err *err);

/* ---- card_dimensions.c: the table of the eight ---- */
enum fray_status card_dimensions(struct card *c, struct fray_err *err);
/** The first column of the kind that has a number under the condition; n_columns: none. */
size_t card_column(const struct card *c, const struct card_cell *cell, size_t row,
                   enum matrix_what what);

/* ---- card_privacy.c: who trained it ---- */
enum { CARD_ATTACKS = 8 };
struct card_attacks {
  const char *name[CARD_ATTACKS];
  struct matrix_number number[CARD_ATTACKS]; /* area under the curve, of all samples */
  size_t n;                                  /* 0: none was made */
};
/** INPUT: membership.csv is there and cannot be read. */
enum fray_status card_attacks_read(struct card *c, const struct card_cell *cell,
                                   struct card_attacks *out, struct fray_err *err);
const char *card_attack(struct card *c, const struct card_cell *cell,
                        const struct card_attacks *attacks, size_t k);

/* ---- card_failures.c: what it does not stand ---- */
enum { CARD_FAILURES = 5 };
enum fray_status card_failures(struct card *c, struct fray_err *err);

#endif
