/* What models answer to a text, and to the same text with a term exchanged.
 *
 * Only texts that hold a term are looked at: of all others the answer is the same. Each trial is
 * asked once about the texts as they are, and once for each pair; all samples are of the test, and
 * nothing is chosen by them. */
#include "pairs_parts.h"

#include "fray/base/size.h"
#include "fray/base/stop.h"
#include "fray/corrupt/terms.h"

#include <math.h>
#include <string.h>

/* The answers to the undamaged texts, which the next question would take away. */
struct clean {
  size_t n, classes, modality;
  const uint32_t *sample; /* (n) */
  const int16_t *said;    /* (n) */
  const float *score;     /* (n, classes) */
  const char **text;      /* (n) NULL: not there */
  const size_t *size;     /* (n) bytes */
};

/* By name, as trials of a study may have other modalities. */
static enum fray_status find_modality(const struct fray_dataset *d, const char *name, size_t *out,
                                      struct fray_err *err) {
  const char *known[FRAY_MAX_MODALITIES];
  char list[512];
  size_t m = 0;
  for (size_t k = 0; k < d->n_modalities; k++)
    known[k] = d->modality[k].name;
  while (m < d->n_modalities && strcmp(known[m], name) != 0)
    m++;
  FRAY_CHECK(m < d->n_modalities, err, INPUT, "pairs.modality: the models know no '%.80s'; %s",
             name, fray_there_are(name, known, d->n_modalities, list, sizeof list));
  FRAY_CHECK(d->modality[m].kind == FRAY_TEXT, err, INPUT,
             "pairs.modality: %s is of kind %s, and terms stand in texts", name,
             fray_modality_kind_names[d->modality[m].kind]);
  *out = m;
  return FRAY_OK;
}

/* The texts themselves, in which terms are looked for. In turn, as a file gives them fastest. */
static enum fray_status read_texts(const struct fray_dataset *d, struct fray_arena *arena,
                                   struct clean *out, struct fray_err *err) {
  const char **text;
  size_t *size;
  char *buffer;
  FRAY_ALLOC_ZERO(text, arena, out->n + 1, err);
  FRAY_ALLOC_ZERO(size, arena, out->n + 1, err);
  FRAY_ALLOC(buffer, arena, fray_sample_bytes(d, out->modality) + 1, err);
  for (size_t i = 0; i < out->n; i++) {
    FRAY_TRY(fray_sample_read(d, out->modality, out->sample[i], buffer, &size[i], err));
    /* Bytes, which need not end in NUL. */
    text[i] = size[i] ? fray_arena_strndup(arena, buffer, size[i]) : NULL;
    FRAY_CHECK(text[i] || !size[i], err, MEMORY, "out of memory");
  }
  out->text = text;
  out->size = size;
  return FRAY_OK;
}

/* Sets of classes are refused: of two of them nobody can say which way an answer went. */
static enum fray_status keep_clean(const struct fray_probed *got, const char *modality,
                                   struct fray_arena *arena, struct clean *out,
                                   struct fray_err *err) {
  const size_t n = got->under.n, classes = got->dataset->n_classes;
  uint32_t *sample;
  int16_t *said;
  float *score;
  FRAY_CHECK(!got->dataset->multi_label, err, INPUT,
             "a pair flips the one answer to a text, and these data have sets of classes");
  FRAY_TRY(find_modality(got->dataset, modality, &out->modality, err));
  FRAY_ALLOC(sample, arena, n + 1, err);
  FRAY_ALLOC(said, arena, n + 1, err);
  FRAY_ALLOC(score, arena, n * classes + 1, err);
  memcpy(sample, got->under.sample, n * sizeof *sample);
  memcpy(said, got->answers.predicted, n * sizeof *said);
  memcpy(score, got->answers.score, n * classes * sizeof *score);
  out->n = n;
  out->classes = classes;
  out->sample = sample;
  out->said = said;
  out->score = score;
  return read_texts(got->dataset, arena, out, err);
}

/* Which texts an item changes. side (n): the terms that they hold; of a rewriting 1 where words
 * were edited. */
static enum fray_status find_changed(struct fray_kept *kept, const struct pairs_item *item,
                                     const struct fray_probe *probe, const struct clean *clean,
                                     uint8_t *side, struct fray_err *err) {
  struct fray_arena scratch = {0};
  enum fray_status status = FRAY_OK;
  const double *share = NULL;
  size_t n = 0;
  memset(side, 0, clean->n);
  /* What a rewriting changes is known when it was done; terms can be looked for. */
  if (!item->both) {
    FRAY_TRY(fray_kept_distance(kept, probe, clean->modality, NULL, &share, &n, err));
    for (size_t i = 0; i < clean->n && i < n; i++)
      side[i] = share[i] > 0;
    return FRAY_OK;
  }
  for (size_t i = 0; i < clean->n && status == FRAY_OK; i++) {
    unsigned terms = 0;
    if (clean->text[i])
      status = fray_terms_in(item->both, clean->text[i], clean->size[i], &scratch, &terms, err);
    side[i] = (uint8_t)terms;
    fray_arena_reset(&scratch);
  }
  fray_arena_free(&scratch);
  return status;
}

/* Half the sum of what probabilities moved by. */
static double variation(const float *before, const float *after, size_t classes) {
  double sum = 0;
  for (size_t k = 0; k < classes; k++)
    sum += fabs((double)after[k] - (double)before[k]);
  return sum / 2;
}

/* Copied, and of the changed texts alone: of many pairs most texts hold no term. */
static enum fray_status keep(const struct pairs_item *item, const struct fray_probed *got,
                             const struct clean *clean, const uint8_t *side,
                             struct fray_arena *arena, struct pairs_panel *out,
                             struct fray_err *err) {
  const size_t classes = clean->classes;
  uint32_t *cluster;
  int32_t *label;
  int16_t *before, *after;
  uint8_t *terms;
  double *moved;
  size_t n = 0, there = 0; /* changed; that have a text at all */
  for (size_t i = 0; i < clean->n; i++) {
    n += side[i] != 0;
    there += clean->text[i] != NULL;
  }
  FRAY_ALLOC(cluster, arena, n + 1, err);
  FRAY_ALLOC(label, arena, n + 1, err);
  FRAY_ALLOC(before, arena, n + 1, err);
  FRAY_ALLOC(after, arena, n + 1, err);
  FRAY_ALLOC(terms, arena, n + 1, err);
  FRAY_ALLOC(moved, arena, n + 1, err);
  *out = (struct pairs_panel){n, there - n, cluster, label, before, after, terms, moved};
  for (size_t i = 0, k = 0; i < clean->n; i++) {
    if (!side[i])
      continue;
    cluster[k] = got->dataset->client[clean->sample[i]];
    label[k] = got->under.label[i];
    before[k] = clean->said[i];
    after[k] = got->answers.predicted[i];
    terms[k] = item->both ? side[i] : 0;
    moved[k++] = variation(clean->score + i * classes, got->answers.score + i * classes, classes);
  }
  return FRAY_OK;
}

/* Names outlive the data set of a trial. */
static enum fray_status name_classes(const struct fray_dataset *d, struct fray_arena *arena,
                                     struct pairs_trial *t, struct fray_err *err) {
  const char **name;
  FRAY_ALLOC(name, arena, d->n_classes, err);
  for (size_t k = 0; k < d->n_classes; k++) {
    name[k] = fray_arena_strdup(arena, d->class_name[k]);
    FRAY_CHECK(name[k], err, MEMORY, "out of memory");
  }
  t->n_classes = d->n_classes;
  t->class_name = name;
  t->n_clusters = d->n_clients;
  return FRAY_OK;
}

/* Signals do not reach all ranks at once, and all have to stop before the same pair. */
static enum fray_status look_for_stop(struct fray_comm *comm, struct fray_err *err) {
  const int asked = fray_stop_asked();
  enum fray_status mine = FRAY_OK; /* of this rank */
  if (asked)
    mine = fray_fail(err, FRAY_STOPPED, "%s between two pairs; nothing was written",
                     fray_stop_name(asked));
  return fray_comm_agree(comm, mine, err);
}

/* The clean answers first, as all pairs are held against them. */
static enum fray_status ask_trial(struct fray_kept *kept, const struct pairs_file *file,
                                  struct fray_comm *comm, struct fray_arena *arena,
                                  struct fray_arena *texts, struct pairs_trial *t,
                                  struct fray_err *err) {
  struct fray_probe probe = {
      .trial = t->trial, .selection = FRAY_BEST, .split = FRAY_KEPT_REPORT, .scores = true};
  struct fray_probed got;
  struct clean clean = {0};
  uint8_t *side;
  FRAY_TRY(fray_kept_probe(kept, &probe, &got, err));
  FRAY_TRY(keep_clean(&got, file->modality, texts, &clean, err));
  FRAY_TRY(name_classes(got.dataset, arena, t, err));
  /* Goes with the texts: each pair writes it anew. */
  FRAY_ALLOC(side, texts, clean.n + 1, err);
  FRAY_ALLOC_ZERO(t->panel, arena, file->n + 1, err);
  for (size_t k = 0; k < file->n; k++) {
    const struct pairs_item *item = &file->item[k];
    FRAY_TRY(look_for_stop(comm, err));
    probe.n = item->n_entries;
    probe.entry = item->entry;
    FRAY_TRY(find_changed(kept, item, &probe, &clean, side, err));
    if (fray_kept_probe(kept, &probe, &got, err) != FRAY_OK)
      return fray_at(err, "%s", item->set);
    FRAY_TRY(keep(item, &got, &clean, side, arena, &t->panel[k], err));
  }
  return FRAY_OK;
}

/* A trial without models is left out, as of a study some may have diverged. */
enum fray_status pairs_ask(struct fray_kept *kept, const struct pairs_file *file,
                           struct fray_comm *comm, struct fray_arena *arena,
                           struct pairs_found *out, struct fray_err *err) {
  const struct fray_study *study = fray_kept_study(kept);
  *out = (struct pairs_found){.arena = arena, .study = study, .file = file};
  FRAY_ALLOC_ZERO(out->trial, arena, study->n_trials + 1, err);
  for (size_t i = 0; i < study->n_trials; i++) {
    struct fray_arena texts = {0};
    struct pairs_trial *t = &out->trial[out->n_trials];
    if (!fray_kept_has_models(kept, i))
      continue;
    *t = (struct pairs_trial){.trial = i, .cell = study->trial[i].cell};
    const enum fray_status status =
        fray_comm_agree(comm, ask_trial(kept, file, comm, arena, &texts, t, err), err);
    fray_arena_free(&texts);
    if (status != FRAY_OK)
      return fray_at(err, "trial %s", fray_kept_name(kept, i));
    out->n_trials++;
  }
  FRAY_CHECK(out->n_trials > 0, err, INPUT,
             "it holds no models to ask: all of its trainings diverged, or `evaluate.models` left "
             "them out");
  return FRAY_OK;
}
