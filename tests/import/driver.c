/* Runs an import from the command line, for scripts that look at real data. */
#include "fray/import/import.h"

#include <stdio.h>
#include <string.h>

int main(int argc, char **argv) {
  struct fray_err err = {0};
  bool dry = argc > 3 && strcmp(argv[3], "--dry-run") == 0;
  if (argc < 3) {
    fputs("usage: DATASET.yaml OUT [--dry-run] [RAW]\n", stderr);
    return 2;
  }
  const char *raw = argc > 3 + dry ? argv[3 + dry] : NULL;
  if (fray_import(argv[1], argv[2], raw, dry, true, &err) == FRAY_OK)
    return 0;
  fprintf(stderr, "%s\n", err.text);
  return err.status == FRAY_INPUT ? 2 : 1;
}
