/* What remains: the list of the mended model, which a judge can read, and a few lines for people.
 */
#include "bounty_parts.h"

#include "fray/base/size.h"
#include "fray/json/json.h"

#include <inttypes.h>
#include <math.h>

/* Whose model it mends, and by whom that was verified: a list may outlive its folder. */
static void put_origin(const struct bounty *b, struct fray_text *out) {
  char share[32];
  fray_format_double(b->share, share);
  fray_text_puts(out, "list:\n  study: ");
  fray_json_put_text(out, fray_kept_study(b->kept)->name);
  fray_text_puts(out, "\n  cell: ");
  fray_json_put_text(out, b->cell);
  fray_text_puts(out, "\n  trial: ");
  fray_json_put_text(out, fray_kept_name(b->kept, b->trial));
  fray_text_printf(out, "\n  model: \"%016" PRIx64 "\"\n  condition: ", b->model);
  fray_json_put_text(out, b->condition);
  fray_text_printf(out, "\n  verify: %s # of the test clients, %s\n", share,
                   b->drawn ? "drawn by the bounty" : "set aside by the study");
}

/* A node that asks another model says which, by trial and by the hash of its weights. */
static void put_node(const struct bounty *b, const struct fray_list_node *node,
                     struct fray_text *out) {
  const struct fray_traits names = fray_trait_names(&b->plan);
  fray_text_puts(out, "  - group: ");
  if (node->group == FRAY_LIST_ALL)
    fray_text_puts(out, "[]");
  else
    fray_group_write(&b->certificate[node->group].group, &names, out);
  if (node->to != FRAY_LIST_ALL) {
    fray_text_printf(out, "\n    version: %zu\n", node->to);
    return;
  }
  const struct bounty_answer *answer = &b->answer[b->certificate[node->group].answer];
  fray_text_printf(out, "\n    answer: %s\n    submission: %zu\n", answer->text, node->group + 1);
  /* Keys of cells are for people; what is asked again is held against the hash. */
  if (answer->kind == BOUNTY_CELL)
    fray_text_printf(out, "    trial: %s\n    model: \"%016" PRIx64 "\"\n", answer->name,
                     answer->model);
}

/* Nodes from the oldest on; whoever answers asks the newest first. */
void bounty_list_yaml(const void *bounty, struct fray_text *out) {
  const struct bounty *b = bounty;
  fray_text_puts(out, "# A model that certificates mended, found by fray bounty. Nodes are asked "
                      "from the last one\n# on; `version: v` gives what the first versions[v] "
                      "nodes say.\n");
  put_origin(b, out);
  /* As many nodes as each version has, so that a version can be asked without the later ones. */
  fray_text_puts(out, "versions: [");
  for (size_t v = 0; v < b->list.n_versions; v++)
    fray_text_printf(out, "%s%zu", v ? ", " : "", b->list.end[v]);
  fray_text_puts(out, b->list.n_nodes ? "]\nnodes:\n" : "]\nnodes: []\n");
  for (size_t k = 0; k < b->list.n_nodes; k++)
    put_node(b, &b->list.node[k], out);
}

/* ---- for people ---- */

/* Broken into lines of the terminal, and given back. */
static void put_line(struct fray_text *out, struct fray_text *line, size_t columns) {
  fray_text_wrap(out, line->failed || !line->data ? "" : line->data, 0, columns);
  fray_text_puts(out, "\n");
  fray_text_free(line);
  *line = (struct fray_text){0};
}

/* One word each, as hunters are told. */
static void put_words(const struct bounty *b, size_t columns, struct fray_text *out) {
  const struct fray_traits names = fray_trait_names(&b->plan);
  for (size_t k = 0; k < b->n_certificates; k++) {
    const struct bounty_certificate *c = &b->certificate[k];
    struct fray_text group = {0}, line = {0};
    fray_group_write(&c->group, &names, &group);
    fray_text_printf(out, "%3zu  %-9s  ", k + 1, fray_bounty_words[c->verdict.word]);
    fray_text_printf(&line, "%s: %s", c->hunter, group.failed ? "" : group.data);
    fray_text_wrap(out, line.failed ? "" : line.data, 16, columns);
    fray_text_puts(out, "\n");
    fray_text_free(&group);
    fray_text_free(&line);
  }
}

/* The published guarantee, for what it is: of samples that nobody has. */
static void put_theorem(const struct bounty *b, struct fray_text *line) {
  const struct fray_bounty_terms *t = &b->file->terms;
  const size_t there = b->panel[BOUNTY_VERIFY].n;
  const double needed = fray_bounty_holdout(t->epsilon, t->alpha, t->submissions);
  if (!(t->epsilon > 0))
    return;
  fray_text_printf(line,
                   "The published guarantee for adaptive hunters at epsilon %g would take %.3g "
                   "samples; there are %zu, so it says nothing here, and the sign test takes its "
                   "place.",
                   t->epsilon, needed, there);
}

/* What was gained is told of clients who chose nothing, with its interval, and only as far as that
 * resolves it. */
static enum fray_status put_gain(const struct bounty *b, struct fray_text *line,
                                 struct fray_err *err) {
  const size_t last = b->list.n_versions - 1;
  struct bounty_error was, is;
  FRAY_TRY(bounty_error_of(b, &b->panel[BOUNTY_REPORT], 0, NULL, &was, err));
  FRAY_TRY(bounty_error_of(b, &b->panel[BOUNTY_REPORT], last, NULL, &is, err));
  const char *sure = is.low > 0    ? "fewer mistakes"
                     : is.high < 0 ? "more mistakes"
                                   : "a difference that is not resolved";
  fray_text_printf(
      line,
      "%s accepted. On %s whom nothing was chosen by, %.1f %% of the answers are wrong "
      "instead of %.1f %%: ",
      FRAY_N(b->list.n_groups, "certificate"), FRAY_N(is.clients, "test client"),
      100 * (double)is.wrong / (double)is.n, 100 * (double)was.wrong / (double)was.n);
  fray_text_printf(line, "%s (%.1f points fewer, 95 %% interval %.1f to %.1f).", sure,
                   100 * is.gain, 100 * is.low, 100 * is.high);
  return FRAY_OK;
}

/* What is at stake, a word for each, what is left of it on people who chose nothing, and what is
 * not promised. */
enum fray_status bounty_say(const struct bounty *b, size_t columns, struct fray_text *out,
                            struct fray_err *err) {
  const struct fray_bounty_terms *t = &b->file->terms;
  const struct bounty_panel *verify = &b->panel[BOUNTY_VERIFY];
  struct fray_text line = {0};
  struct bounty_error now;
  FRAY_TRY(bounty_error_of(b, verify, 0, NULL, &now, err));
  fray_text_printf(
      &line,
      "%s of at most %zu, each tested at %g on %s of %s that verify (%s); at least %zu "
      "of them have to turn right.",
      FRAY_N(b->n_certificates, "submission"), t->submissions, t->alpha / (double)t->submissions,
      FRAY_N(verify->n, "sample"), FRAY_N(now.clients, "test client"),
      b->drawn ? "the study set nobody aside, so they were drawn by their names"
               : "set aside by the study",
      fray_bounty_fewest(t->alpha, t->submissions));
  put_line(out, &line, columns);
  fray_text_puts(out, "\n");
  put_words(b, columns, out);
  fray_text_puts(out, b->n_certificates ? "\n" : "");
  /* That nothing was let in is what happens where nothing is wrong, or where it does not show. */
  if (b->list.n_groups == 0)
    fray_text_printf(&line, "No certificate was accepted, so the model stays as it is.");
  else
    FRAY_TRY(put_gain(b, &line, err));
  put_line(out, &line, columns);
  put_theorem(b, &line);
  put_line(out, &line, columns);
  return FRAY_OK;
}
