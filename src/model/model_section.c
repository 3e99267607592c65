/* Keys of the section `model`. What an encoder or fusion has of its own stands in its own table,
 * and beside the key that chooses it. */
#include "fray/model/model.h"

static const struct fray_field encoder_fields[] = {
    FRAY_FIELD(KIND, "kind", struct fray_encoder_config, kind, .required = true,
               .choices = &fray_encoders, .help = "Encoder of this modality"),
};
static FRAY_TABLE(encoder_table, "encoder", struct fray_encoder_config, encoder_fields,
                  .help = "The encoder of one modality");

static const struct fray_field model_fields[] = {
    FRAY_FIELD(KIND, "fusion", struct fray_model_config, fusion, .def_text = "attention",
               .choices = &fray_fusions, .help = "How the modalities are joined"),
    FRAY_FIELD(INT, "hidden", struct fray_model_config, hidden, .def = 128, .min = 1, .max = 8192,
               .help = "Width of the tokens that encoders give"),
    FRAY_FIELD(REAL, "dropout", struct fray_model_config, dropout, .def = 0.1, .min = 0, .max = 1,
               .open_max = true,
               .help = "Probability of dropout in encoders and head while training"),
    FRAY_FIELD(
        INT, "head", struct fray_model_config, head, .def = 64, .min = 0, .max = 65536,
        .help = "Hidden units between the fused vector and the classes; 0: none. With late fusion "
                "of each modality's head"),
    FRAY_FIELD(MAP, "encoders", struct fray_model_config, encoders, .section = &encoder_table,
               .help = "Encoder per modality; by default conv_gru for sequences, cnn for images, "
                       "mlp for vectors, text for texts"),
    FRAY_FIELD(BOOL, "encode_absent_as_zeros", struct fray_model_config, encode_absent_as_zeros,
               .help = "As FedMultimodal: absent inputs are encoded as zeros; concat counts them, "
                       "the other fusions mask them; no encoder rests. Set by "
                       "`compat: fedmultimodal` of missing_modality"),
};
FRAY_TABLE(fray_model_table, "model", struct fray_model_config, model_fields,
           .help = "Encoders, fusion and head");
