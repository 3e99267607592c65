/* Chances by the value of a group column: whose phones are charged at night, say. */
#include "fray/fed/availability.h"

static const struct fray_field fields[] = {
    FRAY_FIELD(STRING, "column", struct fray_group_rate, column, .required = true,
               .help = "group column of the shards; each client must have one value of it"),
    FRAY_FIELD(NODE, "rate", struct fray_group_rate, rate, .shape = FRAY_SHAPE_ANY,
               .help = "map from values of the column to chances"),
    FRAY_FIELD(REAL, "p", struct fray_group_rate, p, .def = 1, .min = 0, .max = 1,
               .help = "chance of those whose value is not in the map"),
};
/* Numbers are looked at when the scenario is read, values of the column when data are at hand. */
static enum fray_status check(const void *section, const struct fray_node *node,
                              struct fray_err *err) {
  (void)node;
  return fray_group_rate_check(section, "rate", err);
}
static FRAY_TABLE(table, "by_group", struct fray_group_rate, fields, .help = "", .check = check);

/* The same map as for dropouts: one reader for both. */
static enum fray_status prepare(const void *params, const struct fray_crowd *crowd,
                                struct fray_arena *arena, double *each, struct fray_err *err) {
  return fray_group_rates(params, crowd, "training.availability.reachable", arena, each, err);
}

/* All is said by the column. */
static double rate(const void *params, double each, const struct fray_draw_of *of) {
  (void)params, (void)of;
  return each;
}

static const struct fray_reach_ops ops = {.prepare = prepare, .rate = rate};

extern const struct fray_choice fray_reach_by_group;
const struct fray_choice fray_reach_by_group = {.name = "by_group",
                                                .meaning =
                                                    "a chance for each value of a group column",
                                                .source = "",
                                                .table = &table,
                                                .impl = &ops};
