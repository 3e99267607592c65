/* The section `training.secure_aggregation`, what of it a round can be added with, and what its
 * protocol sends. */
#include "fray/base/size.h"
#include "fray/fed/secure.h"

#include <math.h>

/* None is the exact sum, which needs no public grid: its unit follows from the updates. */
static const char *const protocols[] = {"none", "masked", "open", NULL};

static const struct fray_field fields[] = {
    FRAY_FIELD(ENUM, "protocol", struct fray_secure_config, protocol, .names = protocols,
               .def_text = "none",
               .help = "none: updates are added exactly, and the server could see each; masked: "
                       "clients add masks that cancel in the sum (keys and masks come from "
                       "simulation streams: nobody is protected by it); open: the same integers "
                       "without masks, for what masks cost beside them"),
    FRAY_FIELD(REAL, "clip", struct fray_secure_config, clip, .def = 4, .min = 0, .max = 1e6,
               .open_min = true, .unit = "weights",
               .help = "public bound of each coordinate of an update; what is beyond is cut "
                       "(secure.csv says how much was)"),
    FRAY_FIELD(INT, "exponent", struct fray_secure_config, exponent, .def = 24, .min = 0, .max = 60,
               .unit = "bits",
               .help = "public grid: values are rounded to steps of 2^-exponent, halves upwards"),
    FRAY_FIELD(REAL, "heaviest", struct fray_secure_config, heaviest, .def = 65536, .min = 1,
               .max = 1e9, .unit = "samples",
               .help = "public bound of a client's weight, its samples with most algorithms: "
                       "heavier clients weigh so much; 1: all alike"),
    FRAY_FIELD(AMOUNT, "threshold", struct fray_secure_config, threshold, .def_text = "0.67",
               .min = 2, .max = 1e9,
               .help =
                   "clients that must have sent for their sum to be unmasked: a count, or a "
                   "fraction of those who shared keys (rounded up); never fewer than 2. A round "
                   "with fewer counts nobody"),
};

FRAY_TABLE(fray_secure_table, "secure_aggregation", struct fray_secure_config, fields,
           .help = "Secure aggregation, simulated: the server sees sums of updates only. No "
                   "cryptography.");

/* Rounded up, but for what is only the rounding of the product. */
size_t fray_secure_threshold(const struct fray_secure_config *config, size_t n) {
  const struct fray_amount t = config->threshold;
  const double asked = t.is_fraction ? ceil(t.value * (double)n - 1e-9) : t.value;
  return fray_secure_hides(config) ? (size_t)fmax(asked, 2) : 1;
}

double fray_secure_most(const struct fray_secure_config *config, size_t clients) {
  const double each = floor(0x1p63 / (double)clients) - 1; /* integers of a client, in double */
  return ldexp(floor(each * (1 - 0x1p-52)), -(int)config->exponent);
}

/* Sums stand for signed ones: each of n terms must stay below 2^63 / n. */
enum fray_status fray_secure_fits(const struct fray_secure_config *config, size_t clients,
                                  struct fray_err *err) {
  const double largest = config->heaviest * FRAY_MAX(config->clip, 1.0);
  if (!fray_secure_is_on(config))
    return FRAY_OK;
  FRAY_CHECK(largest <= fray_secure_most(config, clients), err, INPUT,
             "training.secure_aggregation: %zu clients x heaviest %g x clip %g x 2^%lld is not "
             "below 2^63: the sum could overflow; make exponent, clip or heaviest smaller",
             clients, config->heaviest, FRAY_MAX(config->clip, 1.0), (long long)config->exponent);
  FRAY_CHECK(fray_secure_threshold(config, clients) <= clients, err, INPUT,
             "training.secure_aggregation.threshold: %zu clients must have sent, but a round has "
             "%zu at most: none could be unmasked",
             fray_secure_threshold(config, clients), clients);
  return FRAY_OK;
}

/* Two public keys of 32 bytes, as curve 25519 has them; of each of two secrets a share of 8 bytes
 * to each of the others, through the server; and from those who sent one share of each client. A
 * bit a client says who sent. */
struct fray_secure_bytes fray_secure_bytes_of(const struct fray_secure_config *config, size_t n) {
  enum { KEYS = 2 * 32, SHARE = 8 };
  const double others = n > 0 ? (double)n - 1 : 0;
  if (!fray_secure_hides(config))
    return (struct fray_secure_bytes){0};
  return (struct fray_secure_bytes){.keys = KEYS + 2 * SHARE * others,
                                    .reveal = SHARE * (double)n,
                                    .down = (KEYS + 2 * SHARE) * others,
                                    .survivors = ceil((double)n / 8)};
}

/* The sum, what is taken off it, and one client's values; streams, keys and marks of all clients.
 */
double fray_secure_memory(const struct fray_secure_config *config, size_t n, double length) {
  return fray_secure_is_on(config) ? 3 * 8 * length + 64 * (double)(n + 1) : 0;
}
