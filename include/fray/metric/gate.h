/* Gates: scores that tell suspicious samples, and thresholds that keep a promise about how many
 * harmless ones are refused.
 *
 * One score each (scores.def). It sees what a model gave of one sample, and of the sample its raw
 * facts; never a label. All are large where something is suspicious, unless they are two-sided:
 * then what is unusually small is suspicious too. A sample is refused if it is more extreme than
 * all but a few dev samples, which are as the samples to come (split conformal prediction: Vovk,
 * Gammerman & Shafer 2005; Angelopoulos & Bates, arXiv 2107.07511). */
#ifndef FRAY_METRIC_GATE_H
#define FRAY_METRIC_GATE_H

#include "fray/base/arena.h"
#include "fray/schema/schema.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- scores ---- */

/** What a score may look at; a mask. Logits are always there. */
enum fray_gate_sees {
  FRAY_GATE_ALONE = 1,  /* logits of each modality alone */
  FRAY_GATE_HIDDEN = 2, /* what the weights of the classes see */
  FRAY_GATE_TOKENS = 4, /* the mean token of each modality */
  FRAY_GATE_FACTS = 8   /* facts of the raw signals */
};
/** One sample as scores see it. Borrowed. Entries of a modality that is not there are NULL, and so
 *  is what no score asked for. */
struct fray_gate_view {
  size_t classes, modalities, hidden_width, token_width;
  const double *logits;       /* (classes) with all that is there */
  const double *const *alone; /* (modalities)(classes) with that one and no other */
  const double *hidden;       /* (hidden_width) */
  const double *const *token; /* (modalities)(token_width) */
  const double *const *facts; /* (modalities)(n_facts) */
  const size_t *n_facts;      /* (modalities) also of those that are not there */
};

/** Gaussians of classes with one covariance, and one for all of them together. */
struct fray_gaussians {
  size_t classes, width;
  const double *n;      /* (classes) samples; a class without any has no Gaussian */
  const double *mean;   /* (classes, width) */
  const double *within; /* (width, width) covariance around the means of the classes */
  const double *factor; /* (width, width) its Cholesky factor, lower */
  const double *whiten; /* (classes, width) factor^-1 mean */
  const double *centre; /* (width) mean of all */
  const double *total;  /* (width, width) Cholesky factor of the covariance around it */
};

/** Values that one value of a score, or a fact, is held against. */
struct fray_gate_dev {
  size_t n;
  const double *sorted; /* (n) ascending, without NaN */
};

/** A score as it was asked for. */
struct fray_gate_score {
  const struct fray_choice *kind;
  void *params;
  const char *name;                  /* "energy", "energy:image" */
  size_t modality;                   /* index; FRAY_GATE_WHOLE: of the whole sample */
  const struct fray_gaussians *fit;  /* of those that are fitted; set by whoever fits */
  const struct fray_gate_dev *usual; /* (facts) of training, of those that are ranked; likewise */
};
#define FRAY_GATE_WHOLE SIZE_MAX

struct fray_gate_score_ops {
  bool of_whole, of_modality;  /* the forms that there are: NAME, NAME:MODALITY */
  bool is_input;               /* it looks at what comes in, not at the answer (the form NAME) */
  unsigned reads, reads_alone; /* enum fray_gate_sees, of either form */
  bool fitted;                 /* it needs Gaussians of the vectors that it reads */
  bool ranked;                 /* it needs the facts of training samples, in order */
  bool (*two_sided)(const void *params); /* NULL: one-sided */
  /** *out: NaN where nothing can be said of the sample, INFINITY of a broken one. work: two vectors
   *  as wide as the widest that it reads. */
  void (*value)(const struct fray_gate_score *score, const struct fray_gate_view *of, double *work,
                double *out);
};
extern const struct fray_choices fray_gate_scores; /* scores.def */

/** Reads a score: NAME, NAME:MODALITY, or a map {kind: NAME, modality: M} with keys of its own.
 *  where: for messages. Arena memory. INPUT: unknown score or modality, a form that it lacks. */
enum fray_status fray_gate_score_read(const struct fray_node *node, const char *where,
                                      const char *const *modality, size_t n_modalities,
                                      struct fray_arena *arena, struct fray_gate_score *out,
                                      struct fray_err *err);
/** What it reads: enum fray_gate_sees. */
unsigned fray_gate_score_reads(const struct fray_gate_score *score);
bool fray_gate_score_two_sided(const struct fray_gate_score *score);
/** The vector that a fitted score looks at, NULL if it is not there; *width of it. */
const double *fray_gate_score_vector(const struct fray_gate_score *score,
                                     const struct fray_gate_view *of, size_t *width);
/** Doubles of work that any score needs. */
size_t fray_gate_work(const struct fray_gate_view *of);

/** log sum exp of x / temperature, times it; NaN if any is. n >= 1. */
double fray_gate_log_sum(size_t n, const double *x, double temperature);
/** Probabilities of logits into p (n). */
void fray_gate_probabilities(size_t n, const double *logits, double *p);

/* ---- the fit: moments of clients, added exactly ---- */

/** Doubles of the moments of a client: per class how many and the sum of x, then the lower triangle
 *  of the sum of x x'. All of them are sums over samples, so those of clients add up. */
size_t fray_moments_size(size_t classes, size_t width);
/** Adds a sample; false, and nothing is added, if it has no class or a value that is not finite. */
bool fray_moments_add(size_t classes, size_t width, const double *x, int32_t label,
                      double *moments);

/* Addition as of client updates (fray/fed/exact.h), but in double: integers of a unit that all
 * clients agree on, so that no order, no dealing of clients to ranks and no number of ranks changes
 * a bit of the sum. */
/** 1. Exponents of the largest value of each place so far: the maximum with what stands there.
 *  exponent (n): FRAY_MOMENTS_NONE at first. */
#define FRAY_MOMENTS_NONE INT32_MIN
void fray_moments_scale(size_t n, const double *moments, int32_t *exponent);
/** 2. Adds the moments of a client to sum (n), as integers. cohort: clients in all. */
void fray_moments_quantise(size_t n, const double *moments, size_t cohort, const int32_t *exponent,
                           int64_t *sum);
/** 3. The sum of all clients. moments (n); may not overlap sum. */
void fray_moments_finish(size_t n, const int64_t *sum, size_t cohort, const int32_t *exponent,
                         double *moments);

/** The share of the mean variance that is added to every variance, so that there is an inverse. */
#define FRAY_GATE_RIDGE 1e-6
/** Gaussians from the moments of all: covariances are sums of products / n, plus the ridge. Arena
 *  memory. INPUT: fewer than two samples, or no variance at all. */
enum fray_status fray_gaussians_make(size_t classes, size_t width, const double *moments,
                                     struct fray_arena *arena, struct fray_gaussians *out,
                                     struct fray_err *err);
/** Gaussians from means (classes, width), n (classes), mean of all (width), and covariances (width,
 *  width) within classes and in all. Copied. INPUT: one of them is not positive definite. */
enum fray_status fray_gaussians_of(size_t classes, size_t width, const double *n,
                                   const double *mean, const double *centre, const double *within,
                                   const double *total, struct fray_arena *arena,
                                   struct fray_gaussians *out, struct fray_err *err);
/** Least squared Mahalanobis distance to the mean of a class; to the mean of all, with the
 *  covariance of all. work (2 width). INFINITY if x is not finite. */
double fray_gaussians_nearest(const struct fray_gaussians *g, const double *x, double *work);
double fray_gaussians_central(const struct fray_gaussians *g, const double *x, double *work);

/* ---- thresholds ---- */

/** Place (from 1) of the dev score that is the threshold among n: ceil((n + 1)(1 - alpha)). n + 1
 *  or more: there is none, and nothing is refused; 0: everything is. */
size_t fray_conformal_rank(size_t n, double alpha);
/** A sample is refused if its score is above this. sorted (n) ascending. INFINITY: never. */
double fray_conformal_threshold(const double *sorted, size_t n, double alpha);

/** How many lie below x; with `or_equal` at x too. O(log n). */
size_t fray_gate_below(const struct fray_gate_dev *dev, double x, bool or_equal);
/** A score among those of a gate. */
struct fray_gate_line {
  size_t n; /* values */
  bool two_sided;
  const struct fray_gate_dev *dev; /* (n) */
};
struct fray_gate {
  size_t n;
  const struct fray_gate_line *line; /* (n) */
};
/** Sorts dev values (samples, values; row-major) of a score into a line. Arena memory. */
enum fray_status fray_gate_line_make(size_t samples, size_t values, bool two_sided,
                                     const double *value, struct fray_arena *arena,
                                     struct fray_gate_line *out, struct fray_err *err);
/** p of a sample: the chance to be so extreme, at most. Of one value (1 + #{dev >= value})/(n + 1),
 *  of a two-sided one twice the smaller tail, of several values and scores the least, times how
 *  many they are (Bonferroni). A value that is NaN says nothing. value: of all lines, one behind
 *  the other. In (0, 1]. */
double fray_gate_p(const struct fray_gate *gate, const double *value);
/** Refused: p <= alpha. For one one-sided score, exactly if it is above its threshold. */
static inline bool fray_gate_refuses(const struct fray_gate *gate, double alpha,
                                     const double *value) {
  return alpha > 0 && fray_gate_p(gate, value) <= alpha;
}
/** The least p that line s can give any sample: a gate whose alpha is below it never refuses by
 *  that score. *needed (or NULL): dev samples that it would take for this alpha. */
double fray_gate_least(const struct fray_gate *gate, size_t s, double alpha, size_t *needed);

/* ---- what came of it ---- */

/** Two fronts. Shares; NaN of nothing. */
struct fray_fronts {
  size_t n_adherence, n_benign;
  double adherence;      /* refused among those that ought to be */
  double false_refusal;  /* refused among the benign */
  double unwarranted;    /* refused among the benign that would have been right */
  double answered_wrong; /* wrong among the answered */
};
/** to_refuse, refused, right (n): 0 or 1. */
struct fray_fronts fray_fronts_of(size_t n, const uint8_t *to_refuse, const uint8_t *refused,
                                  const uint8_t *right);

/** Risk by coverage: risk (n), wrong among the i + 1 samples with the smallest scores; samples of
 *  one score count as their mean, whatever their order. *area: mean of these (AURC; Geifman &
 *  El-Yaniv, arXiv 1705.08500), *best: of the best order there is. Samples whose score is NaN come
 *  last. MEMORY. O(n log n). */
enum fray_status fray_risk_coverage(size_t n, const double *score, const uint8_t *wrong,
                                    struct fray_arena *arena, double *risk, double *area,
                                    double *best, struct fray_err *err);

/* ---- claims ---- */

/** How well one modality's answer is borne out by another's: sum_k p_a(k) p_b(k). work (2
 *  classes). */
double fray_claim_support(size_t classes, const double *a, const double *b, double *work);
/** The cut above which (or at which) a claim is said to be supported: the smallest of the values at
 *  which balanced accuracy, of supported against refuted, is largest. *accuracy: that. supported
 *  (n), refuted (m); at least one of each. MEMORY. */
enum fray_status fray_claim_cut(size_t n, const double *supported, size_t m, const double *refuted,
                                struct fray_arena *arena, double *cut, double *accuracy,
                                struct fray_err *err);

#endif
