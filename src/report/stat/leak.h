/* What attacks by membership inference find: membership.csv by trained model, with intervals over
 * seeds. docs/measures.md */
#ifndef REPORT_LEAK_H
#define REPORT_LEAK_H

#include "grid.h"

/** What is read of an attack on a model. */
enum fray_rep_leak_number {
  FRAY_REP_LEAK_AREA,     /* under the curve; .5 is chance */
  FRAY_REP_LEAK_AT_TENTH, /* share of members found at .1 % false alarms */
  FRAY_REP_LEAK_AT_ONE,   /* at 1 % */
  FRAY_REP_N_LEAKS
};
/** The share of false alarms of a number; NaN of the area. */
double fray_rep_leak_rate(enum fray_rep_leak_number number);

/** The file as a table, of the selected models. Texts and arrays in the arena of r. */
struct fray_rep_leak {
  struct fray_rep_results *r;
  size_t n_attacks, n_groups; /* 0: nobody attacked */
  const char **attack;        /* (n_attacks) as the file has them, the plainest first */
  const char **group;         /* (n_groups) "all" first */
  double *value; /* (n_attacks, n_groups, N_LEAKS, n_trials) NaN: not there. Of folds their means */
  double *pseudo;     /* likewise: what the mean over seeds owes to a training (jackknife) */
  const char **model; /* (n_cells) what differs from the other models, or "the model" */
  size_t *reference;  /* (n_cells) the cell that `reference` selects for it; n_cells: none */
};
/** n_attacks 0 and FRAY_OK without the file. INPUT: a damaged one (file and line). MEMORY. */
enum fray_status fray_rep_leak_read(struct fray_rep_results *r, struct fray_rep_leak *out,
                                    struct fray_err *err);
/** Over the seeds of a cell: the mean of the values, with the scatter of the pseudo-values, since
 * trainings are each other's shadows. n 0: nothing is known of it. p is NaN. */
struct fray_rep_stat fray_rep_leak_of(const struct fray_rep_leak *leak, size_t cell, size_t attack,
                                      size_t group, enum fray_rep_leak_number number);
/** What an attack is called: "LiRA, online". */
const char *fray_rep_leak_title(const char *attack);
/** What a group is called: "all", "speaker ann". NULL: out of memory. */
const char *fray_rep_leak_group(const struct fray_rep_leak *leak, size_t group);

/** A question about the area of an attack. */
enum fray_rep_leak_question {
  FRAY_REP_LEAK_CHANCE,    /* area less .5, of a model */
  FRAY_REP_LEAK_REFERENCE, /* less that of its reference, paired by seed */
  FRAY_REP_LEAK_GROUP,     /* of a group less that of all samples, paired by seed */
  FRAY_REP_N_QUESTIONS
};
struct fray_rep_leaked {
  enum fray_rep_leak_question question;
  size_t cell, attack, group;
  struct fray_rep_stat less; /* p holds over all answers to the question (Holm) */
  double p;                  /* by itself */
};
/** All answers, by question, cell and attack: which attack finds most is not known before. A column
 * with a single group has none. Memory of r. MEMORY.
 */
enum fray_status fray_rep_leak_answers(const struct fray_rep_leak *leak,
                                       struct fray_rep_leaked **out, size_t *n,
                                       struct fray_err *err);

#endif
