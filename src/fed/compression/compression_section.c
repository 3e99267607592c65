/* The list of coders, the section that chooses one, and the way of an update through it. */
#include "fray/base/size.h"
#include "fray/fed/algorithm.h"
#include "fray/fed/compression.h"
#include "fray/tensor/vec.h"

#include <math.h>
#include <string.h>

#define FRAY_LIST "compressions.def"
#define FRAY_COMPRESSION(name) FRAY_LISTED(fray_compression_##name)
#include "fray/schema/registry.inc"
const struct fray_choices fray_compressions = {
    .what = "compression", .plural = "compressions", .v = registry, .n = FRAY_COUNT(registry)};

static const struct fray_field fields[] = {
    FRAY_FIELD(KIND, "kind", struct fray_compression_config, kind, .def_text = "uncompressed",
               .choices = &fray_compressions,
               .help = "how clients code the updates that they send (`fray list compressions`)"),
    FRAY_KEEP_FIELD(struct fray_compression_config, keep),
};
FRAY_TABLE(fray_compression_table, "compression", struct fray_compression_config, fields,
           .help = "Compression of what clients send.");

double fray_coded_bytes(const struct fray_compression_config *config, struct fray_sent sent) {
  const struct fray_coder_ops *ops = fray_coder_of(config);
  const size_t coded = sent.values - sent.plain;
  return (coded ? ops->bytes(config->kind.params, coded) : 0) +
         (double)sent.plain * (double)sizeof(float);
}

/* A coder must not see padding: one bit has no zero, and a share is of what travels. So tensors are
 * laid side by side, and come back to their places. */
bool fray_code_update(const struct fray_compression_config *config, const struct fray_coding *of,
                      const struct fray_param_table *table, const uint8_t *travels, float *update,
                      float *error, float *scratch) {
  const struct fray_coder_ops *ops = fray_coder_of(config);
  size_t n = 0;
  if (!ops->code)
    return true;
  for (size_t t = 0; t < table->n; t++) {
    const size_t first = table->v[t].offset, size = table->v[t].size;
    if (travels && !travels[t])
      continue;
    for (size_t k = 0; k < size && error; k++)
      update[first + k] += error[first + k];
    memcpy(scratch + n, update + first, size * sizeof *scratch);
    n += size;
  }
  if (n == 0) /* a client that holds nothing of what is shared */
    return true;
  ops->code(config->kind.params, of, n, scratch);
  n = 0;
  for (size_t t = 0; t < table->n; t++) {
    const size_t first = table->v[t].offset, size = table->v[t].size;
    if (travels && !travels[t])
      continue;
    /* Of the float that is sent, so that nothing is lost between what is kept and what went. */
    for (size_t k = 0; k < size && error; k++)
      error[first + k] = update[first + k] - scratch[n + k];
    memcpy(update + first, scratch + n, size * sizeof *scratch);
    n += size;
  }
  return isfinite(fray_vec_norm2(n, scratch));
}
