/* How ranks form teams, and who trains what when. docs/decisions/0020-teams.md */
#include "teams.h"

#include "fray/base/size.h"

#include <math.h>
#include <stdlib.h>

/* Share of a trial that more ranks do not make shorter: two ranks were 1.88 times as fast as one
 * with ten clients a round (docs/performance.md), so 1 / 1.88 = s + (1 - s) / 2. */
static const double serial_share = 2 / 1.88 - 1;

double fray_team_speed(int ranks, size_t cohort) {
  const size_t places = cohort > 0 ? cohort : 1, n = ranks > 0 ? (size_t)ranks : 1;
  const size_t longest = (places + n - 1) / n; /* clients of the rank that has the most */
  return 1 / (serial_share + (1 - serial_share) * (double)longest / (double)places);
}

/* The speed rises in steps, where the rank with the most clients gets one less. */
int fray_team_more(int ranks, int idle, size_t cohort, double left, double pause) {
  const double speed = fray_team_speed(ranks, cohort);
  if ((size_t)ranks >= cohort) /* each client has a rank already */
    return 0;
  for (int more = 1; more <= idle; more++)
    if (left * (1 - speed / fray_team_speed(ranks + more, cohort)) > pause)
      return more;
  return 0;
}

/* Of a trial's cost on one rank: what it takes until its team trains again, with more ranks. */
static const double pause_share = 0.01;
/* Beyond so many teams what ranks do at the end is not played, which takes the square of them. */
enum { MOST_JOINING = 512 };

int fray_team_of(int rank, int ranks, int teams) {
  /* The first `longer` teams have one rank more than the others. */
  const int size = ranks / teams, longer = ranks % teams, in_longer = longer * (size + 1);
  return rank < in_longer ? rank / (size + 1) : longer + (rank - in_longer) / size;
}

static int team_size(int team, int ranks, int teams) {
  return ranks / teams + (team < ranks % teams);
}

/* Whether trial a is to come behind trial b. */
static bool is_later(const double *cost, size_t a, size_t b) {
  return cost[a] != cost[b] ? cost[a] < cost[b] : a > b;
}

/* Moves an entry down until it is later than both below it. */
static void sift_trial(const double *cost, size_t *heap, size_t at, size_t n) {
  const size_t moved = heap[at];
  for (size_t child = 2 * at + 1; child < n; child = 2 * at + 1) {
    if (child + 1 < n && is_later(cost, heap[child + 1], heap[child]))
      child++;
    if (!is_later(cost, heap[child], moved))
      break;
    heap[at] = heap[child];
    at = child;
  }
  heap[at] = moved;
}

/* Equal costs keep the order of the sweep, so that the order is the same on all machines. */
void fray_teams_order(const double *cost, size_t n, size_t *order) {
  for (size_t i = 0; i < n; i++)
    order[i] = i;
  for (size_t i = n / 2; i-- > 0;)
    sift_trial(cost, order, i, n);
  for (size_t i = n; i-- > 1;) {
    const size_t latest = order[0];
    order[0] = order[i];
    order[i] = latest;
    sift_trial(cost, order, 0, i);
  }
}

/* Trials on their way to teams. */
struct queue {
  size_t n;
  const double *cost; /* (n) falling */
  double total;
  double *free_at; /* (teams) seconds; a heap whose root is the team that is free first */
  int *team;       /* (teams) */
  int teams;
  double *whole;          /* (teams, by number) cost of the trial that the team had last */
  int *size;              /* (teams, as free_at) ranks; 0: idle, or in another team */
  double *paused, *pause; /* (teams, as free_at) when ranks joined it last, and for how long */
};

static bool is_free_later(const struct queue *q, int a, int b) {
  return q->free_at[a] != q->free_at[b] ? q->free_at[a] > q->free_at[b] : q->team[a] > q->team[b];
}

static void swap_teams(struct queue *q, int a, int b) {
  const double free_at = q->free_at[a];
  const int team = q->team[a];
  q->free_at[a] = q->free_at[b];
  q->team[a] = q->team[b];
  q->free_at[b] = free_at;
  q->team[b] = team;
}

/* The team that gets free first stands at the front, where the next trial is given away. */
static void sift_team(struct queue *q) {
  for (int at = 0, child = 1; child < q->teams; at = child, child = 2 * at + 1) {
    if (child + 1 < q->teams && is_free_later(q, child, child + 1))
      child++;
    if (!is_free_later(q, at, child))
      return;
    swap_teams(q, at, child);
  }
}

/* Each team takes the next trial as it gets free; of several that are free, the first team, which
 * is one of the largest. Sizes of teams differ by one at most, so there are two speeds. Works on
 * the arrays of q anew for each number of teams. Returns when the last trial begins. */
static double give_away(struct queue *q, int ranks, int teams, size_t cohort) {
  const double speed[2] = {fray_team_speed(ranks / teams, cohort),
                           fray_team_speed(ranks / teams + 1, cohort)};
  double last = 0;
  q->teams = teams;
  for (int t = 0; t < teams; t++) {
    q->free_at[t] = q->whole[t] = 0;
    q->team[t] = t;
  }
  for (size_t i = 0; i < q->n; i++) {
    const bool longer = team_size(q->team[0], ranks, teams) > ranks / teams;
    last = q->free_at[0];
    q->whole[q->team[0]] = q->cost[i];
    q->free_at[0] += q->cost[i] / speed[longer];
    sift_team(q);
  }
  return last;
}

/* The team that ends last, of those whose trials can use more ranks; -1: none. */
static int last_to_end(const struct queue *q, double now, size_t cohort) {
  int last = -1;
  for (int k = 0; k < q->teams; k++)
    if (q->free_at[k] > now && (size_t)q->size[k] < cohort &&
        (last < 0 || q->free_at[k] > q->free_at[last]))
      last = k;
  return last;
}

/* All that is idle now, to the trials that would end last, as long as that pays. A team pauses once
 * for all that join it at a time. */
static int join(struct queue *q, double now, int idle, size_t cohort) {
  for (int k; idle > 0 && (k = last_to_end(q, now, cohort)) >= 0;) {
    const double pause = q->paused[k] == now ? 0 : pause_share * q->whole[q->team[k]];
    const double left = q->free_at[k] - now - (q->paused[k] == now ? q->pause[k] : 0);
    const int more = fray_team_more(q->size[k], idle, cohort, left, pause);
    if (more == 0)
      return idle;
    const double before = fray_team_speed(q->size[k], cohort);
    q->size[k] += more;
    idle -= more;
    q->pause[k] = q->paused[k] == now ? q->pause[k] : pause;
    q->paused[k] = now;
    q->free_at[k] = now + q->pause[k] + left * before / fray_team_speed(q->size[k], cohort);
  }
  return idle;
}

/* From when on no trial waits: ranks of teams that are through join those that are not. */
static double finish(struct queue *q, double now, int ranks, size_t cohort) {
  int idle = 0;
  for (int k = 0; k < q->teams; k++) {
    q->size[k] = team_size(q->team[k], ranks, q->teams);
    q->paused[k] = -1;
  }
  for (;;) {
    double next = INFINITY;
    for (int k = 0; k < q->teams; k++) {
      if (q->free_at[k] <= now && q->size[k]) {
        idle += q->size[k];
        q->size[k] = 0;
      }
    }
    idle = join(q, now, idle, cohort);
    for (int k = 0; k < q->teams; k++)
      if (q->size[k])
        next = fmin(next, q->free_at[k]);
    if (isinf(next))
      return now;
    now = next;
  }
}

/* Seconds until the last trial is done. */
static double simulate(struct queue *q, int ranks, int teams, size_t cohort) {
  const double last = give_away(q, ranks, teams, cohort);
  double end = 0;
  if (teams > 1 && teams <= MOST_JOINING)
    return finish(q, last, ranks, cohort);
  for (int k = 0; k < teams; k++)
    end = fmax(end, q->free_at[k]);
  return end;
}

/* No schedule of so many teams ends before this, but for ranks whose joining makes up what their
 * team's size did not divide. The larger of two bounds: all teams busy until the end, and the
 * longest trial alone on all ranks, or on the fastest team where none is joined. */
static double least(const struct queue *q, int ranks, int teams, size_t cohort) {
  const int longer = ranks % teams;
  const double small = fray_team_speed(ranks / teams, cohort),
               large = longer ? fray_team_speed(ranks / teams + 1, cohort) : small;
  const double together = longer * large + (teams - longer) * small;
  const double alone = teams <= MOST_JOINING ? fray_team_speed(ranks, cohort) : fmax(small, large);
  return fmax(q->total / together, q->cost[0] / alone);
}

static void end_queue(struct queue *q) {
  free((void *)q->cost);
  free(q->free_at);
  free(q->team);
  free(q->whole);
  free(q->size);
  free(q->paused);
  free(q->pause);
}

/* n >= 1. False when memory lacks. */
static bool start_queue(struct queue *q, const double *cost, size_t n, int teams) {
  size_t *order = calloc(n, sizeof *order);
  double *sorted = calloc(n, sizeof *sorted);
  *q = (struct queue){.n = n,
                      .cost = sorted,
                      .free_at = calloc((size_t)teams, sizeof *q->free_at),
                      .team = calloc((size_t)teams, sizeof *q->team),
                      .whole = calloc((size_t)teams, sizeof *q->whole),
                      .size = calloc((size_t)teams, sizeof *q->size),
                      .paused = calloc((size_t)teams, sizeof *q->paused),
                      .pause = calloc((size_t)teams, sizeof *q->pause)};
  const bool is_ready =
      order && sorted && q->free_at && q->team && q->whole && q->size && q->paused && q->pause;
  if (is_ready) {
    fray_teams_order(cost, n, order);
    for (size_t i = 0; i < n; i++) {
      sorted[i] = cost[order[i]];
      q->total += sorted[i];
    }
  }
  free(order);
  return is_ready;
}

/* Simulated trial by trial: what the longest trials leave idle at the end is just what the choice
 * of teams is about. */
double fray_teams_makespan(const double *cost, size_t n, int ranks, int teams, size_t cohort) {
  struct queue q;
  if (n == 0)
    return 0;
  const double end =
      start_queue(&q, cost, n, teams) ? simulate(&q, ranks, teams, cohort) : INFINITY;
  end_queue(&q);
  return end;
}

/* An asked-for size is kept as far as ranks divide by it: rounding up the number of teams never
 * makes one larger. Bounds are compared first, which spares most simulations. */
int fray_teams_choose(const double *cost, size_t n, int ranks, size_t cohort, int per_trial) {
  struct queue q;
  if (ranks <= 1)
    return 1;
  if (per_trial > 0)
    return per_trial >= ranks ? 1 : (ranks + per_trial - 1) / per_trial;
  const int most = n < (size_t)ranks ? (int)n : ranks;
  if (most <= 1)
    return 1;
  int best = 1;
  double shortest = INFINITY;
  /* Of numbers that end at the same time the largest: small teams hardly wait for one another. */
  for (int teams = start_queue(&q, cost, n, most) ? most : 0; teams >= 1; teams--) {
    if (least(&q, ranks, teams, cohort) >= shortest)
      continue;
    const double end = simulate(&q, ranks, teams, cohort);
    if (end < shortest * (1 - 1e-9)) { /* more than rounding */
      shortest = end;
      best = teams;
    }
  }
  end_queue(&q);
  return best;
}
