/* Reader `recordings`: tables whose rows are time steps, cut into windows. A file may be a person's
 * walk or the table of a whole study; a row of what comes out is a window, and its fields are those
 * of the file's name, the columns that are constant in it, and its label. */
#include "raw_source.h"
#include "stream_columns.h"
#include "window_cut.h"

#include "fray/base/log.h"
#include "fray/base/size.h"
#include "fray/base/text.h"
#include "import/table/csv_file.h"
#include "import/table/faults.h"
#include "import/table/natural_names.h"
#include "import/value/recording.h"

#include <math.h>
#include <string.h>

extern const struct fray_choice fray_reader_recordings;

enum { MOST_SIDES = 8 };

struct recordings_config {
  const char *pattern, *row_end;
  const struct fray_node *beside; /* map from prefixes to templates of paths, or NULL */
  struct fray_strings modalities, by;
  struct csv_format format;
  const struct fray_node *names;
  struct windows_config windows;
};

/* What one import of the input needs in all its files. */
struct reading {
  struct source *source;
  const struct recordings_config *config;
  struct stream_rules rules;
  size_t n_modalities, n_channels;
  size_t modality[FRAY_MAX_MODALITIES]; /* (n_modalities) those that the files hold */
  const struct fray_strings *columns[FRAY_MAX_MODALITIES];
  double file_rate;
  bool whole; /* the files are the modality's own, not tables */
  struct rows files;
  struct label_ranges ranges;
  size_t n_sides;
  const char *prefix[MOST_SIDES], **side[MOST_SIDES]; /* (files) paths below raw */
  /* What is cut out of all files lies side by side in this. */
  struct cut cut;
};

/* ---- what the keys say ---- */

/* The modality is among those that were named, or none was. */
static bool is_wanted(const struct recordings_config *config, const char *name) {
  bool wanted = config->modalities.n == 0;
  for (size_t k = 0; k < config->modalities.n; k++)
    wanted = wanted || strcmp(config->modalities.v[k], name) == 0;
  return wanted;
}

/* Files of one modality and nothing else, such as hours of sound: they are cut as the kind loads
 * them. */
static enum fray_status take_whole(struct reading *r, size_t m, struct fray_err *err) {
  const struct recordings_config *c = r->config;
  const struct windows_config *w = &c->windows;
  const char *name = r->source->modality[m].m.name;
  FRAY_CHECK(c->modalities.n <= 1, err, INPUT,
             "modalities: %s: its files hold no other modality; give each an input of its own",
             name);
  FRAY_CHECK(!c->by.n && !c->names && !w->label && !w->time && !w->longest && isnan(w->rate) &&
                 isnan(w->row_rate),
             err, INPUT,
             "modality %s: its files have no columns: of `windows`, `length` and `step` or "
             "`overlap` are for it, and labels come from the names of files",
             name);
  r->whole = true;
  r->modality[r->n_modalities] = m;
  r->columns[r->n_modalities++] = NULL;
  r->n_channels = 1;
  return FRAY_OK;
}

/* Channels need names: a recording's other columns are its clock, its labels, its people. */
static enum fray_status take_modality(struct reading *r, size_t m, struct fray_err *err) {
  struct modality *modality = &r->source->modality[m];
  const struct value_kind *kind = modality->kind->impl;
  const struct fray_strings *columns = kind->columns ? kind->columns(modality) : NULL;
  bool named = r->config->modalities.n > 0;
  FRAY_CHECK(columns || kind->measure || !named, err, INPUT,
             "modalities: %s: recordings of the kind `%s` are not cut%s", modality->m.name,
             modality->kind->name, kind->columns ? " without its `columns`" : "");
  if (kind->measure && (named || r->source->n_modalities == 1))
    return take_whole(r, m, err);
  if (!columns)
    return FRAY_OK;
  FRAY_CHECK(columns->n > 0, err, INPUT,
             "modality %s: recordings need its `columns`, the names of those that are channels%s",
             modality->m.name,
             named ? "" : "; `modalities` of the input names those that its files hold");
  /* One clock drives all columns of a row, so modalities of one file that say a rate say the same
   * one. */
  double rate = modality->m.rate, wanted = r->config->windows.rate;
  FRAY_CHECK(rate == 0 || r->file_rate == 0 || rate == r->file_rate, err, INPUT,
             "modality %s: %g Hz, another one of the same files has %g Hz", modality->m.name, rate,
             r->file_rate);
  FRAY_CHECK(rate == 0 || isnan(wanted) || rate == wanted, err, INPUT,
             "modality %s: its rate is %g Hz, but windows.rate brings it to %g Hz",
             modality->m.name, rate, wanted);
  r->file_rate = rate > 0 ? rate : r->file_rate;
  r->modality[r->n_modalities] = m;
  r->columns[r->n_modalities++] = columns;
  r->n_channels += columns->n;
  return FRAY_OK;
}

/* Names first, so that a misspelt one is told before it is taken for a modality of another file. */
static enum fray_status take_modalities(struct reading *r, struct fray_err *err) {
  const struct fray_strings *names = &r->config->modalities;
  size_t m;
  for (size_t k = 0; k < names->n; k++)
    FRAY_TRY(fray_source_modality(r->source, "modalities", names->v[k], &m, err));
  for (m = 0; m < r->source->n_modalities; m++)
    if (is_wanted(r->config, r->source->modality[m].m.name))
      FRAY_TRY(take_modality(r, m, err));
  FRAY_CHECK(
      r->n_channels > 0, err, INPUT,
      "recordings hold modalities of kind series, and features that name their `columns`, and "
      "there is none; for sound, `modalities` names it");
  return FRAY_OK;
}

/* Rate and names of what comes out, as all windows share them. */
static void settle_modalities(struct reading *r) {
  const struct window_plan *plan = &r->cut.plan;
  /* The rate that steps are brought to; else that of the rows, if the input says it; else the
   * modality's own stays, 0 among them. */
  double rate = plan->rate > 0 ? plan->rate : plan->row_seconds > 0 ? 1 / plan->row_seconds : 0;
  for (size_t k = 0; k < r->n_modalities; k++) {
    struct fray_modality *m = &r->source->modality[r->modality[k]].m;
    bool named = r->config->format.header != FRAY_CSV_NO_HEADER || r->config->names;
    m->rate = rate > 0 ? rate : m->rate;
    /* Columns that are called by their numbers have no names worth keeping. */
    if (named)
      m->channel_name = r->columns[k]->v;
  }
}

/* ---- one file ---- */

/* Where everything stands in this file: columns are bound by name, so their order may differ. */
static enum fray_status bind_columns(struct reading *r, const struct row_stream *s,
                                     const char **column, struct recording *out, size_t *label,
                                     size_t **by, struct fray_err *err) {
  struct fray_arena *arena = r->source->arena;
  const struct recordings_config *config = r->config;
  size_t *pick, n = 0;
  /* Only after renaming do the YAML's names mean anything. */
  FRAY_TRY(fray_columns_rename(config->names, s, column, arena, err));
  FRAY_ALLOC(pick, arena, r->n_channels, err);
  FRAY_ALLOC(*by, arena, config->by.n + 1, err);
  /* Channels lie modality by modality, so that the values of one are side by side in a step. */
  for (size_t k = 0; k < r->n_modalities; k++)
    for (size_t c = 0; c < r->columns[k]->n; c++)
      FRAY_TRY(fray_columns_find(s, column, r->source->modality[r->modality[k]].m.name,
                                 r->columns[k]->v[c], arena, &pick[n++], err));
  for (size_t b = 0; b < config->by.n; b++)
    FRAY_TRY(fray_columns_find(s, column, "by", config->by.v[b], arena, &(*by)[b], err));
  *label = NO_COLUMN;
  /* Of ranges the label is a column of their table, and was found there. */
  if (config->windows.label && !config->windows.ranges.file)
    FRAY_TRY(
        fray_columns_find(s, column, "windows.label", config->windows.label, arena, label, err));
  /* What a second reading needs, and nothing of the first: the stream is closed when the file is
   * cut. */
  *out = (struct recording){.path = s->path,
                            .side = out->side,
                            .n_sides = out->n_sides,
                            .rules = r->rules,
                            .n_columns = s->n_columns,
                            .column = column,
                            .n_channels = r->n_channels,
                            .pick = pick,
                            .time = NO_COLUMN,
                            .time_scale = r->cut.plan.time_scale,
                            .row_seconds = r->cut.plan.row_seconds,
                            .rate = r->cut.plan.rate,
                            .lowpass = config->windows.filter == FILTER_LOWPASS,
                            .cache = r->cut.cache};
  if (!config->windows.time)
    return FRAY_OK;
  return fray_columns_find(s, column, "windows.time", config->windows.time, arena, &out->time, err);
}

/* Files of other sensors, row by row the same moments: their paths, by the fields of each file. */
static enum fray_status take_sides(struct reading *r, struct fray_err *err) {
  const struct fray_node *map = r->config->beside;
  char where[256];
  FRAY_CHECK(!map || map->kind == FRAY_NODE_MAP, err, INPUT,
             "%s: beside: expected a map from prefixes of columns to paths",
             fray_node_where(map, where));
  FRAY_CHECK(!map || !r->whole, err, INPUT, "%s: beside: is of tables, and these files are none",
             r->source->yaml);
  for (const struct fray_node *e = map ? map->child : NULL; e; e = e->next) {
    const char *pattern;
    FRAY_CHECK(r->n_sides < MOST_SIDES, err, INPUT, "%s: beside: %zu files, at most %d",
               fray_node_where(map, where), map->n, MOST_SIDES);
    FRAY_TRY(fray_import_scalar(e, "beside", &pattern, err));
    r->prefix[r->n_sides] = e->key;
    FRAY_TRY(
        fray_rows_fill(&r->files, "beside", pattern, r->source->arena, &r->side[r->n_sides], err));
    r->n_sides++;
  }
  return FRAY_OK;
}

/* Seen by the pattern of the others, and left out by it; but they are read. */
static void claim_side(struct source *source, const char *path) {
  size_t kept = 0;
  for (size_t i = 0; i < source->n_left_out; i++)
    if (strcmp(source->left_out[i].path, path) != 0)
      source->left_out[kept++] = source->left_out[i];
  source->n_left_out = kept;
}

/* Columns of all files, those of the others with their prefix. */
static enum fray_status open_sides(struct reading *r, uint32_t file, struct row_stream *stream,
                                   const char ***column, struct recording *out,
                                   struct fray_err *err) {
  FRAY_ALLOC(out->side, r->source->arena, r->n_sides + 1, err);
  for (size_t k = 0; k < r->n_sides; k++) {
    struct stream_side *side = &out->side[k];
    *side = (struct stream_side){.prefix = r->prefix[k]};
    FRAY_TRY(fray_source_path(r->source, r->side[k][file], &side->path, err));
    claim_side(r->source, side->path);
  }
  out->n_sides = r->n_sides;
  return r->n_sides
             ? fray_stream_beside(stream, out->side, r->n_sides, r->source->arena, column, err)
             : FRAY_OK;
}

/* Which ranges are of this file, by the fields of its name. */
static enum fray_status find_ranges(struct reading *r, uint32_t file, struct fray_err *err) {
  const struct fray_strings *on = &r->config->windows.ranges.on;
  /* As many as the ranges may name; more were refused when their table was read. */
  const char *text[16];
  for (size_t k = 0; k < on->n; k++) {
    const char **column;
    FRAY_TRY(fray_rows_need(&r->files, "ranges.on", on->v[k], r->source->arena, &column, err));
    text[k] = column[file];
  }
  return fray_ranges_find(&r->ranges, text, on->n, r->source->arena, &r->cut.first_range,
                          &r->cut.n_ranges, err);
}

/* Each file is open alone. What stays of it is its stretches and windows: bytes for each,
 * whatever the file's size. */
static enum fray_status read_file(struct reading *r, uint32_t file, struct fray_err *err) {
  struct row_stream stream = {0};
  const char **column;
  struct recording *recording;
  size_t label = NO_COLUMN, *by = NULL;
  FRAY_ALLOC(recording, r->source->arena, 1, err);
  if (r->cut.ranges)
    FRAY_TRY(find_ranges(r, file, err));
  enum fray_status status =
      fray_stream_open(r->files.row_file[file], &r->rules, r->source->arena, &column, &stream, err);
  if (status == FRAY_OK)
    status = open_sides(r, file, &stream, &column, recording, err);
  if (status == FRAY_OK)
    status = bind_columns(r, &stream, column, recording, &label, &by, err);
  if (status == FRAY_OK)
    status = fray_cut_file(&r->cut, recording, &stream, file, label, by, err);
  fray_stream_close(&stream);
  return status;
}

/* ---- what came of it ---- */

/* A wrong unit is a factor of a thousand, and would make a mess of every window. */
static enum fray_status check_rate(const struct reading *r, struct fray_err *err) {
  static const char *const unit[] = {"s", "ms", "us", "ns"};
  static const double seconds[] = {1, 1e-3, 1e-6, 1e-9};
  const struct cut_counts *c = &r->cut.counts;
  if (r->cut.plan.rate > 0 || r->file_rate == 0 || c->pairs == 0)
    return FRAY_OK;
  double hertz = (double)c->pairs / c->seconds, ratio = hertz / r->file_rate;
  const char *hint = "";
  for (size_t u = 0; u < FRAY_COUNT(unit); u++) {
    double other = ratio * r->cut.plan.time_scale / seconds[u];
    /* Factors of a thousand lie between units, so at most one of them fits. */
    if (other > 0.5 && other < 2)
      hint = unit[u];
  }
  FRAY_CHECK(ratio > 0.5 && ratio < 2, err, INPUT,
             "%s: by the column '%.80s' rows come at %.4g Hz, but the modality's rate is %g "
             "Hz%s%s%s",
             r->files.file, r->config->windows.time, hertz, r->file_rate,
             *hint ? "; with `time_unit: " : "; `windows.rate` brings rows to one rate", hint,
             *hint ? "` they would agree" : "");
  if (fabs(ratio - 1) > 0.05)
    fray_import_warn(NULL,
                     "%s: by the column '%.80s' rows come at %.4g Hz, but the modality's rate is "
                     "%g Hz; `windows.rate` brings rows to one rate",
                     r->files.file, r->config->windows.time, hertz, r->file_rate);
  return FRAY_OK;
}

/* What is faster than half the new rate turns up as something slower, and no step tells that it
 * did.
 */
static void warn_of_aliases(const struct reading *r) {
  enum { PER_CENT = 150 };
  const struct window_plan *plan = &r->cut.plan;
  const struct cut_counts *c = &r->cut.counts;
  double hertz = plan->row_seconds > 0 ? 1 / plan->row_seconds : 0;
  if (c->pairs && c->seconds > 0)
    hertz = (double)c->pairs / c->seconds;
  if (plan->rate > 0 && r->config->windows.filter == FILTER_NONE &&
      hertz * 100 > plan->rate * PER_CENT)
    fray_import_warn(
        NULL,
        "%s: rows at %.4g Hz become %g Hz by straight lines; what is faster than %g Hz "
        "shows as something slower, unless `filter: lowpass` takes it out",
        r->files.file, hertz, plan->rate, plan->rate / 2);
}

/* Every row that is in no window is accounted for. */
static void say_counts(const struct reading *r) {
  const struct cut_counts *c = &r->cut.counts;
  /* In the order in which a row meets them, so that the numbers add up to all rows that are in no
   * window. */
  const struct {
    size_t n;
    const char *noun, *words;
  } items[] = {
      {c->rows_skipped, "row", "left out by `skip`"},
      {c->rows_unlabelled, "row", "in no range of labels"},
      {c->rows_faulty, "faulty row", "left out"},
      {c->rows_missing, "row", "left out for missing values"},
      {c->rows_short, r->whole ? "step" : "row", "in stretches shorter than a window"},
      {c->steps_left, "step", "at the ends of stretches, too few for a window"},
      {c->windows_impure, "window", "left out by `purity`"},
      {c->gaps, "gap", "in time"},
      {c->cells_filled, "missing value", "filled by straight lines"},
  };
  struct fray_text text = {0};
  for (size_t k = 0; k < FRAY_COUNT(items); k++)
    if (items[k].n)
      fray_text_printf(&text, "\n    %s %s", FRAY_N(items[k].n, items[k].noun), items[k].words);
  fray_note("%s: %s, %s, %s: %s of %s%s", fray_path_below(r->source->raw, r->files.file),
            FRAY_N(c->files, "data file"), FRAY_N(c->rows, r->whole ? "step" : "row"),
            FRAY_N(c->stretches, "stretch"), FRAY_N(r->cut.n, "window"),
            FRAY_N(r->cut.plan.length, "step"), text.data && !text.failed ? text.data : "");
  fray_text_free(&text);
}

/* The counts are said before the refusal: they are what tells why there is no window. */
static enum fray_status check_windows(const struct reading *r, struct fray_err *err) {
  const struct cut_counts *c = &r->cut.counts;
  FRAY_TRY(check_rate(r, err));
  warn_of_aliases(r);
  if (r->cut.ranges)
    fray_ranges_say(r->cut.ranges, r->source->raw);
  say_counts(r);
  FRAY_CHECK(r->cut.n > 0, err, INPUT,
             "%s: no window: the longest stretch has %zu steps, a window %zu%s", r->files.file,
             c->longest, r->cut.plan.length,
             c->longest >= r->cut.plan.length ? "; none is as pure as `purity` asks for"
             : c->gaps > c->rows / 2 ? "; most rows are further apart than `gap`: is `time_unit` "
                                       "right?"
                                     : "");
  return FRAY_OK;
}

/* ---- fields ---- */

/* A column of texts, one for each window. Texts of files, clients and labels are shared by all
 * their windows; numbers and ids are made. */
static enum fray_status add_field(struct reading *r, struct rows *out, const char *name,
                                  const char *(*text)(const struct reading *r,
                                                      const struct window *w, size_t which),
                                  size_t which, struct fray_err *err) {
  const char **column;
  FRAY_ALLOC(column, r->source->arena, out->n, err);
  for (size_t i = 0; i < out->n; i++) {
    column[i] = text(r, &r->cut.window[i], which);
    FRAY_CHECK(column[i], err, MEMORY, "out of memory");
  }
  return fray_rows_add(out, name, column, r->source->arena, err);
}

/* Where the text of a field comes from: the file's name, the stretch, the window. */
static const char *file_text(const struct reading *r, const struct window *w, size_t which) {
  return r->files.text[which][w->file];
}
static const char *by_text(const struct reading *r, const struct window *w, size_t which) {
  (void)r;
  return w->by[which];
}
static const char *label_text(const struct reading *r, const struct window *w, size_t which) {
  (void)which;
  return r->cut.label[w->label].name;
}
static const char *number_text(const struct reading *r, const struct window *w, size_t which) {
  return fray_arena_printf(r->source->arena, "%u", which ? w->in_stretch : w->number);
}
/* Names a sample for ever, whatever is cut from other files: path, stretch and window do not
 * depend on those. */
static const char *id_text(const struct reading *r, const struct window *w, size_t which) {
  (void)which;
  const char *path = fray_path_below(r->source->raw, r->files.row_file[w->file]);
  return fray_arena_printf(r->source->arena, "%s/%u/%u", path, w->number, w->in_stretch);
}

/* The reader's own names give way to those of the data. */
static enum fray_status add_fields(struct reading *r, struct rows *out, struct fray_err *err) {
  const struct recordings_config *config = r->config;
  for (size_t f = 0; f < r->files.n_fields; f++)
    FRAY_TRY(add_field(r, out, r->files.field[f], file_text, f, err));
  for (size_t b = 0; b < config->by.n; b++)
    FRAY_TRY(add_field(r, out, config->by.v[b], by_text, b, err));
  if (config->windows.label && !fray_rows_find(out, config->windows.label))
    FRAY_TRY(add_field(r, out, config->windows.label, label_text, 0, err));
  if (!fray_rows_find(out, "stretch"))
    FRAY_TRY(add_field(r, out, "stretch", number_text, 0, err));
  if (!fray_rows_find(out, "window"))
    FRAY_TRY(add_field(r, out, "window", number_text, 1, err));
  if (!fray_rows_find(out, "id"))
    FRAY_TRY(add_field(r, out, "id", id_text, 0, err));
  return FRAY_OK;
}

static enum fray_status make_rows(struct reading *r, struct rows *out, struct fray_err *err) {
  struct fray_arena *arena = r->source->arena;
  const struct cut *cut = &r->cut;
  /* Each window has a file and a line, so that whatever is wrong with it later is said as
   * FILE:LINE. */
  size_t *line, channel = 0;
  *out = (struct rows){.n = cut->n, .file = r->files.file};
  FRAY_ALLOC(line, arena, cut->n, err);
  FRAY_ALLOC(out->row_file, arena, cut->n, err);
  for (size_t i = 0; i < cut->n; i++) {
    line[i] = cut->window[i].line;
    out->row_file[i] = r->files.row_file[cut->window[i].file];
  }
  out->line = r->whole ? NULL : line;
  for (size_t k = 0; k < r->n_modalities; k++) {
    struct value *value;
    size_t width = r->whole ? 1 : r->columns[k]->n;
    FRAY_ALLOC_ZERO(value, arena, cut->n, err);
    for (size_t i = 0; i < cut->n; i++)
      value[i] = (struct value){.stretch = cut->window[i].stretch,
                                .first = cut->window[i].first,
                                .channel = channel,
                                .length = cut->plan.length,
                                .width = width,
                                .path = r->whole ? out->row_file[i] : NULL};
    out->value[r->modality[k]] = value;
    channel += width;
  }
  /* In one array for all modalities, since a row of the file holds them all. */
  /* Room for the longest stretch, once: stretches are read one after the other. */
  FRAY_ALLOC(cut->cache->x, arena, cut->cache_steps * r->n_channels, err);
  FRAY_ALLOC_ZERO(cut->cache->filled, arena, cut->cache_steps, err);
  double overlap = 1 - (double)cut->plan.step / (double)cut->plan.length;
  r->source->cuts = true;
  r->source->overlap = FRAY_MAX(r->source->overlap, overlap);
  return add_fields(r, out, err);
}

/* The order of files is the natural one of their names, and stretches come in the order of the
 * file: an import on another machine gives the same samples. */
/* Decoded to be measured: what headers say of lengths is often wrong. */
static enum fray_status cut_whole(struct reading *r, struct fray_err *err) {
  struct modality *modality = &r->source->modality[r->modality[0]];
  const struct value_kind *kind = modality->kind->impl;
  for (size_t f = 0; f < r->files.n; f++) {
    size_t steps;
    double rate;
    FRAY_TRY(kind->measure(modality, r->files.row_file[f], &steps, &rate, err));
    /* The rate is known with the first file, and the same in all. */
    if (f == 0)
      FRAY_TRY(fray_window_plan(&r->config->windows, rate, &r->cut.plan, err));
    FRAY_TRY(fray_cut_steps(&r->cut, (uint32_t)f, steps, err));
  }
  return FRAY_OK;
}

static enum fray_status read_all(struct reading *r, struct rows *out, struct fray_err *err) {
  if (r->whole)
    FRAY_TRY(cut_whole(r, err));
  for (size_t f = 0; !r->whole && f < r->files.n; f++)
    FRAY_TRY(read_file(r, (uint32_t)f, err));
  FRAY_TRY(check_windows(r, err));
  return make_rows(r, out, err);
}

/* The cut's lists grow outside the arena, which could not give back what doubling leaves; they
 * are released whatever happens. */
static enum fray_status read_recordings(struct source *source, const void *params, struct rows *out,
                                        struct fray_err *err) {
  const struct recordings_config *config = params;
  struct reading r = {.source = source, .config = config};
  r.cut = (struct cut){.arena = source->arena,
                       .config = &config->windows,
                       .n_by = config->by.n,
                       .by_name = config->by.v};
  /* Everything that the YAML alone can get wrong, before a folder is listed. */
  FRAY_TRY(fray_stream_rules_take(&config->format, config->row_end, &r.rules, err));
  FRAY_TRY(take_modalities(&r, err));
  if (!r.whole) {
    FRAY_TRY(fray_window_plan(&config->windows, r.file_rate, &r.cut.plan, err));
    settle_modalities(&r);
  }
  /* Once for all files: it says of each where what begins. */
  if (config->windows.ranges.file) {
    FRAY_TRY(
        fray_ranges_read(source, &config->windows.ranges, config->windows.label, &r.ranges, err));
    r.cut.ranges = &r.ranges;
  }
  FRAY_ALLOC_ZERO(r.cut.cache, source->arena, 1, err);
  FRAY_TRY(fray_files_find(source, config->pattern, &r.files, err));
  FRAY_TRY(take_sides(&r, err));
  enum fray_status status = read_all(&r, out, err);
  fray_cut_end(&r.cut);
  return status;
}

/* ---- its keys ---- */

static const struct fray_field fields[] = {
    FRAY_FIELD(STRING, "pattern", struct recordings_config, pattern, .required = true,
               .help = "path below `raw` of the tables, with {FIELD} for the parts that differ; "
                       "their rows are time steps"),
    FRAY_FIELD(STRINGS, "modalities", struct recordings_config, modalities, .optional = true,
               .help = "modalities that the tables hold; default: all of kind series, and "
                       "features that name their columns. Their "
                       "`columns` are the channels"),
    FRAY_FIELD(NODE, "beside", struct recordings_config, beside, .shape = FRAY_SHAPE_TEXTS,
               .help = "tables of other sensors with the same rows: map from what stands before "
                       "the names of their columns to their paths, in which {FIELD} is that of the "
                       "pattern"),
    FRAY_FIELD(STRINGS, "by", struct recordings_config, by, .optional = true,
               .help = "columns that become fields, such as the person or the trial; no window "
                       "spans a change of one of them"),
    FRAY_FIELD(NODE, "names", struct recordings_config, names, .shape = FRAY_SHAPE_TEXTS_OR_LIST,
               .help = "names of columns: a map from those of the header (or numbers from 1, where "
                       "there is none) to new ones, or a list for all columns"),
    CSV_FORMAT_FIELDS(struct recordings_config, format),
    FRAY_FIELD(STRING, "row_end", struct recordings_config, row_end, .optional = true,
               .help = "a sign that ends a row as well, such as ; behind the last cell"),
    FRAY_FIELD(SECTION, "windows", struct recordings_config, windows,
               .section = &fray_windows_table, .help = "how they are cut"),
};
static FRAY_TABLE(table, "recordings", struct recordings_config, fields,
                  .help = "tables of time steps, cut into windows; `separator: blanks` takes any "
                          "number of blanks and tabs. Fields: those of the pattern, `path`, the "
                          "columns of `by`, the label, `stretch` and `window` (numbers from 1), "
                          "`id`");
static const struct reader reader = {.read = read_recordings};
const struct fray_choice fray_reader_recordings = {
    "recordings", "continuous recordings: tables of time steps, cut into windows", "", &table,
    &reader};
