/* The yardstick of an algorithm: its own arithmetic, and nothing around it. */
#ifndef BENCH_OWN_H
#define BENCH_OWN_H

#include "fray/fed/federation.h"

/** What is repeated, as a training of so many rounds would ask for it. */
struct bench_own_plan {
  struct fray_comm *comm;
  const struct fray_model *model;
  struct fray_features *features;
  const struct fray_training_config *training; /* of the method */
  const struct fray_clients *clients;
  size_t n_modalities, rounds, visits; /* visits: clients that trained, over all rounds */
  double flops,
      more; /* of a visit's passes with the first method; of all that this one has beyond them */
};

/** A training's arithmetic that the method has beyond fedavg's: its further passes, loops over as
 *  many vectors as its hooks touch, one copy of each vector that a client keeps, and the exact sum
 *  of each further vector that goes up. */
struct bench_own {
  struct bench_own_plan plan;
  const struct fray_algorithm_ops *ops;
  struct fray_trainer trainer;
  struct fray_arena arena, pass;
  struct fray_batch batch;     /* of the first client's first samples */
  struct fray_forward answers; /* to it */
  double *nll;                 /* (n) scratch */
  float *slope;                /* (n, width) scratch */
  double *point, *near;        /* (samples of a client, classes); scratch */
  size_t total;
  double passes, trainings; /* of a visit */
  float *shared[4];         /* (total) what all clients have alike */
  float **mine;             /* (clients x vectors)(total) */
  double *weight;           /* (clients) */
};

/** MEMORY; plan is borrowed. bench_own_end even if this fails. */
enum fray_status bench_own_start(const struct bench_own_plan *plan, struct bench_own *out,
                                 struct fray_err *err);
void bench_own_end(struct bench_own *own);
/** Whether there is anything to measure. */
bool bench_own_is_some(const struct bench_own *own);
/** One training's worth; user: struct bench_own. */
enum fray_status bench_own_work(void *user, struct fray_err *err);

#endif
