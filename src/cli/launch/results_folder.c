/* What the commands that write a results folder share: the command line as it is kept and repeated,
 * and what is said at the end. */
#include "fray/base/memory.h"
#include "fray/base/text.h"
#include "fray/report/report.h"
#include "launch.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A word as a shell takes it: quoted if it holds what a shell would read. */
static void put_word(struct fray_text *text, const char *word) {
  static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                              "_-+=.,:/@%";
  if (*word && word[strspn(word, plain)] == '\0') {
    fray_text_printf(text, " %s", word);
    return;
  }
  fray_text_puts(text, " '");
  for (const char *p = word; *p; p++)
    if (*p == '\'')
      fray_text_puts(text, "'\\''");
    else
      fray_text_add(text, p, 1);
  fray_text_puts(text, "'");
}

/* As it can be typed again: words that a shell would change are quoted. The program is called fray
 * whatever its path was: provenance must not depend on where it lies. To be freed by the caller. */
char *cli_command_line(const char *name, const struct cli_call *call) {
  struct fray_text text = {0};
  fray_text_printf(&text, "fray %s", name);
  for (int i = 0; i < call->argc; i++)
    put_word(&text, call->argv[i]);
  return text.data;
}

/* The program that started the ranks: mpirun sets a variable of its own under Slurm too. */
static const char *launcher(void) {
  return getenv("SLURM_STEP_ID") && !getenv("OMPI_COMM_WORLD_SIZE") ? "srun" : "mpirun";
}

/* For the message at the end of a stopped run: with as many ranks and the same words. To be freed
 * by the caller; NULL when memory lacks. */
char *cli_command_again(const struct cli_call *call) {
  const int ranks = fray_comm_size(call->comm);
  struct fray_text text = {0};
  bool resumes = false;
  int i = 0;
  if (ranks > 1)
    fray_text_printf(&text, "%s -n %d ", launcher(), ranks);
  fray_text_puts(&text, "fray run");
  for (; i < call->argc && strcmp(call->argv[i], "--") != 0; i++) {
    resumes = resumes || strcmp(call->argv[i], "--resume") == 0;
    if (strcmp(call->argv[i], "--overwrite") != 0) /* it would remove what is to be gone on with */
      put_word(&text, call->argv[i]);
  }
  /* What was said stays, so that the command can be read as the one before it. Behind "--" there
   * are names of files alone, whatever they look like. */
  fray_text_puts(&text, resumes ? "" : " --resume");
  for (; i < call->argc; i++)
    put_word(&text, call->argv[i]);
  return text.data;
}

/* The numbers are safe by then, so a report that fails takes nothing from the run. */
void cli_draw_report(const char *folder) {
  struct fray_err err = {0};
  const char *const folders[1] = {folder};
  if (fray_report(folders, 1, NULL, &err) != FRAY_OK)
    fray_warn("the report could not be drawn: %s", err.text);
  else
    fray_note("report: %s/report.html", folder);
}

/* The answer of the study where its run is watched. On the standard error, like everything that a
 * run says: the standard output may be that of --metrics. A table that cannot be made is no fault
 * of a run whose numbers are safe; `fray show` says why. */
static void say_answer(const char *folder) {
  const struct fray_show_options options = {.brief = true,
                                            .columns = fray_columns_of(STDERR_FILENO)};
  const char *const folders[1] = {folder};
  struct fray_err err = {0};
  struct fray_text text = {0};
  if (fray_show(folders, 1, &options, &text, &err) == FRAY_OK && text.size)
    fray_note("\n%.*s", (int)text.size, text.data);
  fray_text_free(&text);
}

/* Last, so that whoever reads it finds what it speaks of. */
enum fray_status cli_say_last(enum fray_status status, bool quiet, struct fray_text *said) {
  if (status == FRAY_OK && said->data && !quiet)
    fray_print("%s", said->data);
  fray_text_free(said);
  return status;
}

void cli_say_results(const struct cli_call *call, const char *folder, bool no_report) {
  /* Every rank comes here; one speaks, and the report is drawn once. */
  if (fray_comm_rank(call->comm) != 0)
    return;
  fray_memory_give_back(); /* of trainings: the page wants other pieces */
  if (!no_report)
    say_answer(folder);
  fray_note("results: %s", folder);
  if (!no_report)
    cli_draw_report(folder);
}
