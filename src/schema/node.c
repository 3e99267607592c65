/* The tree of a YAML document: looking up, copying, setting, comparing, reading of scalars. */
#include "fray/schema/node.h"

#include "tree.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Maps of a scenario are short: entries are a list, in the order in which they were written. */
struct fray_node *fray_node_get(const struct fray_node *map, const char *key) {
  if (!map || map->kind != FRAY_NODE_MAP)
    return NULL;
  for (struct fray_node *e = map->child; e; e = e->next)
    if (strcmp(e->key, key) == 0)
      return e;
  return NULL;
}

/* Copies the path up to its next dot; returns what follows the dot, or NULL at the end. Keys cannot
 * hold a dot where paths are used; 255 letters are more than any key may have. */
static const char *split(const char *path, char *part, size_t size, bool *good) {
  size_t n = strcspn(path, ".");
  *good = n > 0 && n < size;
  if (*good) {
    memcpy(part, path, n);
    part[n] = '\0';
  }
  return path[n] ? path + n + 1 : NULL;
}

struct fray_node *fray_node_at(const struct fray_node *root, const char *path) {
  const struct fray_node *node = root;
  char part[256];
  while (node && path) {
    bool good;
    path = split(path, part, sizeof part, &good);
    node = good ? fray_node_get(node, part) : NULL;
  }
  /* Const in, plain out, as strchr does: the caller knows whether the tree is his. */
  return (struct fray_node *)node;
}

void fray_node_append(struct fray_node *parent, struct fray_node *last, struct fray_node *value) {
  if (last)
    last->next = value;
  else
    parent->child = value;
  value->next = NULL;
  parent->n++;
}

/* *good stays false once it is: a copy of several texts is tested once. */
static const char *copy_text(const char *text, struct fray_arena *arena, bool *good) {
  const char *copy = text ? fray_arena_strdup(arena, text) : NULL;
  *good = *good && (copy || !text);
  return copy;
}

/* Recursion ends: parsed trees are at most 64 deep, built ones are as deep as paths have dots. All
 * texts, too: the copy may outlive the arena of the first. */
struct fray_node *fray_node_copy(const struct fray_node *node, struct fray_arena *arena) {
  struct fray_node *copy = fray_arena_zero(arena, 1, sizeof *copy);
  if (!copy)
    return NULL;
  bool good = true;
  copy->kind = node->kind;
  copy->line = node->line;
  copy->quoted = node->quoted;
  copy->source = copy_text(node->source, arena, &good);
  copy->key = copy_text(node->key, arena, &good);
  copy->scalar = copy_text(node->scalar, arena, &good);
  struct fray_node *last = NULL;
  for (const struct fray_node *e = node->child; e && good; e = e->next) {
    struct fray_node *entry = fray_node_copy(e, arena);
    if (!entry)
      return NULL;
    fray_node_append(copy, last, entry);
    last = entry;
  }
  return good ? copy : NULL;
}

/* Source and line of what caused it: a value of --set is told by its option. */
static struct fray_node *fresh(enum fray_node_kind kind, const char *source, int line,
                               struct fray_arena *arena) {
  struct fray_node *node = fray_arena_zero(arena, 1, sizeof *node);
  bool good = node != NULL;
  if (node) {
    node->kind = kind;
    node->line = line;
    node->source = copy_text(source, arena, &good);
  }
  return good ? node : NULL;
}

struct fray_node *fray_node_scalar(const char *text, const char *source, int line,
                                   struct fray_arena *arena) {
  struct fray_node *node = fresh(FRAY_NODE_SCALAR, source, line, arena);
  if (!node)
    return NULL;
  bool good = true;
  node->scalar = copy_text(text, arena, &good);
  return good ? node : NULL;
}

/* A list is made of it by its kind: both are chains of entries. */
struct fray_node *fray_node_map(const char *source, int line, struct fray_arena *arena) {
  return fresh(FRAY_NODE_MAP, source, line, arena);
}

/* The chain is rebuilt link by link: value->next may still point into the tree it came from. Lists
 * take entries as well, without a key. */
enum fray_status fray_node_put(struct fray_node *parent, const char *key, struct fray_node *value,
                               struct fray_arena *arena, struct fray_err *err) {
  bool map = parent->kind == FRAY_NODE_MAP;
  FRAY_CHECK(map || parent->kind == FRAY_NODE_LIST, err, INTERNAL, "not a list or map");
  FRAY_CHECK(!map || (key && *key), err, INPUT, "a key is empty");
  const char *name = NULL;
  if (map) {
    name = fray_arena_strdup(arena, key);
    FRAY_CHECK(name, err, MEMORY, "out of memory");
  }
  struct fray_node **link = &parent->child;
  while (*link && !(map && strcmp((*link)->key, name) == 0))
    link = &(*link)->next;
  /* An entry that is replaced keeps its place; a new one comes last. */
  parent->n += *link == NULL;
  value->next = *link ? (*link)->next : NULL;
  value->key = name;
  *link = value;
  return FRAY_OK;
}

/* The map below `node` at `part`, made when it is not there. */
static enum fray_status step_into(struct fray_node *node, const char *part, const char *whole,
                                  const struct fray_node *value, struct fray_arena *arena,
                                  struct fray_node **out, struct fray_err *err) {
  struct fray_node *next = fray_node_get(node, part);
  if (!next) {
    next = fray_node_map(value->source, value->line, arena);
    FRAY_CHECK(next, err, MEMORY, "out of memory");
    FRAY_TRY(fray_node_put(node, part, next, arena, err));
  }
  /* "model:" without anything is a section that nobody filled yet. */
  if (next->kind == FRAY_NODE_NULL)
    next->kind = FRAY_NODE_MAP;
  FRAY_CHECK(next->kind == FRAY_NODE_MAP, err, INPUT, "%s: '%s' holds a value, not keys", whole,
             part);
  *out = next;
  return FRAY_OK;
}

/* The last part takes the value; those before it are maps on the way. */
enum fray_status fray_node_set_path(struct fray_node *root, const char *path,
                                    struct fray_node *value, struct fray_arena *arena,
                                    struct fray_err *err) {
  /* Steps that do not exist are made, as --set model.heads=2 wants it of a scenario without
   * `model`. */
  char part[256];
  FRAY_CHECK(root->kind == FRAY_NODE_MAP, err, INPUT, "%s: there are no keys to set", path);
  /* All of the path is looked at before anything is made, so that a bad path changes nothing. */
  for (const char *p = path; p;) {
    bool good;
    p = split(p, part, sizeof part, &good);
    FRAY_CHECK(good, err, INPUT, "'%.80s' is not a path of keys like training.local.lr", path);
  }
  const char *rest = path;
  for (struct fray_node *node = root;;) {
    bool good;
    rest = split(rest, part, sizeof part, &good);
    if (!rest)
      return fray_node_put(node, part, value, arena, err);
    FRAY_TRY(step_into(node, part, path, value, arena, &node, err));
  }
}

/* As texts: 0.1 and 0.10 are one number, but two texts to whoever wrote them. */
static bool equal_scalars(const struct fray_node *a, const struct fray_node *b) {
  /* Quotes only matter where the bare text would be a number or a bool. */
  return strcmp(a->scalar, b->scalar) == 0 &&
         (a->quoted == b->quoted || !fray_text_is_special(a->scalar));
}

/* Order counts: two scenarios whose entries stand otherwise are not the same text, and may have
 * other reports. */
bool fray_node_equal(const struct fray_node *a, const struct fray_node *b) {
  if (!a || !b)
    return a == b;
  if (a->kind != b->kind || a->n != b->n)
    return false;
  if (a->kind == FRAY_NODE_SCALAR)
    return equal_scalars(a, b);
  /* Two lists side by side; both must end together. */
  const struct fray_node *x = a->child, *y = b->child;
  for (; x && y; x = x->next, y = y->next)
    if ((a->kind == FRAY_NODE_MAP && strcmp(x->key, y->key) != 0) || !fray_node_equal(x, y))
      return false;
  return x == y;
}

/* What is written the same way is equal, and the other way round. */
enum fray_status fray_node_hash(const struct fray_node *node, struct fray_hash128 *out,
                                struct fray_err *err) {
  struct fray_text text = {0};
  fray_node_emit(node, &text);
  const bool is_whole = !text.failed;
  if (is_whole)
    *out = fray_hash128_of(text.data ? text.data : "", text.size);
  fray_text_free(&text);
  FRAY_CHECK(is_whole, err, MEMORY, "out of memory");
  return FRAY_OK;
}

bool fray_text_is_null(const char *text) {
  return *text == '\0' || strcmp(text, "~") == 0 || strcmp(text, "null") == 0 ||
         strcmp(text, "Null") == 0 || strcmp(text, "NULL") == 0;
}

/* ASCII digits: strtod would follow the locale. */
static const char *skip_digits(const char *p) {
  return p + strspn(p, "0123456789");
}

/* Decimal notation only: strtod alone would take hexadecimal, "infinity" and leading spaces. */
static bool is_decimal(const char *text, bool whole) {
  const char *p = text + (*text == '+' || *text == '-');
  const char *end = skip_digits(p);
  size_t digits = (size_t)(end - p);
  if (*end == '.' && !whole) {
    p = end + 1;
    end = skip_digits(p);
    digits += (size_t)(end - p);
  }
  if (digits == 0)
    return false;
  if ((*end == 'e' || *end == 'E') && !whole) {
    p = end + 1 + (end[1] == '+' || end[1] == '-');
    end = skip_digits(p);
    if (end == p)
      return false;
  }
  return *end == '\0';
}

/* Read so that a message can say that infinity is not allowed, instead of calling it a text. */
static bool is_infinite(const char *text, double *out) {
  static const char *const names[] = {"inf", ".inf", "+inf", "+.inf", "-inf", "-.inf"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (strcmp(text, names[i]) == 0) {
      *out = i < 4 ? (double)INFINITY : -(double)INFINITY;
      return true;
    }
  return false;
}

/* The texts that YAML 1.2 calls numbers, and inf and nan without a dot, as C and Python print
 * them. */
static bool text_real(const char *text, double *out) {
  if (strcmp(text, "nan") == 0 || strcmp(text, ".nan") == 0) {
    *out = NAN;
    return true;
  }
  if (is_infinite(text, out))
    return true;
  if (!is_decimal(text, false))
    return false;
  double value = strtod(text, NULL);
  if (isinf(value)) /* too large for a double: not the number that was written */
    return false;
  *out = value;
  return true;
}

/* yes, no, on and off are texts, as in YAML 1.2: a class may be called "no". */
static bool text_bool(const char *text, bool *out) {
  *out = strcmp(text, "true") == 0;
  return *out || strcmp(text, "false") == 0;
}

bool fray_text_is_special(const char *text) {
  double real;
  bool truth;
  return text_real(text, &real) || text_bool(text, &truth);
}

/* In quotes everything is a text, also "3". */
static bool is_bare(const struct fray_node *node) {
  return node && node->kind == FRAY_NODE_SCALAR && !node->quoted;
}

bool fray_node_real(const struct fray_node *node, double *out) {
  return is_bare(node) && text_real(node->scalar, out);
}

/* No fraction, no exponent: 1e3 is a real. */
bool fray_node_int(const struct fray_node *node, long long *out) {
  if (!is_bare(node) || !is_decimal(node->scalar, true))
    return false;
  /* strtoll tells of an overflow by errno alone. */
  errno = 0;
  long long value = strtoll(node->scalar, NULL, 10);
  if (errno == ERANGE)
    return false;
  *out = value;
  return true;
}

/* In quotes it is a text, as everywhere. */
bool fray_node_bool(const struct fray_node *node, bool *out) {
  bool value;
  if (!is_bare(node) || !text_bool(node->scalar, &value))
    return false;
  *out = value;
  return true;
}

/* FILE:LINE as compilers print it, which editors can follow. */
const char *fray_node_where(const struct fray_node *node, char out[256]) {
  const char *source = node && node->source ? node->source : "";
  if (node && node->line > 0 && strncmp(source, "--", 2) != 0) /* options have no lines */
    snprintf(out, 256, "%.200s:%d", source, node->line);
  else
    snprintf(out, 256, "%.200s", source);
  return out;
}
