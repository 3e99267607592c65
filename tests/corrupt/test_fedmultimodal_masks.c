/* FedMultimodal's own simulation files against the structure that `compat: fedmultimodal` claims.
 * Needs FRAY_FIXTURES, a folder with fedmultimodal/uci-har_mm05_alpha01.json; skipped without. */
#include "world.h"

#include "fray/base/file.h"
#include "fray/json/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CLIENTS = 105 };
struct masks {
  size_t n;
  bool a[CLIENTS], b[CLIENTS];
};

/* The mask of a client's first sample; fails unless all its samples carry the same. */
static void read_client(const fray_json *samples, bool *a, bool *b) {
  for (size_t s = 0; s < fray_json_size(samples); s++) {
    const fray_json *columns = fray_json_at(fray_json_at(samples, s), 3);
    int64_t lost_a = 0, lost_b = 0;
    assert_true(fray_json_int(fray_json_at(columns, 0), &lost_a));
    assert_true(fray_json_int(fray_json_at(columns, 1), &lost_b));
    assert_true(s == 0 || (*a == (lost_a != 0) && *b == (lost_b != 0)));
    *a = lost_a != 0;
    *b = lost_b != 0;
  }
}

static bool read_masks(const char *name, struct masks *out) {
  char path[1024];
  const char *folder = getenv("FRAY_FIXTURES");
  snprintf(path, sizeof path, "%s/fedmultimodal/%s", folder ? folder : "", name);
  if (!folder || !fray_file_exists(path))
    return false;
  fray_json *root = NULL;
  struct fray_err err = {0};
  if (fray_json_read(path, (size_t)1 << 28, &root, &err) != FRAY_OK)
    fail_msg("%s", err.text);
  void *at = NULL;
  const char *key = NULL;
  const fray_json *samples = NULL;
  *out = (struct masks){0};
  while (fray_json_next(root, &at, &key, &samples)) {
    if (strcmp(key, "test") == 0 || strcmp(key, "dev") == 0)
      continue;
    assert_true(out->n < CLIENTS);
    read_client(samples, &out->a[out->n], &out->b[out->n]);
    out->n++;
  }
  fray_json_free(root);
  assert_int_equal(out->n, CLIENTS);
  return true;
}

/* Pairs of places i, 2 i (test is 0, dev 1, training clients follow) whose masks agree. */
static size_t agreements(const struct masks *m, size_t *pairs) {
  size_t same = 0;
  *pairs = 0;
  for (size_t c = 0; 2 * c + 2 < CLIENTS; c++, (*pairs)++)
    same += m->b[c] == m->a[2 * c + 2];
  return same;
}

static struct masks our_masks(uint64_t seed, const char *rate) {
  struct world w;
  world_make(&w, false);
  struct fray_population p = world_dealt(&w, true, CLIENTS, 1);
  p.n = CLIENTS;
  const char *yaml = fray_arena_printf(
      &w.arena, "{kind: missing_modality, unit: client, compat: fedmultimodal, rate: %s}", rate);
  struct fray_damage d = world_corrupt(&w, &p, seed, yaml, NULL);
  struct masks m = {.n = CLIENTS};
  for (size_t c = 0; c < CLIENTS; c++) {
    m.a[c] = !(d.present[c] & 1);
    m.b[c] = !(d.present[c] & 2);
    assert_int_equal(d.dropped[c], m.a[c] && m.b[c]);
  }
  world_free(&w);
  return m;
}

static void check_file(const char *name, const char *rate) {
  struct masks theirs;
  assert_true(read_masks(name, &theirs));
  size_t pairs = 0, pairs_of_ours = 0;
  size_t agree = agreements(&theirs, &pairs);
  assert_int_equal(agree, pairs);
  struct masks ours = our_masks(8, rate);
  agree = agreements(&ours, &pairs_of_ours);
  assert_int_equal(agree, pairs_of_ours);
  assert_int_equal(pairs, pairs_of_ours);
  size_t a = 0, b = 0, both = 0;
  for (size_t c = 0; c < CLIENTS; c++)
    a += theirs.a[c], b += theirs.b[c], both += theirs.a[c] && theirs.b[c];
  double r = atof(rate);
  world_assert_share((double)a, CLIENTS, r, 4);
  world_assert_share((double)b, CLIENTS, r, 4);
  world_assert_share((double)both, CLIENTS, r * r, 4);
}

static void structure_of_the_published_masks(void **state) {
  (void)state;
  check_file("uci-har_mm05_alpha01.json", "0.5");
  check_file("uci-har_mm03_alpha01.json", "0.3");
}

int main(void) {
  struct masks masks;
  if (!read_masks("uci-har_mm05_alpha01.json", &masks)) {
    puts("skipped: FRAY_FIXTURES names no folder with fedmultimodal/uci-har_mm05_alpha01.json");
    return 77;
  }
  const struct CMUnitTest tests[] = {cmocka_unit_test(structure_of_the_published_masks)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
