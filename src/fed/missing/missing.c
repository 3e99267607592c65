/* The list of methods that cope with missing modalities, and the section that chooses one. What a
 * method has keys for stands in its own file. */
#include "fray/fed/missing.h"

#include "fray/base/size.h"

#define FRAY_LIST "missing.def"
#define FRAY_MISSING(name) FRAY_LISTED(fray_missing_##name)
#include "fray/schema/registry.inc"
const struct fray_choices fray_missing_methods = {.what = "method for missing modalities",
                                                  .plural = "missing",
                                                  .v = registry,
                                                  .n = FRAY_COUNT(registry)};

static const struct fray_field fields[] = {
    FRAY_FIELD(KIND, "kind", struct fray_missing_config, kind, .def_text = "mask",
               .choices = &fray_missing_methods,
               .help = "what stands for a modality that a sample lacks, or how training prepares "
                       "for it (`fray list missing`)"),
};
FRAY_TABLE(fray_missing_table, "missing", struct fray_missing_config, fields,
           .help = "What copes with modalities that samples lack.");
