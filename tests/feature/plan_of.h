/* Damage of a data set, from the YAML of its entries. */
#ifndef TESTS_FEATURE_PLAN_OF_H
#define TESTS_FEATURE_PLAN_OF_H

#include "fray/corrupt/corrupt.h"
#include "small_shard.h"

/* Signal damage: each sample of the data set by its own rows. */
static const struct fray_signal_plan *plan_of(const struct fray_dataset *d, const char *const *yaml,
                                              size_t n, struct fray_arena *keep) {
  const struct fray_corruption_config *entries[4];
  uint32_t *sample = fray_arena_alloc(keep, d->n_samples, sizeof *sample);
  struct fray_population people = {.dataset = d,
                                   .n = d->n_samples,
                                   .sample = sample,
                                   .client = d->client,
                                   .n_clients = d->n_clients,
                                   .client_source = d->client_source,
                                   .client_name = d->client_name,
                                   .train = true};
  struct fray_realised realised[4];
  struct fray_damage damage;
  struct fray_err err = {0};
  for (size_t i = 0; i < d->n_samples; i++)
    sample[i] = (uint32_t)i;
  for (size_t e = 0; e < n; e++) {
    struct fray_corruption_config *entry = fray_arena_zero(keep, 1, sizeof *entry);
    struct fray_node *node = NULL;
    good(fray_yaml_parse(yaml[e], "test", keep, &node, &err), &err);
    good(fray_schema_read(&fray_corruption_table, node, "", entry, keep, &err), &err);
    entries[e] = entry;
  }
  good(fray_damage_start(&people, keep, &damage, &err), &err);
  good(fray_corrupt(entries, n, &people, 4, keep, &damage, realised, &err), &err);
  return damage.signal;
}

#endif
