/* A table with every type, for the tests of the schema engine. */
#ifndef FRAY_TESTS_SCHEMA_BROAD_H
#define FRAY_TESTS_SCHEMA_BROAD_H

#include "fray/schema/schema.h"

struct local {
  int64_t epochs, limit; /* limit: optional */
  double lr, clip;       /* clip: optional */
  bool nesterov;
};
struct momentum {
  double lr, momentum;
};
struct adam {
  double lr, tau;
};
struct server {
  struct fray_variant algorithm;
  int64_t every;
};
struct attention {
  int64_t heads;
};
struct model {
  struct fray_variant fusion, pooling;
  int64_t hidden;
};
struct noise {
  struct fray_variant model;
  double rate;
};
struct symmetric {
  bool same;
};
struct matrix {
  double sparsity;
  const char *path;
};
struct damage {
  const char *id;
  struct fray_variant kind;
  int at;
};
struct trained {
  struct local local;
  struct server server;
  struct fray_amount clients;
};
struct broad {
  const char *name, *note, *shards;
  struct fray_ints seeds;
  struct fray_reals rates;
  struct fray_strings metrics, modalities;
  struct trained training;
  struct model model;
  struct fray_items corruption;
  struct fray_named tests;
  const struct fray_node *sweep;
};

extern const struct fray_table broad_table;
/** A text that gives nearly all of its keys. */
extern const char *const broad_text;

#endif
