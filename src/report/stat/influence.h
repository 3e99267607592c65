/* Whose updates the rule of a study took: influence.csv by trained model, with intervals over
 * seeds, and what honest clients of one kind had to bear beside others. */
#ifndef REPORT_INFLUENCE_H
#define REPORT_INFLUENCE_H

#include "grid.h"

/** What became of the updates of some clients. */
enum fray_rep_taken {
  FRAY_REP_REJECTED, /* share of them with no part in the result */
  FRAY_REP_HALVED,   /* share with less than half of an equal part; holds those rejected */
  FRAY_REP_PART,     /* their mean part, in equal parts: 1 is as if all had counted alike */
  FRAY_REP_N_TAKEN
};

/** The file as a table: kinds of clients by trial. Texts and arrays in the arena of r. */
struct fray_rep_influence {
  struct fray_rep_results *r;
  size_t n; /* kinds of clients; 0: no rule looked at single updates, or r pools none of it */
  const char **of, **value;  /* (n) as the file has them: "damage", "with" */
  bool *honest;              /* (n) false: attackers */
  double *clients, *updates; /* (n, n_trials) NaN: not there. Of folds their sums */
  double *taken;             /* (n, n_trials, N_TAKEN) likewise; of folds means by updates */
  const char **model;        /* (n_cells) what differs from the other models, or "the rule" */
};

/** n 0 and FRAY_OK without the file. INPUT: a damaged one (file and line). MEMORY. */
enum fray_status fray_rep_influence_read(struct fray_rep_results *r, struct fray_rep_influence *out,
                                         struct fray_err *err);
/** Index of a kind, n if there is none. */
size_t fray_rep_influence_find(const struct fray_rep_influence *in, const char *of,
                               const char *value);
/** Over the seeds of a cell. n 0: nothing is known of it. */
struct fray_rep_stat fray_rep_influence_of(const struct fray_rep_influence *in, size_t cell,
                                           size_t kind, enum fray_rep_taken taken);
/** kind less other, paired by seed. A share is known to one update of the smaller of the two at
 *  best, so the error is that at least: few rounds that happen to agree resolve nothing. Parts that
 *  do not vary have no p. */
struct fray_rep_stat fray_rep_influence_less(const struct fray_rep_influence *in, size_t cell,
                                             size_t kind, size_t other, enum fray_rep_taken taken);
/** "clients with damaged training data", "accent north", "honest clients"; NULL: out of memory. */
const char *fray_rep_influence_title(const struct fray_rep_influence *in, size_t kind);

/** What honest clients of a kind had to bear beside others. */
struct fray_rep_borne {
  size_t cell;
  size_t kind, other; /* damaged against undamaged clients; a group against all honest ones */
  bool of_groups;
  enum fray_rep_taken taken;
  struct fray_rep_stat a, b; /* of the kind, of the other one */
  struct fray_rep_stat less; /* a - b; p holds over its family (Holm) */
  double p;                  /* by itself */
};
/** All of them by cell. The rows of one taken are two families: damage, and groups. A column with a
 *  single group has none. Memory of r. MEMORY. */
enum fray_status fray_rep_influence_borne(const struct fray_rep_influence *in,
                                          struct fray_rep_borne **out, size_t *n,
                                          struct fray_err *err);

#endif
