/* The section `report` of a scenario: read the same way by who runs a study and who reports on it.
 */
#include "fray/results/report_section.h"

#include <stdlib.h>
#include <string.h>

/* Strict, as numbers of a scenario are: no sign, no blank, nothing behind it. */
bool fray_shown_samples(const char *text, size_t *n) {
  const size_t length = strlen(text);
  *n = 0;
  if (strcmp(text, "none") == 0)
    return true;
  if (length < 1 || length > 3 || strspn(text, "0123456789") != length)
    return false;
  *n = strtoul(text, NULL, 10);
  return *n >= 1 && *n <= FRAY_MOST_SHOWN_SAMPLES;
}

static enum fray_status check(const void *section, const struct fray_node *node,
                              struct fray_err *err) {
  (void)node;
  const struct fray_report_section *s = section;
  size_t n;
  FRAY_CHECK(!s->samples || fray_shown_samples(s->samples, &n), err, INPUT,
             "samples: '%s' is neither none nor a whole number from 1 to %d", s->samples,
             FRAY_MOST_SHOWN_SAMPLES);
  return FRAY_OK;
}

static const struct fray_field fields[] = {
    FRAY_FIELD(STRING, "samples", struct fray_report_section, samples, .optional = true,
               .help = "how many test samples the page shows of each damage: so many with the "
                       "largest change and as many drawn at random; none: no data"),
    FRAY_FIELD(REALS, "reach", struct fray_report_section, reach, .optional = true, .min = -1e9,
               .max = 1e9,
               .help =
                   "scores on the dev data, of the metric that selects the round: measures say in "
                   "which round each model first reached them, and at what simulated time"),
};
FRAY_TABLE(fray_report_table, "report", struct fray_report_section, fields,
           .help = "What the page shows beyond the numbers.", .check = check);

enum fray_status fray_report_section_read(const struct fray_node *node, size_t *samples,
                                          struct fray_err *err) {
  struct fray_arena arena = {0};
  struct fray_report_section section = {0};
  *samples = FRAY_SHOWN_SAMPLES;
  if (!node || node->kind == FRAY_NODE_NULL)
    return FRAY_OK;
  enum fray_status status =
      fray_schema_read(&fray_report_table, node, "report", &section, &arena, err);
  if (status == FRAY_OK && section.samples)
    fray_shown_samples(section.samples, samples); /* the check has seen that it is one */
  fray_arena_free(&arena);
  return status;
}
