/* Kept models: FOLDER/models/NAME-best.h5 and NAME-last.h5, tensor by tensor. */
#ifndef FRAY_RESULTS_MODELS_H
#define FRAY_RESULTS_MODELS_H

#include "fray/feature/features.h"
#include "fray/model/model.h"

/** Which models of a trial are kept and judged: that of the round which the dev split selected, and
 *  that of the last round. */
enum fray_selection { FRAY_BEST, FRAY_LAST, FRAY_SELECTIONS };
/** "best", "last". */
extern const char *const fray_selection_names[FRAY_SELECTIONS];

/** A model that is to be written, or was. */
struct fray_kept_model {
  const float *weights;                   /* (total of the model) */
  size_t round;                           /* that it is of */
  const struct fray_standards *standards; /* that its features were standardised by */
};
/** Writes the model of a trial with the standards of its features, and the hash of both into
 * `hash`. IO, MEMORY. Rank 0. */
enum fray_status fray_models_write(const struct fray_model *model, const char *folder,
                                   const char *name, enum fray_selection selection,
                                   const struct fray_kept_model *kept, char hash[17],
                                   struct fray_err *err);
/** The hash of a model and of the standards of its features, as its part has it. */
void fray_models_hash(const struct fray_model *model, const float *weights,
                      const struct fray_standards *standards, char hash[17]);
/** Reads both models of a trial into weights (total of the model each; fully written), and the
 *  standards of its features, which are the same in both, into given room of their sizes. Nothing
 *  of the files is trusted: INPUT naming the file when one is missing, belongs to another trial,
 * has other tensors than the model, or other weights or standards than training left, by their
 *  hashes. */
enum fray_status fray_models_read(const struct fray_model *model, const char *folder,
                                  const char *name, char (*hash)[17],
                                  float *const weights[FRAY_SELECTIONS],
                                  struct fray_standards *standards, struct fray_err *err);
/** Lays the tensors of one kept model over weights (total) wherever name and shape are those of the
 *  model; taken (tensors of the model): 1 for each of them. The model may be of another study and
 *  other data. Nothing of the file is trusted: INPUT naming it when it is missing, damaged, of
 *  another trial, or holds what is no number; when all tensors are taken, also by its hash. */
enum fray_status fray_models_start(const struct fray_model *model, const char *folder,
                                   const char *name, enum fray_selection selection,
                                   const char *hash, float *weights, uint8_t *taken,
                                   struct fray_err *err);

#endif
