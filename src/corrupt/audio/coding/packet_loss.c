/* Lost packets: a call over a network, whose packets get lost in bursts. Shares are of packets in
 * the mean over many clips; a clip of one second has 50 packets, and at 1 % most such clips are
 * whole: the realised share stands beside the nominal one. */
#include "corrupt/audio/tools/pieces.h"
#include "corrupt/scope/chain.h"
#include "corrupt/scope/scope.h"

#include "fray/base/size.h"

#include <math.h>

struct packet_loss {
  double share; /* NaN: by severity */
  double burst, packet_ms;
  int fill;
};
static const char *const fill_names[] = {"zero", "repeat", NULL};

static const struct fray_field fields[] = {
    FRAY_FIELD(REAL, "share", struct packet_loss, share, .optional = true, .min = 0, .max = 1,
               .unit = "share",
               .help = "Share of the packets that is lost in the mean over clips. Single clips "
                       "lose more or less, and short ones often nothing."),
    FRAY_FIELD(REAL, "burst", struct packet_loss, burst, .def = 3, .min = 1, .max = 1e6,
               .unit = "packets",
               .help = "Mean number of packets that are lost at once; at least 1 / (1 - share), "
                       "which is that of independent losses. Clips cut bursts."),
    FRAY_FIELD(REAL, "packet_ms", struct packet_loss, packet_ms, .def = 20, .min = .1, .max = 1e5,
               .unit = "ms", .help = "Length of a packet; the last one of a clip may be shorter."),
    FRAY_FIELD(ENUM, "fill", struct packet_loss, fill, .def_text = "zero", .names = fill_names,
               .help = "In place of a lost packet: zero, silence; repeat, the last one that "
                       "arrived, half as loud with each further loss, as receivers do it."),
    FRAY_SIGNAL_ENTRIES,
};
static FRAY_TABLE(table, "packet_loss", struct packet_loss, fields,
                  .help = "Sound without some of its packets.");

/* From a good line to one over which nobody goes on speaking. */
static const struct fray_levels levels[] = {FRAY_LEVELS("fray", SIZE_MAX, 0, .01, .03, .1, .2, .4)};

static double strength(const void *params) {
  return ((const struct packet_loss *)params)->share;
}

/* One number a packet, whatever the share. */
static enum fray_status apply(const void *params, double share, struct fray_signal *sound,
                              struct fray_place *place, struct fray_err *err) {
  const struct packet_loss *p = params;
  const size_t packet = FRAY_MAX((size_t)lrint(p->packet_ms * sound->rate / 1000), 1);
  const size_t n = fray_packets_in(sound->length, packet);
  struct fray_chain chain = fray_chain_nesting(share, p->burst);
  uint8_t *lost;
  FRAY_ALLOC(lost, place->scratch, n, err);
  for (size_t k = 0; k < n; k++)
    lost[k] = fray_chain_step(&chain, fray_rng_uniform(&place->rng));
  fray_packets_lose(sound->x, sound->length, packet, lost, (enum fray_packet_fill)p->fill);
  return FRAY_OK;
}

/* A larger share loses the same packets and more; but a packet that stands in for another may be
 * further from it than one that is gone. */
static unsigned nests(const struct fray_corruption_config *entry) {
  const struct packet_loss *p = entry->kind.params;
  return p->fill == FRAY_PACKET_ZERO ? FRAY_NESTS_SET | FRAY_NESTS_VALUE : FRAY_NESTS_SET;
}

static const struct fray_signal_ops signal_ops =
    FRAY_SIGNAL_OPS(FRAY_AUDIO, .grows = FRAY_GROWS_MEAN);
static const struct fray_corruption_ops ops = {
    .words = "packets lost from the %s",
    .category = FRAY_CATEGORY_AVAILABILITY,
    .turn = {{"burst", .low = 1, .high = 5}, {"packet_ms", .low = 10, .high = 40}},
    .brief = "packets lost",
    .strength = {"share", "share", 0, 1},
    .modalities_key = true,
    .usual = true,
    .nests = nests,
    .signal = &signal_ops};
const struct fray_choice fray_corruption_packet_loss = {
    .name = "packet_loss",
    .meaning = "Sound that lost packets in bursts on its way.",
    .source = "Gilbert 1960: enter share / (burst (1 - share)), leave 1 / burst, stationary start; "
              "steps of fray's own",
    .table = &table,
    .impl = &ops};
