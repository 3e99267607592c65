/* Wrong labels that attackers give their samples: the class from the other end of the list. */
#include "attack_parts.h"

#include "fray/data/dataset.h"
#include "fray/fed/client.h"

/* With an odd number of classes the middle one stays, as in the source. Samples without a label
 * have none to flip. */
enum fray_status attack_flip_labels(const struct fray_poison *of, int32_t *label,
                                    struct fray_err *err) {
  const struct fray_clients *clients = of->clients;
  const int32_t last = (int32_t)of->dataset->n_classes - 1;
  FRAY_CHECK(fray_has_one_label(of->dataset), err, INPUT,
             "y becomes K - 1 - y, but the samples of these data have %s, which have no such "
             "opposite",
             fray_labels_words(of->dataset));
  for (size_t c = 0; c < clients->n; c++)
    for (size_t i = clients->first[c]; i < clients->first[c] + clients->n_labelled[c]; i++)
      if (of->is_attacker[c])
        label[i] = last - label[i];
  return FRAY_OK;
}
