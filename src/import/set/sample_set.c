/* From DATASET.yaml to checked samples; values of files stay on disk. Readers give rows of texts,
 * templates make ids, clients, labels and splits of them, and then everything is checked that can
 * be without decoding a file, so that hours of decoding do not end in a misspelt label. */
#include "sample_set.h"

#include "import/reader/join.h"
#include "import/table/derive.h"
#include "import/table/natural_names.h"
#include "import/table/where.h"
#include "labels.h"
#include "least.h"
#include "missing_files.h"
#include "splits.h"

#include "fray/base/deeds.h"
#include "fray/base/file.h"
#include "fray/base/size.h"
#include "fray/codec/names.h"
#include "fray/data/names.h"
#include "fray/import/import.h"

#include <libgen.h>
#include <stdlib.h>
#include <string.h>

const char *fray_sample_where(const struct sample *s, char out[512]) {
  return fray_rows_where(s->file, s->line, s->line_is_row, out);
}

const char *fray_value_name(const struct set *set, const struct sample *s,
                            const struct value *value) {
  return value->path ? fray_path_below(set->source.raw, value->path) : s->id;
}

/* Windows of all modalities are over one stretch: they come from one reader. */
const struct stretch *fray_sample_stretch(const struct set *set, const struct sample *s) {
  for (size_t m = 0; m < set->source.n_modalities; m++)
    if (s->value[m].stretch)
      return s->value[m].stretch;
  return NULL;
}

/* ---- samples from rows ---- */

struct texts { /* filled templates, (rows) each */
  const char **id, **client, **split, **group[FRAY_IMPORT_GROUPS];
  struct label_texts labels;
};

/* A whole column at a time: a template that is wrong is refused once, not for each row. */
static enum fray_status fill_texts(const struct set *set, const struct input_config *input,
                                   const struct rows *rows, struct texts *t, struct fray_err *err) {
  struct fray_arena *arena = set->source.arena;
  /* A column `split` is used without being asked for: forgetting it would train on the test. */
  const char *split = input->split;
  if (!split)
    split = fray_rows_find(rows, "split") ? "{split}" : "train";
  FRAY_TRY(fray_rows_fill(rows, "id", input->id, arena, &t->id, err));
  FRAY_TRY(fray_rows_fill(rows, "client", input->client, arena, &t->client, err));
  FRAY_TRY(fray_labels_fill(set, input, rows, &t->labels, err));
  FRAY_TRY(fray_rows_fill(rows, "split", split, arena, &t->split, err));
  for (size_t g = 0; g < set->n_groups; g++) {
    const char *field = fray_arena_printf(arena, "{%s}", set->group[g]);
    FRAY_CHECK(field, err, MEMORY, "out of memory");
    FRAY_TRY(fray_rows_fill(rows, "groups", field, arena, &t->group[g], err));
  }
  return FRAY_OK;
}

/* No other words, such as "validation": what they mean differs between benchmarks. */
static enum fray_status take_split(const char *name, const char *where, uint8_t *out,
                                   struct fray_err *err) {
  for (uint8_t s = 0; s < FRAY_SPLITS; s++)
    if (strcmp(name, fray_split_names[s]) == 0) {
      *out = s;
      return FRAY_OK;
    }
  char hint[128];
  return fray_fail(err, FRAY_INPUT, "%s: split \"%s\" is none of train, dev, test%s", where, name,
                   fray_hint(name, fray_split_names, FRAY_SPLITS, hint));
}

/* What a shard would not hold. */
/* Judged in the form that the shard will hold, after cleaning. */
static enum fray_status check_text(const char *where, const char *id, const char *what,
                                   const char *text, struct fray_err *err) {
  const char *flaw = fray_name_flaw(text);
  FRAY_CHECK(!flaw, err, INPUT, "%s: sample %.200s: the %s is %s", where, id, what, flaw);
  return FRAY_OK;
}

/* Each text is cleaned, then judged; a message names the sample as soon as its id is known to be
 * good. */
static enum fray_status take_names(const struct set *set, const struct texts *t, size_t i,
                                   struct sample *s, const char **group, struct fray_err *err) {
  char where[512];
  const char *split = t->split[i], *flaw;
  FRAY_TRY(fray_names_clean(&s->id, 1, set->source.arena, err));
  FRAY_TRY(fray_names_clean(&s->client, 1, set->source.arena, err));
  FRAY_TRY(fray_names_clean(&split, 1, set->source.arena, err));
  fray_sample_where(s, where);
  /* The id cannot name its own sample, so the row does. */
  flaw = fray_name_flaw(s->id);
  FRAY_CHECK(!flaw, err, INPUT, "%s: the id is %s", where, flaw);
  FRAY_TRY(check_text(where, s->id, "client", s->client, err));
  FRAY_TRY(fray_labels_take(set, &t->labels, i, s, err));
  FRAY_TRY(take_split(split, where, &s->split, err));
  for (size_t g = 0; g < set->n_groups; g++) {
    group[g] = t->group[g][i];
    FRAY_TRY(fray_names_clean(&group[g], 1, set->source.arena, err));
    FRAY_TRY(check_text(where, s->id, set->group[g], group[g], err));
  }
  return FRAY_OK;
}

/* A value that is given, whether or not its file is there yet. */
static bool has_any(const struct set *set, const struct value *value) {
  bool any = false;
  for (size_t m = 0; m < set->source.n_modalities; m++)
    any = any || fray_value_given(&value[m]);
  return any;
}

static enum fray_status take_sample(const struct set *set, const struct rows *rows,
                                    const struct texts *t, size_t i, struct sample *s,
                                    const char **group, struct value *value, struct fray_err *err) {
  char where[512];
  *s = (struct sample){.id = t->id[i],
                       .client = t->client[i],
                       .file = rows->file,
                       .line = rows->line ? rows->line[i] : i,
                       .line_is_row = !rows->line,
                       .group = group,
                       .value = value};
  /* A file of its own says more than a row number. */
  if (rows->row_file) {
    s->file = rows->row_file[i];
    s->line = rows->line ? rows->line[i] : FRAY_WHOLE_FILE;
  }
  FRAY_TRY(take_names(set, t, i, s, group, err));
  for (size_t m = 0; m < set->source.n_modalities; m++)
    value[m] = rows->value[m] ? rows->value[m][i] : (struct value){0};
  FRAY_CHECK(has_any(set, value), err, INPUT, "%s: sample %s has no modality",
             fray_sample_where(s, where), s->id);
  return FRAY_OK;
}

/* Samples of all inputs in one array, in the order of the inputs. */
static enum fray_status add_samples(struct set *set, const struct input_config *input,
                                    const struct rows *rows, const struct texts *t,
                                    struct fray_err *err) {
  /* Copied for each input: there are few of them, and samples must lie in one piece. */
  struct sample *all;
  struct value *value;
  const char **group;
  FRAY_ALLOC(all, set->source.arena, set->n + rows->n, err);
  FRAY_ALLOC(value, set->source.arena, rows->n * set->source.n_modalities, err);
  FRAY_ALLOC(group, set->source.arena, rows->n * set->n_groups, err);
  if (set->n)
    memcpy(all, set->sample, set->n * sizeof *all);
  set->sample = all;
  for (size_t i = 0; i < rows->n; i++) {
    /* Neither its names nor its files are looked at. */
    if (fray_rows_left_out(rows, i))
      continue;
    struct sample *s = &all[set->n];
    struct value *own = value + i * set->source.n_modalities;
    FRAY_TRY(take_sample(set, rows, t, i, s, group + i * set->n_groups, own, err));
    /* Faults are gathered: the import fails after the last input, with all of them. */
    FRAY_TRY(fray_files_check(set, input->absent == ABSENT_KEEP, s, own, err));
    bool kept = has_any(set, own);
    /* A sample of which nothing is there has no place in a shard. */
    set->n += kept;
    set->without += !kept;
  }
  return FRAY_OK;
}

/* All fields first, then which rows are wanted: the files of the others need not be there. */
static enum fray_status finish_rows(struct set *set, const struct input_config *input,
                                    struct rows *rows, struct fray_err *err) {
  const struct reader *reader = input->reader.choice->impl;
  struct derivation derivation;
  FRAY_TRY(fray_derive_begin(&input->derive, set->source.arena, &derivation, err));
  /* A key may be a derived field, and a derived field may come of a joined column: joins ask for
   * what they need, the rest is made behind them. */
  FRAY_TRY(fray_join_all(&set->source, &input->join, &derivation, rows, err));
  FRAY_TRY(fray_derive_rest(rows, &derivation, set->source.arena, err));
  FRAY_TRY(fray_rows_where_hold(rows, &input->where, set->source.arena, err));
  /* The last resort of an id, where no text is a sample's own: made only when it is asked for, and
   * never in the place of a column of that name. */
  if (strstr(input->id, "{row}") && !fray_rows_find(rows, "row"))
    FRAY_TRY(fray_rows_number(rows, set->source.arena, err));
  return reader->take ? reader->take(&set->source, input->reader.params, rows, err) : FRAY_OK;
}

/* The reader's rows go when their samples are made; texts and values stay in the arena. */
static enum fray_status read_input(struct set *set, const struct input_config *input,
                                   struct fray_err *err) {
  const struct reader *reader = input->reader.choice->impl;
  struct rows rows = {0};
  /* Templates are filled for all rows before the first sample is made. */
  struct texts texts;
  FRAY_TRY(reader->read(&set->source, input->reader.params, &rows, err));
  FRAY_TRY(finish_rows(set, input, &rows, err));
  FRAY_TRY(fill_texts(set, input, &rows, &texts, err));
  return add_samples(set, input, &rows, &texts, err);
}

/* ---- checks over all samples ---- */

/* The place decides between equals, so that "first" is the first in the files. */
static int by_id(const void *a, const void *b) {
  const struct sample *s = *(const struct sample *const *)a, *t = *(const struct sample *const *)b;
  int order = strcmp(s->id, t->id);
  return order ? order : (s > t) - (s < t);
}

/* Ids key random streams, so two samples of one id would be damaged alike. */
static enum fray_status check_ids(const struct set *set, struct fray_err *err) {
  struct fray_arena_place mark = fray_arena_mark(set->source.arena);
  /* Scratch of the arena, which is wound back to the mark. */
  const struct sample **sorted;
  FRAY_ALLOC(sorted, set->source.arena, set->n, err);
  for (size_t i = 0; i < set->n; i++)
    sorted[i] = &set->sample[i];
  qsort(sorted, set->n, sizeof *sorted, by_id);
  for (size_t i = 1; i < set->n; i++) {
    char where[512], first[512];
    FRAY_CHECK(strcmp(sorted[i - 1]->id, sorted[i]->id) != 0, err, INPUT,
               "%s: id \"%s\" is there twice, first in %s", fray_sample_where(sorted[i], where),
               sorted[i]->id, fray_sample_where(sorted[i - 1], first));
  }
  fray_arena_rewind(set->source.arena, mark);
  return FRAY_OK;
}

/* Windows of a stretch are neighbours; that they stay together is asked here once, for splits and
 * for clients. */
static enum fray_status check_stretches(const struct set *set, struct fray_err *err) {
  /* Neighbours are enough: windows come stretch by stretch, and rows that are left out leave their
   * order. */
  for (size_t i = 1; set->source.cuts && i < set->n; i++) {
    const struct sample *a = &set->sample[i - 1], *b = &set->sample[i];
    const struct stretch *own = fray_sample_stretch(set, b);
    char where[512];
    if (!own || own != fray_sample_stretch(set, a))
      continue;
    fray_sample_where(b, where);
    FRAY_CHECK(strcmp(a->client, b->client) == 0, err, INPUT,
               "%s: client \"%.200s\", but the window before, of the same stretch, is of "
               "\"%.200s\"; name the client's column in `by`",
               where, b->client, a->client);
    FRAY_CHECK(a->split == b->split, err, INPUT,
               "%s: split %s, but the window before, of the same stretch, is %s; name the column "
               "of the split in `by`",
               where, fray_split_names[b->split], fray_split_names[a->split]);
  }
  return FRAY_OK;
}

struct place { /* sorted to give the order of samples */
  const char *client;
  uint32_t index;
};

/* Within a client as they came, so that windows of a recording stay in time. */
static int by_client(const void *a, const void *b) {
  const struct place *p = a, *q = b;
  int order = fray_natural_order(p->client, q->client);
  return order ? order : (p->index > q->index) - (p->index < q->index);
}

/* Shards hold clients whole, and people look for s2 before s10. */
enum fray_status fray_set_order(const struct set *set, uint32_t **order, struct fray_err *err) {
  struct place *place;
  FRAY_ALLOC(*order, set->source.arena, set->n, err);
  FRAY_ALLOC(place, set->source.arena, set->n, err);
  for (size_t i = 0; i < set->n; i++)
    place[i] = (struct place){set->sample[i].client, (uint32_t)i};
  qsort(place, set->n, sizeof *place, by_client);
  for (size_t i = 0; i < set->n; i++)
    (*order)[i] = place[i].index;
  return FRAY_OK;
}

/* ---- loading ---- */

/* A folder on the command line replaces the YAML's, since raw data seldom lie where they lay. */
static enum fray_status find_raw(struct set *set, const char *raw, bool in_pair,
                                 struct fray_err *err) {
  char *copy = fray_arena_strdup(set->source.arena, set->source.yaml);
  FRAY_CHECK(copy, err, MEMORY, "out of memory");
  set->source.raw = set->config.raw ? set->config.raw : dirname(copy);
  if (raw)
    set->source.raw =
        in_pair ? fray_arena_printf(set->source.arena, "%s/%s", raw, set->config.name) : raw;
  FRAY_CHECK(set->source.raw, err, MEMORY, "out of memory");
  /* The source is told: raw data are the one thing that does not come with the YAML. */
  FRAY_CHECK(fray_is_folder(set->source.raw), err, INPUT,
             "%s: the folder of raw files, %s, is not there%s%s", set->source.yaml, set->source.raw,
             set->config.source[0] ? "; source: " : "", set->config.source);
  return FRAY_OK;
}

/* The rule of the shard format. */
static enum fray_status check_name(const struct set *set, const char *what, const char *name,
                                   struct fray_err *err) {
  FRAY_CHECK(fray_name_is_plain(name), err, INPUT,
             "%s: %s \"%.80s\": a name is made of letters, digits, _ and -, at most %d of them",
             set->source.yaml, what, name, FRAY_MAX_PLAIN_NAME);
  return FRAY_OK;
}

/* Names in the YAML that are compared with those of the files. */
/* In place: the YAML's own spelling is of no use any more. */
static enum fray_status clean_config(struct set *set, struct fray_err *err) {
  struct import_config *c = &set->config;
  const struct input_config *input = c->inputs.v;
  FRAY_TRY(fray_names_clean(c->classes.v, c->classes.n, set->source.arena, err));
  FRAY_TRY(fray_names_clean(c->test.clients.v, c->test.clients.n, set->source.arena, err));
  FRAY_TRY(fray_names_clean(c->dev.clients.v, c->dev.clients.n, set->source.arena, err));
  for (size_t k = 0; k < c->inputs.n; k++)
    FRAY_TRY(fray_names_clean(input[k].label_columns.v, input[k].label_columns.n, set->source.arena,
                              err));
  return FRAY_OK;
}

/* "RAW/list.csv: ..." of a whole file: the text of the input that named it. With a line, as in
 * RAW/list.csv:3, the place to mend lies in that file. */
static const struct fray_node *who_names(const struct fray_node *node, const char *said) {
  const size_t n = node->kind == FRAY_NODE_SCALAR && node->scalar ? strlen(node->scalar) : 0;
  if (n > 0 && strncmp(said, node->scalar, n) == 0 && said[n] == ':' && said[n + 1] == ' ')
    return node;
  for (const struct fray_node *e = node->child; e; e = e->next) {
    const struct fray_node *found = who_names(e, said);
    if (found)
      return found;
  }
  return NULL;
}

static enum fray_status at_file(const struct set *set, const struct fray_node *input,
                                struct fray_err *err) {
  const size_t n = strlen(set->source.raw);
  char where[256];
  if (err->status != FRAY_INPUT || !input || strncmp(err->text, set->source.raw, n) != 0 ||
      err->text[n] != '/')
    return err->status;
  const struct fray_node *node = who_names(input, err->text + n + 1);
  return node ? fray_at(err, "%s", fray_node_where(node, where)) : err->status;
}

/* "windows.length: ..." of a reader, which knows keys and no files: the key, or what of it the
 * input has, says where; else the input itself. */
static enum fray_status at_input(const struct set *set, const struct fray_node *input,
                                 struct fray_err *err) {
  char path[128], where[256];
  const size_t n = strspn(err->text, "abcdefghijklmnopqrstuvwxyz_.");
  if (err->status != FRAY_INPUT || !input || n == 0 || n >= sizeof path || *err->text == '.' ||
      err->text[n] != ':')
    return at_file(set, input, err);
  memcpy(path, err->text, n);
  path[n] = '\0';
  const struct fray_node *node = fray_node_at(input, path);
  for (char *dot; !node && (dot = strrchr(path, '.'));) {
    *dot = '\0';
    node = fray_node_at(input, path);
  }
  return fray_at(err, "%s", fray_node_where(node ? node : input, where));
}

/* From here on the order matters: what is counted must be complete before it is judged. */
static enum fray_status load_samples(struct set *set, const struct fray_node *yaml, const char *raw,
                                     bool in_pair, struct fray_err *err) {
  const struct import_config *c = &set->config;
  const struct modality_config *modality = c->modalities.v;
  const struct input_config *input = c->inputs.v;
  FRAY_TRY(find_raw(set, raw, in_pair, err));
  FRAY_TRY(clean_config(set, err));
  set->source.n_modalities = c->modalities.n;
  for (size_t m = 0; m < set->source.n_modalities; m++) {
    FRAY_TRY(check_name(set, "modality", c->modalities.name[m], err));
    fray_modality_begin(&set->source.modality[m], c->modalities.name[m], &modality[m],
                        set->source.arena);
  }
  /* Groups are fields as well; that a field is there is seen when rows are. */
  set->n_groups = c->groups.n;
  for (size_t g = 0; g < set->n_groups; g++) {
    FRAY_TRY(check_name(set, "group", c->groups.v[g], err));
    set->group[g] = c->groups.v[g];
  }
  /* The list of faults owns memory outside the arena: it is released whatever happens. */
  enum fray_status status = FRAY_OK;
  const struct fray_node *inputs = fray_node_get(yaml, "inputs");
  const struct fray_node *node = inputs ? inputs->child : NULL;
  for (size_t i = 0; i < c->inputs.n && status == FRAY_OK; i++, node = node ? node->next : NULL)
    if (read_input(set, &input[i], err) != FRAY_OK)
      status = at_input(set, node, err);
  if (status == FRAY_OK)
    status = fray_files_settle(set, err);
  fray_text_free(&set->missing.list);
  FRAY_TRY(status);
  /* Windows that were cut here know their overlap; those of files are what the YAML says. */
  set->overlaps = set->config.overlap > 0;
  set->config.overlap = FRAY_MAX(set->config.overlap, set->source.overlap);
  FRAY_TRY(fray_left_out_say(set, err));
  FRAY_CHECK(set->n > 0, err, INPUT, "%s: the inputs hold no samples", set->source.yaml);
  /* Orders and contents count in 32 bits. */
  FRAY_CHECK(set->n <= UINT32_MAX / 2, err, INPUT, "%s: %zu samples are too many", set->source.yaml,
             set->n);
  /* Over all inputs: train and test of a set may number their rows alike. */
  FRAY_TRY(check_ids(set, err));
  FRAY_TRY(check_stretches(set, err));
  FRAY_TRY(fray_least_apply(set, err));
  FRAY_TRY(fray_labels_settle(set, err));
  return fray_split_test(set, err);
}

enum fray_status fray_set_load(const char *yaml, const char *raw, bool in_pair,
                               struct fray_arena *arena, struct set **out, struct fray_err *err) {
  /* Zeroed: an absent part of a set is an empty one. */
  struct set *set;
  struct fray_node *node;
  FRAY_ALLOC_ZERO(set, arena, 1, err);
  set->source.arena = arena;
  set->source.yaml = yaml;
  /* The whole YAML is checked before a single raw file is opened. */
  FRAY_TRY(fray_yaml_load(yaml, arena, &node, err));
  fray_deed(FRAY_DEED_FILE, yaml);
  FRAY_TRY(fray_where_spell_out(node, arena, err));
  FRAY_TRY(fray_schema_read(&fray_import_table, node, "", &set->config, arena, err));
  bool pair = set->config.pair.first != NULL;
  /* Two levels would need names for the parts of parts. */
  FRAY_CHECK(!pair || !in_pair, err, INPUT, "%s: a pair within a pair", yaml);
  FRAY_CHECK(!set->config.strings.from || !in_pair, err, INPUT,
             "%s: strings within a pair: samples are paired by their one label", yaml);
  if (pair)
    FRAY_TRY(fray_set_pair(set, raw, err));
  else
    FRAY_TRY(load_samples(set, node, raw, in_pair, err));
  *out = set;
  return FRAY_OK;
}
