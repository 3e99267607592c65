/* Evaluation of one model on a list of samples, under any number of conditions at once. */
#ifndef FRAY_FED_EVALUATE_H
#define FRAY_FED_EVALUATE_H

#include "fray/base/hash.h"
#include "fray/comm/comm.h"
#include "fray/data/samples.h"
#include "fray/feature/features.h"
#include "fray/fed/judge.h"
#include "fray/metric/metric.h"
#include "fray/metric/words.h"
#include "fray/model/model.h"

/** Samples per evaluation block: fixed, so that results do not depend on ranks. */
enum { FRAY_EVALUATION_BLOCK = 128 };

/** What the model said of each sample: one row of n per condition. */
struct fray_answers {
  size_t n, conditions;
  int16_t *predicted; /* (conditions, n) class, FRAY_NO_LOGIT, or a refusal (fray_is_refused); NULL
                         if multi-label, or of sequences */
  int16_t *largest; /* (conditions, n) the class of the largest logit, -1: no logit is finite; where
                       the judge may say another one, else NULL */
  uint64_t *said;   /* (conditions, n, said_width) sets, see fray_classify_sets, or sequences, see
                       fray_spoken_words; else NULL */
  size_t said_width; /* see fray_said_width */
  bool sequences;    /* said holds them */
  double *nll;       /* (conditions, n) -log p(true class), or of a set the mean binary
                        cross-entropy; NaN if unlabelled; or what task->odds asks for */
  float *score;      /* (conditions, n, classes) see fray_probabilities; NULL if not asked for */
  struct fray_outputs *outputs; /* (conditions) of all n samples; NULL if not asked for */
};

struct fray_watch;

/** A model that a judge asks beside the one that is judged; of the same features. Borrowed. */
struct fray_other_model {
  const struct fray_model *model;
  const float *w;
};

/** Encodings of undamaged blocks, kept by whoever asks several times about the same samples with
 * the same weights: damage then costs the encoders of what it touches. All zero at first; to be
 *  dropped (fray_encoded_blocks_free) before either changes. */
struct fray_encoded_blocks {
  struct fray_arena arena;
  struct fray_encoded **block; /* (blocks of the samples) NULL: not made yet */
};
static inline void fray_encoded_blocks_free(struct fray_encoded_blocks *kept) {
  fray_arena_free(&kept->arena);
  kept->block = NULL;
}

/** What encoders made of the blocks of lists that are judged again and again, each under the same
 * damage, while the model learns: blocks of a modality whose encoder nobody trained since are not
 * encoded again. A modality's are kept from the first time on that its weights stayed, until they
 * move again and again. The memory is lent by the cache of features, so it is within its bound. All
 * zero at first; the same features and the same model until fray_kept_codes_free. */
enum { FRAY_KEPT_LISTS = 2 };
struct fray_kept_codes {
  struct fray_features *features; /* whose memory it is; NULL: nothing is kept yet */
  size_t modalities;
  bool looked;                                        /* once at least */
  struct fray_hash128 weights[FRAY_MODEL_MODALITIES]; /* that the tokens are of */
  bool stays[FRAY_MODEL_MODALITIES];
  size_t moves[FRAY_MODEL_MODALITIES]; /* looks in a row that found other ones */
  size_t blocks[FRAY_KEPT_LISTS];
  struct fray_kept_tokens **block[FRAY_KEPT_LISTS]; /* (blocks, modalities) NULL: not kept */
  size_t bytes, reused; /* reused: blocks of a modality that were not encoded so far */
};
/** Drops what is of other weights than w. To be called before each evaluation that keeps. */
void fray_kept_codes_look(struct fray_kept_codes *codes, const struct fray_model *model,
                          const float *w);
void fray_kept_codes_free(struct fray_kept_codes *codes);

/** What is to be evaluated. Borrowed. */
struct fray_evaluation_task {
  const struct fray_model *model;
  struct fray_features *features;
  size_t n_modalities, conditions; /* conditions: one at least */
  const float *w;
  /** (conditions) The same samples, with the same labels and held modalities; they differ in what
   * is present (subsets of held) and in their signals. Those that share a signal plan (the same
   * pointer) are a variant: a block is encoded once for each variant. */
  const struct fray_samples *under;
  bool scores;                    /* keep the probabilities as well */
  const struct fray_judge *judge; /* says the class, one label each; NULL: the largest logit */
  size_t n_others;                /* as many as the judge needs */
  const struct fray_other_model *other; /* (n_others) in that order */
  bool keep_outputs; /* keep the logits, and of the other outputs what `outputs` asks */
  unsigned outputs;  /* enum fray_output */
  bool odds;         /* nll: fray_log_odds of the true class instead; one label each */
  struct fray_encoded_blocks *undamaged; /* of these samples and weights; NULL: nobody keeps any */
  struct fray_kept_codes *codes;  /* as looked at with these weights; NULL: nobody keeps any */
  size_t list;                    /* which of its lists these samples are */
  const struct fray_watch *watch; /* is told of each block that this rank answers; or NULL */
  size_t round;                   /* what it is told: rounds behind the model */
};

/** An evaluation under way. */
struct fray_evaluation {
  struct fray_answers answers;
  size_t numbers; /* of shared before nll: (conditions, n) classes, or words of sets */
  size_t scores;  /* of answers.score */
  size_t outputs; /* floats of answers.outputs, of all conditions */
  float *output;  /* (conditions, fray_outputs_floats) where they end up; NULL: none are kept */
  double *shared; /* what was predicted, nll (conditions, n), then the scores and then the outputs,
                     two floats in each; 0 where another rank answers */
};
/** Bytes that one rank takes at most for the scores of an evaluation of n samples, as answers and
 *  on the way to the other ranks; no bound on overflow. */
double fray_score_bytes(double n, double conditions, double classes, int ranks);

/** Encodes each block once and classifies it under every condition, in two steps, so that ranks
 * wait for one another once after several evaluations, whose blocks are spread together. Each block
 * goes to the rank with the least work so far; this answers those of this rank and is not
 * collective. load (ranks): samples that each has had so far, zeros at first, the same on all;
 * updated. Answers in `keep`; `work` keeps what fray_evaluate_share needs. */
enum fray_status fray_evaluate_mine(struct fray_comm *comm, const struct fray_evaluation_task *task,
                                    uint64_t *load, struct fray_arena *work,
                                    struct fray_arena *keep, struct fray_evaluation *out,
                                    struct fray_err *err);
/** The same where another part decides who answers what: begin makes room for all answers, range
 *  answers samples first .. end-1 on this rank, in blocks that start at first. Each sample must be
 *  answered on one rank at most; those that nobody answers stay 0. */
enum fray_status fray_evaluate_begin(const struct fray_evaluation_task *task,
                                     struct fray_arena *work, struct fray_arena *keep,
                                     struct fray_evaluation *out, struct fray_err *err);
enum fray_status fray_evaluate_range(const struct fray_evaluation_task *task, size_t first,
                                     size_t end, struct fray_arena *work,
                                     struct fray_evaluation *evaluation, struct fray_err *err);
/** Agrees on what this rank's fray_evaluate_mine returned, then completes the answers: all ranks
 * get all. Collective. */
enum fray_status fray_evaluate_share(struct fray_comm *comm, struct fray_evaluation *evaluation,
                                     enum fray_status mine, struct fray_arena *work,
                                     struct fray_err *err);

/** Numbers in `shared` of an evaluation of this task. Until fray_evaluate_share they are 0 where
 *  this rank answered nothing; they are all that an evaluation under way consists of. */
size_t fray_evaluation_numbers(const struct fray_evaluation_task *task);

/** Words of 64 bits that an answer takes in fray_answers.said; 0 for a class. */
size_t fray_said_width(const struct fray_model *model, bool sets);
/** Of sequences: what was said of sample i against what should have been. */
void fray_spoken_edits(const struct fray_answers *answers, size_t condition, size_t i,
                       struct fray_word_edits *out);
/** What was said of it: out (fray_model_most_said). Returns how many classes. */
size_t fray_spoken_words(const struct fray_answers *answers, size_t condition, size_t i,
                         int16_t *out);
/** Whether an answer (width) that was read from a file may be one to a sample of so many words. */
bool fray_spoken_fits(const uint64_t *said, size_t width, size_t classes, size_t words);
/** The answer (width) of who says nothing to a sample of so many words. */
void fray_spoken_nothing(size_t words, size_t width, uint64_t *out);

/** True if class c is in the set said of sample i. */
bool fray_said(const struct fray_answers *answers, size_t condition, size_t i, size_t c,
               size_t n_classes);

/** Adds to out->lured what samples were answered that somebody lures. lure (n, modalities) as in
 *  struct fray_damage; label (n), mask as in fray_score. base (n): what they were answered without
 *  damage; NULL: not known. */
void fray_score_lured(const int16_t *predicted, const int16_t *base, const int16_t *lure, size_t n,
                      size_t modalities, const int32_t *label, const uint8_t *mask,
                      struct fray_scored *out);

/** Counts and sums of one condition over the samples with mask[i] != 0 (NULL: all): confusion
 *  (fray_confusion_cells) is overwritten and becomes part of out. No finite logit counts
 *  as a wrong answer: the class after the true one; a refusal as one of no class (refused_of); a
 * class whose logit is NaN is not said. Unlabelled samples are left out. labels: the true sets if
 * multi-label, else NULL. out->samples points to the scores, if there are any, to labels and mask;
 * its scratch arena is the caller's to add. Of sequences confusion has room for FRAY_EDIT_CELLS in
 * any case. */
void fray_score(const struct fray_answers *answers, size_t condition, const int32_t *label,
                const uint8_t *labels, const uint8_t *mask, size_t n_classes, int64_t *confusion,
                struct fray_scored *out);

#endif
