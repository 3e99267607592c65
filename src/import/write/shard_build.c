/* Samples -> shards, one client after the other, so that the values of one shard are in memory and
 * no more. A value that cannot be taken does not end the walk: all of them are named at the end,
 * and nothing is written from the first on. */
#include "shard_build.h"

#include "fray/base/log.h"
#include "fray/base/size.h"
#include "fray/data/shard_writer.h"
#include "import/check/leaks.h"
#include "import/table/natural_names.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Clients lie whole in one shard: shards end between runs only. */
struct run { /* one client's samples, in the order of the shards */
  const char *client;
  size_t first, n;
};

struct builder {
  struct set *set;
  const char *folder; /* NULL: nothing is written */
  uint32_t *order;    /* (n) */
  struct run *run;
  size_t n_runs;
  struct fray_group group[FRAY_IMPORT_GROUPS]; /* codes in that order */
  struct loaded *value; /* (n, modalities) of the samples not written yet, in that order */
  size_t bytes;         /* held by them */
  struct leaks *leaks;
  struct built *built;
  struct faults faults; /* values that could not be taken; from the first on nothing is written */
  bool probe_failed;
};

static const struct sample *sample_at(const struct builder *b, size_t i) {
  return &b->set->sample[b->order[i]];
}

/* ---- tables over the whole set ---- */

/* The order has each client's samples side by side. */
static enum fray_status find_runs(struct builder *b, struct fray_err *err) {
  size_t n = b->set->n;
  FRAY_ALLOC(b->run, b->set->source.arena, n, err);
  for (size_t i = 0; i < n; i++) {
    const char *client = sample_at(b, i)->client;
    if (i == 0 || strcmp(b->run[b->n_runs - 1].client, client) != 0)
      b->run[b->n_runs++] = (struct run){.client = client, .first = i};
    b->run[b->n_runs - 1].n++;
  }
  return FRAY_OK;
}

/* Codes over the whole set, so that a value has one code in all shards. */
static enum fray_status code_group(struct builder *b, size_t g, struct fray_err *err) {
  struct set *set = b->set;
  const char **text;
  uint16_t *code;
  struct fray_group *group = &b->group[g];
  FRAY_ALLOC(text, set->source.arena, set->n, err);
  FRAY_ALLOC(code, set->source.arena, set->n, err);
  for (size_t i = 0; i < set->n; i++)
    text[i] = sample_at(b, i)->group[g];
  FRAY_TRY(fray_names_unique(text, set->n, set->source.arena, &group->value, &group->n, err));
  FRAY_CHECK(group->n <= UINT16_MAX, err, INPUT, "group %s has %zu values, at most %d",
             set->group[g], group->n, UINT16_MAX);
  for (size_t i = 0; i < set->n; i++)
    code[i] = (uint16_t)fray_names_find(group->value, group->n, text[i]);
  group->name = set->group[g];
  group->code = code;
  return FRAY_OK;
}

/* ---- loading ---- */

/* Every fault of a value says whose it is: the path alone would not tell which row asks for it. */
static enum fray_status at_sample(const struct sample *s, const struct modality *m,
                                  struct fray_err *err) {
  char where[512];
  return fray_at(err, "%s: sample %s: %s", fray_rows_where(s->file, s->line, s->line_is_row, where),
                 s->id, m->m.name);
}

/* Tells the kind of a modality of all its files, before any is loaded. */
static enum fray_status settle(struct builder *b, size_t m, struct fray_err *err) {
  struct set *set = b->set;
  struct modality_files files = {.dataset = set->config.name, .raw = set->source.raw, .n = set->n};
  FRAY_ALLOC(files.coming, set->source.arena, set->n, err);
  struct fray_arena_place mark = fray_arena_mark(set->source.arena);
  FRAY_ALLOC(files.path, set->source.arena, set->n, err);
  for (size_t i = 0; i < set->n; i++) {
    files.path[i] = set->sample[i].value[m].path;
    files.coming[i] = sample_at(b, i)->value[m].path;
    /* Windows of one recording, which is read once for all. */
    if (i && sample_at(b, i - 1)->value[m].path == files.coming[i])
      files.coming[i] = NULL;
  }
  enum fray_status status = fray_modality_settle(&set->source.modality[m], &files, err);
  fray_arena_rewind(set->source.arena, mark);
  return status;
}

/* Modalities get their sizes from the first sample that has them, before the first shard. */
static enum fray_status probe(struct builder *b, struct fray_err *err) {
  for (size_t m = 0; m < b->set->source.n_modalities; m++)
    FRAY_TRY(settle(b, m, err));
  for (size_t m = 0; m < b->set->source.n_modalities; m++) {
    struct modality *modality = &b->set->source.modality[m];
    for (size_t i = 0; i < b->set->n; i++) {
      struct loaded loaded;
      if (modality->known)
        break;
      enum fray_status status =
          fray_value_load(modality, &b->set->sample[i].value[m], &loaded, err);
      if (status == FRAY_INPUT) { /* named later, with all others */
        b->probe_failed = true;
        continue;
      }
      if (status != FRAY_OK)
        return at_sample(&b->set->sample[i], modality, err);
      free(loaded.x);
    }
    FRAY_CHECK(modality->known || b->probe_failed, err, INPUT, "modality %s: no sample has it",
               modality->m.name);
  }
  return FRAY_OK;
}

/* Values in which nothing happens are all alike, and no leak. */
static void count_value(struct builder *b, size_t i, size_t m, const struct loaded *value) {
  struct built *built = b->built;
  if (!value->x)
    return;
  if (!fray_tally_add(b->set, sample_at(b, i), m, value, &built->tally[m]))
    fray_leaks_add(b->leaks, b->order[i], m, value);
  built->shortest[m] = built->n[m] ? FRAY_MIN(built->shortest[m], value->length) : value->length;
  built->longest[m] = FRAY_MAX(built->longest[m], value->length);
  built->n[m]++;
  /* Decimal megabytes, as disks are sold and limits are given. */
  built->megabytes += (double)value->bytes / 1e6;
}

/* All of a client's values, since a client is written whole. */
static enum fray_status load_run(struct builder *b, const struct run *run, struct fray_err *err) {
  size_t modalities = b->set->source.n_modalities;
  for (size_t i = run->first; i < run->first + run->n; i++)
    for (size_t m = 0; m < modalities; m++) {
      struct loaded *value = &b->value[i * modalities + m];
      struct modality *modality = &b->set->source.modality[m];
      const struct sample *s = sample_at(b, i);
      /* Values that are given, so that the message can say "3 of 900". */
      b->faults.of += fray_value_given(&s->value[m]);
      enum fray_status status = fray_value_load(modality, &s->value[m], value, err);
      if (status != FRAY_OK)
        at_sample(s, modality, err);
      if (status == FRAY_INPUT)
        fray_faults_add(&b->faults, err ? err->text : "");
      else if (status != FRAY_OK)
        return status;
      count_value(b, i, m, value);
      b->bytes += value->bytes;
      if (!b->folder || b->faults.n) { /* a dry run keeps nothing */
        free(value->x);
        value->x = NULL;
      }
    }
  return FRAY_OK;
}

/* ---- writing ---- */

/* Sample by sample over all modalities; the writer gathers each in a buffer of its own. */
static enum fray_status append_all(const struct builder *b, struct fray_shard_writer *writer,
                                   size_t first, size_t n, struct fray_err *err) {
  size_t modalities = b->set->source.n_modalities;
  for (size_t i = first; i < first + n; i++)
    for (size_t m = 0; m < modalities; m++) {
      const struct loaded *value = &b->value[i * modalities + m];
      FRAY_TRY(fray_shard_append(writer, m, value->x, value->length, err));
    }
  return FRAY_OK;
}

/* Words of all samples of the shard, one behind the other. */
static enum fray_status plan_words(const struct builder *b, size_t first, size_t n,
                                   struct fray_shard_plan *plan, struct fray_arena *arena,
                                   struct fray_err *err) {
  int64_t *at;
  int16_t *word;
  FRAY_ALLOC(at, arena, n + 1, err);
  at[0] = 0;
  for (size_t i = 0; i < n; i++)
    at[i + 1] = at[i] + (int64_t)sample_at(b, first + i)->n_words;
  FRAY_ALLOC(word, arena, at[n], err);
  for (size_t i = 0; i < n; i++) {
    const struct sample *s = sample_at(b, first + i);
    memcpy(word + at[i], s->word, s->n_words * sizeof *word);
  }
  plan->word_first = at;
  plan->word = word;
  return FRAY_OK;
}

/* A value that could not be taken left x NULL, but then nothing is written any more. */
static enum fray_status plan_samples(const struct builder *b, size_t first, size_t n,
                                     struct fray_shard_plan *plan, struct fray_arena *arena,
                                     struct fray_err *err) {
  int32_t *label;
  uint8_t *split, *present, *labels = NULL;
  const char **id;
  /* Arrays of the shard alone, in the order in which its values are appended. */
  size_t modalities = b->set->source.n_modalities, classes = b->set->n_classes;
  FRAY_ALLOC(label, arena, n, err);
  FRAY_ALLOC(split, arena, n, err);
  FRAY_ALLOC(id, arena, n, err);
  FRAY_ALLOC_ZERO(present, arena, n, err);
  if (b->set->config.task == TASK_MULTI_LABEL)
    FRAY_ALLOC(labels, arena, n * classes, err);
  for (size_t i = 0; i < n; i++) {
    const struct sample *s = sample_at(b, first + i);
    label[i] = s->label;
    if (labels)
      memcpy(labels + i * classes, s->labels, classes);
    split[i] = s->split;
    id[i] = s->id;
    for (size_t m = 0; m < modalities; m++)
      if (b->value[(first + i) * modalities + m].x)
        present[i] |= (uint8_t)(1u << m);
  }
  if (b->set->config.task == TASK_SEQUENCE)
    FRAY_TRY(plan_words(b, first, n, plan, arena, err));
  plan->n_samples = n;
  plan->label = label;
  plan->labels = labels;
  plan->split = split;
  plan->source_id = id;
  plan->present = present;
  return FRAY_OK;
}

/* Sizes of the whole set, but the longest of this shard, which is what its buffers need. */
static enum fray_status plan_modality(const struct builder *b, size_t m, size_t first, size_t n,
                                      struct fray_shard_plan *plan, struct fray_arena *arena,
                                      struct fray_err *err) {
  int64_t *length;
  plan->modality[m] = b->set->source.modality[m].m;
  if (!plan->modality[m].ragged)
    return FRAY_OK;
  FRAY_ALLOC(length, arena, n, err);
  plan->modality[m].time = 1;
  for (size_t i = 0; i < n; i++) {
    length[i] = (int64_t)b->value[(first + i) * b->set->source.n_modalities + m].length;
    plan->modality[m].time = FRAY_MAX(plan->modality[m].time, (size_t)length[i]);
  }
  plan->length[m] = length;
  return FRAY_OK;
}

/* first and count tile the samples of the shard, as a reader will check. */
static enum fray_status plan_clients(const struct run *run, size_t n, struct fray_shard_plan *plan,
                                     struct fray_arena *arena, struct fray_err *err) {
  const char **name;
  int64_t *first, *count;
  FRAY_ALLOC(name, arena, n, err);
  FRAY_ALLOC(first, arena, n, err);
  FRAY_ALLOC(count, arena, n, err);
  for (size_t c = 0; c < n; c++) {
    name[c] = run[c].client;
    /* Counted from the shard's first sample. */
    first[c] = (int64_t)(run[c].first - run[0].first);
    count[c] = (int64_t)run[c].n;
  }
  plan->n_clients = n;
  plan->client_name = name;
  plan->client_first = first;
  plan->client_count = count;
  return FRAY_OK;
}

/* The arena is the shard's own: plans of a set of many shards do not add up. */
static enum fray_status write_shard(struct builder *b, const struct run *run, size_t n_runs,
                                    struct fray_arena *arena, struct fray_err *err) {
  const struct set *set = b->set;
  size_t first = run[0].first, n = run[n_runs - 1].first + run[n_runs - 1].n - first;
  struct fray_shard_plan plan = {.dataset = set->config.name,
                                 .licence = set->config.licence,
                                 .source = set->config.source,
                                 .created_by = IMPORT_MAKER,
                                 .window_overlap = set->config.overlap,
                                 .whole_stretches = set->source.cuts && !set->overlaps,
                                 .n_classes = set->n_classes,
                                 .class_name = set->class_name,
                                 .n_groups = set->n_groups,
                                 .n_modalities = set->source.n_modalities,
                                 .gzip = set->config.shards.gzip,
                                 .leaks = first + n == set->n ? &b->built->leaks : NULL};
  FRAY_TRY(plan_samples(b, first, n, &plan, arena, err));
  FRAY_TRY(plan_clients(run, n_runs, &plan, arena, err));
  for (size_t m = 0; m < set->source.n_modalities; m++)
    FRAY_TRY(plan_modality(b, m, first, n, &plan, arena, err));
  struct fray_group group[FRAY_IMPORT_GROUPS];
  for (size_t g = 0; g < set->n_groups; g++) {
    group[g] = b->group[g];
    /* The codes of this shard are a piece of those of the set. */
    group[g].code += first;
  }
  plan.group = group;
  /* Numbered in order of writing, which is the order of clients. */
  struct fray_shard_writer *writer = NULL;
  char *path = fray_arena_printf(arena, "%s/shard-%04zu.h5", b->folder, b->built->shards);
  FRAY_CHECK(path, err, MEMORY, "out of memory");
  FRAY_TRY(fray_shard_create(path, &plan, &writer, err));
  enum fray_status status = append_all(b, writer, first, n, err);
  if (status == FRAY_OK)
    return fray_shard_finish(writer, err);
  /* The file stays behind in the folder that is dropped with it. */
  fray_shard_abandon(writer);
  return status;
}

/* Also for samples that were never loaded: their x is NULL. */
static void release_runs(struct builder *b, const struct run *run, size_t n_runs) {
  size_t modalities = b->set->source.n_modalities;
  for (size_t r = 0; r < n_runs; r++)
    for (size_t k = run[r].first * modalities; k < (run[r].first + run[r].n) * modalities; k++) {
      free(b->value[k].x);
      b->value[k] = (struct loaded){0};
    }
  b->bytes = 0;
}

/* Counted in a dry run too: the plan says how many there would be. */
static enum fray_status close_shard(struct builder *b, size_t from, size_t to,
                                    struct fray_err *err) {
  struct fray_arena arena = {0};
  enum fray_status status =
      b->folder && !b->faults.n ? write_shard(b, b->run + from, to - from, &arena, err) : FRAY_OK;
  fray_arena_free(&arena);
  release_runs(b, b->run + from, to - from);
  b->built->shards++;
  return status;
}

/* Shards end where they are full, and always after a whole client. */
static enum fray_status build_shards(struct builder *b, struct fray_err *err) {
  const struct shards_config *limit = &b->set->config.shards;
  /* No bound unless the YAML gives one. */
  size_t most = limit->clients == INT64_MIN ? SIZE_MAX : (size_t)limit->clients, from = 0;
  for (size_t r = 0; r < b->n_runs; r++) {
    FRAY_TRY(load_run(b, &b->run[r], err));
    if (r + 1 == b->n_runs) /* all values are known, and the last shard is not written yet */
      fray_leaks_count(b->leaks, b->built);
    fray_progress(2, "importing %s: client %zu of %zu", b->set->config.name, r + 1, b->n_runs);
    /* Bytes in memory, before compression: the limit bounds memory as well as files. */
    bool full = (double)b->bytes >= limit->megabytes * 1e6 || r + 1 - from >= most;
    if (!full && r + 1 < b->n_runs)
      continue;
    FRAY_TRY(close_shard(b, from, r + 1, err));
    from = r + 1;
  }
  return FRAY_OK;
}

/* What rises in every sample is a clock or a counter, most likely, and no channel. */
static void warn_rising(const struct set *set) {
  for (size_t m = 0; m < set->source.n_modalities; m++) {
    const struct modality *modality = &set->source.modality[m];
    if (modality->n_series == 0 || modality->rising < modality->n_series)
      continue;
    char name[160] = "the first channel";
    if (modality->column)
      snprintf(name, sizeof name, "channel '%.140s'", modality->column[0]);
    fray_import_warn(
        NULL, "%s: modality %s: %s rises from step to step in every sample, as time does; %s",
        set->config.name, modality->m.name, name,
        modality->column ? "`columns` names those that are channels"
                         : "leave it out if it is no measurement");
  }
}

static enum fray_status build(struct set *set, const char *folder, struct built *out,
                              struct fray_err *err) {
  struct builder b = {.set = set, .folder = folder, .built = out};
  /* Counts of this run; a plan and an import of one set give the same. */
  *out = (struct built){0};
  FRAY_TRY(fray_set_order(set, &b.order, err));
  FRAY_TRY(find_runs(&b, err));
  for (size_t g = 0; g < set->n_groups; g++)
    FRAY_TRY(code_group(&b, g, err));
  /* Shapes must be known before the first shard, even if a later client is the first to have a
   * modality. */
  FRAY_TRY(probe(&b, err));
  /* After the probe: a set that cannot be loaded at all needs no room for contents. */
  FRAY_TRY(fray_leaks_begin(set, &b.leaks, err));
  FRAY_ALLOC_ZERO(b.value, set->source.arena, set->n * set->source.n_modalities, err);
  /* Progress ends before anything else is said on the same screen. */
  enum fray_status status = build_shards(&b, err);
  fray_progress_end();
  if (status == FRAY_OK)
    status = fray_faults_fail(&b.faults, "values cannot be taken", "", err);
  fray_text_free(&b.faults.list);
  if (status == FRAY_OK)
    warn_rising(set);
  /* What a failed run left behind; the shards that were written hold nothing any more. */
  release_runs(&b, b.run, b.n_runs);
  if (status != FRAY_OK)
    return status;
  fray_tally_warn(set, out);
  fray_leaks_warn(b.leaks);
  return FRAY_OK;
}

/* However it ends, what modalities hold outside of the arena is given back. */
enum fray_status fray_set_build(struct set *set, const char *folder, struct built *out,
                                struct fray_err *err) {
  const enum fray_status status = build(set, folder, out, err);
  for (size_t m = 0; m < set->source.n_modalities; m++)
    fray_modality_end(&set->source.modality[m]);
  return status;
}
