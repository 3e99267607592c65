/* Who is left in a set and who lies in which split: least sizes, whole clients, strata, folds. */
#include "workbench.h"

#include "fray/data/dataset.h"

enum { PEOPLE = 12, EACH = 10, ALL = PEOPLE * EACH };

/* Twelve clients of ten samples: client k has accent k % 3; sample j has class "rare" if j is 9. */
static void put_people(void) {
  struct fray_text text = {0};
  fray_text_puts(&text, "id,client,label,accent,say\n");
  for (int k = 0; k < PEOPLE; k++)
    for (int j = 0; j < EACH; j++)
      fray_text_printf(&text, "%d_%d,c%d,%s,a%d,w%d_%d\n", k, j, k, j == 9 ? "rare" : "usual",
                       k % 3, k, j);
  put("m.csv", text.data);
  fray_text_free(&text);
}

static const char head[] = "name: s\ngroups: [accent]\nmodalities: {say: {kind: text}}\n"
                           "inputs: [{reader: manifest, file: m.csv, texts: {say: say}}]\n";

static void import_people(const char *more, uint8_t split[ALL]) {
  char yaml[1024];
  snprintf(yaml, sizeof yaml, "%s%s", head, more);
  import_anew(yaml);
  values("/samples/split", FRAY_H5_U8, split, ALL);
}

static void refuse_people(const char *more, const char *message) {
  char yaml[1024];
  snprintf(yaml, sizeof yaml, "%s%s", head, more);
  refuse(yaml, message);
}

/* Clients c0 .. c11 are in natural order, ten samples each. */
static bool is_whole(const uint8_t *split, int client, int value) {
  int n = count(split + client * EACH, EACH, value);
  assert_true(n == 0 || n == EACH);
  return n == EACH;
}

/* A third of the clients, of each accent: a third of its four is rounded down to one, and the share
 * of all (4 of 12) goes on to the largest remainders, so each accent gives one or two. */
static void clients_by_stratum(void **state) {
  (void)state;
  uint8_t split[ALL], again[ALL];
  put_people();
  for (int seed = 0; seed < 5; seed++) {
    char more[128];
    int of_accent[3] = {0};
    snprintf(more, sizeof more, "test: {fraction: 0.25, stratify: accent}\nseed: %d\n", seed);
    import_people(more, split);
    for (int k = 0; k < PEOPLE; k++)
      of_accent[k % 3] += is_whole(split, k, FRAY_TEST);
    for (int a = 0; a < 3; a++)
      assert_int_equal(of_accent[a], 1);
  }
  import_people("test: {fraction: 0.34, stratify: accent}\n", split);
  assert_int_equal(count(split, ALL, FRAY_TEST), 4 * EACH);
  import_people("test: {fraction: 0.34, stratify: accent}\n", again);
  assert_memory_equal(split, again, sizeof split);
  refuse_people("test: {fraction: 0.25, stratify: label}\n",
                "test.stratify: client \"c0\" has samples of \"usual\" and of \"rare\"");
  refuse_people("test: {fraction: 0.25, stratify: accnt}\n",
                "test.stratify: \"accnt\" is neither label nor one of `groups`; there is 'accent'");
}

/* A tenth of the samples has the rare class: of half of all, half are of each class. */
static void samples_by_stratum(void **state) {
  (void)state;
  uint8_t split[ALL];
  put_people();
  import_people("dev: {fraction: 0.5, within: all, stratify: label}\n", split);
  int rare = 0;
  for (int k = 0; k < PEOPLE; k++)
    rare += split[k * EACH + 9] == FRAY_DEV;
  assert_int_equal(rare, PEOPLE / 2);
  assert_int_equal(count(split, ALL, FRAY_DEV), ALL / 2);
  /* Within a client a half of 9 and of 1 is 4.5 and 0.5; of five the larger remainder has the
   * fifth: they are equal, and the first class, "rare", takes it. */
  import_people("dev: {fraction: 0.5, stratify: label}\n", split);
  for (int k = 0; k < PEOPLE; k++) {
    assert_int_equal(count(split + k * EACH, EACH, FRAY_DEV), EACH / 2);
    assert_int_equal(split[k * EACH + 9], FRAY_DEV);
  }
  import_people("test: {fraction: 0.3, of: samples, stratify: label}\n", split);
  for (int k = 0; k < PEOPLE; k++)
    assert_int_equal(count(split + k * EACH, EACH, FRAY_TEST), 3);
  refuse_people("dev: {fraction: 0.5, by: block, stratify: label}\n", "`stratify` has no use");
}

/* Dev by whole clients, beside a test of clients; named and drawn. */
static void dev_of_clients(void **state) {
  (void)state;
  uint8_t split[ALL];
  put_people();
  import_people("test: {clients: [c0, c7]}\ndev: {clients: [c3, c10]}\n", split);
  for (int k = 0; k < PEOPLE; k++) {
    assert_true(is_whole(split, k, FRAY_TEST) == (k == 0 || k == 7));
    assert_true(is_whole(split, k, FRAY_DEV) == (k == 3 || k == 10));
  }
  import_people("test: {clients: [c0, c7]}\ndev: {fraction: 0.2, by: client}\n", split);
  int n = 0;
  for (int k = 0; k < PEOPLE; k++)
    n += is_whole(split, k, FRAY_DEV);
  assert_int_equal(n, 2); /* a fifth of the ten that train */
  assert_int_equal(count(split, ALL, FRAY_TEST), 2 * EACH);
  refuse_people("test: {clients: [c0]}\ndev: {clients: [c0]}\n",
                "dev.clients: \"c0\" has no sample of train");
  refuse_people("dev: {clients: [c12]}\n",
                "dev.clients: there is no client \"c12\"; there are 'c0'");
  refuse_people("dev: {clients: [c1], fraction: 0.5}\n", "give either `clients` or `fraction`");
  refuse_people("dev: {by: client, fraction: 0.05}\n", "dev.fraction: 0.05 of 12 clients is none");
}

/* Every client lies in one fold, folds differ by one client at most, each accent is spread. */
static void folds(void **state) {
  (void)state;
  uint8_t split[ALL], again[ALL];
  int64_t fold[ALL], accent[ALL], other[ALL];
  put_people();
  for (int k = 2; k <= PEOPLE; k += 5) {
    char more[96];
    int size[PEOPLE] = {0}, spread[PEOPLE][3] = {{0}};
    snprintf(more, sizeof more, "folds: {k: %d, stratify: accent}\n", k);
    import_people(more, split);
    values("/groups/fold/code", FRAY_H5_I64, fold, ALL);
    values("/groups/accent/code", FRAY_H5_I64, accent, ALL);
    for (int i = 0; i < ALL; i++) {
      assert_int_equal(fold[i], fold[i / EACH * EACH]);
      assert_true(fold[i] >= 0 && fold[i] < k);
      size[fold[i]]++;
      spread[fold[i]][accent[i]]++;
    }
    for (int f = 0; f < k; f++) {
      assert_true(abs(size[f] - ALL / k) <= EACH);
      for (int a = 0; a < 3; a++)
        assert_true(abs(spread[f][a] - ALL / 3 / k) <= EACH);
    }
    import_people(more, again);
    values("/groups/fold/code", FRAY_H5_I64, other, ALL);
    assert_memory_equal(fold, other, sizeof fold);
  }
  import_people("folds: {of: accent, k: 3}\n", split);
  values("/groups/fold/code", FRAY_H5_I64, fold, ALL);
  for (int i = 0; i < ALL; i++)
    assert_int_equal(fold[i], fold[i / EACH % 3 * EACH]);
  EXPECT_TEXTS("/groups/fold/values", "0", "1", "2");
  refuse_people("folds: {k: 13}\n", "folds.k: 13 folds of 12 clients");
  refuse_people("folds: {of: accent}\n", "folds: `k` is missing");
  refuse_people("test: {stratify: accent}\n", "test: `stratify` is of a drawn share");
  refuse_people("dev: {stratify: accent}\n", "dev: `stratify` is of a drawn share");
  refuse_people("folds: {k: 4, of: accent}\n", "folds.k: 4 folds of 3 values");
  refuse_people("folds: {k: 2, of: acent}\n",
                "folds.of: \"acent\" is neither client nor one of `groups`; there is 'accent'");
  refuse_people("folds: {k: 2, stratify: label}\n", "folds.stratify: \"c0\" has samples of");
  refuse(
      "name: s\ngroups: [fold]\nmodalities: {say: {kind: text}}\nfolds: {k: 2}\n"
      "inputs: [{reader: manifest, file: m.csv, texts: {say: say}, derive: {fold: {from: client, "
      "slice: [1]}}}]\n",
      "folds: there is a group `fold` already");
}

/* Class z goes, then client q, of whose three samples two were z, then class w. */
static void small_ones_go(void **state) {
  (void)state;
  const char *yaml = "name: s\nclasses: [z, y, x, w]\nat_least: {client: 2, label: 3}\n"
                     "modalities: {say: {kind: text}}\n"
                     "inputs: [{reader: manifest, file: m.csv, texts: {say: say}}]\n";
  put("m.csv", "id,client,label,say\n1,p,x,a\n2,p,x,b\n3,p,y,c\n4,q,z,d\n5,q,z,e\n6,q,w,f\n"
               "7,r,y,g\n8,r,x,h\n9,r,y,i\n10,r,w,j\n11,r,w,k\n");
  import_anew(yaml);
  EXPECT_TEXTS("/clients/id", "p", "r");
  EXPECT_TEXTS("/classes", "y", "x");
  expect_joined("/samples/source", "1|2|3|7|8|9");
  struct fray_text text = {0};
  said(yaml, &text);
  if (!strstr(text.data,
              "s: at_least: 4 samples of 2 classes with fewer than 3 left out: z (2), w (2)\n") ||
      !strstr(text.data, "s: at_least: 1 sample of 1 client with fewer than 2 left out: q (1)\n"))
    fail_msg("%s", text.data);
  fray_text_free(&text);
  refuse("name: s\nat_least: {client: 7}\nmodalities: {say: {kind: text}}\n"
         "inputs: [{reader: manifest, file: m.csv, texts: {say: say}}]\n",
         "at_least: no client and no class has enough samples");
  refuse("name: s\ntask: multi_label\nat_least: {label: 2}\nmodalities: {say: {kind: text}}\n"
         "inputs: [{reader: manifest, file: m.csv, texts: {say: say}}]\n",
         "at_least.label: is for single-label sets");
}

/* Of a split alone: a client that trains too little may still be tested. Of equals the first by
 * name stays; the largest are chosen before least sizes are asked for. */
static void largest_ones_stay(void **state) {
  (void)state;
#define SIZES(keys)                                                                                \
  "name: s\n" keys "modalities: {say: {kind: text}}\n"                                             \
  "inputs: [{reader: manifest, file: m.csv, texts: {say: say}}]\n"
  put("m.csv", "id,client,label,split,say\n1,p,x,train,a\n2,p,x,train,b\n3,p,y,test,c\n"
               "4,q,z,train,d\n5,q,x,test,e\n6,q,y,test,f\n7,r,y,train,g\n8,r,z,train,h\n"
               "9,s,w,test,i\n");
  import_anew(SIZES("at_least: {client: 2, of: train}\n"));
  expect_joined("/samples/source", "1|2|3|5|6|7|8|9");
  struct fray_text text = {0};
  said(SIZES("at_least: {client: 2, of: train}\n"), &text);
  assert_non_null(strstr(text.data,
                         "s: at_least: 1 sample of 1 client with fewer than 2 train left "
                         "out: q (1)\n"));
  fray_text_free(&text);
  /* x and y have 3 samples, z has 2; p, q, r have 3, 2, 1 of x and y. */
  import_anew(SIZES("most_frequent: {label: 2, client: 2}\n"));
  EXPECT_TEXTS("/classes", "x", "y");
  expect_joined("/samples/source", "1|2|3|5|6");
  said(SIZES("most_frequent: {label: 2, client: 2}\n"), &text);
  assert_non_null(strstr(text.data, "s: most_frequent: 3 samples of 2 classes beyond the largest 2 "
                                    "left out: z (2), w (1)\n"));
  assert_non_null(strstr(text.data, "1 sample of 1 client beyond the largest 2 left out: r (1)"));
  fray_text_free(&text);
  import_anew(SIZES("classes: [z, y, x, w]\nmost_frequent: {label: 2, of: train}\n"));
  /* Two training samples of x and of z, one of y; classes keep the order of the YAML. */
  EXPECT_TEXTS("/classes", "z", "x");
  refuse(SIZES("task: multi_label\nmost_frequent: {label: 2}\n"),
         "most_frequent.label: is for single-label sets");
  refuse(SIZES("most_frequent: {label: 0}\n"), "most_frequent.label");
#undef SIZES
}

int main(void) {
  const struct CMUnitTest tests[] = {
      ON_BENCH(clients_by_stratum), ON_BENCH(samples_by_stratum),
      ON_BENCH(dev_of_clients),     ON_BENCH(folds),
      ON_BENCH(small_ones_go),      ON_BENCH(largest_ones_stay),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
