/* Regular expressions as machines that are in many states at once, without a way back: K. Thompson,
 * "Regular expression search algorithm", CACM 11 (1968). Data sets are downloaded with their YAMLs,
 * and what libraries offer can take hours and gigabytes on purpose-made expressions of thirty
 * signs: regexec of glibc needed 10 s and 300 MB for "(a|b)*a(a|b){16}c" on 64 KiB. */
#include "expression.h"

#include "fray/base/size.h"
#include "fray/base/utf8.h"

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum kind {
  STEP_CHARACTER,
  STEP_ANY,
  STEP_SET,
  STEP_SPLIT,
  STEP_JUMP,
  STEP_BEGIN,
  STEP_END,
  STEP_DONE
};

/* Jumps are relative: code is moved and copied as it stands. */
struct step {
  enum kind kind;
  int32_t to, or_to; /* SPLIT: both; JUMP: to */
  uint32_t code;     /* CHARACTER: code point; SET: its first range */
  uint16_t ranges;   /* SET */
  bool negated;
};

struct range {
  uint32_t first, last;
};

struct expression {
  size_t n, n_ranges;
  struct step step[EXPRESSION_STEPS + 1];
  struct range range[EXPRESSION_BYTES * 4];
  /* of a match: states now and next, each once; what the closure has yet to visit */
  uint16_t now[EXPRESSION_STEPS + 1], next[EXPRESSION_STEPS + 1], stack[2 * EXPRESSION_STEPS + 2];
  uint32_t seen[EXPRESSION_STEPS + 1], turn;
};

/* ---- reading ---- */

struct reader_of {
  struct expression *e;
  const char *text, *p;
  size_t depth;
};

/* Every message shows the expression and where in it: quotes of YAML change what is read. */
static enum fray_status flaw(const struct reader_of *r, const char *what, struct fray_err *err) {
  return fray_fail(err, FRAY_INPUT, "\"%s\": %s, at byte %zu", r->text, what,
                   (size_t)(r->p - r->text) + 1);
}

/* The one place where steps are counted, so that repeats of repeats end here, early. */
static enum fray_status emit(struct reader_of *r, struct step step, struct fray_err *err) {
  FRAY_CHECK(r->e->n < EXPRESSION_STEPS, err, INPUT,
             "\"%s\": with its repeats written out it has more than %d steps", r->text,
             EXPRESSION_STEPS);
  r->e->step[r->e->n++] = step;
  return FRAY_OK;
}

/* Makes room for a step in front of code that is there: everything from `at` on moves by one. */
static enum fray_status put_before(struct reader_of *r, size_t at, struct step step,
                                   struct fray_err *err) {
  FRAY_TRY(emit(r, step, err));
  memmove(&r->e->step[at + 1], &r->e->step[at], (r->e->n - 1 - at) * sizeof step);
  r->e->step[at] = step;
  return FRAY_OK;
}

/* Ill-formed bytes are characters that nothing but a dot or a negated set takes. */
static uint32_t next_code(struct reader_of *r) {
  uint32_t code;
  r->p += fray_utf8_read(r->p, SIZE_MAX, &code);
  return code;
}

/* The table has room for more than an expression of the longest can ask for: the longest class,
 * punct, is four ranges and takes eleven bytes. */
static void add_range(struct expression *e, uint32_t first, uint32_t last) {
  if (e->n_ranges < FRAY_COUNT(e->range)) /* a byte of the expression gives four at most */
    e->range[e->n_ranges++] = (struct range){first, last};
}

/* "[:alpha:]" within brackets; ASCII only, on every machine. */
static enum fray_status read_class(struct reader_of *r, struct fray_err *err) {
  static const struct {
    const char *name;
    int (*holds)(int);
  } classes[] = {{"alpha", isalpha}, {"digit", isdigit}, {"alnum", isalnum},
                 {"upper", isupper}, {"lower", islower}, {"space", isspace},
                 {"blank", isblank}, {"punct", ispunct}, {"xdigit", isxdigit}};
  for (size_t k = 0; k < FRAY_COUNT(classes); k++) {
    size_t n = strlen(classes[k].name);
    if (strncmp(r->p + 2, classes[k].name, n) != 0 || strncmp(r->p + 2 + n, ":]", 2) != 0)
      continue;
    for (int c = 0; c < 0x80; c++) {
      int from = c;
      while (c < 0x80 && classes[k].holds(c))
        c++;
      if (c > from)
        add_range(r->e, (uint32_t)from, (uint32_t)c - 1);
    }
    r->p += n + 4;
    return FRAY_OK;
  }
  return flaw(r,
              "no such class; there are alpha, digit, alnum, upper, lower, space, blank, punct "
              "and xdigit",
              err);
}

/* One character or range of a set. A bracket that closes stands for itself when it comes first. */
static enum fray_status read_member(struct reader_of *r, struct fray_err *err) {
  if (strncmp(r->p, "[:", 2) == 0)
    return read_class(r, err);
  /* Of locales, which an import does not have. */
  if (strncmp(r->p, "[=", 2) == 0 || strncmp(r->p, "[.", 2) == 0)
    return flaw(r, "[= and [. are not read", err);
  uint32_t first = next_code(r), last = first;
  if (r->p[0] == '-' && r->p[1] && r->p[1] != ']') {
    r->p++;
    last = next_code(r);
  }
  if (last < first)
    return flaw(r, "a range whose end comes before its beginning", err);
  add_range(r->e, first, last);
  return FRAY_OK;
}

/* Ranges of one set lie side by side: nothing else adds any while it is read. */
static enum fray_status read_set(struct reader_of *r, struct fray_err *err) {
  struct step set = {.kind = STEP_SET, .code = (uint32_t)r->e->n_ranges};
  r->p++;
  set.negated = *r->p == '^';
  r->p += set.negated;
  for (bool first = true; *r->p && (first || *r->p != ']'); first = false)
    FRAY_TRY(read_member(r, err));
  if (*r->p != ']')
    return flaw(r, "a bracket that is not closed", err);
  r->p++;
  set.ranges = (uint16_t)(r->e->n_ranges - set.code);
  return emit(r, set, err);
}

static enum fray_status read_choice(struct reader_of *r, struct fray_err *err);

static enum fray_status read_group(struct reader_of *r, struct fray_err *err) {
  if (++r->depth > EXPRESSION_DEPTH)
    return flaw(r, "too many parentheses within each other", err);
  r->p++;
  FRAY_TRY(read_choice(r, err));
  if (*r->p != ')')
    return flaw(r, "a parenthesis that is not closed", err);
  r->p++;
  r->depth--;
  return FRAY_OK;
}

/* Letters and digits behind a backslash mean one thing in one language and another in the next. */
static enum fray_status read_escape(struct reader_of *r, struct fray_err *err) {
  r->p++;
  if (isalnum((unsigned char)*r->p) || !*r->p)
    return flaw(r,
                "a backslash is for signs; digits are [0-9], letters [[:alpha:]], and nothing "
                "refers back (\\1)",
                err);
  return emit(r, (struct step){.kind = STEP_CHARACTER, .code = next_code(r)}, err);
}

/* "^" and "$" are steps that take no character, wherever they stand. */
static enum fray_status read_atom(struct reader_of *r, struct fray_err *err) {
  switch (*r->p) {
  case '(':
    return read_group(r, err);
  case '[':
    return read_set(r, err);
  case '\\':
    return read_escape(r, err);
  case '*':
  case '+':
  case '?':
  case '{':
    return flaw(r, "a repeat of nothing", err);
  case '.':
  case '^':
  case '$': {
    enum kind kind = *r->p == '.' ? STEP_ANY : *r->p == '^' ? STEP_BEGIN : STEP_END;
    r->p++;
    return emit(r, (struct step){.kind = kind}, err);
  }
  default:
    return emit(r, (struct step){.kind = STEP_CHARACTER, .code = next_code(r)}, err);
  }
}

/* {m}, {m,} and {m,n}; *most -1: no end. */
static enum fray_status read_bounds(struct reader_of *r, long *least, long *most,
                                    struct fray_err *err) {
  char *end;
  if (!isdigit((unsigned char)r->p[1]))
    return flaw(r, "braces without numbers", err);
  *least = *most = strtol(r->p + 1, &end, 10);
  /* A number too large for long is its largest, and refused with all that are too large. */
  if (*end == ',') {
    *most = -1;
    if (isdigit((unsigned char)end[1]))
      *most = strtol(end + 1, &end, 10);
    else
      end++;
  }
  if (*end != '}' || (*most >= 0 && *most < *least))
    return flaw(r, "braces hold {m}, {m,} or {m,n}", err);
  r->p = end + 1;
  return FRAY_OK;
}

/* Copies of the code at [from, n), behind it. An optional copy can be jumped over. */
static enum fray_status copy_code(struct reader_of *r, const struct step *code, size_t n,
                                  bool optional, struct fray_err *err) {
  if (optional)
    FRAY_TRY(emit(r, (struct step){.kind = STEP_SPLIT, .to = 1, .or_to = (int32_t)n + 1}, err));
  for (size_t k = 0; k < n; k++)
    FRAY_TRY(emit(r, code[k], err));
  return FRAY_OK;
}

/* x{2,4} is xxx?x?, x{2,} is xxx*. */
static enum fray_status repeat(struct reader_of *r, size_t from, long least, long most,
                               struct fray_err *err) {
  size_t n = r->e->n - from;
  /* On the stack: inner repeats have ended when an outer one begins. */
  struct step code[EXPRESSION_STEPS];
  memcpy(code, &r->e->step[from], n * sizeof *code);
  r->e->n = from;
  for (long k = 0; k < least; k++)
    FRAY_TRY(copy_code(r, code, n, false, err));
  for (long k = least; k < most; k++)
    FRAY_TRY(copy_code(r, code, n, true, err));
  if (most >= 0)
    return FRAY_OK;
  FRAY_TRY(emit(r, (struct step){.kind = STEP_SPLIT, .to = 1, .or_to = (int32_t)n + 2}, err));
  FRAY_TRY(copy_code(r, code, n, false, err));
  return emit(r, (struct step){.kind = STEP_JUMP, .to = -(int32_t)n - 1}, err);
}

/* Several repeats of one atom are repeats of each other, as the C library has it. */
static enum fray_status read_repeats(struct reader_of *r, size_t from, struct fray_err *err) {
  while (*r->p && strchr("*+?{", *r->p)) {
    long least = *r->p == '+', most = *r->p == '?' ? 1 : -1;
    if (*r->p == '{')
      FRAY_TRY(read_bounds(r, &least, &most, err));
    else
      r->p++;
    /* An atom without steps, "()", is itself however often it comes. */
    if (r->e->n > from)
      FRAY_TRY(repeat(r, from, FRAY_MIN(least, EXPRESSION_STEPS + 1L),
                      FRAY_MIN(most, EXPRESSION_STEPS + 1L), err));
  }
  return FRAY_OK;
}

/* Branches with bars between them, to the end or to the parenthesis that closes. */
static enum fray_status read_choice(struct reader_of *r, struct fray_err *err) {
  size_t from = r->e->n;
  while (*r->p && *r->p != '|' && *r->p != ')') {
    size_t atom = r->e->n;
    FRAY_TRY(read_atom(r, err));
    FRAY_TRY(read_repeats(r, atom, err));
  }
  if (*r->p != '|')
    return FRAY_OK;
  r->p++;
  /* A choice is tried on both sides at once, so that no side is the first. */
  int32_t n = (int32_t)(r->e->n - from);
  FRAY_TRY(put_before(r, from, (struct step){.kind = STEP_SPLIT, .to = 1, .or_to = n + 2}, err));
  size_t jump = r->e->n;
  FRAY_TRY(emit(r, (struct step){.kind = STEP_JUMP}, err));
  /* One level for each bar: bounded like parentheses, but by the length of the expression. */
  FRAY_TRY(read_choice(r, err));
  r->e->step[jump].to = (int32_t)(r->e->n - jump);
  return FRAY_OK;
}

enum fray_status fray_expression_make(const char *text, struct fray_arena *arena,
                                      struct expression **out, struct fray_err *err) {
  struct expression *e;
  FRAY_CHECK(strlen(text) <= EXPRESSION_BYTES, err, INPUT, "%zu bytes, at most %d are read",
             strlen(text), EXPRESSION_BYTES);
  FRAY_ALLOC_ZERO(e, arena, 1, err);
  /* Bytes of the expression are few, so that the recursion over bars is as well. */
  struct reader_of r = {.e = e, .text = text, .p = text};
  FRAY_TRY(read_choice(&r, err));
  if (*r.p)
    return flaw(&r, "a parenthesis that was not opened", err);
  e->step[e->n++] = (struct step){.kind = STEP_DONE};
  *out = e;
  return FRAY_OK;
}

/* ---- matching ---- */

/* A set is looked through: it has a handful of ranges. */
static bool fits(const struct expression *e, const struct step *s, uint32_t code) {
  bool in = false;
  if (s->kind == STEP_ANY)
    return true;
  if (s->kind == STEP_CHARACTER)
    return s->code == code;
  for (size_t k = s->code; s->kind == STEP_SET && k < s->code + s->ranges; k++)
    in = in || (code >= e->range[k].first && code <= e->range[k].last);
  return s->kind == STEP_SET && in != s->negated;
}

/* A step and all that follow from it without a character, each once, onto a list. True: done. */
static bool follow(struct expression *e, size_t from, bool begin, bool end, uint16_t *list,
                   size_t *n) {
  /* Each step is pushed by two others at most, and followed once: the stack holds them all. */
  size_t top = 0;
  bool done = false;
  e->stack[top++] = (uint16_t)from;
  while (top > 0) {
    size_t at = e->stack[--top];
    const struct step *s = &e->step[at];
    if (e->seen[at] == e->turn)
      continue;
    e->seen[at] = e->turn;
    if (s->kind == STEP_SPLIT) {
      e->stack[top++] = (uint16_t)((int32_t)at + s->to);
      e->stack[top++] = (uint16_t)((int32_t)at + s->or_to);
    } else if (s->kind == STEP_JUMP)
      e->stack[top++] = (uint16_t)((int32_t)at + s->to);
    else if ((s->kind == STEP_BEGIN && begin) || (s->kind == STEP_END && end))
      e->stack[top++] = (uint16_t)(at + 1);
    else if (s->kind == STEP_DONE)
      done = true;
    else
      list[(*n)++] = (uint16_t)at;
  }
  return done;
}

/* A match may begin at every character: the first step joins the states each time. */
bool fray_expression_found(struct expression *e, const char *text) {
  size_t n_now = 0, n_next;
  /* Turns begin anew with each text; what the last one left would look like this one's. */
  memset(e->seen, 0, sizeof e->seen);
  e->turn = 1;
  if (follow(e, 0, true, *text == '\0', e->now, &n_now))
    return true;
  for (const char *p = text; *p;) {
    uint32_t code;
    p += fray_utf8_read(p, SIZE_MAX, &code);
    bool end = *p == '\0', done = false;
    /* Four billion characters are more than a text may have. */
    e->turn++;
    n_next = 0;
    for (size_t k = 0; k < n_now && !done; k++)
      if (fits(e, &e->step[e->now[k]], code))
        done = follow(e, (size_t)e->now[k] + 1, false, end, e->next, &n_next);
    /* Done ends it: nobody asks where the match stands, or how long it is. */
    if (done || follow(e, 0, false, end, e->next, &n_next))
      return true;
    memcpy(e->now, e->next, n_next * sizeof *e->now);
    n_now = n_next;
  }
  return false;
}
