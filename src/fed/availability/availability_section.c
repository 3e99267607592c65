/* The section `training.availability`: four axes, each of which does nothing unless it is asked
 * for, and the list of kinds of the first. */
#include "fray/base/size.h"
#include "fray/fed/availability.h"

#define FRAY_LIST "reaches.def"
#define FRAY_REACH(name) FRAY_LISTED(fray_reach_##name)
#include "fray/schema/registry.inc"
const struct fray_choices fray_reaches = {
    .what = "reachability", .plural = "reachabilities", .v = registry, .n = FRAY_COUNT(registry)};

/* Whom the server can invite. */
static const struct fray_field reachable_fields[] = {
    FRAY_FIELD(KIND, "kind", struct fray_reachable_config, kind, .def_text = "always",
               .choices = &fray_reaches, .help = "who can be reached in which round"),
};
static FRAY_TABLE(reachable_table, "reachable", struct fray_reachable_config, reachable_fields,
                  .help = "Who can be reached: those who are invited are drawn among them.");

/* Who comes back with nothing. A chance of 1 is refused: nobody would ever send anything. */
static const struct fray_field dropout_fields[] = {
    FRAY_FIELD(REAL, "p", struct fray_group_rate, p, .def = 0, .min = 0, .max = 1, .open_max = true,
               .help = "chance that an invited client drops out in mid-round"),
    FRAY_FIELD(STRING, "column", struct fray_group_rate, column, .optional = true,
               .help = "group column of the shards; each client must have one value of it"),
    FRAY_FIELD(NODE, "rate", struct fray_group_rate, rate, .shape = FRAY_SHAPE_ANY,
               .help = "map from values of the column to chances; others have p"),
};
static enum fray_status check_dropout(const void *section, const struct fray_node *node,
                                      struct fray_err *err) {
  (void)node;
  return fray_group_rate_check(section, "rate", err);
}
static FRAY_TABLE(dropout_table, "dropout", struct fray_group_rate, dropout_fields,
                  .help = "Who drops out: it is invited, and nothing comes back.",
                  .check = check_dropout);

/* Who comes back early. */
static const struct fray_field partial_fields[] = {
    FRAY_FIELD(REAL, "p", struct fray_partial_config, p, .def = 0, .min = 0, .max = 1,
               .help = "chance that an invited client does a part of its local steps only"),
    FRAY_FIELD(REAL, "least", struct fray_partial_config, least, .def = 0.1, .min = 0, .max = 1,
               .help = "smallest share of its steps; shares are uniform, steps whole"),
    FRAY_FIELD(REAL, "most", struct fray_partial_config, most, .def = 1, .min = 0, .max = 1,
               .help = "largest share"),
};
/* least = most is a share that is the same for all. */
static enum fray_status check_partial(const void *section, const struct fray_node *node,
                                      struct fray_err *err) {
  const struct fray_partial_config *p = section;
  (void)node;
  FRAY_CHECK(p->least <= p->most, err, INPUT, "least %g is above most %g", p->least, p->most);
  return FRAY_OK;
}
static FRAY_TABLE(partial_table, "partial", struct fray_partial_config, partial_fields,
                  .help = "Who does only part of the work.", .check = check_partial);

/* How long each takes. Without a clock rounds have no length, and nobody is first or late. */
static const struct fray_field time_fields[] = {
    FRAY_FIELD(KIND, "kind", struct fray_time_config, kind, .def_text = "untimed",
               .choices = &fray_clocks, .help = "how long a client takes, in simulated time"),
};
FRAY_TABLE(fray_time_table, "time", struct fray_time_config, time_fields,
           .help = "Simulated time.");

/* A deadline cuts what a client does, or all of it: both are met in practice, and they bias the
 * data that the model sees differently. Dropping loses the slow clients' data; partial work keeps a
 * share of it, and that share is smaller for slower devices. */
static const char *const lates[] = {"drop", "partial", NULL};
static const struct fray_field fields[] = {
    FRAY_FIELD(SECTION, "reachable", struct fray_availability_config, reachable,
               .section = &reachable_table),
    FRAY_FIELD(SECTION, "dropout", struct fray_availability_config, dropout,
               .section = &dropout_table),
    FRAY_FIELD(SECTION, "partial", struct fray_availability_config, partial,
               .section = &partial_table),
    FRAY_FIELD(SECTION, "time", struct fray_availability_config, time, .section = &fray_time_table),
    FRAY_FIELD(REAL, "deadline", struct fray_availability_config, deadline, .optional = true,
               .min = 0, .open_min = true, .max = 1e12, .unit = "s",
               .help = "simulated time after which the server waits for nobody; none: for all"),
    FRAY_FIELD(ENUM, "late", struct fray_availability_config, late, .names = lates,
               .def_text = "drop",
               .help = "who would take t > deadline: drop, its work is lost; partial, it stops in "
                       "time and sends what floor(steps x deadline / t) steps made"),
    FRAY_FIELD(REAL, "over_selection", struct fray_availability_config, over_selection, .def = 1,
               .min = 1, .max = 1000,
               .help = "so many times clients_per_round are invited (rounded up); the server goes "
                       "on with the first clients_per_round that answer"),
};

/* Asked of the kind, as no clock is known by name here. */
bool fray_availability_is_timed(const struct fray_availability_config *config) {
  const struct fray_clock_ops *ops = config->time.kind.choice->impl;
  return ops->is_timed;
}

/* A deadline or over-selection alone changes nothing: both need a clock, which is looked at. */
bool fray_availability_is_on(const struct fray_availability_config *config) {
  const struct fray_reach_ops *reach = config->reachable.kind.choice->impl;
  return !reach->is_always || config->dropout.p > 0 || config->dropout.column ||
         config->partial.p > 0 || fray_availability_is_timed(config);
}

/* What needs a time has none without a clock. */
static enum fray_status check(const void *section, const struct fray_node *node,
                              struct fray_err *err) {
  const struct fray_availability_config *config = section;
  const bool is_timed = fray_availability_is_timed(config);
  (void)node;
  FRAY_CHECK(is_timed || isnan(config->deadline), err, INPUT,
             "deadline %g: without `time` nobody is ever late", config->deadline);
  FRAY_CHECK(is_timed || config->over_selection == 1, err, INPUT,
             "over_selection %g: without `time` nobody is the first", config->over_selection);
  return FRAY_OK;
}
FRAY_TABLE(fray_availability_table, "availability", struct fray_availability_config, fields,
           .help = "Who is there, who drops out, who does a part of the work and how long each "
                   "takes: all of it simulated.",
           .check = check);
