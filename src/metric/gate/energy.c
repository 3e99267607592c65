/* Free energy of the logits: small where the model has much evidence for anything at all. Of one
 * modality: of the logits with that modality alone, so that the others cannot make up for it. */
#include "fray/metric/gate.h"

#include <math.h>

struct energy {
  double temperature;
};
static const struct fray_field fields[] = {
    FRAY_FIELD(REAL, "temperature", struct energy, temperature, .def = 1, .min = 0,
               .open_min = true, .max = 1e6, .help = "T: logits are divided by it"),
};
static FRAY_TABLE(table, "energy", struct energy, fields, .help = "-T log sum exp(z / T).");

/* Of a modality that is not there nothing can be said: that it is missing the model knows. */
static void value(const struct fray_gate_score *score, const struct fray_gate_view *of,
                  double *work, double *out) {
  const struct energy *p = score->params;
  const double *z = score->modality == FRAY_GATE_WHOLE ? of->logits : of->alone[score->modality];
  (void)work;
  if (!z) {
    *out = NAN;
    return;
  }
  const double energy = -fray_gate_log_sum(of->classes, z, p->temperature);
  *out = isnan(energy) ? (double)INFINITY : energy;
}

static const struct fray_gate_score_ops ops = {
    .of_whole = true, .of_modality = true, .reads_alone = FRAY_GATE_ALONE, .value = value};
extern const struct fray_choice fray_gate_score_energy;
const struct fray_choice fray_gate_score_energy = {
    .name = "energy",
    .meaning = "free energy of the logits; of a modality with that one alone",
    .source = "Liu et al. 2020, arXiv 2010.03759",
    .table = &table,
    .impl = &ops,
};
