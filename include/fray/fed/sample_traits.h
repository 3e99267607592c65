/* Traits of samples (fray/metric/traits.h) as data and a model give them: group columns, which
 * modalities are there, what the model said, scores of its outputs, facts of the raw values. None
 * of them is the label, or comes of it. */
#ifndef FRAY_FED_SAMPLE_TRAITS_H
#define FRAY_FED_SAMPLE_TRAITS_H

#include "fray/data/dataset.h"
#include "fray/fed/judge.h"
#include "fray/metric/traits.h"

/** Where a trait comes from. */
enum fray_trait_origin {
  FRAY_TRAIT_GROUP,    /* "accent": a group column */
  FRAY_TRAIT_PRESENCE, /* "present.audio" */
  FRAY_TRAIT_SAID,     /* "said": the class that the model says */
  FRAY_TRAIT_SCORE,    /* "disagreement", "energy:image": scores of gates that need no fit */
  FRAY_TRAIT_FACT,     /* "audio.loudness": fray/feature/facts.h */
  FRAY_TRAIT_ORIGINS
};
/** All traits that samples of some data can have, and those that are wanted of them. */
struct fray_trait_plan {
  size_t n;
  struct fray_trait *trait;       /* (n) by origin */
  enum fray_trait_origin *origin; /* (n) */
  size_t *of;                     /* (n) group column, modality, or score */
  size_t *fact;                   /* (n) of its modality */
  uint8_t *wanted;                /* (n) nobody is to look at the values of others */
  struct fray_gate_score *score;
  const struct fray_group *group; /* borrowed */
};
/** None is wanted yet. The groups are borrowed, all else is in the arena. MEMORY. */
enum fray_status fray_trait_plan_make(size_t n_groups, const struct fray_group *group,
                                      size_t n_modalities, const struct fray_modality *modality,
                                      size_t n_classes, const char *const *class_name,
                                      struct fray_arena *arena, struct fray_trait_plan *out,
                                      struct fray_err *err);
/** The names alone, to read and to write groups. */
struct fray_traits fray_trait_names(const struct fray_trait_plan *plan);
/** Wants the traits of a group. */
void fray_trait_want(struct fray_trait_plan *plan, const struct fray_group_rule *rule);
/** What the wanted ones need: enum fray_output, and modalities whose facts are looked at. */
unsigned fray_trait_outputs(const struct fray_trait_plan *plan);
uint8_t fray_trait_facts(const struct fray_trait_plan *plan);

/** Traits of samples whose outputs are given. sample (n) of the data set; said (n): what the model
 * said, negative: no class; facts (modalities)(n, count), NULL where none are wanted. Arena memory.
 */
enum fray_status fray_traits_take(const struct fray_trait_plan *plan, const struct fray_outputs *of,
                                  const uint32_t *sample, const int16_t *said,
                                  const double *const *facts, const size_t *n_facts,
                                  struct fray_arena *arena, struct fray_traits *out,
                                  struct fray_err *err);

#endif
