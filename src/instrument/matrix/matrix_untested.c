/* What no condition of the studies uses: kinds of damage that act on their modalities. A matrix
 * that lists what was measured alone looks complete, however little that is. */
#include "matrix_parts.h"

#include "fray/base/file.h"
#include "fray/base/size.h"
#include "fray/corrupt/corrupt.h"
#include "fray/data/dataset.h"
#include "fray/data/names.h"
#include "fray/results/titles.h"

#include <stdio.h>
#include <string.h>

/* Of all folders together. */
struct seen {
  struct fray_rep_names kinds, modalities;
};

/* A modality is kept as NAME:KIND, or as its NAME where results of an older program do not say the
 * kind: then one that is not called after its kind may be of any, and rather too much is listed
 * than too little. */
static bool fits(const struct fray_choice *kind, const char *modality) {
  char name[FRAY_MAX_PLAIN_NAME + 1];
  const size_t n = strcspn(modality, ":");
  snprintf(name, sizeof name, "%.*s", (int)n, modality);
  return fray_title_may_hit(kind, name, modality[n] ? modality + n + 1 : NULL);
}

/* The next of "a,b"; its length, 0 at the end. */
static size_t next_word(const char **text) {
  *text += strspn(*text, ",");
  return strcspn(*text, ",");
}

/* "audio,image" of each data set, and their kinds in the same order. Of a folder that does not say
 * them kinds that act on its own modalities would be left out of the list. */
static enum fray_status note_modalities(const struct fray_rep_results *r, struct seen *seen,
                                        const char **why, struct fray_arena *arena,
                                        struct fray_err *err) {
  const fray_json *sets = r->provenance ? fray_json_get(r->provenance, "data_sets") : NULL;
  bool any = false;
  size_t at;
  for (size_t i = 0; sets && i < fray_json_size(sets); i++) {
    const fray_json *set = fray_json_at(sets, i);
    const char *name = fray_json_text(fray_json_get(set, "modalities"));
    const char *kind = fray_json_text(fray_json_get(set, "kinds"));
    for (size_t n; name && (n = next_word(&name)) > 0; name += n) {
      const size_t k = kind ? next_word(&kind) : 0;
      const char *both = fray_arena_printf(arena, "%.*s%s%.*s", (int)n, name, k ? ":" : "", (int)k,
                                           kind ? kind : "");
      FRAY_CHECK(both, err, MEMORY, "out of memory");
      FRAY_TRY(fray_rep_intern(&seen->modalities, both, arena, &at, err));
      kind = kind ? kind + k : NULL;
      any = true;
    }
  }
  if (!any)
    *why = "a folder has no provenance.json that tells its modalities";
  return FRAY_OK;
}

/* conditions.csv has entries of training as well, under `trial`. */
static bool acts_at_test(const struct fray_rep_results *r, const char *condition,
                         const char *entry) {
  if (strcmp(condition, "trial") != 0)
    return true;
  for (size_t d = 0; d < r->n_damages; d++)
    if (r->damage[d].at_test && strcmp(r->damage[d].id, entry) == 0)
      return true;
  return false;
}

/* Of a folder that an older program left nothing is known, and so nothing of all of them: a kind
 * that it used would be called untested. */
static enum fray_status note_kinds(const struct fray_rep_results *r, struct seen *seen,
                                   const char **why, struct fray_arena *arena,
                                   struct fray_err *err) {
  struct fray_rep_csv csv;
  size_t condition, entry, kind, at;
  char path[4096];
  FRAY_TRY(fray_folder_path(r->folder, "conditions.csv", path, err));
  if (!fray_file_exists(path)) {
    *why = "a folder has no conditions.csv";
    return FRAY_OK;
  }
  FRAY_TRY(fray_rep_csv_read(path, arena, &csv, err));
  enum fray_status status = fray_rep_csv_need(&csv, "condition", &condition, err);
  if (status == FRAY_OK)
    status = fray_rep_csv_need(&csv, "entry", &entry, err);
  if (status == FRAY_OK)
    status = fray_rep_csv_need(&csv, "kind", &kind, err);
  for (size_t row = 0; status == FRAY_OK && row < csv.n_rows; row++)
    if (acts_at_test(r, fray_rep_csv_at(&csv, row, condition), fray_rep_csv_at(&csv, row, entry))) {
      const char *name = fray_arena_strdup(arena, fray_rep_csv_at(&csv, row, kind));
      status = name ? fray_rep_intern(&seen->kinds, name, arena, &at, err)
                    : fray_fail(err, FRAY_MEMORY, "out of memory");
    }
  fray_rep_csv_free(&csv);
  return status;
}

/* "audio, image" of those that fit; "": none does. */
static const char *list_modalities(const struct fray_choice *kind, const struct seen *seen,
                                   struct fray_arena *arena) {
  struct fray_text text = {0};
  for (size_t m = 0; m < seen->modalities.n; m++)
    if (!kind || fits(kind, seen->modalities.v[m]))
      fray_text_printf(&text, "%s%.*s", text.size ? ", " : "",
                       (int)strcspn(seen->modalities.v[m], ":"), seen->modalities.v[m]);
  const char *out = text.failed ? NULL : fray_arena_strdup(arena, text.size ? text.data : "");
  fray_text_free(&text);
  return out;
}

/* In the registry's order; kinds that act on training alone are none that a test could lack. */
enum fray_status matrix_find_untested(struct matrix *m, struct fray_err *err) {
  struct seen seen = {0};
  m->untested_status = "ok";
  for (size_t s = 0; s < m->n_studies; s++) {
    FRAY_TRY(note_modalities(&m->study[s].r, &seen, &m->untested_status, m->arena, err));
    FRAY_TRY(note_kinds(&m->study[s].r, &seen, &m->untested_status, m->arena, err));
  }
  m->modalities = list_modalities(NULL, &seen, m->arena);
  FRAY_CHECK(m->modalities, err, MEMORY, "out of memory");
  FRAY_ALLOC_ZERO(m->untested, m->arena, fray_corruptions.n + 1, err);
  if (strcmp(m->untested_status, "ok") != 0)
    return FRAY_OK;
  for (size_t k = 0; k < fray_corruptions.n; k++) {
    const struct fray_choice *kind = fray_corruptions.v[k];
    const char *modalities = list_modalities(kind, &seen, m->arena);
    FRAY_CHECK(modalities, err, MEMORY, "out of memory");
    if (!*modalities || !fray_corruption_fits_test(kind) ||
        fray_rep_name_find(&seen.kinds, kind->name) < seen.kinds.n)
      continue;
    m->untested[m->n_untested++] = (struct matrix_untested){
        kind->name, fray_category_name(fray_corruption_category(kind)), modalities};
  }
  return FRAY_OK;
}
