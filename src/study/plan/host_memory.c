/* What the ranks of one host take together: each may be small enough for it, and all are not. */
#include "forecast.h"

#include "fray/base/machine.h"
#include "fray/base/size.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What one rank knows of its host. */
struct told {
  int32_t ranks, is_first; /* of the ranks of the host */
  double limit;            /* bytes; INFINITY: unknown */
  char name[64];
};

/* Measured as VmHWM, on two ranks of the quickstart and of 116 MB of series: 9 to 16 MiB. It grows
 * with pieces of files and not with files. */
enum { READER_MIB = 16 };

double fray_reader_bytes(void) {
  return READER_MIB * 0x1p20;
}

/* Control groups may differ within a host, as those of the tasks of a batch system do: then the
 * rank that may hold least speaks for its host. Ranks of one plan take about as much each, so the
 * fullest host is the one with least room for each. */
static void choose(const struct told *told, size_t n, struct fray_fullest_host *out) {
  double room = INFINITY;
  for (size_t r = 0; r < n; r++) {
    const double mine = told[r].limit / told[r].ranks;
    out->hosts += told[r].is_first;
    if (mine > room || (!(mine < room) && told[r].ranks <= out->ranks))
      continue;
    room = mine;
    out->ranks = told[r].ranks;
    out->limit = told[r].limit;
    memcpy(out->name, told[r].name, sizeof out->name);
  }
}

/* Told to all, since each rank asks about cells, and a warning that one alone knew of would be
 * lost: the first speaks, which need not be on the fullest host. */
enum fray_status fray_host_find(struct fray_session *session, struct fray_err *err) {
  struct fray_fullest_host found = {.limit = INFINITY};
  struct fray_comm *host = NULL;
  void *all = NULL;
  if (session->host.ranks)
    return FRAY_OK;
  FRAY_TRY(fray_comm_split_host(session->comm, &host, err));
  const double limit = (double)fray_memory_of_host();
  struct told mine = {.ranks = fray_comm_size(host),
                      .is_first = fray_comm_rank(host) == 0,
                      .limit = limit > 0 ? limit : INFINITY};
  fray_comm_free(host);
  gethostname(mine.name, sizeof mine.name - 1); /* the last byte stays 0 */
  FRAY_TRY(fray_comm_gather(session->comm, &mine, sizeof mine, 0, &all, NULL, err));
  if (all)
    choose(all, (size_t)fray_comm_size(session->comm), &found);
  free(all);
  fray_comm_broadcast(session->comm, &found, offsetof(struct fray_fullest_host, warned), 0);
  session->host = found;
  return FRAY_OK;
}

/* All ranks are counted as the one that the plan describes: of others it holds no sizes. The report
 * is drawn by one of them, which may be on another host. */
double fray_host_bytes(const struct fray_session *session, double rank, double report) {
  return session->host.ranks * (rank + fray_reader_bytes()) + report;
}

/* Another number of ranks is asked of a machine that is not this one, of whose hosts nothing is
 * known. */
bool fray_host_is_asked(const struct fray_session *session, int ranks) {
  return session->host.ranks > 0 && ranks == fray_comm_size(session->comm);
}

/* Libraries are counted with each rank though their pages are shared, so nothing is refused. One
 * rank alone is held to its limit elsewhere. */
void fray_host_warn(struct fray_session *session, double rank, double report, double cache) {
  struct fray_fullest_host *host = &session->host;
  const double need = fray_host_bytes(session, rank, report);
  if (host->warned || host->ranks < 2 || need <= host->limit)
    return;
  host->warned = true;
  fray_warn(
      "the %d ranks of host %s need %s%.1f GiB together (%.0f MiB each, and %.0f MiB for the "
      "process that reads files for it), but may hold %.1f GiB there; %sstart fewer ranks a host",
      host->ranks, host->name, cache > 0 ? "up to " : "about ", need / 0x1p30, rank / 0x1p20,
      fray_reader_bytes() / 0x1p20, host->limit / 0x1p30,
      cache > 0 ? "lower data.cache_mb, or " : "");
}

void fray_host_print(const struct fray_session *session, double rank, double report, int ranks) {
  const struct fray_fullest_host *host = &session->host;
  struct fray_text of = {0}, once = {0};
  if (!fray_host_is_asked(session, ranks) || host->ranks < 2)
    return;
  if (isfinite(host->limit))
    fray_text_printf(&of, ", of %.1f GiB there", host->limit / 0x1p30);
  if (report > 0)
    fray_text_printf(&once, " + %.0f", report / 0x1p20);
  fray_plan_line("  host",
                 "%d ranks on %s: at most %d x (%.0f + %.0f)%s MiB = %.0f MiB, with the "
                 "process that reads files for each%s%s",
                 host->ranks, host->hosts > 1 ? "the fullest host" : "this host", host->ranks,
                 rank / 0x1p20, fray_reader_bytes() / 0x1p20, once.data ? once.data : "",
                 fray_host_bytes(session, rank, report) / 0x1p20,
                 report > 0 ? " and the report" : "", of.data ? of.data : "");
  fray_text_free(&once);
  fray_text_free(&of);
}
