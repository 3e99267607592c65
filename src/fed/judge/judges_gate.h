/* gate.fitted.yaml of fray guard, as judges read it: for them who refuse by it, and for what else
 * is found with it on dev. */
#ifndef JUDGES_GATE_H
#define JUDGES_GATE_H

#include "fray/fed/judge.h"
#include "fray/metric/gate.h"

/** What is known once the model is. */
struct judges_gate {
  const struct fray_node *root, *trial; /* of the file; trial NULL: nobody's */
  size_t n;                             /* scores, of one value each; 0: a gate of cost */
  struct fray_gate_score *score;
  double *low, *high; /* (n) */
  double cut, temperature;
  bool has_bounds; /* the model is the one that it was fitted to */
};
/** Arena memory. INPUT: no fitted gate, scores that a judge cannot give, thresholds by group,
 * another trial, model or dev samples. */
enum fray_status judges_gate_read(const char *path, const struct fray_judge_place *place,
                                  struct fray_arena *arena, struct judges_gate *out,
                                  struct fray_err *err);

/** Room for one sample as scores see it. */
struct judges_view {
  double *logits, **alone, *work;
  const double **seen;
  struct fray_gate_view view;
};
enum fray_status judges_view_make(const struct fray_outputs *of, struct fray_arena *arena,
                                  struct judges_view *out, struct fray_err *err);
/** Looks at sample i, and says whether the gate refuses it; best: the class of its largest logit.
 */
bool judges_gate_refuses(const struct judges_gate *gate, const struct fray_outputs *of, size_t i,
                         size_t best, struct judges_view *v);

#endif
