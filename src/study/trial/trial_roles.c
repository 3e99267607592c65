/* Which test clients are for choosing, and which for reporting.
 *
 * Whole clients and not samples: samples of one person are like each other, so that a threshold
 * which was chosen on some of them fits the rest of them better than it fits strangers. */
#include "trial_work.h"

#include "fray/base/size.h"
#include "fray/data/roles.h"

#include <string.h>

/* In the order of the data set, which the draw does not depend on. Of those that have test samples:
 * a share of all clients would draw many who have none. */
enum fray_status trial_verify_clients(const struct trial_work *t, uint8_t *role,
                                      struct fray_err *err) {
  const struct fray_dataset *d = t->session->dataset;
  const struct fray_samples *of = &t->judged[TEST].of;
  struct fray_arena work = {0};
  uint64_t *source = fray_arena_zero(&work, d->n_clients + 1, sizeof *source);
  uint32_t *client = fray_arena_zero(&work, d->n_clients + 1, sizeof *client);
  uint8_t *drawn = fray_arena_zero(&work, d->n_clients + 1, 1);
  enum fray_status status =
      source && client && drawn ? FRAY_OK : fray_fail(err, FRAY_MEMORY, "out of memory");
  size_t n = 0;
  memset(role, 0, d->n_clients);
  for (size_t i = 0; status == FRAY_OK && i < of->n; i++)
    role[d->client[of->sample[i]]] = 1;
  for (size_t c = 0; status == FRAY_OK && c < d->n_clients; c++)
    if (role[c]) {
      client[n] = (uint32_t)c;
      source[n++] = d->client_source[c];
    }
  if (status == FRAY_OK)
    status = fray_roles_draw(source, n, t->cell->config.evaluate.verify, drawn, err);
  for (size_t k = 0; status == FRAY_OK && k < n; k++)
    role[client[k]] = drawn[k];
  fray_arena_free(&work);
  return status;
}

/* Pointers of the test panel that say who its clients are stay valid for a part of it: clients keep
 * their numbers, and some of them have no sample here. A population of its own: donors of one role
 * never are of the other. */
enum fray_status trial_part_panel(struct trial_work *t, bool verify, struct judged *out,
                                  struct fray_err *err) {
  const struct fray_dataset *d = t->session->dataset;
  const struct judged *test = &t->judged[TEST];
  uint32_t *sample, *client;
  uint8_t *role;
  size_t n = 0;
  FRAY_ALLOC(sample, &t->arena, test->of.n + 1, err);
  FRAY_ALLOC(client, &t->arena, test->of.n + 1, err);
  FRAY_ALLOC(role, &t->arena, d->n_clients + 1, err);
  FRAY_TRY(trial_verify_clients(t, role, err));
  for (size_t i = 0; i < test->of.n; i++)
    if (role[test->client[i]] == verify) {
      client[n] = test->client[i];
      sample[n++] = test->of.sample[i];
    }
  *out = *test;
  out->name = verify ? fray_role_names[FRAY_ROLE_VERIFY] : fray_role_names[FRAY_ROLE_REPORT];
  out->client = client;
  return fray_trial_list_samples(d, sample, n, &t->arena, &out->of, err);
}
