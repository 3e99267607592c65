/* Keys of the section `training.local`. Defaults are those of FedMultimodal's UCI-HAR, with sgd;
 * what a method has of its own (momentum, betas, q) is in its table and stands beside these keys.
 */
#include "fray/nn/loss.h"
#include "fray/nn/optimiser.h"

static const char *const sampling_names[] = {"shuffled", "balanced", NULL};

static const char *const decay_rows_names[] = {"seen", "all", NULL};

static const struct fray_field fields[] = {
    FRAY_FIELD(INT, "epochs", struct fray_local_config, epochs, .def = 1, .min = 1, .max = 10000,
               .help = "passes over a client's samples per round"),
    FRAY_FIELD(INT, "batch", struct fray_local_config, batch, .def = 16, .min = 1, .max = 65536,
               .unit = "samples", .help = "samples per training step"),
    FRAY_FIELD(KIND, "optimiser", struct fray_local_config, optimiser, .def_text = "sgd",
               .choices = &fray_optimisers,
               .help = "how a gradient moves the weights; its state starts anew each round"),
    FRAY_FIELD(REAL, "lr", struct fray_local_config, lr, .def = 0.05, .min = 1e-8, .max = 10,
               .help = "step size; adam and adamw want far smaller ones (0.001) than sgd"),
    FRAY_FIELD(REAL, "weight_decay", struct fray_local_config, weight_decay, .def = 1e-5, .min = 0,
               .max = 1,
               .help = "L2 penalty: this times the weights is added to the gradient; adamw takes "
                       "lr times this of the weights off them instead"),
    FRAY_FIELD(ENUM, "weight_decay_rows", struct fray_local_config, weight_decay_rows,
               .def_text = "seen", .names = decay_rows_names,
               .help = "tables of which a batch names few rows, as those of words: seen: a row has "
                       "weight decay from the step on in which a batch of the client names it, "
                       "until the client's round is over, and none before, so that rows that "
                       "nobody names stay as they are; all: every row has it in every step. Other "
                       "tensors always have it"),
    FRAY_FIELD(REAL, "clip_norm", struct fray_local_config, clip_norm, .def = 10, .min = 0,
               .max = 1e9,
               .help = "largest L2 norm of a gradient; longer ones are scaled down to "
                       "it; 0 means off"),
    FRAY_FIELD(
        KIND, "loss", struct fray_local_config, loss, .def_text = "cross_entropy",
        .choices = &fray_losses,
        .help = "what training makes small; scores do not use it. Multi-label data take bce unless "
                "one is given"),
    FRAY_FIELD(NODE, "class_weights", struct fray_local_config, class_weights,
               .help =
                   "weight of a sample's loss by its class: none (1); balanced (all samples over "
                   "those of the class times the number of classes, counted over the training "
                   "samples of all clients that damage leaves); or a map from classes to numbers "
                   "above 0, 1 for the others. Not for sets of classes. Default none."),
    FRAY_FIELD(ENUM, "sampling", struct fray_local_config, sampling, .def_text = "shuffled",
               .names = sampling_names,
               .help = "shuffled: an epoch shows each sample once; balanced: as many samples as "
                       "there are, in equal parts of each class that the client holds, so that "
                       "those of rare classes come several times. Not for sets of classes"),
};

static enum fray_status check(const void *section, const struct fray_node *node,
                              struct fray_err *err) {
  (void)node;
  return fray_class_weights_check(((const struct fray_local_config *)section)->class_weights, err);
}

FRAY_TABLE(fray_local_table, "local", struct fray_local_config, fields,
           .help = "Training of a client between two exchanges.", .check = check);
