/* NumPy .npy files, read strictly: what is not understood word for word is refused, with what to
 * call in NumPy instead. Such files come from anywhere, so no size of theirs is used before it was
 * held against the bytes there are. */
#include "npy.h"

#include "fray/base/file.h"
#include "fray/base/size.h"

#include <ctype.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A gigabyte of floats: more than any shard holds of one sample. */
enum { MOST_VALUES = 1 << 28 };
static const char npy_magic[] = "\x93NUMPY", zip_magic[] = "PK\3\4";

/* The header is a Python literal. It is parsed by hand and only as far as NumPy writes it: nothing
 * here evaluates anything. */
struct header { /* of the dictionary {'descr': .., 'fortran_order': .., 'shape': (..), } */
  char descr[32];
  char fields[96]; /* names of a structured array, "x, y" */
  bool structured, fortran, has_descr, has_fortran, has_shape;
  size_t rank, dim[2];
};

/* A place in the header; it never moves beyond the end that the file announced and has. */
struct cursor {
  const char *at, *end;
};

/* NumPy pads the header with blanks and ends it with a line break. */
static void skip_blanks(struct cursor *c) {
  while (c->at < c->end && (*c->at == ' ' || *c->at == '\n'))
    c->at++;
}

/* Takes a word if it comes next, after blanks. */
static bool take(struct cursor *c, const char *word) {
  size_t n = strlen(word);
  skip_blanks(c);
  if ((size_t)(c->end - c->at) < n || memcmp(c->at, word, n) != 0)
    return false;
  c->at += n;
  return true;
}

/* A text in either quote; false where it does not fit, which makes the header unreadable. */
static bool take_text(struct cursor *c, char *out, size_t room) {
  skip_blanks(c);
  char quote = c->at < c->end ? *c->at : '\0';
  if (quote != '\'' && quote != '"')
    return false;
  size_t n = 0;
  /* No escapes: types and keys have none. */
  for (c->at++; c->at < c->end && *c->at != quote && n + 1 < room; c->at++)
    out[n++] = *c->at;
  out[n] = '\0';
  return c->at < c->end && *c->at++ == quote;
}

/* At least one digit. */
static bool take_size(struct cursor *c, size_t *out) {
  skip_blanks(c);
  const char *from = c->at;
  /* Twelve digits at most, which cannot wrap; a longer size fails at what follows. */
  for (*out = 0; c->at < c->end && isdigit((unsigned char)*c->at) && c->at - from < 12; c->at++)
    *out = *out * 10 + (size_t)(*c->at - '0');
  return c->at > from;
}

/* "(3,)" and "(3, 4)": the comma behind a single axis is NumPy's, and is taken as such. */
static bool take_shape(struct cursor *c, struct header *h) {
  if (!take(c, "("))
    return false;
  while (!take(c, ")")) {
    size_t n;
    if (!take_size(c, &n))
      return false;
    /* Axes beyond the second are only counted, for the message. */
    if (h->rank < FRAY_COUNT(h->dim))
      h->dim[h->rank] = n;
    h->rank++;
    if (!take(c, ",")) {
      return take(c, ")");
    }
  }
  return true;
}

/* The list of a structured array, [('x', '<f4'), ...]: the names are kept, for a message. */
static bool take_fields(struct cursor *c, struct header *h) {
  int depth = 0;
  bool first = false; /* the next text is a name */
  do {
    char text[32];
    if (take(c, "["))
      depth++;
    else if (take(c, "]"))
      depth--;
    else if (take(c, "("))
      first = depth == 1;
    else if (take_text(c, text, sizeof text)) {
      size_t n = strlen(h->fields);
      if (first)
        snprintf(h->fields + n, sizeof h->fields - n, "%s%s", n ? ", " : "", text);
      first = false;
    } else if (c->at < c->end)
      c->at++;
    else
      return false;
  } while (depth > 0);
  return h->structured = true;
}

static bool take_descr(struct cursor *c, struct header *h) {
  struct cursor look = *c;
  return take(&look, "[") ? take_fields(c, h) : take_text(c, h->descr, sizeof h->descr);
}

/* Unknown keys are refused: they would change what the bytes mean. */
static bool take_entry(struct cursor *c, struct header *h) {
  char key[16];
  if (!take_text(c, key, sizeof key) || !take(c, ":"))
    return false;
  /* A key that stands twice is no key of NumPy's. */
  if (strcmp(key, "descr") == 0 && !h->has_descr)
    return h->has_descr = take_descr(c, h);
  if (strcmp(key, "shape") == 0 && !h->has_shape)
    return h->has_shape = take_shape(c, h);
  if (strcmp(key, "fortran_order") != 0 || h->has_fortran)
    return false;
  /* Anything but True or False is no answer. */
  h->fortran = take(c, "True");
  return h->has_fortran = h->fortran || take(c, "False");
}

/* All three keys must be there, in any order, and nothing behind the brace but blanks. */
static bool parse_dictionary(struct cursor c, struct header *h) {
  if (!take(&c, "{"))
    return false;
  while (!take(&c, "}")) {
    if (!take_entry(&c, h))
      return false;
    if (!take(&c, ",")) {
      if (!take(&c, "}"))
        return false;
      break;
    }
  }
  skip_blanks(&c);
  return c.at == c.end && h->has_descr && h->has_fortran && h->has_shape;
}

/* What a type holds, in words. Source: NumPy, array interface protocol. */
static const char *type_words(const char *descr) {
  switch (descr[strspn(descr, "<>|=")]) {
  case 'O':
    return "Python objects";
  case 'U':
  case 'S':
  case 'a':
    return "texts";
  case 'c':
    return "complex numbers";
  case 'b':
    return "truth values";
  case 'i':
  case 'u':
    return "integers";
  case 'f':
    return descr[0] == '>' ? "big-endian" : "floats of another size";
  case 'M':
  case 'm':
    return "dates or times";
  default:
    return "no numbers";
  }
}

/* Each refusal names the call that saves what is read here. */
static enum fray_status check_type(const struct header *h, struct fray_err *err) {
  FRAY_CHECK(!h->structured, err, INPUT,
             "a structured array with the fields %s; save one array of numbers", h->fields);
  FRAY_CHECK(strcmp(h->descr, "<f4") == 0 || strcmp(h->descr, "<f8") == 0, err, INPUT,
             "values of type \"%s\" (%s); save little-endian float32 or float64, such as "
             "x.astype('<f4')",
             h->descr, type_words(h->descr));
  FRAY_CHECK(!h->fortran || h->rank == 1, err, INPUT,
             "Fortran order; save it in C order, such as np.ascontiguousarray(x)");
  FRAY_CHECK(h->rank == 1 || h->rank == 2, err, INPUT, "%zu axes, 1 or 2 are read", h->rank);
  return FRAY_OK;
}

/* Checks the header; *data is where the values begin. Versions 2 and 3 differ from 1 in the bytes
 * of a length, and in the encoding of names. */
static enum fray_status read_header(const uint8_t *p, size_t size, struct header *h, size_t *data,
                                    struct fray_err *err) {
  /* Said before "not a .npy file", since the two are saved by functions of nearly one name. */
  FRAY_CHECK(size < 4 || memcmp(p, zip_magic, 4) != 0, err, INPUT,
             "a .npz archive can hold many arrays; save the one that is meant as .npy");
  FRAY_CHECK(size >= 12 && memcmp(p, npy_magic, 6) == 0, err, INPUT, "not a NumPy .npy file");
  FRAY_CHECK(p[6] >= 1 && p[6] <= 3 && p[7] == 0, err, INPUT,
             "format %u.%u of .npy, 1.0, 2.0 and 3.0 are read", p[6], p[7]);
  size_t first = p[6] == 1 ? 10 : 12, length = (size_t)p[8] | (size_t)p[9] << 8;
  if (p[6] > 1)
    length |= (size_t)p[10] << 16 | (size_t)p[11] << 24;
  /* size is at least 12 here, so this does not wrap. */
  FRAY_CHECK(length <= size - first, err, INPUT, "truncated .npy header");
  struct cursor c = {(const char *)p + first, (const char *)p + first + length};
  FRAY_CHECK(parse_dictionary(c, h), err, INPUT, "unreadable .npy header");
  *data = first + length;
  return check_type(h, err);
}

/* Copied out byte by byte, as it were: values behind a header need not be aligned. */
static double value_at(const uint8_t *p, size_t each, size_t i) {
  double wide;
  float narrow;
  if (each == 8) {
    memcpy(&wide, p + 8 * i, 8);
    return wide;
  }
  memcpy(&narrow, p + 4 * i, 4);
  return (double)narrow;
}

/* Numbers are judged where they are turned into floats, each with its place. */
static enum fray_status convert(const uint8_t *p, size_t each, size_t n, float *out,
                                struct fray_err *err) {
  for (size_t i = 0; i < n; i++) {
    double value = value_at(p, each, i);
    FRAY_CHECK(isfinite(value), err, INPUT, "value %zu (from 0) is %s", i,
               isnan(value) ? "not a number (nan)" : "infinite");
    out[i] = (float)value;
    /* 1e39 is finite as a double and infinite as what a shard holds. */
    FRAY_CHECK(isfinite(out[i]), err, INPUT,
               "value %zu (from 0) is %g, beyond float32, whose largest is 3.4e38", i, value);
  }
  return FRAY_OK;
}

/* Every size is checked against the file before memory is asked for. */
static enum fray_status read_values(const uint8_t *p, size_t size, float **x, size_t *length,
                                    size_t *width, bool *flat, struct fray_err *err) {
  struct header h = {0};
  size_t data = 0, n;
  FRAY_TRY(read_header(p, size, &h, &data, err));
  *flat = h.rank == 1;
  *length = *flat ? 1 : h.dim[0];
  *width = *flat ? h.dim[0] : h.dim[1];
  FRAY_CHECK(*length > 0 && *width > 0, err, INPUT, "an array without values");
  FRAY_CHECK(fray_size_mul(*length, *width, &n) && n <= MOST_VALUES, err, INPUT,
             "%zu x %zu values, the limit is %d", *length, *width, MOST_VALUES);
  size_t each = h.descr[2] == '4' ? 4 : 8;
  /* To the byte: an array that is longer than its shape is not the one that was saved. */
  FRAY_CHECK(size - data == n * each, err, INPUT, "%s%zu bytes of values, the shape asks for %zu",
             size - data < n * each ? "truncated: " : "", size - data, n * each);
  float *out = malloc(n * sizeof *out);
  FRAY_CHECK(out, err, MEMORY, "out of memory (%zu values)", n);
  enum fray_status status = convert(p + data, each, n, out, err);
  if (status != FRAY_OK) {
    free(out);
    return status;
  }
  *x = out;
  return FRAY_OK;
}

/* Six bytes are enough; a file that cannot be opened is none, and is refused by who reads it. */
enum numpy fray_npy_look(const char *path) {
  char head[6] = "";
  FILE *file = fopen(path, "rb");
  size_t got = file ? fread(head, 1, sizeof head, file) : 0;
  if (file)
    fclose(file);
  if (got == 6 && memcmp(head, npy_magic, 6) == 0)
    return NUMPY_ARRAY;
  return got >= 4 && memcmp(head, zip_magic, 4) == 0 ? NUMPY_ARCHIVE : NUMPY_NONE;
}

enum fray_status fray_npy_read(const char *path, float **x, size_t *length, size_t *width,
                               bool *flat, struct fray_err *err) {
  /* All of it, bounded by what an array may hold: values are checked before they are copied. */
  struct fray_text file = {0};
  FRAY_TRY(fray_file_read(path, (size_t)MOST_VALUES * 8 + (1 << 20), &file, err));
  /* Bytes, not chars: sizes in the header have their high bit set at times. */
  const uint8_t *p = (const uint8_t *)file.data;
  enum fray_status status = read_values(p, file.size, x, length, width, flat, err);
  fray_text_free(&file);
  return status == FRAY_OK ? FRAY_OK : fray_at(err, "%s", path);
}
