/* Cutting paths: at slashes, at the signs in names, and where letters and digits meet. */
#include "name_cuts.h"

#include "fray/base/size.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A path cut at its slashes, its name at _ and - up to the last dot. glue[i] stands behind part
 * i. */
struct cut {
  size_t n, n_folders;
  const char *part[INIT_MOST_PIECES];
  char glue[INIT_MOST_PIECES];
};

/* A name with an empty part, or with too many, stays whole: its cuts would not be found again. */
static enum fray_status cut_path(const char *path, bool cuts_name, struct fray_arena *arena,
                                 struct cut *out, struct fray_err *err) {
  char *copy = fray_arena_strdup(arena, path);
  FRAY_CHECK(copy, err, MEMORY, "out of memory");
  char *name = strrchr(copy, '/') ? strrchr(copy, '/') + 1 : copy, *dot = strrchr(name, '.');
  size_t cuts = 0;
  *out = (struct cut){0};
  if (dot)
    *dot = '\0';
  for (char *p = copy; p < name; p++) {
    if (*p != '/' || out->n + 2 > INIT_MOST_PIECES)
      continue;
    *p = '\0';
    out->part[out->n] = out->n ? out->part[out->n - 1] + strlen(out->part[out->n - 1]) + 1 : copy;
    out->glue[out->n++] = '/';
  }
  out->n_folders = out->n;
  for (const char *p = name; *p; p++) {
    cuts += *p == '_' || *p == '-';
    if ((*p == '_' || *p == '-') && (p == name || !p[1] || p[1] == '_' || p[1] == '-'))
      cuts = INIT_MOST_PIECES;
  }
  out->part[out->n++] = name;
  for (char *p = name; cuts_name && out->n_folders + cuts < INIT_MOST_PIECES && *p; p++) {
    if (*p != '_' && *p != '-')
      continue;
    out->glue[out->n - 1] = *p;
    *p = '\0';
    out->part[out->n++] = p + 1;
  }
  return FRAY_OK;
}

/* Paths of one shape fit one pattern; their endings do not count, since each has an input. */
static bool same_shape(const struct cut *a, const struct cut *b) {
  return a->n == b->n && a->n_folders == b->n_folders && memcmp(a->glue, b->glue, a->n) == 0;
}

/* The shape that most of the cuts have, looked for among the first ones; returns how many have
 * it. */
static size_t common_shape(const struct cut *cut, size_t n, size_t *shape) {
  enum { LOOKS = 64 };
  size_t most = 0;
  for (size_t i = 0; i < n; i += FRAY_MAX(n / LOOKS, (size_t)1)) {
    size_t same = 0;
    for (size_t k = 0; k < n; k++)
      same += same_shape(&cut[i], &cut[k]);
    if (same > most)
      most = same, *shape = i;
  }
  return most;
}

/* ---- where letters and digits meet ---- */

/* Letters of both cases are two classes where every name has them at one place: 03a01Fa. */
static int class_of(char c, bool cases) {
  if (isdigit((unsigned char)c))
    return 1;
  return !isalpha((unsigned char)c) ? 0 : cases && isupper((unsigned char)c) ? 3 : 2;
}

/* Runs of one class in a text: begin[k] of run k; 0 where a sign is in it, or too many. */
static size_t find_runs(const char *text, bool cases, size_t begin[INIT_MOST_PIECES]) {
  size_t n = 0;
  for (size_t i = 0; text[i]; i++) {
    const int class = class_of(text[i], cases);
    if (class == 0 || n == INIT_MOST_PIECES)
      return 0;
    if (i == 0 || class != class_of(text[i - 1], cases))
      begin[n++] = i;
  }
  return n;
}

/* Whether all texts have the runs of the first one; fixed: at the same places too. */
static bool same_runs(const char *const *cell, size_t rows, bool fixed, size_t n,
                      const size_t begin[INIT_MOST_PIECES]) {
  const size_t length = strlen(cell[0]);
  for (size_t i = 1; i < rows; i++) {
    size_t other[INIT_MOST_PIECES];
    if (find_runs(cell[i], fixed, other) != n ||
        class_of(cell[i][0], fixed) != class_of(cell[0][0], fixed) ||
        (fixed && (strlen(cell[i]) != length || memcmp(other, begin, n * sizeof *begin) != 0)))
      return false;
  }
  return true;
}

/* One run of every text as a piece of its own. */
static enum fray_status take_run(const struct init_piece *whole, size_t rows, bool fixed, size_t k,
                                 size_t n, struct fray_arena *arena, struct init_piece *out,
                                 struct fray_err *err) {
  size_t begin[INIT_MOST_PIECES];
  *out = *whole;
  out->glue = k + 1 < n ? '\0' : whole->glue;
  FRAY_ALLOC(out->cell, arena, rows, err);
  for (size_t i = 0; i < rows; i++) {
    const char *text = whole->cell[i];
    find_runs(text, fixed, begin);
    /* The last run ends with the text. */
    const size_t end = k + 1 < n ? begin[k + 1] : strlen(text);
    out->cell[i] = fray_arena_strndup(arena, text + begin[k], end - begin[k]);
    FRAY_CHECK(out->cell[i], err, MEMORY, "out of memory");
    out->differs = i ? out->differs || strcmp(out->cell[i], out->cell[0]) != 0 : false;
  }
  /* Fixed places are numbers of characters; else what it is made of ends it. */
  const size_t width = strlen(out->cell[0]);
  if (fixed)
    snprintf(out->part, sizeof out->part, ":%zu", width);
  else
    snprintf(out->part, sizeof out->part, "%s",
             isdigit((unsigned char)out->cell[0][0]) ? ":digits" : ":letters");
  return FRAY_OK;
}

/* P01 is one name, and a01 beside sa02 are an emotion and a take: cut only where two runs or more
 * differ. */
static enum fray_status split_piece(const struct init_paths *paths, size_t p,
                                    struct fray_arena *arena, struct init_piece *out, size_t room,
                                    size_t *n, struct fray_err *err) {
  const struct init_piece *whole = &paths->piece[p];
  *n = 1;
  out[0] = *whole;
  if (!whole->differs || whole->is_folder)
    return FRAY_OK;
  /* Equal places first, since they are the stricter rule: 03a01Fa is cut into five, a01 into two.
   */
  for (int fixed = 1; fixed >= 0; fixed--) {
    size_t begin[INIT_MOST_PIECES], runs = find_runs(whole->cell[0], fixed, begin), differ = 0;
    if (runs < 2 || runs > room || !same_runs(whole->cell, paths->n_rows, fixed, runs, begin))
      continue;
    /* Made for a try; where it does not count they stay in the arena. */
    for (size_t k = 0; k < runs; k++) {
      FRAY_TRY(take_run(whole, paths->n_rows, fixed, k, runs, arena, &out[k], err));
      differ += out[k].differs;
    }
    if (differ > 1) {
      *n = runs;
      return FRAY_OK;
    }
    out[0] = *whole;
  }
  return FRAY_OK;
}

/* Pieces grow in place of those that they were cut from. */
static enum fray_status split_pieces(struct init_paths *paths, struct fray_arena *arena,
                                     struct fray_err *err) {
  struct init_piece all[INIT_MOST_PIECES];
  size_t n = 0;
  for (size_t p = 0; p < paths->n; p++) {
    size_t made;
    /* Each piece behind this one needs a place, too. */
    const size_t room = INIT_MOST_PIECES - n - (paths->n - p - 1);
    FRAY_TRY(split_piece(paths, p, arena, all + n, room, &made, err));
    n += made;
  }
  memcpy(paths->piece, all, n * sizeof *all);
  paths->n = n;
  return FRAY_OK;
}

/* ---- all of them ---- */

/* A person who stands in the folder and in the name is one field. */
static void find_twins(struct init_paths *paths) {
  for (size_t p = 0; p < paths->n; p++) {
    paths->piece[p].twin = p;
    for (size_t q = p; q-- > 0;) {
      size_t same = 0;
      while (same < paths->n_rows &&
             strcmp(paths->piece[q].cell[same], paths->piece[p].cell[same]) == 0)
        same++;
      /* The first of several: q goes down. */
      if (same == paths->n_rows)
        paths->piece[p].twin = q;
    }
  }
}

/* A table of pieces, path by path: one column for each place of the shape. */
static enum fray_status take_pieces(const struct cut *cut, struct init_file *const *file, size_t n,
                                    const struct cut *shape, struct fray_arena *arena,
                                    struct init_paths *out, struct fray_err *err) {
  /* Files of other shapes stay where they are, unused. */
  FRAY_ALLOC(out->file, arena, n, err);
  for (size_t i = 0; i < n; i++)
    if (same_shape(&cut[i], shape))
      out->file[out->n_rows++] = file[i];
  for (size_t p = 0; p < shape->n; p++) {
    struct init_piece *piece = &out->piece[out->n++];
    size_t row = 0;
    *piece = (struct init_piece){.glue = shape->glue[p], .is_folder = p < shape->n_folders};
    FRAY_ALLOC(piece->cell, arena, out->n_rows, err);
    for (size_t i = 0; i < n; i++) {
      if (!same_shape(&cut[i], shape))
        continue;
      piece->cell[row] = cut[i].part[p];
      piece->differs = piece->differs || strcmp(piece->cell[row], piece->cell[0]) != 0;
      row++;
    }
  }
  FRAY_TRY(split_pieces(out, arena, err));
  find_twins(out);
  return FRAY_OK;
}

/* Files of a kind, or with an ending; a named list of all of them is a kind of its own. */
static bool is_asked(const struct init_file *file, const struct fray_choice *kind,
                     const char *suffix) {
  const char *dot = strrchr(file->path, '.');
  return suffix ? dot && strcmp(dot, suffix) == 0 : file->kind == kind;
}

/* The most common shape alone; titles, that no rule made, are not cut at all. */
enum fray_status init_cut_paths(const struct init_listing *look, const struct fray_choice *kind,
                                const char *suffix, struct fray_arena *arena,
                                struct init_paths *out, struct fray_err *err) {
  struct cut *cut;
  struct init_file **file;
  size_t n = 0, shape = 0;
  *out = (struct init_paths){.kind = kind};
  FRAY_ALLOC(cut, arena, look->n, err);
  FRAY_ALLOC(file, arena, look->n, err);
  /* First with names cut at their signs, then as wholes. */
  for (int cuts_name = 1; cuts_name >= 0; cuts_name--) {
    n = 0;
    for (size_t i = 0; i < look->n; i++) {
      if (look->file[i].used || !is_asked(&look->file[i], kind, suffix))
        continue;
      file[n] = &look->file[i];
      FRAY_TRY(cut_path(look->file[i].path, cuts_name, arena, &cut[n++], err));
    }
    /* Names that are cut alike in two thirds of the files are made by a rule; others are titles. */
    if (common_shape(cut, n, &shape) * 3 >= n * 2)
      break;
  }
  out->n_files = n;
  return n ? take_pieces(cut, file, n, &cut[shape], arena, out, err) : FRAY_OK;
}

/* In the order of the path, which is that of the pattern. */
enum fray_status init_piece_fields(const struct init_paths *paths, struct fray_arena *arena,
                                   struct init_fields *out, size_t field[INIT_MOST_PIECES],
                                   struct fray_err *err) {
  *out = (struct init_fields){.n_rows = paths->n_rows};
  for (size_t p = 0; p < paths->n; p++) {
    const struct init_piece *piece = &paths->piece[p];
    if (!piece->differs)
      continue;
    if (piece->twin < p) {
      field[p] = field[piece->twin];
      continue;
    }
    /* By its place, until something is known of it. */
    out->name[out->n] = fray_arena_printf(arena, "part%zu", p + 1);
    FRAY_CHECK(out->name[out->n], err, MEMORY, "out of memory");
    out->cell[out->n] = piece->cell;
    out->n_folders += piece->is_folder;
    field[p] = out->n++;
  }
  return FRAY_OK;
}

/* Parts that never differ stand as they are: braces, which would be fields, were left out by the
 * look. */
void init_put_pattern(const struct init_paths *paths, const size_t field[INIT_MOST_PIECES],
                      const struct init_fields *f, const char *suffix, struct fray_text *out) {
  struct fray_text pattern = {0};
  for (size_t p = 0; p < paths->n; p++) {
    const struct init_piece *piece = &paths->piece[p];
    if (piece->differs)
      fray_text_printf(&pattern, "{%s%s}", f->name[field[p]], piece->part);
    else
      fray_text_puts(&pattern, piece->cell[0]);
    fray_text_puts(&pattern, (const char[2]){piece->glue, '\0'});
  }
  fray_text_puts(&pattern, suffix);
  init_put_scalar(out, pattern.data ? pattern.data : "");
  out->failed = out->failed || pattern.failed;
  fray_text_free(&pattern);
}
