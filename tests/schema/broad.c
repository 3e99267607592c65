#include "broad.h"

#include "fray/base/size.h"

static const struct fray_field local_fields[] = {
    FRAY_FIELD(INT, "epochs", struct local, epochs, .def = 1, .min = 1, .help = "passes"),
    FRAY_FIELD(INT, "limit", struct local, limit, .optional = true, .min = 1, .max = 9),
    FRAY_FIELD(REAL, "lr", struct local, lr, .def = 0.05, .min = 1e-8, .max = 10, .unit = "1/step",
               .help = "SGD step | size"),
    FRAY_FIELD(REAL, "clip", struct local, clip, .optional = true, .open_min = true),
    FRAY_FIELD(BOOL, "nesterov", struct local, nesterov),
};
static FRAY_TABLE(local_table, "local", struct local, local_fields, .help = "Local training.");

static const struct fray_field momentum_fields[] = {
    FRAY_FIELD(REAL, "lr", struct momentum, lr, .def = 1, .max = 10, .open_min = true),
    FRAY_FIELD(REAL, "momentum", struct momentum, momentum, .def = 0.9, .max = 1, .open_max = true),
};
static FRAY_TABLE(momentum_table, "momentum", struct momentum, momentum_fields);
static const struct fray_field adam_fields[] = {
    FRAY_FIELD(REAL, "lr", struct adam, lr, .required = true),
    FRAY_FIELD(REAL, "tau", struct adam, tau, .def = 1e-3),
};
static FRAY_TABLE(adam_table, "adam", struct adam, adam_fields);
static const struct fray_choice fedavg = {
    .name = "fedavg", .meaning = "Mean.", .source = "McMahan"};
static const struct fray_choice fedavgm = {
    .name = "fedavgm", .meaning = "Server momentum.", .table = &momentum_table};
static const struct fray_choice fedadam = {
    .name = "fedadam", .meaning = "Server Adam.", .table = &adam_table};
static const struct fray_choice *const algorithms_v[] = {&fedavg, &fedavgm, &fedadam};
static const struct fray_choices algorithms = {
    .what = "algorithm", .plural = "algorithms", .v = algorithms_v, .n = 3};
static const struct fray_field server_fields[] = {
    FRAY_FIELD(KIND, "algorithm", struct server, algorithm, .choices = &algorithms,
               .def_text = "fedavg", .help = "how updates are joined"),
    FRAY_FIELD(INT, "every", struct server, every, .def = 1, .min = 0, .max = INFINITY),
};
static FRAY_TABLE(server_table, "server", struct server, server_fields);

static enum fray_status check_training(const void *section, const struct fray_node *node,
                                       struct fray_err *err) {
  (void)node;
  const struct trained *t = section;
  FRAY_CHECK(!t->local.nesterov || t->local.epochs < 100, err, INPUT,
             "nesterov and %lld epochs do not go together", (long long)t->local.epochs);
  return FRAY_OK;
}
static const struct fray_field training_fields[] = {
    FRAY_FIELD(SECTION, "local", struct trained, local, .section = &local_table),
    FRAY_FIELD(SECTION, "server", struct trained, server, .section = &server_table),
    FRAY_FIELD(AMOUNT, "clients", struct trained, clients, .def_text = "0.1", .min = 1,
               .max = 1000),
};
static FRAY_TABLE(training_table, "training", struct trained, training_fields,
                  .check = check_training);

static const struct fray_field attention_fields[] = {
    FRAY_FIELD(INT, "heads", struct attention, heads, .def = 6, .min = 1, .max = 64),
};
static FRAY_TABLE(attention_table, "attention", struct attention, attention_fields);
static const struct fray_choice attention = {
    .name = "attention", .meaning = "Heads.", .source = "", .table = &attention_table};
static const struct fray_choice concat = {.name = "concat", .meaning = "Side by side."};
static const struct fray_choice *const fusions_v[] = {&attention, &concat};
static const struct fray_choices fusions = {
    .what = "fusion", .plural = "fusions", .v = fusions_v, .n = 2};
static const struct fray_choice mean = {.name = "mean", .meaning = "Mean over time."};
static const struct fray_choice last = {.name = "last", .meaning = "Last step."};
static const struct fray_choice *const poolings_v[] = {&mean, &last};
static const struct fray_choices poolings = {
    .what = "pooling", .plural = "poolings", .v = poolings_v, .n = 2};
static const struct fray_field model_fields[] = {
    FRAY_FIELD(KIND, "fusion", struct model, fusion, .choices = &fusions, .def_text = "attention"),
    FRAY_FIELD(KIND, "pooling", struct model, pooling, .choices = &poolings, .def_text = "mean"),
    FRAY_FIELD(INT, "hidden", struct model, hidden, .def = 128, .min = 1, .max = 4096),
};
static FRAY_TABLE(model_table, "model", struct model, model_fields);

static const struct fray_field symmetric_fields[] = {
    FRAY_FIELD(BOOL, "same", struct symmetric, same)};
static FRAY_TABLE(symmetric_table, "symmetric", struct symmetric, symmetric_fields);
static const struct fray_field matrix_fields[] = {
    FRAY_FIELD(REAL, "sparsity", struct matrix, sparsity, .max = 1),
    FRAY_FIELD(PATH, "path", struct matrix, path, .optional = true),
};
static FRAY_TABLE(matrix_table, "matrix", struct matrix, matrix_fields);
static const struct fray_choice symmetric = {
    .name = "symmetric", .meaning = "Alike.", .table = &symmetric_table};
static const struct fray_choice matrix = {
    .name = "matrix", .meaning = "By class.", .table = &matrix_table};
static const struct fray_choice *const noises_v[] = {&symmetric, &matrix};
static const struct fray_choices noises = {
    .what = "model", .plural = "models", .v = noises_v, .n = 2};
static const struct fray_field noise_fields[] = {
    FRAY_FIELD(KIND, "model", struct noise, model, .choices = &noises, .def_text = "symmetric"),
    FRAY_FIELD(REAL, "rate", struct noise, rate, .def = 0.1, .max = 1),
};
static FRAY_TABLE(noise_table, "label_noise", struct noise, noise_fields);
static const struct fray_choice label_noise = {
    .name = "label_noise", .meaning = "Wrong labels.", .table = &noise_table};
static const struct fray_choice nothing = {.name = "nothing", .meaning = "No damage."};
static const struct fray_choice *const kinds_v[] = {&label_noise, &nothing};
static const struct fray_choices kinds = {
    .what = "corruption", .plural = "corruptions", .v = kinds_v, .n = 2};
static const char *const at_names[] = {"train", "test", "both", NULL};
static const struct fray_field damage_fields[] = {
    FRAY_FIELD(STRING, "id", struct damage, id, .optional = true),
    FRAY_FIELD(KIND, "kind", struct damage, kind, .choices = &kinds),
    FRAY_FIELD(ENUM, "at", struct damage, at, .names = at_names, .def_text = "both"),
};
static FRAY_TABLE(damage_table, "corruption", struct damage, damage_fields);

static const char *const metric_names[] = {"accuracy", "macro_f1", "uar", NULL};
static const struct fray_field broad_fields[] = {
    FRAY_FIELD(STRING, "name", struct broad, name, .required = true, .help = "name of the study"),
    FRAY_FIELD(STRING, "note", struct broad, note, .optional = true),
    FRAY_FIELD(PATH, "shards", struct broad, shards, .optional = true),
    FRAY_FIELD(INTS, "seeds", struct broad, seeds, .def_text = "[8, 16]", .min = 0,
               .max = INFINITY),
    FRAY_FIELD(REALS, "rates", struct broad, rates, .max = 1),
    FRAY_FIELD(STRINGS, "metrics", struct broad, metrics, .def_text = "[accuracy]",
               .names = metric_names),
    FRAY_FIELD(STRINGS, "modalities", struct broad, modalities, .optional = true),
    FRAY_FIELD(SECTION, "training", struct broad, training, .section = &training_table),
    FRAY_FIELD(SECTION, "model", struct broad, model, .section = &model_table),
    FRAY_FIELD(ITEMS, "corruption", struct broad, corruption, .section = &damage_table),
    FRAY_FIELD(MAP, "tests", struct broad, tests, .section = &damage_table),
    FRAY_FIELD(NODE, "sweep", struct broad, sweep),
};
FRAY_TABLE(broad_table, "broad", struct broad, broad_fields, .help = "All types.");

const char *const broad_text =
    "name: \"study: one\"\n"
    "note: 'it''s \"so\"'\n"
    "shards: ../data/x\n"
    "seeds: [8, 16, 24]\n"
    "rates: [0, 1.0, 1e-1]\n"
    "metrics: uar\n"
    "modalities: [acc, \"7\"]\n"
    "training:\n"
    "  local: {epochs: 2, lr: 0.50, clip: 10, nesterov: true}\n"
    "  server: {algorithm: fedavgm, lr: 0.5}\n"
    "  clients: 1.0\n"
    "model: {fusion: attention, heads: 4, pooling: last}\n"
    "corruption:\n"
    "  - {id: wrong, kind: label_noise, model: matrix, sparsity: 0.4, rate: 0.2, at: train}\n"
    "  - nothing\n"
    "tests:\n"
    "  lost: {kind: label_noise, same: true}\n"
    "  none: nothing\n"
    "sweep:\n"
    "  - grid: {a.b: [0, 0.1], c: [x, [y, {z: 1}]]}\n"
    "  - zip: {}\n";
