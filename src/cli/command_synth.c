/* fray synth: from KEY=VALUE texts to synthetic shards. The keys are a schema like a scenario's, so
 * they are read, bounded and explained in the same way. */
#include "fray/data/synth.h"

#include "commands.h"
#include "fray/base/log.h"

static enum fray_status write_shards(const char *const *sets, size_t n_sets, const char *out,
                                     struct fray_arena *arena, struct fray_err *err) {
  struct fray_node *map = NULL;
  struct fray_synth_config config;
  /* All keys are read before the folder is made: a misprint leaves nothing behind. */
  FRAY_TRY(cli_read_sets(sets, n_sets, arena, &map, err));
  FRAY_TRY(fray_schema_read(&fray_synth_table, map, "", &config, arena, err));
  FRAY_TRY(fray_synth(&config, out, err));
  /* Ends with what the next command is to be given. */
  fray_note("shards: %s", out);
  return FRAY_OK;
}

/* The same page as for a scenario, of another table. */
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

struct given {
  const char *out;
  struct cli_texts set;
  bool reference;
};

static enum fray_status run(const struct cli_call *call, struct fray_err *err) {
  const struct given *given = call->given;
  if (given->reference)
    return print_reference(err);
  /* Nodes, keys and the configuration live as long as the writing. */
  struct fray_arena arena = {0};
  const enum fray_status status = write_shards(given->set.v, given->set.n, given->out, &arena, err);
  fray_arena_free(&arena);
  return status;
}

/* Keys are no options of their own: there are many, they are a schema, and a scenario's are set
 * alike. */
static const struct cli_option options[] = {
    CLI_OUT(struct given, "folder of the shards; must not exist",
            .needed = "the folder that the shards go to", .unless = "reference"),
    CLI_SET(struct given,
            "overrides one key, e.g. --set clients=100 or --set "
            "'modalities=[\"audio:2000\", \"image:12x12x1\"]'", ),
    CLI_OPTION(FLAG, "reference", struct given, reference,
               .help = "prints every key: type, range, unit, default, meaning"),
};

const struct cli_command cli_synth = {
    .name = "synth",
    .meaning = "write synthetic shards for tests",
    CLI_TAKES(options, struct given),
    .about = "Writes parametric multimodal shards, for smoke and scale tests. The same keys give "
             "the same bytes.",
    .exits = CLI_SAID({"0", "done"}, {"1", "failed while writing"},
                      {"2", "wrong usage or keys; nothing was written"}),
    .examples = CLI_SAID({"fray synth -o shards --set clients=100 --set samples=20",
                          "A hundred clients with 20 samples each:"}),
    .also = "inspect run",
    .run = run};
