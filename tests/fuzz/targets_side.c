/* Side files of a scenario: who holds what, who comes when, what damage was done, how strong it is.
 */
#include "fuzz.h"
#include "fuzz_world.h"

#include "feature/vectors.h"
#include "fed/availability/visit_trace.h"
#include "fray/base/bundle.h"
#include "fray/base/side.h"
#include "fray/corrupt/ledger.h"
#include "fray/corrupt/severity_table.h"
#include "fray/corrupt/signal.h"
#include "fray/data/partition.h"
#include "fray/fed/schedule.h"

#include "fray/base/hash.h"

#include <stdlib.h>
#include <string.h>

/* Every sample belongs to one client or to none, and what was drawn is in the data set. */
static void look_at(const struct fray_partition *p, const struct fray_dataset *d) {
  uint8_t seen[WORLD_SAMPLES] = {0};
  for (size_t i = 0; i < p->first[p->n_clients]; i++)
    fuzz_must(p->sample[i] < d->n_samples && !seen[p->sample[i]]++, "a sample has one owner");
  for (size_t i = 0; i < p->n_dev; i++)
    fuzz_must(p->dev[i] < d->n_samples && !seen[p->dev[i]]++, "a dev sample is no other's");
  for (size_t i = 0; i < p->n_test; i++)
    fuzz_must(p->test[i] < d->n_samples && !seen[p->test[i]]++, "a test sample is no other's");
}

static void partition(const char *name, const uint8_t *data, size_t size) {
  struct fray_arena arena = {0};
  struct fray_err err = {0};
  struct fray_node *node = NULL;
  struct fray_partition_config config;
  struct fray_partition *p = NULL;
  const char *yaml = fray_arena_printf(&arena, "{kind: file, path: %s, test_id: 'train/{row}'}",
                                       fuzz_file(name, data, size));
  fuzz_must(fray_yaml_parse(yaml, "x.yaml", &arena, &node, &err) == FRAY_OK &&
                fray_schema_read(&fray_partition_table, node, "data.partition", &config, &arena,
                                 &err) == FRAY_OK,
            "the section is right");
  const enum fray_status status = fray_partition_make(&config, fuzz_world(), 1, &p, &err);
  fuzz_answered(status, &err);
  if (status == FRAY_OK)
    look_at(p, fuzz_world());
  fray_partition_free(p);
  fray_arena_free(&arena);
}

void fuzz_partition_csv(const uint8_t *data, size_t size) {
  partition("partition.csv", data, size);
}

/* The same file carries the damage of a simulation. */
void fuzz_partition_json(const uint8_t *data, size_t size) {
  partition("partition.json", data, size);
}

/* ---- who comes when ---- */

void fuzz_cohorts(const uint8_t *data, size_t size) {
  struct fray_arena arena = {0};
  struct fray_err err = {0};
  struct fray_cohort_schedule s;
  char *text = fuzz_text(data, size);
  const enum fray_status status = fray_cohorts_parse(
      "cohorts.csv", text, size, 3, fuzz_world()->client_name, WORLD_CLIENTS, &arena, &s, &err);
  fuzz_answered(status, &err);
  for (size_t r = 0; status == FRAY_OK && r < 3; r++)
    for (size_t i = s.first[r]; i < s.first[r + 1]; i++)
      fuzz_must(s.client[i] < WORLD_CLIENTS && (i == s.first[r] || s.client[i] > s.client[i - 1]),
                "clients of a round rise");
  fray_arena_free(&arena);
  free(text);
}

void fuzz_trace(const uint8_t *data, size_t size) {
  struct fray_arena arena = {0};
  struct fray_err err = {0};
  struct visit_trace trace;
  const enum fray_status status =
      visit_trace_read(fuzz_file("trace.csv", data, size), fuzz_world()->client_name, WORLD_CLIENTS,
                       &arena, &trace, &err);
  fuzz_answered(status, &err);
  for (uint32_t c = 0; status == FRAY_OK && c < WORLD_CLIENTS; c++)
    for (uint64_t round = 0; round < 4; round++) {
      const double *seconds = visit_trace_at(&trace, c, round);
      fuzz_must(!seconds || *seconds > 0, "a visit takes time");
    }
  fray_arena_free(&arena);
}

/* ---- damage ---- */

/* The first byte: of one class each or of sets, of training or of test. */
void fuzz_ledger(const uint8_t *data, size_t size) {
  const uint8_t how = size ? data[0] : 0;
  const struct fray_dataset *d = how & 1 ? fuzz_world_of_sets() : fuzz_world();
  const struct fray_population p = fuzz_population(d, !(how & 2));
  struct fray_arena arena = {0};
  struct fray_err err = {0};
  struct fray_damage damage = {0};
  uint8_t changed[WORLD_SAMPLES] = {0};
  const size_t n = size ? size - 1 : 0;
  char *text = fuzz_text(data + (size ? 1 : 0), n);
  fuzz_must(fray_damage_start(&p, &arena, &damage, &err) == FRAY_OK &&
                fray_signal_plan_start(&p, &fray_corruption_table, &arena, &damage.signal, &err) ==
                    FRAY_OK,
            "there is a population");
  const enum fray_status status =
      fray_ledger_parse("ledger.csv", text, n, &p, &damage, changed, &err);
  fuzz_answered(status, &err);
  if (status == FRAY_OK) { /* what it did is told again, and does the same */
    struct fray_text told = {0}, again = {0};
    struct fray_damage other = {0};
    fray_ledger_text(&p, &damage, &told);
    char *copy = fuzz_text((const uint8_t *)(told.data ? told.data : ""), told.size);
    fuzz_must(fray_damage_start(&p, &arena, &other, &err) == FRAY_OK &&
                  fray_signal_plan_start(&p, &fray_corruption_table, &arena, &other.signal, &err) ==
                      FRAY_OK,
              "there is a population");
    fuzz_must(fray_ledger_parse("told.csv", copy, told.size, &p, &other, NULL, &err) == FRAY_OK,
              "a ledger that was written is one");
    fray_ledger_text(&p, &other, &again);
    fuzz_must(told.size == again.size && memcmp(told.data, again.data, told.size) == 0,
              "a ledger replays what was done");
    free(copy);
    fray_text_free(&told);
    fray_text_free(&again);
  }
  fray_arena_free(&arena);
  free(text);
}

/* The first byte: CSV or YAML. */
void fuzz_severity_table(const uint8_t *data, size_t size) {
  struct fray_arena arena = {0};
  struct fray_err err = {0};
  struct fray_severity_row *row;
  size_t n;
  const size_t skip = size ? 1 : 0;
  const bool yaml = size && data[0] & 1;
  char *text = fuzz_text(data + skip, size - skip);
  const enum fray_status status =
      fray_severity_rows_read(yaml ? "t.yaml" : "t.csv", text, size - skip, &arena, &row, &n, &err);
  fuzz_answered(status, &err);
  if (status == FRAY_OK) {
    struct fray_text told = {0};
    fray_severity_rows_text(row, n, &told);
    fuzz_must(fray_severity_rows_read("t.csv", told.data, told.size, &arena, &row, &n, &err) ==
                  FRAY_OK,
              "a table that was written is one");
    fray_text_free(&told);
  }
  fray_arena_free(&arena);
  free(text);
}

/* ---- others ---- */

void fuzz_vectors(const uint8_t *data, size_t size) {
  static const char *const words[] = {"<hello>", "<world>", "<don't>", "<x>"};
  struct word_set known = {0};
  struct fray_err err = {0};
  struct vectors out;
  for (int i = 0; i < 4; i++)
    fuzz_must(word_set_add(&known, fray_hash_text(words[i]), &err) == FRAY_OK, "there is memory");
  const enum fray_status status =
      vectors_read(fuzz_file("vectors.txt", data, size), &known, true, &out, &err);
  fuzz_answered(status, &err);
  if (status == FRAY_OK)
    vectors_free(&out);
  word_set_free(&known);
}

/* A folder of sounds as ranks send it to each other. */
void fuzz_bundle(const uint8_t *data, size_t size) {
  struct fray_bundle_file file;
  struct fray_err err = {0};
  size_t at = 0, n = 0;
  if (!fray_bundle_is((const char *)data, size))
    return;
  while (fray_bundle_next((const char *)data, size, &at, &file, &err)) {
    fuzz_must(file.data >= (const char *)data && file.size <= size, "a file lies in the bundle");
    fuzz_must(file.data + file.size <= (const char *)data + size, "a file ends in the bundle");
    fuzz_must(strlen(file.name) < size && ++n <= size, "a file has a name");
  }
}
