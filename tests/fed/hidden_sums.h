/* Laws of servers that see sums alone, over the list of algorithms: a part of test_algorithms.c,
 * whose scene and laws it takes. */
#ifndef FRAY_TESTS_FED_HIDDEN_SUMS_H
#define FRAY_TESTS_FED_HIDDEN_SUMS_H

/* Whose server sees sums alone, under masks: what stands behind the algorithm's section. */
#define MASKED ", secure_aggregation: {protocol: masked, threshold: 2}"
#define HIDDEN ", secure_aggregation: {protocol: masked, threshold: 2, heaviest: 1}"
static const struct {
  const char *server, *local;
} hidden[] = {
    {"{algorithm: fedavgm}" MASKED AWAY, LOCAL},
    {"{algorithm: fedavg}, aggregation: {blocks: holders}" MASKED, LOCAL},
    {"{algorithm: scaffold}" HIDDEN AWAY, PLAIN},
    {"{algorithm: fedbuff, buffer: 3}" MASKED BUSY, LOCAL},
    {"{algorithm: fednova, mu: 0.4}" MASKED AWAY, PLAIN},
    {"{algorithm: qfedavg, q: 2}" MASKED, LOCAL},
    {"{algorithm: coteaching, tau: 0.4, ramp: 3}" MASKED, LOCAL},
    {"{algorithm: semifl}" MASKED, LOCAL},
    {"{algorithm: ditto}, attack: {kind: ipm, who: 0.3}" MASKED, LOCAL},
    {"{algorithm: fedprox}, private: {blocks: [f]}" HIDDEN AWAY, PLAIN},
};

/* The same integers, open: what masks leave behind is nothing, whoever falls out and comes back. */
static void masks_leave_the_bytes(const char *server, const char *local) {
  struct scene s, t;
  struct fray_outcome masked, open;
  char other[512];
  snprintf(other, sizeof other, "%s", server);
  memcpy(strstr(other, "masked"), "open  ", 6);
  open_scene(&s, local, server, "");
  open_scene(&t, local, other, "");
  run(&s, world, &masked);
  run(&t, world, &open);
  const double *of = masked.secure, *and = open.secure;
  if (of[FRAY_SECURE_LOST] != 0 || of[FRAY_SECURE_SENT] != and[FRAY_SECURE_SENT] ||
      of[FRAY_SECURE_CLIPPED] != and[FRAY_SECURE_CLIPPED] || of[FRAY_SECURE_EXPANDED] == 0)
    fail_msg("%s: %g rounds lost, %g sent of %g, %g values of masks", server, of[FRAY_SECURE_LOST],
             of[FRAY_SECURE_SENT], and[FRAY_SECURE_SENT], of[FRAY_SECURE_EXPANDED]);
  same_bytes(server, "masks leave something", &s, masked.last, open.last);
  same_bytes(server, "masks leave something", &s, masked.best, open.best);
  close_scene(&s);
  close_scene(&t);
}

/* And these are near those of an exact sum: the grid is fine. */
static void the_grid_is_fine(const char *server, const char *local) {
  struct scene s, t;
  struct fray_outcome masked, exact;
  double worst = 0, way = 0;
  char other[512];
  snprintf(other, sizeof other, "%s", server);
  memcpy(strstr(other, "masked"), "none  ", 6);
  open_scene(&s, local, server, "");
  open_scene(&t, local, other, "");
  run(&s, world, &masked);
  run(&t, world, &exact);
  for (size_t i = 0; i < total_of(&s); i++) {
    worst = fmax(worst, fabs((double)masked.last[i] - (double)exact.last[i]));
    way = fmax(way, fabs((double)exact.last[i]));
  }
  if (!strstr(server, "heaviest") && !(worst <= 2e-5 * way))
    fail_msg("%s: off by %g of %g", server, worst, way);
  close_scene(&s);
  close_scene(&t);
}

static void sums_are_all_that_is_seen(void **state) {
  (void)state;
  for (size_t e = 0; e < FRAY_COUNT(hidden); e++) {
    const char *server = hidden[e].server, *local = hidden[e].local;
    if (fray_comm_size(world) == 1) {
      masks_leave_the_bytes(server, local);
      the_grid_is_fine(server, local);
      if (!strstr(server, "fedbuff"))
        order_does_not_matter(server, local);
    } else {
      ranks_do_not_matter(server, local);
    }
    if (e % 2 == 0)
      a_kill_does_not_matter(server, local);
  }
}

/* Whatever a method has a server look at of single clients, it says so, or how it does without; and
 * is refused where only sums are seen, in its own words. */
static void who_looks_at_single_clients_is_refused(void **state) {
  (void)state;
  size_t refused = 0;
  for (size_t a = 0; a < fray_algorithms.n; a++) {
    const struct fray_algorithm_ops *ops = fray_algorithms.v[a]->impl;
    const char *name = fray_algorithms.v[a]->name;
    if (!ops->weigh == (ops->singles || ops->sums.weight) || (ops->singles && ops->sums.weight) ||
        !ops->sums.weight != !ops->sums.scale)
      fail_msg("%s: either it looks at single clients, or it weighs by sums", name);
    if ((ops->told || ops->products || ops->welcome || ops->from_present) && !ops->singles)
      fail_msg("%s looks at single clients and does not say so", name);
    for (size_t e = 0; e < FRAY_COUNT(examples); e++) {
      struct fray_arena arena = {0};
      struct fray_training_config training;
      struct fray_node *node;
      struct fray_err why = {0};
      char text[700];
      if (strcmp(examples[e].algorithm, name) != 0 || strstr(examples[e].server, "aggregation") ||
          strstr(examples[e].server, "compression"))
        continue;
      snprintf(text, sizeof text, "{rounds: 3, %s%s, server: %s" MASKED "}",
               cohort_of(examples[e].local, "clients_per_round: 4, "), examples[e].local,
               examples[e].server);
      OK(fray_yaml_parse(text, "test", &arena, &node, &err));
      const enum fray_status status =
          fray_schema_read(&fray_training_table, node, "training", &training, &arena, &why);
      if (status != (ops->singles ? FRAY_INPUT : FRAY_OK) ||
          (ops->singles && !strstr(why.text, ops->singles)))
        fail_msg("%s: %s", text, why.text);
      refused += ops->singles != NULL;
      fray_arena_free(&arena);
    }
  }
  assert_true(refused >= 5);
}

/* Too few are left to take masks off: the model stays, and the round is counted. */
static void lost_rounds_count_nobody(void **state) {
  (void)state;
  struct scene s;
  struct fray_outcome out;
  open_scene(&s, LOCAL, "{algorithm: fedavg}",
             ", secure_aggregation: {protocol: masked, threshold: 1.0}, availability: {dropout: "
             "{p: 0.3}}");
  run(&s, world, &out);
  size_t lost = 0, whole = 0;
  for (size_t i = 0; i < out.n_rows; i++) {
    const struct fray_round_row *row = &out.row[i];
    const bool counts = row->dropped == 0;
    lost += !counts;
    whole += counts;
    assert_true(isnan(row->train_loss) == !counts && (row->update_norm > 0) == counts);
    assert_true(row->bytes_up > 0);
  }
  assert_true(lost > 0 && whole > 0);
  assert_true(out.secure[FRAY_SECURE_LOST] == (double)lost);
  assert_true(out.secure[FRAY_SECURE_ROUNDS] == ROUNDS);
  assert_true(out.secure[FRAY_SECURE_KEYS] == 4 * ROUNDS);
  close_scene(&s);
}

#endif
