/* The two ways to attack: each by itself, or all with one vector. */
#ifndef FRAY_FED_ATTACK_PARTS_H
#define FRAY_FED_ATTACK_PARTS_H

#include "fray/fed/attack.h"

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
