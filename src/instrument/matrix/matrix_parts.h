/* Parts of the matrix: what was read, what each model said, and the numbers that come of it. */
#ifndef MATRIX_PARTS_H
#define MATRIX_PARTS_H

#include "fray/instrument/matrix.h"
#include "fray/metric/fairness.h"
#include "fray/metric/resample.h"
#include "fray/report/pooled.h"

/** A number with its interval, or the reason why there is none. */
struct matrix_number {
  double value; /* NaN: why says what is missing */
  double low, high, df;
  const char *interval;      /* what it is over: "people and trainings", "trainings"; "" without */
  const char *why;           /* "ok", else the reason */
  struct fray_gap_null null; /* of a gap; NaN elsewhere */
};

/** What a column of the matrix is of. */
enum matrix_what {
  MATRIX_RIGHT,          /* share of right answers */
  MATRIX_WORST,          /* the same with the worst condition of its family for each sample */
  MATRIX_WORST_OF_MEANS, /* under the worst condition of its family */
  MATRIX_MEAN_OF_MEANS,  /* over clean and all conditions of its family */
  MATRIX_GAP,            /* largest difference between groups of people */
  MATRIX_REFUSED,        /* share of refused answers */
  MATRIX_SCORE,          /* a metric of scores.csv */
  MATRIX_COST            /* sum of columns of trials.csv */
};
struct matrix_column {
  enum matrix_what what;
  const char *name;    /* in tables */
  const char *title;   /* to a reader */
  const char *of;      /* group column of a gap, gate of a guard, else "" */
  bool is_share;       /* shown in percent */
  const char *cost[2]; /* columns of trials.csv that are added up; NULL: no more */
};

struct matrix_row {
  const char *condition;        /* NAME or NAME=SEVERITY; guard/NAME: asked by a guard alone */
  const char *asked;            /* by which name a guard asked it; NULL: it did not */
  const char *family;           /* the test that it is a point of; itself if of none */
  struct matrix_number *number; /* (n_columns of the matrix) */
};
/** Clean and all conditions of a test together, or all tests. */
struct matrix_family {
  const char *name;
  size_t conditions; /* without clean */
  struct matrix_number worst, worst_of_means, mean_of_means;
};
/** Trainings that differ in their seeds alone. */
struct matrix_cell {
  const char *folder, *name;
  size_t trainings, diverged; /* of which all numbers are; of these, that count as constant */
  size_t samples, people;
  struct matrix_row *row;
  struct matrix_family *family;
  size_t n_rows, n_families;
};
/** A kind of damage that acts on these modalities, and that no condition uses. */
struct matrix_untested {
  const char *kind, *category, *modalities;
};
/** What a gate of a guard refused. */
struct matrix_refusal {
  const char *cell, *gate, *condition; /* of gate.yaml, and clean */
  struct matrix_number number;
};
/** One folder, open until all is told: its names are borrowed. Folds of one plan are one training
 * there, as in the report. */
struct matrix_study {
  struct fray_rep_results r;
  struct matrix_refusal *refusal; /* (n_refusals) of its guard; 0: there is none */
  size_t n_refusals;
};
struct matrix {
  struct fray_arena *arena;
  struct matrix_study *study; /* (n_studies) */
  struct matrix_column *column;
  struct matrix_cell *cell;
  struct matrix_untested *untested;
  size_t n_studies, n_columns, n_cells, n_untested;
  size_t n_classes;            /* of all folders; 0: not known */
  const char *classes_of;      /* the folder that said so */
  const char *modalities;      /* of all folders, "audio, image"; "" where none is known */
  const char *untested_status; /* "ok", else why nothing is known of it */
  const char *unnamed;         /* of several folders one that tells no names of classes; or NULL */
};

/** What all models of a cell said, added up by person. Sums of ones, so exact. */
struct matrix_answers {
  const char *why; /* "ok", else why there are none, and the rest is not to be used */
  size_t n, clusters, conditions, families, clean;
  size_t trainings, diverged; /* folds that are read as one count each */
  bool *is_constant; /* (n) as it diverged: each of its people has the share of all of them */
  double *own_of, *own_right; /* (n, clusters) of those their samples, and the right ones */
  size_t samples;             /* of the first training, with a label */
  const char **condition;     /* (conditions) */
  size_t *family_of;          /* (conditions) families: none, and of clean */
  const char **family;        /* (families) */
  double *of;                 /* (n, clusters) samples with a label */
  double *right, *refused;    /* (conditions, n, clusters) */
  double *worst;  /* (families + 1, n, clusters) right under all of a family and clean; the
                     last: of all families */
  size_t columns; /* group columns of the data */
  struct matrix_group {
    const char *name, *why; /* why: "ok", or why people cannot be told apart by it */
    size_t n_values;
    uint32_t *code; /* (clusters) value, n_values: none */
  } * group;        /* (columns) */
  struct fray_resample draws;
};

/* ---- matrix_command.c: the whole ---- */
/** All numbers of folders whose runs are done; who: "a matrix is of finished runs". m: an arena and
 * zero otherwise; whatever the result, call the close afterwards. */
enum fray_status matrix_read(const char *const *folder, size_t n, const char *who, struct matrix *m,
                             struct fray_err *err);
/** Names that were borrowed are gone. Leaves the arena to its owner. */
void matrix_close(struct matrix *m);

/* ---- matrix_answers.c: what the models of a cell said ---- */
enum fray_status matrix_answers_read(struct matrix *m, struct matrix_study *study, size_t cell,
                                     struct matrix_answers *out, struct fray_err *err);

/* ---- matrix_constant.c: trainings that diverged ---- */
/** The class of the constant predictor, the first that reaches what scores.csv calls chance; -1 of
 * folds, whose answers are theirs. known: false if there is none. MEMORY. */
enum fray_status matrix_constant_find(const struct matrix *m, const struct fray_rep_results *r,
                                      const struct fray_rep_answers *one, size_t trial,
                                      int32_t *class, bool *known, struct fray_err *err);
/** The row t of a, as of a training that always says class. */
void matrix_constant_count(const struct fray_rep_answers *one, const size_t *place, int32_t class,
                           size_t t, struct matrix_answers *a);

/* ---- matrix_cell.c: numbers of answers ---- */
extern const struct matrix_number matrix_nothing; /* empty, without a reason yet */
/** Of draws (FRAY_DRAWS) around the value. */
struct matrix_number matrix_number_of(const struct matrix_answers *a, double value,
                                      const double *draw, bool is_share);
/** Rows and families of a cell, appended to the matrix. */
enum fray_status matrix_cell_add(struct matrix *m, struct matrix_study *study, size_t cell,
                                 struct fray_err *err);

/* ---- matrix_gap.c: the largest difference between groups ---- */
enum fray_status matrix_gap(const struct matrix *m, const struct matrix_answers *a,
                            size_t condition, const char *column, struct matrix_number *out,
                            struct fray_err *err);

/* ---- matrix_scores.c: numbers that the tables of a study have already ---- */
enum fray_status matrix_score(const struct matrix *m, const struct fray_rep_results *r, size_t cell,
                              const char *condition, const char *metric, struct matrix_number *out,
                              struct fray_err *err);
/** How many a score is of, in the training that has the fewest; NaN: no training has it. */
struct matrix_size {
  double samples, people;
};
/** Likewise, of one of r->groups. */
enum fray_status matrix_score_of(const struct matrix *m, const struct fray_rep_results *r,
                                 size_t cell, const char *condition, const char *metric,
                                 size_t group, struct matrix_size *size, struct matrix_number *out,
                                 struct fray_err *err);
enum fray_status matrix_cost(const struct matrix *m, const struct fray_rep_results *r, size_t cell,
                             const char *const cost[2], struct matrix_number *out,
                             struct fray_err *err);

/* ---- matrix_guard.c: what gates refused ---- */
/** Nothing where the folder has no guard. INPUT: a guard of other trainings, or a damaged table. */
enum fray_status matrix_guard_read(struct matrix_study *study, struct fray_arena *arena,
                                   struct fray_err *err);
/** What gates were asked of a cell, without clean where that has a row already. */
enum fray_status matrix_guard_conditions(const struct matrix_study *study, const char *cell,
                                         bool knows_clean, struct fray_rep_names *out,
                                         struct fray_arena *arena, struct fray_err *err);
/** Whether a training of this name is one of the study's, a control's or a fold's too: what was
 * left in a folder by an instrument names those that it asked. */
bool matrix_knows_training(const struct fray_rep_results *r, const char *name);
void matrix_refused_by(const struct matrix_study *study, const char *cell, const char *gate,
                       const char *condition, struct matrix_number *out);

/* ---- matrix_untested.c: what no condition uses ---- */
enum fray_status matrix_find_untested(struct matrix *m, struct fray_err *err);

/* ---- matrix_tables.c: found is struct matrix ---- */
void matrix_table(const void *found, struct fray_text *out);
void matrix_families(const void *found, struct fray_text *out);
void matrix_not_tested(const void *found, struct fray_text *out);
void matrix_columns(const void *found, struct fray_text *out);
/** How many numbers of the matrix there are, and of how many. */
void matrix_coverage(const struct matrix *m, size_t *filled, size_t *all);

/* ---- matrix_text.c: for people ---- */
/** "3 trainings", and how many are left out. */
void matrix_say_trainings(const struct matrix_cell *cell, struct fray_text *out);
void matrix_say(const struct matrix *m, size_t columns, struct fray_text *out);
/** Sentences that the page has as well; false: there is nothing to say. */
bool matrix_gap_words(const struct matrix *m, const struct matrix_cell *cell, size_t column,
                      struct fray_text *out);
bool matrix_unnamed_words(const struct matrix *m, struct fray_text *out);

/* ---- matrix_page.c: for people, as a page; found is struct matrix ---- */
void matrix_page(const void *found, struct fray_text *out);

#endif
