/* HDF5 files in the making: written beside their place, sealed with a hash of all their bytes, and
 * only then renamed into it. */
#include "fray/results/output.h"

#include "fray/base/checksums.h"
#include "fray/base/file.h"
#include "fray/base/seal.h"

#include <string.h>

/* Sealed files have room for their hash in front of what HDF5 knows of. */
enum fray_status fray_output_open(struct fray_output *output, const char *path,
                                  struct fray_err *err) {
  /* The caller says so afterwards, of the few files that have a line in the checksums. */
  output->listed_in = NULL;
  FRAY_TRY(fray_draft_open(path, &output->draft, err));
  enum fray_status status = fray_h5_create_sealed(output->draft.path, &output->file, err);
  if (status != FRAY_OK) {
    fray_draft_blame(&output->draft, err);
    fray_draft_drop(&output->draft);
  }
  return status;
}

/* The file is whole and closed: it gets its seal, and its line in the folder's checksums. */
static enum fray_status vouch(const struct fray_output *output, struct fray_err *err) {
  FRAY_TRY(fray_seal_write(output->draft.path, err));
  if (!output->listed_in)
    return FRAY_OK;
  const char *slash = strrchr(output->draft.target, '/');
  struct fray_checksum sum = {.name = slash ? slash + 1 : output->draft.target};
  FRAY_TRY(fray_file_hash(output->draft.path, sum.hash, err));
  return fray_checksums_promise(output->listed_in, &sum, 1, err);
}

/* HDF5 writes most of the file when it is closed, so a full disk shows only here: the draft is
 * dropped, and what stood in its place stays. */
enum fray_status fray_output_close(struct fray_output *output, enum fray_status status,
                                   struct fray_err *err) {
  struct fray_err closing = {0};
  enum fray_status closed = fray_h5_close(output->file, &closing);
  /* The first error is the one to tell: closing fails after a failed write as well. */
  if (status == FRAY_OK && closed != FRAY_OK) {
    status = closed;
    if (err)
      *err = closing;
  }
  if (status == FRAY_OK)
    status = vouch(output, err);
  if (status == FRAY_OK)
    return fray_draft_publish(&output->draft, true, err);
  fray_draft_blame(&output->draft, err);
  fray_draft_drop(&output->draft);
  return status;
}
