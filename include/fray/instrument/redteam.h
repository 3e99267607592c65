/* Red team: a search for recipes of damage that a model does not stand.
 *
 * The part without a model: what a recipe is, how the next one is proposed, which of those that
 * were tried the search goes on from, and what of its successes differs. Whoever asks a model takes
 * candidates one by one (fray_red_ask), and says what became of each (fray_red_tell); a candidate
 * depends on (seed, strategy, search seed, step) and on what was told, so on no rank.
 *
 * Source: FLIRT, Mehrabi et al., arXiv 2308.04265, code amazon-science/FLIRT 7f2b732; a language
 * model proposes there, and changes of recipes do here. */
#ifndef FRAY_INSTRUMENT_REDTEAM_H
#define FRAY_INSTRUMENT_REDTEAM_H

#include "fray/base/arena.h"
#include "fray/base/rng.h"
#include "fray/schema/schema.h"

enum {
  FRAY_RED_MOST = 8,       /* entries of a recipe */
  FRAY_RED_PARAMETERS = 8, /* of an entry */
  FRAY_RED_POOL = 64,      /* members of a pool */
  FRAY_RED_LEVELS = 5      /* severities */
};
#define FRAY_RED_NONE SIZE_MAX

/* ---- recipes ---- */

/** A kind of damage as a recipe may use it. Ranges are cut to the limits beforehand, so that a
 * proposal cannot leave them. Borrowed. */
struct fray_red_kind {
  const char *name;
  unsigned category; /* seeds are spread over categories; any numbers */
  unsigned modality; /* that it damages; any numbers */
  size_t n;          /* parameters */
  double low[FRAY_RED_PARAMETERS], high[FRAY_RED_PARAMETERS]; /* (n) low <= high, finite */
  double start[FRAY_RED_PARAMETERS]; /* (n) of a seed; NaN: it is drawn from the range */
  double
      mild; /* of the first parameter, its strength: the value of the range nearest to no damage */
};
struct fray_red_space {
  const struct fray_red_kind *kind; /* (n_kinds) */
  size_t n_kinds, most; /* most: entries of a recipe, 1 to FRAY_RED_MOST; kinds count once */
};
struct fray_red_entry {
  size_t kind; /* index in the space */
  double value[FRAY_RED_PARAMETERS];
};
struct fray_red_recipe {
  size_t n; /* 1 or more; no two of one kind */
  struct fray_red_entry entry[FRAY_RED_MOST];
};

/** Stream of one step of one search. */
struct fray_rng fray_red_stream(uint64_t seed, const struct fray_choice *strategy,
                                uint64_t search_seed, uint64_t step);
/** An entry of a kind, with values drawn uniformly. */
struct fray_red_entry fray_red_entry_of(const struct fray_red_space *space, size_t kind,
                                        struct fray_rng *rng);
/** A recipe that has no parents: 1 to `most` entries, each number as likely, kinds and values drawn
 * uniformly. */
void fray_red_draw(const struct fray_red_space *space, struct fray_rng *rng,
                   struct fray_red_recipe *out);
/** A child of recipes (n >= 1). With probability .3, and 2 or more, two are crossed: their entries
 * shuffled, the first of each kind, at most `most`. Then one change: .6 a parameter, of those that
 * have a range, moves by .15 of it x N(0, 1), clipped; .2 a new entry, in place of that of its
 * kind, or of one where the recipe is full; .2 an entry is dropped, a lone one replaced. Where
 * nothing has parameters the first is the second. parent: (2) indices, FRAY_RED_NONE behind a
 * single one. */
void fray_red_propose(const struct fray_red_space *space, const struct fray_red_recipe *const *pool,
                      size_t n, struct fray_rng *rng, struct fray_red_recipe *out,
                      size_t parent[2]);
/** Singles to begin with (n), at the starts of their kinds: one kind of each category in turn, in
 * an order that is drawn; from the first again where kinds run out. Scratch: arena. MEMORY. */
enum fray_status fray_red_seeds(const struct fray_red_space *space, struct fray_rng *rng, size_t n,
                                struct fray_arena *arena, struct fray_red_recipe *out,
                                struct fray_err *err);
/** 1 - cosine of two recipes, in [0, 1]: a recipe is a vector with a 1 for each of its kinds, and
 * behind it the places of the parameters in their ranges. */
double fray_red_dissimilarity(const struct fray_red_space *space, const struct fray_red_recipe *a,
                              const struct fray_red_recipe *b);

/* ---- pools ---- */

struct fray_red_member {
  size_t id;    /* number of the candidate */
  double score; /* more is worse for the model; NaN: it was over a limit, and never enters */
};
struct fray_red_pool {
  size_t n;
  struct fray_red_member member[FRAY_RED_POOL]; /* (n) */
  size_t steps; /* since the last exchange of those that count them */
  double best;  /* merit of the best pool so far, of those that ask for it */
  /** In [0, 2], by numbers of candidates. */
  double (*dissimilar)(const void *user, size_t a, size_t b);
  const void *user;
};
struct fray_red_strategy_ops {
  bool fresh; /* candidates have no parents: the pool stays as it is */
  bool usual; /* tried where nobody says which */
  bool gated; /* only a success may enter */
  /** Lets a candidate in, or leaves the pool as it is; its score is a number. */
  void (*take)(struct fray_red_pool *pool, const struct fray_red_member *candidate);
};
extern const struct fray_choices fray_red_strategies; /* strategies.def */
/** Mean score + .5 mean dissimilarity of all pairs (0 of a single member), with `candidate` in the
 * place `at`; candidate NULL: as it is. Sums in the order of FLIRT's. O(n^2). */
double fray_red_merit(const struct fray_red_pool *pool, size_t at,
                      const struct fray_red_member *candidate);
/** The first member with the least score; one over a limit is less than any. */
size_t fray_red_least(const struct fray_red_pool *pool);
/** Puts a candidate, whose score is a number, in its place, unless that scores more. */
void fray_red_replace_least(struct fray_red_pool *pool, const struct fray_red_member *candidate);
/** Before the first step: n, member, dissimilar, user are given. */
void fray_red_pool_begin(struct fray_red_pool *pool);
/** One step: the candidate may enter the pool, as the strategy has it. */
void fray_red_take(const struct fray_choice *strategy, struct fray_red_pool *pool,
                   const struct fray_red_member *candidate, bool success);

/* ---- a search ---- */

/** What is made of a deflected recipe. */
enum fray_red_shape {
  FRAY_RED_AS_PROPOSED, /* it is none of these */
  FRAY_RED_WEAKER,      /* each strength goes a fifth of the way to no damage */
  FRAY_RED_MOVED,   /* an entry becomes one of the same category in another modality, as strong */
  FRAY_RED_WIDENED, /* an entry more */
  FRAY_RED_SHAPES
};
struct fray_red_trial {
  struct fray_red_recipe recipe;
  size_t parent[2]; /* numbers of trials; FRAY_RED_NONE: none */
  double score;     /* NaN: over a limit */
  bool success;
  /* With a guard. */
  double bypass;  /* how often what is looked for gets past it; NaN: over a limit */
  bool deflected; /* it mostly does not */
  size_t origin;  /* deflected trial that this one tries in another shape; FRAY_RED_NONE */
  enum fray_red_shape shape;
  size_t links; /* shapes since its origin */
  bool kept;    /* more gets past the guard than of its origin */
};
struct fray_red_search {
  const struct fray_red_space *space;
  const struct fray_choice *strategy;
  uint64_t seed, search_seed;
  size_t budget, n_seeds; /* seeds count */
  bool listed; /* the seeds are all that is tried: nothing is proposed, and there is no pool */
  size_t asked, told;           /* trials */
  struct fray_red_trial *trial; /* (budget) */
  struct fray_red_pool pool;
  /* Of every third step behind the seeds a deflected recipe is tried in another shape, unless the
   * strategy learns nothing. Only a shape that is kept may enter the pool. */
  bool guarded;
  size_t n_deflected, *deflected; /* (budget) trials of which nothing better was made */
  size_t chain; /* shapes that are still deflected become weaker step by step; FRAY_RED_NONE */
};
/** space, strategy, seed, search_seed and budget are given. seeds: (n) copied, tried first. Memory:
 * arena, for as long as the search. INPUT: no kinds, a range that is none, a budget below 2 n, a
 * pool that is empty or too large; of a list a budget that is not n. MEMORY. */
enum fray_status fray_red_begin(struct fray_red_search *search, const struct fray_red_recipe *seeds,
                                size_t n, struct fray_arena *arena, struct fray_err *err);
/** The next candidate; NULL when the budget is spent. All but seeds, and those of strategies that
 * learn nothing, wait for what was asked before them: NULL as well while that was not told. */
const struct fray_red_trial *fray_red_ask(struct fray_red_search *search);
/** What became of the first candidate that was not told yet. score: NaN over a limit, and then no
 * success. */
void fray_red_tell(struct fray_red_search *search, double score, bool success);

/** The same with a guard. deflected: most answers that are looked for are refused; bypass: NaN over
 *  a limit. */
void fray_red_tell_guarded(struct fray_red_search *search, double score, bool success,
                           bool deflected, double bypass);
/** Parts of the above. Whether the next step is spent on a deflected recipe; makes it; hears what
 * came of a trial. */
bool fray_red_retries(const struct fray_red_search *search);
void fray_red_retry(struct fray_red_search *search, struct fray_rng *rng,
                    struct fray_red_trial *trial);
void fray_red_retried(struct fray_red_search *search, size_t id);

/* ---- limits ---- */

/** Range of a strength at severities 1 to `cap` (1 to 5), and from no damage on where that is a
 * number: the least and the greatest. */
void fray_red_range(double none, const double level[FRAY_RED_LEVELS], size_t cap, double *low,
                    double *high);
/** Signal to distortion in dB, 10 log10 (sum x^2 / sum (y - x)^2); of a picture, whose peak is 1,
 * 10 log10 (n / sum (y - x)^2). x: undamaged, y: damaged, (n). INFINITY: nothing was changed;
 * -INFINITY: something was, of silence. */
double fray_red_snr(const float *x, const float *y, size_t n);
double fray_red_psnr(const float *x, const float *y, size_t n);
/** The 5 % quantile of n >= 1 distances in dB, infinite ones too: the order statistic at or below
 * .05 (n - 1), which is never above what is interpolated. Reorders v. */
double fray_red_floor(double *v, size_t n);

/* ---- what was found ---- */

/** Jaccard distance of two sets of failures, 1 - |a and b| / |a or b|; 0 of two empty ones. (n) 0
 * or 1. */
double fray_red_jaccard(const uint8_t *a, const uint8_t *b, size_t n);
/** Distinct by effect: of n finds in the order of their scores, the greatest first and the earlier
 * of two alike, those at a distance of `least` or more from all that were kept before. failed: (n,
 * samples); kept: room for n indices, in that order; n_kept: how many. O(n kept samples). MEMORY.
 */
enum fray_status fray_red_distinct(const uint8_t *failed, const double *score, size_t n,
                                   size_t samples, double least, size_t *kept, size_t *n_kept,
                                   struct fray_err *err);
/** The same of the first 1, 2, .. n in the order in which they were found: how many there were by
 *  then, count (n). O(n^2 samples), and n^2 / 8 bytes for the time. */
enum fray_status fray_red_distinct_so_far(const uint8_t *failed, const double *score, size_t n,
                                          size_t samples, double least, size_t *count,
                                          struct fray_err *err);
/** How wide finds are. */
struct fray_red_breadth {
  size_t signatures; /* sets of kinds that differ */
  size_t covered;    /* samples that any of them fails */
  double distance;   /* mean Jaccard distance of pairs; NaN below 2 */
};
/** Over n finds; failed: (n, samples). O(n^2 samples). */
struct fray_red_breadth fray_red_breadth_of(const struct fray_red_recipe *const *recipe,
                                            const uint8_t *failed, size_t n, size_t samples);
/** Which of n finds hold on samples that did not choose them. excess: (n) the drop there less half
 * of what counts as a success; p: (n) two-sided, of "the excess is 0", NaN where nothing can be
 * said. confirmed: its excess is above 0, and p is below .05 with all that were looked at (Holm
 * 1979). INPUT: a p outside [0, 1]. MEMORY. */
enum fray_status fray_red_confirm(const double *excess, const double *p, size_t n, bool *confirmed,
                                  struct fray_err *err);

#endif
