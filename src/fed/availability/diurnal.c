/* Days and nights: the chance to be there rises and falls over a period of rounds. */
#include "fray/base/rng.h"
#include "fray/fed/availability.h"
#include "fray/fed/federation.h"

#include <math.h>

/* All at once is the hardest: at night nobody is left. By client the number of those who are there
 * hardly swings at all, but who they are does. */
enum { SAME, CLIENT, GROUP };
static const char *const phases[] = {"same", "client", "group", NULL};

struct params {
  double mean, amplitude, period;
  int phase;
  const char *column;
};
/* A period is counted in rounds, as everything is that is drawn: rounds need not have a length. */
static const struct fray_field fields[] = {
    FRAY_FIELD(REAL, "mean", struct params, mean, .def = 0.5, .min = 0, .max = 1, .open_min = true,
               .help = "mean chance over a period, as long as mean (1 + amplitude) is at most 1"),
    FRAY_FIELD(REAL, "amplitude", struct params, amplitude, .def = 0.8, .min = 0, .max = 1,
               .help = "how far it swings, as a share of the mean"),
    FRAY_FIELD(REAL, "period", struct params, period, .def = 24, .min = 1, .max = 1e6,
               .unit = "rounds", .help = "length of a day"),
    FRAY_FIELD(ENUM, "phase", struct params, phase, .names = phases, .def_text = "same",
               .help = "whose day begins when: same, all together; client, anywhere, drawn for "
                       "each; group, spread evenly over the values of `column`, in the "
                       "order in which `fray inspect` lists them"),
    FRAY_FIELD(STRING, "column", struct params, column, .optional = true,
               .help = "group column of the shards, for phase: group"),
};
/* A column that is not used would be a silent slip. */
static enum fray_status check(const void *section, const struct fray_node *node,
                              struct fray_err *err) {
  const struct params *p = section;
  (void)node;
  FRAY_CHECK((p->phase == GROUP) == (p->column != NULL), err, INPUT,
             "phase: group and column belong together");
  return FRAY_OK;
}
static FRAY_TABLE(table, "diurnal", struct params, fields, .help = "", .check = check);

/* As many zones as the column has values, the first at 0. */
static enum fray_status prepare(const void *params, const struct fray_crowd *crowd,
                                struct fray_arena *arena, double *each, struct fray_err *err) {
  const struct params *p = params;
  const struct fray_group *group;
  int32_t *code;
  if (p->phase != GROUP)
    return FRAY_OK;
  FRAY_TRY(fray_client_column(crowd->dataset, crowd->clients, crowd->client_name, p->column,
                              "training.availability.reachable", arena, &group, &code, err));
  for (size_t c = 0; c < crowd->clients->n; c++)
    each[c] = (double)code[c] / (double)group->n;
  return FRAY_OK;
}

/* p_k(t) = mean (1 + amplitude sin(2 pi (t / period + phase_k))), t from 0. */
static double rate(const void *params, double each, const struct fray_draw_of *of) {
  const struct params *p = params;
  double phase = each;
  if (p->phase == CLIENT) { /* its own for the whole trial */
    struct fray_rng rng = fray_rng_for(of->seed, "availability/phase", of->source, 0, 0);
    phase = fray_rng_uniform(&rng);
  }
  const double t = (double)(of->round - 1) / p->period;
  return p->mean * (1 + p->amplitude * sin(2 * 3.14159265358979323846 * (t + phase)));
}

/* Wherever the phase: at some round all come near it. */
static double highest(const void *params) {
  const struct params *p = params;
  return p->mean * (1 + p->amplitude);
}

static const struct fray_reach_ops ops = {.prepare = prepare, .rate = rate, .highest = highest};

extern const struct fray_choice fray_reach_diurnal;
const struct fray_choice fray_reach_diurnal = {
    .name = "diurnal",
    .meaning = "a chance that swings over a period of rounds; phases by client or group",
    .source = "mean (1 + amplitude sin(2 pi (t / period + phase)))",
    .table = &table,
    .impl = &ops};
