/* Drawing samples or whole clients for a split, evenly over strata where they are asked for. */
#ifndef FRAY_IMPORT_SPLIT_DRAWS_H
#define FRAY_IMPORT_SPLIT_DRAWS_H

#include "sample_set.h"

/** What samples are told apart by when a share of them is drawn. */
struct strata {
  size_t n;           /* 1 without `stratify` */
  const char **name;  /* (n) */
  const uint32_t *of; /* (samples); NULL without `stratify` */
};
/** by: NULL, "label" or a group. where: key for messages. INPUT: neither, or label of a multi-label
 *  set. */
enum fray_status fray_strata_find(const struct set *set, const char *where, const char *by,
                                  struct strata *out, struct fray_err *err);
/** How many of each stratum, for a share of all: rounded down, and what is left of the share of the
 *  sum goes to the largest remainders. take (n). */
void fray_strata_share(const size_t *size, size_t n, double fraction, size_t *take);

struct draw {
  const char *where, *purpose; /* key for messages; of the random stream */
  double fraction;
  uint8_t from, to;
  bool any_from;                      /* clients: all their samples, not those of `from` alone */
  bool blocks;                        /* samples: per client and class */
  bool all;                           /* samples: one pool of everything */
  const struct fray_strings *clients; /* clients: these as well; or NULL */
  struct strata strata;
};
/** Moves a share of samples, within each client or overall. */
enum fray_status fray_draw_samples(struct set *set, const struct draw *d, struct fray_err *err);
/** Moves whole clients: those that are named, and a share of all. INPUT: an unknown name, a share
 *  that is none, a client in two strata. */
enum fray_status fray_draw_clients(struct set *set, const struct draw *d, struct fray_err *err);
/** INPUT where windows of one stretch of a recording differ in `of` (samples; NULL: they do not).
 *  where, key: for the message. */
enum fray_status fray_stretches_whole(const struct set *set, const uint32_t *of, const char *where,
                                      const char *key, struct fray_err *err);
/** Clients in natural order without repeats. */
enum fray_status fray_set_clients(const struct set *set, const char ***names, size_t *n,
                                  struct fray_err *err);

#endif
