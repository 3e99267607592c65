/* fray list: what can be chosen by name. */
#include "command.h"

#include "fray/base/size.h"
#include "fray/base/text.h"
#include "fray/corrupt/corrupt.h"
#include "fray/data/partition.h"
#include "fray/encoder/encoder.h"
#include "fray/fed/server.h"
#include "fray/fusion/fusion.h"
#include "fray/metric/metric.h"
#include "fray/nn/local.h"
#include "fray/nn/loss.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "usage: fray list [KIND]\n\n"
    "Lists methods by kind - corruptions, encoders, fusions, servers, losses,\n"
    "optimisers, partitions, metrics - with name, meaning and source.\n";

static const struct fray_choices *const kinds[] = {
    &fray_corruptions, &fray_encoders,   &fray_fusions,    &fray_servers,
    &fray_losses,      &fray_optimisers, &fray_partitions, &fray_metrics};

enum { INDENT = 21, WIDTH = 80 };

static void print_wrapped(const char *words) {
  struct fray_text text = {0};
  fray_text_wrap(&text, words, INDENT, WIDTH);
  fray_print("%s\n", text.failed || !text.data ? words : text.data);
  fray_text_free(&text);
}

static void print_kind(const struct fray_choices *kind) {
  fray_print("%s\n", kind->plural);
  for (size_t i = 0; i < kind->n; i++) {
    const struct fray_choice *c = kind->v[i];
    fray_print("  %-18s ", c->name);
    print_wrapped(c->meaning);
    if (!c->source || !c->source[0])
      continue;
    fray_print("%*s", INDENT, "");
    print_wrapped(c->source);
  }
}

static enum fray_status run(int argc, char **argv, struct fray_comm *comm, struct fray_err *err) {
  (void)comm;
  const char *names[FRAY_COUNT(kinds)];
  size_t n = 0;
  const char **operands = calloc((size_t)argc + 1, sizeof *operands);
  FRAY_CHECK(operands, err, MEMORY, "out of memory");
  enum fray_status status = cli_parse(argc, argv, NULL, 0, operands, &n, err);
  if (status == FRAY_OK && n > 1)
    status = fray_fail(err, FRAY_INPUT, "one kind at most is expected, %zu given", n);
  bool found = n == 0;
  for (size_t i = 0; i < FRAY_COUNT(kinds) && status == FRAY_OK; i++) {
    names[i] = kinds[i]->plural;
    if (n == 0 || strcmp(operands[0], kinds[i]->plural) == 0) {
      print_kind(kinds[i]);
      found = true;
    }
  }
  char list[512];
  if (status == FRAY_OK && !found)
    status = fray_fail(err, FRAY_INPUT, "unknown kind '%s'; %s", operands[0],
                       fray_there_are(operands[0], names, FRAY_COUNT(kinds), list, sizeof list));
  free(operands);
  return status;
}

extern const struct cli_command cli_list;
const struct cli_command cli_list = {"list", "list corruptions, encoders, metrics, ...", usage,
                                     false, run};
