/* The tables of DATASET.yaml: each row gives parsing, messages and the reference page. Keys of
 * readers and of kinds of modalities stand with those; what is here is common to all data sets. */
#include "dataset_yaml.h"

#include "fray/base/size.h"
#include "fray/import/import.h"
#include "import/reader/join.h"
#include "import/table/derive.h"
#include "import/table/where.h"
#include "import/value/value.h"

#include <string.h>

/* Tables are written from the inside out, since a section must stand before the field that has it.
 */
static const struct fray_field modality_fields[] = {
    FRAY_FIELD(KIND, "kind", struct modality_config, kind, .required = true,
               .choices = &fray_import_kinds, .help = "what the modality is"),
};
static FRAY_TABLE(modality_table, "modality", struct modality_config, modality_fields,
                  .help = "one modality");

/* Names of enums in the order of their values; the enums stand in dataset_yaml.h. */
static const char *const absent_names[] = {"refuse", "keep", NULL};
/* Several inputs make one set: train and test often lie in files of their own. */
static const struct fray_field input_fields[] = {
    FRAY_FIELD(KIND, "reader", struct input_config, reader, .required = true,
               .choices = &fray_import_readers, .help = "how the files are read"),
    /* Templates: what a sample is called is put together from fields, so that readers need not
     * know. */
    FRAY_FIELD(STRING, "id", struct input_config, id, .def_text = "{id}",
               .help = "name of a sample, unique in the set; {FIELD} stands for a field's text, "
                       "{row} for the row's number in its input, from 0"),
    FRAY_FIELD(STRING, "client", struct input_config, client, .def_text = "{client}",
               .help = "natural client of a sample"),
    FRAY_FIELD(STRING, "label", struct input_config, label, .def_text = LABEL_DEFAULT,
               .help = "class of a sample, by name"),
    FRAY_FIELD(STRING, "label_separator", struct input_config, label_separator, .optional = true,
               .help = "task multi_label: what stands between the classes of a label; default ;"),
    FRAY_FIELD(STRINGS, "label_columns", struct input_config, label_columns, .optional = true,
               .help = "task multi_label, instead of `label`: fields that hold 0 or 1, each named "
                       "as its class"),
    FRAY_FIELD(STRING, "split", struct input_config, split, .optional = true,
               .help =
                   "train, dev or test; default: the field `split` if there is one, else train"),
    FRAY_FIELD(
        ENUM, "absent", struct input_config, absent, .def_text = "refuse", .names = absent_names,
        .help = "files that are not there: refuse them all by name, or keep their samples as "
                "ones that lack the modality"),
    FRAY_FIELD(ITEMS, "join", struct input_config, join, .section = &fray_join_table,
               .help = "columns of other files, by a key; they become fields"),
    FRAY_FIELD(MAP, "derive", struct input_config, derive, .section = &fray_derive_table,
               .help = "more fields, by name; used by the templates above and by `groups`"),
    FRAY_FIELD(MAP, "where", struct input_config, where, .section = &fray_where_table,
               .help = "conditions by field, of columns and of derived fields; rows that do not "
                       "meet them all are left out"),
};
/* As other tools call it. Each names the key that does it, with an example. */
#define JOIN_WORDS "`join` brings columns of another file: join: [{file: titles.csv, on: id}]"
#define WINDOW_WORDS                                                                               \
  "`reader: recordings` cuts tables of time steps: windows: {length: 100, step: 50, label: "       \
  "activity}"
#define WHERE_WORDS "`where` says which rows are wanted: where: {kind: [shoe, bag]}"
static const char *const input_elsewhere[] = {
    "key", JOIN_WORDS, "keys", JOIN_WORDS, "merge", JOIN_WORDS, "columns",
    /* NOLINTNEXTLINE(bugprone-suspicious-missing-comma): WINDOW_WORDS is one text in two lines */
    JOIN_WORDS, "window", WINDOW_WORDS, "windows", WINDOW_WORDS, "step", WINDOW_WORDS, "overlap",
    WINDOW_WORDS, "filter", WHERE_WORDS, "only", WHERE_WORDS, "select", WHERE_WORDS, "exclude",
    WHERE_WORDS, NULL};
static FRAY_TABLE(input_table, "input", struct input_config, input_fields,
                  .help = "files and how samples are read from them", .elsewhere = input_elsewhere);

static const char *const test_of_names[] = {"clients", "samples", NULL};
/* Only where the inputs give no test: a published split is never drawn over. */
static const struct fray_field test_fields[] = {
    FRAY_FIELD(STRINGS, "clients", struct test_config, clients, .optional = true,
               .help = "clients whose samples all become test"),
    FRAY_FIELD(REAL, "fraction", struct test_config, fraction, .def = 0, .min = 0, .max = 1,
               .open_max = true, .help = "share to draw for test; 0 = none"),
    FRAY_FIELD(ENUM, "of", struct test_config, of, .def_text = "clients", .names = test_of_names,
               .help = "draw whole clients, or samples within each client"),
    FRAY_FIELD(STRING, "stratify", struct test_config, stratify, .optional = true,
               .help = "label or a group: each of its values gives its share"),
};
/* Strata are of draws: clients that are named are moved whatever they are. */
static enum fray_status check_test(const void *section, const struct fray_node *node,
                                   struct fray_err *err) {
  const struct test_config *test = section;
  char where[256];
  FRAY_CHECK(test->fraction > 0 || !test->stratify, err, INPUT,
             "%s: test: `stratify` is of a drawn share, and `fraction` is missing",
             fray_node_where(node, where));
  return FRAY_OK;
}
static FRAY_TABLE(test_table, "test", struct test_config, test_fields,
                  .help = "test split, when the inputs give none", .check = check_test);

static const char *const dev_from_names[] = {"train", "test", NULL};
static const char *const dev_by_names[] = {"window", "block", "client", NULL};
static const char *const dev_within_names[] = {"client", "all", NULL};
/* Dev is drawn from training or from test, never from both. */
static const struct fray_field dev_fields[] = {
    FRAY_FIELD(ENUM, "from", struct dev_config, from, .def_text = "train", .names = dev_from_names,
               .help = "split that gives the dev samples"),
    FRAY_FIELD(STRINGS, "clients", struct dev_config, clients, .optional = true,
               .help = "clients whose samples of that split all become dev"),
    FRAY_FIELD(REAL, "fraction", struct dev_config, fraction, .def = 0, .min = 0, .max = 1,
               .open_max = true, .help = "share of it that becomes dev; 0 = none"),
    FRAY_FIELD(
        ENUM, "by", struct dev_config, by, .def_text = "window", .names = dev_by_names,
        .help = "window: single samples at random; block: for each client and class one run of "
                "neighbours, so that overlapping windows are seldom on both sides; client: whole "
                "clients"),
    FRAY_FIELD(ENUM, "within", struct dev_config, within, .def_text = "client",
               .names = dev_within_names, .help = "the share holds in each client, or overall"),
    FRAY_FIELD(STRING, "stratify", struct dev_config, stratify, .optional = true,
               .help = "label or a group: each of its values gives its share"),
};
/* A block is a run of neighbours, which there is only within a client. */
static enum fray_status check_dev(const void *section, const struct fray_node *node,
                                  struct fray_err *err) {
  const struct dev_config *dev = section;
  char where[256];
  FRAY_CHECK(dev->by == BY_WINDOW || dev->within == WITHIN_CLIENT, err, INPUT,
             "%s: dev: blocks are drawn within clients; `within: all` needs `by: window`",
             fray_node_where(node, where));
  /* As with test: a share of the others, or of all? */
  FRAY_CHECK(dev->clients.n == 0 || dev->fraction == 0, err, INPUT,
             "%s: dev: give either `clients` or `fraction`", fray_node_where(node, where));
  /* A block is of one class already. */
  FRAY_CHECK(dev->fraction > 0 || !dev->stratify, err, INPUT,
             "%s: dev: `stratify` is of a drawn share, and `fraction` is missing",
             fray_node_where(node, where));
  FRAY_CHECK(dev->by != BY_BLOCK || !dev->stratify, err, INPUT,
             "%s: dev: blocks are drawn class by class already; `stratify` has no use",
             fray_node_where(node, where));
  return FRAY_OK;
}
static FRAY_TABLE(dev_table, "dev", struct dev_config, dev_fields, .help = "dev split",
                  .check = check_dev);

/* Counted over the whole set, whatever input a sample came from. */
static const char *const counted_names[] = {"all", "train", "dev", "test", NULL};
#define COUNTED_FIELD(STRUCT)                                                                      \
  FRAY_FIELD(ENUM, "of", STRUCT, of, .def_text = "all", .names = counted_names,                    \
             .help = "samples that are counted: all, or those that the inputs give to a split; "   \
                     "then clients lose their samples of that split alone")
static const struct fray_field least_fields[] = {
    FRAY_FIELD(INT, "client", struct least_config, client, .optional = true, .min = 1, .max = 1e9,
               .help = "clients with fewer samples are left out"),
    FRAY_FIELD(INT, "label", struct least_config, label, .optional = true, .min = 1, .max = 1e9,
               .help = "classes with fewer samples are left out, with their samples"),
    COUNTED_FIELD(struct least_config),
};
static FRAY_TABLE(least_table, "at_least", struct least_config, least_fields,
                  .help = "least samples, before splits are drawn");

/* As subsets of large sets are made: the 51 classes that have most films. */
static const struct fray_field frequent_fields[] = {
    FRAY_FIELD(INT, "client", struct frequent_config, client, .optional = true, .min = 1,
               .max = 1e9, .help = "so many clients stay, those with most samples"),
    FRAY_FIELD(INT, "label", struct frequent_config, label, .optional = true, .min = 1, .max = 1e9,
               .help = "so many classes stay, those with most samples"),
    COUNTED_FIELD(struct frequent_config),
};
static FRAY_TABLE(frequent_table, "most_frequent", struct frequent_config, frequent_fields,
                  .help =
                      "largest clients and classes, before `at_least` and splits; of equals the "
                      "first by name");

/* A group like any other in the shards, so that a scenario needs to know nothing of how folds were
 * dealt: `data.partition: {kind: folds, of: fold}` tests one after the other. */
static const struct fray_field folds_fields[] = {
    FRAY_FIELD(STRING, "of", struct folds_config, of, .def_text = "client",
               .help = "client or a group: what lies whole in one fold"),
    FRAY_FIELD(INT, "k", struct folds_config, k, .optional = true, .min = 2, .max = 10000,
               .help = "number of folds; they become the group `fold`, with values 0 .. k-1"),
    FRAY_FIELD(STRING, "stratify", struct folds_config, stratify, .optional = true,
               .help = "label or a group: its values are spread over the folds"),
};
/* A key that has no effect is refused, as everywhere. */
static enum fray_status check_folds(const void *section, const struct fray_node *node,
                                    struct fray_err *err) {
  const struct folds_config *folds = section;
  char where[256];
  FRAY_CHECK(!node || folds->k != INT64_MIN, err, INPUT, "%s: folds: `k` is missing",
             fray_node_where(node, where));
  return FRAY_OK;
}
static FRAY_TABLE(folds_table, "folds", struct folds_config, folds_fields,
                  .help = "folds, kept as a group", .check = check_folds);

/* Both or none; check_import sees to it, since a table cannot say so. */
static const struct fray_field pair_fields[] = {
    FRAY_FIELD(PATH, "first", struct pair_config, first, .optional = true,
               .help = "DATASET.yaml of the first set"),
    FRAY_FIELD(PATH, "second", struct pair_config, second, .optional = true,
               .help = "DATASET.yaml of the second set"),
};
static FRAY_TABLE(pair_table, "pair", struct pair_config, pair_fields,
                  .help = "joins two sets by class, client by client, in place of `inputs`");

/* Ranges are pairs, as people write them; their order is checked below. */
static const struct fray_field strings_fields[] = {
    FRAY_FIELD(STRING, "from", struct strings_config, from, .optional = true,
               .help = "modality whose recordings are joined, the only one of the set"),
    FRAY_FIELD(INT, "per_client", struct strings_config, per_client, .def = 24, .min = 1,
               .max = 1e6, .help = "strings of each client and split"),
    FRAY_FIELD(INTS, "length", struct strings_config, length, .def_text = "[3, 7]", .min = 1,
               .max = 1000, .unit = "words", .help = "fewest and most words of a string"),
    FRAY_FIELD(REALS, "gap_ms", struct strings_config, gap_ms, .def_text = "[20, 150]", .min = 0,
               .max = 60000, .unit = "ms",
               .help = "shortest and longest gap between two words, filled with faint noise"),
};
/* A key that has no effect is refused, as everywhere. */
static enum fray_status check_strings(const void *section, const struct fray_node *node,
                                      struct fray_err *err) {
  const struct strings_config *c = section;
  char where[256];
  FRAY_CHECK(!node || c->from, err, INPUT, "%s: strings: `from` is missing",
             fray_node_where(node, where));
  FRAY_CHECK(c->length.n == 2 && c->length.v[0] <= c->length.v[1], err, INPUT,
             "%s: strings.length: give the fewest and the most words, as [3, 7]",
             fray_node_where(node, where));
  FRAY_CHECK(c->gap_ms.n == 2 && c->gap_ms.v[0] <= c->gap_ms.v[1], err, INPUT,
             "%s: strings.gap_ms: give the shortest and the longest gap, as [20, 150]",
             fray_node_where(node, where));
  return FRAY_OK;
}
static FRAY_TABLE(strings_table, "strings", struct strings_config, strings_fields,
                  .help = "joins the recordings of each client to strings of words: the task "
                          "becomes `sequence`",
                  .check = check_strings);

/* Defaults suit a laptop and a parallel file system alike: tens of megabytes a file. */
static const struct fray_field shards_fields[] = {
    FRAY_FIELD(REAL, "megabytes", struct shards_config, megabytes, .def = 64, .min = 1,
               .max = 65536, .unit = "MB", .help = "a shard is closed when it holds this much"),
    FRAY_FIELD(INT, "clients", struct shards_config, clients, .optional = true, .min = 1,
               .max = 1e9, .help = "most clients of a shard"),
    FRAY_FIELD(BOOL, "gzip", struct shards_config, gzip, .def = 0,
               .help = "compress (smaller files, slower reading)"),
};
static FRAY_TABLE(shards_table, "shards", struct shards_config, shards_fields,
                  .help = "how the set is cut; a client lies whole in one shard");

/* As shards name their tasks. */
static const char *const task_names[] = {"single_label", "multi_label", NULL};
/* Licence and source travel with the shards, so that a folder of them can be traced back. */
static const struct fray_field import_fields[] = {
    FRAY_FIELD(STRING, "name", struct import_config, name, .required = true,
               .help = "name of the data set"),
    FRAY_FIELD(STRING, "licence", struct import_config, licence, .def_text = "",
               .help = "licence of the data, kept in the shards"),
    FRAY_FIELD(STRING, "source", struct import_config, source, .def_text = "",
               .help = "where the raw files come from, kept in the shards"),
    FRAY_FIELD(PATH, "raw", struct import_config, raw, .optional = true,
               .help = "folder of the raw files; default: the folder of this file"),
    FRAY_FIELD(ENUM, "task", struct import_config, task, .def_text = "single_label",
               .names = task_names,
               .help = "single_label: one class per sample; multi_label: a set of classes"),
    FRAY_FIELD(REAL, "overlap", struct import_config, overlap, .def = 0, .min = 0, .max = 0.99,
               .help = "share of a window that the next one of its client holds too, where the "
                       "samples are windows over one recording; kept in the shards"),
    FRAY_FIELD(STRINGS, "classes", struct import_config, classes, .optional = true,
               .help = "class names in order of their codes; default: all labels, sorted"),
    FRAY_FIELD(STRINGS, "groups", struct import_config, groups, .optional = true,
               .help = "fields kept as group columns"),
    FRAY_FIELD(MAP, "modalities", struct import_config, modalities, .section = &modality_table,
               .help = "modalities by name"),
    FRAY_FIELD(ITEMS, "inputs", struct import_config, inputs, .section = &input_table,
               .help = "files to read"),
    FRAY_FIELD(SECTION, "pair", struct import_config, pair, .section = &pair_table,
               .help = "two sets to join"),
    FRAY_FIELD(SECTION, "at_least", struct import_config, at_least, .section = &least_table,
               .help = "small clients and classes"),
    FRAY_FIELD(SECTION, "most_frequent", struct import_config, most_frequent,
               .section = &frequent_table, .help = "largest clients and classes"),
    FRAY_FIELD(SECTION, "test", struct import_config, test, .section = &test_table,
               .help = "test split"),
    FRAY_FIELD(SECTION, "dev", struct import_config, dev, .section = &dev_table,
               .help = "dev split"),
    FRAY_FIELD(SECTION, "folds", struct import_config, folds, .section = &folds_table,
               .help = "folds of a cross-validation"),
    FRAY_FIELD(SECTION, "strings", struct import_config, strings, .section = &strings_table,
               .help = "strings of words, for the task sequence"),
    FRAY_FIELD(SECTION, "shards", struct import_config, shards, .section = &shards_table,
               .help = "cutting into files"),
    FRAY_FIELD(INT, "seed", struct import_config, seed, .def = 0, .min = 0, .max = 9e15,
               .help = "of the draws of test, dev, folds, strings and pair"),
};

/* A pair takes everything about samples from its two sets. */
static enum fray_status check_pair(const struct fray_node *node, struct fray_err *err) {
  static const char *const unused[] = {"task",     "raw",           "classes",
                                       "groups",   "modalities",    "inputs",
                                       "at_least", "most_frequent", "test"};
  char where[256];
  for (size_t i = 0; i < FRAY_COUNT(unused); i++) {
    const struct fray_node *other = fray_node_get(node, unused[i]);
    FRAY_CHECK(!other, err, INPUT, "%s: %s: a pair takes this from its two sets",
               fray_node_where(other, where), unused[i]);
  }
  return FRAY_OK;
}

/* What no single field can say. Whether files exist is asked later, with everything else about
 * them. */
static enum fray_status check_import(const void *section, const struct fray_node *node,
                                     struct fray_err *err) {
  const struct import_config *c = section;
  char where[256];
  fray_node_where(node, where);
  if (c->pair.first || c->pair.second) {
    FRAY_CHECK(c->pair.first && c->pair.second, err, INPUT, "%s: pair needs `first` and `second`",
               where);
    return check_pair(node, err);
  }
  FRAY_CHECK(c->inputs.n > 0, err, INPUT, "%s: `inputs` (or `pair`) is missing", where);
  FRAY_CHECK(c->modalities.n > 0, err, INPUT, "%s: `modalities` is missing", where);
  /* Shards keep presence in a byte. */
  FRAY_CHECK(c->modalities.n <= FRAY_MAX_MODALITIES, err, INPUT, "%s: %zu modalities, at most %d",
             where, c->modalities.n, FRAY_MAX_MODALITIES);
  FRAY_CHECK(c->groups.n <= FRAY_IMPORT_GROUPS, err, INPUT, "%s: %zu groups, at most %d", where,
             c->groups.n, FRAY_IMPORT_GROUPS);
  /* Both would leave it open whether the share is of all clients or of the others. */
  FRAY_CHECK(c->test.clients.n == 0 || c->test.fraction == 0, err, INPUT,
             "%s: test: give either `clients` or `fraction`", where);
  return FRAY_OK;
}
FRAY_TABLE(fray_import_table, "dataset", struct import_config, import_fields,
           .help = "DATASET.yaml: what `fray import` reads", .check = check_import);
