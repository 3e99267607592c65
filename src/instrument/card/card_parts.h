/* Parts of the card: numbers are those of a matrix, words are those of the intent. What it says is
 * put together once, and written as Markdown or as a page. */
#ifndef CARD_PARTS_H
#define CARD_PARTS_H

#include "fray/instrument/card.h"
#include "fray/report/document.h"
#include "fray/schema/schema.h"
#include "instrument/matrix/matrix_parts.h"

/** What somebody typed; lists are empty and texts NULL where nobody did. */
struct card_intent {
  struct fray_strings intended_use, out_of_scope, limitations, deployment, governance;
  const char *contact, *licence;
};
/** What a card is made of, one after another; Markdown and page are two ways to write them. */
enum card_kind {
  CARD_HEADING, /* text, level 1 to 3 */
  CARD_SAY,     /* text: a paragraph */
  CARD_ENTRY,   /* a subject, or several, with what is said of them: an entry of a list */
  CARD_TYPED,   /* text: a title; word: what somebody typed */
  CARD_TABLE,   /* text: what it is of; its rows follow */
  CARD_ROW      /* dimension, evidence, number */
};
enum { CARD_SUBJECTS = 3 };
struct card_block {
  enum card_kind kind;
  unsigned level;
  const char *text;                   /* of an entry what is said; marked, see below */
  const char *subject[CARD_SUBJECTS]; /* marked; of a row dimension and evidence */
  const char *const *word;            /* (n) as it was typed */
  size_t n;                           /* subjects of an entry, words */
  struct fray_document_strip strip;   /* of a share, to be drawn beside it; value NaN: none */
};
/** A place that numbers are from. */
struct card_source {
  const char *folder, *file; /* of results; folder NULL: a table that is not kept */
};
struct card {
  struct fray_arena *arena;
  struct matrix m;
  struct card_intent intent;
  struct fray_rep_names note; /* texts of the footnotes, marked, numbered from 1 */
  struct card_source *source; /* (room of them) of each footnote */
  struct card_block *block;
  size_t n, room, sources; /* blocks, room for them, and for sources */
  bool failed;             /* memory was lacking */
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

/* ---- card_note.c: what it is made of ----
 *
 * Texts of a card are marked by control characters, which neither form shows and no name holds,
 * since all that comes from files is made safe first: \001, a letter, words, \002. */
enum card_mark {
  CARD_CODE = 'c',   /* a name, in which no markup works */
  CARD_NOTE = 'n',   /* number of a footnote */
  CARD_STRONG = 's', /* what is missing */
  CARD_PLAIN = 'p',  /* words of others, in which no markup works either */
  CARD_RANGE = 'r'   /* an interval, behind its number */
};
#define CARD_MISSING(WORDS) "\001s" WORDS "\002"
#define CARD_NOT_TESTED CARD_MISSING("not tested")
#define CARD_NOT_STATED CARD_MISSING("not stated")
/** Said of what is typed, in both forms. */
#define CARD_IS_TYPED "typed, not measured"
/** Over the columns of the table of dimensions. */
extern const char *const card_heads[CARD_SUBJECTS];

/** Arena memory, "" where memory is lacking, as everywhere below: words as a name. */
const char *card_name(struct card *c, const char *words);
/** The mark of a footnote; the same text has the same number. folder: where the file lies, that is
 *  called in front of the format; NULL: it is made when it is asked for. */
const char *card_note(struct card *c, const char *folder, const char *file, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/** "93.5 [90.1, 96.3] %[^3]" or "**not tested**: reason[^3]". */
const char *card_number(struct card *c, const struct matrix_number *number, bool is_share,
                        const char *note);
/** The gap of a column without damage, beside what chance exceeds in one case of twenty. */
const char *card_gap(struct card *c, const struct card_cell *cell, size_t column);
/** level: 1 the card, 2, 3. */
void card_heading(struct card *c, unsigned level, const char *heading);
/** A paragraph. */
void card_say(struct card *c, const char *format, ...) __attribute__((format(printf, 2, 3)));
/** An entry of a list: up to three subjects (NULL: fewer), what is said, and the share that is
 * drawn beside it (NULL: none), with what it is held against (NULL: nothing). */
struct card_subjects {
  const char *v[CARD_SUBJECTS];
};
void card_entry(struct card *c, struct card_subjects of, const struct matrix_number *drawn,
                const struct matrix_number *beside, const char *format, ...)
    __attribute__((format(printf, 5, 6)));
/** Typed words under a title; "not stated" without. */
void card_typed(struct card *c, const char *title, const char *const *words, size_t n);
void card_table(struct card *c, const char *format, ...) __attribute__((format(printf, 2, 3)));
void card_row(struct card *c, const char *dimension, const char *evidence, const char *number,
              const struct matrix_number *drawn);
/** A footnote of a field of matrix.csv, and of families.csv. */
const char *card_note_matrix(struct card *c, const struct card_cell *cell, size_t row,
                             const struct matrix_column *column);
const char *card_note_family(struct card *c, const struct card_cell *cell, const char *family,
                             const char *measure);
/** The next piece of a marked text: words (n bytes) and their mark, 0: none. false: the end. */
struct card_piece {
  char mark;
  const char *words;
  size_t n;
};
bool card_next(const char **text, struct card_piece *out);

/* ---- card_markdown.c, card_page.c: how it is written ---- */
enum { CARD_WIDTH = 78 };
void card_markdown(const struct card *c, struct fray_text *out);
/** out: where the page is to lie, from which files are linked. */
enum fray_status card_page(const struct card *c, const char *path, struct fray_text *out,
                           struct fray_err *err);

/* ---- card_link.c ---- */
/** The address of FOLDER/FILE from beside `path`; NULL: there is no such file. Arena memory. */
enum fray_status card_link(const char *path, const char *folder, const char *file,
                           struct fray_arena *arena, const char **out, struct fray_err *err);

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
