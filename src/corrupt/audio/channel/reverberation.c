/* Reverberation: the sound of a room around a talker who stands away from the microphone. */
#include "corrupt/audio/tools/room.h"
#include "corrupt/scope/scope.h"

#include "fray/base/size.h"

struct reverberation {
  double rt60; /* NaN: by severity */
};

static const struct fray_field fields[] = {
    FRAY_FIELD(REAL, "rt60", struct reverberation, rt60, .optional = true, .min = 0, .max = 20,
               .unit = "s",
               .help =
                   "Time in which the sound of the room falls by 60 dB; 0: no room. Direct sound "
                   "and room have the same energy, and the sound keeps its level; it is not "
                   "delayed, and what rings on after the clip is cut off. The room is drawn for "
                   "each sample, or for each client by 'per: client'."),
    FRAY_SIGNAL_ENTRIES,
};
static FRAY_TABLE(table, "reverberation", struct reverberation, fields,
                  .help = "The sound of a room.");

/* A small furnished room, a living room, an office, a classroom, a hall. */
static const struct fray_levels levels[] = {FRAY_LEVELS("fray", SIZE_MAX, 0, .15, .3, .45, .6, .8)};

/* The time alone says the room: how far away the talker stands is fixed by equal energies. */
static double strength(const void *params) {
  return ((const struct reverberation *)params)->rt60;
}

/* The draws are those of the longest tail; a shorter one takes the first of them. */
static enum fray_status apply(const void *params, double rt60, struct fray_signal *sound,
                              struct fray_place *place, struct fray_err *err) {
  /* A fast fall still has two taps, so that there is a room at all. */
  const size_t taps = fray_room_taps(rt60, sound->rate);
  float *h;
  (void)params;
  FRAY_ALLOC(h, place->scratch, taps, err);
  fray_room_response(&place->rng, rt60, sound->rate, h, taps);
  return fray_room_hear(sound->x, sound->length, h, taps, place->scratch, err);
}

/* A longer tail of the same energy moves some values less: no growth is promised. */
static const struct fray_signal_ops signal_ops =
    FRAY_SIGNAL_OPS(FRAY_AUDIO, .grows = FRAY_GROWS_NOT);
static const struct fray_corruption_ops ops = {.words = "reverberation in the %s",
                                               .category = FRAY_CATEGORY_CHANNEL,
                                               .brief = "reverberation",
                                               .strength = {"rt60", "s", 0, 0},
                                               .modalities_key = true,
                                               .signal = &signal_ops};
const struct fray_choice fray_corruption_reverberation = {
    .name = "reverberation",
    .meaning = "Sound as it is heard in a room.",
    .source =
        "(x * h) / sqrt(sum h^2), h = 1, then noise with exponential decay (Polack 1988) of the "
        "energy of the direct sound; severities: range of audiomentations",
    .table = &table,
    .impl = &ops};
