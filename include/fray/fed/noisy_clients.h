/* Clients whose labels are wrong more often than others': losses by class that tell them, and what
 * FedNoRo (Wu et al. 2023, arXiv 2305.05230) does about them. */
#ifndef FRAY_FED_NOISY_CLIENTS_H
#define FRAY_FED_NOISY_CLIENTS_H

#include <stddef.h>
#include <stdint.h>

/** A class that a client does not have, where its mean loss would stand. Losses are not negative.
 */
#define FRAY_NO_LOSS (-1.0)

/** log of the share of each class among n labels, -inf where there is none: logit adjustment (Menon
 *  et al. 2021) adds it to the logits. out (classes). */
void fray_log_priors(size_t n, const int32_t *label, size_t classes, double *out);

/** Mean value of each class: out (classes), FRAY_NO_LOSS where it has no sample. value, label (n).
 */
void fray_class_means(size_t n, const double *value, const int32_t *label, size_t classes,
                      double *out);
/** What clients are told apart by: loss (n, classes) in place, by class, from 0 (the smallest of
 *  those who have the class, and all who do not have it) to 1 (the largest). 0 throughout where all
 *  are equal, or nobody has it. */
void fray_scale_class_losses(size_t n, size_t classes, double *loss);

/** softmax(logits / temperature) of each row, in double. p (n, classes). */
void fray_soften(size_t n, size_t classes, const float *logits, double temperature, double *p);
/** Mean over n of KL(p || softmax(logits)), and its gradient dlogits (n, classes). Classes whose
 *  logit is -inf take no part. p, logits (n, classes). */
double fray_divergence(size_t n, size_t classes, const double *p, const float *logits,
                       float *dlogits);
/** How far a ramp from `begin` to `end` (above it) is at t: exp(-5 (1 - t')^2), t' from 0 to 1,
 *  e^-5 before it and 1 behind. */
double fray_ramp(double t, double begin, double end);

/** What is left of a client's weight at a distance: exp(-distance / most), most the largest
 * distance of all; 1 where that is 0. */
double fray_closeness(double distance, double most);

#endif
