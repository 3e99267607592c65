/* What tells the files of a report from those of others: a report may replace what a report made,
 * and nothing else. */
#include "fray/base/made.h"

#include "fray/base/columns.h"
#include "fray/base/size.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HEAD = 1 << 14 }; /* titles may be long */

/* The first bytes of a regular file, with a NUL; "" of anything else. Never a pipe or a device,
 * whose reading might wait for ever: O_NONBLOCK opens them and S_ISREG refuses. */
static void read_head(const char *folder, const char *name, char out[HEAD + 1]) {
  char path[4096];
  struct stat info;
  ssize_t n = -1;
  int length = snprintf(path, sizeof path, "%s/%s", folder, name);
  int file = length > 0 && (size_t)length < sizeof path
                 ? open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
                 : -1;
  if (file >= 0 && fstat(file, &info) == 0 && S_ISREG(info.st_mode))
    n = pread(file, out, HEAD, 0);
  if (file >= 0)
    close(file);
  out[n > 0 ? n : 0] = '\0';
}

/* The first bytes decide: a mark further in could be quoted text. */
static bool begins(const char *text, const char *with) {
  return strncmp(text, with, strlen(with)) == 0;
}

/* Whether a name is STEM and one of the endings; stem: room for a name. */
static bool has_ending(const char *name, const char *const *endings, size_t n, char stem[256]) {
  const char *dot = strrchr(name, '.');
  if (!dot || dot == name || strlen(name) > 255)
    return false;
  snprintf(stem, 256, "%.*s", (int)(dot - name), name);
  for (size_t i = 0; i < n; i++)
    if (strcmp(dot + 1, endings[i]) == 0)
      return true;
  return false;
}

bool fray_made_page(const char *folder, const char *name) {
  char head[HEAD + 1];
  read_head(folder, name, head);
  return begins(head, "<!DOCTYPE html>") && strstr(head, FRAY_MADE_PAGE);
}

/* The name in its first line tells it from a copy under another name. */
bool fray_made_script(const char *folder, const char *stem) {
  char script[300], head[HEAD + 1], words[300];
  if (strlen(stem) > 255)
    return false;
  snprintf(script, sizeof script, "%s.gp", stem);
  snprintf(words, sizeof words, FRAY_MADE_FIGURE_SCRIPT "%s:", stem);
  read_head(folder, script, head);
  return begins(head, words);
}

/* Pictures cannot carry a mark in every format. The script or the CSV beside them says whose they
 * are. */
bool fray_made_figure(const char *folder, const char *name) {
  static const char *const endings[] = {"svg", "png", "pdf", "tex", "csv", "gp", "dat"};
  char stem[256], beside[300], head[HEAD + 1];
  if (!has_ending(name, endings, FRAY_COUNT(endings), stem))
    return false;
  if (fray_made_script(folder, stem))
    return true;
  snprintf(beside, sizeof beside, "%s.csv", stem);
  read_head(folder, beside, head);
  return begins(head, FRAY_MADE_FIGURE_CSV);
}

/* Where the first line of a table of methods ends, whatever its other columns. */
static bool is_table(const char *head, const char *name) {
  static const char methods[] = "measure,unit,value,low,high,status", tidy[] = "measure,axis,";
  struct fray_text columns = {0};
  fray_columns_csv_head(&columns);
  /* columns.csv is known by its first row; tables of methods begin with swept keys and are known by
   * how their first row ends. */
  const bool meanings =
      strcmp(name, "columns.csv") == 0 && columns.data && begins(head, columns.data);
  fray_text_free(&columns);
  const char *end = strchr(head, '\n'), *found = strstr(head, methods);
  return meanings || begins(head, tidy) || begins(head, FRAY_MADE_LATEX) ||
         (end && found && found < end);
}

bool fray_made_table(const char *folder, const char *name) {
  static const char *const endings[] = {"csv", "tex"};
  char stem[256], head[HEAD + 1];
  if (!has_ending(name, endings, FRAY_COUNT(endings), stem))
    return false;
  read_head(folder, name, head);
  return is_table(head, name);
}
