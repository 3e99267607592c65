/* The rows of a catalogue that say whose updates a rule took. */
#include "influence_rows.h"

#include "report/stat/influence.h"

#include <math.h>

/* By the index of what was taken, so that a reordered enum moves no row to another measure. */
static enum fray_rep_entry_kind value_kind(enum fray_rep_taken taken) {
  static const enum fray_rep_entry_kind kinds[] = {[FRAY_REP_REJECTED] = FRAY_REP_UPDATES_REJECTED,
                                                   [FRAY_REP_HALVED] = FRAY_REP_UPDATES_HALVED,
                                                   [FRAY_REP_PART] = FRAY_REP_UPDATES_PART};
  return kinds[taken];
}

static enum fray_rep_entry_kind excess_kind(enum fray_rep_taken taken) {
  static const enum fray_rep_entry_kind kinds[] = {[FRAY_REP_REJECTED] = FRAY_REP_REJECTED_EXCESS,
                                                   [FRAY_REP_HALVED] = FRAY_REP_HALVED_EXCESS,
                                                   [FRAY_REP_PART] = FRAY_REP_PART_EXCESS};
  return kinds[taken];
}

/* Clients behind a row: of the seed that has fewest, as everywhere where seeds differ. */
static size_t least_clients(const struct fray_rep_influence *in, size_t cell, size_t kind) {
  const struct fray_rep_results *r = in->r;
  double least = INFINITY;
  for (size_t s = 0; s < r->seeds.n; s++) {
    const size_t t = r->trial_of[cell * r->seeds.n + s];
    if (t < r->n_trials)
      least = fmin(least, in->clients[kind * r->n_trials + t]); /* fmin leaves NaN aside */
  }
  return isfinite(least) ? (size_t)least : 0;
}

/* Of a share, or a part, which ends at 0: p was taken of the whole interval before. */
static void stay_in_range(struct fray_interval *v, enum fray_rep_entry_kind kind) {
  const bool is_share = kind == FRAY_REP_UPDATES_REJECTED || kind == FRAY_REP_UPDATES_HALVED;
  if (!is_share && kind != FRAY_REP_UPDATES_PART) /* an excess goes both ways */
    return;
  fray_interval_within(0, is_share ? 1 : INFINITY, v);
}

/* A row off the axes, whose group says which clients: they are no test samples of any. */
static enum fray_status add_row(struct fray_rep_maker *k, const struct fray_rep_influence *in,
                                enum fray_rep_entry_kind kind, size_t cell, size_t clients,
                                const struct fray_rep_stat *s, struct fray_rep_entry **out,
                                struct fray_err *err) {
  FRAY_TRY(fray_rep_add_entry(k, kind, cell, cell, out, err));
  struct fray_rep_entry *v = *out;
  v->group = fray_arena_printf(in->r->arena, "%s=%s", in->of[clients], in->value[clients]);
  FRAY_CHECK(v->group, err, MEMORY, "out of memory");
  v->e = (struct fray_rep_estimate){.value = s->mean,
                                    .interval = s->interval,
                                    .p = s->p,
                                    .n_seeds = s->n,
                                    .n_clusters = least_clients(in, cell, clients),
                                    .status = s->interval.status};
  stay_in_range(&v->e.interval, kind);
  return FRAY_OK;
}

/* Values first, of attackers too: whether a rule finds them is the other half of the question. Then
 * the excesses, of honest clients alone. */
enum fray_status fray_rep_add_influence(struct fray_rep_maker *k, struct fray_err *err) {
  struct fray_rep_influence in;
  struct fray_rep_borne *borne;
  struct fray_rep_entry *v;
  size_t n;
  if (k->samples != FRAY_REP_TEST) /* once: updates have no scope */
    return FRAY_OK;
  FRAY_TRY(fray_rep_influence_read(k->r, &in, err));
  k->axis = k->out->n_axes;
  for (size_t cell = 0; cell < k->r->n_cells; cell++)
    for (size_t kind = 0; kind < in.n; kind++)
      for (int taken = 0; taken < FRAY_REP_N_TAKEN; taken++) {
        const struct fray_rep_stat s =
            fray_rep_influence_of(&in, cell, kind, (enum fray_rep_taken)taken);
        if (s.n)
          FRAY_TRY(
              add_row(k, &in, value_kind((enum fray_rep_taken)taken), cell, kind, &s, &v, err));
      }
  if (in.n == 0)
    return FRAY_OK;
  FRAY_TRY(fray_rep_influence_borne(&in, &borne, &n, err));
  for (size_t i = 0; i < n; i++) {
    FRAY_TRY(add_row(k, &in, excess_kind(borne[i].taken), borne[i].cell, borne[i].kind,
                     &borne[i].less, &v, err));
    /* The row's interval is of this number alone, and so is p beside it; less.p is the family's. */
    v->e.p = borne[i].p;
    v->p_holm = borne[i].less.p;
  }
  return FRAY_OK;
}
