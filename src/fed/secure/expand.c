/* Seeds to masks: Philox4x32-10 (Salmon et al. 2011), whose key is the seed and whose counter is
 * the number of the block. Masks are most of what a masked round computes; in 32 blocks at a time
 * this is up to four times as fast as the generator of all other draws, whose products of 64 bits
 * no instruction makes side by side. */
#include "expand.h"

#include "fray/base/size.h"

#include <string.h>

/* Blocks at a time. Their first two words are the first LANES values of a group, the others the
 * rest: nothing has to be put into another order. */
enum { LANES = SECURE_GROUP / 2 };

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(FRAY_NO_DISPATCH)
#define LANE uint64_t
#define NAME expand_wide
#define ATTRIBUTE __attribute__((target("arch=x86-64-v4")))
#include "expand_body.inc"
#undef LANE
#undef NAME
#undef ATTRIBUTE
#define ATTRIBUTE __attribute__((target_clones("arch=x86-64-v3", "default")))
static bool is_wide(void) {
  return __builtin_cpu_supports("x86-64-v4");
}
#else
#define ATTRIBUTE
#define expand_wide expand_narrow
static bool is_wide(void) {
  return false;
}
#endif

#define LANE uint32_t
#define NAME expand_narrow
#include "expand_body.inc"

/* Whole groups, and what is left of the last one by way of another place. */
void secure_expand(uint64_t seed, size_t first, size_t n, bool off, uint64_t *y) {
  const size_t whole = n / SECURE_GROUP, done = whole * SECURE_GROUP;
  uint64_t last[SECURE_GROUP] = {0};
  if (is_wide()) /* NOLINT(bugprone-branch-clone): the wide one is not there for every compiler */
    expand_wide(seed, first, whole, off, y);
  else
    expand_narrow(seed, first, whole, off, y);
  if (done == n)
    return;
  memcpy(last, y + done, (n - done) * sizeof *last);
  expand_narrow(seed, first + done, 1, off, last);
  memcpy(y + done, last, (n - done) * sizeof *last);
}
