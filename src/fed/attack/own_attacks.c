/* Attacks of each attacker by itself, where it is hosted. */
#include "attack_parts.h"

/* Each sees its own update and what came with the model; nothing of others, so nothing travels. */
void attack_own(struct fray_comm *comm, const struct fray_attack_config *config,
                const struct fray_attack_round *round, const struct fray_updates *updates,
                float *const *update) {
  const struct fray_attack_ops *ops = config->kind.choice->impl;
  size_t mine = 0;
  for (size_t i = 0; i < updates->members; i++) {
    if (updates->host[i] != fray_comm_rank(comm))
      continue;
    const struct fray_own_attack of = {.seed = round->seed,
                                       .source = round->source[i],
                                       .round = round->round,
                                       .total = updates->total,
                                       .w = round->w,
                                       .state = (const float *const *)round->state,
                                       .weight = updates->weight[mine],
                                       .params = round->params,
                                       .modality = round->modality};
    if (round->is_attacker[i])
      ops->own(config->kind.params, &of, update[mine]);
    mine++;
  }
}
