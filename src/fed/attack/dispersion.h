/* What min_max and min_sum share: where they go, and what they keep to. */
#ifndef FRAY_FED_ATTACK_DISPERSION_H
#define FRAY_FED_ATTACK_DISPERSION_H

#include "fray/fed/attack.h"

enum attack_way { ATTACK_UNIT, ATTACK_STD, ATTACK_SIGN };
extern const char *const attack_direction_names[];

/** The direction by that name, against the mean; as struct fray_attack_ops has it. */
void attack_direction(int which, size_t n, const float *mean, const float *deviation, double length,
                      float *out);

/** Squared distance of honest updates a and b. */
double attack_distance2(const struct fray_joint_attack *of, size_t a, size_t b);

/** The largest x >= 0 with |mean + x direction - honest a|^2 <= bound2; 0 where there is none. */
double attack_reach(const struct fray_joint_attack *of, size_t a, double bound2);

#endif
