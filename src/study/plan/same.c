/* Whether all ranks plan the same. */
#include "plan.h"

#include "fray/base/hash.h"

/* Ranks that were started differently would wait for one another for ever, each in another trial.
 * /. The shift keeps a name and an evaluation that changed places from giving the same hash. */
enum fray_status fray_plan_same(const struct fray_study *study, const struct fray_plan *plan,
                                struct fray_comm *comm, struct fray_err *err) {
  const size_t n = study->n_trials;
  uint64_t hash = fray_hash64(plan->name, n * sizeof *plan->name) ^
                  (fray_hash64(plan->evaluation, n * sizeof *plan->evaluation) << 1);
  FRAY_CHECK(fray_comm_same(comm, hash), err, INPUT,
             "the ranks give the trials different names: they were started with different --set or "
             "options, or find other files; all must run the same command on the same data");
  return FRAY_OK;
}
