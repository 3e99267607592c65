/* What a round costs: bytes that go down to clients and up from them, and operations of their
 * training. Everybody knows who was invited and what they hold, so nothing is exchanged for it. */
#include "run.h"

#include <math.h>

/* Bytes of a parameter, and of a number, as they are sent. */
enum { PARAMETER = sizeof(float), NUMBER = sizeof(double) };

/* Somebody of whom nothing came, so that nobody said who it was: taken to hold everything. */
enum { ANYBODY = -1 };

/* In the place of what the cohort would send open: keys and shares of all who were asked, masked
 * values of those who send, and from these, if they are enough, shares of all. An update that is
 * not finite has no integers: its client sends nothing. */
static void count_secure(const struct run *r, struct fray_round_row *row) {
  const struct members *m = &r->members;
  const struct fray_secure_bytes bytes =
      fray_secure_bytes_of(&r->core.f->training->secure, m->asked);
  const size_t sent = run_secure_sent(r);
  const bool counts = sent >= run_secure_threshold(r);
  const double each = NUMBER * run_secure_length(r) + (counts ? bytes.reveal : 0);
  row->bytes_up = (double)m->asked * bytes.keys + (double)sent * each;
  row->bytes_down += (double)m->asked * bytes.down + (counts ? (double)sent * bytes.survivors : 0);
}

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
        (double)run_parameters_sent(r, i < m->asked ? (int64_t)r->invited[i].client : ANYBODY)
            .values;
  for (size_t i = 0; i < m->n; i++) {
    /* Who weighs nothing had nothing to send. */
    if (!r->ops->weight || m->weight[i] != 0) {
      const struct fray_sent sent = run_parameters_sent(r, m->client[i]);
      /* What a method sends beside the update goes as it is: coders are made for updates. */
      row->bytes_up += fray_coded_bytes(coder, sent) + PARAMETER * up * (double)sent.values +
                       NUMBER * (double)r->n_said;
    }
    row->flops += fabs(m->done[i]) - 1;
    /* Of who spoils the round as well: it is what was trained on. */
    row->taught += m->taught[i];
    row->values += m->values[i];
  }
  if (fray_secure_is_on(&r->core.f->training->secure))
    count_secure(r, row);
}
