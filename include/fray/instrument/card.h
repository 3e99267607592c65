/* A service card: what finished studies say of a model, in the headings of AWS's service cards,
 * each number with a footnote to the file and the column that it is from. What somebody wrote is
 * marked as typed, and what nobody wrote or tested is called so. */
#ifndef FRAY_INSTRUMENT_CARD_H
#define FRAY_INSTRUMENT_CARD_H

#include "fray/base/status.h"
#include "fray/base/text.h"

#include <stdbool.h>
#include <stddef.h>

struct fray_card_wish {
  const char *const *folder; /* (n) results folders, at least one */
  size_t n;
  const char *intent; /* YAML file of what is typed; NULL: nothing is */
  const char *out;    /* file to write, as its name ends: .md or .html; NULL: the card is said */
  bool overwrite;
};
/** Reads the folders, which stay as they are, and writes the card, or appends it to said. INPUT,
 * nothing written: what fray_matrix refuses; an intent with unknown keys, or with digits where a
 * number would pass for a measured one; a red team's folder of other trainings; a name of another
 * form than these, of a file that is there, or in a folder of theirs. IO. */
enum fray_status fray_card(const struct fray_card_wish *wish, struct fray_text *said,
                           struct fray_err *err);

#endif
