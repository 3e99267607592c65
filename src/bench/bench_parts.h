/* What the parts of the bench share. */
#ifndef BENCH_PARTS_H
#define BENCH_PARTS_H

#include "fray/bench/bench.h"
#include "fray/feature/features.h"
#include "fray/model/model.h"

/* From now on batches take a fiftieth of their time, or as long as they should. */
void bench_be_brief(bool brief);
bool bench_is_brief(void);

/* Runs work(user) in batches of repetitions, each at least BATCH_SECONDS long; quartiles of the
 * seconds of one repetition. */
enum fray_status bench_time(enum fray_status (*work)(void *user, struct fray_err *err), void *user,
                            struct fray_spread *seconds, struct fray_err *err);

/* The same with batches of at least so many seconds. */
enum fray_status bench_time_batches(double batch_seconds,
                                    enum fray_status (*work)(void *user, struct fray_err *err),
                                    void *user, struct fray_spread *seconds, struct fray_err *err);

/* A part of the work of the other of a pair, done by itself; NULL work: there is none. */
struct bench_part {
  enum fray_status (*work)(void *user, struct fray_err *err);
  void *user;
};

/* Batches of work(first), work(other) and the part in turn. */
struct bench_beside {
  struct fray_spread seconds; /* of one repetition of the other */
  struct fray_spread ratio;   /* of it to the first; quartiles over turns, as of what follows */
  struct fray_spread part;    /* of the part to the first */
  struct fray_spread beyond;  /* of the other without the part to the first */
};
enum fray_status bench_time_beside(enum fray_status (*work)(void *user, struct fray_err *err),
                                   void *first, void *other, const struct bench_part *part,
                                   struct bench_beside *out, struct fray_err *err);

/* The spread in another unit: times factor; or as a rate, amount per second. */
struct fray_spread bench_scaled(struct fray_spread seconds, double factor);
struct fray_spread bench_rate(struct fray_spread seconds, double amount);

/* Number of the model of that name in the list, FRAY_BENCH_MODELS if there is none, or for NULL. */
size_t bench_find_model(const char *name);

/* Name and meaning of model i of the list; NULL: no more. */
const char *bench_model_at(size_t i, const char **meaning);

/* The word for damage of all kinds; whether a word names all kinds, those of a medium, or one. */
extern const char *const bench_all_damage;
bool bench_is_damage(const char *only);

/* Kinds of damage that wish->only names, into out->kind. Memory: arena. */
enum fray_status bench_damage(const struct fray_bench_wish *wish, struct fray_arena *arena,
                              struct fray_bench *out, struct fray_err *err);

/* The word for that, and the measurement: shards go to `folder`, which must not exist. */
extern const char *const bench_all_conditions;
enum fray_status bench_conditions(const char *folder, struct fray_comm *comm,
                                  struct fray_bench *out, struct fray_err *err);

/* The word for all algorithms of a federation. */
extern const char *const bench_all_methods;

/* Rows beside those of algorithms and coders: sums on a grid, masked ones, some away. */
enum { BENCH_OTHERS = 3 };

/* All of them, into out->method, which has room for them, on a data set that is written to the
 * folder. */
enum fray_status bench_methods(const char *folder, struct fray_comm *comm, struct fray_bench *out,
                               struct fray_err *err);

/* The word for all rules of aggregation and what goes before them. */
extern const char *const bench_all_rules;

/* All of them, into out->rule, which has room for them. Of fewer and shorter updates if brief; with
 * wish->values updates and results are written. Collective; any number of ranks, then one. */
enum fray_status bench_rules(struct fray_comm *comm, const struct fray_bench_wish *wish,
                             struct fray_bench *out, struct fray_err *err);

/* The word for what ragged lengths cost beside equal ones, and the measurement. */
extern const char *const bench_ragged_lengths;
enum fray_status bench_ragged(struct fray_comm *comm, struct fray_arena *arena,
                              struct fray_bench *out, struct fray_err *err);

/* Model `number` of the list. */
enum fray_status bench_model(size_t number, struct fray_comm *comm, struct fray_bench_model *out,
                             struct fray_err *err);

/* Time of a client in rounds of a federation whose clients are the samples of the data set. */
enum fray_status bench_round(struct fray_comm *comm, const struct fray_dataset *dataset,
                             struct fray_features *features, const struct fray_model *model,
                             struct fray_spread *client_us, struct fray_err *err);

#endif
