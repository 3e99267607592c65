/* Patterns of names: parsing and matching. A name is matched by backtracking, since a part may hold
 * the signs that separate parts; what cannot succeed is remembered, so that a name of any length is
 * settled in time that grows with its square. */
#include "name_pattern.h"

#include "fray/base/size.h"
#include "fray/base/text.h"
#include "fray/base/utf8.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { MOST_STEPS = 5000000, MOST_CHARACTERS = 999 };

/* ---- parsing ---- */

/* What stands behind the colon of a part. */
static enum fray_status parse_kind(const char *pattern, const char *kind, struct pattern_part *out,
                                   struct fray_err *err) {
  static const struct {
    const char *word;
    enum part_of of;
    size_t most;
  } words[] = {{"letters", PART_OF_LETTERS, SIZE_MAX},
               {"letter", PART_OF_LETTERS, 1},
               {"digits", PART_OF_DIGITS, SIZE_MAX},
               {"digit", PART_OF_DIGITS, 1},
               {"any", PART_OF_ANYTHING, SIZE_MAX}};
  const char *names[FRAY_COUNT(words)];
  for (size_t k = 0; k < FRAY_COUNT(words); k++) {
    names[k] = words[k].word;
    if (strcmp(kind, words[k].word) == 0) {
      out->of = words[k].of;
      out->most = words[k].most;
      return FRAY_OK;
    }
  }
  /* Three digits at most: strtol cannot overflow, and no name is longer than its file system
   * allows. */
  size_t n = strspn(kind, "0123456789");
  long count = n > 0 && n <= 3 && !kind[n] ? strtol(kind, NULL, 10) : 0;
  char hint[128];
  FRAY_CHECK(count >= 1, err, INPUT,
             "pattern \"%s\": \"%.80s\" is no kind of part: a number of characters in [1, %d], "
             "letter, letters, digit, digits or any%s",
             pattern, kind, MOST_CHARACTERS, fray_hint(kind, names, FRAY_COUNT(names), hint));
  out->least = out->most = (size_t)count;
  return FRAY_OK;
}

/* Nothing would say where the first ends and the second begins. */
static bool run_together(const struct pattern_part *a, const struct pattern_part *b) {
  /* Letters end where a digit begins and the other way round; anything else needs a sign between.
   */
  bool narrow = a->of >= PART_OF_LETTERS || b->of >= PART_OF_LETTERS;
  return a->most == SIZE_MAX && b->most == SIZE_MAX && (a->of == b->of || !narrow);
}

/* The name is a copy, so the colon can be cut out of it. */
/* One part, from behind its brace on; n bytes of it. */
/* Kept in the order of the text, which is that of matching. */
static enum fray_status parse_part(struct name_pattern *p, const char *inside, size_t n,
                                   struct fray_arena *arena, struct fray_err *err) {
  struct pattern_part *part = &p->part[p->n];
  char *name = fray_arena_strndup(arena, inside, n);
  FRAY_CHECK(name, err, MEMORY, "out of memory");
  *part = (struct pattern_part){.name = name, .of = PART_OF_NAME, .least = 1, .most = SIZE_MAX};
  char *colon = strchr(name, ':');
  if (colon) {
    *colon = '\0';
    FRAY_TRY(parse_kind(p->text, colon + 1, part, err));
  }
  /* The literal before this part was read already; an empty one means that two parts meet. */
  bool touches = p->n > 0 && p->before_size[p->n] == 0;
  FRAY_CHECK(!touches || !run_together(part - 1, part), err, INPUT,
             "pattern \"%s\": two fields with nothing between them", p->text);
  p->n++;
  return FRAY_OK;
}

/* Which part has its name first, and behind which parts nothing refers to what is before. */
static void find_twins(struct name_pattern *p) {
  for (size_t f = 0; f < p->n; f++) {
    p->part[f].twin = f;
    /* Parts without a name are nobody's twins. */
    for (size_t g = f; g-- > 0 && p->part[f].name[0];)
      if (strcmp(p->part[g].name, p->part[f].name) == 0)
        p->part[f].twin = g;
  }
  for (size_t f = 0; f < p->n; f++) {
    p->part[f].alone = true;
    for (size_t g = f; g < p->n; g++)
      p->part[f].alone = p->part[f].alone && (p->part[g].twin == g || p->part[g].twin >= f);
  }
}

enum fray_status fray_pattern_parse(const char *text, struct fray_arena *arena,
                                    struct name_pattern *out, struct fray_err *err) {
  *out = (struct name_pattern){.text = text};
  for (const char *p = text;;) {
    size_t n = strcspn(p, "{");
    out->before[out->n] = fray_arena_strndup(arena, p, n);
    FRAY_CHECK(out->before[out->n], err, MEMORY, "out of memory");
    out->before_size[out->n] = n;
    p += n;
    if (!*p)
      break;
    n = strcspn(p, "}");
    FRAY_CHECK(p[n] && n > 1, err, INPUT, "pattern \"%s\": a brace without its field name", text);
    FRAY_CHECK(out->n < PATTERN_PARTS, err, INPUT, "pattern \"%s\": more than %d fields", text,
               PATTERN_PARTS);
    FRAY_TRY(parse_part(out, p + 1, n - 1, arena, err));
    p += n + 1;
  }
  find_twins(out);
  return FRAY_OK;
}

void fray_pattern_free(struct name_pattern *p) {
  free(p->dead);
  p->dead = NULL;
  p->room = 0;
}

/* ---- matching ---- */

/* One attempt to match a name. */
struct attempt {
  struct name_pattern *p;
  const char *name;
  bool fold;
  uint8_t *dead; /* (parts, size + 1) places where the parts from f on are known not to fit */
  size_t size, steps;
};

/* A part named twice must read the same both times. */
static bool agrees(const struct attempt *a, size_t f) {
  const struct pattern_part *part = &a->p->part[f], *twin = &a->p->part[part->twin];
  return twin == part || (twin->length == part->length &&
                          memcmp(a->name + twin->start, a->name + part->start, part->length) == 0);
}

static bool literal_fits(const struct attempt *a, size_t at, size_t f) {
  const char *literal = a->p->before[f];
  size_t n = a->p->before_size[f];
  return a->fold ? strncasecmp(a->name + at, literal, n) == 0
                 : strncmp(a->name + at, literal, n) == 0;
}

/* Bytes of the next character if the part may hold it, else 0. Ill-formed bytes stand alone. */
static size_t take(const struct pattern_part *part, const char *at) {
  unsigned char c = (unsigned char)*at;
  bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c >= 0x80;
  bool digit = c >= '0' && c <= '9';
  if (c == '\0' || (part->of == PART_OF_NAME && c == '/') ||
      (part->of == PART_OF_LETTERS && !letter) || (part->of == PART_OF_DIGITS && !digit))
    return 0;
  /* SIZE_MAX: no byte behind one that does not fit is read, and the text ends with a NUL. */
  size_t n = c < 0x80 ? 1 : fray_utf8_length(at, SIZE_MAX);
  return n ? n : 1;
}

/* Matches the name from `at` on, parts from f on; a part is as short as possible. Where what
 * follows does not depend on what was read before, a dead end is one for ever: so the cost is bound
 * by parts x length^2, not by the number of ways to cut the name. */
static bool matches(struct attempt *a, size_t at, size_t f) {
  struct name_pattern *p = a->p;
  if (!literal_fits(a, at, f))
    return false;
  at += p->before_size[f];
  if (f == p->n)
    return a->name[at] == '\0';
  struct pattern_part *part = &p->part[f];
  uint8_t *dead = &a->dead[f * (a->size + 1) + at];
  if ((part->alone && *dead) || a->steps > MOST_STEPS)
    return false;
  part->start = at;
  size_t length = 0, more;
  for (size_t k = 1; k <= part->most && (more = take(part, a->name + at + length)); k++) {
    a->steps++;
    length += more;
    part->length = length;
    if (k >= part->least && agrees(a, f) && matches(a, at + length, f + 1))
      return true;
  }
  /* Also where a part with twins failed; only `alone` ones ask for it. */
  *dead = 1;
  return false;
}

enum fray_status fray_pattern_match(struct name_pattern *p, const char *name, bool fold, bool *fits,
                                    struct fray_err *err) {
  struct attempt a = {.p = p, .name = name, .fold = fold, .size = strlen(name)};
  size_t cells = FRAY_MAX(p->n, (size_t)1) * (a.size + 1);
  /* Kept from name to name: millions of texts are cut through one buffer. */
  if (cells > p->room) {
    uint8_t *more = realloc(p->dead, cells);
    FRAY_CHECK(more, err, MEMORY, "out of memory");
    p->dead = more;
    p->room = cells;
  }
  memset(p->dead, 0, cells);
  a.dead = p->dead;
  *fits = matches(&a, 0, 0);
  /* Parts that stand twice make this a search that can take for ever. */
  FRAY_CHECK(*fits || a.steps <= MOST_STEPS, err, INPUT,
             "%.200s: the pattern can be read in too many ways; put more between its fields", name);
  return FRAY_OK;
}
