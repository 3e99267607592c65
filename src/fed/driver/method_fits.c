/* Whether an algorithm fits the data and the model, and what of it will have no effect there: what
 * the keys alone do not say. */
#include "fray/fed/federation.h"

#include <stdio.h>

/* What clients keep is used when they come again. Twice on average is still little, but nobody can
 * say where a method begins to be worth its state. */
static void tell_of_rare_clients(const struct fray_training_config *training,
                                 const struct fray_roster *roster, size_t cohort,
                                 void (*tell)(void *user, const char *words), void *user) {
  const double times = (double)training->rounds * (double)cohort / (double)roster->clients;
  char words[400];
  const struct fray_algorithm_ops *ops = fray_algorithm_of(&training->server);
  if ((ops->client_vectors == 0 && ops->sample_floats == 0) || times >= 2)
    return;
  snprintf(words, sizeof words,
           "training.server: in %lld round%s with %zu of %zu clients each takes part %.2g times on "
           "average: what %s keeps with a client from one time to the next is hardly ever used",
           (long long)training->rounds, training->rounds == 1 ? "" : "s", cohort, roster->clients,
           times, training->server.algorithm.choice->name);
  tell(user, words);
}

/* What was left out of an update goes with the next one of the same client, if there is one. */
static void tell_of_lost_errors(const struct fray_training_config *training,
                                const struct fray_roster *roster, size_t cohort,
                                void (*tell)(void *user, const char *words), void *user) {
  const double times = (double)training->rounds * (double)cohort / (double)roster->clients;
  char words[400];
  if (!fray_compression_keeps(&training->compression) || times >= 2)
    return;
  snprintf(
      words, sizeof words,
      "training.compression: in %lld round%s with %zu of %zu clients each takes part %.2g times "
      "on average: error feedback has hardly any effect, and what %s leaves out is lost",
      (long long)training->rounds, training->rounds == 1 ? "" : "s", cohort, roster->clients, times,
      training->compression.kind.choice->name);
  tell(user, words);
}

/* All values sent, or more bytes than without. sent: of the model, private blocks among them. */
static void tell_of_no_saving(const struct fray_training_config *training, struct fray_sent sent,
                              void (*tell)(void *user, const char *words), void *user) {
  const double bytes = fray_coded_bytes(&training->compression, sent);
  char words[300];
  if (!fray_compression_is_on(&training->compression) ||
      bytes < (double)sent.values * (double)sizeof(float))
    return;
  snprintf(words, sizeof words,
           "training.compression: %s saves nothing: %.0f bytes for an update of %zu parameters",
           training->compression.kind.choice->name, bytes, sent.values);
  tell(user, words);
}

/* Robust rules take a client's claims about itself for nothing, and so all updates for alike. */
static void tell_of_weights(const struct fray_training_config *training,
                            void (*tell)(void *user, const char *words), void *user) {
  char words[300];
  if (!fray_algorithm_of(&training->server)->weigh ||
      fray_aggregation_is_mean(&training->aggregation))
    return;
  snprintf(words, sizeof words,
           "training.aggregation.rule: %s takes all updates alike: the weights that %s gives them "
           "have no effect",
           fray_aggregation_name(&training->aggregation), training->server.algorithm.choice->name);
  tell(user, words);
}

/* Told and not refused: all of it runs, and means less than one may think. */
enum fray_status fray_federation_fits(const struct fray_training_config *training,
                                      const struct fray_roster *roster,
                                      const struct fray_model *model, size_t cohort,
                                      void (*tell)(void *user, const char *words), void *user,
                                      struct fray_err *err) {
  const struct fray_variant *algorithm = &training->server.algorithm;
  const struct fray_algorithm_ops *ops = algorithm->choice->impl;
  char words[400];
  FRAY_CHECK(!ops->needs_representation || fray_model_has_representation(model), err, INPUT,
             "training.server: %s compares what the head sees, but nothing of this model below "
             "its head learns: take an encoder with parameters (fray list encoders)",
             algorithm->choice->name);
  tell_of_rare_clients(training, roster, cohort, tell, user);
  tell_of_weights(training, tell, user);
  tell_of_lost_errors(training, roster, cohort, tell, user);
  tell_of_no_saving(training,
                    fray_own_blocks_sent(&(struct fray_own_blocks){0}, fray_model_params(model)),
                    tell, user);
  if (ops->idle && ops->idle(algorithm->params, training, roster, cohort, words, sizeof words))
    tell(user, words);
  return FRAY_OK;
}
