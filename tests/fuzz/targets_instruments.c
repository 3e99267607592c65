/* What people write to tell an instrument what to ask, and what instruments hand on. Each goes the
 * way that the command goes with it. */
#include "fuzz.h"

#include "fray/instrument/fitted_gate.h"
#include "fray/instrument/mark.h"
#include "instrument/bountyrun/bounty_parts.h"
#include "instrument/card/card_parts.h"
#include "instrument/folder/instrument_folder.h"
#include "instrument/guard/guard_parts.h"
#include "instrument/pairs/pairs_parts.h"
#include "instrument/redsearch/red_parts.h"

#include <string.h>

void fuzz_guard(const uint8_t *data, size_t size) {
  struct fray_arena arena = {0}, scratch = {0};
  struct fray_err err = {0};
  struct guard_file file = {0};
  fuzz_answered(guard_file_read(fuzz_file("guard.yaml", data, size), fuzz_alone(), &arena, &scratch,
                                &file, &err),
                &err);
  fray_arena_free(&scratch);
  fray_arena_free(&arena);
}

void fuzz_gate(const uint8_t *data, size_t size) {
  struct fray_arena arena = {0};
  struct fray_err err = {0};
  struct fray_fitted_gate *gate = NULL;
  fuzz_answered(
      fray_fitted_gate_read(fuzz_file("gate.yaml", data, size), fuzz_alone(), &arena, &gate, &err),
      &err);
  fray_arena_free(&arena);
}

void fuzz_redteam(const uint8_t *data, size_t size) {
  struct fray_arena arena = {0};
  struct fray_err err = {0};
  struct red_file file = {0};
  fuzz_answered(
      red_file_read(fuzz_file("redteam.yaml", data, size), 0, fuzz_alone(), &arena, &file, &err),
      &err);
  fray_arena_free(&arena);
}

/* A pack of an older search: each of its conditions, as a search and `fray evaluate` read them. */
void fuzz_pack(const uint8_t *data, size_t size) {
  struct fray_arena arena = {0}, scratch = {0};
  struct fray_err err = {0};
  struct fray_node *root = NULL;
  struct fray_condition *conditions;
  enum fray_status status = fray_instrument_yaml(fuzz_file("pack.yaml", data, size), 1 << 20,
                                                 fuzz_alone(), &arena, &root, &err);
  fuzz_answered(status, &err);
  const struct fray_node *tests = status == FRAY_OK ? fray_node_get(root, "tests") : NULL;
  for (const struct fray_node *t = tests && tests->kind == FRAY_NODE_MAP ? tests->child : NULL; t;
       t = t->next) {
    struct fray_text text = {0};
    fray_text_printf(&text, "%s: ", t->key);
    fray_node_flow(t, &text);
    fuzz_answered(red_read_recipe(text.data, &arena, &scratch, &conditions, &err), &err);
    fray_text_free(&text);
  }
  fray_arena_free(&scratch);
  fray_arena_free(&arena);
}

/* Behind a NUL stands the table of pairs, which the document names. */
void fuzz_pairs(const uint8_t *data, size_t size) {
  struct fray_arena arena = {0}, scratch = {0};
  struct fray_err err = {0};
  struct pairs_file file = {0};
  const uint8_t *end = size ? memchr(data, 0, size) : NULL;
  const size_t n = end ? (size_t)(end - data) : size, skip = end ? n + 1 : n;
  fuzz_file("pairs.csv", data + skip, size - skip);
  fuzz_answered(pairs_file_read(fuzz_file("pairs.yaml", data, n), fuzz_alone(), &arena, &scratch,
                                &file, &err),
                &err);
  fray_arena_free(&scratch);
  fray_arena_free(&arena);
}

void fuzz_certificate(const uint8_t *data, size_t size) {
  static const char *const values[] = {"north", "south"};
  static const struct fray_trait trait[] = {{.name = "accent", .n_values = 2, .value = values},
                                            {.name = "disagreement"}};
  const struct fray_traits traits = {.n_traits = 2, .trait = trait};
  const char *path = fuzz_file("certificate.yaml", data, size);
  const struct fray_bounty_wish wish = {.files = &path, .n_files = 1, .hunt = true};
  struct fray_arena arena = {0};
  struct fray_err err = {0};
  struct bounty_file file;
  struct fray_group_rule rule;
  enum fray_status status = bounty_file_read(&wish, fuzz_alone(), &arena, &file, &err);
  fuzz_answered(status, &err);
  if (status == FRAY_OK && file.n) {
    status = fray_group_read(file.paper[0].group, "x.yaml", &traits, &arena, &rule, &err);
    fuzz_answered(status, &err);
  }
  fray_arena_free(&arena);
}

void fuzz_intent(const uint8_t *data, size_t size) {
  struct fray_arena arena = {0};
  struct fray_err err = {0};
  struct card_intent intent = {0};
  fuzz_answered(card_intent_read(fuzz_file("intent.yaml", data, size), &arena, &intent, &err),
                &err);
  fray_arena_free(&arena);
}

/* Its file is for its owner alone, as fuzz_file makes it. */
void fuzz_mark_key(const uint8_t *data, size_t size) {
  struct fray_err err = {0};
  struct fray_mark_key key;
  fuzz_answered(fray_mark_key_read(fuzz_file("key", data, size), &key, &err), &err);
}
