/* What a kind of partition fills in: who owns which training sample. Private to this room. */
#ifndef FRAY_DATA_DEAL_H
#define FRAY_DATA_DEAL_H

#include "fray/base/rng.h"
#include "fray/data/partition.h"

/** One partition in the making. sample and owner have room for all samples of the data set; a kind
 *  may replace or shorten them. Memory: the arena of out, scratch. */
struct deal {
  const struct fray_dataset *dataset;
  uint64_t seed;
  struct fray_partition *out;
  struct fray_arena scratch;
  size_t n;                                    /* training samples */
  uint32_t *sample, *owner;                    /* (n) owner: client index */
  size_t n_clients;                            /* set by the kind */
  const char **name;                           /* (clients) set by the kind */
  uint8_t *split;                              /* (samples) replaces the data set's; or NULL */
  uint8_t *replay_missing, *replay_unlabelled; /* (n) or NULL, as in fray_partition */
  int32_t *replay_label;
};

struct deal_impl {
  enum fray_status (*make)(const void *params, struct deal *deal, struct fray_err *err);
  struct fray_partition_plan plan; /* part NULL: a partition is whole by itself */
};

/** n clients named "0" .. "n-1". INPUT if n exceeds the training samples divided by `least`; at
 *  least 0 allows empty clients. */
enum fray_status deal_numbered(struct deal *deal, int64_t n, int64_t least, struct fray_err *err);

/** The clients of the shards that have at least so many samples of the deal, which are in the order
 * of the data set; those of others leave the deal. INPUT if none has. */
enum fray_status deal_natural(struct deal *deal, size_t least, struct fray_err *err);

/** Takes floor(share x samples) of each client out of training, into `own`, by draws keyed by the
 *  sample; share in [0, 0.5]. INPUT if that is nobody's sample. O(n log n). */
enum fray_status deal_own_test(struct deal *deal, double share, struct fray_err *err);

/* from_csv.c, from_json.c: readers of the kind `file` */
struct file_params {
  const char *path, *train_id, *test_id;
};
/** Finds samples by their source id and notes who has been named. */
struct finder;
/** Index of a source id (also without blanks at its ends, in NFC, or without a spreadsheet's
 *  apostrophe); INPUT when unknown or named before. where: "line 12" */
enum fray_status finder_take(struct finder *finder, const char *source_id, const char *where,
                             uint32_t *sample, struct fray_err *err);
/** Index of a client's name, which is new or known; names are kept clean (fray_name_clean). */
enum fray_status finder_client(struct finder *finder, const char *name, uint32_t *client,
                               struct fray_err *err);
/** text (size bytes and a NUL behind them) is changed; name: of its file, for messages. */
enum fray_status file_parse_csv(const char *name, char *text, size_t size, struct deal *deal,
                                struct finder *finder, struct fray_err *err);
enum fray_status file_read_csv(const struct file_params *params, struct deal *deal,
                               struct finder *finder, struct fray_err *err);
enum fray_status file_read_json(const struct file_params *params, struct deal *deal,
                                struct finder *finder, struct fray_err *err);
enum { FILE_LIMIT = 1 << 30 };

#endif
