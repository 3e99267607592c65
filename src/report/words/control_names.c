/* The names that a study gives its controls: the one place of the report that knows them. */
#include "control_names.h"

#include "names.h"

#include <string.h>

/* Must be what the study writes into the column `control` of trials.csv; the modality follows the
 * colon. */
static const char unimodal[] = "unimodal:", matched_volume[] = "matched_volume:";

static bool begins(const char *name, const char *with) {
  return strncmp(name, with, strlen(with)) == 0;
}

bool fray_rep_is_control_condition(const char *name) {
  return strcmp(name, FRAY_REP_NOTHING_LEFT) == 0 || begins(name, FRAY_REP_ONLY) ||
         begins(name, FRAY_REP_WITHOUT);
}

/* Points into the name, so it lives as long as that does. */
const char *fray_rep_control_modality(const char *control) {
  return begins(control, unimodal) ? control + strlen(unimodal) : NULL;
}

/* Likewise. */
const char *fray_rep_control_volume(const char *control) {
  return begins(control, matched_volume) ? control + strlen(matched_volume) : NULL;
}

/* An entry's word where one of its keys is swept; a method's own name is a word already. */
static const char *word_of(const struct fray_rep_results *r, const char *what) {
  for (size_t k = 0; k < r->n_keys; k++)
    if (begins(r->key[k], what) && r->key[k][strlen(what)] == '.')
      return fray_rep_key_word(r, r->key[k]);
  return what;
}

/* Damage takes whole samples in its control; a method has none of its choice. */
static bool is_entry(const struct fray_rep_results *r, const char *what) {
  for (size_t d = 0; d < r->n_damages; d++)
    if (strcmp(r->damage[d].id, what) == 0)
      return true;
  return false;
}

bool fray_rep_is_clean_control(const char *control) {
  return strcmp(control, "clean") == 0;
}

bool fray_rep_is_alone_control(const char *control) {
  return strcmp(control, "local_only") == 0;
}

/* A control that is not known here (of results of a later version) keeps its own name, which is
 * better than none. */
const char *fray_rep_control_words(const struct fray_rep_results *r, const char *control) {
  const char *modality = fray_rep_control_modality(control);
  if (modality)
    return fray_arena_printf(r->arena, "%s alone", fray_rep_modality_title(r, modality));
  const char *volume = fray_rep_control_volume(control);
  if (volume) {
    const char *word = word_of(r, volume);
    return word ? fray_arena_printf(r->arena,
                                    is_entry(r, volume) ? "whole samples gone: %s"
                                                        : "same volume without %s",
                                    word)
                : NULL;
  }
  if (fray_rep_is_clean_control(control))
    return "trained without damage";
  return fray_rep_is_alone_control(control) ? "each client alone" : control;
}
