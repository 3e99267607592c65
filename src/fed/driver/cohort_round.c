/* A round's training: who takes part, where they train, and what their updates come to. */
#include "fray/base/size.h"
#include "fray/fed/exact.h"
#include "fray/tensor/vec.h"
#include "run.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Numbers that all ranks learn of a member. */
static size_t said_by(const struct run *r) {
  if (r->ops->weigh)
    return 5 + FACTS + r->n_said;
  return r->ops->weight ? 5 : 4; /* weights travel only where an algorithm gives them */
}

/* A round begins with nobody: what the one before left is gone. */
static void empty(struct run *r, size_t invited) {
  struct members *m = &r->members;
  m->n = m->mine = 0;
  memset(m->loss, 0, said_by(r) * invited * sizeof *m->loss);
}

/* Who sends nothing does not train: nobody would see what came of it. */
static void take_those_who_return(struct run *r, size_t n, struct members *m,
                                  struct fray_round_row *row) {
  const struct fray_clients *clients = r->core.f->clients;
  for (size_t i = 0; i < n; i++) {
    const struct fray_invitation *who = &r->invited[i];
    const size_t samples = clients->n_labelled[who->client];
    const size_t work = r->ops->needs_unlabelled ? clients->count[who->client] : samples;
    const size_t steps = fray_visit_steps(r->core.trainer.config, samples, who->work);
    /* Simulated absence is data: it shows as fewer members than were invited. */
    if (!who->returns || (steps == 0 && !r->ops->needs_unlabelled)) {
      row->late += who->late || who->returns; /* what it had done was not even a step */
      row->dropped += !who->late && !who->returns;
      continue;
    }
    row->samples += samples;
    if (who->seconds > 0) /* the server waits for the slowest; fmax takes the number beside a NaN */
      row->seconds = fmax(row->seconds, who->seconds);
    /* Samples, not steps, are the measure: a short last batch costs what it holds. */
    if (r->out->visits) {
      r->out->visits[who->client]++;
      r->out->trained[who->client] += (double)samples * who->work;
    }
    r->core.cost[m->n] = who->work < 1.0 ? (size_t)((double)work * who->work) : work;
    m->client[m->n] = who->client;
    m->who[m->n++] = who;
  }
  m->done = m->loss + m->n;
  m->taught = m->done + m->n;
  m->values = m->taught + m->n;
  m->weight = m->values + m->n;
  m->facts = m->weight + m->n;
}

/* Behind the method's own numbers. */
void run_note_visits(struct run *r) {
  const size_t n = r->core.f->clients->n;
  if (!r->welcome || !r->out->visits)
    return;
  double *visits = r->number + (r->n_number - 2 * n);
  for (size_t c = 0; c < n; c++) {
    visits[c] = (double)r->out->visits[c];
    visits[n + c] = r->out->trained[c];
  }
}

/* Counts are whole numbers and shares of them: doubles hold both to the bit. */
static void take_visits(struct run *r) {
  const size_t n = r->core.f->clients->n;
  const double *visits = r->number + (r->n_number - 2 * n);
  for (size_t c = 0; c < n; c++) {
    r->out->visits[c] = (uint32_t)visits[c];
    r->out->trained[c] = visits[n + c];
  }
}

/* Visits of the rounds before, of a trial that goes on: the same draws once more, unless they hung
 * on numbers that the server had then. */
void run_recount(struct run *r, size_t rounds) {
  if (r->welcome && r->out->visits)
    take_visits(r);
  if (r->welcome)
    return;
  for (size_t round = 1; round <= rounds && r->out->visits; round++) {
    struct fray_gathering about = {.seconds = NAN};
    struct fray_round_row row = {0};
    const size_t n = r->source.invite(r->source.state, r->core.f->seed, round, r->invited, &about);
    empty(r, n);
    take_those_who_return(r, n, &r->members, &row);
  }
}

/* A round of those who were asked: how many, how long, how old their models are. Those whom the
 * source does not list, as nothing of theirs came, are counted as it says. */
static void gather(struct run *r, const struct fray_server_round *server, struct members *m,
                   struct fray_round_row *row, size_t *keep) {
  const size_t round = server->round;
  struct fray_gathering about = {.seconds = NAN, .keep = FRAY_PRESENT};
  if (r->welcome) { /* by numbers that all ranks have, so all draw from the same clients */
    r->ops->welcome(r->core.f->training->server.algorithm.params, server, r->welcome);
    r->source.admit(r->source.state, r->welcome);
  }
  const size_t n = r->source.invite(r->source.state, r->core.f->seed, round, r->invited, &about);
  *row = (struct fray_round_row){.round = round,
                                 .invited = n + about.dropped + about.late,
                                 .dropped = about.dropped,
                                 .late = about.late,
                                 .seconds = NAN,
                                 .staleness = NAN};
  empty(r, n);
  m->asked = n;
  take_those_who_return(r, n, m, row);
  row->cohort = m->n;
  if (!isnan(about.seconds))
    row->seconds = about.seconds;
  *keep = about.keep;
  if (r->source.kept && m->n)
    row->staleness = 0;
  for (size_t i = 0; i < m->n && r->source.kept; i++)
    row->staleness += (double)m->who[i]->staleness / (double)m->n;
}

/* The k-th buffer for what a client that this rank hosts sends; kept from round to round. What is
 * in a new one is not known. */
static float *update_buffer(struct run *r, size_t k) {
  const size_t words = fray_touched_words(r->core.total);
  while (r->n_update <= k) {
    float *buffer = aligned_alloc(64, (r->core.total * sizeof(float) + 63) / 64 * 64);
    uint64_t *touched = buffer && r->touched ? malloc(words * sizeof *touched) : NULL;
    if (!buffer || (r->touched && !touched)) {
      free(buffer);
      return NULL;
    }
    if (r->touched) {
      memset(touched, 0xff, words * sizeof *touched);
      r->touched[r->n_update] = touched;
    }
    r->update[r->n_update++] = buffer;
  }
  return r->update[k];
}

/* The model as this client has it: its own blocks as it left them. They lie behind what the
 * method keeps. */
static const float *with_own_blocks(struct run *r, bool came) {
  memcpy(r->received, r->w, r->core.total * sizeof *r->received);
  if (came)
    fray_own_blocks_copy(&r->own, r->kept[r->ops->client_vectors], r->received);
  return r->received;
}

/* They stay, and nothing of them is sent: an update of 0 moves no block, whatever the method. */
static void keep_own_blocks(struct run *r, float *update) {
  float *kept = r->kept[r->ops->client_vectors];
  for (size_t k = 0; k < r->own.n; k++)
    for (size_t i = r->own.range[k].offset; i < r->own.range[k].offset + r->own.range[k].n; i++)
      kept[i] = r->received[i] + update[i];
  fray_own_blocks_clear(&r->own, update);
}

/* One value that is not finite spoils the client's answer, as one of its update does. */
static enum fray_status send_prototypes(struct run *r, struct fray_visit *v,
                                        struct fray_client_result *result, struct fray_err *err) {
  float *sums = run_prototype_sums(r);
  FRAY_TRY(fray_visit_prototypes(v, sums, err));
  result->flops = r->core.trainer.flops;
  result->finite = result->finite && isfinite(fray_vec_norm2(r->n_sums, sums));
  return FRAY_OK;
}

/* Where the client came to, as seen from where the server is. It codes what it has done since it
 * received its model, as it knows no other: the server sees that, added to the model that it sent.
 */
static void see_from_present(const struct run *r, struct fray_visit *v) {
  const bool is_coded = fray_compression_is_on(&r->core.f->training->compression);
  for (size_t k = 0; k < r->core.total; k++)
    v->up[0][k] = (is_coded ? v->global[k] + v->up[0][k] : v->w[k]) - r->w[k];
}

/* What a client trains on: its samples, or what an attacker made of them. */
static struct fray_samples samples_for(const struct run *r, size_t c,
                                       const struct fray_samples *own) {
  const struct fray_clients *clients = r->core.f->clients;
  return r->poisoned.on && r->is_attacker[c]
             ? fray_samples_slice(&r->poisoned.data, clients->first[c], own->n, own->n_labelled,
                                  clients->classes)
             : *own;
}

/* Who changes an update on its way up may do so anywhere: a coder, a move of the server since, an
 * attacker. */
static void tell_touched(const struct run *r, uint64_t *touched) {
  const struct fray_training_config *training = r->core.f->training;
  if (touched &&
      (fray_compression_is_on(&training->compression) || r->ops->from_present || r->is_attacker))
    memset(touched, 0xff, fray_touched_words(r->core.total) * sizeof *touched);
}

/* Trains one member here and writes what it sends side by side from buffer `first` on; the numbers
 * about it go to its place in the arrays that are shared. */
static enum fray_status visit(struct run *r, size_t round, struct members *m, size_t i,
                              struct fray_err *err) {
  const struct fray_federation *f = r->core.f;
  const struct fray_client client = fray_client_of(f->clients, m->client[i]);
  const struct fray_invitation *who = m->who[i];
  const size_t vectors = 1 + r->ops->up, first = m->mine * vectors;
  struct fray_client_result result;
  /* Vectors of one client side by side: a visit writes them through one list. */
  for (size_t k = 0; k < vectors; k++)
    FRAY_CHECK(update_buffer(r, first + k), err, MEMORY, "out of memory (%zu parameters)",
               r->core.total);
  struct fray_visit v = {.algorithm = &f->training->server.algorithm,
                         .source = client.source,
                         .client = m->client[i],
                         .seed = f->seed,
                         .round = who->visit ? who->visit : round,
                         .data = samples_for(r, m->client[i], &client.data),
                         .truth = f->dataset->label,
                         .work = who->work,
                         .global = run_received(r, who),
                         .initial = r->initial,
                         .down = (const float *const *)r->state,
                         .server = r->number,
                         .up = r->update + first,
                         .touched = r->touched ? r->touched[first] : NULL,
                         .number = m->facts + i * (FACTS + r->n_said) + FACTS};
  if (r->store) {
    /* Other vectors for each client: those of the one before went into the store as they were. */
    v.kept = r->kept = fray_store_work(r->store, err);
    if (!r->kept)
      return FRAY_MEMORY;
    v.kept_samples = run_kept_samples(r);
    FRAY_TRY(fray_store_load(r->store, m->client[i], r->kept, err));
  }
  v.came = r->store && fray_store_came(r->store, m->client[i]);
  if (r->own.n)
    v.global = with_own_blocks(r, v.came);
  /* Within a round nothing moves it; what a client keeps for itself lies in one place for all. */
  /* The first of a round finds another model, be it at the same place. */
  v.again = m->mine > 0 && v.global == m->received && r->own.n == 0;
  m->received = v.global;
  FRAY_TRY(fray_client_visit(&r->core.trainer, &v, &result, err));
  tell_touched(r, v.touched);
  if (r->own.n)
    keep_own_blocks(r, v.up[0]);
  const double mean = result.sample_loss_sum / (double)FRAY_MAX(result.samples, (size_t)1);
  const struct fray_visit_facts facts = {v.data.n_labelled, result.batches, mean};
  if (r->ops->weight)
    m->weight[i] = r->ops->weight(f->training->server.algorithm.params, &facts);
  /* Who weighs nothing sends nothing, and keeps what it had kept. */
  if (result.finite && (!r->ops->weight || m->weight[i] != 0))
    result.finite = run_code_update(r, &v);
  if (r->ops->from_present && result.finite)
    see_from_present(r, &v);
  if (r->n_sums)
    FRAY_TRY(send_prototypes(r, &v, &result, err));
  /* What a diverged visit left in `kept` is forgotten: the client stays as it was. */
  if (r->store && result.finite)
    FRAY_TRY(fray_store_put(r->store, m->client[i], round, (const float *const *)r->kept, err));
  /* Weighed by its samples here, divided by all of them later: the mean over samples, not clients.
   */
  m->loss[i] = mean * (double)client.data.n_labelled;
  m->done[i] = result.finite ? 1 + result.flops : -1 - result.flops;
  m->taught[i] = result.taught;
  m->values[i] = result.values;
  if (r->ops->weigh) {
    double *said = m->facts + i * (FACTS + r->n_said);
    said[FACT_SAMPLES] = (double)facts.samples;
    said[FACT_STEPS] = (double)facts.steps;
    said[FACT_LOSS] = facts.loss;
  }
  m->mine++;
  return FRAY_OK;
}

static enum fray_status train_mine(struct run *r, size_t round, struct members *m,
                                   struct fray_err *err) {
  const struct fray_federation *f = r->core.f;
  for (size_t i = 0; i < m->n; i++) {
    const char *name = f->client_name[m->client[i]];
    if (r->core.host[i] != fray_comm_rank(f->comm))
      continue;
    fray_watch_work(f->watch, round, name);
    if (visit(r, round, m, i, err) != FRAY_OK)
      return fray_at(err, "round %zu, client %s", round, name);
  }
  return FRAY_OK;
}

/* Whose updates count. One that is not finite ends the trial, or is left out. */
static void judge_updates(struct run *r, size_t round, struct members *m,
                          struct fray_round_row *row, struct fray_outcome *out) {
  /* All ranks judge by the numbers that they shared, so all leave out the same. */
  const bool exclude = r->core.f->training->on_nonfinite == FRAY_NONFINITE_EXCLUDE;
  for (size_t i = 0; i < m->n; i++) {
    m->kept[i] = m->done[i] > 0;
    if (m->kept[i])
      continue;
    row->excluded += exclude;
    if (exclude || out->diverged)
      continue;
    out->diverged = true;
    out->diverged_round = round;
    out->diverged_client = m->client[i];
  }
}

/* What all ranks know of those who count, by their place among all members, so that every rank
 * gives the method the same list. */
static void list_members(const struct run *r, const struct members *m, struct counted *k) {
  size_t n = 0;
  for (size_t i = 0; i < m->n && r->ops->weigh; i++) {
    const double *said = m->facts + i * (FACTS + r->n_said);
    if (!m->kept[i])
      continue;
    k->member[n++] =
        (struct fray_member){.client = m->client[i],
                             .group = r->roster.group ? r->roster.group[m->client[i]] : -1,
                             .samples = (size_t)said[FACT_SAMPLES],
                             .steps = (size_t)said[FACT_STEPS],
                             .loss = said[FACT_LOSS],
                             .staleness = m->who[i]->staleness,
                             .number = said + FACTS};
  }
}

/* In the members' order, so that sums, rules and ties see them alike wherever they are. */
static void gather_kept(struct run *r, const struct members *m, struct counted *k) {
  const struct fray_federation *f = r->core.f;
  const size_t vectors = 1 + r->ops->up;
  k->members = k->mine = k->samples = 0;
  for (size_t i = 0, here = 0; i < m->n; i++) {
    const bool is_here = r->core.host[i] == fray_comm_rank(f->comm);
    here += is_here;
    if (!m->kept[i])
      continue;
    /* Of all ranks: each knows all clients' counts. */
    k->samples += f->clients->n_labelled[m->client[i]];
    k->host[k->members++] = r->core.host[i];
    if (!is_here)
      continue;
    for (size_t v = 0; v < vectors; v++)
      k->update[v * m->mine + k->mine] = r->update[(here - 1) * vectors + v];
    if (r->touched) /* of the update alone: what a method sends beside it is read whole */
      k->touched[k->mine] = r->touched[(here - 1) * vectors];
    k->mine++;
  }
  list_members(r, m, k);
}

/* As the aggregation wants them: the weights may still be unknown. */
static struct fray_updates updates_of(const struct run *r, const struct counted *k) {
  return (struct fray_updates){.total = r->core.total,
                               .members = k->members,
                               .host = k->host,
                               .update = k->update,
                               .touched = r->touched ? k->touched : NULL,
                               .weight = k->weight};
}

/* All at once, by a method that knows of them together: each rank comes to the same weights. */
static enum fray_status weigh_together(struct run *r, struct fray_server_round *round,
                                       struct counted *k, struct fray_err *err) {
  const struct fray_federation *f = r->core.f;
  const void *params = f->training->server.algorithm.params;
  const struct fray_updates updates = updates_of(r, k);
  const struct fray_arena_place mark = fray_arena_mark(&r->core.work);
  if (k->members == 0)
    return FRAY_OK;
  if (r->ops->told) /* a rank may lack the memory for it: all go on, or none */
    FRAY_TRY(fray_comm_agree(
        f->comm, r->ops->told(params, round, k->members, k->member, &r->core.work, err), err));
  fray_arena_rewind(&r->core.work, mark);
  FRAY_TRY(run_take_products(r, &updates, round, err));
  r->ops->weigh(params, round, k->members, k->member, k->all);
  return FRAY_OK;
}

/* Weights of the updates here: of all together, or each of its own, divided by their sum. */
static enum fray_status weigh(struct run *r, struct fray_server_round *round,
                              const struct members *m, struct counted *k, struct fray_err *err) {
  const struct fray_federation *f = r->core.f;
  double sum = 0;
  round->updates = k->members;
  /* Clients that are not seen weigh themselves; only attackers are taken to know their share. */
  if (fray_secure_is_on(&f->training->secure) && !r->is_attacker)
    return FRAY_OK;
  if (r->ops->weigh)
    FRAY_TRY(weigh_together(r, round, k, err));
  for (size_t i = 0; i < m->n; i++)
    sum += m->kept[i] ? m->weight[i] : 0;
  if (!r->ops->weight) /* whole numbers, whatever their order */
    sum = (double)k->samples;
  for (size_t i = 0, mine = 0, at = 0; i < m->n; i++) {
    if (!m->kept[i])
      continue;
    const size_t place = at++;
    if (r->core.host[i] != fray_comm_rank(f->comm))
      continue;
    /* In double, one rounding: the same quotient wherever it is formed. */
    const double weight =
        r->ops->weight ? m->weight[i] : (double)f->clients->n_labelled[m->client[i]];
    k->weight[mine++] = r->privacy      ? 1 / r->privacy->expected
                        : r->ops->weigh ? k->all[place]
                        : sum > 0       ? weight / sum
                                        : 0;
  }
  return FRAY_OK;
}

/* The rule decides about the updates; what goes with them is averaged. counts: false if nothing
 * could be made of the round. */
static enum fray_status combine(struct run *r, struct fray_server_round *server,
                                const struct members *m, const struct counted *k,
                                struct fray_round_row *row, bool *counts, struct fray_err *err) {
  const size_t round = server->round;
  const struct fray_federation *f = r->core.f;
  const struct fray_updates updates = updates_of(r, k);
  float *before = fray_aggregation_remembers(&f->training->aggregation)
                      ? r->state[r->ops->server_vectors]
                      : NULL;
  const struct fray_held held = r->held ? run_held(r) : (struct fray_held){0};
  const struct fray_aggregation_round about = {.seed = f->seed,
                                               .round = round,
                                               .previous = before,
                                               .root = r->root,
                                               .held = r->held ? &held : NULL};
  struct fray_judgement judgement = {.influence = r->share, .even = r->even, .rests = r->rests};
  *counts = true;
  FRAY_TRY(run_attack(r, round, &updates, &about, row, err));
  if (r->privacy) /* after attacks: whoever sends is clipped */
    FRAY_TRY(run_clip(r, err));
  if (fray_secure_is_on(&f->training->secure))
    return run_secure_sum(r, server, counts, err);
  if (r->privacy) {
    FRAY_TRY(run_private_mean(r, round, server, err));
  } else if (r->holds && !r->held) {
    FRAY_TRY(run_average_blocks(r, &updates, err));
  } else {
    FRAY_TRY(fray_aggregate(f->comm, &f->training->aggregation, &updates, &about, &r->core.work,
                            r->mean[0], r->share ? &judgement : NULL, err));
    if (r->share)
      run_note_influence(r);
    if (r->held)
      run_note_blocks(r);
    if (before)
      run_remember(r, before);
  }
  for (unsigned v = 1; v <= r->ops->up; v++)
    FRAY_TRY(fray_exact_sum(f->comm, r->core.total, k->mine, k->update + v * m->mine, k->weight,
                            k->members, &r->core.work, r->mean[v], err));
  return FRAY_OK;
}

/* The server still steps: a velocity goes on. Where sums are blurred nobody can tell that they are
 * of nobody. */
static enum fray_status nobody(struct run *r, struct fray_server_round *server,
                               struct fray_round_row *row, struct fray_err *err) {
  row->train_loss = NAN;
  for (unsigned v = 0; v <= r->ops->up; v++)
    memset(r->mean[v], 0, r->core.total * sizeof **r->mean);
  if (!r->privacy)
    return FRAY_OK;
  r->counted.mine = r->counted.members = 0;
  FRAY_TRY(run_private_mean(r, server->round, server, err));
  row->update_norm = sqrt(fray_vec_norm2(r->core.total, r->mean[0]));
  return FRAY_OK;
}

/* Trains the members where they are hosted; all ranks learn what came of it. */
static enum fray_status train(struct run *r, size_t round, struct members *m,
                              struct fray_err *err) {
  const struct fray_federation *f = r->core.f;
  /* Hosts first: states go to where their clients will be. */
  core_assign(&r->core, m->n);
  if (r->store)
    FRAY_TRY(fray_store_bring(r->store, m->n, m->client, r->core.host, err));
  FRAY_TRY(fray_comm_agree(f->comm, train_mine(r, round, m, err), err));
  return fray_exact_share(f->comm, m->loss, said_by(r) * m->n, &r->core.work, err);
}

enum fray_status run_cohort(struct run *r, size_t round, struct fray_round_row *row,
                            struct fray_server_round *server, size_t *keep,
                            struct fray_outcome *out, struct fray_err *err) {
  const struct fray_federation *f = r->core.f;
  struct members *m = &r->members;
  struct counted *counted = &r->counted;
  server->updates = 0;
  gather(r, server, m, row, keep);
  if (m->n == 0) { /* damage left nobody with a usable sample: the model stays as it is */
    run_count_costs(r, row);
    run_count_secure(r, 0, 0);
    return nobody(r, server, row, err);
  }
  FRAY_TRY(train(r, round, m, err));
  run_count_costs(r, row);
  if (r->root)
    FRAY_TRY(fray_comm_agree(f->comm, run_train_root(r, row, out, err), err));
  judge_updates(r, round, m, row, out);
  gather_kept(r, m, counted);
  const double samples = out->diverged ? (double)row->samples : (double)counted->samples;
  for (size_t i = 0; i < m->n; i++)
    if (m->kept[i] || out->diverged) /* of a trial that ends, the loss of all, as it was */
      row->train_loss += m->loss[i] / samples;
  if (out->diverged)
    return FRAY_OK;
  FRAY_TRY(weigh(r, server, m, counted, err));
  bool counts = counted->members > 0;
  if (counts)
    FRAY_TRY(combine(r, server, m, counted, row, &counts, err));
  else
    run_count_secure(r, run_secure_sent(r), 0);
  if (!counts) { /* states of clients stay as they were, too: they learn that the round is lost */
    row->attackers = 0;
    server->updates = 0;
    return nobody(r, server, row, err);
  }
  /* Of the update that the server takes, before its own step size. */
  row->update_norm = sqrt(fray_vec_norm2(r->core.total, r->mean[0]));
  if (!r->store)
    return FRAY_OK;
  /* Last: until here the round might not have counted. */
  return fray_comm_agree(
      f->comm, fray_store_commit(r->store, round, m->n, m->client, r->core.host, m->kept, err),
      err);
}
