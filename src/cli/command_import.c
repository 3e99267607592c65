/* fray import: its options. */
#include "fray/import/import.h"

#include "command.h"
#include "fray/base/size.h"

#include <stdlib.h>

static const char usage[] =
    "usage: fray import DATASET.yaml -o DIR [--raw DIR] [--dry-run] [--overwrite]\n\n"
    "Reads raw files (WAV/FLAC/OGG/MP3, PNG/JPEG, CSV and text matrices, IDX, NPY) as the YAML\n"
    "says and writes HDF5 shards. DIR is there when it is whole, not before.\n\n"
    "  -o, --out DIR   folder of the shards\n"
    "      --raw DIR   where the raw files are, instead of the YAML's `raw`\n"
    "      --dry-run   checks and prints the plan, writes nothing\n"
    "      --overwrite replaces an existing DIR that holds shards of an import alone\n";

static enum fray_status run(int argc, char **argv, struct fray_comm *comm, struct fray_err *err) {
  (void)comm;
  const char *out = NULL, *raw = NULL;
  bool dry_run = false, overwrite = false;
  size_t n = 0;
  const struct cli_option table[] = {{.name = "out", .letter = 'o', .value = &out},
                                     {.name = "raw", .value = &raw},
                                     {.name = "dry-run", .flag = &dry_run},
                                     {.name = "overwrite", .flag = &overwrite}};
  const char **operands = calloc((size_t)argc + 1, sizeof *operands);
  FRAY_CHECK(operands, err, MEMORY, "out of memory");
  enum fray_status status = cli_parse(argc, argv, table, FRAY_COUNT(table), operands, &n, err);
  if (status == FRAY_OK && n != 1)
    status = fray_fail(err, FRAY_INPUT, "one DATASET.yaml is expected, %zu given", n);
  if (status == FRAY_OK && !out && !dry_run)
    status = fray_fail(err, FRAY_INPUT, "-o DIR is missing: the folder that the shards go to");
  if (status == FRAY_OK)
    status = fray_import(operands[0], out ? out : "", raw, dry_run, overwrite, err);
  free(operands);
  return status;
}

extern const struct cli_command cli_import;
const struct cli_command cli_import = {"import", "turn raw files into HDF5 shards", usage, false,
                                       run};
