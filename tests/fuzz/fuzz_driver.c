/* The door for libFuzzer. The target's name stands in FRAY_FUZZ_TARGET, not among the arguments:
 * libFuzzer starts itself again with those that it knows. */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct fuzz_target *target;

int LLVMFuzzerInitialize(int *argc, char ***argv) {
  const char *name = getenv("FRAY_FUZZ_TARGET");
  (void)argc;
  (void)argv;
  target = name ? fuzz_find(name) : NULL;
  if (!target) {
    fprintf(stderr, "FRAY_FUZZ_TARGET=%s: this program has no such target; it has:\n",
            name ? name : "");
    for (size_t i = 0; i < fuzz_n_targets; i++)
      if (fuzz_targets[i].run)
        fprintf(stderr, "%s %zu\n", fuzz_targets[i].name, fuzz_targets[i].most);
    exit(2);
  }
  fuzz_begin();
  atexit(fuzz_end);
  return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size <= target->most)
    target->run(data, size);
  return 0;
}
