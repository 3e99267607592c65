/* What a model says of samples: blocks that are encoded once and classified under every condition,
 * spread over ranks so that the answers are the same for any number of them. */
#include "block_encoding.h"
#include "heard.h"

#include "fray/base/size.h"
#include "fray/corrupt/signal.h"
#include "fray/feature/facts.h"
#include "fray/fed/client.h"
#include "fray/fed/exact.h"
#include "fray/fed/federation.h"
#include "fray/metric/membership.h"
#include "fray/nn/linear.h"
#include "fray/nn/loss.h"

#include <math.h>
#include <string.h>

/* Numbers per sample that say what was predicted. They travel as doubles, because sharing adds bit
 * patterns of doubles: a class as its number (16-bit integers are exact), a set as its words. */
static size_t width_of(const struct fray_evaluation_task *t) {
  const size_t said = fray_said_width(t->model, t->under->labels != NULL);
  return said ? said : 1;
}

/* Where this rank's answers go: parts of what is shared. */
struct places {
  double *predicted, *nll; /* predicted: see pack(), of judges that replace */
  unsigned char *score; /* floats, to be copied: two lie in each shared double; NULL: not wanted */
  float *output;        /* (conditions, fray_outputs_floats), likewise */
};

/* Of one label each. As doubles, since differences of logits are what is asked for. */
static enum fray_status say_odds(const int32_t *label, size_t n, size_t classes,
                                 const float *logits, double *odds, struct fray_arena *work,
                                 struct fray_err *err) {
  double *row;
  FRAY_ALLOC(row, work, classes, err);
  for (size_t i = 0; i < n; i++) {
    for (size_t c = 0; c < classes; c++)
      row[c] = (double)logits[i * classes + c];
    odds[i] = label[i] < 0 ? NAN : fray_log_odds(classes, row, (size_t)label[i]);
  }
  return FRAY_OK;
}

/* Of a judge that may say another class than that of the largest logit both travel in one number,
 * which is exact and never 0, as the place of a sample that another rank answers is. */
static double pack(int16_t said, int16_t largest) {
  return (double)said - INT16_MIN + 65536.0 * ((double)largest + 2);
}
static int16_t packed_said(double both) {
  return (int16_t)((int64_t)both % 65536 + INT16_MIN);
}
static int16_t packed_largest(double both) {
  return (int16_t)((int64_t)both / 65536 - 2);
}

/* What a judge says never comes of a label: those go to the likelihoods alone. */
static enum fray_status judge(const struct fray_evaluation_task *t, const struct fray_outputs *of,
                              struct fray_arena *work, double *predicted, struct fray_err *err) {
  const struct fray_judge judge = t->judge ? *t->judge : fray_judge_plain();
  int16_t *class;
  FRAY_ALLOC(class, work, of->n, err);
  FRAY_TRY(judge.ops->answer(judge.state, of, work, class, err));
  for (size_t i = 0; i < of->n; i++) {
    int16_t largest = class[i];
    /* What it cost is counted by the class that would have been said. */
    if (class[i] <= FRAY_REFUSED || judge.ops->replaces)
      fray_classify(1, of->classes, of->logits + i * of->classes, NULL, NULL, &largest);
    const int16_t said = class[i] == FRAY_REFUTED   ? fray_refutation_of(largest)
                         : class[i] == FRAY_REFUSED ? fray_refusal_of(largest)
                                                    : class[i];
    predicted[i] = judge.ops->replaces ? pack(said, largest) : said;
  }
  return FRAY_OK;
}

/* Outputs of samples first .. first+n-1 into what is said of them, from cell `at` on; the logits
 * among them (n, classes) are used up. */
static enum fray_status say(const struct fray_evaluation_task *t, size_t first,
                            const struct fray_outputs *outputs, float *logits, size_t at,
                            struct fray_arena *work, const struct places *to,
                            struct fray_err *err) {
  const size_t n = outputs->n, classes = fray_model_classes(t->model), width = width_of(t);
  double *predicted = to->predicted, *nll = to->nll;
  const struct fray_samples *of = t->under;
  if (of->labels) {
    uint64_t *said;
    FRAY_ALLOC(said, work, n * width, err);
    fray_classify_sets(n, classes, logits, of->labels + first * classes, nll + at, said);
    /* The bits of a set's words as they are: such a double may look like a NaN, so it is copied and
     * never computed with. */
    memcpy(predicted + at * width, said, n * width * sizeof *said);
  } else {
    FRAY_TRY(judge(t, outputs, work, predicted + at, err));
    fray_classify(n, classes, logits, of->label + first, nll + at, NULL);
    if (t->odds)
      FRAY_TRY(say_odds(of->label + first, n, classes, logits, nll + at, work, err));
  }
  if (to->score) {
    /* Last: it overwrites the logits. */
    fray_probabilities(n, classes, logits, of->labels != NULL, logits);
    memcpy(to->score + at * classes * sizeof *logits, logits, n * classes * sizeof *logits);
  }
  return FRAY_OK;
}

/* One encoding serves all of them, so a judge that reads more costs passes of the fusion and no
 * encoding. Beside the logits: what the judge reads and what is to be kept. */
static unsigned asked_of(const struct fray_evaluation_task *t) {
  return (t->keep_outputs ? t->outputs : 0) | (t->judge ? t->judge->ops->reads : 0);
}

/* Facts of the raw values of a block, as the condition left them. */
static enum fray_status show_facts(const struct fray_evaluation_task *t, size_t condition,
                                   size_t first, size_t n, unsigned wanted, struct fray_arena *work,
                                   const double *const **out, struct fray_err *err) {
  const struct fray_samples *under = &t->under[condition];
  const double **all;
  FRAY_ALLOC_ZERO(all, work, t->n_modalities, err);
  for (size_t m = 0; m < t->n_modalities; m++) {
    double *facts;
    if (wanted >> m & 1u) {
      FRAY_TRY(fray_facts_of_samples(t->features, m, n, under->sample + first,
                                     under->present + first, under->signal, work, &facts, err));
      all[m] = facts;
    }
  }
  *out = all;
  return FRAY_OK;
}

/* What a judge needs that is not of this model: who the samples are, facts of them, and what other
 * models say under the same condition. others (models): the block as each encoded it. */
static enum fray_status show(const struct fray_evaluation_task *t, size_t condition, size_t first,
                             struct fray_encoded *const *others, struct fray_arena *work,
                             struct fray_outputs *of, struct fray_err *err) {
  const struct fray_judge_needs needs = fray_judge_needs_of(t->judge);
  const int16_t **said;
  float *logits;
  of->sample = t->under->sample + first;
  if (needs.facts)
    FRAY_TRY(show_facts(t, condition, first, of->n, needs.facts, work, &of->facts, err));
  if (needs.n_models == 0)
    return FRAY_OK;
  FRAY_ALLOC(said, work, needs.n_models, err);
  FRAY_ALLOC(logits, work, of->n * of->classes, err);
  for (size_t k = 0; k < needs.n_models; k++) {
    const struct fray_pass pass = {.w = t->other[k].w, .arena = work};
    int16_t *one;
    FRAY_ALLOC(one, work, of->n, err);
    FRAY_TRY(fray_model_classify(t->other[k].model, others[k], of->present, &pass, logits, err));
    fray_classify(of->n, of->classes, logits, NULL, NULL, one);
    said[k] = one;
  }
  of->others = said;
  return FRAY_OK;
}

/* One condition of a block that was encoded. logits (n, classes): scratch. */
static enum fray_status answer_condition(const struct fray_evaluation_task *t, size_t condition,
                                         size_t first, size_t n, const struct fray_encoded *encoded,
                                         struct fray_encoded *const *others,
                                         const struct fray_pass *pass, float *logits,
                                         const struct places *to, struct fray_err *err) {
  const uint8_t *present = t->under[condition].present + first;
  const size_t all = t->under->n, classes = fray_model_classes(t->model);
  struct fray_outputs of;
  const size_t at = condition * all + first;
  if (fray_model_most_said(t->model))
    return say_sequences(t, first, n, encoded, present, pass, to->predicted + at * width_of(t),
                         to->nll + at, err);
  if (asked_of(t)) {
    FRAY_TRY(fray_outputs_take(t->model, encoded, n, present, asked_of(t), pass, &of, err));
    memcpy(logits, of.logits, n * classes * sizeof *logits);
  } else { /* the usual case: nothing beside the logits is computed, nor copied */
    FRAY_TRY(fray_model_classify(t->model, encoded, present, pass, logits, err));
    of = fray_outputs_lay(t->model, 0, n, present, logits);
  }
  if (to->output) {
    struct fray_outputs kept = of;
    /* Not what only the judge reads. */
    kept.alone = t->outputs & FRAY_OUT_ALONE ? of.alone : NULL;
    kept.hidden = t->outputs & FRAY_OUT_HIDDEN ? of.hidden : NULL;
    kept.token = t->outputs & FRAY_OUT_TOKENS ? of.token : NULL;
    kept.without = t->outputs & FRAY_OUT_WITHOUT ? of.without : NULL;
    fray_outputs_put(&kept, first, all,
                     to->output + condition * fray_outputs_floats(t->model, t->outputs, all));
  }
  FRAY_TRY(show(t, condition, first, others, pass->arena, &of, err));
  return say(t, first, &of, logits, at, pass->arena, to, err);
}

/* The same samples under all conditions whose raw values are those of condition `variant`: they are
 * encoded once, since only what is masked differs. */
static enum fray_status answer_variant(const struct fray_evaluation_task *t, size_t variant,
                                       size_t first, size_t n, const struct fray_encoded *encoded,
                                       struct fray_arena *work, const struct places *to,
                                       struct fray_err *err) {
  const struct fray_pass pass = {.w = t->w, .arena = work};
  struct fray_encoded **others;
  float *logits;
  FRAY_ALLOC(logits, work, n * fray_model_classes(t->model), err);
  FRAY_TRY(block_encode_others(t, t->under[variant].signal, first, n, work, &others, err));
  /* From the variant on: it is the first of its kind. */
  for (size_t c = variant; c < t->conditions; c++) {
    struct fray_arena_place mark = fray_arena_mark(work);
    if (t->under[c].signal != t->under[variant].signal)
      continue;
    FRAY_TRY(answer_condition(t, c, first, n, encoded, others, &pass, logits, to, err));
    fray_arena_rewind(work, mark);
  }
  return FRAY_OK;
}

/* True if an earlier condition has the same raw values: with it, this one is answered. */
static bool is_answered(const struct fray_evaluation_task *t, size_t condition) {
  for (size_t c = 0; c < condition; c++)
    if (t->under[c].signal == t->under[condition].signal)
      return true;
  return false;
}

/* A linear model has nothing to encode once for all conditions: under one, samples are classified
 * where the cache keeps them. Not where somebody looks at more than logits, or else at features,
 * which may push them out. */
static bool is_classified_in_place(const struct fray_evaluation_task *t, size_t first, size_t n) {
  const struct fray_judge_needs needs = fray_judge_needs_of(t->judge);
  bool all = fray_model_reads_in_place(t->model) && t->conditions == 1 && !asked_of(t) &&
             !t->keep_outputs && !t->undamaged && !needs.facts && needs.n_models == 0;
  for (size_t i = first; all && i < first + n; i++)
    all = t->under->present[i] & 1u;
  return all;
}

static enum fray_status answer_in_place(const struct fray_evaluation_task *t, size_t first,
                                        size_t n, struct fray_arena *work, const struct places *to,
                                        struct fray_err *err) {
  const struct fray_samples *of = t->under;
  const struct fray_samples block = {.n = n,
                                     .n_labelled = n,
                                     .sample = of->sample + first,
                                     .label = of->label + first,
                                     .present = of->present + first,
                                     .signal = of->signal};
  const size_t ahead = FRAY_MIN(of->n - first - n, (size_t)FRAY_APART_AHEAD);
  struct fray_batch batch;
  float *logits;
  FRAY_ALLOC(logits, work, n * fray_model_classes(t->model), err);
  FRAY_TRY(
      fray_batch_load_in_place(t->features, &block, block.sample + n, ahead, work, &batch, err));
  FRAY_TRY(fray_model_classify_in_place(t->model, &batch, t->w, logits, err));
  struct fray_outputs outputs = fray_outputs_lay(t->model, 0, n, block.present, logits);
  outputs.sample = block.sample;
  return say(t, first, &outputs, logits, first, work, to, err);
}

/* Answers of samples first .. first+n-1 into their places. The base stays until the block is
 * answered, so a block takes the memory of two encodings. */
static enum fray_status answer_block(const struct fray_evaluation_task *t, size_t first, size_t n,
                                     struct fray_arena *work, const struct places *to,
                                     struct fray_err *err) {
  struct block_base base;
  struct fray_encoded *encoded;
  fray_watch_work(t->watch, t->round, NULL);
  if (is_classified_in_place(t, first, n))
    return answer_in_place(t, first, n, work, to, err);
  FRAY_TRY(block_base_encode(t, first, n, work, &base, err));
  for (size_t c = 0; c < t->conditions; c++) {
    if (is_answered(t, c))
      continue;
    struct fray_arena_place mark = fray_arena_mark(work);
    if (t->under[c].signal == base.signal)
      FRAY_TRY(answer_variant(t, c, first, n, base.encoded, work, to, err));
    else {
      FRAY_TRY(block_encode(t, t->under[c].signal, first, n, &base, work, &encoded, err));
      FRAY_TRY(answer_variant(t, c, first, n, encoded, work, to, err));
    }
    fray_arena_rewind(work, mark);
  }
  return FRAY_OK;
}

/* The next block goes where the least was done: that is known without asking, so blocks of several
 * evaluations balance one another. Ties: the lower rank. */
static size_t next_host(const uint64_t *load, size_t ranks) {
  size_t host = 0;
  for (size_t r = 1; r < ranks; r++)
    if (load[r] < load[host])
      host = r;
  return host;
}

/* Blocks of a fixed size in a fixed order: products of other sizes may round otherwise, so blocks
 * must not depend on how many ranks share them. */
static enum fray_status answer_mine(struct fray_comm *comm, const struct fray_evaluation_task *t,
                                    uint64_t *load, struct fray_arena *work,
                                    const struct places *to, struct fray_err *err) {
  size_t ranks = (size_t)fray_comm_size(comm), me = (size_t)fray_comm_rank(comm);
  for (size_t first = 0; first < t->under->n; first += FRAY_EVALUATION_BLOCK) {
    size_t n = FRAY_MIN(t->under->n - first, (size_t)FRAY_EVALUATION_BLOCK);
    size_t host = next_host(load, ranks);
    load[host] += n; /* all ranks count alike, so none need be told whose block it is */
    if (host != me)
      continue;
    struct fray_arena_place mark = fray_arena_mark(work);
    FRAY_TRY(answer_block(t, first, n, work, to, err));
    fray_arena_rewind(work, mark);
  }
  return FRAY_OK;
}

/* Doubles that hold so many floats: scores travel as bit patterns with the rest. */
static size_t doubles_of(size_t floats) {
  _Static_assert(sizeof(double) == 2 * sizeof(float), "two floats fit a double");
  return (floats + 1) / 2;
}

/* What is asked before a study starts, from numbers that a plan knows. */
double fray_score_bytes(double n, double conditions, double classes, int ranks) {
  /* The answers, what is shared, and its copy on the way to others. */
  return n * conditions * classes * (double)sizeof(float) * (ranks > 1 ? 3.0 : 2.0);
}

/* Floats of the outputs that are kept, under all conditions. */
static size_t outputs_of(const struct fray_evaluation_task *task) {
  return task->keep_outputs
             ? task->conditions * fray_outputs_floats(task->model, task->outputs, task->under->n)
             : 0;
}

/* Room for them where the answers are, and what describes it, condition by condition. */
static enum fray_status make_outputs(const struct fray_evaluation_task *task,
                                     struct fray_arena *keep, struct fray_evaluation *out,
                                     struct fray_err *err) {
  const size_t n = task->under->n, each = fray_outputs_floats(task->model, task->outputs, n);
  FRAY_ALLOC(out->output, keep, out->outputs, err);
  FRAY_ALLOC(out->answers.outputs, keep, task->conditions, err);
  for (size_t c = 0; c < task->conditions; c++) {
    out->answers.outputs[c] = fray_outputs_lay(task->model, task->outputs, n,
                                               task->under[c].present, out->output + c * each);
    out->answers.outputs[c].sample = task->under[c].sample;
  }
  return FRAY_OK;
}

enum fray_status fray_evaluate_begin(const struct fray_evaluation_task *task,
                                     struct fray_arena *work, struct fray_arena *keep,
                                     struct fray_evaluation *out, struct fray_err *err) {
  size_t cells = task->under->n * task->conditions, numbers = cells * width_of(task);
  size_t scores = task->scores ? cells * fray_model_classes(task->model) : 0;
  const size_t outputs = outputs_of(task);
  /* Zeros wherever this rank answers nothing: sharing adds bit patterns. */
  const size_t said = fray_said_width(task->model, task->under->labels != NULL);
  *out = (struct fray_evaluation){.answers = {.n = task->under->n,
                                              .conditions = task->conditions,
                                              .said_width = said,
                                              .sequences = fray_model_most_said(task->model) > 0},
                                  .numbers = numbers,
                                  .scores = scores,
                                  .outputs = outputs};
  if (said)
    FRAY_ALLOC_ZERO(out->answers.said, keep, numbers, err);
  else
    FRAY_ALLOC_ZERO(out->answers.predicted, keep, numbers, err);
  if (!task->under->labels && task->judge && task->judge->ops->replaces)
    FRAY_ALLOC_ZERO(out->answers.largest, keep, numbers, err);
  FRAY_ALLOC_ZERO(out->answers.nll, keep, cells, err);
  if (task->scores)
    FRAY_ALLOC_ZERO(out->answers.score, keep, scores, err);
  if (task->keep_outputs)
    FRAY_TRY(make_outputs(task, keep, out, err));
  FRAY_ALLOC_ZERO(out->shared, work, numbers + cells + doubles_of(scores) + doubles_of(outputs),
                  err);
  return FRAY_OK;
}

/* What was predicted, then likelihoods, scores, outputs: fray_evaluate_share reads them back in
 * this order, and a saved state holds them so. */
static struct places places_of(const struct fray_evaluation *evaluation) {
  const struct fray_answers *answers = &evaluation->answers;
  double *nll = evaluation->shared + evaluation->numbers;
  double *score = nll + answers->n * answers->conditions;
  void *output = score + doubles_of(evaluation->scores);
  return (struct places){.predicted = evaluation->shared,
                         .nll = nll,
                         .score = answers->score ? (unsigned char *)score : NULL,
                         .output = evaluation->output ? output : NULL};
}

enum fray_status fray_evaluate_mine(struct fray_comm *comm, const struct fray_evaluation_task *task,
                                    uint64_t *load, struct fray_arena *work,
                                    struct fray_arena *keep, struct fray_evaluation *out,
                                    struct fray_err *err) {
  FRAY_TRY(fray_evaluate_begin(task, work, keep, out, err));
  const struct places to = places_of(out);
  return answer_mine(comm, task, load, work, &to, err);
}

enum fray_status fray_evaluate_range(const struct fray_evaluation_task *task, size_t first,
                                     size_t end, struct fray_arena *work,
                                     struct fray_evaluation *evaluation, struct fray_err *err) {
  /* Blocks begin at `first`, so a client's answers do not depend on who lies before it. */
  const struct places to = places_of(evaluation);
  for (size_t n; first < end; first += n) {
    struct fray_arena_place mark = fray_arena_mark(work);
    n = FRAY_MIN(end - first, (size_t)FRAY_EVALUATION_BLOCK);
    FRAY_TRY(answer_block(task, first, n, work, &to, err));
    fray_arena_rewind(work, mark);
  }
  return FRAY_OK;
}

/* The same sum as in fray_evaluate_begin: a state is read back by it before there is an evaluation.
 */
size_t fray_evaluation_numbers(const struct fray_evaluation_task *task) {
  const size_t cells = task->under->n * task->conditions;
  const size_t scores = task->scores ? cells * fray_model_classes(task->model) : 0;
  return cells * width_of(task) + cells + doubles_of(scores) + doubles_of(outputs_of(task));
}

enum fray_status fray_evaluate_share(struct fray_comm *comm, struct fray_evaluation *evaluation,
                                     enum fray_status mine, struct fray_arena *work,
                                     struct fray_err *err) {
  struct fray_answers *answers = &evaluation->answers;
  size_t cells = answers->n * answers->conditions, numbers = evaluation->numbers;
  /* A rank that failed says so here, where the others wait for its answers. */
  FRAY_TRY(fray_comm_agree(comm, mine, err));
  FRAY_TRY(fray_exact_share(comm, evaluation->shared,
                            numbers + cells + doubles_of(evaluation->scores) +
                                doubles_of(evaluation->outputs),
                            work, err));
  if (answers->said)
    memcpy(answers->said, evaluation->shared, numbers * sizeof *answers->said);
  else
    for (size_t i = 0; i < cells; i++)
      answers->predicted[i] =
          answers->largest ? packed_said(evaluation->shared[i]) : (int16_t)evaluation->shared[i];
  for (size_t i = 0; answers->largest && i < cells; i++)
    answers->largest[i] = packed_largest(evaluation->shared[i]);
  memcpy(answers->nll, evaluation->shared + numbers, cells * sizeof *answers->nll);
  if (answers->score)
    memcpy(answers->score, evaluation->shared + numbers + cells,
           evaluation->scores * sizeof *answers->score);
  if (evaluation->output)
    memcpy(evaluation->output,
           evaluation->shared + numbers + cells + doubles_of(evaluation->scores),
           evaluation->outputs * sizeof *evaluation->output);
  return FRAY_OK;
}

/* Sets lie as words of 64 classes, in sample order. */
bool fray_said(const struct fray_answers *answers, size_t condition, size_t i, size_t c,
               size_t n_classes) {
  const size_t at = (condition * answers->n + i) * fray_set_words(n_classes);
  return answers->said[at + c / 64] >> c % 64 & 1;
}

/* One sample of several labels: each class adds to its own table [true][said]. */
static void score_set(const struct fray_answers *answers, size_t condition, size_t i,
                      const uint8_t *truth, int64_t *confusion, struct fray_scored *out) {
  /* With no class left out: a set is right as a whole or not at all. */
  bool exact = true;
  for (size_t c = 0; c < out->n_classes; c++) {
    bool said = fray_said(answers, condition, i, c, out->n_classes);
    confusion[4 * c + 2 * truth[c] + said]++;
    exact = exact && said == truth[c];
  }
  out->exact += exact;
}

/* Edits of one sample join those of the others: rates are of sums. */
static void score_sequence(const struct fray_answers *answers, size_t condition, size_t i,
                           int64_t *edits) {
  struct fray_word_edits e;
  fray_spoken_edits(answers, condition, i, &e);
  edits[FRAY_HITS] += e.hits;
  edits[FRAY_SUBSTITUTIONS] += e.substitutions;
  edits[FRAY_DELETIONS] += e.deletions;
  edits[FRAY_INSERTIONS] += e.insertions;
}

void fray_score(const struct fray_answers *answers, size_t condition, const int32_t *label,
                const uint8_t *labels, const uint8_t *mask, size_t n_classes, int64_t *confusion,
                struct fray_scored *out) {
  /* Added in sample order, whoever answered: sums of doubles have one. */
  const double *nll = answers->nll + condition * answers->n;
  const bool sets = labels != NULL;
  /* The counts are the caller's and used again for the next group: each scoring begins anew. */
  memset(confusion, 0, fray_confusion_cells(sets, n_classes) * sizeof *confusion);
  *out = (struct fray_scored){.n_classes = n_classes,
                              .confusion = confusion,
                              .multi_label = sets,
                              .sequences = answers->sequences,
                              .judged = true};
  out->refused_of = sets || out->sequences ? NULL : confusion + n_classes * n_classes;
  if (answers->score)
    out->samples =
        (struct fray_scored_samples){.n = answers->n,
                                     .score = answers->score + condition * answers->n * n_classes,
                                     .label = label,
                                     .labels = labels,
                                     .mask = mask};
  for (size_t i = 0; i < answers->n; i++) {
    if ((mask && !mask[i]) || label[i] < 0) /* without a label nothing is right or wrong */
      continue;
    if (out->sequences) {
      score_sequence(answers, condition, i, confusion);
    } else if (sets) {
      score_set(answers, condition, i, labels + i * n_classes, confusion, out);
    } else {
      int16_t predicted = answers->predicted[condition * answers->n + i];
      size_t truth = (size_t)label[i];
      /* No finite logit is a wrong answer, not none: a model that breaks must not gain by it. */
      size_t said = predicted >= 0 ? (size_t)predicted : (truth + 1) % n_classes;
      /* A refusal is an answer of no class: it is missing from the row, and in no column. */
      confusion[fray_is_refused(predicted) ? n_classes * n_classes + truth
                                           : truth * n_classes + said]++;
      out->refused += fray_is_refused(predicted);
      out->refuted += fray_is_refuted(predicted);
      out->refused_right += fray_is_refused(predicted) && fray_unsaid(predicted) == label[i];
    }
    out->nll_sum += nll[i];
    out->n++;
  }
}
