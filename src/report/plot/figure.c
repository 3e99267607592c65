/* The figure table itself: the list of figures, their names, categories and remarks. */
#include "figure.h"

#include "fray/base/size.h"

#include <ctype.h>
#include <string.h>

/* Footnote signs in their usual order, but for the asterisk. Digits would read as exponents of the
 * values. */
enum { SIGNS = 6 };

static const char *const sign[SIGNS] = {"\u2020", "\u2021", "\u00a7", "\u00b6", "\u2016", "*"};

/* The name becomes a file name and part of ids, of the script and of commands that users type: only
 * letters, digits, - and _ are left of a text from data, and the number in front keeps two names
 * apart that are alike after that. 40 characters leave room for endings and for folders. NULL: no
 * memory. */
const char *fray_rep_figure_name(struct fray_arena *arena, size_t section, const char *kind,
                                 size_t index, const char *text) {
  char safe[41];
  size_t n = 0;
  for (const char *p = text; *p && n + 1 < sizeof safe; p++) {
    bool keep = isascii((unsigned char)*p) && (isalnum((unsigned char)*p) || *p == '_');
    /* Runs of other characters become one dash, and none leads: such a name would be an option. */
    if (keep || (n && safe[n - 1] != '-'))
      safe[n++] = keep ? *p : '-';
  }
  while (n && safe[n - 1] == '-')
    n--;
  safe[n] = '\0';
  /* The first study has no prefix: names of a report on one study stay as they are when another is
   * added. */
  const char *before = section ? fray_arena_printf(arena, "r%zu-", section + 1) : "";
  if (!before)
    return NULL;
  return fray_arena_printf(arena, "%s%s%zu%s%s", before, kind, index + 1, n ? "-" : "", safe);
}

enum fray_status fray_rep_figures_add(struct fray_rep_figures *figures, struct fray_arena *arena,
                                      struct fray_rep_figure **out, struct fray_err *err) {
  if (figures->n == figures->capacity) {
    /* An arena cannot grow a block in place. The old list is left to it; doubling keeps what is
     * lost below the size of the last one. */
    size_t capacity = 2 * figures->capacity + 8;
    struct fray_rep_figure *v;
    FRAY_ALLOC(v, arena, capacity, err);
    if (figures->n)
      memcpy(v, figures->v, figures->n * sizeof *v);
    figures->v = v;
    figures->capacity = capacity;
  }
  /* Valid until the next one is added: the list moves. */
  *out = &figures->v[figures->n++];
  memset(*out, 0, sizeof **out);
  return FRAY_OK;
}

bool fray_rep_has_categories(const struct fray_rep_figure *f) {
  return f->kind == FRAY_REP_BARS || f->kind == FRAY_REP_HEAT;
}

size_t fray_rep_category(const struct fray_rep_figure *figure, const struct fray_rep_point *point) {
  /* Written so that NaN falls through to "none" as well; a cast of it to an integer would be
   * undefined. */
  if (!(point->x >= 0 && point->x < (double)figure->n_categories))
    return figure->n_categories;
  return (size_t)point->x;
}

/* The remark with this index, or a given one, and its place among the distinct ones in order. */
static const char *find_remark(const struct fray_rep_figure *f, size_t index, const char *remark,
                               size_t *place) {
  /* There are few remarks and few points, so the list is made anew at each call and no figure
   * carries one that could grow stale. In the order in which points are drawn, hence the signs read
   * in order. Remarks beyond the list are not told apart: they share the last sign. */
  const char *seen[SIGNS + 2];
  size_t n = 0;
  if (fray_rep_has_categories(f))
    for (size_t p = 0; p < f->n_panels; p++)
      for (size_t s = 0; s < f->panel[p].n_series; s++)
        for (size_t i = 0; i < f->panel[p].series[s].n; i++) {
          const char *label = f->panel[p].series[s].point[i].label;
          size_t k = 0;
          while (label && k < n && strcmp(seen[k], label) != 0)
            k++;
          if (!label || !*label || k < n || n == FRAY_COUNT(seen))
            continue;
          seen[n] = label;
          if (remark ? strcmp(label, remark) == 0 : n == index) {
            *place = n;
            return label;
          }
          n++;
        }
  *place = n;
  return NULL;
}

const char *fray_rep_remark(const struct fray_rep_figure *f, size_t i) {
  size_t place;
  return find_remark(f, i, NULL, &place);
}

const char *fray_rep_sign(const struct fray_rep_figure *f, const char *remark) {
  size_t place;
  if (!remark || !*remark)
    return NULL;
  find_remark(f, 0, remark, &place);
  return sign[FRAY_MIN(place, (size_t)SIGNS - 1)];
}
