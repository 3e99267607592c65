/* fray scenario: the reference of all keys, and their JSON Schema, from the tables that read them.
 * docs/scenario-reference.md is the first, and a test compares the two. */
#include "cli/documents/documents.h"
#include "commands.h"

#include "fray/study/study.h"

struct given {
  bool reference, schema;
};

/* Printed as Markdown, which is as readable in a terminal as on a page. */
static enum fray_status run(const struct cli_call *call, struct fray_err *err) {
  const struct given *given = call->given;
  if (given->schema)
    return cli_print_schema(&fray_scenario_table, NULL, err);
  return cli_print_reference(&fray_scenario_table, "scenario", err);
}

/* Asked for in words, so that later ways to print a scenario have room beside it. */
static const struct cli_option options[] = {
    CLI_OPTION(FLAG, "reference", struct given, reference, .excludes = "schema",
               .needed = "say what is to be printed, this or --schema",
               .help = "prints every key: type, range, unit, default, meaning"),
    CLI_SCHEMA(struct given),
};

const struct cli_command cli_scenario = {
    .name = "scenario",
    .meaning = "print the reference of all scenario keys, or their JSON Schema",
    CLI_TAKES(options, struct given),
    .about = "Prints every key of a scenario: type, range, unit, default, meaning, for people "
             "(Markdown) or for editors (JSON Schema).",
    .exits = CLI_SAID({"0", "done"}, {"2", "wrong usage"}),
    .examples = CLI_SAID({"fray scenario --reference | less", "Page by page:"},
                         {"fray scenario --schema > scenario.schema.json",
                          "For an editor that completes and checks scenarios as they are typed:"}),
    .also = "check run list import",
    .run = run};
