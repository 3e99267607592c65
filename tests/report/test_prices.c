/* What a report says of costs: points of known places, and a front that holds only what is told
 * apart. */
#include "built_study.h"
#include "leaks.h"

#include "report/measure/prices.h"
#include "report/table/cost_table.h"

#include "fray/base/size.h"

#include <math.h>

/* Trainings of `mom` send twice as much as those of `avg`, with less arithmetic. */
static void put_costs(const char *folder) {
  struct fray_text old = slurp(path_in(folder, "trials.csv")), out = {0};
  for (const char *p = old.data; *p;) {
    const char *end = strchr(p, '\n');
    const bool is_head = p == old.data,
               is_avg = memchr(p, ',', 8) && strstr(p, ",avg,") < end && strstr(p, ",avg,") != NULL;
    fray_text_add(&out, p, (size_t)(end - p));
    fray_text_puts(&out, is_head  ? ",client_updates,bytes_down,bytes_up,flops,sim_seconds\n"
                         : is_avg ? ",20,1500000,500000,4e9,\n"
                                  : ",20,3000000,1e6,3e9,\n");
    p = end + 1;
  }
  put_file(path_in(folder, "trials.csv"), out.data, out.size);
  fray_text_free(&old);
  fray_text_free(&out);
}

/* Bytes both ways in MB, operations in GFLOP; no time is simulated, so no figure is of it. */
static void points_lie_where_costs_are(void **state) {
  struct made m;
  make(*state, &m);
  assert_null(figure(&m, "cost_scores", 0)); /* an older fray counted nothing */
  drop(&m);
  put_costs(*state);
  make(*state, &m);
  const struct fray_rep_figure *bytes = need(&m, "cost_scores", 0);
  const struct fray_rep_figure *flops = need(&m, "cost_scores", 1);
  assert_null(figure(&m, "cost_scores", 2));
  assert_string_equal(bytes->x_label, "bytes sent, MB");
  assert_string_equal(flops->x_label, "operations of clients, GFLOP");
  assert_int_equal(bytes->n_panels, 2); /* `dark` has an end, `fog` a single strength */
  for (size_t s = 0; s < bytes->panel[0].n_series; s++) {
    const char *label = bytes->panel[0].series[s].label;
    const bool is_avg = strstr(label, "avg") != NULL;
    const double y = bytes->panel[0].series[s].point[0].y;
    is_at(series(bytes, 0, label), 0, is_avg ? 2 : 4, y);
    is_at(series(flops, 0, label), 0, is_avg ? 4 : 3, y);
    is_at(series(bytes, 1, label), 0, is_avg ? 2 : 4, y - 20);
  }
  drop(&m);
}

static void the_table_is_written(void **state) {
  struct made m;
  struct fray_text html = {0};
  struct fray_err err = {0};
  put_costs(*state);
  make(*state, &m);
  good(fray_rep_costs(&m.r, *state, "", &html, &err), &err);
  struct fray_text csv = slurp(path_in(*state, "costs.csv"));
  assert_non_null(strstr(csv.data, ",flops,GFLOP,3,"));
  assert_non_null(strstr(csv.data, ",bytes,MB,2,"));
  /* Seeds agree to the digit, so that all is told apart. Clean training with `avg` scores .9, best
   * of all; with `mom` .8, for more bytes and fewer operations. */
  assert_non_null(strstr(csv.data, "on the front,on the front,clean,%,90,"));
  assert_non_null(strstr(csv.data, "beaten,on the front,clean,%,80"));
  assert_non_null(strstr(html.data, "on the front"));
  fray_text_free(&csv);
  fray_text_free(&html);
  drop(&m);
}

/* Of three models that cost 1, 2 and 3: the dearest may beat both or neither. */
static void a_front_holds_what_is_told_apart(void **state) {
  (void)state;
  static const double price[3] = {1, 2, 3}, equal[3] = {1, 1, 3};
  struct fray_rep_stat stat[3] = {
      {.n = 3, .mean = 0.5}, {.n = 3, .mean = 0.6}, {.n = 3, .mean = 0.7}};
  int better[9] = {0};
  const struct fray_rep_contest c = {.n = 3, .score = stat, .better = better};
  /* Nothing is told apart: the cheapest alone, whose claim is about costs, stands on the front. */
  assert_int_equal(fray_rep_standing_of(&c, price, 0), FRAY_REP_ON_FRONT);
  assert_int_equal(fray_rep_standing_of(&c, price, 1), FRAY_REP_NOT_RESOLVED);
  assert_int_equal(fray_rep_standing_of(&c, equal, 0), FRAY_REP_NOT_RESOLVED);
  better[1 * 3 + 0] = 1, better[0 * 3 + 1] = -1;                           /* 1 is better than 0 */
  assert_int_equal(fray_rep_standing_of(&c, price, 0), FRAY_REP_ON_FRONT); /* it costs less */
  assert_int_equal(fray_rep_standing_of(&c, price, 1), FRAY_REP_ON_FRONT);
  assert_int_equal(fray_rep_standing_of(&c, equal, 0), FRAY_REP_BEATEN);
  assert_int_equal(fray_rep_standing_of(&c, equal, 1), FRAY_REP_ON_FRONT);
  assert_int_equal(fray_rep_standing_of(&c, price, 2), FRAY_REP_NOT_RESOLVED);
  better[2 * 3 + 0] = 1, better[0 * 3 + 2] = -1; /* better than the cheapest is not enough */
  assert_int_equal(fray_rep_standing_of(&c, price, 2), FRAY_REP_NOT_RESOLVED);
  better[2 * 3 + 1] = 1, better[1 * 3 + 2] = -1;
  assert_int_equal(fray_rep_standing_of(&c, price, 2), FRAY_REP_ON_FRONT);
  const double unknown[3] = {1, NAN, 3};
  assert_int_equal(fray_rep_standing_of(&c, unknown, 1), FRAY_REP_NOT_RESOLVED);
  better[2 * 3 + 1] = 0, better[1 * 3 + 2] = 0; /* what it costs is not known: a rival perhaps */
  assert_int_equal(fray_rep_standing_of(&c, unknown, 2), FRAY_REP_NOT_RESOLVED);
}

static void numbers_are_read_as_powers(void **state) {
  (void)state;
  char text[48];
  assert_string_equal(fray_rep_price_text(0, "B", text), "0 B");
  assert_string_equal(fray_rep_price_text(999, "B", text), "999 B");
  assert_string_equal(fray_rep_price_text(999.6, "B", text), "1 kB");
  assert_string_equal(fray_rep_price_text(1.254e9, "B", text), "1.25 GB");
  assert_string_equal(fray_rep_price_text(8.1e14, "FLOP", text), "810 TFLOP");
}

static int make_built(void **state) {
  if (make_folder(state) != 0)
    return -1;
  put_study(*state);
  return 0;
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(points_lie_where_costs_are, make_built, drop_folder),
      cmocka_unit_test_setup_teardown(the_table_is_written, make_built, drop_folder),
      cmocka_unit_test(a_front_holds_what_is_told_apart),
      cmocka_unit_test(numbers_are_read_as_powers),
  };
  const int failed = cmocka_run_group_tests(tests, NULL, NULL);
  return failed + leak_tests();
}
