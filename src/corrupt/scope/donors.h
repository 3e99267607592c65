/* Donors: samples whose values others take.
 *
 * Who may be one is decided here and nowhere else, so that no kind can break it. In training a
 * donor is of the same federated client; at test it is of the same population, of another client
 * where one exists. A population is of one split, so no value of a test reaches training, and none
 * of training the test. A choice depends on the corruption seed, the entry, the source of the
 * sample and the modality, and on who there is: not on ranks, nor on the order of samples. */
#ifndef FRAY_SRC_CORRUPT_DONORS_H
#define FRAY_SRC_CORRUPT_DONORS_H

#include "scope.h"

/** Whose class will do. */
enum fray_donor_class { FRAY_OF_ANY_CLASS, FRAY_OF_ANOTHER_CLASS, FRAY_OF_ONE_CLASS };

/** The random numbers that choose for sample i. */
struct fray_rng fray_donors_stream(const struct fray_donors *donors, size_t i, size_t m);
/** One of those that may be donors of sample i, all alike likely, or FRAY_NO_DONOR. one: the class
 * of FRAY_OF_ONE_CLASS, of which the sample itself must not be. Samples without a label are of no
 * class: they neither give nor take where a class counts. */
uint32_t fray_donors_draw(struct fray_donors *donors, size_t i, size_t m, struct fray_rng *rng,
                          enum fray_donor_class which, int32_t one);
/** The sample of the same client that stands so many places before (-1: the one before) or after
 * sample i in the data, those that lack the modality left out, or FRAY_NO_DONOR. */
uint32_t fray_donors_along(const struct fray_donors *donors, size_t i, size_t m, int64_t places);
/** INPUT unless samples have one class each. */
enum fray_status fray_donors_need_classes(const struct fray_donors *donors, struct fray_err *err);
/** The class of a name, looked up once for an entry. key: for the message. INPUT: there is none. */
enum fray_status fray_donors_class(struct fray_donors *donors, const char *key, const char *name,
                                   int32_t *out, struct fray_err *err);

/** The class that a map of class names gives for that of sample i, or FRAY_UNLABELLED where it
 * gives none. key: for the message. INPUT: it is no map, names no class of the data, or a class
 * twice or for itself; found when the first sample asks. */
enum fray_status fray_donors_partner(struct fray_donors *donors, size_t i, const char *key,
                                     const struct fray_node *map, int32_t *out,
                                     struct fray_err *err);

/** Lets the kind of an act choose for all that it may hit; those for whom there is nobody are left
 * out of scope->able. Memory: scope->arena. INPUT, MEMORY. */
enum fray_status fray_donors_choose(const struct fray_act_wish *wish, struct fray_scope *scope,
                                    struct fray_signal_act *act, struct fray_err *err);
/** True if a sample may be the donor of another under a plan: for what ledgers name. */
bool fray_donors_may(const struct fray_signal_plan *plan, size_t sample, size_t donor,
                     size_t modality);

#endif
