/* What a server is told beside updates: numbers for each class, who sent them, and how far apart
 * updates lie; seen through an algorithm that stands in no list. */
#include "fray/fed/schedule.h"
#include "scene.h"

#include <math.h>

#define PLAIN "local: {epochs: 2, batch: 3, lr: 0.1, momentum: 0, weight_decay: 0, clip_norm: 0}"

enum { OWN = 2, PER_CLASS = 2, SAID = OWN + PER_CLASS * CLASSES };
enum { MOST_TENSORS = 8, TABLE = CLIENTS * CLIENTS };

static struct fray_comm *self; /* this rank alone */

/* What the hooks of a federation saw; bad: how often something was not as it should be. */
struct seen {
  size_t bad, told, weighed;
  bool products, by_tensor, fails;
  const struct scene *s;
  float *update[CLIENTS]; /* of the last round, of those that this rank hosts */
  double product[MOST_TENSORS * TABLE];
  size_t parts;
};

/* What a client says: who it is, its round, and of each class a count and a name. The server's
 * number of it must be that of the round before. */
static enum fray_status say(const void *params, struct fray_visit *v, struct fray_err *err) {
  struct seen *seen = (struct seen *)params;
  (void)err;
  seen->bad += v->server[v->client] != 100 * (double)v->client + (double)v->round - 1;
  v->number[0] = (double)v->client;
  v->number[1] += 1; /* of the last visit nothing is left */
  for (size_t i = 0; i < v->data.n_labelled; i++)
    v->number[OWN + PER_CLASS * (size_t)v->data.label[i]]++;
  for (size_t c = 0; c < CLASSES; c++)
    v->number[OWN + PER_CLASS * c + 1] = 10 * (double)c;
  if (seen->update[v->client])
    memcpy(seen->update[v->client], v->up[0], v->total * sizeof(float));
  return FRAY_OK;
}

static size_t one_a_client(const void *params, const struct fray_roster *roster) {
  (void)params;
  return roster->clients;
}

static void start_with_names(const void *params, const struct fray_roster *roster, size_t n,
                             float *const *state, double *number) {
  (void)params, (void)n, (void)state;
  for (size_t c = 0; c < roster->clients; c++)
    number[c] = 100 * (double)c;
}

/* All numbers are here, by class; weights come later. */
static enum fray_status hear(const void *params, const struct fray_server_round *round, size_t n,
                             const struct fray_member *member, struct fray_arena *arena,
                             struct fray_err *err) {
  struct seen *seen = (struct seen *)params;
  double *scratch;
  seen->told++;
  FRAY_CHECK(!seen->fails || fray_comm_rank(world) != 0, err, MEMORY, "no room on one rank");
  FRAY_ALLOC(scratch, arena, n, err);
  seen->bad += n != CLIENTS || round->updates != n || round->classes != CLASSES ||
               seen->told != seen->weighed + 1 || round->product != NULL;
  for (size_t i = 0; i < n; i++) {
    double sum = 0;
    for (size_t c = 0; c < CLASSES; c++) {
      sum += member[i].number[OWN + PER_CLASS * c];
      seen->bad += member[i].number[OWN + PER_CLASS * c + 1] != 10 * (double)c;
    }
    scratch[i] = sum - (double)member[i].samples;
    seen->bad += scratch[i] != 0 || member[i].number[0] != (double)member[i].client ||
                 member[i].number[1] != 1;
    round->number[member[i].client] += 1;
  }
  return FRAY_OK;
}

/* Not in the first round: who knows nobody asks for nothing. */
static enum fray_products products(const void *params, const struct fray_server_round *round) {
  const struct seen *seen = params;
  if (!seen->products || (round && round->round == 1))
    return FRAY_PRODUCTS_NONE;
  return seen->by_tensor ? FRAY_PRODUCTS_BY_TENSOR : FRAY_PRODUCTS_WHOLE;
}

static void weigh(const void *params, const struct fray_server_round *round, size_t n,
                  const struct fray_member *member, double *weight) {
  struct seen *seen = (struct seen *)params;
  seen->weighed++;
  seen->bad += (round->product != NULL) != (seen->products && round->round > 1);
  for (size_t i = 0; i < n; i++) {
    weight[i] = 1.0 / (double)n;
    seen->bad +=
        round->number[member[i].client] != 100 * (double)member[i].client + (double)round->round;
  }
  if (!round->product)
    return;
  seen->parts = round->parts;
  assert_true(round->parts <= MOST_TENSORS);
  memcpy(seen->product, round->product, round->parts * TABLE * sizeof(double));
  for (size_t a = 0; a < n; a++) {
    seen->bad += fray_update_distance2(round, 0, a, a) != 0;
    for (size_t b = 0; b < n; b++)
      seen->bad += fray_update_distance2(round, 0, a, b) != fray_update_distance2(round, 0, b, a);
  }
}

/* As fedavg's. */
static void step(const void *params, const struct fray_server_round *round, size_t n,
                 const float *const *mean, float *w, float *const *state) {
  (void)params, (void)round, (void)state;
  for (size_t i = 0; i < n; i++)
    w[i] += mean[0][i];
}

static const struct fray_algorithm_ops ops = {.numbers = OWN,
                                              .numbers_per_class = PER_CLASS,
                                              .server_numbers = one_a_client,
                                              .start = start_with_names,
                                              .end = say,
                                              .told = hear,
                                              .products = products,
                                              .weigh = weigh,
                                              .step = step};

static enum fray_status run(struct scene *s, struct fray_comm *comm, struct seen *seen,
                            struct fray_outcome *out, struct fray_err *err) {
  const struct fray_choice choice = {.name = "ours", .impl = &ops};
  struct fray_federation f = s->f;
  s->training.server.algorithm = (struct fray_variant){.choice = &choice, .params = seen};
  f.comm = comm;
  return fray_federate(&f, &s->arena, out, err);
}

static void opened(struct scene *s) {
  char training[512];
  snprintf(training, sizeof training, "{rounds: %d, clients_per_round: 1.0, " PLAIN "}", ROUNDS);
  open_model_scene(s, MODEL("4"), training, "{metrics: [accuracy]}");
}

/* In their places, of all ranks, and as many bytes as they are. */
static void numbers_of_classes_come_with_their_client(void **state) {
  (void)state;
  struct scene s;
  struct fray_outcome out;
  struct seen seen = {0};
  opened(&s);
  OK(run(&s, world, &seen, &out, &err));
  assert_int_equal(seen.bad, 0);
  assert_int_equal(seen.told, ROUNDS);
  assert_int_equal(seen.weighed, ROUNDS);
  const double model = 4 * (double)fray_model_params(s.model)->count;
  for (size_t r = 0; r < ROUNDS; r++)
    assert_true(out.row[r].bytes_up == CLIENTS * (model + 8 * SAID));
  close_scene(&s);
}

/* Of each tensor: one rank alone has all updates, and adds them up by hand. */
static void products_are_those_of_the_updates(void **state) {
  (void)state;
  for (int by_tensor = 0; by_tensor < 2; by_tensor++) {
    struct scene s;
    struct fray_outcome out;
    static struct seen alone, together;
    opened(&s);
    const struct fray_param_table *table = fray_model_params(s.model);
    alone = together = (struct seen){.products = true, .by_tensor = by_tensor};
    for (size_t c = 0; c < CLIENTS; c++)
      alone.update[c] = fray_arena_zero(&s.arena, table->total, sizeof(float));
    OK(run(&s, self, &alone, &out, &err));
    OK(run(&s, world, &together, &out, &err));
    assert_int_equal(alone.bad + together.bad, 0);
    assert_int_equal(alone.parts, by_tensor ? table->n : 1);
    assert_int_equal(together.parts, alone.parts);
    assert_memory_equal(alone.product, together.product, sizeof alone.product);
    for (size_t k = 0; k < alone.parts; k++) {
      const size_t first = by_tensor ? table->v[k].offset : 0;
      const size_t n = by_tensor ? table->v[k].size : table->total;
      for (size_t at = 0; at < TABLE; at++) {
        const float *a = alone.update[at / CLIENTS] + first,
                    *b = alone.update[at % CLIENTS] + first;
        double sum = 0, size = 0;
        for (size_t i = 0; i < n; i++) {
          sum += (double)a[i] * (double)b[i];
          size += fabs((double)a[i] * (double)b[i]);
        }
        assert_true(fabs(sum - alone.product[k * TABLE + at]) <= 1e-12 * size);
      }
    }
    close_scene(&s);
  }
}

/* All ranks leave the round with it, and say why. */
static void one_rank_without_room_ends_all(void **state) {
  (void)state;
  struct scene s;
  struct fray_outcome out;
  struct fray_err err = {0};
  struct seen seen = {.fails = true};
  opened(&s);
  assert_int_equal(run(&s, world, &seen, &out, &err), FRAY_MEMORY);
  SAYS(err, "no room on one rank");
  assert_int_equal(seen.weighed, 0);
  close_scene(&s);
}

/* What a study of this method would be told to have: the slices of a rank, and the table. */
static void room_for_products_is_forecast(void **state) {
  (void)state;
  struct seen seen = {0};
  const struct fray_choice choice = {.name = "ours", .impl = &ops};
  const struct fray_training_config training = {
      .server = {.algorithm = {.choice = &choice, .params = &seen}}};
  double round;
  assert_true(fray_products_bytes(&training, 1000, 7, 10, 4, &round) == 0 && round == 0);
  seen.products = true;
  assert_true(fray_products_bytes(&training, 1000, 7, 10, 4, &round) == 8 * 100);
  assert_true(round == 4 * 10 * 1000 / 4);
  seen.by_tensor = true;
  assert_true(fray_products_bytes(&training, 1000, 7, 10, 4, &round) == 7 * 8 * 100);
}

static int start(void **state) {
  return fray_comm_split(world, fray_comm_rank(world), &self, NULL) == FRAY_OK ? set_up(state) : -1;
}

static int finish(void **state) {
  fray_comm_free(self);
  return tear_down(state);
}

int main(int argc, char **argv) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(numbers_of_classes_come_with_their_client),
      cmocka_unit_test(products_are_those_of_the_updates),
      cmocka_unit_test(one_rank_without_room_ends_all),
      cmocka_unit_test(room_for_products_is_forecast),
  };
  return run_on_ranks(argc, argv, tests, FRAY_COUNT(tests), start, finish);
}
