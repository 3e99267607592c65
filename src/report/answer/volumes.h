/* Methods that drop or add data, each beside the training of the same volume without it. */
#ifndef REPORT_ANSWER_VOLUMES_H
#define REPORT_ANSWER_VOLUMES_H

#include "report/stat/verdict.h"

/** A trained model under one condition, and its control. */
struct fray_rep_volume {
  size_t cell, control;              /* of the results; of their controls */
  const char *model;                 /* what differs from the other models */
  const char *what;                  /* what drops or adds, as the control is named: "coteaching" */
  const char *words;                 /* "same volume without coteaching" */
  const char *condition;             /* title and strength; "clean" */
  struct fray_rep_stat score, other; /* of the model, of the control; n 0: not measured */
  struct fray_rep_stat lead; /* quality of the model above the control's, whichever way the metric
                                runs; p holds over all of them (Holm); n 0: not comparable */
  bool is_same;   /* the scores are equal in every seed and client: one training, as it looks */
  bool at_chance; /* whoever is ahead is not told from chance, so no verdict is given: p is NaN */
};
/** All pairs of a study, each on undamaged data and at the strongest damage of each test, main
 *  metric, selected round; n 0 without such controls. Memory of r. MEMORY. */
enum fray_status fray_rep_volumes_of(struct fray_rep_results *r, struct fray_rep_volume **out,
                                     size_t *n, struct fray_err *err);

#endif
