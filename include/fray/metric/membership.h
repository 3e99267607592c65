/* Membership inference: whether a model tells of a sample that it was trained on it.
 *
 * The attacker holds the released model, the sample with its label, and other trainings of the same
 * kind (shadows); not the updates that a server sees. Exfiltration by gradient inversion is
 * another attack, on single updates, and not part of fray. */
#ifndef FRAY_METRIC_MEMBERSHIP_H
#define FRAY_METRIC_MEMBERSHIP_H

#include "fray/base/arena.h"
#include "fray/base/status.h"
#include "fray/schema/schema.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Section `membership`. */
struct fray_membership_config {
  double held_out; /* share of each client's training samples that a trial leaves out; 0: none */
  int centre;      /* enum: of a sample's shadows */
  int deviation;   /* enum: likewise */
};
enum { FRAY_CENTRE_MEAN, FRAY_CENTRE_MEDIAN };
enum { FRAY_DEVIATION_POOLED, FRAY_DEVIATION_EACH };
extern const struct fray_table fray_membership_table;
static inline bool fray_membership_is_on(const struct fray_membership_config *config) {
  return config->held_out > 0;
}
/** Trainings of a cell with other seeds: with fewer, a sample has too few shadows to say what is
 *  usual for it, and LiRA is left out; below ENOUGH it is told that there are few. */
enum { FRAY_SHADOWS_LEAST = 4, FRAY_SHADOWS_ENOUGH = 16 };

/** Marks in held (n, zeroed) a client's samples that a training leaves out: floor(share n), those
 *  with the smallest draws of (seed, source of the sample), so that a larger share holds out more
 *  and gives none back, and no order matters. source (n). MEMORY. */
enum fray_status fray_membership_hold_out(double share, uint64_t seed, size_t n,
                                          const uint64_t *source, struct fray_arena *arena,
                                          uint8_t *held, struct fray_err *err);

/** An operating point: shares of non-members and of members with score >= a threshold. */
struct fray_roc_point {
  double fpr, tpr;
};
/** Receiver operating characteristic of "it is a member". */
struct fray_roc {
  size_t members, nonmembers; /* without either, all numbers are NaN and there is no point */
  double auc;                 /* equal scores count half */
  double advantage;           /* largest tpr - fpr (Yeom et al. 2018, arXiv 1709.01604) */
  size_t n;
  struct fray_roc_point *point; /* (n) from (0, 0) to (1, 1), one for each score that occurs */
};
/** score (n): larger means member; those that are NaN are left out. member (n): the truth. Points
 *  in the arena. O(n log n). MEMORY. */
enum fray_status fray_roc_make(size_t n, const double *score, const uint8_t *member,
                               struct fray_arena *arena, struct fray_roc *out,
                               struct fray_err *err);
/** The largest share of members found with at most the share `fpr` of false alarms. Not
 *  interpolated: ties make it a step. Below 1 / nonmembers it is that without any false alarm.
 *  NaN without points. */
double fray_roc_tpr(const struct fray_roc *roc, double fpr);

/** log p_y - log(sum of the other classes' p), without cancellation: what LiRA calls phi. logits
 *  (classes); NaN if one of them is not finite. Source: Carlini et al. 2022, arXiv 2112.03570. */
double fray_log_odds(size_t classes, const double *logits, size_t label);

/** What shadows say of a sample: normal distributions of phi, where it was in and where out. */
struct fray_lira_fit {
  double in, s_in, out, s_out;
};
/** log N(phi | in) - log N(phi | out). */
double fray_lira_online(double phi, const struct fray_lira_fit *fit);
/** (phi - out) / s_out, of which the paper takes Phi: the same order without its rounding to 1. */
double fray_lira_offline(double phi, const struct fray_lira_fit *fit);
/** Mean or median, as the paper and its code have it. value (n) is sorted for the median. NaN of
 *  none. */
double fray_lira_centre(int centre, size_t n, double *value);
/** sqrt(mean of squared distances to the mean). NaN of none. */
double fray_lira_deviation(size_t n, const double *value);

/** Trainings of one cell, of the same samples. Borrowed. */
struct fray_shadows {
  size_t trials, samples;
  const float *phi;      /* (trials, samples) NaN: not there in that training */
  const uint8_t *member; /* (trials, samples) 1: it was trained on */
};
/** Scores of the samples under training `target`, all others being its shadows: score (samples), of
 *  which NaN has none, as it lacks shadows (out; online: in as well). deviation pooled: one for all
 *  samples, of the distances to their own means, with the degrees of freedom that are left. Added
 *  in order of samples. O(trials samples), and a sort of each sample's shadows for medians.
 *  MEMORY. */
enum fray_status fray_lira_scores(const struct fray_membership_config *config,
                                  const struct fray_shadows *shadows, size_t target, bool online,
                                  struct fray_arena *arena, double *score, struct fray_err *err);

/** An attack: name, what it does, whether it needs shadows. */
struct fray_membership_attack {
  const char *name, *title, *meaning;
  bool needs_shadows;
  /** As fray_lira_scores. */
  enum fray_status (*scores)(const struct fray_membership_config *config,
                             const struct fray_shadows *shadows, size_t target,
                             struct fray_arena *arena, double *score, struct fray_err *err);
};
enum { FRAY_MEMBERSHIP_ATTACKS = 3 };
extern const struct fray_membership_attack fray_membership_attacks[FRAY_MEMBERSHIP_ATTACKS];
/** Shares of false alarms at which the share of members found is told, ascending. */
enum { FRAY_MEMBERSHIP_RATES = 9 };
extern const double fray_membership_rates[FRAY_MEMBERSHIP_RATES];

#endif
