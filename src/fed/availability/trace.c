/* Times as they were measured: a table says who was there in which round, and how long it took. */
#include "fray/fed/availability.h"
#include "fray/fed/federation.h"
#include "visit_trace.h"

/* The path is of the scenario's folder; its content, not its name, counts for the trial. */
struct params {
  const char *path;
};
static const struct fray_field fields[] = {
    FRAY_FIELD(PATH, "path", struct params, path, .required = true,
               .help = "CSV file client,round,seconds; who has no row for a round cannot be "
                       "reached in it. Where training is asynchronous, `round` is the number of "
                       "the client's visit, and who has no further row leaves"),
};
static FRAY_TABLE(table, "trace", struct params, fields, .help = "");

static enum fray_status prepare(const void *params, const struct fray_crowd *crowd,
                                struct fray_arena *arena, void **state, struct fray_err *err) {
  struct visit_trace *trace;
  FRAY_ALLOC_ZERO(trace, arena, 1, err);
  *state = trace;
  return visit_trace_read(((const struct params *)params)->path, crowd->client_name,
                          crowd->clients->n, arena, trace, err);
}

/* What the table says is how long it took, whatever share of the work was done then. */
static double seconds(const void *state, const struct fray_draw_of *of, double work) {
  (void)work;
  const double *s = visit_trace_at(state, of->client, of->round);
  return s ? *s : 0;
}

/* A trace says both: who was there, and how long it took. */
static bool is_there(const void *state, const struct fray_draw_of *of) {
  return visit_trace_at(state, of->client, of->round) != NULL;
}

static const struct fray_clock_ops ops = {
    .is_timed = true, .prepare = prepare, .seconds = seconds, .is_there = is_there};

extern const struct fray_choice fray_clock_trace;
const struct fray_choice fray_clock_trace = {.name = "trace",
                                             .meaning = "times from a table of visits",
                                             .source = "",
                                             .table = &table,
                                             .impl = &ops};
