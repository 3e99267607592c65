/* Judges: what turns the outputs of a sample into an answer. One file each (judges.def).
 *
 * A judge is asked about samples, one block at a time, on whichever rank has the block: it gets
 * what the model gave of them under one condition, all of it from one encoding, and says a class, a
 * refusal, or that there is no finite logit. What it says of a sample depends on the outputs of
 * that sample alone. It never gets a label: there is none in what it is handed, and a test permutes
 * them to see that nothing changes.
 *
 * What a judge was fitted to it knows before it is asked (`fit`); arithmetic that instruments share
 * with it (scores, thresholds) lies in a layer below fed, as in metric. */
#ifndef FRAY_FED_JUDGE_H
#define FRAY_FED_JUDGE_H

#include "fray/model/model.h"

/** What is said of a sample in the place of a class. Refuted is refused with a reason: the evidence
 *  is that of something else. */
enum { FRAY_NO_LOGIT = -1, FRAY_REFUSED = -2, FRAY_REFUTED = -3 };
/** Classes that a judge may refuse: what was refused is told in 16 bits, in two ways. */
enum { FRAY_MOST_JUDGED = 16000 };

/** In the answers of an evaluation a refusal says as well which class had the largest logit: below
 *  FRAY_REFUSED stands FRAY_REFUSED - 1 - class, and FRAY_REFUSED itself where no logit is finite;
 *  INT16_MIN + class of what was refuted. */
static inline bool fray_is_refused(int16_t said) {
  return said <= FRAY_REFUSED;
}
/** Among the refused. */
static inline bool fray_is_refuted(int16_t said) {
  return said < FRAY_REFUSED - 1 - FRAY_MOST_JUDGED;
}
/** The class that was refused, or -1. */
static inline int16_t fray_unsaid(int16_t said) {
  return (int16_t)(fray_is_refuted(said) ? said - INT16_MIN
                   : said < FRAY_REFUSED ? FRAY_REFUSED - 1 - said
                                         : -1);
}
static inline int16_t fray_refutation_of(int16_t class) {
  return (int16_t)(class < 0 ? FRAY_REFUSED : INT16_MIN + class);
}
static inline int16_t fray_refusal_of(int16_t class) {
  return (int16_t)(class < 0 ? FRAY_REFUSED : FRAY_REFUSED - 1 - class);
}
/** What of it stands in results: a class, FRAY_NO_LOGIT, FRAY_REFUSED or FRAY_REFUTED. */
static inline int16_t fray_said_plainly(int16_t said) {
  return (int16_t)(fray_is_refuted(said) ? FRAY_REFUTED
                   : said < FRAY_REFUSED ? FRAY_REFUSED
                                         : said);
}

/** Outputs beside the logits, which are always there; a mask. */
enum fray_output {
  FRAY_OUT_ALONE = 1,  /* logits with each modality alone: a pass of fusion and head each */
  FRAY_OUT_HIDDEN = 2, /* what the weights of the classes see: free */
  FRAY_OUT_TOKENS = 4, /* the mean token of each modality: free */
  FRAY_OUT_WITHOUT = 8 /* logits with all modalities but one: as ALONE */
};

/** What a model gave of n samples under one condition. Row-major; what was not asked for is NULL.
 *  NaN where a sample lacks a modality under the condition, so that the bias, which answers for
 *  nothing at all, is taken for nobody's answer. Borrowed. */
struct fray_outputs {
  size_t n, classes, modalities;
  size_t hidden_width, token_width; /* fray_model_hidden, fray_model_width */
  const uint8_t *present;           /* (n) bit m: modality m is there */
  const float *logits;              /* (n, classes) with all that is there */
  const float *alone;               /* (modalities, n, classes) with modality m and no other */
  const float *hidden;              /* (n, hidden_width) with all that is there */
  const float *token;               /* (modalities, n, token_width) */
  const float *without;             /* (modalities, n, classes) with all but modality m, also of
                                       samples that lack it or have no other */
  /* Of the samples and not of the model; NULL where no judge needs them. */
  const uint32_t *sample;       /* (n) of the data set */
  const double *const *facts;   /* (modalities)(n, count) fray/feature/facts.h; NaN of what is not
                                   there */
  const int16_t *const *others; /* (models)(n) what other models say, see fray_judge_needs */
};
/** Outputs of a block that was encoded, `asked` (enum fray_output) beside the logits. present (n):
 *  as in fray_model_classify, borrowed. pass: as for fray_model_encode; memory from its arena. */
enum fray_status fray_outputs_take(const struct fray_model *model,
                                   const struct fray_encoded *encoded, size_t n,
                                   const uint8_t *present, unsigned asked,
                                   const struct fray_pass *pass, struct fray_outputs *out,
                                   struct fray_err *err);
/** Floats of n samples with these outputs asked for, the logits among them: see fray_outputs_lay.
 */
size_t fray_outputs_floats(const struct fray_model *model, unsigned asked, size_t n);
/** Outputs of n samples that lie in x (fray_outputs_floats): logits, alone, hidden, tokens,
 * without, those that were asked for, one behind the other. */
struct fray_outputs fray_outputs_lay(const struct fray_model *model, unsigned asked, size_t n,
                                     const uint8_t *present, const float *x);
/** Copies the rows of `from` to rows first .. of the outputs of n samples in x, laid likewise. */
void fray_outputs_put(const struct fray_outputs *from, size_t first, size_t n, float *x);

/** Whose outputs a judge is going to see. Borrowed. */
struct fray_judge_place {
  size_t n_modalities, n_classes;
  const char *const *modality, *const *class_name;
  bool sets;         /* samples have sets of classes */
  const char *trial; /* name; NULL: nobody's */
  const char *model; /* hash of the weights as the part of the trial has it, of the selection that
                        is asked; NULL: not known */
  const char *dev;   /* hash of the dev samples (fray_dataset_samples_hash), as 16 hexadecimal
                        digits; NULL: not known */
  bool is_selected;  /* it is the model that dev samples selected */
  size_t n_groups;
  const struct fray_group *group;          /* (n_groups) columns of the samples */
  const struct fray_modality *modality_of; /* (n_modalities) what they are */
  const size_t *facts;                     /* (n_modalities) how many facts their values have */
};

/** Another kept model that a judge asks: its trial, and the hash of its selected weights. */
struct fray_judge_model {
  const char *trial, *hash;
};
/** What a judge reads beside the outputs of the model. Borrowed of its state. */
struct fray_judge_needs {
  uint8_t facts; /* bit m: facts of the raw values of modality m */
  size_t n_models;
  const struct fray_judge_model *model; /* (n_models) */
};

struct fray_judge_ops {
  unsigned reads; /* enum fray_output */
  bool replaces; /* it may say another class than that of the largest logit; else it only refuses */
  struct fray_judge_needs (*needs)(const void *state); /* once fitted; NULL: nothing */
  /** Finds names, reads what it was fitted to, and checks that it is of this model. NULL: the
   *  state is its keys. Arena memory. INPUT: what the data or the model do not have. */
  enum fray_status (*fit)(const void *params, const struct fray_judge_place *place,
                          struct fray_arena *arena, const void **state, struct fray_err *err);
  /** said (n): 0 .. classes-1, FRAY_REFUSED, FRAY_REFUTED, or FRAY_NO_LOGIT where no logit is
   *  finite. work: scratch, rewound by whoever asks. */
  enum fray_status (*answer)(const void *state, const struct fray_outputs *of,
                             struct fray_arena *work, int16_t *said, struct fray_err *err);
};
extern const struct fray_choices fray_judges; /* judges.def; the first one is the default */

/** Section `evaluate.judge`. */
struct fray_judge_config {
  struct fray_variant kind;
};
extern const struct fray_table fray_judge_table;
/** True unless it is the first of the list, which says the class of the largest logit. */
bool fray_judge_is_on(const struct fray_judge_config *config);

/** A judge that may be asked. */
struct fray_judge {
  const struct fray_judge_ops *ops;
  const void *state;
};
/** Arena memory. INPUT: as fit, and samples with sets of classes, which only the default judges. */
enum fray_status fray_judge_fit(const struct fray_judge_config *config,
                                const struct fray_judge_place *place, struct fray_arena *arena,
                                struct fray_judge *out, struct fray_err *err);
/** The default. */
struct fray_judge fray_judge_plain(void);
/** What it needs; nothing of NULL. */
struct fray_judge_needs fray_judge_needs_of(const struct fray_judge *judge);

#endif
