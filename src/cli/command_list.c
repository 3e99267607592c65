/* fray list: what can be chosen by name in a scenario. The lists are those that the methods
 * themselves are registered in, so that none is missing here. */
#include "cli/documents/documents.h"
#include "commands.h"

#include "fray/base/size.h"
#include "fray/base/text.h"
#include "fray/corrupt/corrupt.h"
#include "fray/data/partition.h"
#include "fray/encoder/encoder.h"
#include "fray/fed/federation.h"
#include "fray/fed/missing.h"
#include "fray/fusion/fusion.h"
#include "fray/metric/gate.h"
#include "fray/metric/metric.h"
#include "fray/nn/loss.h"
#include "fray/nn/optimiser.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct fray_choices *const kinds[] = {
    &fray_corruptions,     &fray_encoders,         &fray_fusions,    &fray_algorithms,
    &fray_rules,           &fray_pre_aggregations, &fray_attacks,    &fray_compressions,
    &fray_missing_methods, &fray_losses,           &fray_optimisers, &fray_partitions,
    &fray_metrics,         &fray_judges,           &fray_reaches,    &fray_clocks,
    &fray_gate_scores};

/* Names take 18 columns; what a method means and where it is from stand beside them. */
enum { INDENT = 21, WIDTH = 80 };

/* A text that memory did not suffice for is printed as it is: long lines rather than none. */
static void print_wrapped(const char *words) {
  struct fray_text text = {0};
  fray_text_wrap(&text, words, INDENT, WIDTH);
  fray_print("%s\n", text.failed || !text.data ? words : text.data);
  fray_text_free(&text);
}

/* Both are sentences of any length, so both are filled. */
static void print_method(const struct fray_choice *c) {
  fray_print("  %-18s ", c->name);
  print_wrapped(c->meaning);
  if (!c->source || !c->source[0])
    return;
  fray_print("%*s", INDENT, "");
  print_wrapped(c->source);
}

/* Kinds of damage are too many for one list: they stand by what they damage. medium: NULL or the
 * one group that is wanted. */
static void print_damage(const struct fray_choices *kind, const char *medium) {
  const char *title, *name;
  for (size_t g = 0; (name = cli_damage_group(g, &title)); g++) {
    if (medium ? strcmp(medium, name) != 0 : cli_damage_is_empty(g))
      continue;
    fray_print("\n%s (%s)\n", title, name);
    for (size_t i = 0; i < kind->n; i++)
      if (cli_damage_is_of(kind->v[i], g))
        print_method(kind->v[i]);
  }
}

static void print_kind(const struct fray_choices *kind, const char *medium) {
  fray_print("%s\n", kind->plural);
  if (kind == &fray_corruptions) {
    print_damage(kind, medium);
    return;
  }
  for (size_t i = 0; i < kind->n; i++)
    print_method(kind->v[i]);
}

/* No list of its own: kinds of damage once more, by what they do to whoever relies on the input. */
static const char techniques[] = "techniques";

static enum fray_status print_techniques(const struct cli_call *call, bool json,
                                         struct fray_err *err) {
  const char *category = call->n > 1 ? call->operand[1] : NULL, *names[16], *name;
  char list[512];
  size_t n = 0;
  /* Without a word all are wanted. */
  bool found = !category;
  struct fray_text text = {0};
  FRAY_CHECK(!json, err, INPUT, "--json of %s has the category of each: fray list %s --json",
             fray_corruptions.plural, fray_corruptions.plural);
  while (n < FRAY_COUNT(names) && (name = fray_category_name((enum fray_category)(n + 1)))) {
    found |= category && strcmp(category, name) == 0;
    names[n++] = name;
  }
  FRAY_CHECK(found, err, INPUT, "no %s are called '%s'; %s", techniques, category,
             fray_there_are(category, names, n, list, sizeof list));
  /* Made whole before it is printed: half a list looks like a list. */
  cli_put_techniques(category, &text);
  const bool good = !text.failed && text.data;
  if (good)
    fray_print("%s", text.data);
  fray_text_free(&text);
  FRAY_CHECK(good, err, MEMORY, "out of memory");
  return FRAY_OK;
}

/* A second word is a medium of damage; other lists have no groups. */
static enum fray_status check_medium(const struct cli_call *call, bool json, struct fray_err *err) {
  const char *title, *names[16], *name;
  char list[512];
  size_t n = 0;
  if (call->n < 2)
    return FRAY_OK;
  FRAY_CHECK(strcmp(call->operand[0], fray_corruptions.plural) == 0, err, INPUT,
             "%s: only %s stand in groups", call->operand[1], fray_corruptions.plural);
  FRAY_CHECK(!json, err, INPUT, "--json lists all %s: %s goes without it", fray_corruptions.plural,
             call->operand[1]);
  for (; n < FRAY_COUNT(names) && (name = cli_damage_group(n, &title)); n++) {
    names[n] = name;
    if (strcmp(call->operand[1], name) == 0)
      return FRAY_OK;
  }
  return fray_fail(err, FRAY_INPUT, "no %s are called '%s'; %s", fray_corruptions.plural,
                   call->operand[1], fray_there_are(call->operand[1], names, n, list, sizeof list));
}

/* Kinds have no meanings of their own: their plural says it. */
static const char *kind_at(size_t i, const char **meaning) {
  *meaning = "";
  return i < FRAY_COUNT(kinds) ? kinds[i]->plural : i == FRAY_COUNT(kinds) ? techniques : NULL;
}

/* Names change seldom, sentences often: programs that look for a method should take the JSON. */
struct given {
  bool json, reference;
};

/* Damage and algorithms have pages of their own: of the other methods the scenario reference says
 * all. */
static enum fray_status print_reference(const struct cli_call *call, struct fray_err *err) {
  static const struct {
    const struct fray_choices *kind;
    void (*put)(struct fray_text *out);
  } pages[] = {{&fray_corruptions, cli_put_damage}, {&fray_algorithms, cli_put_algorithms}};
  struct fray_text text = {0};
  /* Without a kind there is no page, as with one that has none. */
  size_t page = 0;
  while (page < FRAY_COUNT(pages) &&
         (call->n == 0 || strcmp(call->operand[0], pages[page].kind->plural) != 0))
    page++;
  FRAY_CHECK(page < FRAY_COUNT(pages), err, INPUT,
             "--reference is of %s or %s: fray list %s --reference; other methods are in fray "
             "scenario --reference",
             fray_corruptions.plural, fray_algorithms.plural, fray_corruptions.plural);
  pages[page].put(&text);
  const bool good = !text.failed && text.data;
  if (good)
    fray_print("%s", text.data);
  fray_text_free(&text);
  FRAY_CHECK(good, err, MEMORY, "out of memory");
  return FRAY_OK;
}

static enum fray_status run(const struct cli_call *call, struct fray_err *err) {
  const struct given *given = call->given;
  struct fray_text text = {0};
  struct fray_json_writer document = {.text = &text};
  const char *names[FRAY_COUNT(kinds) + 1] = {[FRAY_COUNT(kinds)] = techniques};
  bool found = false;
  if (given->reference)
    return print_reference(call, err);
  if (call->n > 0 && strcmp(call->operand[0], techniques) == 0)
    return print_techniques(call, given->json, err);
  FRAY_TRY(check_medium(call, given->json, err));
  if (given->json)
    cli_document_begin(&document, "kinds");
  /* One loop prints and collects names: the names are wanted where nothing was printed. */
  for (size_t i = 0; i < FRAY_COUNT(kinds); i++) {
    names[i] = kinds[i]->plural;
    if (call->n > 0 && strcmp(call->operand[0], names[i]) != 0)
      continue;
    if (given->json)
      cli_put_methods(&document, kinds[i]);
    else
      print_kind(kinds[i], call->n > 1 ? call->operand[1] : NULL);
    found = true;
  }
  /* Plurals and singulars are near each other: "corruption" finds "corruptions". */
  char list[512];
  if (!found)
    fray_text_free(&text);
  FRAY_CHECK(found, err, INPUT, "unknown kind '%s'; %s", call->operand[0],
             fray_there_are(call->operand[0], names, FRAY_COUNT(names), list, sizeof list));
  return given->json ? cli_document_end(&document, err) : FRAY_OK;
}

static const struct cli_option options[] = {
    CLI_OPTION(FLAG, "json", struct given, json,
               .help = "one JSON document, for programs; docs/results-format.md describes it"),
    CLI_OPTION(FLAG, "reference", struct given, reference, .excludes = "json",
               .help =
                   "of corruptions and servers: a page with strengths, severities, formulas and "
                   "sources"),
};

/* Kinds are offered by shells and listed by --help, from the same registries. */
static const struct cli_operand operand = CLI_OPERAND(
    0, 2, "[KIND [GROUP]]",
    "one kind at most is expected, and behind corruptions a medium, behind techniques a category",
    .names = {.at = kind_at, .title = "Kinds"});

const struct cli_command cli_list = {
    .name = "list",
    .meaning = "list corruptions, encoders, metrics, ...",
    .operand = &operand,
    CLI_TAKES(options, struct given),
    .about =
        "Lists methods by kind, with name, meaning and source. Corruptions stand by what they "
        "damage; GROUP (labels, any, image, audio, series, text or feature) shows one of them. "
        "Techniques are the corruptions that can be aimed at test, by category; GROUP (absence, "
        "noise, channel, geometry, contradiction, payload or availability) shows one.",
    .exits = CLI_SAID({"0", "done"}, {"2", "wrong usage: there is no such kind"}),
    .examples = CLI_SAID({"fray list corruptions", "What can damage data:"},
                         {"fray list corruptions audio", "What can damage sound:"},
                         {"fray list techniques", "What a search for weak places chooses from:"}),
    .also = "scenario",
    .run = run};
