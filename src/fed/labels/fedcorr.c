/* FedCorr: clients with wrong labels are told from others by how their models' predictions lie, and
 * the labels that are probably wrong are replaced by the federation's model, client by client.
 *
 * The authors' code does all of it in one place. Here clients send two numbers, and nobody's losses
 * or labels leave them:
 * - Stage 1, `iterations` times: all clients once, a cohort of the scenario's size after the other.
 *   Who has trained sends the mean local intrinsic dimension of its own predictions, and the share
 *   of its samples that a mixture calls wrong by their losses. After the last cohort the server
 *   splits the clients by the former; only of those called noisy the latter counts (mu, else 0).
 * - Stage 2, `finetune` rounds: cohorts of those with mu <= clean_threshold.
 * - Then plain averaging over all.
 * The authors relabel all noisy clients at the end of an iteration, and of stage 2. Here a client
 * does it when it comes next, with the model that it then receives: where everybody comes in every
 * round of stage 1 that is the same model. */
#include "fed/step/server_step.h"
#include "fray/fed/federation.h"
#include "fray/fed/sample_choice.h"
#include "fray/metric/mixture.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

struct params {
  int64_t iterations, finetune, k;
  double relabel_ratio, beta, confidence, clean_threshold;
  int keep;
};

static const struct fray_field fields[] = {
    FRAY_FIELD(INT, "iterations", struct params, iterations, .def = 5, .min = 0, .max = 1000000,
               .help = "times that all clients come once, after each of which clients are split "
                       "into clean and noisy ones, and these give labels anew; 0: nobody is noisy"),
    FRAY_FIELD(INT, "finetune", struct params, finetune, .def = 50, .min = 0, .max = 1000000,
               .unit = "rounds", .help = "rounds after them in which clean clients train alone"),
    FRAY_FIELD(REAL, "relabel_ratio", struct params, relabel_ratio, .def = 0.5, .min = 0, .max = 1,
               .unit = "share",
               .help = "pi: of the samples of a noisy client that its losses call wrong, those of "
                       "the largest losses may get a new label"),
    FRAY_FIELD(REAL, "confidence", struct params, confidence, .def = 0.5, .min = 0, .max = 1,
               .help = "a sample gets the class of the received model only where its probability "
                       "is above this; 1: no label changes"),
    FRAY_FIELD(REAL, "beta", struct params, beta, .def = 5, .min = 0, .max = 1000,
               .help = "weight of mu times the distance (not squared) to the received model, in "
                       "the iterations; mu is the share of a noisy client that is called wrong"),
    FRAY_FIELD(REAL, "clean_threshold", struct params, clean_threshold, .def = 0.1, .min = 0,
               .max = 1, .help = "largest mu with which a client takes part in finetuning"),
    FRAY_FIELD(INT, "k", struct params, k, .def = 20, .min = 2, .max = 100000,
               .help = "neighbours from whose distances a prediction's local intrinsic dimension "
                       "follows: far fewer than a client has samples; all others, where it has "
                       "no more"),
    FRAY_KEEP_FIELD(struct params, keep),
};
/* What leaves samples out in each batch: labels that are mended need no choice beside that. */
#define TWICE                                                                                      \
  "it mends labels, and leaving out samples of large loss would correct the same fault once more"
static const char *const apart_keys[] = {"tau", TWICE, "ramp", TWICE, NULL};
static FRAY_TABLE(table, "fedcorr", struct params, fields, .help = "", .elsewhere = apart_keys);

/* What a client sends: its mean dimension and the share that it calls wrong; of its labels how many
 * were given wrong, are others by now, are others of those, and are truly so. */
enum { DIMENSION, SHARE, WRONG, CALLED, RIGHT, TRULY, NUMBERS };
static const double no_dimension = -1; /* not of stage 1, or too few samples */

/* The server's numbers: rounds of an iteration and clients; of each client the round of its last
 * visit, its dimensions added up and how many, its share, whether it is called noisy, its samples,
 * and what it said last of its labels. */
enum { SPAN, CLIENTS, OVERALL };
enum { LAST, SUM, TIMES, LEVEL, NOISY, SEEN, SAID, OF_CLIENT = SAID + NUMBERS - WRONG };

/* With each sample: its label of now, and its loss in the last visit of stage 1. */
enum { LABEL, LOSS, SAMPLE_FLOATS };

/* Means that lie closer than the deviation that the mixture adds are of one group: what remains
 * between equal clients is rounding. */
static const double apart = 1e-3;

/* The server's numbers are one list; visits borrow it to read what is said of them. */
static double *of_client(double *number, size_t client) {
  return number + OVERALL + client * OF_CLIENT;
}

/* ---- stages ---- */

enum stage { CORRECTS, FINETUNES, IS_PLAIN };

/* By the round alone, so that all ranks and any resume agree: no stage waits for anybody. */
static enum stage stage_of(const struct params *p, const double *number, size_t round) {
  const size_t first = (size_t)p->iterations * (size_t)number[SPAN];
  if (round <= first)
    return CORRECTS;
  return round <= first + (size_t)p->finetune ? FINETUNES : IS_PLAIN;
}

/* First round of the iteration that a round of stage 1 lies in. */
static size_t iteration_begins(const double *number, size_t round) {
  const size_t span = (size_t)number[SPAN];
  return (round - 1) / span * span + 1;
}

/* Of each client what it is to be relabelled by: noise that the server does not see counts not. */
static double level_of(const double *client) {
  return client[NOISY] != 0 ? client[LEVEL] : 0;
}

/* Cohorts until all who can train came once, if all come. */
static size_t span_of(const struct fray_roster *roster) {
  size_t able = 0;
  for (size_t c = 0; c < roster->clients; c++)
    able += roster->samples[c] > 0;
  return roster->cohort && able ? (able + roster->cohort - 1) / roster->cohort : 1;
}

static size_t server_numbers(const void *params, const struct fray_roster *roster) {
  (void)params;
  return OVERALL + roster->clients * OF_CLIENT;
}

/* What the roster says must be at hand where only numbers are: they carry it. */
static void start(const void *params, const struct fray_roster *roster, size_t n,
                  float *const *state, double *number) {
  (void)params, (void)n, (void)state;
  number[SPAN] = (double)span_of(roster);
  number[CLIENTS] = (double)roster->clients;
}

/* In an iteration each once: who did not come when asked may be asked again, as long as it lasts.
 */
static void welcome(const void *params, const struct fray_server_round *round, uint8_t *out) {
  const struct params *p = params;
  const enum stage stage = stage_of(p, round->number, round->round);
  const size_t begins = iteration_begins(round->number, round->round);
  for (size_t c = 0; c < round->clients; c++) {
    const double *client = of_client(round->number, c);
    out[c] = stage == IS_PLAIN || (stage == CORRECTS ? client[LAST] < (double)begins
                                                     : level_of(client) <= p->clean_threshold);
  }
}

/* Only with cross-entropy do losses part wrong labels from others as they were found to, and a loss
 * that makes light of them corrects what is corrected here. */
static enum fray_status check(const void *params, const struct fray_training_config *training,
                              struct fray_err *err) {
  const struct fray_choice *loss = training->local.loss.choice;
  (void)params;
  FRAY_CHECK(fray_loss_of(loss) == FRAY_LOSS_OF_LABELS, err, INPUT,
             "training.server: fedcorr replaces the one label of a sample, but "
             "training.local.loss is %s, of %s",
             loss->name, fray_loss_of_words(fray_loss_of(loss)));
  FRAY_CHECK(loss == fray_loss_default(FRAY_LOSS_OF_LABELS), err, INPUT,
             "training.server: fedcorr mends labels and training.local.loss: %s makes light of "
             "wrong ones: two corrections of one fault; take %s",
             loss->name, fray_loss_default(FRAY_LOSS_OF_LABELS)->name);
  return FRAY_OK;
}

/* Such a trial is run, and judged: its model may be what somebody wants to see. */
static bool idle(const void *params, const struct fray_training_config *training,
                 const struct fray_roster *roster, size_t cohort, char *words, size_t size) {
  const struct params *p = params;
  const size_t span = span_of(roster), rounds = (size_t)p->iterations * span;
  (void)cohort;
  if (rounds + (size_t)p->finetune < (size_t)training->rounds)
    return false;
  snprintf(words, size,
           "training.server: fedcorr's %lld iterations take %zu rounds (%zu until all clients "
           "came once) and finetuning %lld more: of %lld rounds none is left in which all train "
           "on mended labels",
           (long long)p->iterations, rounds, span, (long long)p->finetune,
           (long long)training->rounds);
  return true;
}

/* ---- a client ---- */

/* What hooks need of a visit. */
struct own {
  enum stage stage;
  double pull;          /* beta mu in stage 1, else 0 */
  const int32_t *given; /* labels as the data have them */
};

/* Whether the server has judged the clients since this one's last visit, or finetuning is over:
 * how many of its samples, those of the largest losses, may get another label. */
static size_t count_due(const struct params *p, const struct fray_visit *visit,
                        const double *client) {
  const size_t last = (size_t)client[LAST], now = visit->round;
  if (last == 0 || client[NOISY] == 0)
    return 0;
  const enum stage then = stage_of(p, visit->server, last);
  if (then != IS_PLAIN && stage_of(p, visit->server, now) == IS_PLAIN)
    return visit->given;
  /* All that is kept is of an earlier visit: the losses, and the level that was said of them.
   * Nothing is judged within an iteration, nor after the last one. */
  if (then != CORRECTS ||
      iteration_begins(visit->server, now) == iteration_begins(visit->server, last))
    return 0;
  return fray_relabel_count(visit->given, level_of(client), p->relabel_ratio);
}

/* By the received model, for the rest of the training. */
static enum fray_status relabel(const struct params *p, struct fray_visit *visit, size_t count,
                                int32_t *label, struct fray_err *err) {
  struct fray_arena *arena = fray_visit_arena(visit);
  const size_t n = visit->given, classes = fray_model_classes(visit->trainer->model);
  const float *kept = visit->kept_samples + LOSS * n;
  float *probability;
  double *loss, *confidence, *scratch;
  int32_t *best;
  uint32_t *order;
  uint8_t *chosen;
  FRAY_ALLOC(probability, arena, n * classes, err);
  FRAY_ALLOC(loss, arena, n, err);
  FRAY_ALLOC(confidence, arena, n, err);
  FRAY_ALLOC(scratch, arena, n, err);
  FRAY_ALLOC(best, arena, n, err);
  FRAY_ALLOC(order, arena, n, err);
  FRAY_ALLOC(chosen, arena, n, err);
  FRAY_TRY(fray_visit_probabilities(visit, visit->global, 0, n, probability, err));
  /* The largest class of each; whether it is sure enough is asked below, where more is known. */
  fray_sure(n, classes, probability, p->confidence, best, chosen);
  for (size_t i = 0; i < n; i++) {
    loss[i] = (double)kept[i];
    confidence[i] = (double)probability[i * classes + (size_t)best[i]];
  }
  fray_choose_relabelled(n, loss, confidence, count, p->confidence, scratch, order, chosen);
  for (size_t i = 0; i < n; i++)
    label[i] = chosen[i] ? best[i] : label[i];
  return FRAY_OK;
}

/* The labels that the client has come to, and perhaps others from now on. */
static enum fray_status begin(const void *params, struct fray_visit *visit, struct fray_err *err) {
  const struct params *p = params;
  struct fray_arena *arena = fray_visit_arena(visit);
  const double *client = of_client((double *)visit->server, visit->client);
  const size_t n = visit->given, due = count_due(p, visit, client);
  struct own *own;
  int32_t *label;
  FRAY_CHECK(!visit->data.labels, err, INPUT,
             "training.server: fedcorr is of one label per sample, but the data have sets of "
             "classes");
  FRAY_ALLOC_ZERO(own, arena, 1, err);
  FRAY_ALLOC(label, arena, visit->data.n + 1, err);
  own->given = visit->data.label;
  own->stage = stage_of(p, visit->server, visit->round);
  own->pull = own->stage == CORRECTS ? p->beta * level_of(client) : 0;
  for (size_t i = 0; i < visit->data.n; i++)
    label[i] =
        i < n && visit->came ? (int32_t)visit->kept_samples[LABEL * n + i] : visit->data.label[i];
  /* Before the first step: the model is still the one that all received. */
  if (due)
    FRAY_TRY(relabel(p, visit, due, label, err));
  for (size_t i = 0; i < n; i++)
    visit->kept_samples[LABEL * n + i] = (float)label[i];
  visit->data.label = label;
  visit->own = own;
  return FRAY_OK;
}

/* Of the distance itself: a pull of one strength however far the client has come. At the received
 * model it has none, which is why the authors leave out the first batch. */
static void gradient(const void *params, struct fray_visit *visit) {
  const struct own *own = visit->own;
  double square = 0;
  (void)params;
  if (own->pull == 0)
    return;
  for (size_t i = 0; i < visit->total; i++) {
    const double off = (double)visit->w[i] - (double)visit->global[i];
    square += off * off;
  }
  const float pull = square > 0 ? (float)(own->pull / sqrt(square)) : 0;
  fray_pull_back(visit, pull);
}

/* Samples without a dimension say nothing about the client. */
static double mean_dimension(size_t n, const double *dimension) {
  double sum = 0;
  size_t count = 0;
  for (size_t i = 0; i < n; i++)
    if (isfinite(dimension[i])) {
      sum += dimension[i];
      count++;
    }
  return count ? sum / (double)count : no_dimension;
}

/* The share of the component of larger losses. */
static enum fray_status share_wrong(struct fray_visit *visit, size_t n, const double *loss,
                                    double *out, struct fray_err *err) {
  struct fray_rng rng = fray_rng_for(visit->seed, "fedcorr/losses", visit->source, visit->round, 0);
  struct fray_mixture mixture;
  size_t upper = 0;
  FRAY_TRY(fray_mixture_fit(n, 1, loss, &rng, fray_visit_arena(visit), &mixture, err));
  *out = 0;
  if (!mixture.split || mixture.mean[1][0] - mixture.mean[0][0] <= apart)
    return FRAY_OK;
  for (size_t i = 0; i < n; i++)
    upper += mixture.of[i];
  *out = (double)upper / (double)n;
  return FRAY_OK;
}

/* Held against the truth, which nothing else looks at. */
static void count(struct fray_visit *visit, const int32_t *given) {
  for (size_t i = 0; i < visit->given && visit->truth; i++) {
    const int32_t truth = visit->truth[visit->data.sample[i]], now = visit->data.label[i];
    const bool is_wrong = given[i] != truth, is_other = now != given[i];
    visit->number[WRONG] += is_wrong;
    visit->number[CALLED] += is_other;
    visit->number[RIGHT] += is_wrong && is_other;
    visit->number[TRULY] += is_other && now == truth;
  }
}

/* In stage 1, by the model that the client has trained: what the server is told, and the losses
 * that stay. A probability that is 0 as a float has the loss of the smallest one. */
static enum fray_status end(const void *params, struct fray_visit *visit, struct fray_err *err) {
  const struct params *p = params;
  const struct own *own = visit->own;
  struct fray_arena *arena = fray_visit_arena(visit);
  const size_t n = visit->given, classes = fray_model_classes(visit->trainer->model);
  float *probability;
  double *x, *loss, *nearest, *dimension;
  count(visit, own->given);
  visit->number[DIMENSION] = no_dimension;
  if (own->stage != CORRECTS)
    return FRAY_OK;
  FRAY_ALLOC(probability, arena, n * classes, err);
  FRAY_ALLOC(x, arena, n * classes, err);
  FRAY_ALLOC(loss, arena, n, err);
  FRAY_ALLOC(nearest, arena, (size_t)p->k, err);
  FRAY_ALLOC(dimension, arena, n, err);
  FRAY_TRY(fray_visit_probabilities(visit, visit->w, 0, n, probability, err));
  /* Distances are of probabilities, as the authors': logits have no common zero. */
  for (size_t i = 0; i < n * classes; i++)
    x[i] = (double)probability[i];
  for (size_t i = 0; i < n; i++) {
    loss[i] = -log(fmax(x[i * classes + (size_t)visit->data.label[i]], (double)FLT_MIN));
    visit->kept_samples[LOSS * n + i] = (float)loss[i];
  }
  fray_local_dimensions(n, classes, x, (size_t)p->k, nearest, dimension);
  visit->number[DIMENSION] = mean_dimension(n, dimension);
  return share_wrong(visit, n, loss, &visit->number[SHARE], err);
}

/* ---- the server ---- */

/* By their samples, as fedavg's. */
static void weigh(const void *params, const struct fray_server_round *round, size_t n,
                  const struct fray_member *member, double *weight) {
  const enum stage stage = stage_of(params, round->number, round->round);
  size_t samples = 0;
  for (size_t i = 0; i < n; i++) {
    const double *said = member[i].number;
    double *client = of_client(round->number, member[i].client);
    samples += member[i].samples;
    client[LAST] = (double)round->round;
    client[SEEN] = (double)member[i].samples;
    /* What it says replaces what it said: counts are of all its samples. */
    memcpy(client + SAID, said + WRONG, (NUMBERS - WRONG) * sizeof *said);
    if (stage != CORRECTS)
      continue;
    client[LEVEL] = said[SHARE];
    client[SUM] += said[DIMENSION] >= 0 ? said[DIMENSION] : 0;
    client[TIMES] += said[DIMENSION] >= 0;
  }
  for (size_t i = 0; i < n; i++)
    weight[i] = (double)member[i].samples / (double)samples;
}

/* After each iteration: dimensions add up over them, so clients are compared by their means over
 * those that they came in. Who never came is not judged. */
static enum fray_status review(const void *params, const struct fray_server_round *round,
                               struct fray_arena *scratch, struct fray_err *err) {
  double *number = round->number, *mean;
  struct fray_mixture mixture;
  uint32_t *judged;
  size_t n = 0;
  if (stage_of(params, number, round->round) != CORRECTS ||
      round->round % (size_t)number[SPAN] != 0)
    return FRAY_OK;
  FRAY_ALLOC(mean, scratch, round->clients + 1, err);
  FRAY_ALLOC(judged, scratch, round->clients + 1, err);
  for (size_t c = 0; c < round->clients; c++) {
    double *client = of_client(number, c);
    client[NOISY] = 0;
    if (client[TIMES] == 0)
      continue;
    judged[n] = (uint32_t)c;
    mean[n++] = client[SUM] / client[TIMES];
  }
  struct fray_rng rng = fray_rng_for(round->seed, "fedcorr/clients", 0, round->round, 0);
  FRAY_TRY(fray_mixture_fit(n, 1, mean, &rng, scratch, &mixture, err));
  if (!mixture.split || mixture.mean[1][0] - mixture.mean[0][0] <= apart)
    return FRAY_OK;
  for (size_t i = 0; i < n; i++)
    of_client(number, judged[i])[NOISY] = mixture.of[i];
  return FRAY_OK;
}

/* Each client as of its last visit. One is wrong of whose samples any label is. */
static size_t found(const void *params, const double *number, struct fray_found *out) {
  struct fray_found clients = {.of = "clients"}, samples = {.of = "samples"};
  double truly = 0;
  (void)params;
  for (size_t c = 0; c < (size_t)number[CLIENTS]; c++) {
    const double *client = of_client((double *)number, c), *said = client + SAID - WRONG;
    const bool is_noisy = client[NOISY] != 0, is_wrong = said[WRONG] > 0;
    clients.seen += client[TIMES] > 0;
    clients.wrong += client[TIMES] > 0 && is_wrong;
    clients.called += is_noisy;
    clients.right += is_noisy && is_wrong;
    samples.seen += client[SEEN];
    samples.wrong += said[WRONG];
    samples.called += said[CALLED];
    samples.right += said[RIGHT];
    truly += said[TRULY];
  }
  /* The same samples twice: found where labels were wrong, and mended where they are right now. */
  out[0] = clients;
  out[1] = out[2] = samples;
  out[2].of = "labels";
  out[2].right = truly;
  return samples.seen > 0 ? FRAY_MOST_FOUND : 0;
}

static const struct fray_algorithm_ops ops = {
    .formula =
        "stage 1, iterations times, each client once: g + beta mu_k (w - w_r) / |w - w_r|, w_r "
        "received; it sends the mean local intrinsic dimension of its predictions (k) and the "
        "share mu_k that a mixture of two Gaussians calls wrong by their losses; then a mixture "
        "over the clients' dimensions calls those of the larger mean noisy, mu_k = 0 for the "
        "others; a noisy client gives its floor(n_k mu_k relabel_ratio) largest losses the class "
        "of the model that it next receives, where p > confidence; stage 2, finetune rounds: "
        "clients with mu_k <= clean_threshold alone; then noisy clients relabel whatever has p > "
        "confidence, and all train; w = mean of w_k throughout",
    .use = "single-label data in which some clients have many wrong labels and others few; it also "
           "tells who they are (found.csv)",
    .avoid =
        "wrong labels spread evenly over all clients; clients of a few dozen samples, unless k "
        "is far smaller; clients whose data differ much (their dimensions do too); rare "
        "classes, which confident wrong answers swallow; sets of classes (refused)",
    .sample_floats = SAMPLE_FLOATS,
    .keep = offsetof(struct params, keep),
    .numbers = NUMBERS,
    .server_numbers = server_numbers,
    .start = start,
    .welcome = welcome,
    .check = check,
    .idle = idle,
    .begin = begin,
    .gradient = gradient,
    .end = end,
    .weigh = weigh,
    .singles = "dimensions and losses of each client",
    .review = review,
    .found = found,
    .touches = {.step = 6, .neighbours = 20},
    .step = fray_whole_step};

extern const struct fray_choice fray_algorithm_fedcorr;
const struct fray_choice fray_algorithm_fedcorr = {
    .name = "fedcorr",
    .meaning = "clients with wrong labels are told by the dimensions of their predictions, and the "
               "received model replaces labels of theirs that its losses call wrong",
    .source = "Xu et al. 2022, arXiv 2204.04677, Alg. 1; clients relabel when they come next",
    .table = &table,
    .impl = &ops,
};
