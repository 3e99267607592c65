/* The two probabilities of a chain of losses, from what users say: a share and a mean burst. */
#include "chain.h"

#include <math.h>

struct fray_chain fray_chain_of(double rate, double burst) {
  if (rate >= 1) /* then there is no way back */
    return (struct fray_chain){.rate = 1, .enter = 1, .stay = 1};
  /* A chain that is lost more often than it can be in runs of this length enters at once. */
  const double run = fmax(burst, rate / (1 - rate));
  return (struct fray_chain){
      .rate = rate, .enter = fmin(rate / (run * (1 - rate)), 1), .stay = 1 - 1 / run};
}

/* A larger rate loses at least the same steps if both probabilities grow with it, and entering is
 * never likelier than staying: rate <= 1 - 1 / run, which is the run of independent losses. */
struct fray_chain fray_chain_nesting(double rate, double burst) {
  if (rate >= 1)
    return fray_chain_of(1, burst);
  if (burst * (1 - rate) <= 1)
    return (struct fray_chain){.rate = rate, .enter = rate, .stay = rate};
  return fray_chain_of(rate, burst);
}
