/* The end of every command that filled folders: their manifests. What other ranks wrote is gathered
 * first, since one of them writes for all. */
#include "fray/base/deeds.h"
#include "fray/base/text.h"
#include "fray/results/manifest.h"
#include "launch.h"

#include <stdlib.h>
#include <string.h>

/* What this rank wrote, name by name, each with its NUL. */
static void put_written(struct fray_text *text) {
  enum fray_deed_kind kind;
  const char *path;
  for (size_t i = 0; (path = fray_deed_at(i, &kind)); i++)
    if (kind == FRAY_DEED_WROTE)
      fray_text_add(text, path, strlen(path) + 1);
}

/* Ranks are given the same command, so they call files alike wherever they stand. */
static enum fray_status gather(struct fray_comm *comm, struct fray_err *err) {
  struct fray_text mine = {0};
  const int n = fray_comm_size(comm);
  size_t *sizes = calloc((size_t)n, sizeof *sizes);
  void *all = NULL;
  if (fray_comm_rank(comm) != 0)
    put_written(&mine);
  enum fray_status status =
      sizes && !mine.failed ? FRAY_OK : fray_fail(err, FRAY_MEMORY, "out of memory");
  status = fray_comm_agree(comm, status, err);
  if (status == FRAY_OK)
    status = fray_comm_gather(comm, mine.data, mine.size, 0, &all, sizes, err);
  size_t total = 0;
  for (int r = 0; all && r < n; r++)
    total += sizes[r];
  for (const char *at = all; all && at < (const char *)all + total; at += strlen(at) + 1)
    fray_deed(FRAY_DEED_WROTE, at);
  free(all);
  free(sizes);
  fray_text_free(&mine);
  return status;
}

/* Numbers are safe by then, as where a report cannot be drawn: what a folder then lacks is told,
 * and by fray verify as well. */
static void seal(const char *name, const struct cli_call *call, const char *version) {
  struct fray_err err = {0};
  char *line = cli_command_line(name, call);
  const enum fray_status status = fray_manifests_write(line, version, &err);
  if (status != FRAY_OK && status != FRAY_MEMORY) /* which ends the command, with its own words */
    fray_warn("the manifest could not be written: %s", err.text);
  free(line);
}

void cli_seal_folders(const char *name, const struct cli_call *call, enum fray_status status,
                      const char *version) {
  struct fray_err why = {0};
  /* Each rank comes here, however it went: one that failed alone must not be waited for. */
  if (call->comm)
    status = fray_comm_agree(call->comm, status, &why);
  if (status != FRAY_OK && status != FRAY_STOPPED)
    return;
  if (call->comm && fray_comm_size(call->comm) > 1 && gather(call->comm, &why) != FRAY_OK)
    return;
  if (!call->comm || fray_comm_rank(call->comm) == 0)
    seal(name, call, version);
}
