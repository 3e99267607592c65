/* What goes with data of sequences, and what does not: by what a metric or a key is of, never by
 * its name. */
#include "said.h"

#include "fray/fed/federation.h"
#include "fray/nn/ctc.h"

#include <stdio.h>

/* The metrics of a sort, for messages: "wer, mer". */
static const char *metrics_of(bool sequences, char *out, size_t size) {
  size_t at = 0;
  out[0] = '\0';
  for (size_t k = 0; k < fray_metrics.n && at < size; k++)
    if (fray_metric_of_sequences(fray_metrics.v[k]) == sequences)
      at += (size_t)snprintf(out + at, size - at, "%s%s", at ? ", " : "", fray_metrics.v[k]->name);
  return out;
}

/* A metric that has no value there would leave a column empty, or choose no round. */
static enum fray_status check_metric(const struct fray_choice *metric, const char *key,
                                     const struct fray_dataset *d, struct fray_err *err) {
  const bool sequences = d->words != NULL;
  char list[512]; /* the names of all metrics fit */
  FRAY_CHECK(!metric || fray_metric_of_sequences(metric) == sequences, err, INPUT,
             "%s: %s is of %s, but samples of the data set %s have %s; there are %s", key,
             metric->name, sequences ? "one answer a sample" : "sequences of classes", d->name,
             fray_labels_words(d), metrics_of(sequences, list, sizeof list));
  return FRAY_OK;
}

/* Also of data without sequences: metrics of sequences have no value there. */
static enum fray_status check_metrics(const struct fray_cell *cell, const struct fray_dataset *d,
                                      struct fray_err *err) {
  const struct fray_scenario *config = &cell->config;
  /* By the key that names it: each of them may be wrong by itself. */
  for (size_t k = 0; k < config->evaluate.metrics.n; k++)
    FRAY_TRY(check_metric(fray_choice_find(&fray_metrics, config->evaluate.metrics.v[k]),
                          "evaluate.metrics", d, err));
  FRAY_TRY(
      check_metric(config->training.selection.metric.choice, "training.selection.metric", d, err));
  return check_metric(fray_training_stop_metric(&config->training), "training.stop.metric", d, err);
}

/* By lengths alone, which the index knows: damage of time is not counted. */
size_t spoken_unfit(const struct fray_model *model, const struct fray_features *features,
                    const struct fray_samples *samples, size_t *unheard) {
  const struct fray_transcripts *w = fray_features_words(features);
  const size_t heard = fray_model_heard_modality(model);
  size_t n = 0, silent = 0;
  for (size_t i = 0; w && i < samples->n; i++) {
    const uint32_t sample = samples->sample[i];
    const bool there = samples->present[i] >> heard & 1;
    const size_t raw = there ? fray_features_steps(features, heard, sample) : 0;
    const bool unfit =
        samples->label[i] >= 0 &&
        fray_ctc_least_time(fray_transcript_length(w, sample), w->word + w->first[sample]) >
            fray_model_steps(model, raw);
    n += unfit;
    silent += unfit && !there;
  }
  if (unheard)
    *unheard = silent;
  return n;
}

/* What is made of one class a sample has no meaning where there are words. */
enum fray_status fray_cell_check_sequences(const struct fray_cell *cell,
                                           const struct fray_dataset *d, struct fray_err *err) {
  const struct fray_evaluate_config *evaluate = &cell->config.evaluate;
  FRAY_TRY(check_metrics(cell, d, err));
  if (!d->words)
    return FRAY_OK;
  FRAY_CHECK(
      !fray_judge_is_on(&evaluate->judge), err, INPUT,
      "evaluate.judge: %s judges one answer a sample, and the data have sequences of classes",
      evaluate->judge.kind.choice->name);
  FRAY_CHECK(!evaluate->save_scores, err, INPUT,
             "evaluate.save_scores: probabilities are of one answer a sample, and the data have "
             "sequences of classes");
  FRAY_CHECK(!evaluate->target, err, INPUT,
             "evaluate.target: a class that somebody wants answered is one answer, and the data "
             "have sequences of classes");
  FRAY_CHECK(fray_dataset_most_words(d) <= INT16_MAX, err, INPUT,
             "%s: a sequence of %zu classes, at most %d are compared", d->name,
             fray_dataset_most_words(d), INT16_MAX);
  return FRAY_OK;
}
