/* Sets of classes that are written as lists of Python or JSON, and classes that look like sets.
 * Both come from tables that programs wrote; taken as they stand, each combination of labels would
 * become a class of its own. */
#include "labels.h"

#include "fray/base/log.h"
#include "fray/base/size.h"
#include "fray/base/text.h"
#include "import/table/natural_names.h"

#include <string.h>

static const char blanks[] = " \t\r\n";

/* One item from p on: quoted, or a bare number; its text in out (arena), the end in *end. NULL if
 * it is neither, which makes the text a plain name. */
static const char *take_item(struct fray_arena *arena, const char *p, const char **end) {
  if (*p != '\'' && *p != '"') {
    size_t n = strspn(p, "+-.0123456789");
    *end = p + n;
    return n ? fray_arena_strndup(arena, p, n) : NULL;
  }
  char quote = *p++, *out = fray_arena_alloc(arena, strlen(p) + 1, 1);
  size_t n = 0;
  if (!out)
    return NULL;
  for (; *p && *p != quote; p++) {
    /* A backslash takes the next sign as it is; at the end of the text there is none. */
    p += *p == '\\' && p[1];
    out[n++] = *p;
  }
  if (!*p)
    return NULL;
  out[n] = '\0';
  *end = p + 1;
  return out;
}

/* Commas between items may be absent, as NumPy prints them. */
bool fray_list_take(struct fray_arena *arena, const char *text, const char **item, size_t *n) {
  const char *p = text + strspn(text, blanks), *close = "])}";
  *n = 0;
  if (!*p || !strchr("[({", *p))
    return false;
  /* The bracket that closes is the one that opened. */
  char end = close[strchr("[({", *p) - "[({"];
  for (p += 1 + strspn(p + 1, blanks); *p != end;) {
    item[*n] = take_item(arena, p, &p);
    if (!item[*n])
      return false;
    *n += item[*n][0] != '\0';
    p += strspn(p, blanks);
    p += *p == ',';
    p += strspn(p, blanks);
  }
  return p[1 + strspn(p + 1, blanks)] == '\0';
}

/* Whether a name is several classes of the set, with one of these signs between them. */
/* A comma alone proves nothing, "Paris, France" is a city; pieces that are classes themselves do.
 */
static bool is_several(const char *name, char sign, const char *const *sorted, size_t n) {
  char piece[256];
  size_t pieces = 0;
  for (const char *p = name, *end; p; p = end ? end + 1 : NULL, pieces++) {
    end = strchr(p, sign);
    p += strspn(p, blanks);
    size_t size = end ? (size_t)(end - p) : strlen(p);
    if (end && end < p)
      return false;
    while (size > 0 && strchr(blanks, p[size - 1]))
      size--;
    if (size == 0 || size >= sizeof piece)
      return false;
    memcpy(piece, p, size);
    piece[size] = '\0';
    if (fray_names_find(sorted, n, piece) == n)
      return false;
  }
  return pieces > 1;
}

/* The sign that stands between classes in a name: one whose pieces are classes themselves; else a
 * comma, semicolon or bar in it, or a bracket at its start, that makes it look like a set. */
struct look {
  char sign;
  bool surely;
};
static struct look look_at(const char *name, const char *const *sorted, size_t n) {
  /* In this order: what is surely a separator is looked for before what may be one. */
  static const char signs[] = ",;|";
  for (size_t k = 0; k < strlen(signs); k++)
    if (strchr(name, signs[k]) && is_several(name, signs[k], sorted, n))
      return (struct look){signs[k], true};
  const char *sign = strpbrk(name, signs);
  if (name[0] && strchr("[{(", name[0]) && strpbrk(name, ",;|'\"")) /* "(none)" is a name */
    return (struct look){name[0], false};
  return (struct look){sign ? *sign : '\0', false};
}

enum fray_status fray_lists_check(const struct set *set, const char *const *sorted,
                                  bool separator_given, struct fray_err *err) {
  bool sets = set->config.task == TASK_MULTI_LABEL;
  size_t n = 0;
  const char *first = NULL;
  struct look look = {0};
  for (size_t c = 0; c < set->n_classes; c++) {
    struct look found = look_at(sorted[c], sorted, set->n_classes);
    FRAY_CHECK(
        !found.surely || !sets || separator_given, err, INPUT,
        "%s: the class \"%.200s\" is made of other classes; if it is a set of them, give the "
        "input `label_separator: \"%c\"` (and if it is not, its own separator)",
        set->source.yaml, sorted[c], found.sign);
    /* The message shows a name that is surely a set, if there is one, else the first that may be.
     */
    if (found.sign && (!first || (found.surely && !look.surely))) {
      first = sorted[c];
      look = found;
    }
    n += found.sign != '\0';
  }
  /* Where the user said what separates, or named the classes, a comma is but a comma. */
  if (!n || (sets && separator_given) || (set->config.classes.n && !look.surely))
    return FRAY_OK;
  if (sets)
    fray_import_warn(
        NULL,
        "%s: %zu of %zu classes look like lists of classes (\"%.80s\"); `label_separator` says "
        "what stands between classes, `classes` that they are meant",
        set->config.name, n, set->n_classes, first);
  else if (look.surely || strchr("[{(", look.sign))
    fray_import_warn(
        NULL,
        "%s: %zu of %zu classes look like sets of classes (\"%.80s\"); `task: multi_label` "
        "reads them as sets",
        set->config.name, n, set->n_classes, first);
  return FRAY_OK;
}
