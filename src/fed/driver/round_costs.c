/* What a round costs: bytes that go down to clients and up from them, and operations of their
 * training. Everybody knows who was invited and what they hold, so nothing is exchanged for it. */
#include "run.h"

#include <math.h>

/* Bytes of a parameter, and of a number, as they are sent. */
enum { PARAMETER = sizeof(float), NUMBER = sizeof(double) };

/* Somebody of whom nothing came, so that nobody said who it was: taken to hold everything. */
enum { ANYBODY = -1 };

/* Who was invited has received the model, whether an answer comes or not. The count of samples that
 * a mean is weighed by is not counted: secure sums and metering see it alike for every method. */
void run_count_costs(const struct run *r, struct fray_round_row *row) {
  const struct members *m = &r->members;
  const struct fray_compression_config *coder = &r->core.f->training->compression;
  const double down = 1 + r->ops->down, up = r->ops->up;
  row->bytes_down = row->bytes_up = row->flops = row->taught = row->values = 0;
  for (size_t i = 0; i < row->invited; i++)
    row->bytes_down +=
        PARAMETER * down *
        (double)run_parameters_sent(r, i < m->asked ? (int64_t)r->invited[i].client : ANYBODY);
  for (size_t i = 0; i < m->n; i++) {
    /* Who weighs nothing had nothing to send. */
    if (!r->ops->weight || m->weight[i] != 0) {
      const size_t sent = run_parameters_sent(r, m->client[i]);
      /* What a method sends beside the update goes as it is: coders are made for updates. */
      row->bytes_up += fray_coded_bytes(coder, sent) + PARAMETER * up * (double)sent +
                       NUMBER * (double)r->n_said;
    }
    row->flops += fabs(m->done[i]) - 1;
    /* Of who spoils the round as well: it is what was trained on. */
    row->taught += m->taught[i];
    row->values += m->values[i];
  }
}
