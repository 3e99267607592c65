/* Client-level differential privacy of a federation (DP-FedAvg: McMahan et al. 2018,
 * arXiv 1710.06963), as an instrument: what each client sends is clipped, the sum is blurred by
 * Gaussian noise, and accountants say what (epsilon, delta) that is worth.
 *
 * Neighbours differ by one client, there or not. In each round each client is asked by itself with
 * the chance q (Poisson sampling); updates of Euclidean length at most C are added up unweighted;
 * noise z C N(0, I) is added, and the sum is divided by the cohort that is expected, q N.
 *
 * The noise is drawn from the streams of the simulation, which the seed gives away: accuracy and
 * epsilon are those of the mechanism, but nobody is protected by a run of fray. */
#ifndef FRAY_FED_PRIVACY_H
#define FRAY_FED_PRIVACY_H

#include "fray/base/arena.h"
#include "fray/base/status.h"
#include "fray/comm/comm.h"
#include "fray/schema/schema.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Section `training.privacy`. */
struct fray_privacy_config {
  double clip;    /* NaN: the section is off */
  double noise;   /* z; NaN: found for epsilon */
  double epsilon; /* NaN: follows from noise */
  double delta;   /* NaN: by the number of clients */
};
extern const struct fray_table fray_privacy_table;
/** True if updates are clipped and their sum blurred. */
static inline bool fray_privacy_is_on(const struct fray_privacy_config *config) {
  return config->clip == config->clip; /* not NaN */
}

/** Accountants are for no less noise than this, but for none: whatever q, it hides nobody. */
#define FRAY_LEAST_NOISE 0.05

/** Budgets that noise is found for are no larger: where the tight accountant has to give up, none
 * that it meets would be the least. */
enum { FRAY_MOST_EPSILON = 200 };

/** What a mechanism is: the same rounds, one after the other. */
struct fray_mechanism {
  double q;      /* chance of a client to be asked in a round, in (0, 1] */
  double z;      /* standard deviation of the noise by the clip: 0, or FRAY_LEAST_NOISE and more */
  double rounds; /* >= 1 */
  double delta;  /* in (0, 1) */
};
/** What a mechanism is worth by one accountant each; infinite without noise. */
struct fray_epsilons {
  double pld;     /* privacy loss distribution: tight, from above */
  double rdp;     /* Renyi, conversion of Balle et al. 2020 */
  double classic; /* Renyi, conversion of Mironov 2017 */
};

/** Renyi divergence of order alpha (> 1) of one round from one without a client (Mironov, Talwar,
 *  Zhang 2019, arXiv 1908.10530), the larger of both directions. Integer orders by the binomial
 *  sum, others by quadrature: relative error below 1e-9. */
double fray_privacy_rdp(double q, double z, double alpha);
/** The same by quadrature for any order: a check of the sum. */
double fray_privacy_rdp_quadrature(double q, double z, double alpha);
/** Of the orders 1.1 (.1) 10.9, 11 - 63, 128, 256, 512, 1024 the one that gives least. Conversion
 *  classic: T rdp + ln(1/delta)/(alpha-1); else T rdp + ln((alpha-1)/alpha) -
 *  (ln delta + ln alpha)/(alpha-1) (Balle et al. 2020, arXiv 1905.09982, theorem 21). >= 0. */
double fray_privacy_by_rdp(const struct fray_mechanism *mechanism, bool classic);
/** By the distribution of the privacy loss: for both directions it is put on a grid so that its
 *  hockey-stick curve lies above the true one and meets it at the grid's points (Doroshenko et al.
 *  2022, arXiv 2207.04380), composed by Fourier transform; the worse direction counts. Above 300
 *  by Renyi the improved conversion is given instead: nothing is private there. Scratch of some
 *  tens of MiB, given back. MEMORY. */
enum fray_status fray_privacy_by_pld(const struct fray_mechanism *mechanism,
                                     struct fray_arena *scratch, double *epsilon,
                                     struct fray_err *err);
/** Of q = 1 exactly (Balle and Wang 2018, arXiv 1805.06530). */
double fray_privacy_gaussian(double z, double rounds, double delta);
/** All three. */
enum fray_status fray_privacy_epsilons(const struct fray_mechanism *mechanism,
                                       struct fray_arena *scratch, struct fray_epsilons *out,
                                       struct fray_err *err);
/** The least z from FRAY_LEAST_NOISE on, to 1e-4 of it and from above, with which
 * fray_privacy_by_pld is at most epsilon. mechanism->z is ignored. INPUT: not even z = 10000 is
 * enough. */
enum fray_status fray_privacy_noise_for(const struct fray_mechanism *mechanism, double epsilon,
                                        struct fray_arena *scratch, double *z,
                                        struct fray_err *err);

/** What a federation's private rounds are. */
struct fray_privacy_plan {
  struct fray_mechanism mechanism;
  double clip, expected; /* expected: q N */
  size_t clients;        /* N, who have nothing to train on too */
  size_t values;         /* that travel, of an update; 0 until somebody who has a model says so */
};
/** Euclidean length that the noise has in the mean that the server takes, nearly always:
 *  z C sqrt(values) / (q N). No mean of clipped updates is longer than C n / (q N), n those that
 * came.
 */
double fray_privacy_noise_length(const struct fray_privacy_plan *plan);
/** Bytes that a rank needs for private rounds of a model of so many floats: the sum, or what an
 *  accountant takes before the first round. */
double fray_privacy_bytes(const struct fray_privacy_config *config, double total);
/** Of a section that is on: N clients, each asked with the chance q, for so many rounds. Finds z
 *  where epsilon is given. delta unless it is given: N^-1.1. Scratch is given back. */
enum fray_status fray_privacy_plan_of(const struct fray_privacy_config *config, double q,
                                      size_t clients, size_t rounds, struct fray_arena *scratch,
                                      struct fray_privacy_plan *out, struct fray_err *err);

/** Bit position of the grid on which updates are added: its steps are 2^-that. It hangs on the clip
 *  and on N alone, so no client moves the rounding of another, and N clients never overflow. */
int fray_privacy_grid(const struct fray_privacy_plan *plan);
/** Makes an update no longer than the clip, on the grid: its values (total) become floats whose
 *  roundings to the grid have a Euclidean norm of at most plan->clip. Returns whether they were
 *  longer. What is not finite becomes zeros. */
bool fray_privacy_clip(const struct fray_privacy_plan *plan, size_t total, float *update);

/** Adds the steps of a clipped update on the grid to sum (total). */
void fray_privacy_add(const struct fray_privacy_plan *plan, size_t total, const float *update,
                      int64_t *sum);

/** A part of the parameter vector. */
struct fray_span {
  size_t offset, n;
};
/** What a round releases: out = (sum 2^-grid + z C N(0, I)) / (q N) in the spans, and 0 elsewhere,
 *  rounded to float after the noise. sum (total): in steps of a grid, that of fray_privacy_grid or
 *  another on which the updates were clipped. Noise by (seed, round, place in the vector), so the
 *  same on every rank; noise (total): standard normals in its place; NULL. */
void fray_privacy_release(const struct fray_privacy_plan *plan, uint64_t seed, size_t round,
                          size_t total, const int64_t *sum, int grid, size_t n_spans,
                          const struct fray_span *span, const double *noise, float *out);
/** Adds up the clipped updates of all ranks, (mine)(total) of this one, and releases that: the same
 *  to the bit for any ranks. Workspace (8 total bytes) from the arena, rewound. Collective. MEMORY.
 */
enum fray_status fray_privacy_mean(struct fray_comm *comm, const struct fray_privacy_plan *plan,
                                   uint64_t seed, size_t round, size_t total, size_t mine,
                                   const float *const *update, size_t n_spans,
                                   const struct fray_span *span, const double *noise,
                                   struct fray_arena *arena, float *out, struct fray_err *err);

#endif
