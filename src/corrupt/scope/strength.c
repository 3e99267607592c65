/* How strong an entry is, by which key, and which way that key grows: asked of the kind, so that
 * nobody else needs to know one by name. */
#include "scope.h"

#include <string.h>

static const struct fray_strength rate_key = {"rate", "share", 0, 1};
static const struct fray_strength severity_key = {"severity", "level", 0, 1};

/* A kind uses a common key if it has a row for it. */
static bool uses(const struct fray_choice *kind, const char *key) {
  return kind->table && fray_schema_field(kind->table, NULL, key);
}

/* Labels at test are the truth: scores against damaged ones would measure the damage. */
bool fray_corruption_fits_test(const struct fray_choice *kind) {
  const struct fray_corruption_ops *ops = kind->impl;
  return !ops->labels;
}

bool fray_corruption_is_usual(const struct fray_choice *kind) {
  const struct fray_corruption_ops *ops = kind->impl;
  return ops->usual;
}

bool fray_corruption_removes(const struct fray_choice *kind) {
  const struct fray_corruption_ops *ops = kind->impl;
  return ops->removes;
}

/* For pages and benches that go over all kinds: what they declare, without knowing one by name. */
const struct fray_signal_ops *fray_corruption_signal(const struct fray_choice *kind) {
  const struct fray_corruption_ops *ops = kind->impl;
  return ops->signal;
}

bool fray_corruption_damages_signals(const struct fray_choice *kind) {
  const struct fray_corruption_ops *ops = kind->impl;
  return ops->signal != NULL;
}

/* Kinds that change the population take modalities away or leave labels wrong: what a modality is
 * made of is nothing to them. */
bool fray_corruption_fits_modality(const struct fray_choice *kind,
                                   enum fray_modality_kind modality) {
  const struct fray_corruption_ops *ops = kind->impl;
  return !ops->signal || ops->signal->kinds >> modality & 1;
}

/* A signal kind that is on or off, as a coder or a mirror, is as strong as the share that it hits.
 */
struct fray_strength fray_corruption_strength(const struct fray_choice *kind) {
  const struct fray_corruption_ops *ops = kind->impl;
  return ops->signal && !ops->signal->strength ? rate_key : ops->strength;
}

/* A kind whose published severities are no amounts says so, and then the axis has no direction. */
static struct fray_strength severity_of(const struct fray_choice *kind) {
  const struct fray_corruption_ops *ops = kind->impl;
  struct fray_strength out = severity_key;
  if (ops->signal && ops->signal->grows == FRAY_GROWS_NOT)
    out.worse = 0;
  return out;
}

/* Keys that nobody declared have no order: a curve over a frequency is drawn, and nothing is said
 * to be lost along it. */
struct fray_strength fray_corruption_key(const struct fray_choice *kind, const char *key) {
  const struct fray_strength own = fray_corruption_strength(kind);
  if (own.key && strcmp(own.key, key) == 0)
    return own;
  if (strcmp(key, rate_key.key) == 0 && uses(kind, key))
    return rate_key;
  if (strcmp(key, severity_key.key) == 0 && uses(kind, key))
    return severity_of(kind);
  /* A key that the kind does not have has no unit; whether it may be swept is not asked here. */
  const struct fray_field *field = kind->table ? fray_schema_field(kind->table, NULL, key) : NULL;
  return (struct fray_strength){key, field && field->unit ? field->unit : "", NAN, 0};
}

const char *fray_corruption_exceptions(const struct fray_corruption_config *entry) {
  static const char key[] = "rate_by";
  const struct fray_table *table = entry->kind.choice->table;
  const struct fray_field *field = table ? fray_schema_field(table, NULL, key) : NULL;
  if (!field || field->type != FRAY_NODE || !entry->kind.params)
    return NULL;
  const struct fray_node *by;
  memcpy(&by, (const char *)entry->kind.params + field->offset, sizeof by);
  for (const struct fray_node *v = by && by->child ? by->child->child : NULL; v; v = v->next) {
    double rate;
    if (fray_node_real(v, &rate) && rate > 0)
      return key;
  }
  return NULL;
}

struct fray_strength fray_corruption_key_of(const struct fray_corruption_config *entry,
                                            const char *key) {
  struct fray_strength out = fray_corruption_key(entry->kind.choice, key);
  if (strcmp(key, rate_key.key) == 0 && fray_corruption_exceptions(entry))
    out.none = NAN;
  return out;
}

/* Of kinds without the key the member is 0, as nothing has filled it. */
bool fray_corruption_by_severity(const struct fray_corruption_config *entry) {
  return fray_corruption_ops_of(entry)->signal && uses(entry->kind.choice, severity_key.key) &&
         entry->severity != INT64_MIN;
}

struct fray_strength fray_corruption_measure(const struct fray_corruption_config *entry) {
  const struct fray_strength own = fray_corruption_strength(entry->kind.choice);
  if (fray_corruption_by_severity(entry))
    return severity_of(entry->kind.choice);
  return own.key ? fray_corruption_key_of(entry, own.key) : own;
}

/* What was asked for, as it was asked for: of a severity its level, since the strength behind it
 * differs by modality. */
double fray_corruption_nominal(const struct fray_corruption_config *entry) {
  const struct fray_corruption_ops *ops = fray_corruption_ops_of(entry);
  if (fray_corruption_by_severity(entry))
    return (double)entry->severity;
  if (ops->signal)
    return ops->signal->strength ? ops->signal->strength(entry->kind.params) : entry->rate;
  return ops->strength.key && strcmp(ops->strength.key, rate_key.key) == 0 ? entry->rate : NAN;
}

/* Every kind of raw values has its whom from rates.c; whether its draws leave more strength at more
 * of the same it says itself: a law of the list holds both. */
unsigned fray_corruption_nests(const struct fray_corruption_config *entry) {
  const struct fray_corruption_ops *ops = fray_corruption_ops_of(entry);
  if (!ops->nests)
    return !ops->signal                            ? 0
           : ops->signal->grows == FRAY_GROWS_EACH ? FRAY_NESTS_SET | FRAY_NESTS_VALUE
                                                   : FRAY_NESTS_SET;
  return ops->nests(entry);
}
