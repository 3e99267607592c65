/* Pointer decision lists: a model that is mended group by group.
 *
 * Version 0 is a model. A node says "of these samples: that answer", or "of these: what version v
 * says", and is asked before all older ones. An update appends a node for a group on which another
 * answer is better; then each group that is now worse off than in its best version, on samples that
 * serve to verify, is sent back to that version, until there is none. So no group that once was
 * helped is ever worse again on those samples, and what is wrong among all of them only falls.
 *
 * Source: Globus-Harris, Kearns & Roth, An algorithmic framework for bias bounties,
 * arXiv 2201.10408; code amazon-science/bias-bounties 312a7af. */
#ifndef FRAY_METRIC_POINTER_LIST_H
#define FRAY_METRIC_POINTER_LIST_H

#include "fray/base/arena.h"
#include "fray/base/status.h"

#include <stddef.h>
#include <stdint.h>

#define FRAY_LIST_ALL SIZE_MAX
struct fray_list_node {
  size_t group; /* number of the certificate whose group it is; FRAY_LIST_ALL: of all samples */
  size_t to;    /* version whose answer it gives; FRAY_LIST_ALL: that of the certificate */
};
struct fray_pointer_list {
  size_t n_nodes, n_versions; /* version v is the first end[v] nodes; end[0] is 0 */
  struct fray_list_node *node;
  size_t *end;
  size_t n_groups; /* certificates that are in it, in order */
  size_t *group;   /* (n_groups) */
};
/** Certificates about the same n samples. Borrowed. */
struct fray_certified {
  size_t n;
  const int32_t *label;         /* (n) -1: none, the sample does not count */
  const int16_t *base;          /* (n) what the model says */
  const uint8_t *const *member; /* (certificates)(n) 0 or 1 */
  const int16_t *const *answer; /* (certificates)(n) looked at where member */
};

/** The list that is the model. */
enum fray_status fray_list_begin(struct fray_arena *arena, struct fray_pointer_list *out,
                                 struct fray_err *err);
/** What version v says of sample i. */
int16_t fray_list_says(const struct fray_pointer_list *list, size_t version,
                       const struct fray_certified *of, size_t i);
/** Samples of a group (FRAY_LIST_ALL: all) that version v has wrong; *n (or NULL): with a label. */
size_t fray_list_wrong(const struct fray_pointer_list *list, size_t version,
                       const struct fray_certified *of, size_t group, size_t *n);
/** One more version: the certificate, then repairs, the oldest group first, each to the first of
 * its best versions; *repairs: how many. of: samples that verify. The list grows in the arena.
 * MEMORY. O(repairs x groups x versions x n). */
enum fray_status fray_list_update(struct fray_pointer_list *list, size_t certificate,
                                  const struct fray_certified *of, struct fray_arena *arena,
                                  size_t *repairs, struct fray_err *err);

#endif
