/* Facts of raw values: a few numbers of each that features may hide. A window of sound that is
 * standardised looks the same at any loudness, and a blank picture becomes zeros like a mean one.
 *
 * Sound: loudness in dB of full scale, range of levels in dB (95 % less 10 % quantile over windows
 * of 20 ms), seconds. Picture: mean, deviation, roughness (root mean square of the differences of
 * neighbours, over the deviation). Series: deviation of each channel. Vectors of features: mean,
 * deviation. Text: words. */
#ifndef FRAY_FEATURE_FACTS_H
#define FRAY_FEATURE_FACTS_H

#include "fray/feature/features.h"

/** How many facts the values of a modality have. */
size_t fray_facts_count(const struct fray_modality *modality);
/** "loudness", "range", ...; of a series "deviation". Static storage. */
const char *fray_fact_name(const struct fray_modality *modality, size_t fact);
/** Facts of a value. out (count). -INFINITY for the loudness of no power at all. Needs no more than
 *  the value: the arena holds a copy of levels and is rewound. MEMORY. */
enum fray_status fray_facts_of_value(const struct fray_signal *value, struct fray_arena *arena,
                                     double *out, struct fray_err *err);
/** Facts of a sample as the plan damages its value; the sample has the modality. */
enum fray_status fray_facts_of(struct fray_features *features, size_t modality, size_t sample,
                               const struct fray_signal_plan *plan, double *out,
                               struct fray_err *err);
/** The same of n samples: out (n, count), in the arena; NaN where bit `modality` of present (n) is
 * not set. */
enum fray_status fray_facts_of_samples(struct fray_features *features, size_t modality, size_t n,
                                       const uint32_t *sample, const uint8_t *present,
                                       const struct fray_signal_plan *plan,
                                       struct fray_arena *arena, double **out,
                                       struct fray_err *err);

#endif
