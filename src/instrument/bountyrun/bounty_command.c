/* The bounty as a whole: files, models, hunters, verdicts one after another, and the folder. */
#include "bounty_parts.h"

#include "fray/base/size.h"
#include "fray/base/stop.h"
#include "instrument/folder/instrument_folder.h"

#include <string.h>

/* Each certificate is judged against what the accepted ones before it have made of the model. */
static enum fray_status judge_all(struct bounty *b, struct fray_err *err) {
  const struct bounty_panel *verify = &b->panel[BOUNTY_VERIFY];
  const struct fray_certified of = bounty_certified(verify);
  int16_t *now;
  FRAY_TRY(fray_list_begin(b->arena, &b->list, err));
  FRAY_ALLOC(now, b->arena, verify->n + 1, err);
  for (size_t k = 0; k < b->n_certificates; k++) {
    struct bounty_certificate *c = &b->certificate[k];
    /* Anew for each: an accepted certificate, or a repair, may have changed any sample. */
    for (size_t i = 0; i < verify->n; i++)
      now[i] = fray_list_says(&b->list, b->list.n_versions - 1, &of, i);
    FRAY_TRY(fray_bounty_judge(&b->file->terms, verify->n, verify->label, verify->client,
                               b->n_clients, verify->member[k], now, verify->given[k], &c->verdict,
                               err));
    /* It has spent its part of the budget all the same: what is tested is counted, and not what is
     * found. */
    if (c->verdict.word != FRAY_BOUNTY_ACCEPTED)
      continue;
    c->version = b->list.n_versions;
    FRAY_TRY(fray_list_update(&b->list, k, &of, b->arena, &c->repairs, err));
  }
  return FRAY_OK;
}

/* What was chosen on dev and let in on verify is reported on neither. */
static enum fray_status check_report(const struct bounty *b, struct fray_err *err) {
  const struct bounty_panel *verify = &b->panel[BOUNTY_VERIFY], *report = &b->panel[BOUNTY_REPORT];
  uint8_t *seen;
  FRAY_ALLOC_ZERO(seen, b->arena, b->n_clients + 1, err);
  for (size_t i = 0; i < verify->n; i++)
    seen[verify->client[i]] = 1;
  for (size_t i = 0; i < report->n; i++)
    FRAY_CHECK(!seen[report->client[i]], err, INTERNAL, "client %u verifies and is reported on",
               report->client[i]);
  return fray_role_check(1u << FRAY_ROLE_FIND | 1u << FRAY_ROLE_VERIFY, FRAY_ROLE_REPORT,
                         "a mended model", err);
}

static const struct fray_instrument_file files[] = {{"submissions.csv", bounty_submissions},
                                                    {"versions.csv", bounty_versions},
                                                    {"teams.csv", bounty_teams},
                                                    {"columns.csv", bounty_columns},
                                                    {"list.yaml", bounty_list_yaml}};

/* All ranks have come to the same; one of them writes. */
static enum fray_status finish(struct bounty *b, const char *out, struct fray_text *said,
                               struct fray_err *err) {
  enum fray_status status = FRAY_OK;
  if (fray_comm_rank(b->comm) == 0) {
    status = bounty_say(b, b->wish->columns, said, err);
    if (status == FRAY_OK)
      status = fray_instrument_write(out, b->wish->overwrite, files, FRAY_COUNT(files), b, err);
  }
  return fray_comm_agree(b->comm, status, err);
}

/* The file is read, and the place is tried, before a model is opened; nothing is written before
 * everything was judged. */
static enum fray_status bounty(struct bounty *b, struct bounty_file *file, struct fray_text *said,
                               struct fray_err *err) {
  const struct fray_bounty_wish *wish = b->wish;
  const char *out = wish->out ? wish->out : fray_arena_printf(b->arena, "%s/bounty", wish->folder);
  FRAY_CHECK(out, err, MEMORY, "out of memory");
  FRAY_TRY(bounty_file_read(wish, b->comm, b->arena, file, err));
  /* Ranks may not see the same disk: rank 0 speaks for the folders. */
  enum fray_status status = FRAY_OK;
  if (fray_comm_rank(b->comm) == 0) {
    status = fray_instrument_done(wish->folder, "a bounty mends finished models", err);
    if (status == FRAY_OK)
      status = fray_instrument_place(out, wish->overwrite, files[0].name, &wish->folder, 1, err);
  }
  FRAY_TRY(fray_comm_agree(b->comm, status, err));
  FRAY_TRY(bounty_open(b, err));
  FRAY_TRY(bounty_prepare(b, err));
  FRAY_TRY(bounty_ask(b, err));
  if (wish->hunt)
    FRAY_TRY(bounty_hunt(b, err));
  FRAY_TRY(judge_all(b, err));
  FRAY_TRY(check_report(b, err));
  return finish(b, out, said, err);
}

/* Everything lies in one arena and goes with it, also after a failure. */
enum fray_status fray_bounty(const struct fray_bounty_wish *wish, struct fray_comm *comm,
                             struct fray_text *said, struct fray_err *err) {
  struct fray_arena arena = {0};
  struct bounty_file file = {0};
  struct bounty b = {.arena = &arena, .comm = comm, .wish = wish, .file = &file};
  /* A failure half way leaves the folder open, which is closed here. */
  const enum fray_status status = bounty(&b, &file, said, err);
  fray_kept_close(b.kept);
  fray_arena_free(&arena);
  return status;
}
