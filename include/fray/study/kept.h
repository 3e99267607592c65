/* Kept models: the trained models of a results folder, which may be asked again under any damage.
 * Nothing is trained and nothing is written: what is learnt of them belongs to who asks. */
#ifndef FRAY_STUDY_KEPT_H
#define FRAY_STUDY_KEPT_H

#include "fray/data/roles.h"
#include "fray/feature/facts.h"
#include "fray/fed/evaluate.h"
#include "fray/results/models.h"
#include "fray/study/study.h"

/** How a folder is opened. All zero: in the numeric environment and the place of then. */
struct fray_kept_options {
  const char *const *sets; /* (n_sets) "KEY=VALUE" of where data lie now */
  size_t n_sets;
  bool mixed; /* in another numeric environment as well */
};
/** A results folder that is open. */
struct fray_kept;

/** Loads the folder's scenario, opens its data and names its trials. A run may be at work in it:
 *  its lock is left alone. INPUT when it is no results folder, was made of other data or in another
 *  numeric environment. *out is NULL on failure. Collective. */
enum fray_status fray_kept_open(const char *folder, const struct fray_kept_options *options,
                                struct fray_comm *comm, struct fray_kept **out,
                                struct fray_err *err);
void fray_kept_close(struct fray_kept *kept);

/** Its cells and trials, those of controls among them. Borrowed. */
const struct fray_study *fray_kept_study(const struct fray_kept *kept);
/** Name of a trial of the study. Borrowed. */
const char *fray_kept_name(const struct fray_kept *kept, size_t trial);
/** True if a trial is finished and has both models: it did not diverge, it is no local-only
 * control, and its models were kept. The same on all ranks. */
bool fray_kept_has_models(const struct fray_kept *kept, size_t trial);

/** Reads entries that are to act on samples, from a YAML list as under `corruption:`; an entry
 * draws as one of the same id, or a condition of the same name under `tests:`, does. Memory from
 * the arena. INPUT naming line and key; labels cannot be damaged. */
enum fray_status fray_kept_entries(const char *yaml, struct fray_arena *arena,
                                   const struct fray_corruption_config *const **out, size_t *n,
                                   struct fray_err *err);

/** The same for one trial's model: where an entry wants to know what classes are confused with
 *  (`donor: similar` without `alike`) it is told by what the model answers on dev from each
 * modality alone: to each class the one with the largest count of the confusion added to its
 * transpose, over all modalities; the first of equals; none where nothing is confused. INPUT as
 * well: the trial has no models, nothing is confused. Collective. */
enum fray_status fray_kept_entries_for(struct fray_kept *kept, size_t trial,
                                       enum fray_selection selection, const char *yaml,
                                       struct fray_arena *arena,
                                       const struct fray_corruption_config *const **out, size_t *n,
                                       struct fray_err *err);

/** The same in place, for the conditions of a map as under `tests:` (entries, or lists of them), so
 * that they keep their names and draws. */
enum fray_status fray_kept_tell(struct fray_kept *kept, size_t trial, enum fray_selection selection,
                                struct fray_node *tests, struct fray_arena *arena,
                                struct fray_err *err);

/** train: all training samples, client by client of the partition, as the data have them, with the
 *  labels that their clients have. */
enum fray_kept_split {
  FRAY_KEPT_DEV,
  FRAY_KEPT_TEST, /* all of it: verify and report */
  FRAY_KEPT_TRAIN,
  FRAY_KEPT_VERIFY, /* the test clients that evaluate.verify draws; INPUT if it draws none */
  FRAY_KEPT_REPORT  /* the others */
};
/** Roles of the samples of a split, as bits (fray/data/roles.h); test is report, and verify where
 *  clients are drawn for that. */
unsigned fray_kept_roles(const struct fray_kept *kept, enum fray_kept_split split);
/** A question. Borrowed. */
struct fray_probe {
  size_t trial;
  enum fray_selection selection;
  enum fray_kept_split split;
  size_t n;                                          /* 0: no damage */
  const struct fray_corruption_config *const *entry; /* (n) applied in this order */
  bool scores;                                       /* probabilities as well */
  bool keep_outputs;                                 /* logits as well, */
  unsigned outputs;                                  /* and these (enum fray_output) */
  const struct fray_judge *judge;                    /* who answers; NULL: the largest logit */
  uint8_t facts; /* bit m: facts of the raw values of modality m as well */
};
/** What came of it. Borrowed until the next question, or the end. */
struct fray_probed {
  const struct fray_dataset *dataset;
  struct fray_samples under;            /* the samples, as the entries left them */
  const struct fray_realised *realised; /* (n of the probe) what each hit */
  const int16_t *lure;         /* (under.n, modalities) as in struct fray_damage, or NULL */
  struct fray_answers answers; /* under one condition; answers.outputs[0] if asked for */
  const uint32_t *client;      /* (under.n) whose each is: of the shards, in training of the
                                  federation */
  size_t n_clients;
  const char *const *client_name; /* (n_clients) */
  const double *const *facts; /* (modalities)(under.n, fray_facts_count) as the entries left them,
                                 NaN of what is not there; NULL of what was not asked for */
  uint64_t model;             /* hash of the weights that were asked, and of their standards */
  bool by_shards;             /* the trial tests what the shards name for it, and nothing else */
};
/** INPUT where the partition of the trial tests other samples than the shards name for it, as folds
 *  do: who tells roles by the shards, so that nothing is chosen by what it is reported on, has none
 *  there. */
enum fray_status fray_probed_by_shards(const struct fray_probed *got, struct fray_err *err);
/** Whose ranks share the questions from now on: those of `comm`, all of which were among those that
 * opened the folder. Ranks may then ask on their own, each in a group of itself. A trial that was
 * not asked before is read by the first rank of the group. */
void fray_kept_answered_by(struct fray_kept *kept, struct fray_comm *comm);
/** Asks one model; the damage is drawn from the corruption seed of the trial. Questions to one
 * trial one after another read its files once. INPUT: the trial has no models, its files are not
 * what training left, an entry does not fit the data. Collective; all ranks get all. */
enum fray_status fray_kept_probe(struct fray_kept *kept, const struct fray_probe *probe,
                                 struct fray_probed *out, struct fray_err *err);

/** How far the entries of a question move the raw values of one modality; no model answers.
 * measure: of n numbers before and after. out: (n) by sample of the split, NaN of what is not there
 * or has another length afterwards; of texts the share of the words that were edited, and measure
 * is not asked. Borrowed until the next question. Collective. */
enum fray_status
fray_kept_distance(struct fray_kept *kept, const struct fray_probe *probe, size_t modality,
                   double (*measure)(const float *before, const float *after, size_t n),
                   const double **out, size_t *n, struct fray_err *err);

#endif
