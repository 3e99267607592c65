/* What is known of every round of a federation, beside its number and the metrics: one line for
 * each column. From here follow the fields of struct fray_round_row, the columns of rounds.csv and
 * their meaning, the JSON lines of `fray run --metrics`, and what a checkpoint keeps. */
#ifndef FRAY_BASE_ROUND_COLUMNS_H
#define FRAY_BASE_ROUND_COLUMNS_H

/** X(KIND, name, unit, meaning, when it is empty). KIND: COUNT, a size_t; REAL, a double, empty
 * where it is NaN. New ones come last: an older checkpoint has the first ones of each kind. */
#define FRAY_ROUND_COLUMNS(X)                                                                      \
  X(COUNT, cohort, "clients", "clients that trained in it", "never")                               \
  X(COUNT, samples, "samples", "their training samples", "never")                                  \
  X(REAL, train_loss, "loss", "mean training loss; does not compare across losses",                \
    "nobody trained, or not finite")                                                               \
  X(REAL, update_norm, "weights", "Euclidean norm of the change of the model", "not finite")       \
  X(COUNT, invited, "clients", "clients that were asked to take part", "never")                    \
  X(COUNT, excluded, "clients", "of the cohort, left out since their update was not finite",       \
    "never")                                                                                       \
  X(REAL, seconds, "s", "simulated time until the slowest of the cohort came back",                \
    "time is not simulated")                                                                       \
  X(COUNT, dropped, "clients", "of the invited, simulated to drop out in mid-round", "never")      \
  X(COUNT, late, "clients", "of the invited, simulated to come too late to count", "never")        \
  X(REAL, clock, "s", "simulated time since training began", "time is not simulated")              \
  X(REAL, staleness, "rounds", "mean age of the models that the cohort had received",              \
    "training is not asynchronous, or nobody trained")                                             \
  X(REAL, bytes_down, "bytes",                                                                     \
    "what was sent to all who were invited: the model and vectors that come with it, 4 bytes a "   \
    "parameter, without blocks that only their holders average; keys and shares of others",        \
    "trained by a fray that did not count it")                                                     \
  X(REAL, bytes_up, "bytes",                                                                       \
    "what the cohort sent: updates as they are coded, vectors beside them, numbers of 8 bytes; "   \
    "with secure aggregation 8 bytes a value, and keys and shares of all who were invited",        \
    "trained by a fray that did not count it")                                                     \
  X(REAL, flops, "operations",                                                                     \
    "floating-point operations of the cohort's passes through the model: products and "            \
    "convolutions, forward and backward",                                                          \
    "trained by a fray that did not count it")                                                     \
  X(REAL, taught, "samples",                                                                       \
    "samples that moved the cohort's models, over all steps: a sample of three epochs three "      \
    "times, "                                                                                      \
    "and not at all where a method leaves it out",                                                 \
    "trained by a fray that did not count it")                                                     \
  X(REAL, values, "values", "modalities that those samples had in these steps",                    \
    "trained by a fray that did not count it")                                                     \
  X(COUNT, attackers, "clients", "of the updates that count, how many are of attackers", "never")

#endif
