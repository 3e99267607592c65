/* fray version: the version of the program, and the libraries that it uses here. */
#include "commands.h"

#include "fray/base/confine.h"
#include "fray/base/version.h"
#include "fray/codec/codec.h"
#include "fray/codec/words.h"
#include "fray/h5/h5.h"
#include "fray/tensor/blas.h"
#include "fray/tensor/vec.h"

#include <stdarg.h>
#include <stdlib.h>

/* OpenBLAS names all that it was built with; paths are not parted. */
static void print_library(const char *name, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static void print_library(const char *name, const char *format, ...) {
  enum { INDENT = 13, WIDTH = 80 };
  struct fray_text words = {0}, text = {0};
  va_list args;
  va_start(args, format);
  fray_text_vprintf(&words, format, args);
  va_end(args);
  fray_text_wrap(&text, words.data ? words.data : "", INDENT, WIDTH);
  fray_print("  %-*s%s\n", INDENT - 2, name, text.data ? text.data : "");
  fray_text_free(&words);
  fray_text_free(&text);
}

/* Where OpenBLAS cannot be loaded the other names are told all the same: they are what a person is
 * asked for who says that it cannot. */
static enum fray_status run(const struct cli_call *call, struct fray_err *err) {
  (void)call;
  const enum fray_status loaded = fray_blas_start(err);
  fray_print("fray %s\n", fray_version);
  /* MPI before all others: it is what reports of faults are most often about. */
  print_library("MPI", "%s", fray_comm_version());
  if (loaded == FRAY_OK)
    print_library("OpenBLAS", "%s, kernel %s", fray_blas_version(), fray_blas_kernel());
  print_library("vectors", "%s", fray_vec_level());
  print_library("HDF5", "%s", fray_h5_version());
  print_library("sound", "%s", fray_sound_library());
  print_library("pictures", "%s", fray_picture_library());
  print_library("confined",
                "HDF5 files, pictures and sounds are read in processes of their own: %s",
                fray_confined_by());
  print_library("Unicode", "%s", fray_unicode_library());
  /* Nothing is said of scenarios where none came with the program, as in a container. */
  char *share = cli_share();
  if (share)
    fray_print("  scenarios  %s/scenarios\n", share);
  free(share);
  /* Bytes depend on the kernel: whoever compares two machines looks here first. */
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
