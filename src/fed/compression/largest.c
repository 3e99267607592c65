/* The largest values alone, with their places, and error feedback.
 *
 * Lengths of floats have the order of their bits, read as integers: the k-th largest is found digit
 * by digit in counts, whatever the values, with no comparison of two of them. */
#include "fray/base/size.h"
#include "fray/fed/compression.h"
#include "fray/tensor/vec.h"

#include <math.h>
#include <string.h>

struct params {
  struct fray_amount k;
};
static const struct fray_field fields[] = {
    FRAY_FIELD(AMOUNT, "k", struct params, k, .def_text = "0.1", .min = 0, .max = 1e9,
               .open_min = true,
               .help = "values sent, of the whole update and not of each tensor: a count (100) or, "
                       "with a decimal point, a fraction of the parameters that travel (0.01; "
                       "rounded up)"),
};
static FRAY_TABLE(table, "top_k", struct params, fields, .help = "");

/* Rounded up: at least the fraction is sent, so what is left is at most (1 - k) of the square. An
 * amount is rounded down elsewhere, with room for the digits that a double lacks; so it is here. */
static size_t count_of(const struct params *p, size_t n) {
  const size_t k = fray_amount_of(p->k, n);
  const double exact = p->k.value * (double)n;
  return k + (p->k.is_fraction && k < n && exact > (double)k * (1 + 1e-12));
}

/* Indices of as many whole bytes as the last one needs; but who would send more than the vector
 * itself sends that. */
static double bytes(const void *params, size_t n) {
  size_t index = 1;
  while (index < sizeof n && (n - 1) >> (8 * index))
    index++;
  const double chosen = (double)count_of(params, n) * (double)(sizeof(float) + index);
  return fmin(chosen, (double)n * (double)sizeof(float));
}

static inline uint32_t length_of(float x) {
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits & 0x7fffffffu;
}

/* Digits from the top: 11, 11 and 9 bits. */
enum { DIGITS = 3, SIDES = 4, VALUES = 1 << 11 };
static const unsigned shift_of[DIGITS] = {20, 9, 0}, bits_of[DIGITS] = {11, 11, 9};

/* How many of those whose upper digits are `prefix` have each value of the next digit. Neighbours
 * often have the same: four counters each, or each addition would wait for the one before. */
static void count_digit(size_t n, const float *x, unsigned d, uint32_t prefix, uint32_t *count) {
  uint32_t side[SIDES][VALUES];
  const unsigned above = shift_of[d] + bits_of[d];
  const uint32_t mask = ((uint32_t)1 << bits_of[d]) - 1;
  memset(side, 0, sizeof side);
  for (size_t i = 0; i < n; i++) {
    const uint32_t length = length_of(x[i]);
    if (d == 0 || length >> above == prefix)
      side[i % SIDES][length >> shift_of[d] & mask]++;
  }
  for (size_t v = 0; v < VALUES; v++)
    count[v] = side[0][v] + side[1][v] + side[2][v] + side[3][v];
}

/* The k-th largest length; *ties: how many of that length are among the k. 1 <= k <= n. */
static uint32_t kth_length(size_t n, const float *x, size_t k, size_t *ties) {
  uint32_t prefix = 0, count[VALUES];
  for (unsigned d = 0; d < DIGITS; d++) {
    count_digit(n, x, d, prefix, count);
    size_t v = ((size_t)1 << bits_of[d]) - 1;
    while (count[v] < k) /* they all are longer */
      k -= count[v--];
    prefix = prefix << bits_of[d] | (uint32_t)v;
  }
  *ties = k;
  return prefix;
}

FRAY_DISPATCH
static size_t keep_longer(size_t n, uint32_t least, float *x) {
  size_t kept = 0;
  for (size_t i = 0; i < n; i++) {
    const bool stays = length_of(x[i]) >= least;
    x[i] = stays ? x[i] : 0;
    kept += stays;
  }
  return kept;
}

/* Of those that are as long as the last one, the first ones go. */
static void code(const void *params, const struct fray_coding *of, size_t n, float *x) {
  const size_t k = count_of(params, n);
  size_t ties, kept;
  (void)of;
  const uint32_t last = kth_length(n, x, k, &ties);
  kept = keep_longer(n, last, x);
  if (kept == k)
    return;
  for (size_t i = n; i-- > 0 && kept > k;)
    if (length_of(x[i]) == last) {
      x[i] = 0;
      kept--;
    }
}

static const struct fray_coder_ops ops = {
    .keeps_error = true, .own_grid = true, .bytes = bytes, .code = code};

extern const struct fray_choice fray_compression_largest;
const struct fray_choice fray_compression_largest = {
    .name = "top_k",
    .meaning = "the k largest values of the update with their places, with error feedback",
    .source = "Stich et al. 2018, arXiv 1809.07599, Alg. 1",
    .table = &table,
    .impl = &ops,
};
