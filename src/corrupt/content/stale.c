/* Stale: a frame that did not arrive, and the one before stands in for it, as buffers do. Within a
 * client and its split: the first value of a record has none before it, and keeps its own.
 *
 * What is repeated is the value that was recorded, also where that one was stale itself: a rate is
 * the share of frames that are old, and no frame is older than `lag` samples. The order is that of
 * the shards, which is time where the data have one; of data without an order it is any other
 * sample of the client. */
#include "corrupt/scope/donors.h"

struct stale {
  int64_t lag;
};

static const struct fray_field fields[] = {
    FRAY_FIELD(INT, "lag", struct stale, lag, .def = 1, .min = 1, .max = 1 << 20, .unit = "samples",
               .help = "How many samples before, in the order of the shards, among those of the "
                       "same client that have the modality."),
    FRAY_SIGNAL_WHOM,
};
static FRAY_TABLE(table, "stale", struct stale, fields, .help = "Values of the sample before.");

/* The whole value is that of one other sample. */
static size_t donors(const void *params) {
  (void)params;
  return 1;
}

/* The value as the shards have it, undamaged: damage of the channel is that of its own time. */
static enum fray_status choose(const void *params, struct fray_donors *from, size_t i, size_t m,
                               uint32_t *out, size_t *n, struct fray_err *err) {
  const struct stale *p = params;
  (void)err;
  *out = fray_donors_along(from, i, m, -p->lag);
  *n = *out != FRAY_NO_DONOR;
  return FRAY_OK;
}

static enum fray_status apply(const void *params, double one, struct fray_signal *x,
                              struct fray_place *place, struct fray_err *err) {
  (void)params;
  (void)one;
  (void)err;
  fray_take_value(x, place->donor);
  return FRAY_OK;
}

/* Draws nothing, so that seeds share its features. */
static const struct fray_signal_ops signal_ops = {.kinds = 1u << FRAY_AUDIO | 1u << FRAY_IMAGE |
                                                           1u << FRAY_SERIES | 1u << FRAY_TEXT |
                                                           1u << FRAY_FEATURES,
                                                  .grows = FRAY_GROWS_NOT,
                                                  .fixed = true,
                                                  .donor_lengths = true,
                                                  .donors = donors,
                                                  .choose = choose,
                                                  .apply = apply};
static const struct fray_corruption_ops ops = {.words = "%s of the sample before",
                                               .category = FRAY_CATEGORY_AVAILABILITY,
                                               .class_limit = -1,
                                               .brief = "stale",
                                               .strength = {"rate", "share", 0, 1},
                                               .modalities_key = true,
                                               .signal = &signal_ops};
const struct fray_choice fray_corruption_stale = {
    .name = "stale",
    .meaning = "The value of the sample before in place of its own.",
    .source = "x_t becomes x_(t - lag) of the same client and split; the first keep their own",
    .table = &table,
    .impl = &ops};
