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
 * the arrays of q anew for each number of teams. */
static double simulate(struct queue *q, int ranks, int teams, size_t cohort) {
  const double speed[2] = {fray_team_speed(ranks / teams, cohort),
                           fray_team_speed(ranks / teams + 1, cohort)};
  double end = 0;
  q->teams = teams;
  for (int t = 0; t < teams; t++) {
    q->free_at[t] = 0;
    q->team[t] = t;
  }
  for (size_t i = 0; i < q->n; i++) {
    const bool longer = team_size(q->team[0], ranks, teams) > ranks / teams;
    q->free_at[0] += q->cost[i] / speed[longer];
    end = fmax(end, q->free_at[0]);
    sift_team(q);
  }
  return end;
}

/* No schedule of so many teams ends before this. The larger of two bounds: all teams busy until the
 * end, and the longest trial alone on the fastest team. */
static double least(const struct queue *q, int ranks, int teams, size_t cohort) {
  const int longer = ranks % teams;
  const double small = fray_team_speed(ranks / teams, cohort),
               large = longer ? fray_team_speed(ranks / teams + 1, cohort) : small;
  const double together = longer * large + (teams - longer) * small;
  return fmax(q->total / together, q->cost[0] / fmax(small, large));
}

static void end_queue(struct queue *q) {
  free((void *)q->cost);
  free(q->free_at);
  free(q->team);
}

/* n >= 1. False when memory lacks. */
static bool start_queue(struct queue *q, const double *cost, size_t n, int teams) {
  size_t *order = calloc(n, sizeof *order);
  double *sorted = calloc(n, sizeof *sorted);
  *q = (struct queue){.n = n,
                      .cost = sorted,
                      .free_at = calloc((size_t)teams, sizeof *q->free_at),
                      .team = calloc((size_t)teams, sizeof *q->team)};
  const bool is_ready = order && sorted && q->free_at && q->team;
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
