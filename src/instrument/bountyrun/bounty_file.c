/* Files of a bounty: certificates, one a file, and the terms, if somebody states them.
 *
 *     against: {cell: {method: attention, lost.rate: 0}, seed: 1, condition: audio_lost=0.5}
 *     accept: {submissions: 20}                    # in a file without a certificate
 *
 *     hunter: team-a
 *     group: [{present: {audio: false}}]
 *     answer: {cell: {lost.rate: 0.3}}             # or {without: audio}, {say: {six: zero}},
 *                                                  # {head: head.h5}
 *
 * Terms are nobody's who submits: a file that holds a certificate may not state them. */
#include "bounty_parts.h"

#include "fray/base/size.h"
#include "instrument/folder/instrument_folder.h"

#include <string.h>

struct against {
  const struct fray_node *cell;
  int64_t seed;
  const char *condition;
};
static const struct fray_field against_fields[] = {
    FRAY_FIELD(NODE, "cell", struct against, cell, .shape = FRAY_SHAPE_ANY,
               .help = "map of swept keys: the cell whose model is mended"),
    FRAY_FIELD(INT, "seed", struct against, seed, .optional = true, .min = 0, .max = INT32_MAX,
               .help = "of its training; the first that has a model"),
    FRAY_FIELD(STRING, "condition", struct against, condition, .optional = true,
               .help = "test condition of the study, as NAME or NAME=VALUE; clean"),
};
static FRAY_TABLE(against_table, "against", struct against, against_fields,
                  .help = "The model that is mended.");

static const struct fray_field answer_fields[] = {
    FRAY_FIELD(NODE, "cell", struct bounty_given, cell, .shape = FRAY_SHAPE_ANY,
               .help = "what the model of another cell says, of the same seed; keys that are left "
                       "out are those of `against`"),
    FRAY_FIELD(STRING, "without", struct bounty_given, without, .optional = true,
               .help = "what the model says without this modality"),
    FRAY_FIELD(NODE, "say", struct bounty_given, say, .shape = FRAY_SHAPE_TEXTS,
               .help = "map of classes: what is said in place of what the model says"),
    FRAY_FIELD(PATH, "head", struct bounty_given, head, .optional = true,
               .help = "HDF5 file with `weight` (classes, hidden) and `bias` (classes), or a kept "
                       "model: other "
                       "weights of the classes over what the model's own see"),
};
static FRAY_TABLE(answer_table, "answer", struct bounty_given, answer_fields,
                  .help = "The answer that is better.");

static const struct fray_field accept_fields[] = {
    FRAY_FIELD(REAL, "alpha", struct fray_bounty_terms, alpha, .def = 0.05, .min = 0, .max = 1,
               .open_min = true, .help = "chance of one mistaken acceptance in the whole bounty"),
    FRAY_FIELD(INT, "submissions", struct fray_bounty_terms, submissions, .def = 20, .min = 1,
               .max = 100000,
               .help = "the budget: certificates that may be submitted, accepted or not"),
    FRAY_FIELD(REAL, "epsilon", struct fray_bounty_terms, epsilon, .def = 0.01, .min = 0, .max = 1,
               .help = "least share of all samples that turns right"),
    FRAY_FIELD(INT, "samples", struct fray_bounty_terms, least, .def = 20, .min = 1,
               .max = INT32_MAX, .help = "least samples of a group"),
    FRAY_FIELD(REAL, "mass", struct fray_bounty_terms, mass, .def = 0.02, .min = 0, .max = 1,
               .help = "least share of all samples in a group"),
    FRAY_FIELD(INT, "clients", struct fray_bounty_terms, clients, .def = 3, .min = 1,
               .max = INT32_MAX, .help = "least clients of a group"),
    FRAY_FIELD(REAL, "for_clients", struct fray_bounty_terms, for_clients, .def = 2.0 / 3, .min = 0,
               .max = 1, .help = "least share of these for whom it is a gain"),
};
static FRAY_TABLE(accept_table, "accept", struct fray_bounty_terms, accept_fields,
                  .help = "What is asked of a certificate.");

struct whole {
  const char *hunter, *model;
  struct against against;
  const struct fray_node *group;
  struct bounty_given answer;
  struct fray_bounty_terms accept;
};
static const struct fray_field fields[] = {
    FRAY_FIELD(STRING, "hunter", struct whole, hunter, .optional = true,
               .help = "who submits it; the name of the file"),
    FRAY_FIELD(STRING, "model", struct whole, model, .optional = true,
               .help = "hash of the model that it is about, as list.yaml of a bounty has it; "
                       "refused for another one"),
    FRAY_FIELD(SECTION, "against", struct whole, against, .section = &against_table,
               .help = "the model that is mended, and under what"),
    FRAY_FIELD(NODE, "group", struct whole, group, .shape = FRAY_SHAPE_ANY,
               .help = "traits of samples that must all hold"),
    FRAY_FIELD(SECTION, "answer", struct whole, answer, .section = &answer_table,
               .help = "what is better there"),
    FRAY_FIELD(SECTION, "accept", struct whole, accept, .section = &accept_table,
               .help = "terms of the bounty, in a file without a certificate"),
};
static FRAY_TABLE(table, "bounty", struct whole, fields, .help = "A certificate, or terms.");

/* The counts of the terms are sizes elsewhere, and int64_t to the schema. */
_Static_assert(sizeof(size_t) == sizeof(int64_t), "counts are read in place");

/* Behind the last slash, without its ending. */
static const char *name_of(const char *path, struct fray_arena *arena) {
  const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
  /* A name that begins with its only dot is all name. */
  const char *dot = strrchr(name, '.');
  return fray_arena_strndup(arena, name, dot && dot > name ? (size_t)(dot - name) : strlen(name));
}

/* One answer, and no more: what would be meant by two? */
static enum fray_status check_answer(const char *path, const struct bounty_given *a,
                                     struct fray_err *err) {
  const int n = (a->cell != NULL) + (a->without != NULL) + (a->say != NULL) + (a->head != NULL);
  FRAY_CHECK(n == 1, err, INPUT,
             "%s: answer: one of cell, without, say, head is expected, and there %s %d", path,
             n == 1 ? "is" : "are", n);
  return FRAY_OK;
}

/* Keys of a cell may stand in any order, so they are looked up and not walked through. */
static bool same_cell(const struct fray_node *a, const struct fray_node *b) {
  if (!a || !b || a->kind != FRAY_NODE_MAP || b->kind != FRAY_NODE_MAP)
    return fray_node_equal(a, b);
  bool same = a->n == b->n;
  for (const struct fray_node *key = a->child; same && key; key = key->next)
    same = fray_node_equal(key, fray_node_get(b, key->key));
  return same;
}

static bool same_condition(const char *a, const char *b) {
  return a == b || (a && b && strcmp(a, b) == 0);
}

/* Certificates of one bounty mend one model: each is judged against what the ones before it left.
 */
static enum fray_status take_against(const char *path, const struct fray_node *node,
                                     const struct against *given, const struct fray_node **first,
                                     struct bounty_against *out, struct fray_err *err) {
  if (!node)
    return FRAY_OK;
  /* The first file that says it speaks for those that do not. */
  if (!*first) {
    *first = node;
    *out = (struct bounty_against){path, given->cell, given->seed, given->condition};
    return FRAY_OK;
  }
  FRAY_CHECK(given->seed == out->seed && same_cell(given->cell, out->cell) &&
                 same_condition(given->condition, out->condition),
             err, INPUT, "%s: against: it is another one than in %s; a bounty mends one model",
             path, out->path);
  return FRAY_OK;
}

/* One file: where it says whose model is mended, that is held against the others; where it is a
 * certificate, it is added. */
static enum fray_status read_one(const char *path, struct fray_comm *comm, struct fray_arena *arena,
                                 struct bounty_file *out, const struct fray_node **first,
                                 bool *has_terms, struct fray_err *err) {
  struct bounty_paper *paper = &out->paper[out->n];
  struct fray_node *root;
  struct whole whole;
  /* A certificate is a few lines; a megabyte is a mistake. */
  FRAY_TRY(fray_instrument_yaml(path, (size_t)1 << 20, comm, arena, &root, err));
  FRAY_TRY(fray_schema_read(&table, root, "", &whole, arena, err));
  const struct fray_node *answer = fray_node_get(root, "answer");
  const struct fray_node *accept = fray_node_get(root, "accept");
  FRAY_TRY(take_against(path, fray_node_get(root, "against"), &whole.against, first, &out->against,
                        err));
  FRAY_CHECK(!whole.group == !answer, err, INPUT, "%s: a certificate is a group and an answer; %s",
             path, whole.group ? "the answer is missing" : "the group is missing");
  FRAY_CHECK(!whole.group || !accept, err, INPUT,
             "%s: accept: terms are not a hunter's to state; they stand in a file without a "
             "certificate",
             path);
  FRAY_CHECK(!accept || !*has_terms, err, INPUT, "%s: accept: another file states terms too", path);
  if (accept)
    out->terms = whole.accept;
  *has_terms = *has_terms || accept;
  if (!whole.group)
    return FRAY_OK;
  FRAY_TRY(check_answer(path, &whole.answer, err));
  *paper = (struct bounty_paper){path, whole.hunter, whole.model, whole.group, whole.answer};
  if (!paper->hunter)
    paper->hunter = name_of(path, arena);
  FRAY_CHECK(paper->hunter, err, MEMORY, "out of memory");
  out->n++;
  return FRAY_OK;
}

/* In the order of the command line, which is that of submission. */
enum fray_status bounty_file_read(const struct fray_bounty_wish *wish, struct fray_comm *comm,
                                  struct fray_arena *arena, struct bounty_file *out,
                                  struct fray_err *err) {
  const struct fray_node *first = NULL;
  bool has_terms = false;
  *out = (struct bounty_file){.against.seed = INT64_MIN, .terms = fray_bounty_usual};
  FRAY_ALLOC_ZERO(out->paper, arena, wish->n_files + 1, err);
  for (size_t k = 0; k < wish->n_files; k++)
    FRAY_TRY(read_one(wish->files[k], comm, arena, out, &first, &has_terms, err));
  FRAY_CHECK(out->n > 0 || wish->hunt, err, INPUT,
             "there is no certificate; give files, or --hunt to look for some");
  /* All of them are refused, and none is judged: which of them would be left out is the order of a
   * command line, and no merit. */
  if (out->n > out->terms.submissions)
    return fray_fail(err, FRAY_INPUT,
                     "%s: the budget is spent: there are %zu certificates, and accept.submissions "
                     "is %zu",
                     out->paper[out->terms.submissions].path, out->n, out->terms.submissions);
  return FRAY_OK;
}
