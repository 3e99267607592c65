/* What a round sends is what docs/scaling.md says, to the byte. With arguments it measures instead:
 *   mpirun -n RANKS test_traffic_1 UNITS COHORT ROUNDS
 * prints parameters, cohort, ranks, calls and bytes of a rank and round as counted, bytes as the
 * closed form says, seconds a round, and seconds of it inside of exchanges;
 *   mpirun -n RANKS test_traffic_1 INTEGERS REPEATS
 * prints ranks, bytes and the median seconds of one sum of so many 64-bit integers. */
#include "scene.h"

#include "fray/base/log.h"
#include "fray/fed/exact.h"

#include <inttypes.h>

/* Bytes that a rank gives to its exchanges, docs/scaling.md. */
static uint64_t bytes_of_training(uint64_t parameters, uint64_t cohort) {
  const uint64_t blocks = (parameters + FRAY_EXACT_BLOCK - 1) / FRAY_EXACT_BLOCK;
  const uint64_t agreement = 4; /* after training, before the losses, before the exponents */
  return 3 * agreement + 32 * cohort + 4 * blocks + 8 * parameters;
}
static uint64_t bytes_of_evaluation(uint64_t samples, uint64_t classes, bool scores) {
  const uint64_t agreement = 4;
  return 2 * agreement + 16 * samples + (scores ? 8 * ((samples * classes + 1) / 2) : 0);
}
enum { TRAINING_CALLS = 6, EVALUATION_CALLS = 3 };

/* As many clients as wanted, each with the samples of one of the scene. */
static void enlarge(struct scene *s, size_t clients) {
  uint64_t *source = fray_arena_alloc(&s->arena, clients, sizeof *source);
  size_t *first = fray_arena_alloc(&s->arena, clients, sizeof *first);
  uint32_t *count = fray_arena_alloc(&s->arena, clients, sizeof *count);
  const char **name = fray_arena_alloc(&s->arena, clients, sizeof *name);
  assert_true(source && first && count && name);
  for (size_t c = 0; c < clients; c++) {
    source[c] = 1000 + c;
    first[c] = s->first[c % CLIENTS];
    count[c] = s->count[c % CLIENTS];
    name[c] = s->name[c % CLIENTS];
  }
  s->clients.n = clients;
  s->clients.source = source;
  s->clients.first = first;
  s->clients.count = s->clients.n_labelled = count;
  s->f.client_name = name;
}

struct measured {
  struct fray_traffic traffic;
  double seconds;
  size_t parameters;
};

static struct measured federate(const char *units, size_t cohort, size_t rounds,
                                const char *evaluate) {
  struct measured out;
  struct fray_outcome outcome;
  struct scene s;
  char training[256], model[256];
  snprintf(training, sizeof training, "{rounds: %zu, clients_per_round: %zu, " LOCAL "}", rounds,
           cohort);
  snprintf(model, sizeof model, MODEL("%s"), units, units);
  open_model_scene(&s, model, training, evaluate);
  enlarge(&s, cohort);
  fray_comm_barrier(world);
  const struct fray_traffic before = fray_comm_traffic(world);
  const double start = fray_seconds();
  OK(fray_federate(&s.f, &s.arena, &outcome, &err));
  out.seconds = fray_seconds() - start;
  out.traffic = fray_comm_traffic(world);
  out.traffic.calls -= before.calls;
  out.traffic.bytes -= before.bytes;
  out.traffic.waited -= before.waited;
  out.parameters = fray_model_params(s.model)->total;
  assert_false(outcome.diverged);
  close_scene(&s);
  return out;
}

/* One agreement at the start; evaluations where they are due. */
static void as_predicted(const char *units, size_t cohort, size_t rounds, size_t evaluations,
                         const char *evaluate, bool scores) {
  const struct measured m = federate(units, cohort, rounds, evaluate);
  uint64_t calls = 1 + TRAINING_CALLS * rounds + 2 * EVALUATION_CALLS * evaluations;
  uint64_t bytes = 4 + rounds * bytes_of_training(m.parameters, cohort) +
                   evaluations * (bytes_of_evaluation(DEV, CLASSES, scores) +
                                  bytes_of_evaluation(TEST, CLASSES, scores));
  if (fray_comm_size(world) == 1) /* nobody to tell */
    calls = bytes = 0;
  assert_int_equal(m.traffic.calls, calls);
  assert_int_equal(m.traffic.bytes, bytes);
  assert_true(m.traffic.waited >= 0 && m.traffic.waited <= m.seconds);
}

static void follows_parameters(void **state) {
  (void)state;
  as_predicted("4", 4, 3, 3, "{metrics: [accuracy]}", false);
  as_predicted("100", 4, 3, 3, "{metrics: [accuracy]}", false);
}

static void follows_the_cohort(void **state) {
  (void)state;
  as_predicted("4", 1, 3, 3, "{metrics: [accuracy]}", false);
  as_predicted("4", 200, 3, 3, "{metrics: [accuracy]}", false);
}

static void follows_evaluation(void **state) {
  (void)state;
  as_predicted("4", 4, 5, 2, "{every: 4, metrics: [accuracy]}", false); /* rounds 4 and 5 */
  as_predicted("4", 4, 3, 3, "{metrics: [accuracy, auc]}", true);
}

/* The difference of two runs is that of their rounds alone. */
static void print_round(const char *units, size_t cohort, size_t rounds) {
  static const char once[] = "{every: 1000000, metrics: [accuracy]}";
  federate(units, cohort, 1, once);
  const struct measured a = federate(units, cohort, 1, once),
                        b = federate(units, cohort, 1 + rounds, once);
  const double n = (double)rounds;
  if (fray_comm_rank(world) == 0)
    printf("%zu %zu %d %.9g %.12g %" PRIu64 " %.6g %.6g\n", a.parameters, cohort,
           fray_comm_size(world), (double)(b.traffic.calls - a.traffic.calls) / n,
           (double)(b.traffic.bytes - a.traffic.bytes) / n, bytes_of_training(a.parameters, cohort),
           (b.seconds - a.seconds) / n, (b.traffic.waited - a.traffic.waited) / n);
}

static int ascending(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static void print_exchange(size_t n, size_t repeats) {
  int64_t *values = calloc(n, sizeof *values);
  double *seconds = calloc(repeats, sizeof *seconds);
  assert_true(values && seconds && repeats);
  fray_comm_barrier(world);
  for (size_t i = 0; i < repeats; i++) { /* back to back, so that no rank is early for long */
    const double start = fray_seconds();
    fray_comm_sum_i64(world, values, n);
    seconds[i] = fray_seconds() - start;
  }
  qsort(seconds, repeats, sizeof *seconds, ascending);
  if (fray_comm_rank(world) == 0)
    printf("%d %zu %.6g\n", fray_comm_size(world), n * sizeof *values, seconds[repeats / 2]);
  free(values);
  free(seconds);
}

int main(int argc, char **argv) {
  struct fray_err err = {0};
  int failed = 0;
  if (fray_comm_start(&argc, &argv, &world, &err) != FRAY_OK)
    return 1;
  fray_blas_start(NULL);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(follows_parameters),
      cmocka_unit_test(follows_the_cohort),
      cmocka_unit_test(follows_evaluation),
  };
  if (argc == 4) {
    set_up(NULL);
    print_round(argv[1], strtoul(argv[2], NULL, 10), strtoul(argv[3], NULL, 10));
    tear_down(NULL);
  } else if (argc == 3) {
    print_exchange(strtoul(argv[1], NULL, 10), strtoul(argv[2], NULL, 10));
  } else {
    failed = cmocka_run_group_tests(tests, set_up, tear_down);
  }
  fray_comm_finish(world);
  return failed;
}
