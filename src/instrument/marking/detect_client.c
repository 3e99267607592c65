/* The values of one client in one modality, as a condition leaves them, and what is found in them.
 */
#include "detect_parts.h"

#include "fray/base/size.h"
#include "fray/corrupt/raw.h"

#include <stdlib.h>
#include <string.h>

/* What a condition leaves alone is found as it is found clean: it has no rows of its own. */
unsigned detect_touched(const struct detect *d, const struct detect_view *view) {
  const struct fray_dataset *data = d->data[view->set];
  unsigned touched = 0;
  for (size_t m = 0; m < data->n_modalities; m++)
    for (size_t i = 0; d->bank[m] && i < d->n[view->set] && !(touched >> m & 1); i++) {
      const bool is_lost = (view->none->present[i] & ~view->damage->present[i]) >> m & 1;
      const uint64_t key = fray_signal_key(view->damage->signal, d->sample[view->set][i], m);
      if (view->condition == 0 || is_lost || key != 0)
        touched |= 1u << m;
    }
  return touched;
}

/* By doubling, as nobody knows how many clients have how many values. */
static enum fray_status add(struct detect *d, const struct detect_row *row, struct fray_err *err) {
  if (d->n_rows == d->room) {
    const size_t room = d->room ? 2 * d->room : 1024;
    struct detect_row *grown = realloc(d->row, room * sizeof *grown);
    FRAY_CHECK(grown, err, MEMORY, "out of memory (%zu rows)", room);
    d->row = grown;
    d->room = room;
  }
  d->row[d->n_rows++] = *row;
  return FRAY_OK;
}

/* Memory of arena. A value that was lost has no steps. */
static enum fray_status read_value(const struct detect *d, const struct detect_view *view, size_t m,
                                   size_t i, struct fray_arena *arena, struct fray_mark_value *out,
                                   struct fray_err *err) {
  const struct fray_dataset *data = d->data[view->set];
  const struct fray_modality *modality = &data->modality[m];
  const struct fray_signal_plan *plan = view->damage->signal;
  const size_t sample = d->sample[view->set][i];
  size_t length = 0;
  void *raw;
  float *room;
  *out = (struct fray_mark_value){0};
  if (!(view->damage->present[i] >> m & 1))
    return FRAY_OK;
  FRAY_CHECK((raw = fray_arena_alloc(arena, fray_sample_bytes(data, m), 1)) != NULL, err, MEMORY,
             "out of memory");
  FRAY_TRY(fray_sample_read(data, m, sample, raw, &length, err));
  if (fray_raw_check(modality, raw, length, err) != FRAY_OK)
    return fray_at(err, "%s of %s", modality->name, data->source_id[sample]);
  const size_t capacity = fray_signal_longest(plan, sample, m, length);
  FRAY_ALLOC(room, arena, fray_raw_numbers(modality, capacity) + 1, err);
  struct fray_signal x = fray_raw_signal(modality, raw, length, capacity, room);
  /* Kinds need room while they act, which is theirs. */
  struct fray_arena scratch = {0};
  const enum fray_status status = fray_signal_key(plan, sample, m)
                                      ? fray_signal_apply(plan, sample, m, &x, &scratch, err)
                                      : FRAY_OK;
  fray_arena_free(&scratch);
  *out = (struct fray_mark_value){x.x, x.length};
  return status;
}

/* All values of a client are in memory at once, and no more than those: they are one product. What
 * is not there, or was lost, has no row, and a client without any has none either. */
enum fray_status detect_client(struct detect *d, const struct detect_view *view, size_t modality,
                               size_t first, size_t n, struct fray_arena *scratch,
                               struct fray_err *err) {
  const struct fray_arena_place place = fray_arena_mark(scratch);
  const struct fray_modality *m = &d->data[view->set]->modality[modality];
  struct fray_mark_value *value;
  struct fray_mark_found *found, all;
  uint32_t *of;
  size_t there = 0;
  FRAY_ALLOC(value, scratch, n, err);
  FRAY_ALLOC(found, scratch, n, err);
  FRAY_ALLOC(of, scratch, n, err);
  for (size_t i = first; i < first + n; i++) {
    FRAY_TRY(read_value(d, view, modality, i, scratch, &value[there], err));
    if (value[there].n > 0)
      of[there++] = (uint32_t)i;
  }
  /* In one call: a client is also looked at as a whole. */
  FRAY_TRY(fray_mark_look(d->bank[modality], value, there, m->channels, scratch, found, &all, err));
  /* Numbers in place of names: rank 0 has the index, and rows are sent. */
  struct detect_row row = {.condition = (uint32_t)view->condition,
                           .modality = (uint32_t)modality,
                           .set = (uint32_t)view->set,
                           .client = d->client[view->set][first],
                           .n = 1};
  for (size_t i = 0; i < there; i++) {
    row.sample = d->sample[view->set][of[i]];
    row.found = found[i];
    FRAY_TRY(add(d, &row, err));
  }
  /* Behind its values, as it is sorted. */
  row.sample = UINT32_MAX;
  row.n = (uint32_t)there;
  row.found = all;
  if (there)
    FRAY_TRY(add(d, &row, err));
  fray_arena_rewind(scratch, place);
  return FRAY_OK;
}
