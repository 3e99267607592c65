/* How often a sample is answered as somebody wanted it to be. */
#include "fray/fed/evaluate.h"

static bool wanted(const int16_t *lure, size_t modalities, int16_t class) {
  for (size_t m = 0; m < modalities; m++)
    if (class >= 0 && lure[m] == class)
      return true;
  return false;
}

/* Who has no label is lured by nothing that could be told from what is true; damage chose no donor
 * for such a sample. Each modality may want another class: one of them is enough. */
void fray_score_lured(const int16_t *predicted, const int16_t *base, const int16_t *lure, size_t n,
                      size_t modalities, const int32_t *label, const uint8_t *mask,
                      struct fray_scored *out) {
  out->lured.has_base = base != NULL;
  for (size_t i = 0; i < n; i++) {
    const int16_t *mine = lure + i * modalities;
    bool any = false;
    for (size_t m = 0; m < modalities; m++)
      any = any || mine[m] >= 0;
    if (!any || (mask && !mask[i]) || label[i] < 0)
      continue;
    out->lured.n++;
    out->lured.taken += wanted(mine, modalities, predicted[i]);
    out->lured.kept += predicted[i] == label[i];
    out->lured.refused += fray_is_refused(predicted[i]);
    out->lured.base += base && wanted(mine, modalities, base[i]);
  }
}
