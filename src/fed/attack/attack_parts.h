/* The two ways to attack: each by itself, or all with one vector. */
#ifndef FRAY_FED_ATTACK_PARTS_H
#define FRAY_FED_ATTACK_PARTS_H

#include "fray/fed/attack.h"

/** How many times as long an update must be to be the mean by itself: 1 / weight; 0 without weight.
 */
static inline double attack_replaces(const struct fray_own_attack *of) {
  return of->weight > 0 ? 1 / of->weight : 0;
}
/** update (total) times a number. In double: a weight may be one in a million. */
static inline void attack_stretch(const struct fray_own_attack *of, double times, float *update) {
  for (size_t i = 0; i < of->total; i++)
    update[i] = (float)(times * (double)update[i]);
}

/** label (all clients' samples) y -> K - 1 - y of attackers' samples that have one. INPUT: the data
 *  have sets of classes. */
enum fray_status attack_flip_labels(const struct fray_poison *of, int32_t *label,
                                    struct fray_err *err);

/** Form OWN. Not collective. */
void attack_own(struct fray_comm *comm, const struct fray_attack_config *config,
                const struct fray_attack_round *round, const struct fray_updates *updates,
                float *const *update);

/** The other forms; at least one attacker. Collective. */
enum fray_status attack_jointly(struct fray_comm *comm, const struct fray_attack_config *config,
                                const struct fray_attack_round *round,
                                const struct fray_updates *updates, float *const *update,
                                struct fray_arena *arena, struct fray_err *err);

#endif
