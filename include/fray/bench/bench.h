/* Bench: how fast this program is on this machine, on one core. Numbers are printed, never judged.
 */
#ifndef FRAY_BENCH_BENCH_H
#define FRAY_BENCH_BENCH_H

#include "fray/base/arena.h"
#include "fray/base/status.h"
#include "fray/comm/comm.h"

#include <stdbool.h>
#include <stddef.h>

/** Of the repetitions of one measurement: its quartiles, in the unit of the field. */
struct fray_spread {
  double low, median, high;
};

enum { FRAY_BENCH_MODELS = 5, FRAY_BENCH_UPDATES = 10, FRAY_BENCH_CONDITIONS = 5 };

struct fray_bench_machine {
  char cpu[80]; /* "unknown" where the system does not say */
  size_t cores;
  double peak_gflops;           /* one core, see fray_peak_gflops */
  struct fray_spread copy_gbs;  /* GB/s of a copy, bytes read plus bytes written */
  struct fray_spread triad_gbs; /* GB/s of a[i] = b[i] + s c[i], 12 bytes per i */
};

/** FLOPs are those of the matrix products that were made, 2 m n k from their shapes; all other work
 *  counts as none. */
struct fray_bench_model {
  const char *name, *meaning;        /* static storage */
  size_t parameters, batch;          /* batch: samples of a training step */
  struct fray_spread step_ms;        /* forward, backward, SGD step */
  struct fray_spread evaluate_ms;    /* per sample, in blocks of FRAY_EVALUATION_BLOCK */
  struct fray_spread sum_ms;         /* fray_exact_sum of FRAY_BENCH_UPDATES updates */
  double step_mflop, evaluate_mflop; /* of a step, of a sample */
};

/** A kind of damage of raw values, at severity 3 where it has severities, on one medium. */
struct fray_bench_kind {
  const char *name, *medium; /* static storage; medium: as kinds of modalities are named */
  const char *unit; /* "x real" of 16 kHz sound, "a second" of 32 x 32 x 3 pictures, "MB/s" */
  const char *why;  /* it was not measured; NULL: it was */
  struct fray_spread rate;
};

/** An algorithm of a federation with its defaults: a client in a round of 16 clients with 64
 * vectors of 128 values each, mlp, hidden 64, 10 classes, batches of 16, plain steps. */
struct fray_bench_method {
  char name[64]; /* of the registry; the last rows are the first method, with each coder of
                    updates, and where not all come */
  char why[200]; /* it was not measured; empty: it was */
  /* ratio: to the first of the list, measured in turn; own: the method's own arithmetic done by
   * itself, beside the first; beyond: ratio without own. */
  struct fray_spread client_us, ratio, own, beyond;
};

/** A rule of aggregation, or what goes before one, with the mean behind it: a round's updates put
 *  together, on all ranks. ratio: to the mean, measured in turn. */
struct fray_bench_rule {
  char name[64];
  struct fray_spread ms, ratio;
};

/** An encoder of sequences, hidden 128, in a model of its own: batches of 16 samples and blocks of
 *  FRAY_EVALUATION_BLOCK whose lengths go evenly from a quarter of the longest to all of it, and
 *  ratios to as many steps in samples of equal length, measured in turn. Training is forward and
 *  backward, without a step of the optimiser. */
struct fray_bench_ragged {
  const char *name;                               /* static storage */
  struct fray_spread training_us, training_ratio; /* us: of a step that is there */
  struct fray_spread evaluation_us, evaluation_ratio;
};

struct fray_bench {
  struct fray_bench_machine machine;
  size_t n_models;
  struct fray_bench_model model[FRAY_BENCH_MODELS];
  size_t n_kinds;
  struct fray_bench_kind *kind; /* (n_kinds) memory of the arena */
  size_t conditions;            /* of damage, beside none; 0: what follows was not measured */
  /** Time under damage of all raw values over time without, features cached: of training, and of
   *  an evaluation under so many conditions. */
  struct fray_spread training_ratio, evaluation_ratio;
  size_t n_ragged;
  struct fray_bench_ragged *ragged; /* (n_ragged) memory of the arena */
  size_t n_methods;
  struct fray_bench_method *method;          /* (n_methods) memory of the arena */
  size_t n_rules, rule_updates, rule_floats; /* how many updates of how many values */
  int rule_ranks;
  struct fray_bench_rule *rule; /* (n_rules) memory of the arena */
  bool around;                  /* whether what follows was measured */
  struct fray_spread client_us; /* local training of a client with one sample of a tiny model */
  struct fray_spread round_client_us; /* such a client in a round: drawn, trained, added exactly */
  struct fray_spread shard_mbs; /* MB/s of reading a shard that was just written (page cache) */
  struct fray_spread log_mel_x; /* seconds of 16 kHz sound per second of work, 40 bands */
};

/** Name and meaning of the i-th part that can be measured alone: models, "servers", "damage",
 * media. Kinds of damage are parts too, and not among them. Static storage; NULL: no more. */
const char *fray_bench_part_at(size_t i, const char **meaning);

/** What of it is asked for. */
struct fray_bench_wish {
  /** The machine and one part alone: a model; "conditions" for what damage adds to training and
   *  evaluation; "ragged" for what lengths that differ do; "servers", the algorithms of a
   * federation (about twenty seconds); "rules", those of aggregation, on any number of ranks;
   * damage of raw values, "damage" for all of its kinds (about a minute), a medium or a kind. NULL:
   * all but damage. */
  const char *only;
  /** Damage alone: a new folder for the values that were damaged, so that others can do the same to
   *  them: MEDIUM-I.npy as they were, KIND-MEDIUM-I.npy damaged; texts are .txt. Of rules:
   *  update-I.npy, root.npy, and for each row of the table NAME.npy. NULL: none. */
  const char *values;
  bool brief; /* batches of a fiftieth of the time: to see that it works, not to compare */
};

/** Measures models and what is around them; about ten seconds. Writes a shard of 20 MB in a folder
 *  of its own below TMPDIR (or /tmp) and removes it. INPUT if comm has more than one rank but for
 *  "rules", for an unknown name (names the nearest), for `values` without damage or of a folder
 * that may not be made. */
enum fray_status fray_bench_run(struct fray_comm *comm, const struct fray_bench_wish *wish,
                                struct fray_arena *arena, struct fray_bench *out,
                                struct fray_err *err);

#endif
