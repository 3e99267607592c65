/* A fitted gate (gate.fitted.yaml of fray guard), for instruments that ask models under damage of
 * their own: which of the answers it refuses.
 *
 * It is fitted once more to training samples and calibrated on dev, and must come out as the file
 * says: so a file that was changed, or is of another model or other dev samples, is refused. */
#ifndef FRAY_INSTRUMENT_FITTED_GATE_H
#define FRAY_INSTRUMENT_FITTED_GATE_H

#include "fray/study/kept.h"

/** A file. */
struct fray_fitted_gate;
/** Rank 0 reads, all parse. Memory from the arena. INPUT: no fitted gate. Collective. */
enum fray_status fray_fitted_gate_read(const char *path, struct fray_comm *comm,
                                       struct fray_arena *arena, struct fray_fitted_gate **out,
                                       struct fray_err *err);

/** The gate of one trial's model that was selected on dev. */
struct fray_trial_gate;
/** name: of the trial. Memory from the arena. INPUT: it was not fitted to that trial, or to another
 *  model or other dev samples; the file was changed. Collective. */
enum fray_status fray_trial_gate_fit(const struct fray_fitted_gate *file, struct fray_kept *kept,
                                     size_t trial, const char *name, struct fray_arena *arena,
                                     struct fray_trial_gate **out, struct fray_err *err);
/** Has a question ask for what the scores look at. */
void fray_trial_gate_ask(const struct fray_trial_gate *gate, struct fray_probe *probe);
/** refused (of->under.n): 1 where the answer to such a question is refused. */
enum fray_status fray_trial_gate_refuses(const struct fray_trial_gate *gate,
                                         const struct fray_probed *of, uint8_t *refused,
                                         struct fray_err *err);

#endif
