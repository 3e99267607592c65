/* The plan of a study, printed: what would run, on what, and how large it is. */
#include "internal.h"

#include "fray/base/size.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static double mib(double bytes) {
  return bytes / (1024.0 * 1024.0);
}

/* Floats that one rank holds for training, beside data: model, gradient, best, last, mean, the
 * states of both optimisers and the updates that it hosts; and the 64-bit sums of the exact
 * addition. */
static double rank_bytes(const struct fray_scenario *config, size_t parameters, size_t cohort,
                         int ranks) {
  const struct fray_server_ops *server = config->training.server.algorithm.choice->impl;
  double hosted = ceil((double)cohort / ranks);
  double floats =
      6.0 + (double)(server->state + fray_local_state(&config->training.local)) + hosted;
  return (double)parameters * (4.0 * floats + 8.0) + (double)config->data.cache_mb * 1048576.0;
}

static void print_plan(const struct fray_study *study, const struct fray_session *session,
                       const struct fray_partition *partition, const struct fray_model *model,
                       int ranks) {
  const struct fray_dataset *d = session->dataset;
  const struct fray_cell *cell = &study->cell[0];
  const struct fray_training_config *t = &cell->config.training;
  size_t cohort = fray_amount_of(t->clients_per_round, partition->n_clients);
  const struct fray_param_table *params = fray_model_params(model);
  printf("study        %s\n", study->name);
  printf("data         %s: %zu samples, %zu classes%s, %zu natural clients, %zu shards\n", d->name,
         d->n_samples, d->n_classes, d->multi_label ? " (multi-label)" : "", d->n_clients,
         d->n_shards);
  printf("modalities   ");
  for (size_t m = 0; m < d->n_modalities; m++)
    printf("%s%s (%s)", m ? ", " : "", d->modality[m].name,
           fray_modality_kind_names[d->modality[m].kind]);
  printf("\nclients      %zu federated, %zu a round; %zu training, %zu dev, %zu test samples\n",
         partition->n_clients, cohort, partition->first[partition->n_clients], partition->n_dev,
         partition->n_test);
  printf("model        %s fusion, %zu parameters\n", cell->config.model.fusion.choice->name,
         params->count);
  printf("trials       %zu = %zu cells x %zu seeds; as many trainings of %lld rounds\n",
         study->n_trials, study->n_cells, study->n_seeds, (long long)t->rounds);
  for (size_t k = 0; k < study->n_keys; k++)
    printf("  swept      %s\n", study->key[k]);
  printf("conditions   %zu on each trained model, beside its own\n", cell->n_conditions);
  printf("memory       at most %.0f MiB per rank on %d rank%s (of it %lld MiB feature cache)\n",
         mib(rank_bytes(&cell->config, params->total, cohort, ranks)), ranks, ranks > 1 ? "s" : "",
         (long long)cell->config.data.cache_mb);
  printf("disk         about %.1f MiB of kept models\n",
         mib(2.0 * 4.0 * (double)params->total * (double)study->n_trials));
}

static enum fray_status check_cell(struct fray_study *study, size_t cell,
                                   struct fray_session *session, struct fray_err *err) {
  FRAY_TRY(fray_study_follow_task(study, cell, session->dataset->multi_label, err));
  return fray_trial_validate(study, &study->trial[cell * study->n_seeds], session, err);
}

enum fray_status fray_study_check(struct fray_study *study, struct fray_comm *comm,
                                  struct fray_err *err) {
  struct fray_session session = {.comm = comm};
  struct fray_partition *partition = NULL;
  struct fray_model *model = NULL;
  enum fray_status status = FRAY_OK;
  /* Every cell is opened and prepared; the first is described. */
  for (size_t c = study->n_cells; c-- > 0 && status == FRAY_OK;) {
    status = fray_session_open(&session, &study->cell[c], err);
    if (status == FRAY_OK)
      status = fray_comm_agree(comm, check_cell(study, c, &session, err), err);
  }
  if (status == FRAY_OK)
    status = fray_partition_make(&study->cell[0].config.data.partition, session.dataset,
                                 study->trial[0].partition_seed, &partition, err);
  if (status == FRAY_OK)
    status = fray_cell_model(&study->cell[0], &session, &model, err);
  status = fray_comm_agree(comm, status, err);
  if (status == FRAY_OK && fray_comm_rank(comm) == 0)
    print_plan(study, &session, partition, model, fray_comm_size(comm));
  fray_model_free(model);
  fray_partition_free(partition);
  fray_session_close(&session);
  return status;
}
