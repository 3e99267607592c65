/* Answers that certificates give: those of other models that the study kept, and what can be made
 * of the model's own outputs. */
#include "bounty_parts.h"

#include "fray/base/size.h"
#include "fray/h5/h5.h"
#include "fray/nn/loss.h"
#include "instrument/folder/instrument_folder.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The same answer once: models are asked once for each, and two hunters who offer one thing are
 * told apart by their groups alone. */
static enum fray_status add(struct bounty *b, const struct bounty_answer *answer, size_t *out,
                            struct fray_err *err) {
  struct bounty_answer *more;
  /* By text: two files that mean the same write it in the same way here. */
  for (*out = 0; *out < b->n_answers; ++*out)
    if (strcmp(b->answer[*out].text, answer->text) == 0)
      return FRAY_OK;
  FRAY_ALLOC_ZERO(more, b->arena, b->n_answers + 1, err);
  if (b->n_answers)
    memcpy(more, b->answer, b->n_answers * sizeof *more);
  more[b->n_answers++] = *answer;
  b->answer = more;
  return FRAY_OK;
}

/* A text as YAML takes it, in the arena. */
static const char *flow(const struct fray_node *node, const char *key, struct fray_arena *arena) {
  struct fray_text text = {0};
  fray_text_printf(&text, "{%s: ", key);
  fray_node_flow(node, &text);
  fray_text_puts(&text, "}");
  const char *out = text.failed ? NULL : fray_arena_strdup(arena, text.data);
  fray_text_free(&text);
  return out;
}

static const char *flow_of(const char *value, const char *key, struct fray_arena *arena) {
  const struct fray_node node = {.kind = FRAY_NODE_SCALAR, .scalar = value, .quoted = true};
  return flow(&node, key, arena);
}

/* ---- of a cell ---- */

/* By all of its keys, so that it means the same wherever it is read again. */
static const char *cell_text(const struct bounty *b, size_t cell) {
  const struct fray_study *study = fray_kept_study(b->kept);
  struct fray_text text = {0};
  fray_text_puts(&text, "{cell: {");
  for (size_t k = 0; k < study->n_keys; k++) {
    const struct fray_node key = {.kind = FRAY_NODE_SCALAR, .scalar = study->key[k]};
    const struct fray_node value = {.kind = FRAY_NODE_SCALAR, .scalar = study->cell[cell].value[k]};
    fray_text_puts(&text, k ? ", " : "");
    fray_node_flow(&key, &text);
    fray_text_puts(&text, ": ");
    fray_node_flow(&value, &text);
  }
  fray_text_puts(&text, "}}");
  const char *out = text.failed ? NULL : fray_arena_strdup(b->arena, text.data);
  fray_text_free(&text);
  return out;
}

/* Of the same seed: partition and damage are then those that the model has met. */
static enum fray_status add_cell(struct bounty *b, size_t cell, size_t *out, struct fray_err *err) {
  const struct fray_study *study = fray_kept_study(b->kept);
  const uint64_t seed = study->trial[b->trial].seed;
  struct bounty_answer answer = {.kind = BOUNTY_CELL, .text = cell_text(b, cell)};
  FRAY_CHECK(answer.text, err, MEMORY, "out of memory");
  /* A cell may have lost this seed: its training diverged, or its models were not kept. */
  answer.trial = bounty_trial_of(b, cell, seed);
  FRAY_CHECK(answer.trial != SIZE_MAX, err, INPUT, "answer.cell: %s has no model of seed %llu",
             answer.text, (unsigned long long)seed);
  answer.name = fray_kept_name(b->kept, answer.trial);
  return add(b, &answer, out, err);
}

/* ---- of the model itself ---- */

/* One that the study has, by name. Without the only modality a model says what it says of nothing,
 * which is allowed to a certificate and left out by hunters. */
static enum fray_status add_without(struct bounty *b, const char *name, size_t *out,
                                    struct fray_err *err) {
  struct bounty_answer answer = {.kind = BOUNTY_WITHOUT, .modality = b->n_modalities};
  char list[512];
  for (size_t m = 0; m < b->n_modalities; m++)
    if (strcmp(b->modality[m], name) == 0)
      answer.modality = m;
  FRAY_CHECK(answer.modality < b->n_modalities, err, INPUT,
             "answer.without: '%s' is no modality; %s", name,
             fray_there_are(name, b->modality, b->n_modalities, list, sizeof list));
  answer.text = flow_of(name, "without", b->arena);
  FRAY_CHECK(answer.text, err, MEMORY, "out of memory");
  return add(b, &answer, out, err);
}

/* Of either side of the map: what is said now, and what is said then. */
static enum fray_status find_class(const struct bounty *b, const char *name, int16_t *out,
                                   struct fray_err *err) {
  char list[512];
  for (size_t c = 0; c < b->n_classes; c++)
    if (strcmp(b->class_name[c], name) == 0) {
      *out = (int16_t)c;
      return FRAY_OK;
    }
  return fray_fail(err, FRAY_INPUT, "answer.say: '%s' is no class; %s", name,
                   fray_there_are(name, b->class_name, b->n_classes, list, sizeof list));
}

/* Classes that the map does not name are said as they are. */
static enum fray_status add_say(struct bounty *b, const struct fray_node *map, size_t *out,
                                struct fray_err *err) {
  struct bounty_answer answer = {.kind = BOUNTY_SAY, .text = flow(map, "say", b->arena)};
  char place[256];
  int16_t *say;
  FRAY_CHECK(answer.text, err, MEMORY, "out of memory");
  FRAY_CHECK(map->kind == FRAY_NODE_MAP && map->n > 0, err, INPUT,
             "%s: answer.say: a map of classes is expected, as {six: zero}",
             fray_node_where(map, place));
  FRAY_ALLOC(say, b->arena, b->n_classes, err);
  for (size_t c = 0; c < b->n_classes; c++)
    say[c] = -1;
  for (const struct fray_node *e = map->child; e; e = e->next) {
    int16_t from = 0, to = 0;
    FRAY_TRY(find_class(b, e->key, &from, err));
    FRAY_TRY(find_class(b, e->kind == FRAY_NODE_SCALAR ? e->scalar : "", &to, err));
    say[from] = to;
  }
  answer.say = say;
  return add(b, &answer, out, err);
}

/* ---- heads ---- */

#define KEPT "param/head.classes."

/* Numbers of a data set of the shape that is asked for; all are finite. */
static enum fray_status read_floats(fray_h5 file, const char *name, size_t rows, size_t columns,
                                    float *out, struct fray_err *err) {
  size_t dims[FRAY_H5_MAX_RANK];
  bool is_text;
  int rank;
  FRAY_TRY(fray_h5_shape(file, name, &rank, dims, &is_text, err));
  const bool fits =
      columns ? rank == 2 && dims[0] == rows && dims[1] == columns : rank == 1 && dims[0] == rows;
  FRAY_CHECK(!is_text, err, INPUT, "/%s: holds text, and the model asks for numbers", name);
  FRAY_CHECK(rank == (columns ? 2 : 1), err, INPUT, "/%s: has %d dimensions, expected %d", name,
             rank, columns ? 2 : 1);
  FRAY_CHECK(fits, err, INPUT, "/%s: the model asks for %zu x %zu numbers, and it has %zu x %zu",
             name, rows, FRAY_MAX(columns, (size_t)1), dims[0], rank > 1 ? dims[1] : 1);
  const size_t n = rows * FRAY_MAX(columns, (size_t)1);
  FRAY_TRY(fray_h5_read(file, name, FRAY_H5_F32, out, n, err));
  for (size_t k = 0; k < n; k++)
    FRAY_CHECK(isfinite(out[k]), err, INPUT, "/%s: number %zu is not finite", name, k);
  return FRAY_OK;
}

/* A kept model holds a head as well, under the names of its parameters. */
static enum fray_status read_open(fray_h5 file, size_t classes, size_t width, float *weight,
                                  float *bias, struct fray_err *err) {
  const bool kept = !fray_h5_has(file, "weight") && fray_h5_has(file, KEPT "weight");
  FRAY_TRY(read_floats(file, kept ? KEPT "weight" : "weight", classes, width, weight, err));
  return read_floats(file, kept ? KEPT "bias" : "bias", classes, 0, bias, err);
}

/* Rank 0 reads, as others may not see the file. What is wrong with it is said, and not that it was
 * closed then. */
static enum fray_status read_head(const char *path, size_t classes, size_t width, float *weight,
                                  float *bias, struct fray_err *err) {
  struct fray_err closing = {0};
  fray_h5 file;
  enum fray_status status = fray_h5_open(path, &file, err);
  if (status == FRAY_OK) {
    status = read_open(file, classes, width, weight, bias, err);
    const enum fray_status closed = fray_h5_close(file, status == FRAY_OK ? err : &closing);
    status = status == FRAY_OK ? closed : status;
  }
  return status == FRAY_OK ? FRAY_OK : fray_at(err, "answer.head");
}

/* Its shape is that of the model, which is known when it was asked. */
static enum fray_status load_head(struct bounty *b, struct bounty_answer *answer, size_t width,
                                  struct fray_err *err) {
  float *weight, *bias;
  /* Room on every rank before one of them reads, so that all can take what it sends. */
  FRAY_ALLOC_ZERO(weight, b->arena, b->n_classes * width, err);
  FRAY_ALLOC_ZERO(bias, b->arena, b->n_classes, err);
  /* Others wait for the word of rank 0 before they take its numbers. */
  enum fray_status status = FRAY_OK;
  if (fray_comm_rank(b->comm) == 0)
    status = read_head(answer->path, b->n_classes, width, weight, bias, err);
  FRAY_TRY(fray_comm_agree(b->comm, status, err));
  fray_comm_broadcast(b->comm, weight, b->n_classes * width * sizeof *weight, 0);
  fray_comm_broadcast(b->comm, bias, b->n_classes * sizeof *bias, 0);
  answer->weight = weight;
  answer->bias = bias;
  return FRAY_OK;
}

/* ---- which ---- */

/* A file says one of four things; that it says no more was checked when it was read. The cell of an
 * answer is like the one that is mended in all that it does not name. */
enum fray_status bounty_answer_read(struct bounty *b, const struct bounty_paper *paper, size_t *out,
                                    struct fray_err *err) {
  const struct bounty_given *given = &paper->answer;
  size_t cell;
  if (given->cell) {
    const size_t like = fray_kept_study(b->kept)->trial[b->trial].cell;
    FRAY_TRY(bounty_find_cell(b, given->cell, like, "answer.cell", &cell, err));
    return add_cell(b, cell, out, err);
  }
  if (given->without)
    return add_without(b, given->without, out, err);
  if (given->say)
    return add_say(b, given->say, out, err);
  const struct bounty_answer head = {
      .kind = BOUNTY_HEAD, .text = flow_of(given->head, "head", b->arena), .path = given->head};
  FRAY_CHECK(head.text, err, MEMORY, "out of memory");
  return add(b, &head, out, err);
}

/* A model is no better than itself, and without its one modality it knows nothing. */
enum fray_status bounty_answers_at_hand(struct bounty *b, struct fray_err *err) {
  const struct fray_study *study = fray_kept_study(b->kept);
  const struct fray_trial *mine = &study->trial[b->trial];
  size_t at;
  /* Controls answer nobody: unimodal models are there to be compared with. */
  for (size_t c = 0; c < study->n_cells; c++)
    if (c != mine->cell && !*study->cell[c].control &&
        bounty_trial_of(b, c, mine->seed) != SIZE_MAX)
      FRAY_TRY(add_cell(b, c, &at, err));
  for (size_t m = 0; m < b->n_modalities && b->n_modalities > 1; m++)
    FRAY_TRY(add_without(b, b->modality[m], &at, err));
  return FRAY_OK;
}

/* ---- what they say ---- */

/* Nothing is taken from the model that no answer looks at: hidden vectors of a split can be large,
 * and each modality left out is a pass of fusion and head. */
unsigned bounty_answers_read(const struct bounty *b) {
  unsigned out = 0;
  for (size_t a = 0; a < b->n_answers; a++)
    out |= b->answer[a].kind == BOUNTY_WITHOUT ? (unsigned)FRAY_OUT_WITHOUT
           : b->answer[a].kind == BOUNTY_HEAD  ? (unsigned)FRAY_OUT_HIDDEN
                                               : 0;
  return out;
}

/* The largest of w h + b, in double; the first of equals, as everywhere. */
static int16_t ask_head(const struct bounty_answer *answer, size_t classes, const float *hidden,
                        size_t width) {
  double most = -(double)INFINITY;
  int16_t out = FRAY_NO_LOGIT;
  for (size_t c = 0; c < classes; c++) {
    double sum = (double)answer->bias[c];
    for (size_t k = 0; k < width; k++)
      /* In the order of the hidden units, on every machine. */
      sum += (double)answer->weight[c * width + k] * (double)hidden[k];
    if (sum > most) {
      most = sum;
      out = (int16_t)c;
    }
  }
  return out;
}

/* One answer for all samples of a panel. */
static enum fray_status take(struct bounty *b, struct bounty_answer *answer,
                             const struct fray_outputs *of, const struct bounty_panel *panel,
                             int16_t *said, struct fray_err *err) {
  /* As the model itself is understood: the first of equal logits, and no class where none is
   * finite. */
  if (answer->kind == BOUNTY_WITHOUT)
    fray_classify(of->n, of->classes, of->without + answer->modality * of->n * of->classes, NULL,
                  NULL, said);
  if (answer->kind == BOUNTY_HEAD && !answer->weight)
    FRAY_TRY(load_head(b, answer, of->hidden_width, err));
  for (size_t i = 0; i < of->n; i++) {
    /* Of the model as it was, and not of the list: a certificate means the same whatever else was
     * let in before it. */
    const int16_t was = panel->said[i];
    if (answer->kind == BOUNTY_SAY)
      said[i] = was >= 0 && answer->say[was] >= 0 ? answer->say[was] : was;
    if (answer->kind == BOUNTY_HEAD)
      said[i] = ask_head(answer, of->classes, of->hidden + i * of->hidden_width, of->hidden_width);
  }
  return FRAY_OK;
}

/* What other models say is asked of them afterwards, and stands in the same row. */
enum fray_status bounty_answers_take(struct bounty *b, const struct fray_outputs *of,
                                     struct bounty_panel *panel, struct fray_err *err) {
  FRAY_ALLOC_ZERO(panel->answer, b->arena, b->n_answers + 1, err);
  for (size_t a = 0; a < b->n_answers; a++) {
    int16_t *said;
    if (b->answer[a].kind == BOUNTY_CELL)
      continue;
    FRAY_ALLOC_ZERO(said, b->arena, of->n + 1, err);
    FRAY_TRY(take(b, &b->answer[a], of, panel, said, err));
    panel->answer[a] = said;
  }
  return FRAY_OK;
}
