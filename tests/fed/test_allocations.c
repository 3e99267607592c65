/* A round allocates nothing: from the third on, over all algorithms, ways to cope with missing
 * modalities and rules of aggregation, what the program asks of the allocator is counted. Two
 * rounds may grow what the others use again.
 *
 * What libraries ask for among themselves is not seen: only calls from the program's own code
 * count.
 */
#define SCENE_MODALITIES 2
#include "scene.h"

#include "fray/fed/aggregate.h"
#include "fray/fed/missing.h"

#include <link.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

static uintptr_t first_code, end_code; /* of this program */
static size_t n_allocations, n_failed;

/* The first object is the program. */
static int find_code(struct dl_phdr_info *info, size_t size, void *unused) {
  (void)size, (void)unused;
  for (int k = 0; k < info->dlpi_phnum; k++)
    if (info->dlpi_phdr[k].p_type == PT_LOAD && (info->dlpi_phdr[k].p_flags & PF_X)) {
      first_code = info->dlpi_addr + info->dlpi_phdr[k].p_vaddr;
      end_code = first_code + info->dlpi_phdr[k].p_memsz;
    }
  return 1;
}

static void count(void *caller) {
  n_allocations += (uintptr_t)caller >= first_code && (uintptr_t)caller < end_code;
}

void *malloc(size_t size) {
  count(__builtin_return_address(0));
  return __libc_malloc(size);
}
void *calloc(size_t nmemb, size_t size) {
  count(__builtin_return_address(0));
  return __libc_calloc(nmemb, size);
}
void *realloc(void *ptr, size_t size) {
  count(__builtin_return_address(0));
  return __libc_realloc(ptr, size);
}
void *aligned_alloc(size_t alignment, size_t size) {
  count(__builtin_return_address(0));
  return __libc_memalign(alignment, size);
}

/* ---- what is counted ---- */

enum { LAST = 8, SETTLED = 2 };

struct counter {
  size_t before;          /* allocations up to the end of the last round */
  size_t after[LAST + 1]; /* in each round */
};

static enum fray_round_end at_end_of_round(void *user, const struct fray_round_row *row) {
  struct counter *c = user;
  c->after[row->round] = n_allocations - c->before;
  c->before = n_allocations;
  return FRAY_ROUND_GO_ON;
}

/* model and more: of the scenario; more begins with a comma. */
static void allocates_just(size_t most, const char *what, const char *more) {
  struct scene s;
  struct fray_outcome out;
  struct counter counter = {0};
  struct fray_err wrong = {0};
  const struct fray_watch watch = {.user = &counter, .round = at_end_of_round};
  char training[1024];
  snprintf(training, sizeof training,
           "{rounds: %d, clients_per_round: 1.0, local: {epochs: 2, batch: 3, lr: 0.05, momentum: "
           "0, weight_decay: 0, clip_norm: 0}%s}",
           LAST, more);
  open_model_scene(&s,
                   "{fusion: concat, hidden: 4, head: 4, dropout: 0.2, encoders: {f: {kind: mlp, "
                   "units: 4}, g: {kind: mlp, units: 4}}}",
                   training, "{every: 1, metrics: [accuracy, nll]}");
  s.f.watch = &watch;
  char clients[128];
  snprintf(clients, sizeof clients, "%s/clients", folder);
  s.f.trial = "trial";
  s.f.client_folder = clients;
  counter.before = n_allocations;
  if (fray_federate(&s.f, &s.arena, &out, &wrong) != FRAY_OK)
    fail_msg("%s: %s", what, wrong.text);
  assert_int_equal(out.rounds, LAST);
  assert_true(counter.after[1] > 0); /* the counter counts */
  for (size_t r = SETTLED + 1; r <= LAST; r++)
    if (counter.after[r] > most || (most && counter.after[r] != counter.after[SETTLED + 1])) {
      print_error("%s: round %zu makes %zu allocations\n", what, r, counter.after[r]);
      n_failed++;
    }
  close_scene(&s);
}

static void allocates_nothing(const char *what, const char *more) {
  allocates_just(0, what, more);
}

/* Keys without a default: of an algorithm a column, of a rule a client. */
static const char *needed(const struct fray_choice *choice, const char *value, char out[128]) {
  out[0] = '\0';
  for (size_t i = 0; choice->table && i < choice->table->n; i++)
    if (choice->table->fields[i].required)
      snprintf(out, 128, ", %s: %s", choice->table->fields[i].key, value);
  return out;
}

static void all_algorithms(void **state) {
  (void)state;
  char text[512], keys[128];
  for (size_t i = 0; i < fray_algorithms.n; i++) {
    const struct fray_choice *choice = fray_algorithms.v[i];
    const struct fray_algorithm_ops *ops = choice->impl;
    snprintf(text, sizeof text, ", server: {algorithm: %s%s}%s", choice->name,
             needed(choice, "third", keys), ops->arrivals ? BUSY : "");
    allocates_nothing(choice->name, text);
  }
  assert_int_equal(n_failed, 0); /* all of them were told */
}

static void all_ways_to_cope(void **state) {
  (void)state;
  char text[512];
  for (size_t i = 0; i < fray_missing_methods.n; i++) {
    snprintf(text, sizeof text, ", missing: {kind: %s}", fray_missing_methods.v[i]->name);
    allocates_nothing(fray_missing_methods.v[i]->name, text);
  }
  assert_int_equal(n_failed, 0); /* all of them were told */
}

static void all_rules(void **state) {
  (void)state;
  char text[512], keys[128];
  for (size_t i = 0; i < fray_rules.n; i++) {
    snprintf(text, sizeof text, ", aggregation: {rule: %s%s}", fray_rules.v[i]->name,
             needed(fray_rules.v[i], "client-0", keys));
    allocates_nothing(fray_rules.v[i]->name, text);
  }
  allocates_nothing("what goes before",
                    ", aggregation: {pre: [arc, nnm, bucketing], rule: median}");
  allocates_nothing("an attack", ", aggregation: {rule: krum}, attack: {kind: mimic, who: 0.4}");
  allocates_nothing("blocks of holders", ", aggregation: {blocks: holders}");
  allocates_nothing("private blocks", ", private: {blocks: [head]}");
  allocates_nothing("private sums", ", privacy: {clip: 0.1, z: 1}, on_nonfinite: exclude");
  allocates_nothing("masked sums", ", secure_aggregation: {protocol: masked}");
  assert_int_equal(n_failed, 0); /* all of them were told */
}

/* Errors are states of clients; attackers are coded once more. */
static void all_compressions(void **state) {
  (void)state;
  char text[512], keys[128];
  for (size_t i = 0; i < fray_compressions.n; i++) {
    const char *name = fray_compressions.v[i]->name;
    snprintf(text, sizeof text, ", compression: {kind: %s%s}, attack: {kind: ipm, who: 0.3}", name,
             needed(fray_compressions.v[i], "", keys));
    allocates_nothing(name, text);
  }
  assert_int_equal(n_failed, 0); /* all of them were told */
}

/* Who comes is another each time, but room is made for all. */
static void some_away(void **state) {
  (void)state;
  allocates_nothing("some away", AWAY);
  assert_int_equal(n_failed, 0); /* all of them were told */
}

/* States that lie on the disk: each file that is read or written hashes its contents, with a state
 * that the library asks for, and the same in every round. */
static void files_of_states(void **state) {
  (void)state;
  enum { OF_FILE = 2 };
  for (size_t i = 0; i < fray_algorithms.n; i++) {
    const struct fray_algorithm_ops *ops = fray_algorithms.v[i]->impl;
    char text[512], keys[128];
    if (ops->client_vectors == 0)
      continue;
    snprintf(text, sizeof text, ", server: {algorithm: %s%s, keep: disk}",
             fray_algorithms.v[i]->name, needed(fray_algorithms.v[i], "third", keys));
    allocates_just(2 * OF_FILE * CLIENTS, fray_algorithms.v[i]->name, text);
  }
  assert_int_equal(n_failed, 0);
}

static int begin(void **state) {
  dl_iterate_phdr(find_code, NULL);
  return set_up(state);
}

int main(int argc, char **argv) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(all_algorithms), cmocka_unit_test(all_ways_to_cope),
      cmocka_unit_test(all_rules),      cmocka_unit_test(all_compressions),
      cmocka_unit_test(some_away),      cmocka_unit_test(files_of_states),
  };
  return run_on_ranks(argc, argv, tests, FRAY_COUNT(tests), begin, tear_down);
}
