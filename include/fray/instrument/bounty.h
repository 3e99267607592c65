/* Bias bounty: who finds a group of samples for whom another answer is better shows it by a
 * certificate (group, answer), and if it holds on samples that nobody chose by, the model is
 * mended.
 *
 * The part without a model: when a certificate is accepted, and how groups are looked for. The list
 * that comes of it is fray/metric/pointer_list.h, what groups are said in fray/metric/traits.h.
 *
 * Source: Globus-Harris, Kearns & Roth, arXiv 2201.10408. Their guarantee asks for more samples
 * than there are (fray_bounty_holdout), so an exact test takes its place. */
#ifndef FRAY_INSTRUMENT_BOUNTY_H
#define FRAY_INSTRUMENT_BOUNTY_H

#include "fray/base/arena.h"
#include "fray/base/status.h"
#include "fray/metric/traits.h"

/* ---- certificates ---- */

/** What is asked of a certificate. */
struct fray_bounty_terms {
  double alpha;       /* chance of one mistaken acceptance in a whole bounty */
  size_t submissions; /* that it may see: each, accepted or not, is tested at alpha / submissions */
  double epsilon;     /* least share of mistakes among all samples that is taken away */
  size_t least;       /* samples of the group */
  double mass;        /* their least share */
  size_t clients;     /* least clients of the group, */
  double for_clients; /* and the least share of them that gains */
};
/** Of the source of this instrument: .05, 20, .01, 20, .02, 3, 2/3. */
extern const struct fray_bounty_terms fray_bounty_usual;

/** The one word that a hunter is told: more would tell of the samples that verify. */
enum fray_bounty_word {
  FRAY_BOUNTY_ACCEPTED,
  FRAY_BOUNTY_TOO_SMALL, /* too few samples or clients of the group */
  FRAY_BOUNTY_NO_GAIN,   /* fewer mistakes are taken away than epsilon */
  FRAY_BOUNTY_NOT_SURE,  /* that might be luck, or is that of a few clients */
  FRAY_BOUNTY_WORDS
};
extern const char *const fray_bounty_words[FRAY_BOUNTY_WORDS];

struct fray_bounty_verdict {
  enum fray_bounty_word word;
  size_t all, n;          /* labelled samples; of the group */
  size_t right, wrong;    /* that turn right, and wrong */
  size_t clients, gained; /* of the group; those with more that turn right than wrong */
  double p;               /* one-sided sign test */
};
/** Judges answer h against f. label (n) -1: does not count; client (n) below n_clients; member (n).
 * MEMORY. O(n + n_clients). */
enum fray_status fray_bounty_judge(const struct fray_bounty_terms *terms, size_t n,
                                   const int32_t *label, const uint32_t *client, size_t n_clients,
                                   const uint8_t *member, const int16_t *f, const int16_t *h,
                                   struct fray_bounty_verdict *out, struct fray_err *err);
/** Fewest samples that turn right, with none that turns wrong, for p <= alpha / submissions. */
size_t fray_bounty_fewest(double alpha, size_t submissions);
/** Samples that the published guarantee asks for, 65 ln(2 U / delta) / epsilon^3, rounded up. */
double fray_bounty_holdout(double epsilon, double delta, size_t submissions);

/* ---- looking for groups ---- */

struct fray_bounty_leaf {
  struct fray_group_rule group;
  size_t n;     /* samples that it was found on */
  int64_t gain; /* sum of w over them: mass x gain x all */
};
/** Leaves of a regression tree on w (n) in {-1, 0, 1}, which is 0 of what does not count. It splits
 *  where squared error falls most, by the traits in used (n_traits): one value of a category
 *  against the others, a number at the middle between two values; down to `depth`, and to leaves of
 *  `least` samples. Of equal splits the first trait and the lowest value. Leaves from left to
 *  right. Arena memory. MEMORY. O(depth traits n log n). */
enum fray_status fray_bounty_tree(const struct fray_traits *traits, const uint8_t *used,
                                  const int8_t *w, size_t depth, size_t least,
                                  struct fray_arena *arena, struct fray_bounty_leaf **out,
                                  size_t *n_leaves, struct fray_err *err);

#endif
