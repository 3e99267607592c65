/* For whom does it break: values of groups, the worst of them, the gap and what chance alone would
 * make of it. */
#ifndef REPORT_GROUP_MEASURES_H
#define REPORT_GROUP_MEASURES_H

#include "groups.h"

#include "fray/metric/fairness.h"

/** Cells (class, group) with fewer samples are left out of equalised odds. */
enum { FRAY_REP_ODDS_MIN_SAMPLES = 10 };

struct fray_rep_group_measure {
  size_t group;      /* index in results->groups */
  const char *value; /* of the column */
  size_t samples, clusters, n_diverged;
  bool suppressed; /* under 30 samples or 5 clients: no value is given */
  struct fray_rep_stat stat;
};

/** Groups of one column under one address (whose group is not looked at). */
struct fray_rep_group_measures {
  const char *column;
  struct fray_rep_group_measure *group; /* (n), suppressed ones too */
  size_t n, n_kept;
  size_t n_seeds, n_clusters, n_diverged; /* of the kept ones: least, sum, most */
  size_t worst;                           /* index in group; n if there is none */
  struct fray_interval worst_range;       /* of the least good value, whichever group has it */
  double gap;                 /* largest difference between kept groups, NaN below two */
  struct fray_interval range; /* of the gap; a maximum is biased upward, so see null */
  const char *gap_status;     /* static */
  bool has_null;
  struct fray_gap_null null; /* groups exchanged between clients, if has_null */
  const char *null_status;   /* why there is none */
  double equalised_odds;     /* of the kept groups, counts of all seeds together; NaN: see status */
  const char *odds_status;
};

/** How the groups of a column are exchanged between clients, kept from one score to the next: zero
 *  but for what may be done. */
struct fray_rep_exchanges {
  double left; /* counts that nulls may still look at; those made are taken off */
  uint64_t key;
  size_t n, first, count; /* clients; exchanges that are here */
  const uint32_t *group;  /* (n) before they are exchanged */
  uint32_t *label;        /* (n, count) NULL: none */
  struct fray_arena arena;
};
void fray_rep_exchanges_free(struct fray_rep_exchanges *exchanges);

/** Measures the groups of a column. Diverged trials count as the constant predictor in values and
 *  gap, and take no part in null and equalised odds. Memory of arena. */
enum fray_status fray_rep_measure_groups(struct fray_rep_results *r,
                                         const struct fray_rep_groups *column,
                                         const struct fray_rep_address *at,
                                         struct fray_rep_exchanges *exchanges,
                                         struct fray_arena *arena,
                                         struct fray_rep_group_measures *out, struct fray_err *err);
/** The least good value of a column's groups under an address, whichever group has it, with its
 *  interval and no p: *name is set to that group's value, NULL and n 0 where no group is large
 *  enough. Without what chance alone would make of the gap, which takes long. */
enum fray_status fray_rep_worst_at(struct fray_rep_results *r, const struct fray_rep_groups *column,
                                   const struct fray_rep_address *at, struct fray_rep_stat *out,
                                   const char **name, struct fray_err *err);

#endif
