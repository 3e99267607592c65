/* What a round costs: bytes that go down to clients and up from them, and operations of their
 * training. Everybody knows who was invited and what they hold, so nothing is exchanged for it. */
#include "run.h"

#include <math.h>

/* Bytes of a parameter, and of a number, as they are sent. */
enum { PARAMETER = sizeof(float), NUMBER = sizeof(double) };

/* Somebody of whom nothing came, so that nobody said who it was: taken to hold everything. */
enum { ANYBODY = -1 };

/* Parameters that a client and the server exchange of one vector: without the padding between
 * tensors, without private blocks, and without those of modalities that only their holders average.
 */
static double sent_of(const struct run *r, int64_t client) {
  const struct fray_federation *f = r->core.f;
  const struct fray_param_table *table = fray_model_params(f->model);
  double sum = 0;
  if (!r->holds && r->own.n == 0)
    return (double)table->count;
  for (size_t i = 0; i < table->n; i++) {
    const int m = table->v[i].modality;
    const bool is_held = !r->holds || m == FRAY_PARAM_SHARED || client == ANYBODY ||
                         r->holds[(size_t)client * f->dataset->n_modalities + (size_t)m] > 0;
    if (is_held && !fray_own_blocks_have(&r->own, &table->v[i]))
      sum += (double)table->v[i].size;
  }
  return sum;
}

/* Who was invited has received the model, whether an answer comes or not. The count of samples that
 * a mean is weighed by is not counted: secure sums and metering see it alike for every method. */
void run_count_costs(const struct run *r, struct fray_round_row *row) {
  const struct members *m = &r->members;
  const double down = 1 + r->ops->down, up = 1 + r->ops->up;
  row->bytes_down = row->bytes_up = row->flops = row->taught = row->values = 0;
  for (size_t i = 0; i < row->invited; i++)
    row->bytes_down +=
        PARAMETER * down * sent_of(r, i < m->asked ? (int64_t)r->invited[i].client : ANYBODY);
  for (size_t i = 0; i < m->n; i++) {
    /* Who weighs nothing had nothing to send. */
    if (!r->ops->weight || m->weight[i] != 0)
      row->bytes_up += PARAMETER * up * sent_of(r, m->client[i]) + NUMBER * (double)r->n_said;
    row->flops += fabs(m->done[i]) - 1;
    /* Of who spoils the round as well: it is what was trained on. */
    row->taught += m->taught[i];
    row->values += m->values[i];
  }
}
