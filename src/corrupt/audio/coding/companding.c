/* Companding: the eight bits of digital telephones. Steps are fine for soft sounds and coarse for
 * loud ones, mu law in North America and Japan, A law elsewhere. There and back by libsndfile,
 * which equals the bare formula of G.711; CPython's audioop differs at the edges of some steps. */
#include "corrupt/scope/scope.h"
#include "fray/codec/sound_coder.h"

#include "fray/base/size.h"

#include <math.h>

struct companding {
  int law;
};
static const char *const law_names[] = {"mu", "a", NULL};

static const struct fray_field fields[] = {
    FRAY_FIELD(ENUM, "law", struct companding, law, .def_text = "mu", .names = law_names,
               .help = "mu: of North America and Japan; a: of the rest of the world."),
    FRAY_SIGNAL_WHOM,
};
static FRAY_TABLE(table, "companding", struct companding, fields,
                  .help = "Sound in eight bits of a logarithmic scale.");

static enum fray_status apply(const void *params, double strength, struct fray_signal *sound,
                              struct fray_place *place, struct fray_err *err) {
  const struct companding *p = params;
  (void)strength;
  return fray_sound_code(p->law == 0 ? FRAY_CODER_MU_LAW : FRAY_CODER_A_LAW, INFINITY, sound->x,
                         sound->length, 8000, place->scratch, err);
}

/* The scale has no rate of its own: each sample is coded by itself. */
static const struct fray_signal_ops signal_ops = {
    .kinds = 1u << FRAY_AUDIO, .fixed = true, .apply = apply};
static const struct fray_corruption_ops ops = {.words = "telephone steps in the %s",
                                               .brief = "telephone steps",
                                               .modalities_key = true,
                                               .signal = &signal_ops};
const struct fray_choice fray_corruption_companding = {
    .name = "companding",
    .meaning = "Sound in the eight logarithmic bits of a telephone line.",
    .source = "ITU-T G.711, decode(encode(round(32768 x))) / 32768, by libsndfile",
    .table = &table,
    .impl = &ops};
