#include "fray/corrupt/ledger.h"

#include "fray/base/file.h"
#include "fray/base/hash.h"
#include "fray/base/side.h"
#include "scope.h"

#include <stdlib.h>
#include <string.h>

static const char *const header = "source,modality,what,value";
static const size_t largest_ledger = (size_t)1 << 30;

static void put_row(struct fray_text *text, const char *source, const char *modality,
                    const char *what, const char *value) {
  fray_text_csv(text, source);
  fray_text_puts(text, ",");
  fray_text_csv(text, modality);
  fray_text_printf(text, ",%s,", what);
  fray_text_csv(text, value);
  fray_text_puts(text, "\n");
}

/* A row per class that joined or left the set of a sample that is labelled still. */
static void put_set(struct fray_text *text, const struct fray_dataset *dataset, size_t sample,
                    const struct fray_damage *damage, size_t i) {
  size_t classes = dataset->n_classes;
  for (size_t c = 0; damage->label[i] != FRAY_UNLABELLED && c < classes; c++) {
    bool has = damage->labels[i * classes + c] == 1;
    if (has != fray_has_class(dataset, sample, c))
      put_row(text, dataset->source_id[sample], "", has ? "added" : "removed",
              dataset->class_name[c]);
  }
}

static void put_sample(struct fray_text *text, const struct fray_population *population,
                       const struct fray_damage *damage, size_t i) {
  const struct fray_dataset *dataset = population->dataset;
  uint32_t sample = population->sample[i];
  const char *source = dataset->source_id[sample];
  unsigned lost = dataset->present[sample] & ~(unsigned)damage->present[i];
  for (size_t m = 0; m < dataset->n_modalities; m++)
    if (lost >> m & 1)
      put_row(text, source, dataset->modality[m].name, "lost", "");
  if (damage->label[i] == FRAY_UNLABELLED && fray_is_labelled(dataset, sample))
    put_row(text, source, "", "unlabelled", "");
  else if (dataset->multi_label)
    put_set(text, dataset, sample, damage, i);
  else if (damage->label[i] != dataset->label[sample])
    put_row(text, source, "", "label", dataset->class_name[damage->label[i]]);
  if (damage->dropped[i])
    put_row(text, source, "", "dropped", "");
}

void fray_ledger_text(const struct fray_population *population, const struct fray_damage *damage,
                      struct fray_text *text) {
  fray_text_printf(text, "%s\n", header);
  for (size_t i = 0; i < damage->n; i++)
    put_sample(text, population, damage, i);
}

enum fray_status fray_ledger_save(const char *path, const struct fray_population *population,
                                  const struct fray_damage *damage, struct fray_err *err) {
  struct fray_text text = {0};
  fray_ledger_text(population, damage, &text);
  enum fray_status status = text.failed ? fray_fail(err, FRAY_MEMORY, "out of memory")
                                        : fray_file_write(path, text.data, text.size, err);
  fray_text_free(&text);
  return status;
}

/* A cursor over CSV text; fields are unquoted in place. */
struct csv {
  const char *path;
  char *at, *end;
  long line, row_line; /* of the cursor; where the last row began */
};
enum { FIELDS = 4 };

/* Unquotes the field at the cursor and moves past it; NULL when a quote is not closed or is
 * followed by something else than the field's end. */
static char *next_field(struct csv *csv) {
  if (csv->at == csv->end || *csv->at != '"') {
    char *start = csv->at;
    while (csv->at < csv->end && !strchr(",\r\n", *csv->at))
      csv->at++;
    return start;
  }
  char *start = ++csv->at, *to = start;
  for (;; csv->at++) {
    if (csv->at == csv->end)
      return NULL;
    if (*csv->at == '"' && *++csv->at != '"')
      break; /* the text ends in a NUL, so the look ahead is safe */
    csv->line += *csv->at == '\n';
    *to++ = *csv->at;
  }
  if (csv->at < csv->end && !strchr(",\r\n", *csv->at))
    return NULL;
  if (to < csv->at)
    *to = '\0';
  return start;
}

/* Steps over a comma or a line's end and closes the field before it. */
static void end_field(struct csv *csv) {
  if (csv->at == csv->end)
    return;
  char *stop = csv->at++;
  if (*stop == '\r' && csv->at < csv->end && *csv->at == '\n')
    csv->at++;
  csv->line += *stop != ',';
  *stop = '\0';
}

/* Reads one row of exactly four fields; *done at the end of the text. */
static enum fray_status next_row(struct csv *csv, char *field[FIELDS], bool *done,
                                 struct fray_err *err) {
  *done = csv->at == csv->end;
  csv->row_line = csv->line;
  if (*done)
    return FRAY_OK;
  for (int f = 0; f < FIELDS; f++) {
    field[f] = next_field(csv);
    FRAY_CHECK(field[f], err, INPUT, "%s:%ld: a quoted field that does not end", csv->path,
               csv->row_line);
    bool last = csv->at == csv->end || *csv->at != ',';
    FRAY_CHECK(last == (f == FIELDS - 1), err, INPUT, "%s:%ld: expected the 4 fields %s", csv->path,
               csv->row_line, header);
    end_field(csv);
  }
  return FRAY_OK;
}

/* Where a source id is: its sample in the data set, and its place in the population. */
struct place {
  uint64_t source;
  uint32_t sample;
};
struct places {
  size_t n;
  struct place *sorted;
  uint32_t *position; /* (samples of the data set) UINT32_MAX: not in the population */
};

static int compare_places(const void *left, const void *right) {
  const struct place *a = left, *b = right;
  return (a->source > b->source) - (a->source < b->source);
}

static enum fray_status index_places(const struct fray_population *population,
                                     struct fray_arena *arena, struct places *out,
                                     struct fray_err *err) {
  const struct fray_dataset *dataset = population->dataset;
  out->n = dataset->n_samples;
  FRAY_ALLOC(out->sorted, arena, out->n, err);
  FRAY_ALLOC(out->position, arena, out->n, err);
  for (size_t s = 0; s < out->n; s++) {
    out->sorted[s] = (struct place){fray_hash_text(dataset->source_id[s]), (uint32_t)s};
    out->position[s] = UINT32_MAX;
  }
  for (size_t i = 0; i < population->n; i++)
    out->position[population->sample[i]] = (uint32_t)i;
  qsort(out->sorted, out->n, sizeof *out->sorted, compare_places);
  return FRAY_OK;
}

static bool find_place(const struct places *places, const struct fray_dataset *dataset,
                       const char *source_id, uint32_t *sample) {
  struct place wanted = {.source = fray_hash_text(source_id)};
  const struct place *found =
      bsearch(&wanted, places->sorted, places->n, sizeof wanted, compare_places);
  if (!found || strcmp(dataset->source_id[found->sample], source_id) != 0)
    return false;
  *sample = found->sample;
  return true;
}

/* Number of a name among n, n if it is none. */
static size_t find_name(const char *name, const char *const *names, size_t n) {
  size_t i = 0;
  while (i < n && strcmp(names[i], name) != 0)
    i++;
  return i;
}

static enum fray_status row_lost(const struct csv *csv, char *const field[FIELDS],
                                 const struct fray_dataset *dataset, unsigned *bit,
                                 struct fray_err *err) {
  const char *known[FRAY_MAX_MODALITIES];
  for (size_t m = 0; m < dataset->n_modalities; m++)
    known[m] = dataset->modality[m].name;
  size_t m = find_name(field[1], known, dataset->n_modalities);
  char hint[128];
  FRAY_CHECK(m < dataset->n_modalities, err, INPUT, "%s:%ld: the data has no modality '%.80s'%s",
             csv->path, csv->row_line, field[1],
             fray_hint(field[1], known, dataset->n_modalities, hint));
  *bit = 1u << m;
  return FRAY_OK;
}

static enum fray_status row_class(const struct csv *csv, char *const field[FIELDS],
                                  const struct fray_dataset *dataset, int32_t *label,
                                  struct fray_err *err) {
  size_t k = find_name(field[3], dataset->class_name, dataset->n_classes);
  FRAY_CHECK(k < dataset->n_classes, err, INPUT, "%s:%ld: the data has no class '%.80s'", csv->path,
             csv->row_line, field[3]);
  *label = (int32_t)k;
  return FRAY_OK;
}

/* What one row asks for. */
enum what { LOST, LABEL, ADDED, REMOVED, UNLABELLED, DROPPED, WHATS };
static const char *const what_names[WHATS] = {"lost",    "label",      "added",
                                              "removed", "unlabelled", "dropped"};
struct change {
  enum what what;
  unsigned lost;
  int32_t class; /* of label, added, removed */
};

static enum fray_status read_change(const struct csv *csv, char *const field[FIELDS],
                                    const struct fray_dataset *dataset, struct change *out,
                                    struct fray_err *err) {
  size_t what = find_name(field[2], what_names, WHATS);
  *out = (struct change){.what = (enum what)what};
  FRAY_CHECK(what < WHATS, err, INPUT,
             "%s:%ld: '%.80s' is none of lost, label, added, removed, unlabelled, dropped",
             csv->path, csv->row_line, field[2]);
  if (what == LOST)
    return row_lost(csv, field, dataset, &out->lost, err);
  if (what == UNLABELLED || what == DROPPED)
    return FRAY_OK;
  FRAY_CHECK(dataset->multi_label == (what != LABEL), err, INPUT,
             "%s:%ld: '%s' is for %s data, but the data set is %s", csv->path, csv->row_line,
             what_names[what], what == LABEL ? "single-label" : "multi-label",
             dataset->multi_label ? "multi-label" : "single-label");
  return row_class(csv, field, dataset, &out->class, err);
}

/* True if the change was not there before. */
static bool make_change(struct fray_damage *damage, size_t i, size_t classes,
                        const struct change *change) {
  uint8_t present = damage->present[i];
  int32_t label = damage->label[i];
  uint8_t dropped = damage->dropped[i];
  damage->present[i] &= (uint8_t)~change->lost;
  if (change->what == LABEL)
    damage->label[i] = change->class;
  if (change->what == UNLABELLED)
    damage->label[i] = FRAY_UNLABELLED;
  if (change->what == DROPPED)
    damage->dropped[i] = 1;
  if (change->what == ADDED || change->what == REMOVED) {
    uint8_t *bit = &damage->labels[i * classes + (size_t)change->class];
    bool has = change->what == ADDED, changes = label != FRAY_UNLABELLED && *bit != has;
    *bit = changes ? has : *bit;
    return changes;
  }
  return present != damage->present[i] || label != damage->label[i] ||
         dropped != damage->dropped[i];
}

static enum fray_status apply_row(const struct csv *csv, char *const field[FIELDS],
                                  const struct places *places,
                                  const struct fray_population *population,
                                  struct fray_damage *damage, uint8_t *changed,
                                  struct fray_err *err) {
  uint32_t sample = 0;
  FRAY_CHECK(find_place(places, population->dataset, field[0], &sample), err, INPUT,
             "%s:%ld: the data has no sample '%.80s'", csv->path, csv->row_line, field[0]);
  struct change change;
  FRAY_TRY(read_change(csv, field, population->dataset, &change, err));
  uint32_t i = places->position[sample];
  if (i == UINT32_MAX)
    return FRAY_OK;
  FRAY_CHECK(population->train || change.lost, err, INPUT,
             "%s:%ld: '%s' for the test sample '%.80s'; a ledger may only take modalities there",
             csv->path, csv->row_line, field[2], field[0]);
  if (make_change(damage, i, population->dataset->n_classes, &change) && changed)
    changed[i] = 1;
  return FRAY_OK;
}

static enum fray_status apply_rows(struct csv *csv, const struct fray_population *population,
                                   struct fray_damage *damage, uint8_t *changed,
                                   struct fray_arena *arena, struct fray_err *err) {
  struct places places;
  FRAY_TRY(index_places(population, arena, &places, err));
  char *field[FIELDS];
  bool done = false;
  FRAY_TRY(next_row(csv, field, &done, err));
  bool fits = !done && strcmp(field[0], "source") == 0 && strcmp(field[1], "modality") == 0 &&
              strcmp(field[2], "what") == 0 && strcmp(field[3], "value") == 0;
  FRAY_CHECK(fits, err, INPUT, "%s:1: expected the header %s", csv->path, header);
  for (;;) {
    FRAY_TRY(next_row(csv, field, &done, err));
    if (done)
      return FRAY_OK;
    FRAY_TRY(apply_row(csv, field, &places, population, damage, changed, err));
  }
}

enum fray_status fray_ledger_apply(const char *path, const struct fray_population *population,
                                   struct fray_damage *damage, uint8_t *changed,
                                   struct fray_arena *arena, struct fray_err *err) {
  struct fray_text text = {0};
  enum fray_status status = fray_side_read(path, largest_ledger, &text, err);
  struct fray_arena_mark mark = fray_arena_mark(arena);
  if (status == FRAY_OK) {
    char *start = text.data ? text.data : "";
    struct csv csv = {.path = path, .at = start, .end = start + text.size, .line = 1};
    status = apply_rows(&csv, population, damage, changed, arena, err);
  }
  fray_arena_rewind(arena, mark);
  fray_text_free(&text);
  return status;
}
