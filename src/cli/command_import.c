/* fray import: where raw files are, where their shards go, and whether to write them. */
#include "fray/import/import.h"

#include "cli/documents/documents.h"
#include "commands.h"

#include <stdlib.h>

/* What the data are stands in the YAML; options say only where, and whether to write. */
struct given {
  const char *out, *raw;
  bool dry_run, overwrite, quiet, reference, schema;
};

/* `where: {town: [Ulm, Bonn]}`. */
static const struct cli_short where = {&fray_where_table, "in"};

static enum fray_status run(const struct cli_call *call, struct fray_err *err) {
  const struct given *given = call->given;
  /* Both print what the tables say; no file is looked at. */
  if (given->reference)
    return cli_print_reference(&fray_import_table, "import", err);
  if (given->schema)
    return cli_print_schema(&fray_import_table, &where, err);
  fray_log_quiet(given->quiet);
  /* Without --out it is a dry run: the table asks for the one or the other. */
  return fray_import(call->operand[0], given->out ? given->out : "", given->raw, given->dry_run,
                     given->overwrite, err);
}

/* --overwrite is a word of its own and not the default: raw files may be gone by then, and shards
 * be all that is left of them. */
static const struct cli_option options[] = {
    CLI_OUT(struct given, "folder of the shards", .needed = "the folder that the shards go to",
            .unless = "dry-run"),
    /* A YAML is shared with others, whose files lie elsewhere. */
    CLI_OPTION(TEXT, "raw", struct given, raw, .argument = "DIR", .offer = CLI_FOLDERS,
               .otherwise = "the YAML's `raw`", .help = "where the raw files are"),
    CLI_OPTION(FLAG, "dry-run", struct given, dry_run,
               .help = "checks and prints the plan, writes nothing"),
    CLI_OPTION(FLAG, "overwrite", struct given, overwrite,
               .help = "replaces an existing DIR that holds shards of an import alone"),
    CLI_QUIET(struct given,
              .help = "warnings and errors only; a dry run prints its plan all the same"),
    CLI_OPTION(FLAG, "reference", struct given, reference, .alone = true, .excludes = "schema",
               .help = "prints every key of DATASET.yaml: type, range, unit, default, meaning"),
    CLI_SCHEMA(struct given),
};

static const struct cli_operand operand =
    CLI_OPERAND(1, 1, "DATASET.yaml", "one DATASET.yaml is expected", .offer = CLI_YAML);

const struct cli_command cli_import = {
    .name = "import",
    .meaning = "turn raw files into HDF5 shards",
    .operand = &operand,
    CLI_TAKES(options, struct given),
    .about = "Reads raw files (WAV/FLAC/OGG/MP3, PNG/JPEG, CSV and text matrices, IDX, NPY) as the "
             "YAML says and writes HDF5 shards. DIR is there when it is whole, not before.",
    .exits = CLI_SAID({"0", "done"}, {"1", "failed while reading or writing"},
                      {"2", "wrong usage or input; nothing was written"}),
    .examples = CLI_SAID(
        {"fray import dataset.yaml -o shards --raw /data/raw", "Raw files of another place:"},
        {"fray import --reference | less", "Every key, page by page:"}),
    .also = "inspect check run",
    .run = run};
