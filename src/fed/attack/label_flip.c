/* Label flip: attackers train on the class from the other end of the list in place of the true one.
 *
 * Their programs are honest and send what came of it. Who attacks is chosen by `who`; wrong labels
 * that are nobody's will are damage, and are measured as such. */
#include "attack_parts.h"

/* All of an attacker's labels, and not a share of them: with fewer the two ends of the list would
 * only be blurred. */
static enum fray_status poison(const void *params, const struct fray_poison *of,
                               struct fray_samples *data, int32_t *label, struct fray_arena *arena,
                               struct fray_err *err) {
  (void)params, (void)data, (void)arena;
  return attack_flip_labels(of, label, err);
}

static const struct fray_attack_ops ops = {.form = FRAY_ATTACK_OWN, .poison = poison};

extern const struct fray_choice fray_attack_label_flip;
const struct fray_choice fray_attack_label_flip = {
    .name = "label_flip",
    .meaning = "each attacker trains on K - 1 - y in the place of y and sends what comes of it; it "
               "knows its own data and how many classes there are",
    .source = "Fang et al. 2020, arXiv 1911.11815; Tolpegin et al. 2020, arXiv "
              "2007.08432",
    .impl = &ops,
};
