/* Keys of the section `model`. What an encoder or fusion has of its own stands in its own table,
 * and beside the key that chooses it. */
#include "fray/model/model.h"

static const struct fray_field encoder_fields[] = {
    FRAY_FIELD(KIND, "kind", struct fray_encoder_config, kind, .required = true,
               .choices = &fray_encoders, .help = "Encoder of this modality"),
};
static FRAY_TABLE(encoder_table, "encoder", struct fray_encoder_config, encoder_fields,
                  .help = "The encoder of one modality");

static const char *const selections[] = {"best", "last", NULL}; /* enum fray_selection */

/* The folder first, since it alone may be given. A trial is named, or a cell is, whose trials then
 * go to the seeds; both at once could contradict each other. */
static const struct fray_field start_fields[] = {
    FRAY_FIELD(PATH, "results", struct fray_start_config, results, .optional = true,
               .help =
                   "Results folder whose kept models training starts from: tensors of the same "
                   "name and shape are taken, the others are drawn. Seed S starts from the "
                   "model of seed S where the folder has one, else from that of its first seed"),
    FRAY_FIELD(NODE, "cell", struct fray_start_config, cell, .shape = FRAY_SHAPE_TEXTS,
               .help = "Which cell of a swept study: {KEY: VALUE} of its swept keys"),
    FRAY_FIELD(STRING, "trial", struct fray_start_config, trial, .optional = true,
               .help = "Name of one trial, whose model all seeds start from"),
    FRAY_FIELD(ENUM, "selection", struct fray_start_config, selection, .def_text = "best",
               .names = selections,
               .help = "The model of the round that dev selected, or of the last round"),
    FRAY_FIELD(STRINGS, "hash", struct fray_start_config, hash, .optional = true,
               .help = "Hashes of the models that may be meant, as fray check prints them; another "
                       "one is refused"),
};

/* Keys without a folder would be silently of no effect. Whether the folder holds such a model is
 * looked at when the study is loaded: only then it is known whether anybody needs it. */
static enum fray_status check_start(const void *section, const struct fray_node *node,
                                    struct fray_err *err) {
  const struct fray_start_config *start = section;
  (void)node;
  FRAY_CHECK(start->results || (!start->trial && !start->cell && start->hash.n == 0), err, INPUT,
             "results: is missing: which results folder holds the model?");
  FRAY_CHECK(!start->results || start->results[0], err, INPUT, "results: is empty");
  FRAY_CHECK(!start->trial || !start->cell, err, INPUT,
             "trial and cell do not go together: a trial is of one cell");
  return FRAY_OK;
}
FRAY_TABLE(fray_start_table, "start", struct fray_start_config, start_fields, .bare = "results",
           .check = check_start, .help = "The kept model that training starts from");

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
    FRAY_FIELD(SECTION, "start", struct fray_model_config, start, .section = &fray_start_table,
               .help = "Weights to start from in place of drawn ones: a results folder, or "
                       "{results: FOLDER, ...}"),
};
FRAY_TABLE(fray_model_table, "model", struct fray_model_config, model_fields,
           .help = "Encoders, fusion and head");
