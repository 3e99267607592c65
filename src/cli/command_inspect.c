/* fray inspect: what shards hold, as people read it. What a file could make endless - classes,
 * groups, channels, names - is cut, with the number that was left out. */
#include "cli/documents/documents.h"
#include "cli/documents/holdings.h"
#include "commands.h"

#include "fray/base/file.h"
#include "fray/base/size.h"
#include "fray/base/text.h"
#include "fray/data/dataset.h"
#include "fray/data/shard_leaks.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Names of the channels, as an import of CSV files keeps them. Most formats know no names, and then
 * the line is left out. */
static void print_channels(const struct fray_modality *m) {
  enum { MOST = 20, INDENT = 17 };
  struct fray_text names = {0}, lines = {0};
  if (!m->channel_name)
    return;
  for (size_t c = 0; c < FRAY_MIN(m->channels, (size_t)MOST); c++)
    fray_text_printf(&names, "%s%s", c ? ", " : "", m->channel_name[c]);
  if (m->channels > MOST)
    fray_text_printf(&names, ", ... (%zu in all)", m->channels);
  fray_text_wrap(&lines, names.data ? names.data : "", INDENT, fray_columns_of(1));
  fray_print("%-*s%s\n", INDENT, "    channels", lines.data ? lines.data : "");
  fray_text_free(&names);
  fray_text_free(&lines);
}

/* Filled like a paragraph: a name, a unit and a rate together may be longer than a line. */
static void print_modality(const struct fray_modality *m, size_t present) {
  enum { INDENT = 17 };
  struct fray_text words = {0}, lines = {0};
  fray_text_puts(&words, fray_modality_kind_names[m->kind]);
  if (m->kind == FRAY_IMAGE)
    fray_text_printf(&words, ", %zu x %zu x %zu", m->height, m->width, m->channels);
  else if (m->kind == FRAY_TEXT)
    fray_text_printf(&words, ", up to %s", FRAY_N(m->time, "byte"));
  else
    fray_text_printf(&words, ", %s%s x %s", m->ragged ? "up to " : "", FRAY_N(m->time, "step"),
                     FRAY_N(m->channels, "channel"));
  if (m->rate > 0)
    fray_text_printf(&words, ", %g Hz", m->rate);
  if (m->unit && m->unit[0])
    fray_text_printf(&words, ", %s", m->unit);
  fray_text_printf(&words, "; present in %s", FRAY_N(present, "sample"));
  fray_text_wrap(&lines, words.data ? words.data : "", INDENT, fray_columns_of(1));
  /* A long name has a line of its own. */
  fray_print(strlen(m->name) > 14 ? "  %s\n%*s%s\n" : "  %-s%*s%s\n", m->name,
             strlen(m->name) > 14 ? INDENT : INDENT - 2 - (int)strlen(m->name), "",
             lines.data ? lines.data : "");
  fray_text_free(&words);
  fray_text_free(&lines);
}

/* Lengths are those of the longest value; "up to" says that they differ. Presence is counted from
 * the samples, since a shard may hold a modality that some of its samples lack. */
static void print_modalities(const struct fray_dataset *d) {
  for (size_t m = 0; m < d->n_modalities; m++) {
    const struct fray_modality *mod = &d->modality[m];
    size_t present = 0;
    for (size_t i = 0; i < d->n_samples; i++)
      present += d->present[i] >> m & 1;
    print_modality(mod, present);
    print_channels(mod);
  }
}

/* Of sets of classes: how large they are, and how many are empty. The mean is over labelled samples
 * alone, an empty set among them; without any it is 0 and not a division by 0. */
static void print_sets(const struct fray_dataset *d) {
  size_t labelled = 0, empty = 0, positives = 0;
  for (size_t i = 0; i < d->n_samples; i++) {
    size_t classes = 0;
    for (size_t k = 0; k < d->n_classes; k++)
      classes += fray_has_class(d, i, k);
    labelled += fray_is_labelled(d, i);
    empty += fray_is_labelled(d, i) && classes == 0;
    positives += classes;
  }
  fray_print("  labels         %.2f classes per labelled sample; %zu with none, %zu unlabelled\n",
             (double)positives / (double)FRAY_MAX(labelled, (size_t)1), empty,
             d->n_samples - labelled);
}

/* What an import counted. Nothing is printed where nothing was found, nor for shards that no import
 * counted. */
static void print_leaks(const struct fray_dataset *d) {
  static const char *const places[] = {"in train and in test", "in two clients", "in two classes"};
  struct fray_leaks leaks;
  fray_dataset_leaks(d, &leaks);
  const double count[] = {leaks.train_and_test, leaks.two_clients, leaks.two_classes};
  bool any = false;
  for (size_t i = 0; i < FRAY_COUNT(count); i++)
    if (count[i] > 0) {
      fray_print("%s%.0f %s", any ? ", " : "  same content   ", count[i], places[i]);
      any = true;
    }
  fray_print("%s", any ? "\n" : "");
}

/* How long sequences are, since that is what a model has to keep up with. */
static void print_words(const struct fray_dataset *d) {
  const size_t all = (size_t)d->words->first[d->n_samples];
  fray_print("  words          %zu, %.1f a sample, at most %zu\n", all,
             (double)all / (double)d->n_samples, fray_dataset_most_words(d));
}

/* The index hash stands here because results name it: it tells which shards a result is of. */
static enum fray_status print_dataset(const struct fray_dataset *d, const char *path,
                                      bool every_client, struct fray_err *err) {
  struct fray_arena arena = {0};
  struct cli_holdings holdings;
  size_t split[FRAY_SPLITS] = {0}; /* samples; unlabelled ones too */
  uint64_t bytes = 0, size = 0;
  for (size_t i = 0; i < d->n_samples; i++)
    split[d->split[i]]++;
  /* A shard that cannot be asked for its size was read all the same: it adds nothing here. */
  for (size_t s = 0; s < d->n_shards; s++)
    if (fray_file_size(d->shard_path[s], &size, NULL) == FRAY_OK)
      bytes += size;
  fray_print("%s\n  data set       %s\n  licence        %s\n", path, d->name,
             d->licence[0] ? d->licence : "not said");
  /* Test sets of a few kilobytes would be 0.0 MiB. */
  bool small = bytes < 100 << 10;
  fray_print("  shards         %zu, %.1f %s\n", d->n_shards,
             (double)bytes / (small ? 1024.0 : 1048576.0), small ? "KiB" : "MiB");
  fray_print("  task           %s, %s\n",
             d->multi_label ? "multi-label"
             : d->words     ? "sequences"
                            : "single-label",
             FRAY_N(d->n_classes, "class"));
  if (d->words)
    print_words(d);
  if (d->multi_label)
    print_sets(d);
  struct fray_text words = {0}, lines = {0};
  fray_text_printf(&words, "%zu: %zu train, %zu dev, %zu test", d->n_samples, split[FRAY_TRAIN],
                   split[FRAY_DEV], split[FRAY_TEST]);
  fray_text_wrap(&lines, words.data ? words.data : "", 17, fray_columns_of(1));
  fray_print("  clients        %zu\n  samples        %s\n", d->n_clients,
             lines.data ? lines.data : "");
  fray_text_free(&words);
  fray_text_free(&lines);
  fray_print("  index hash     %016llx\n", (unsigned long long)d->index_hash);
  print_leaks(d);
  fray_print("modalities\n");
  print_modalities(d);
  enum fray_status status = cli_holdings_find(d, &arena, &holdings, err);
  if (status == FRAY_OK)
    status = cli_print_holdings(d, &holdings, every_client, fray_columns_of(1), err);
  fray_arena_free(&arena);
  return status;
}

/* The text is for eyes and cut for them; the document holds everything. */
struct given {
  bool json, clients;
};

/* Every data set is opened before a document of them is printed; text is printed as it comes. */
static enum fray_status run(const struct cli_call *call, struct fray_err *err) {
  const struct given *given = call->given;
  const bool speaks = fray_comm_rank(call->comm) == 0;
  struct fray_text text = {0};
  struct fray_json_writer document = {.text = &text};
  enum fray_status status = FRAY_OK;
  cli_document_begin(&document, "data_sets");
  /* All ranks open the shards, which agree on errors; one prints. */
  for (size_t i = 0; i < call->n && status == FRAY_OK; i++) {
    struct fray_dataset *dataset = NULL;
    status = fray_dataset_open(call->operand[i], NULL, 0, call->comm, &dataset, err);
    if (status == FRAY_OK && speaks && given->json)
      status = cli_put_dataset(&document, dataset, call->operand[i], err);
    else if (status == FRAY_OK && speaks)
      status = print_dataset(dataset, call->operand[i], given->clients, err);
    fray_dataset_close(dataset);
  }
  if (status == FRAY_OK && speaks && given->json)
    return cli_document_end(&document, err);
  fray_text_free(&text);
  return status;
}

static const struct cli_option options[] = {
    CLI_OPTION(FLAG, "clients", struct given, clients,
               .help = "every client with its samples of each class; up to 12 are shown anyway"),
    CLI_OPTION(FLAG, "json", struct given, json,
               .help = "one JSON document with every client, class and group, for programs; "
                       "docs/results-format.md describes it"),
};

/* A glob in quotes reaches the program, which knows which files are shards. */
static const struct cli_operand operand = CLI_OPERAND(
    1, SIZE_MAX, "SHARDS...", "a folder, file or glob of shards is expected", .offer = CLI_FILES);

const struct cli_command cli_inspect = {
    .name = "inspect",
    .meaning = "say what shards hold",
    .parallel = true,
    .operand = &operand,
    CLI_TAKES(options, struct given),
    .about = "Prints what folders, files or globs of shards hold: samples, modalities, sizes of "
             "clients, who holds which classes, and how groups lie in the splits.",
    .exits = CLI_SAID({"0", "done"}, {"1", "failed while reading"},
                      {"2", "wrong usage, or files that are no shards"}),
    .examples = CLI_SAID({"fray inspect shards", "A folder of shards:"},
                         {"fray inspect 'shards/*-0001.h5'", "Some of them:"},
                         {"fray inspect shards --clients", "With the classes of each client:"}),
    .also = "import check",
    .run = run};
