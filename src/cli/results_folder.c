/* What the commands that write a results folder share. */
#include "command.h"
#include "fray/base/text.h"
#include "fray/report/report.h"

#include <stdlib.h>
#include <string.h>

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

char *cli_command_line(const char *name, int argc, char **argv) {
  struct fray_text text = {0};
  fray_text_printf(&text, "fray %s", name);
  for (int i = 0; i < argc; i++)
    put_word(&text, argv[i]);
  return text.data;
}

/* The program that started the ranks: mpirun sets a variable of its own under Slurm too. */
static const char *launcher(void) {
  return getenv("SLURM_STEP_ID") && !getenv("OMPI_COMM_WORLD_SIZE") ? "srun" : "mpirun";
}

char *cli_command_again(int argc, char **argv, int ranks) {
  struct fray_text text = {0};
  bool resumes = false;
  if (ranks > 1)
    fray_text_printf(&text, "%s -n %d ", launcher(), ranks);
  fray_text_puts(&text, "fray run");
  for (int i = 0; i < argc; i++) {
    resumes = resumes || strcmp(argv[i], "--resume") == 0;
    if (strcmp(argv[i], "--overwrite") != 0)
      put_word(&text, argv[i]);
  }
  fray_text_puts(&text, resumes ? "" : " --resume");
  return text.data;
}

enum fray_status cli_progress(const char *style, enum fray_progress_style *out,
                              struct fray_err *err) {
  static const char *const names[] = {[FRAY_PROGRESS_AUTO] = "auto",
                                      [FRAY_PROGRESS_LIVE] = "live",
                                      [FRAY_PROGRESS_PLAIN] = "plain"};
  for (int i = 0; i < 3; i++)
    if (strcmp(style, names[i]) == 0) {
      *out = (enum fray_progress_style)i;
      return FRAY_OK;
    }
  return fray_fail(err, FRAY_INPUT, "--progress '%s': auto, live or plain is expected", style);
}

enum fray_status cli_environment(const char *word, bool *mixed, struct fray_err *err) {
  *mixed = word && strcmp(word, "mixed") == 0;
  FRAY_CHECK(!word || *mixed || strcmp(word, "same") == 0, err, INPUT,
             "--environment '%s': mixed or same (the default) is expected", word);
  return FRAY_OK;
}

void cli_draw_report(const char *folder) {
  struct fray_err err = {0};
  const char *const folders[1] = {folder};
  if (fray_report(folders, 1, NULL, &err) != FRAY_OK)
    fray_warn("the report could not be drawn: %s", err.text);
  else
    fray_note("report: %s/report.html", folder);
}
