/* The keys of the section `data`. */
#include "fray/feature/data_section.h"

static const struct fray_field fields[] = {
    FRAY_FIELD(PATH, "shards", struct fray_data_config, shards, .required = true,
               .help = "folder, file or glob of HDF5 shards"),
    FRAY_FIELD(STRINGS, "modalities", struct fray_data_config, modalities, .optional = true,
               .help = "modalities to use, in this order; default: all that the shards hold"),
    FRAY_FIELD(MAP, "features", struct fray_data_config, features, .section = &fray_feature_table,
               .help = "how features are made, by name of the modality"),
    /* Of one rank, as ranks share no memory: a machine with many of them holds as many caches. */
    FRAY_FIELD(INT, "cache_mb", struct fray_data_config, cache_mb, .def = 512, .min = 0,
               .max = 1 << 24, .unit = "MiB",
               .help = "bound of the feature cache of one rank; encodings that stay take half of "
                       "it at most"),
    FRAY_FIELD(SECTION, "partition", struct fray_data_config, partition,
               .section = &fray_partition_table),
};
FRAY_TABLE(fray_data_table, "data", struct fray_data_config, fields,
           .help = "Shards, modalities, features and partition.");
