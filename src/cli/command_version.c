/* fray version: the version of the program, and the libraries that it uses here. */
#include "commands.h"

#include "fray/base/version.h"
#include "fray/codec/codec.h"
#include "fray/codec/words.h"
#include "fray/h5/h5.h"
#include "fray/tensor/blas.h"
#include "fray/tensor/vec.h"

#include <stdlib.h>

/* Where OpenBLAS cannot be loaded the other names are told all the same: they are what a person is
 * asked for who says that it cannot. */
static enum fray_status run(const struct cli_call *call, struct fray_err *err) {
  (void)call;
  const enum fray_status loaded = fray_blas_start(err);
  fray_print("fray %s\n", fray_version);
  fray_print("  MPI        %s\n", fray_comm_version());
  if (loaded == FRAY_OK)
    fray_print("  OpenBLAS   %s, kernel %s\n", fray_blas_version(), fray_blas_kernel());
  fray_print("  vectors    %s\n", fray_vec_level());
  fray_print("  HDF5       %s\n", fray_h5_version());
  fray_print("  sound      %s\n", fray_sound_library());
  fray_print("  pictures   %s\n", fray_picture_library());
  fray_print("  text       %s\n", fray_unicode_library());
  /* Nothing is said of scenarios where none came with the program, as in a container. */
  char *share = cli_share();
  if (share)
    fray_print("  scenarios  %s/scenarios\n", share);
  free(share);
  const char *pinned = fray_blas_pinned();
  if (pinned)
    fray_print("  warning: %s pins a slower OpenBLAS kernel than this CPU has\n", pinned);
  return loaded;
}

/* Takes nothing: what it prints is what a report of a fault should begin with. */
const struct cli_command cli_version = {
    .name = "version",
    .meaning = "name the version and the libraries in use",
    .about = "Names the version of the program, the libraries that it uses here, and where the "
             "scenarios lie that came with it.",
    .exits = CLI_SAID({"0", "done"}, {"2", "OpenBLAS could not be loaded"}),
    .also = "help",
    .run = run};
