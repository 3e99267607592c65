/* What a robust rule costs: a round's updates put together by each, beside the mean of them.
 *
 * The only part that may run on several ranks: a rule shares its work among them, and how far is
 * worth a number. Each rank makes its own updates, and all repeat as often. */
#include "bench_parts.h"
#include "bench_values.h"
#include "fray/base/draft.h"
#include "fray/base/machine.h"
#include "fray/base/rng.h"
#include "fray/base/size.h"
#include "fray/fed/aggregate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const bench_all_rules = "rules";

/* The cohort and the model that the numbers of docs/performance.md are of: an attention model of
 * UCI-HAR. */
enum { MEMBERS = 100, FLOATS = 420684, TURNS = 7, BRIEF_MEMBERS = 11, BRIEF_FLOATS = 4000 };

struct cohort {
  struct fray_comm *comm;
  struct fray_updates updates;
  const float **update;
  double *weight;
  float *before, *root, *out;
  struct fray_arena keep, work;
};

/* Around a common direction, as updates of clients that learn the same lie. */
static enum fray_status fill(struct cohort *c, size_t members, size_t floats,
                             struct fray_err *err) {
  const size_t ranks = (size_t)fray_comm_size(c->comm), me = (size_t)fray_comm_rank(c->comm);
  int *host;
  size_t mine = 0;
  FRAY_ALLOC(host, &c->keep, members, err);
  FRAY_ALLOC(c->update, &c->keep, members, err);
  FRAY_ALLOC(c->weight, &c->keep, members, err);
  FRAY_ALLOC_ZERO(c->before, &c->keep, floats, err);
  FRAY_ALLOC(c->root, &c->keep, floats, err);
  FRAY_ALLOC(c->out, &c->keep, floats, err);
  for (size_t k = 0; k <= members; k++) {
    float *x = c->root; /* the last one is the server's, which all ranks have */
    struct fray_rng rng = fray_rng_for(1, "bench/rules", k, 0, 0);
    if (k < members) {
      host[k] = (int)(k % ranks);
      if (k % ranks != me)
        continue;
      FRAY_ALLOC(x, &c->keep, floats, err);
      c->weight[mine] = 1.0 / (double)members;
      c->update[mine++] = x;
    }
    for (size_t i = 0; i < floats; i++)
      x[i] = (float)(fray_rng_uniform(&rng) - 0.4);
  }
  c->updates = (struct fray_updates){
      .total = floats, .members = members, .host = host, .update = c->update, .weight = c->weight};
  return FRAY_OK;
}

/* As a scenario would have it, with the defaults of each; a client stands for the server's own. */
static enum fray_status read_rule(const char *text, struct fray_arena *arena,
                                  struct fray_aggregation_config *out, struct fray_err *err) {
  struct fray_node *node;
  FRAY_TRY(fray_yaml_parse(text, "bench", arena, &node, err));
  return fray_schema_read(&fray_aggregation_table, node, "", out, arena, err);
}

/* Until all ranks have the result: a rank that is done early has not saved anything. The time of
 * this process, which others on the machine hardly lengthen; ranks wait by looking, and that
 * counts.
 */
static enum fray_status once(struct cohort *c, const struct fray_aggregation_config *config,
                             double *seconds, struct fray_err *err) {
  const struct fray_aggregation_round round = {
      .seed = 1, .round = 1, .previous = c->before, .root = c->root};
  fray_comm_barrier(c->comm);
  const double start = fray_cpu_seconds();
  FRAY_TRY(fray_aggregate(c->comm, config, &c->updates, &round, &c->work, c->out, NULL, err));
  fray_comm_barrier(c->comm);
  *seconds = fray_cpu_seconds() - start;
  return FRAY_OK;
}

static int ascending(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* Of an odd number of turns. */
static struct fray_spread quartiles(double v[TURNS]) {
  qsort(v, TURNS, sizeof *v, ascending);
  return (struct fray_spread){v[TURNS / 4], v[TURNS / 2], v[3 * TURNS / 4]};
}

/* In turns with the mean: what else the machine does falls on both. */
static enum fray_status measure(struct cohort *c, const struct fray_aggregation_config *mean,
                                const struct fray_aggregation_config *rule,
                                struct fray_bench_rule *out, struct fray_err *err) {
  double ms[TURNS], ratio[TURNS], first, seconds;
  FRAY_TRY(once(c, rule, &seconds, err)); /* which allocates */
  for (size_t t = 0; t < TURNS; t++) {
    FRAY_TRY(once(c, mean, &first, err));
    FRAY_TRY(once(c, rule, &seconds, err));
    ms[t] = 1e3 * seconds;
    ratio[t] = seconds / first;
  }
  out->ms = quartiles(ms);
  out->ratio = quartiles(ratio);
  return FRAY_OK;
}

/* The first rule of the list that looks at coordinates: what goes before it has to be formed. */
static const struct fray_choice *by_coordinate(void) {
  size_t i = 0;
  while (((const struct fray_rule_ops *)fray_rules.v[i]->impl)->form != FRAY_RULE_COORDINATE)
    i++;
  return fray_rules.v[i];
}

/* For whoever does the same to the same updates elsewhere. */
static enum fray_status write_vector(const float *x, size_t n, const char *folder, const char *name,
                                     struct fray_err *err) {
  const struct fray_signal value = {
      .kind = FRAY_AUDIO, .x = (float *)(uintptr_t)x, .length = n, .channels = 1};
  return bench_value_write(&value, folder, name, err);
}

static enum fray_status write_updates(const struct cohort *c, const char *folder,
                                      struct fray_err *err) {
  char name[32];
  for (size_t k = 0; k < c->updates.members; k++) {
    snprintf(name, sizeof name, "update-%zu", k);
    FRAY_TRY(write_vector(c->update[k], c->updates.total, folder, name, err));
  }
  return write_vector(c->root, c->updates.total, folder, "root", err);
}

/* Each rule, then each thing that goes before one: with the mean behind it, and with a rule that
 * looks at coordinates. folder: for results, or NULL. */
static enum fray_status measure_all(struct cohort *c, const char *folder, struct fray_bench *out,
                                    struct fray_err *err) {
  struct fray_aggregation_config mean;
  const size_t pre = fray_pre_aggregations.n;
  FRAY_TRY(read_rule("{}", &c->keep, &mean, err));
  for (size_t i = 0; i < fray_rules.n + 2 * pre; i++) {
    const bool is_rule = i < fray_rules.n;
    const struct fray_choice *choice =
        is_rule ? fray_rules.v[i] : fray_pre_aggregations.v[(i - fray_rules.n) % pre];
    const struct fray_choice *behind = i < fray_rules.n + pre ? fray_rules.v[0] : by_coordinate();
    struct fray_bench_rule *rule = &out->rule[out->n_rules++];
    struct fray_aggregation_config config;
    char keys[128] = "", text[256];
    for (size_t k = 0; choice->table && k < choice->table->n; k++)
      if (choice->table->fields[k].required) /* a client, or a length */
        snprintf(keys, sizeof keys, ", %s: %s", choice->table->fields[k].key,
                 choice->table->fields[k].type == FRAY_STRING ? "c" : "1");
    snprintf(rule->name, sizeof rule->name, "%s%s%s%s", is_rule ? "" : "before: ", choice->name,
             is_rule || behind == fray_rules.v[0] ? "" : ", ",
             is_rule || behind == fray_rules.v[0] ? "" : behind->name);
    if (is_rule)
      snprintf(text, sizeof text, "{rule: %s%s}", choice->name, keys);
    else
      snprintf(text, sizeof text, "{pre: [{kind: %s%s}], rule: %s}", choice->name, keys,
               behind->name);
    FRAY_TRY(read_rule(text, &c->keep, &config, err));
    FRAY_TRY(measure(c, &mean, &config, rule, err));
    if (folder)
      FRAY_TRY(write_vector(c->out, c->updates.total, folder, rule->name, err));
  }
  return FRAY_OK;
}

/* Brief ones show that all of it works: eleven updates are what the most demanding rule asks for.
 */
enum fray_status bench_rules(struct fray_comm *comm, const struct fray_bench_wish *wish,
                             struct fray_bench *out, struct fray_err *err) {
  const bool brief = wish->brief;
  struct cohort c = {.comm = comm};
  struct fray_making folder = {.claim = -1};
  if (wish->values)
    FRAY_TRY(fray_making_open(wish->values, &folder, err));
  out->rule_updates = brief ? BRIEF_MEMBERS : MEMBERS;
  out->rule_floats = brief ? BRIEF_FLOATS : FLOATS;
  /* One rank without memory must not leave the others in an exchange. */
  enum fray_status status =
      fray_comm_agree(comm, fill(&c, out->rule_updates, out->rule_floats, err), err);
  if (status == FRAY_OK && wish->values)
    status = write_updates(&c, folder.path, err);
  if (status == FRAY_OK)
    status = measure_all(&c, wish->values ? folder.path : NULL, out, err);
  if (status == FRAY_OK && wish->values)
    status = fray_making_publish(&folder, false, err);
  else if (wish->values)
    fray_making_drop(&folder);
  fray_arena_free(&c.keep);
  fray_arena_free(&c.work);
  return status;
}
