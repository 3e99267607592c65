/* When a certificate is accepted: where enough is gained, by enough people, and luck would hardly
 * do as much in as many submissions as the bounty sees. */
#include "fray/instrument/bounty.h"

#include "fray/base/size.h"
#include "fray/metric/paired.h"

#include <math.h>
#include <stdlib.h>

const struct fray_bounty_terms fray_bounty_usual = {.alpha = 0.05,
                                                    .submissions = 20,
                                                    .epsilon = 0.01,
                                                    .least = 20,
                                                    .mass = 0.02,
                                                    .clients = 3,
                                                    .for_clients = 2.0 / 3};

const char *const fray_bounty_words[] = {"accepted", "too small", "no gain", "not sure"};

/* Size first, since of too few nothing else means anything; then what is gained; then whether it is
 * luck. Samples of a client hang together, which the sign test does not know: so most of the
 * clients have to gain, however many samples do. */
static enum fray_bounty_word word_of(const struct fray_bounty_terms *t,
                                     const struct fray_bounty_verdict *v) {
  const double all = (double)v->all;
  if (v->n < t->least || (double)v->n < t->mass * all || v->clients < t->clients)
    return FRAY_BOUNTY_TOO_SMALL;
  if (v->right <= v->wrong || (double)(v->right - v->wrong) < t->epsilon * all)
    return FRAY_BOUNTY_NO_GAIN;
  /* Two of three are two thirds, whatever 2.0 / 3 rounds to. */
  const double needed = t->for_clients * (double)v->clients;
  if (v->p > t->alpha / (double)t->submissions || (double)v->gained < needed - 1e-9 * needed)
    return FRAY_BOUNTY_NOT_SURE;
  return FRAY_BOUNTY_ACCEPTED;
}

/* Per client: whether it has a sample of the group, and what turns right less what turns wrong. */
struct share {
  bool met;
  int64_t gain;
};

/* One pass: what each sample does is counted for its client as well. Answers of samples outside the
 * group are not looked at, as the list would not ask for them. */
enum fray_status fray_bounty_judge(const struct fray_bounty_terms *terms, size_t n,
                                   const int32_t *label, const uint32_t *client, size_t n_clients,
                                   const uint8_t *member, const int16_t *f, const int16_t *h,
                                   struct fray_bounty_verdict *out, struct fray_err *err) {
  struct share *share = calloc(n_clients + 1, sizeof *share);
  FRAY_CHECK(share, err, MEMORY, "out of memory");
  *out = (struct fray_bounty_verdict){0};
  for (size_t i = 0; i < n; i++) {
    if (label[i] < 0)
      continue;
    out->all++;
    if (!member[i])
      continue;
    const bool then = f[i] == label[i], now = h[i] == label[i];
    share[client[i]].met = true;
    share[client[i]].gain += (int64_t)now - (int64_t)then;
    out->n++;
    out->right += now && !then;
    out->wrong += then && !now;
  }
  for (size_t c = 0; c < n_clients; c++) {
    out->clients += share[c].met;
    out->gained += share[c].gain > 0;
  }
  free(share);
  out->p = fray_sign_test(out->right, out->wrong);
  out->word = word_of(terms, out);
  return FRAY_OK;
}

/* 2^-b, as the sign test has it. What a hunter may want to know before anything is spent: a group
 * with fewer discordant samples cannot be accepted. */
size_t fray_bounty_fewest(double alpha, size_t submissions) {
  size_t b = 0;
  while (fray_sign_test(b, 0) > alpha / (double)submissions && b < 1000)
    b++;
  return b;
}

/* Theorem of arXiv 2201.10408 for adaptive submissions; whole samples. In double: at the sizes that
 * people ask for it may be beyond what an integer holds. */
double fray_bounty_holdout(double epsilon, double delta, size_t submissions) {
  return ceil(65 * log(2 * (double)submissions / delta) / (epsilon * epsilon * epsilon));
}
