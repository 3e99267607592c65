/* The rows of participation.csv: who took part in a simulated training, by size and by group.
 *
 * Whoever is fast, or reachable, or has less to do, comes more often than its data weigh: the model
 * is of those who came, and the table says how far. */
#include "fray/base/size.h"
#include "fray/base/text.h"
#include "trial_work.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { PARTS = 4 }; /* of the clients, by size */

/* Clients that are looked at together. */
struct share {
  size_t clients, samples;
  double visits, trained, least, most;
};

static void put_real(struct fray_text *out, double value) {
  char text[32] = "";
  if (!isnan(value))
    fray_format_double(value, text);
  fray_text_printf(out, ",%s", text);
}

/* weight: how many times its samples were trained on for each time that all samples were. */
static void put_share(const struct share *s, const struct share *all, const char *of,
                      const char *value, struct fray_text *out) {
  fray_text_csv(out, of);
  fray_text_puts(out, ",");
  fray_text_csv(out, value);
  fray_text_printf(out, ",%zu,%zu", s->clients, s->samples);
  put_real(out, s->visits / (double)s->clients);
  const double held = (double)s->samples / (double)all->samples;
  const double trained = all->trained > 0 ? s->trained / all->trained : NAN;
  put_real(out, held);
  put_real(out, trained);
  put_real(out, trained / held);
  fray_text_puts(out, "\n");
}

/* A client without any sample is of no kind: it never trains, and nothing is lost with it. */
static void take(const struct trial_work *t, size_t c, struct share *s) {
  const double samples = (double)t->clients.n_labelled[c];
  s->least = s->clients ? fmin(s->least, samples) : samples;
  s->most = fmax(s->most, samples);
  s->clients++;
  s->samples += t->clients.n_labelled[c];
  s->visits += (double)t->outcome.visits[c];
  s->trained += t->outcome.trained[c];
}

static int ascending(const void *a, const void *b) {
  const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
  return (x > y) - (x < y);
}

/* Quarters of the clients; those of equal size stay together, so there may be fewer. */
static enum fray_status put_sizes(const struct trial_work *t, const struct share *all,
                                  struct fray_trial_file *part, struct fray_err *err) {
  struct share quarter[PARTS] = {{0}};
  uint32_t *size;
  size_t n = 0;
  FRAY_ALLOC(size, &part->arena, t->clients.n + 1, err);
  for (size_t c = 0; c < t->clients.n; c++)
    if (t->clients.n_labelled[c])
      size[n++] = t->clients.n_labelled[c];
  qsort(size, n, sizeof *size, ascending);
  for (size_t c = 0; c < t->clients.n; c++) {
    const uint32_t own = t->clients.n_labelled[c];
    if (own == 0)
      continue;
    const uint32_t *first = bsearch(&own, size, n, sizeof *size, ascending);
    while (first > size && first[-1] == own)
      first--;
    take(t, c, &quarter[FRAY_MIN(PARTS * (size_t)(first - size) / n, (size_t)PARTS - 1)]);
  }
  for (size_t k = 0; k < PARTS; k++) {
    char value[64];
    if (quarter[k].clients == 0)
      continue;
    if (quarter[k].least == quarter[k].most)
      snprintf(value, sizeof value, "%.0f", quarter[k].least);
    else
      snprintf(value, sizeof value, "%.0f to %.0f", quarter[k].least, quarter[k].most);
    put_share(&quarter[k], all, "samples", value, &part->participation_all);
  }
  return FRAY_OK;
}

/* The value of a client, the column's number of values if its samples have several. */
static size_t value_of(const struct trial_work *t, const struct fray_group *group, size_t c) {
  const uint32_t *sample = t->clients.data.sample + t->clients.first[c];
  for (size_t i = 1; i < t->clients.count[c]; i++)
    if (group->code[sample[i]] != group->code[sample[0]])
      return group->n;
  return group->code[sample[0]];
}

/* A column that is no property of clients makes no rows. */
static enum fray_status put_group(const struct trial_work *t, const struct fray_group *group,
                                  const struct share *all, struct fray_trial_file *part,
                                  struct fray_err *err) {
  struct share *share;
  FRAY_ALLOC_ZERO(share, &part->arena, group->n + 1, err);
  for (size_t c = 0; c < t->clients.n; c++)
    if (t->clients.n_labelled[c])
      take(t, c, &share[value_of(t, group, c)]);
  if (share[group->n].clients)
    return FRAY_OK;
  for (size_t g = 0; g < group->n; g++)
    if (share[g].clients)
      put_share(&share[g], all, group->name, group->value[g], &part->participation_all);
  return FRAY_OK;
}

enum fray_status fray_trial_participation(const struct trial_work *t, struct fray_trial_file *part,
                                          struct fray_err *err) {
  const struct fray_dataset *d = t->session->dataset;
  struct share all = {0};
  if (!t->outcome.visits) /* nobody was ever kept away */
    return FRAY_OK;
  for (size_t c = 0; c < t->clients.n; c++)
    if (t->clients.n_labelled[c])
      take(t, c, &all);
  if (all.clients == 0)
    return FRAY_OK;
  FRAY_TRY(put_sizes(t, &all, part, err));
  fray_text_puts(&part->participation_all, "\n");
  for (size_t g = 0; g < d->n_groups; g++)
    if (fray_trial_keeps_column(t, &d->group[g]))
      FRAY_TRY(put_group(t, &d->group[g], &all, part, err));
  return fray_trial_pick_columns(t, &part->participation_all, &part->participation, err);
}

/* A share of nothing stays empty. */
static void put_part(struct fray_text *out, double part, double of) {
  char text[32] = "";
  if (of > 0)
    fray_format_double(part / of, text);
  fray_text_printf(out, ",%s", text);
}

/* The row of secure.csv: in how many rounds the sum could be read, who fell out of it, and what
 * masks took. What is not seen of an update is counted all the same: it is a simulation. */
void fray_trial_secure(const struct trial_work *t, struct fray_text *out) {
  const double *of = t->outcome.secure;
  if (!of)
    return;
  fray_text_printf(out, "%.0f,%.0f,%.0f,%.0f", of[FRAY_SECURE_ROUNDS], of[FRAY_SECURE_LOST],
                   of[FRAY_SECURE_KEYS], of[FRAY_SECURE_SENT]);
  put_part(out, of[FRAY_SECURE_CLIPPED], of[FRAY_SECURE_VALUES]);
  fray_text_printf(out, ",%.0f,%.0f,%.0f\n", of[FRAY_SECURE_BYTES], of[FRAY_SECURE_EXPANDED],
                   of[FRAY_SECURE_TAKEN_OFF]);
}
