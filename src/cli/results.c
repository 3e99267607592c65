/* What the commands that write a results folder share. */
#include "command.h"
#include "fray/base/text.h"
#include "fray/report/report.h"

#include <string.h>

char *cli_command_line(const char *name, int argc, char **argv) {
  struct fray_text text = {0};
  fray_text_printf(&text, "fray %s", name);
  for (int i = 0; i < argc; i++)
    fray_text_printf(&text, " %s", argv[i]);
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
