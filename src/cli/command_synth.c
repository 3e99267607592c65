/* fray synth: options that make a configuration of synthetic shards. */
#include "fray/data/synth.h"

#include "command.h"
#include "fray/base/log.h"
#include "fray/base/size.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "usage: fray synth -o DIR [--set KEY=VALUE]...\n"
    "       fray synth --reference\n\n"
    "Writes parametric multimodal shards, for smoke and scale tests. The same keys give the same\n"
    "bytes.\n\n"
    "  -o, --out DIR      folder of the shards; must not exist\n"
    "      --set KEY=VALUE  overrides one key, e.g. --set clients=100\n"
    "                     or --set 'modalities=[\"audio:2000\", \"image:12x12x1\"]'\n"
    "      --reference    prints every key: type, range, unit, default, meaning\n";

/* "KEY=VALUE" texts as one map; a later one replaces an earlier one. */
static enum fray_status read_sets(const char *const *sets, size_t n, struct fray_arena *arena,
                                  struct fray_node **out, struct fray_err *err) {
  struct fray_node *map = fray_node_map("--set", 0, arena);
  FRAY_CHECK(map, err, MEMORY, "out of memory");
  for (size_t i = 0; i < n; i++) {
    const char *equal = strchr(sets[i], '=');
    FRAY_CHECK(equal && equal != sets[i], err, INPUT, "--set %s: KEY=VALUE is expected", sets[i]);
    char *key = fray_arena_strndup(arena, sets[i], (size_t)(equal - sets[i]));
    char *text = fray_arena_printf(arena, "value: %s\n", equal + 1);
    FRAY_CHECK(key && text, err, MEMORY, "out of memory");
    struct fray_node *wrapped;
    FRAY_TRY(fray_yaml_parse(text, "--set", arena, &wrapped, err));
    struct fray_node *value = fray_node_get(wrapped, "value");
    FRAY_CHECK(value && value->kind != FRAY_NODE_NULL && wrapped->n == 1, err, INPUT,
               "--set %s: one value is expected", sets[i]);
    FRAY_TRY(fray_node_put(map, key, value, arena, err));
  }
  *out = map;
  return FRAY_OK;
}

static enum fray_status write_shards(const char *const *sets, size_t n_sets, const char *out,
                                     struct fray_arena *arena, struct fray_err *err) {
  struct fray_node *map = NULL;
  struct fray_synth_config config;
  FRAY_TRY(read_sets(sets, n_sets, arena, &map, err));
  FRAY_TRY(fray_schema_read(&fray_synth_table, map, "", &config, arena, err));
  FRAY_TRY(fray_synth(&config, out, err));
  fray_note("shards: %s", out);
  return FRAY_OK;
}

static enum fray_status print_reference(struct fray_err *err) {
  struct fray_text text = {0};
  fray_schema_reference(&fray_synth_table, &text);
  bool good = !text.failed && text.data;
  if (good)
    fray_print("%s", text.data);
  fray_text_free(&text);
  FRAY_CHECK(good, err, MEMORY, "out of memory");
  return FRAY_OK;
}

static enum fray_status run(int argc, char **argv, struct fray_comm *comm, struct fray_err *err) {
  (void)comm;
  const char *sets[CLI_LIST], *out = NULL;
  size_t n_sets = 0, n = 0;
  bool reference = false;
  const struct cli_option table[] = {{.name = "out", .letter = 'o', .value = &out},
                                     {.name = "set", .list = sets, .n_list = &n_sets},
                                     {.name = "reference", .flag = &reference}};
  struct fray_arena arena = {0};
  const char **operands = calloc((size_t)argc + 1, sizeof *operands);
  FRAY_CHECK(operands, err, MEMORY, "out of memory");
  enum fray_status status = cli_parse(argc, argv, table, FRAY_COUNT(table), operands, &n, err);
  if (status == FRAY_OK && n > 0)
    status = fray_fail(err, FRAY_INPUT, "unexpected '%s'; only options are taken", operands[0]);
  if (status == FRAY_OK && !reference && !out)
    status = fray_fail(err, FRAY_INPUT, "-o DIR is missing: the folder that the shards go to");
  if (status == FRAY_OK)
    status = reference ? print_reference(err) : write_shards(sets, n_sets, out, &arena, err);
  fray_arena_free(&arena);
  free(operands);
  return status;
}

extern const struct cli_command cli_synth;
const struct cli_command cli_synth = {"synth", "write synthetic shards for tests", usage, false,
                                      run};
