/* Device classes: a visit takes the time of its samples and of its bytes, both log-normal about
 * what is usual for the class. */
#include "fray/base/rng.h"
#include "fray/base/text.h"
#include "fray/fed/availability.h"
#include "fray/fed/federation.h"

#include <math.h>
#include <string.h>

/* Medians, and how far visits scatter about them: a log-normal is what measured times of phones
 * look like, and its median stays what the key says whatever the spread. */
struct device {
  double share, per_sample, spread, up, down, link_spread;
};
struct params {
  struct fray_named classes; /* of struct device */
  const char *column;
};

/* Without a speed of the link bytes take no time. */
static const struct fray_field device_fields[] = {
    FRAY_FIELD(REAL, "share", struct device, share, .def = 1, .min = 0, .max = 1e9,
               .help = "share of the clients, relative to the shares of the other classes; not "
                       "used with `column`"),
    FRAY_FIELD(REAL, "seconds_per_sample", struct device, per_sample, .required = true, .min = 0,
               .max = 1e9, .open_min = true, .unit = "s",
               .help = "median time for one sample in one epoch"),
    FRAY_FIELD(REAL, "spread", struct device, spread, .def = 0.3, .min = 0, .max = 5,
               .help = "standard deviation of the logarithm of the compute time, over visits"),
    FRAY_FIELD(REAL, "up", struct device, up, .optional = true, .min = 0, .open_min = true,
               .max = 1e15, .unit = "bytes / s",
               .help = "median speed of the link up; none: no time"),
    FRAY_FIELD(REAL, "down", struct device, down, .optional = true, .min = 0, .open_min = true,
               .max = 1e15, .unit = "bytes / s",
               .help = "median speed of the link down; none: no time"),
    FRAY_FIELD(REAL, "link_spread", struct device, link_spread, .def = 0.3, .min = 0, .max = 5,
               .help = "standard deviation of the logarithm of the link's time, over visits"),
};
static FRAY_TABLE(device_table, "device", struct device, device_fields,
                  .help = "A class of devices.");

static const struct fray_field fields[] = {
    FRAY_FIELD(MAP, "classes", struct params, classes, .section = &device_table,
               .help = "classes of devices by their names"),
    FRAY_FIELD(STRING, "column", struct params, column, .optional = true,
               .help = "group column of the shards whose values are the classes; without it a "
                       "client's class is drawn by the shares, laid end to end in the order in "
                       "which the classes stand"),
};
/* Shares are relative, so that a class can be added without touching the others. */
static enum fray_status check(const void *section, const struct fray_node *node,
                              struct fray_err *err) {
  const struct params *p = section;
  const struct device *device = p->classes.v;
  double sum = 0;
  (void)node;
  FRAY_CHECK(p->classes.n > 0, err, INPUT, "classes: at least one class of devices is needed");
  for (size_t k = 0; k < p->classes.n; k++)
    sum += device[k].share;
  FRAY_CHECK(p->column || sum > 0, err, INPUT, "classes: all shares are 0");
  return FRAY_OK;
}
static FRAY_TABLE(table, "devices", struct params, fields, .help = "", .check = check);

/* Borrows the section and the crowd. */
struct state {
  const struct params *params;
  const struct fray_crowd *crowd;
  double sum;        /* of the shares */
  uint32_t *of_code; /* class of each value of the column; NULL without one */
  int32_t *code;     /* (clients) */
};

/* Each value of the column needs its class; classes that no client has are left over. */
static enum fray_status find_classes(struct state *s, struct fray_arena *arena,
                                     struct fray_err *err) {
  const struct fray_named *classes = &s->params->classes;
  const struct fray_group *group;
  char list[512];
  FRAY_TRY(fray_client_column(s->crowd->dataset, s->crowd->clients, s->crowd->client_name,
                              s->params->column, "training.availability.time", arena, &group,
                              &s->code, err));
  FRAY_ALLOC_ZERO(s->of_code, arena, group->n + 1, err);
  for (size_t g = 0; g < group->n; g++) {
    size_t k = 0;
    while (k < classes->n && strcmp(classes->name[k], group->value[g]) != 0)
      k++;
    FRAY_CHECK(k < classes->n, err, INPUT,
               "training.availability.time: no class for %s '%.80s'; %s", group->name,
               group->value[g],
               fray_there_are(group->value[g], classes->name, classes->n, list, sizeof list));
    s->of_code[g] = (uint32_t)k;
  }
  return FRAY_OK;
}

static enum fray_status prepare(const void *params, const struct fray_crowd *crowd,
                                struct fray_arena *arena, void **state, struct fray_err *err) {
  struct state *s;
  FRAY_ALLOC_ZERO(s, arena, 1, err);
  *s = (struct state){.params = params, .crowd = crowd};
  const struct device *device = s->params->classes.v;
  for (size_t k = 0; k < s->params->classes.n; k++)
    s->sum += device[k].share;
  *state = s;
  return s->params->column ? find_classes(s, arena, err) : FRAY_OK;
}

/* The same in all rounds of a trial: a phone stays a phone. */
static const struct device *device_of(const struct state *s, const struct fray_draw_of *of) {
  const struct device *device = s->params->classes.v;
  if (s->of_code)
    return &device[s->of_code[s->code[of->client]]];
  struct fray_rng rng = fray_rng_for(of->seed, "availability/device", of->source, 0, 0);
  double left = s->sum * fray_rng_uniform(&rng);
  size_t k = 0;
  while (k + 1 < s->params->classes.n && left >= device[k].share)
    left -= device[k++].share;
  return &device[k];
}

/* Compute time goes with the work, the bytes do not: an update is as long after one step. */
static double seconds(const void *state, const struct fray_draw_of *of, double work) {
  const struct state *s = state;
  const struct device *d = device_of(s, of);
  const double samples =
      s->crowd->epochs * (double)s->crowd->clients->n_labelled[of->client] * work;
  /* One stream for both normals: a link that is set to no time moves no compute time. */
  struct fray_rng rng = fray_rng_for(of->seed, "availability/time", of->source, of->round, 0);
  const double compute = samples * d->per_sample * exp(d->spread * fray_rng_normal(&rng));
  double link = 0;
  if (!isnan(d->down))
    link += s->crowd->down / d->down;
  if (!isnan(d->up))
    link += s->crowd->up / d->up;
  return compute + link * exp(d->link_spread * fray_rng_normal(&rng));
}

/* There is a visit whenever the server asks for one. */
static const struct fray_clock_ops ops = {.is_timed = true, .prepare = prepare, .seconds = seconds};

extern const struct fray_choice fray_clock_devices;
const struct fray_choice fray_clock_devices = {
    .name = "devices",
    .meaning = "log-normal compute and link times by class of device",
    .source = "samples x epochs x seconds_per_sample x exp(spread z) + bytes / speed x "
              "exp(link_spread z')",
    .table = &table,
    .impl = &ops};
