/* Free rider: a client that sends something and trains nothing.
 *
 * It harms by what is missing: its weight in the mean is that of samples nobody learnt from. */
#include "fray/fed/attack.h"

#include <string.h>

enum { ZERO, LAST_STEP };
static const char *const send_names[] = {"zero", "last_step", NULL};

struct params {
  int send;
};
static const struct fray_field fields[] = {
    FRAY_FIELD(ENUM, "send", struct params, send, .names = send_names, .def_text = "last_step",
               .help = "zero: nothing changed; last_step: what the server did in the round before, "
                       "which looks like an update"),
};
static FRAY_TABLE(table, "free_rider", struct params, fields, .help = "");

/* Who sends nothing needs to know nothing. */
static size_t vectors(const void *params) {
  return ((const struct params *)params)->send == LAST_STEP;
}

/* In the first round there was none. */
static void own(const void *params, const struct fray_own_attack *of, float *update) {
  const bool steps = ((const struct params *)params)->send == LAST_STEP && of->round > 1;
  for (size_t i = 0; i < of->total; i++)
    update[i] = steps ? of->w[i] - of->state[0][i] : 0;
}

/* The model that the server sent in this round is the one of before in the next. */
static void keep(const void *params, size_t total, const float *w, float *const *state) {
  if (vectors(params))
    memcpy(state[0], w, total * sizeof *w);
}

static const struct fray_attack_ops ops = {
    .form = FRAY_ATTACK_OWN, .vectors = vectors, .own = own, .keep = keep};

extern const struct fray_choice fray_attack_free_rider;
const struct fray_choice fray_attack_free_rider = {
    .name = "free_rider",
    .meaning = "each attacker sends what it has not trained: nothing, or the server's last step; "
               "its training is counted as if it had; it knows what the server sends",
    .source = "Lin et al. 2019, arXiv 1911.12560; Fraboni et al. 2021, arXiv 2006.11901",
    .table = &table,
    .impl = &ops,
};
