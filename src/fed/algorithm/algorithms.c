/* The list of algorithms, and the section that chooses one. */
#include "fray/base/size.h"
#include "fray/fed/algorithm.h"

#include <string.h>

#define FRAY_LIST "algorithms.def"
#define FRAY_ALGORITHM(name) FRAY_LISTED(fray_algorithm_##name)
#include "fray/schema/registry.inc"
const struct fray_choices fray_algorithms = {
    .what = "server algorithm", .plural = "servers", .v = registry, .n = FRAY_COUNT(registry)};

/* The section keeps its old name: users know server optimisers there, and clients' methods joined
 * them. */
static const struct fray_field fields[] = {
    FRAY_FIELD(KIND, "algorithm", struct fray_server_config, algorithm, .def_text = "fedavg",
               .choices = &fray_algorithms,
               .help = "what clients and server do with the updates of a round"),
};
FRAY_TABLE(fray_server_table, "server", struct fray_server_config, fields,
           .help = "The algorithm of the federation, and how its server moves the global model.");

const char *const fray_keep_names[] = {"memory", "disk", NULL};

enum fray_keep fray_keep_of(const struct fray_variant *algorithm) {
  const struct fray_algorithm_ops *ops = algorithm->choice->impl;
  /* Copied: nothing says that an offset into a stranger's struct is aligned. */
  int keep = FRAY_KEEP_MEMORY;
  if (ops->client_vectors || ops->sample_floats)
    memcpy(&keep, (const char *)algorithm->params + ops->keep, sizeof keep);
  return (enum fray_keep)keep;
}
