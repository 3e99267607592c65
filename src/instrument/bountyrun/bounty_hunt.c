/* Hunters: teams that see some of the traits each, and look on dev for groups in which another
 * answer is better. What they find there is luck in part, and so it is submitted and not believed.
 *
 * Teams are numbered before they are dealt to ranks, and what they found is put together in that
 * order; groups travel as the text that list.yaml has of them, which reads back to the last digit.
 */
#include "bounty_parts.h"

#include "fray/base/size.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH = 3, LEAF = 12 };
static const double least_mean = 0.02; /* of w in a leaf */

/* ---- teams ---- */

/* Which traits a team sees: those of one origin, one group column, or all. */
struct team {
  const char *name;
  uint8_t *sees; /* (traits) */
};

/* Sees nothing yet. */
static enum fray_status add_team(const struct bounty *b, const char *name, struct team *team,
                                 struct fray_err *err) {
  team->name = name;
  FRAY_ALLOC_ZERO(team->sees, b->arena, b->plan.n + 1, err);
  return FRAY_OK;
}

/* A team for each group column first, in the order of the data, since a column is what people are
 * told apart by; then one for each other origin, and one that sees all of it and may find what only
 * stands out together. */
static enum fray_status make_teams(const struct bounty *b, struct team **out, size_t *n,
                                   struct fray_err *err) {
  static const char *const names[FRAY_TRAIT_ORIGINS] = {
      [FRAY_TRAIT_PRESENCE] = "presence",
      [FRAY_TRAIT_SAID] = "said",
      [FRAY_TRAIT_SCORE] = "scores",
      [FRAY_TRAIT_FACT] = "facts",
  };
  const struct fray_trait_plan *plan = &b->plan;
  *n = 0;
  FRAY_ALLOC_ZERO(*out, b->arena, plan->n + FRAY_TRAIT_ORIGINS + 1, err);
  for (size_t t = 0; t < plan->n; t++)
    if (plan->origin[t] == FRAY_TRAIT_GROUP) {
      FRAY_TRY(add_team(b, plan->trait[t].name, &(*out)[*n], err));
      (*out)[(*n)++].sees[t] = 1;
    }
  for (int origin = 0; origin < FRAY_TRAIT_ORIGINS; origin++) {
    if (!names[origin])
      continue;
    FRAY_TRY(add_team(b, names[origin], &(*out)[*n], err));
    for (size_t t = 0; t < plan->n; t++)
      (*out)[*n].sees[t] = plan->origin[t] == (enum fray_trait_origin)origin;
    ++*n;
  }
  FRAY_TRY(add_team(b, "all", &(*out)[*n], err));
  memset((*out)[(*n)++].sees, 1, plan->n);
  return FRAY_OK;
}

/* ---- one team ---- */

/* What it would be to say h: 1 where it is right and the model is not, -1 the other way round. */
static void weigh(const struct bounty_panel *dev, const int16_t *h, int8_t *w) {
  for (size_t i = 0; i < dev->n; i++) {
    const int32_t label = dev->label[i];
    w[i] = (int8_t)(label < 0 ? 0 : (h[i] == label) - (dev->said[i] == label));
  }
}

/* One line for each find: team, answer, samples, gain, group. */
static enum fray_status hunt_team(const struct bounty *b, const struct team *team, size_t number,
                                  int8_t *w, struct fray_text *out, struct fray_err *err) {
  const struct bounty_panel *dev = &b->panel[BOUNTY_FIND];
  for (size_t a = 0; a < b->n_answers; a++) {
    /* A tree is thrown away when its leaves are written down. */
    struct fray_arena arena = {0};
    struct fray_bounty_leaf *leaf = NULL;
    size_t n = 0;
    weigh(dev, dev->answer[a], w);
    const enum fray_status status =
        fray_bounty_tree(&dev->traits, team->sees, w, DEPTH, LEAF, &arena, &leaf, &n, err);
    for (size_t k = 0; status == FRAY_OK && k < n; k++) {
      /* Also leaves where the other answer is worse, which are most. */
      if ((double)leaf[k].gain <= least_mean * (double)leaf[k].n)
        continue;
      fray_text_printf(out, "%zu %zu %zu %" PRId64 " ", number, a, leaf[k].n, leaf[k].gain);
      fray_group_write(&leaf[k].group, &dev->traits, out);
      fray_text_puts(out, "\n");
    }
    fray_arena_free(&arena);
    FRAY_TRY(status);
  }
  return FRAY_OK;
}

/* Teams of this rank, each with a text of its own. */
static enum fray_status hunt_mine(const struct bounty *b, const struct team *team, size_t n,
                                  struct fray_text *found, struct fray_err *err) {
  const size_t ranks = (size_t)fray_comm_size(b->comm), me = (size_t)fray_comm_rank(b->comm);
  int8_t *w;
  FRAY_ALLOC(w, b->arena, b->panel[BOUNTY_FIND].n + 1, err);
  /* Dealt in turn: columns are cheap and the team that sees all comes last. */
  for (size_t t = me; t < n; t += ranks) {
    FRAY_TRY(hunt_team(b, &team[t], t, w, &found[t], err));
    FRAY_CHECK(!found[t].failed, err, MEMORY, "out of memory");
  }
  return FRAY_OK;
}

/* ---- all teams ---- */

/* A find before it is submitted. */
struct find {
  struct bounty_certificate certificate;
  size_t order; /* in which it was found: equal gains keep it */
  uint8_t *member;
};

/* Of finds that gain as much the earlier one goes first, as qsort keeps no order of its own. */
static int by_gain(const void *a, const void *b) {
  const struct find *x = a, *y = b;
  if (x->certificate.dev_gain != y->certificate.dev_gain)
    return x->certificate.dev_gain < y->certificate.dev_gain ? 1 : -1;
  return (x->order > y->order) - (x->order < y->order);
}

/* A line of a team, written by a rank that may be this one. */
static enum fray_status read_find(const struct bounty *b, const struct team *team, char *line,
                                  struct find *out, struct fray_err *err) {
  const struct bounty_panel *dev = &b->panel[BOUNTY_FIND];
  struct bounty_certificate *c = &out->certificate;
  struct fray_node *node;
  char *at = line;
  *c = (struct bounty_certificate){0};
  /* The text is of this program, by another rank: it is parsed as it was printed. */
  c->team = c->hunter = team[strtoull(at, &at, 10)].name;
  c->answer = (size_t)strtoull(at, &at, 10);
  c->dev_n = (size_t)strtoull(at, &at, 10);
  c->dev_gain = (int64_t)strtoll(at, &at, 10);
  FRAY_TRY(fray_yaml_parse(at, "hunt", b->arena, &node, err));
  FRAY_TRY(fray_group_read(node, "group", &dev->traits, b->arena, &c->group, err));
  c->node = node;
  FRAY_ALLOC(out->member, b->arena, dev->n + 1, err);
  fray_group_members(&dev->traits, &c->group, out->member);
  return FRAY_OK;
}

/* Two teams that found the same people for the same answer have found one thing, whatever they call
 * it: the budget is for what differs. */
static bool is_known(const struct find *found, size_t n, const struct find *one, size_t samples) {
  for (size_t k = 0; k < n; k++)
    if (found[k].certificate.answer == one->certificate.answer &&
        memcmp(found[k].member, one->member, samples) == 0)
      return true;
  return false;
}

/* A find is a line; groups have none in them, since YAML quotes what would break it. */
static size_t lines_of(const char *text) {
  size_t n = 0;
  for (; *text; text++)
    n += *text == '\n';
  return n;
}

/* All texts, in the order of the teams, on every rank. */
static enum fray_status share(const struct bounty *b, size_t n_teams, struct fray_text *found,
                              char **out, struct fray_err *err) {
  struct fray_text all = {0};
  enum fray_status status = FRAY_OK;
  const int ranks = fray_comm_size(b->comm);
  for (size_t t = 0; t < n_teams && status == FRAY_OK; t++) {
    /* As they were dealt. */
    const int from = (int)(t % (size_t)ranks);
    uint64_t size = found[t].size;
    fray_comm_broadcast(b->comm, &size, sizeof size, from);
    char *copy = fray_arena_zero(b->arena, (size_t)size + 1, 1);
    /* Before the text is sent: a rank without room would leave the others waiting. */
    status = copy ? FRAY_OK : fray_fail(err, FRAY_MEMORY, "out of memory");
    status = fray_comm_agree(b->comm, status, err);
    if (status != FRAY_OK || size == 0)
      continue;
    if (fray_comm_rank(b->comm) == from)
      memcpy(copy, found[t].data, (size_t)size);
    fray_comm_broadcast(b->comm, copy, (size_t)size, from);
    fray_text_puts(&all, copy);
  }
  *out = all.failed ? NULL : fray_arena_strdup(b->arena, all.size ? all.data : "");
  fray_text_free(&all);
  FRAY_TRY(status);
  FRAY_CHECK(*out, err, MEMORY, "out of memory");
  return FRAY_OK;
}

/* By what is gained on dev, the greatest first; what the budget has no room for is not submitted.
 */
static enum fray_status submit(struct bounty *b, const struct team *team, char *text,
                               struct fray_err *err) {
  const size_t lines = lines_of(text), samples = b->panel[BOUNTY_FIND].n;
  struct find *found;
  size_t n = 0;
  FRAY_ALLOC_ZERO(found, b->arena, lines + 1, err);
  for (char *line = text, *end; *line; line = end + 1) {
    end = strchr(line, '\n');
    *end = '\0';
    /* Teams first, then answers, then leaves from left to right: the order of the text. */
    found[n].order = n;
    FRAY_TRY(read_find(b, team, line, &found[n], err));
    n += !is_known(found, n, &found[n], samples);
  }
  qsort(found, n, sizeof *found, by_gain);
  /* Certificates of files have gone first, and their part of the budget is spent. */
  for (size_t k = 0; k < n && b->n_certificates < b->file->terms.submissions; k++) {
    b->certificate[b->n_certificates] = found[k].certificate;
    FRAY_TRY(bounty_place(b, b->n_certificates++, err));
  }
  return FRAY_OK;
}

/* Ranks differ in what they looked at and agree in what came of it: from here on all have all
 * finds. */
enum fray_status bounty_hunt(struct bounty *b, struct fray_err *err) {
  struct fray_text *found;
  struct team *team;
  char *text = NULL;
  size_t n;
  FRAY_TRY(make_teams(b, &team, &n, err));
  FRAY_ALLOC_ZERO(found, b->arena, n, err);
  enum fray_status status = fray_comm_agree(b->comm, hunt_mine(b, team, n, found, err), err);
  if (status == FRAY_OK)
    status = share(b, n, found, &text, err);
  for (size_t t = 0; t < n; t++)
    fray_text_free(&found[t]);
  FRAY_TRY(status);
  return submit(b, team, text, err);
}
