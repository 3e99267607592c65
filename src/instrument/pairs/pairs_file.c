/* pairs.yaml: where the terms stand, and in which texts they are exchanged.
 *
 *     pairs: {file: pairs.csv, modality: text}
 *     rewrites: {aave: {kind: dialect, modalities: [text], variety: aave, share: 1}}
 *
 * The CSV file has the columns set, first, second. A term is in one pair of a set only, as it has
 * one counterpart there; other sets may have another for it. */
#include "instrument/folder/instrument_folder.h"
#include "pairs_parts.h"

#include "fray/base/csv.h"
#include "fray/base/size.h"
#include "fray/corrupt/terms.h"

#include <math.h>
#include <string.h>

/* Neutral pairs have a name of their own, so that a file may be of somebody who knows none of ours.
 */
struct section {
  const char *file, *modality, *neutral;
};
static const struct fray_field section_fields[] = {
    FRAY_FIELD(PATH, "file", struct section, file, .required = true,
               .help = "CSV file with the columns set, first, second"),
    FRAY_FIELD(STRING, "modality", struct section, modality, .required = true,
               .help = "texts in which terms are exchanged"),
    FRAY_FIELD(STRING, "neutral", struct section, neutral, .def_text = "neutral",
               .help = "set of the pairs that ought not to matter; what others flip beyond them "
                       "is their excess"),
};
static FRAY_TABLE(section_table, "pairs", struct section, section_fields, .help = "Terms.");

/* Rewritings stay nodes, as they are read with the schema of tests. */
struct whole {
  struct section pairs;
  const struct fray_node *rewrites;
};
static const struct fray_field fields[] = {
    FRAY_FIELD(SECTION, "pairs", struct whole, pairs, .section = &section_table,
               .help = "pairs of terms"),
    FRAY_FIELD(NODE, "rewrites", struct whole, rewrites, .shape = FRAY_SHAPE_ANY,
               .help = "conditions, as under tests, that write texts in another way: what they "
                       "flip is held against the neutral pairs as well"),
};
static FRAY_TABLE(table, "terms", struct whole, fields, .help = "Pairs of terms.");

/* One pair; its set is looked at as a whole later. */
static enum fray_status read_row(const struct fray_csv *csv, size_t row,
                                 const struct section *section, struct fray_arena *arena,
                                 struct pairs_item *out, struct fray_err *err) {
  static const char *const names[] = {"set", "first", "second"};
  const char *const field[] = {fray_csv_at(csv, row, 0), fray_csv_at(csv, row, 1),
                               fray_csv_at(csv, row, 2)};
  for (size_t k = 0; k < 3; k++) {
    FRAY_CHECK(*field[k], err, INPUT, "%s, line %zu: %s is empty", csv->name, csv->line[row],
               names[k]);
    /* The name of a set may be anything. */
    FRAY_CHECK(k == 0 || !strchr(field[k], '/'), err, INPUT,
               "%s, line %zu: %s '%.80s' holds a stroke, which parts the terms of a pair",
               csv->name, csv->line[row], names[k], field[k]);
  }
  *out = (struct pairs_item){.set = field[0],
                             .first = field[1],
                             .second = field[2],
                             .both = fray_arena_printf(arena, "%s/%s", field[1], field[2]),
                             .neutral = strcmp(field[0], section->neutral) == 0};
  FRAY_CHECK(out->both, err, MEMORY, "out of memory");
  return FRAY_OK;
}

/* The pair by itself first, so that the message is about the right line; then with those before it
 * of its set. */
static enum fray_status take_pair(const struct fray_csv *csv, const char *modality,
                                  const struct pairs_item *all, size_t k, struct fray_arena *arena,
                                  struct pairs_item *one, struct fray_err *err) {
  const char **both;
  size_t n = 0;
  FRAY_ALLOC(both, arena, k + 1, err);
  for (size_t i = 0; i <= k; i++)
    if (strcmp(all[i].set, one->set) == 0)
      both[n++] = all[i].both;
  if (fray_term_pairs_check(&one->both, 1, err) != FRAY_OK ||
      fray_term_pairs_check(both, n, err) != FRAY_OK)
    return fray_at(err, "%s, line %zu", csv->name, csv->line[k]);
  const char *line = fray_terms_entry(&one->both, 1, modality, arena);
  const char *list = line ? fray_arena_printf(arena, "- %s\n", line) : NULL;
  FRAY_CHECK(list, err, MEMORY, "out of memory");
  return fray_kept_entries(list, arena, &one->entry, &one->n_entries, err);
}

/* Without neutral pairs there is nothing to hold a number against. */
static enum fray_status read_pairs(const struct section *section, struct fray_comm *comm,
                                   struct fray_arena *arena, struct pairs_file *out,
                                   struct fray_err *err) {
  static const char *const columns[] = {"set", "first", "second"};
  const struct fray_csv_rules rules = {0};
  struct fray_csv csv;
  size_t size = 0, n_neutral = 0;
  char *text;
  FRAY_TRY(
      fray_instrument_text(section->file, FRAY_INSTRUMENT_BYTES, comm, arena, &text, &size, err));
  FRAY_TRY(fray_csv_parse(section->file, text, size, &rules, arena, &csv, err));
  FRAY_TRY(fray_csv_expect(&csv, columns, FRAY_COUNT(columns), err));
  FRAY_ALLOC_ZERO(out->item, arena, csv.n_rows + 1, err);
  for (size_t k = 0; k < csv.n_rows; k++) {
    FRAY_TRY(read_row(&csv, k, section, arena, &out->item[k], err));
    FRAY_TRY(take_pair(&csv, section->modality, out->item, k, arena, &out->item[k], err));
    n_neutral += out->item[k].neutral;
  }
  out->n = csv.n_rows;
  FRAY_CHECK(n_neutral > 0, err, INPUT,
             "%s: there is no pair of the set '%s'; any exchange flips some answers, and only "
             "what a pair flips beyond neutral ones says something of its terms",
             section->file, section->neutral);
  return FRAY_OK;
}

/* A swept strength makes a rewriting of each of its values. */
static enum fray_status read_rewrites(const struct fray_node *map, struct fray_arena *arena,
                                      struct fray_arena *scratch, struct pairs_file *out,
                                      struct fray_err *err) {
  struct fray_condition *read = NULL;
  struct pairs_item *all;
  size_t n = 0;
  if (!map || map->kind == FRAY_NODE_NULL)
    return FRAY_OK;
  struct fray_node *copy = fray_node_copy(map, arena);
  FRAY_CHECK(copy, err, MEMORY, "out of memory");
  FRAY_TRY(fray_read_tests(copy, arena, scratch, &read, &n, err));
  FRAY_ALLOC_ZERO(all, arena, out->n + n, err);
  memcpy(all, out->item, out->n * sizeof *all);
  out->item = all;
  for (size_t k = 0; k < n; k++) {
    char number[32];
    const bool is_swept = (k > 0 && strcmp(read[k - 1].of, read[k].of) == 0) ||
                          (k + 1 < n && strcmp(read[k + 1].of, read[k].of) == 0);
    fray_format_double(read[k].severity, number);
    const char *name = !is_swept || isnan(read[k].severity)
                           ? read[k].name
                           : fray_arena_printf(arena, "%s=%s", read[k].name, number);
    FRAY_CHECK(name, err, MEMORY, "out of memory");
    all[out->n++] =
        (struct pairs_item){.set = name, .n_entries = read[k].n_entries, .entry = read[k].entry};
  }
  return FRAY_OK;
}

/* Rewritings come last, so that pairs have the numbers of their lines. */
enum fray_status pairs_file_read(const char *path, struct fray_comm *comm, struct fray_arena *arena,
                                 struct fray_arena *scratch, struct pairs_file *out,
                                 struct fray_err *err) {
  struct fray_node *root;
  struct whole whole;
  *out = (struct pairs_file){0};
  FRAY_TRY(fray_instrument_yaml(path, FRAY_INSTRUMENT_BYTES, comm, arena, &root, err));
  FRAY_TRY(fray_schema_read(&table, root, "", &whole, arena, err));
  out->modality = whole.pairs.modality;
  out->neutral = whole.pairs.neutral;
  FRAY_TRY(read_pairs(&whole.pairs, comm, arena, out, err));
  return read_rewrites(whole.rewrites, arena, scratch, out, err);
}
