/* fray compare: paired differences between two results. */
#include "fray/base/log.h"
#include "fray/base/size.h"
#include "fray/report/report.h"

#include "command.h"

#include <stdio.h>
#include <stdlib.h>

static const char usage[] =
    "usage: fray compare A B [--metric M] [--a KEY=VALUE]... [--b KEY=VALUE]...\n"
    "                    [-o DIR]\n\n"
    "Compares two results folders: cells with equal swept values, the same conditions, seeds and\n"
    "test clients. Prints B - A for each, with a 95 % interval and whether the data resolve it.\n\n"
    "  -m, --metric M     which metric (default: the first of A's scenario)\n"
    "      --a KEY=VALUE  only these cells of A; the key is then not compared. --b: likewise of "
    "B.\n"
    "                     So `fray compare R R --a method=x --b method=y` compares within a "
    "folder\n"
    "  -o, --out DIR      where to write compare.csv, compare.tex and columns.csv\n"
    "                     (default: compare-A-B here); only an earlier comparison is replaced\n\n"
    "Exit code: 0 compared, whatever the result; 2 nothing to compare: other data, other test\n"
    "samples, no common seed, cell or condition (nothing written).\n";

static enum fray_status print(const struct fray_compare_options *options, struct fray_err *err) {
  struct fray_text text = {0};
  char *folder = NULL;
  enum fray_status status = fray_compare(options, &text, &folder, err);
  if (status == FRAY_OK) {
    fray_print("%s", text.data);
    status = fray_print_end(err);
    fray_note("written: %s/compare.csv, compare.tex, columns.csv", folder);
  }
  fray_text_free(&text);
  free(folder);
  return status;
}

static enum fray_status run(int argc, char **argv, struct fray_comm *comm, struct fray_err *err) {
  (void)comm;
  struct fray_compare_options o = {0};
  const char *only_a[CLI_LIST], *only_b[CLI_LIST];
  size_t n = 0;
  const struct cli_option table[] = {
      {.name = "out", .letter = 'o', .value = &o.out},
      {.name = "metric", .letter = 'm', .value = &o.metric},
      {.name = "a", .list = only_a, .n_list = &o.n_only_a},
      {.name = "b", .list = only_b, .n_list = &o.n_only_b},
  };
  const char **operands = calloc((size_t)argc + 1, sizeof *operands);
  FRAY_CHECK(operands, err, MEMORY, "out of memory");
  enum fray_status status = cli_parse(argc, argv, table, FRAY_COUNT(table), operands, &n, err);
  if (status == FRAY_OK && n != 2)
    status = fray_fail(err, FRAY_INPUT, "two results folders are expected, not %zu", n);
  o.a = operands[0];
  o.b = operands[1];
  o.only_a = only_a;
  o.only_b = only_b;
  if (status == FRAY_OK)
    status = print(&o, err);
  free(operands);
  return status;
}

extern const struct cli_command cli_compare;
const struct cli_command cli_compare = {"compare", "paired differences between two results", usage,
                                        false, run};
