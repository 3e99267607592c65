/* A cohort of updates on all ranks, and a rule that is read as a scenario has it. */
#ifndef RULE_SCENE_H
#define RULE_SCENE_H

#include "fray/fed/aggregate.h"
#include "ok.h"

#include <math.h>

static struct fray_comm *world, *self; /* self: this rank alone */
static struct fray_arena arena;

static inline struct fray_aggregation_config read_rule(const char *yaml) {
  struct fray_node *node;
  struct fray_aggregation_config config;
  OK(fray_yaml_parse(yaml, "test", &arena, &node, &err));
  OK(fray_schema_read(&fray_aggregation_table, node, "", &config, &arena, &err));
  return config;
}

/* Member i lies on rank (i x step) % ranks. */
struct cohort {
  size_t n, members;
  float **x;                    /* (members)(n), everywhere */
  float *previous, *root;       /* (n) */
  double *weight;               /* (members) */
  const struct fray_held *held; /* NULL: whole updates */
};

static inline struct cohort new_cohort(size_t n, size_t members) {
  struct cohort c = {.n = n, .members = members};
  c.x = fray_arena_alloc(&arena, members + 1, sizeof *c.x);
  c.weight = fray_arena_alloc(&arena, members + 1, sizeof *c.weight);
  c.previous = fray_arena_zero(&arena, n, sizeof *c.previous);
  c.root = fray_arena_zero(&arena, n, sizeof *c.root);
  for (size_t k = 0; k < members; k++) {
    c.x[k] = fray_arena_alloc(&arena, n, sizeof **c.x);
    c.weight[k] = 1.0 / (double)members;
  }
  return c;
}

static inline enum fray_status combine(struct fray_comm *comm,
                                       const struct fray_aggregation_config *config,
                                       const struct cohort *c, size_t step, float *out,
                                       struct fray_judgement *judgement, struct fray_err *err) {
  const struct fray_arena_place mark = fray_arena_mark(&arena);
  int *host = fray_arena_alloc(&arena, c->members, sizeof *host);
  const float **update = fray_arena_alloc(&arena, c->members, sizeof *update);
  double *weight = fray_arena_alloc(&arena, c->members, sizeof *weight);
  size_t mine = 0;
  for (size_t k = 0; k < c->members; k++) {
    host[k] = (int)(k * step % (size_t)fray_comm_size(comm));
    if (host[k] != fray_comm_rank(comm))
      continue;
    update[mine] = c->x[k];
    weight[mine++] = c->weight[k];
  }
  const struct fray_updates u = {
      .total = c->n, .members = c->members, .host = host, .update = update, .weight = weight};
  const struct fray_aggregation_round round = {
      .seed = 5, .round = 2, .previous = c->previous, .root = c->root, .held = c->held};
  const enum fray_status status =
      fray_aggregate(comm, config, &u, &round, &arena, out, judgement, err);
  fray_arena_rewind(&arena, mark);
  return status;
}

static inline double largest(const float *x, size_t n) {
  double most = 0;
  for (size_t i = 0; i < n; i++)
    most = fmax(most, fabs((double)x[i]));
  return most;
}

static inline void near(const char *what, const float *x, const float *y, size_t n, double share) {
  const double scale = largest(y, n);
  for (size_t i = 0; i < n; i++)
    if (!(fabs((double)x[i] - (double)y[i]) <= share * scale))
      fail_msg("%s: %g, not %g, at %zu", what, (double)x[i], (double)y[i], i);
}

#endif
