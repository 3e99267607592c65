/* Reading of single values and lists of them, and what is said of those that do not fit: the line,
 * the dotted key, what was found and what may stand there. */
#include "engine.h"
#include "fray/base/size.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- messages ---- */

/* From the root down, though the chain is linked upwards: recursion turns it round. Trees are at
 * most 64 deep. */
static void spot_path(const struct fray_reader *r, const struct fray_spot *spot,
                      struct fray_text *out) {
  if (!spot || (!spot->up && !spot->name)) { /* the root has no name of its own */
    fray_text_puts(out, r->where);
    return;
  }
  spot_path(r, spot->up, out);
  if (spot->name)
    fray_text_printf(out, "%s%s", out->size ? "." : "", spot->name);
  else
    fray_text_printf(out, "[%zu]", spot->index);
}

/* A check across keys names the one below that it is about. Down to where the tree has it. */
static const struct fray_node *below(const struct fray_node *node, const char *path) {
  char part[256];
  while (*path == '.') {
    const size_t n = strspn(++path, "abcdefghijklmnopqrstuvwxyz_0123456789");
    snprintf(part, sizeof part, "%.*s", (int)FRAY_MIN(n, sizeof part - 1), path);
    const struct fray_node *next = fray_node_get(node, part);
    /* A default has no line: the last of its parents that was written is where to look. */
    if (!next || next->line == 0)
      break;
    node = next;
    path += n;
  }
  return node;
}

/* Line, then dotted key, then what is wrong: FILE:12: training.local.lr: 20 is not in [1e-08,
 * 10]. What begins with the key, or one below it, has it already. */
enum fray_status fray_spot_fail(const struct fray_reader *r, const struct fray_spot *spot,
                                const char *format, ...) {
  char what[1200], place[256] = "";
  va_list args;
  va_start(args, format);
  vsnprintf(what, sizeof what, format, args);
  va_end(args);
  const struct fray_spot *near = spot;
  /* What is absent has no line; the section that lacks it has. */
  while (near && !near->node)
    near = near->up;
  struct fray_text path = {0};
  spot_path(r, spot, &path);
  const char *key = path.data ? path.data : "";
  const size_t n = strlen(key);
  /* A check across keys begins with the one that it is about: its line is the better one to give.
   */
  const bool said = n > 0 && strncmp(what, key, n) == 0 && (what[n] == '.' || what[n] == ':');
  if (near)
    fray_node_where(said && near == spot ? below(near->node, what + n) : near->node, place);
  if (said)
    key = "";
  fray_fail(r->err, FRAY_INPUT, "%s%s%s%s%s", place, *place ? ": " : "", key, *key ? ": " : "",
            what);
  fray_text_free(&path);
  return FRAY_INPUT;
}

/* The whole list where it has room: who guesses a name wants to see what there is. */
enum fray_status fray_spot_unknown(const struct fray_reader *r, const struct fray_spot *spot,
                                   const char *what, const char *name, const char *const *known,
                                   size_t n) {
  char list[800];
  return fray_spot_fail(r, spot, "unknown %s '%.80s'; %s", what, name,
                        fray_there_are(name, known, n, list, sizeof list));
}

/* "got ..." of a message. A text in quotes where a number is expected is a frequent slip, so quotes
 * are told. */
static const char *describe(const struct fray_node *node, char out[128]) {
  static const char *const kinds[] = {"nothing", "a value", "a list", "a map"};
  if (node->kind == FRAY_NODE_SCALAR)
    snprintf(out, 128, node->quoted ? "the text '%.80s'" : "'%.80s'", node->scalar);
  else
    snprintf(out, 128, "%s", kinds[node->kind]);
  return out;
}

/* Never only "wrong": what was found stands beside what was expected. */
static enum fray_status wrong_type(const struct fray_reader *r, const struct fray_spot *spot,
                                   const char *expected, const struct fray_node *got) {
  char text[128];
  return fray_spot_fail(r, spot, "expected %s, got %s", expected, describe(got, text));
}

/* ---- bounds ---- */

/* A row without any bound leaves all four at 0. */
static bool is_bounded(const struct fray_field *f) {
  return f->min != 0 || f->max != 0 || f->open_min || f->open_max;
}

bool fray_field_has_min(const struct fray_field *field) {
  return is_bounded(field) && isfinite(field->min);
}

/* A row that gives only .min leaves .max at 0, below or at it: no upper bound is meant. */
bool fray_field_has_max(const struct fray_field *field) {
  bool above = field->min > 0 || (field->min == 0 && field->open_min);
  bool unset = field->max == 0 && !field->open_max && above;
  return is_bounded(field) && isfinite(field->max) && !unset;
}

/* One text for messages and for the reference page, so that they cannot differ. */
void fray_field_bounds(const struct fray_field *field, char out[96]) {
  char low[32], high[32];
  bool min = fray_field_has_min(field), max = fray_field_has_max(field);
  fray_format_double(field->min, low);
  fray_format_double(field->max, high);
  *out = '\0';
  if (min && max)
    snprintf(out, 96, "%c%s, %s%c", field->open_min ? '(' : '[', low, high,
             field->open_max ? ')' : ']');
  else if (min)
    snprintf(out, 96, "%s %s", field->open_min ? "above" : "at least", low);
  else if (max)
    snprintf(out, 96, "%s %s", field->open_max ? "below" : "at most", high);
}

/* Percent where a share is meant is the most frequent slip of all. */
static const char *share_hint(const char *text, bool needs_sign, char out[64]) {
  char *end, share[32];
  const double number = strtod(text, &end);
  const bool is_percent = end > text && strcmp(end + (*end == ' '), "%") == 0;
  *out = '\0';
  if (!(number >= (is_percent ? 0 : 2) && number <= 100) ||
      !(is_percent || (*end == '\0' && !needs_sign)))
    return out;
  fray_format_double(number / 100, share);
  snprintf(out, 64, "; %.10g %% is written %s", number, share);
  return out;
}

const char *fray_share_hint(const struct fray_node *value, char out[64]) {
  *out = '\0';
  return value->kind == FRAY_NODE_SCALAR ? share_hint(value->scalar, false, out) : out;
}

/* Empty where no share is meant. 30 is a count of what may be either. */
static const char *percent_hint(const struct fray_field *f, const char *text, char out[64]) {
  const bool is_share =
      (f->type == FRAY_REAL || f->type == FRAY_REALS) && f->min >= 0 && f->max > 0 && f->max <= 1;
  *out = '\0';
  return is_share || f->type == FRAY_AMOUNT ? share_hint(text, !is_share, out) : out;
}

/* The text as the user wrote it, not the number that was read: 1e3 stays 1e3. */
static enum fray_status check_bounds(const struct fray_reader *r, const struct fray_field *f,
                                     const struct fray_spot *spot, const char *text, double value) {
  bool low = fray_field_has_min(f) && (f->open_min ? value <= f->min : value < f->min);
  bool high = fray_field_has_max(f) && (f->open_max ? value >= f->max : value > f->max);
  if (!low && !high)
    return FRAY_OK;
  char range[96], hint[64];
  fray_field_bounds(f, range);
  return fray_spot_fail(r, spot, "%.80s is not %s%s%s", text,
                        *range == '[' || *range == '(' ? "in " : "", range,
                        percent_hint(f, text, hint));
}

/* ---- single values ---- */

/* Only true and false: 1 and yes are what other programs mean by something else. */
static enum fray_status read_bool(const struct fray_reader *r, const struct fray_node *value,
                                  const struct fray_spot *spot, bool *out) {
  if (!fray_node_bool(value, out))
    return wrong_type(r, spot, "true or false", value);
  return FRAY_OK;
}

/* A fraction is no integer, even where it is whole. */
static enum fray_status read_int(const struct fray_reader *r, const struct fray_field *f,
                                 const struct fray_node *value, const struct fray_spot *spot,
                                 int64_t *out) {
  long long number;
  double real;
  if (!fray_node_int(value, &number)) {
    /* 1e9, 2.0 and numbers of twenty digits: beyond the bounds is what is wrong with most. */
    if (fray_node_real(value, &real) && isfinite(real))
      FRAY_TRY(check_bounds(r, f, spot, value->scalar, real));
    return wrong_type(r, spot, "a whole number", value);
  }
  /* Bounds are doubles; no row has one beyond 2^53, where integers would be rounded. */
  FRAY_TRY(check_bounds(r, f, spot, value->scalar, (double)number));
  *out = number;
  return FRAY_OK;
}

/* An integer is taken as a real: people write 1 for 1.0. */
static enum fray_status read_real(const struct fray_reader *r, const struct fray_field *f,
                                  const struct fray_node *value, const struct fray_spot *spot,
                                  double *out) {
  double number;
  /* NaN is no parameter of anything, and bounds would let it pass; infinity is one only where a row
   * says so, such as a ratio of signal to noise without noise. */
  const bool is_real = fray_node_real(value, &number) && !isnan(number);
  char hint[64];
  if (value->kind == FRAY_NODE_SCALAR && *percent_hint(f, value->scalar, hint) && !is_real)
    return fray_spot_fail(r, spot, "'%.80s' is no number%s", value->scalar, hint);
  if (!is_real || !(isfinite(number) || f->infinite))
    return wrong_type(r, spot, f->infinite ? "a number or .inf" : "a finite number", value);
  FRAY_TRY(check_bounds(r, f, spot, value->scalar, number));
  *out = number;
  return FRAY_OK;
}

/* The bounds of the row are for counts; a fraction is a share of whatever there is. */
static enum fray_status read_amount(const struct fray_reader *r, const struct fray_field *f,
                                    const struct fray_node *value, const struct fray_spot *spot,
                                    struct fray_amount *out) {
  long long count;
  double share;
  /* 1 is a count, 1.0 is all of them: the point decides, as the reference says. */
  if (fray_node_int(value, &count)) {
    if (count < 0)
      return fray_spot_fail(r, spot, "%s is not at least 0", value->scalar);
    FRAY_TRY(check_bounds(r, f, spot, value->scalar, (double)count));
    *out = (struct fray_amount){.value = (double)count};
    return FRAY_OK;
  }
  char hint[64];
  if (value->kind == FRAY_NODE_SCALAR && *percent_hint(f, value->scalar, hint))
    return fray_spot_fail(r, spot, "'%.80s' is no count and no fraction%s", value->scalar, hint);
  if (!fray_node_real(value, &share) || !isfinite(share))
    return wrong_type(r, spot, "a count like 10 or a fraction like 0.1", value);
  bool open = f->open_min || f->min > 0;
  if (!(share <= 1 && (open ? share > 0 : share >= 0)))
    return fray_spot_fail(r, spot,
                          "%s is no fraction in %s0, 1]; a count is written without a point",
                          value->scalar, open ? "(" : "[");
  *out = (struct fray_amount){.value = share, .is_fraction = true};
  return FRAY_OK;
}

/* Lists of names end with NULL. */
static size_t count_names(const char *const *names) {
  size_t n = 0;
  while (names[n])
    n++;
  return n;
}

/* By name alone: a number would tie a scenario to the order of an enum. */
static enum fray_status read_enum(const struct fray_reader *r, const struct fray_field *f,
                                  const struct fray_node *value, const struct fray_spot *spot,
                                  int *out) {
  size_t n = count_names(f->names);
  if (value->kind != FRAY_NODE_SCALAR)
    return wrong_type(r, spot, "a name", value);
  for (size_t i = 0; i < n; i++)
    if (strcmp(f->names[i], value->scalar) == 0) {
      /* The index: tables list names in the order of the enum. */
      *out = (int)i;
      return FRAY_OK;
    }
  return fray_spot_unknown(r, spot, "value", value->scalar, f->names, n);
}

/* A STRING or STRINGS row may name what is allowed, by .names or .choices. */
static enum fray_status check_known(const struct fray_reader *r, const struct fray_field *f,
                                    const struct fray_spot *spot, const char *text) {
  if (f->names) {
    int index;
    struct fray_node value = {.kind = FRAY_NODE_SCALAR, .scalar = text};
    return read_enum(r, f, &value, spot, &index);
  }
  if (!f->choices || fray_choice_find(f->choices, text))
    return FRAY_OK;
  const char **known;
  FRAY_ALLOC(known, r->arena, f->choices->n, r->err);
  for (size_t i = 0; i < f->choices->n; i++)
    known[i] = f->choices->v[i]->name;
  return fray_spot_unknown(r, spot, f->choices->what, text, known, f->choices->n);
}

/* A number is taken as its text: a data set may be called 2024. */
static enum fray_status read_string(const struct fray_reader *r, const struct fray_field *f,
                                    const struct fray_node *value, const struct fray_spot *spot,
                                    const char **out) {
  if (value->kind != FRAY_NODE_SCALAR)
    return wrong_type(r, spot, "a text", value);
  FRAY_TRY(check_known(r, f, spot, value->scalar));
  *out = fray_arena_strdup(r->arena, value->scalar);
  FRAY_CHECK(*out, r->err, MEMORY, "out of memory");
  return FRAY_OK;
}

/* Relative to the folder of the file that the value stands in; "--set" and the like have none. */
static enum fray_status read_path(const struct fray_reader *r, const struct fray_field *f,
                                  const struct fray_node *value, const struct fray_spot *spot,
                                  const char **out) {
  FRAY_TRY(read_string(r, f, value, spot, out));
  if (**out == '\0')
    return fray_spot_fail(r, spot, "the path is empty");
  /* Relative to the file that says it, as with #include: a scenario can be moved with its data. */
  const char *slash = value->source ? strrchr(value->source, '/') : NULL;
  if (**out == '/' || strcmp(*out, "-") == 0 || !slash)
    return FRAY_OK;
  int folder = (int)(slash - value->source);
  *out = fray_arena_printf(r->arena, "%.*s/%s", folder, value->source, *out);
  FRAY_CHECK(*out, r->err, MEMORY, "out of memory");
  return FRAY_OK;
}

/* ---- lists ---- */

/* Reads one entry into slot i of v. Each entry is held to the bounds of the row, and a message
 * names its index. */
static enum fray_status read_entry(const struct fray_reader *r, const struct fray_field *f,
                                   const struct fray_node *value, const struct fray_spot *spot,
                                   void *v, size_t i) {
  if (f->type == FRAY_INTS)
    return read_int(r, f, value, spot, (int64_t *)v + i);
  if (f->type == FRAY_REALS)
    return read_real(r, f, value, spot, (double *)v + i);
  return read_string(r, f, value, spot, (const char **)v + i);
}

static enum fray_status read_list(const struct fray_reader *r, const struct fray_field *f,
                                  const struct fray_node *value, const struct fray_spot *spot,
                                  void *out) {
  if (value->kind == FRAY_NODE_MAP)
    return wrong_type(r, spot, "a list", value);
  /* One value stands for a list of one, where only one is wanted: metrics: accuracy. */
  bool list = value->kind == FRAY_NODE_LIST;
  size_t n = list ? value->n : 1, i = 0;
  void *v = fray_arena_zero(r->arena, n, 8); /* int64_t, double or a pointer */
  FRAY_CHECK(v, r->err, MEMORY, "out of memory");
  if (!list)
    FRAY_TRY(read_entry(r, f, value, spot, v, 0));
  for (const struct fray_node *e = list ? value->child : NULL; e; e = e->next, i++) {
    struct fray_spot at = {.up = spot, .index = i, .node = e};
    FRAY_TRY(read_entry(r, f, e, &at, v, i));
  }
  if (f->type == FRAY_INTS)
    *(struct fray_ints *)out = (struct fray_ints){.n = n, .v = v};
  else if (f->type == FRAY_REALS)
    *(struct fray_reals *)out = (struct fray_reals){.n = n, .v = v};
  else
    *(struct fray_strings *)out = (struct fray_strings){.n = n, .v = v};
  return FRAY_OK;
}

/* Sections and kinds are read elsewhere: they hold other fields. */
enum fray_status fray_read_value(const struct fray_reader *r, const struct fray_field *field,
                                 const struct fray_node *value, const struct fray_spot *spot,
                                 void *out) {
  switch (field->type) {
  case FRAY_BOOL:
    return read_bool(r, value, spot, out);
  case FRAY_INT:
    return read_int(r, field, value, spot, out);
  case FRAY_REAL:
    return read_real(r, field, value, spot, out);
  case FRAY_STRING:
    return read_string(r, field, value, spot, out);
  case FRAY_PATH:
    return read_path(r, field, value, spot, out);
  case FRAY_ENUM:
    return read_enum(r, field, value, spot, out);
  case FRAY_AMOUNT:
    return read_amount(r, field, value, spot, out);
  case FRAY_INTS:
  case FRAY_REALS:
  case FRAY_STRINGS:
    return read_list(r, field, value, spot, out);
  default:
    return fray_fail(r->err, FRAY_INTERNAL, "field %s has no simple type", field->key);
  }
}

/* For tables whose columns are keys of something else: the same words for the same mistake. */
enum fray_status fray_schema_read_value(const struct fray_field *field,
                                        const struct fray_node *value, void *out,
                                        struct fray_arena *arena, struct fray_err *err) {
  const struct fray_reader reader = {.where = "", .arena = arena, .err = err};
  const struct fray_spot spot = {.name = field->key, .node = value};
  return fray_read_value(&reader, field, value, &spot, out);
}
