/* Figure: how the clients fare one by one, as distribution functions. */
#include "figures.h"

#include "report/plot/build.h"
#include "report/quantity/client_values.h"
#include "report/words/names.h"

#include "fray/base/size.h"
#include "fray/metric/fairness.h"

#include <math.h>
#include <stdlib.h>

/* With more than MOST_CLIENTS every step is thinner than a line, and the page too long to load. */
enum { MOST_AXES = 3, PANELS = 4, MOST_CLIENTS = 2000 };

struct clients {
  struct fray_rep_build b;
  enum fray_rep_samples samples;
  const struct fray_rep_axis *axis;
  struct fray_text variance;
  struct fray_client_spread spread[2]; /* of the panel at hand, at its ends */
  size_t n_clients;                    /* most of them in a panel */
};

/* Values are never NaN: clients without one do not come out of fray_rep_by_client. */
static int compare_points(const void *a, const void *b) {
  double x = ((const struct fray_rep_point *)a)->x, y = ((const struct fray_rep_point *)b)->x;
  return (x > y) - (x < y);
}

/* A step for each client, at its own value; all of them to the right of 1/n. No intervals: these
 * are these clients, each with few samples; what may be said of others stands in the measures. One
 * client alone has no distribution. *spread stays empty (n 0) then, from which the note sees it. */
static enum fray_status put_steps(struct clients *k, struct fray_rep_panel *panel,
                                  const struct fray_rep_address *at, const char *label,
                                  size_t style, struct fray_client_spread *spread,
                                  struct fray_err *err) {
  struct fray_rep_results *r = k->b.r;
  const double *value;
  const char *const *name;
  struct fray_rep_series *series;
  size_t n;
  double unit = fray_rep_is_percent(r, r->main_metric) ? 100 : 1;
  bool higher = fray_rep_higher_is_better(r->metrics.v[r->main_metric]);
  *spread = (struct fray_client_spread){0};
  FRAY_TRY(fray_rep_by_client(r, at, &value, &name, &n, err));
  if (n < 2 || n > MOST_CLIENTS)
    return FRAY_OK;
  FRAY_TRY(fray_rep_build_series(&k->b, panel, label, style, n, &series, err));
  for (size_t i = 0; i < n; i++)
    series->point[i] = (struct fray_rep_point){.x = unit * value[i],
                                               .low = NAN,
                                               .high = NAN,
                                               .realised = NAN,
                                               .n = r->seeds.n,
                                               .label = name[i]};
  /* y after sorting: it is the rank. Equal values give two steps at one x, which is right. */
  qsort(series->point, n, sizeof *series->point, compare_points);
  for (size_t i = 0; i < n; i++)
    series->point[i].y = 100 * (double)(i + 1) / (double)n;
  series->n = n;
  /* Points that do not go through fray_rep_build_put have to be counted here, or the figure is
   * taken for empty. */
  k->b.n_points += n;
  k->n_clients = FRAY_MAX(k->n_clients, n);
  return fray_client_spread_of(value, n, higher, fray_rep_store_work(r), spread, err);
}

/* "worst tenth 61.2 to 40.1, best 90 to 71.5" below the title of the panel. Both ends are needed:
 * the weak one is kept in k->spread until the strong one came. The variance goes to the caption, as
 * it has another unit (that of the metric squared). */
static enum fray_status note(struct clients *k, const struct fray_client_spread *s,
                             struct fray_rep_panel *panel, struct fray_err *err) {
  double unit = fray_rep_is_percent(k->b.r, k->b.r->main_metric) ? 100 : 1;
  if (s[0].n == 0 || s[1].n == 0)
    return FRAY_OK;
  fray_text_printf(&k->variance, "%s%s%s%.3g to %.3g",
                   k->variance.size ? "; " : " Variance: ", panel->title, *panel->title ? " " : "",
                   unit * unit * s[0].variance, unit * unit * s[1].variance);
  return fray_rep_words(k->b.r, &panel->note, err, "worst tenth %.3g to %.3g, best %.3g to %.3g",
                        unit * s[0].worst10, unit * s[1].worst10, unit * s[0].best10,
                        unit * s[1].best10);
}

/* i is 0 and then 1, so it serves as style and as place in spread. */
static enum fray_status put_end(void *user, struct fray_rep_panel *panel,
                                const struct fray_rep_address *at, const char *label, size_t i,
                                struct fray_err *err) {
  struct clients *k = user;
  FRAY_TRY(put_steps(k, panel, at, label, i, &k->spread[i], err));
  return i ? note(k, k->spread, panel, err) : FRAY_OK;
}

/* On a distribution function the metric lies along x, so the label that the builder made for y
 * moves there, and y is a share in percent whatever the metric. */
static enum fray_status fill(struct clients *k, struct fray_rep_figures *figures,
                             struct fray_err *err) {
  struct fray_rep_results *r = k->b.r;
  struct fray_rep_ends ends;
  const char *rest;
  k->b.f->x_label = k->b.f->y_label;
  k->b.f->y_label = "share of the clients, %";
  k->b.f->percent = true;
  /* Where less is better the worst tenth stands at the top right, where no level can mark it. */
  k->b.f->worst = fray_rep_higher_is_better(r->metrics.v[r->main_metric]) ? 10 : 0;
  FRAY_TRY(fray_rep_build_ends(&k->b, k->axis, k->samples, PANELS, put_end, k, &ends, &rest, err));
  if (k->b.n_points == 0) {
    fray_rep_build_drop(&k->b, figures);
    return FRAY_OK;
  }
  k->b.basis.own = k->samples == FRAY_REP_OWN;
  return fray_rep_build_end(
      &k->b, err,
      "Share of the %zu %s whose own %s, averaged over the seeds, is at most the value below, with "
      "the worst tenth marked; above each panel, what becomes of the means of the worst and of the "
      "best tenth from %s to the strongest.%s%s Part of the spread is chance, since a "
      "client has few samples; these numbers are of these clients, and what they say of others is "
      "in tables/measures.csv, with intervals.%s",
      k->n_clients,
      k->samples == FRAY_REP_OWN ? "training clients, on their held-out data," : "test clients",
      fray_rep_metric_title(r, r->metrics.v[r->main_metric]),
      ends.clean ? "no damage" : "the weakest damage", k->variance.size ? k->variance.data : "",
      k->variance.size ? "." : "", rest);
}

/* The text of the caption is no arena memory: it is freed here on every way out of fill. */
static enum fray_status add_figure(struct fray_rep_results *r, const struct fray_rep_axis *axis,
                                   enum fray_rep_samples samples, size_t section, size_t index,
                                   struct fray_rep_figures *figures, struct fray_err *err) {
  struct clients k = {.axis = axis, .samples = samples};
  const char *title, *name;
  bool own = samples == FRAY_REP_OWN;
  name =
      fray_rep_figure_name(r->arena, section, own ? "own_clients" : "clients", index, axis->name);
  FRAY_TRY(fray_rep_words(r, &title, err, "%s, %s", axis->title,
                          own ? "training clients one by one" : "test clients one by one"));
  FRAY_TRY(fray_rep_build_begin(&k.b, r, figures, FRAY_REP_STEPS, name, title, err));
  enum fray_status status = fill(&k, figures, err);
  fray_text_free(&k.variance);
  return status;
}

static enum fray_status make(struct fray_rep_results *r, size_t section,
                             struct fray_rep_figures *out, struct fray_err *err) {
  struct fray_rep_axis *axes;
  size_t n_axes;
  FRAY_TRY(fray_rep_axes(r, &axes, &n_axes, err));
  for (size_t i = 0; i < n_axes && i < MOST_AXES; i++)
    /* Without held-out data of training clients the second figure has no points and is dropped.
     * Files are numbered by axis, so the names do not shift when one is missing. */
    for (int own = 0; own < 2; own++)
      FRAY_TRY(add_figure(r, &axes[i], own ? FRAY_REP_OWN : FRAY_REP_TEST, section, i, out, err));
  return FRAY_OK;
}

extern const struct fray_rep_figure_kind fray_rep_figure_client_spread;
const struct fray_rep_figure_kind fray_rep_figure_client_spread = {
    .key = "client_spread",
    .heading = "Client by client",
    .meaning =
        "How the main metric is distributed over clients, without damage and under the strongest.",
    .make = make,
};
