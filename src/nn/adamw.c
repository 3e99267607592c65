/* AdamW: Adam whose decay shrinks the weights beside the step. */
#include "adam.h"

/* The decay does not pass through the mean and its root: weights with large and with small
 * gradients lose the same share, which is all that sets AdamW apart from Adam. */
static void update(const struct fray_local_config *config, const struct fray_moved *moved) {
  const float shrink = (float)(1 - config->lr * moved->decay);
  adam_update(config, moved, 0, shrink);
}

static const struct fray_optimiser_ops ops = {.state = 2, .rests = true, .update = update};

extern const struct fray_choice fray_optimiser_adamw;
const struct fray_choice fray_optimiser_adamw = {
    .name = "adamw",
    .meaning = "adam with the decay apart from the gradient: w -= lr weight_decay w",
    .source = "Loshchilov & Hutter 2019, arXiv 1711.05101, Alg. 2; torch.optim.AdamW",
    .table = &adam_table,
    .impl = &ops,
};
