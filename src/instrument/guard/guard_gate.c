/* A fitted gate in the hands of another instrument: the same scores, lines and shares as in the
 * guard's own tables, so that both refuse the same answers. */
#include "fray/instrument/fitted_gate.h"

#include "guard_parts.h"

#include "fray/base/size.h"

struct fray_fitted_gate {
  struct guard_file file;
};
/* What is found of one trial lies in a set of findings of one trial, as the guard's own parts want
 * it. */
struct fray_trial_gate {
  struct guard_found found;
  struct guard_trial trial;
  struct guard_ready ready;
};

enum fray_status fray_fitted_gate_read(const char *path, struct fray_comm *comm,
                                       struct fray_arena *arena, struct fray_fitted_gate **out,
                                       struct fray_err *err) {
  FRAY_ALLOC_ZERO(*out, arena, 1, err);
  return guard_file_fitted(path, comm, arena, &(*out)->file, err);
}

/* Fitted anew rather than read: Gaussians of training samples do not stand in the file, and what
 * does is held against what comes out. */
enum fray_status fray_trial_gate_fit(const struct fray_fitted_gate *file, struct fray_kept *kept,
                                     size_t trial, const char *name, struct fray_arena *arena,
                                     struct fray_trial_gate **out, struct fray_err *err) {
  struct fray_trial_gate *gate;
  FRAY_ALLOC_ZERO(gate, arena, 1, err);
  *out = gate;
  gate->trial = (struct guard_trial){.trial = trial, .name = name};
  gate->found = (struct guard_found){.arena = arena,
                                     .study = fray_kept_study(kept),
                                     .file = &file->file,
                                     .n_trials = 1,
                                     .trial = &gate->trial};
  if (guard_prepare(kept, &gate->found, FRAY_KEPT_DEV, &gate->trial, &gate->ready, err) != FRAY_OK)
    return fray_at(err, "%s: trial %s", file->file.gate.fitted, name);
  return guard_fitted_check(&gate->found, err);
}

void fray_trial_gate_ask(const struct fray_trial_gate *gate, struct fray_probe *probe) {
  guard_scores_ask(&gate->found.scores, probe);
}

/* At or below the share that was asked for; at a share of 0 nobody is. */
enum fray_status fray_trial_gate_refuses(const struct fray_trial_gate *gate,
                                         const struct fray_probed *of, uint8_t *refused,
                                         struct fray_err *err) {
  const struct guard_scores *scores = &gate->found.scores;
  const struct fray_group *per = gate->ready.per;
  const double alpha = gate->found.file->gate.false_refusal;
  const bool of_cost = guard_is_of_cost(gate->found.file);
  struct fray_arena scratch = {0};
  const size_t n = of->under.n;
  double *p = fray_arena_alloc(&scratch, n + 1, sizeof *p);
  double *score = fray_arena_alloc(&scratch, n + 1, sizeof *score), *value = NULL;
  enum fray_status status = p && score ? FRAY_OK : fray_fail(err, FRAY_MEMORY, "out of memory");
  if (status == FRAY_OK && of_cost)
    status = guard_cost_judge(of, gate->trial.temperature, &scratch, p, score, err);
  else if (status == FRAY_OK)
    status = guard_values(scores, of, &scratch, &value, err);
  for (size_t i = 0; status == FRAY_OK && i < n; i++) {
    if (!of_cost) {
      const size_t group = per ? per->code[of->under.sample[i]] : 0;
      const struct fray_gate all = {scores->n, gate->ready.line[group]};
      p[i] = fray_gate_p(&all, value + i * scores->n);
    }
    refused[i] = alpha > 0 && p[i] <= alpha;
  }
  fray_arena_free(&scratch);
  return status;
}
