/* The scenario's own table: composes the sections that the layers below own.
 *
 * Each layer owns the keys of its methods; here stands only what belongs to no layer. */
#include "scenario.h"

static const struct fray_field fields[] = {
    FRAY_FIELD(STRING, "name", struct fray_scenario, name, .required = true,
               .help = "name of the study; the default results folder is results/NAME"),
    FRAY_FIELD(STRING, "title", struct fray_scenario, title, .optional = true,
               .help = "what the study is called in the report; default: its name"),
    FRAY_FIELD(STRING, "description", struct fray_scenario, description, .optional = true,
               .help = "a sentence for the report"),
    FRAY_FIELD(NODE, "seeds", struct fray_scenario, seeds,
               .help = "trial seeds: a list, or {trial: [...], partition: fixed | per_trial | N, "
                       "corruption: fixed | per_trial | N}; default partition fixed, corruption "
                       "per_trial"),
    FRAY_FIELD(INT, "repeats", struct fray_scenario, repeats, .optional = true, .min = 1,
               .max = 100000, .help = "instead of seeds: that many, 1, 2, 3, ..."),
    FRAY_FIELD(SECTION, "data", struct fray_scenario, data, .section = &fray_data_table),
    FRAY_FIELD(SECTION, "model", struct fray_scenario, model, .section = &fray_model_table),
    FRAY_FIELD(SECTION, "training", struct fray_scenario, training,
               .section = &fray_training_table),
    FRAY_FIELD(
        NODE, "methods", struct fray_scenario, methods,
        .help = "named sets of keys that a study compares: {NAME: {KEY: value}}; `title` in a set "
                "is what the report calls it"),
    FRAY_FIELD(ITEMS, "corruption", struct fray_scenario, corruption,
               .section = &fray_corruption_table,
               .help = "damage, applied in order; each entry has a unique id"),
    FRAY_FIELD(
        NODE, "tests", struct fray_scenario, tests,
        .help = "conditions measured on each trained model without training again: "
                "{NAME: corruption entry}; a list for its strength gives a curve, `title` is what "
                "the report calls it"),
    FRAY_FIELD(SECTION, "evaluate", struct fray_scenario, evaluate,
               .section = &fray_evaluate_table),
    FRAY_FIELD(SECTION, "membership", struct fray_scenario, membership,
               .section = &fray_membership_table),
    FRAY_FIELD(NODE, "sweep", struct fray_scenario, sweep,
               .help =
                   "list of {grid: {KEY: [values]}} (all combinations) and {zip: {KEY: "
                   "[values]}} (in step); entries multiply. KEY: a dotted path, ID.KEY of a "
                   "corruption entry, or `method`. In place of [values], {NAME: value} gives maps "
                   "and lists a name, which tables and figures show"),
    FRAY_FIELD(NODE, "titles", struct fray_scenario, titles,
               .help =
                   "what the report calls that which has no section of its own, as text: keys: "
                   "{SWEPT KEY: title}, values: {SWEPT KEY: {value: title}}, conditions: {TEST: "
                   "title}, groups: {COLUMN: {title: title of the column, VALUE: title}}, "
                   "modalities: {NAME: title}, classes: {NAME: title}. No result depends on it"),
    FRAY_FIELD(NODE, "reference", struct fray_scenario, reference,
               .help = "the cell that others are compared with: {KEY: value}"),
    FRAY_FIELD(STRINGS, "controls", struct fray_scenario, controls, .def_text = "[]",
               .names = fray_control_names,
               .help =
                   "what the results are to be held against: unimodal (each modality alone, in "
                   "training and at test), all_missing (no modality at test), local_only (each "
                   "client by itself), clean (all strengths 0), matched_volume (of each method and "
                   "damage that drops or adds samples, a training of as many without its "
                   "choice)"),
    FRAY_FIELD(NODE, "baselines", struct fray_scenario, baselines,
               .help = "plain models of different strength that show how robust a clean score is "
                       "expected to be: {KEY: [values]} of swept keys; effective robustness needs "
                       "at least 8 that span 10 points"),
    FRAY_FIELD(NODE, "report", struct fray_scenario, report,
               .help = "what the page shows beyond the numbers: {samples: none | N}, how many test "
                       "samples of each damage with the largest change, and as many drawn at "
                       "random; default 4. A page with samples shows test data to whoever gets it"),
};
FRAY_TABLE(fray_scenario_table, "scenario", struct fray_scenario, fields,
           .help = "A scenario file. Relative paths start at its own folder.");
