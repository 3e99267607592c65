/* JSON of what is asked about the program and about data. It is built in memory and printed whole:
 * a reader gets all of it or nothing. */
#include "documents.h"

#include "holdings.h"

#include "fray/base/file.h"
#include "fray/base/log.h"
#include "fray/base/version.h"
#include "fray/corrupt/corrupt.h"
#include "fray/data/shard_leaks.h"

#include <math.h>
#include <stdio.h>

enum { OBJECT = false, ARRAY = true };

/* The version comes first: whoever keeps a document can tell which program its keys are of. */
void cli_document_begin(struct fray_json_writer *w, const char *key) {
  fray_json_open(w, NULL, OBJECT);
  fray_json_member_text(w, "fray", fray_version);
  fray_json_open(w, key, ARRAY);
}

enum fray_status cli_document_end(struct fray_json_writer *w, struct fray_err *err) {
  fray_json_close(w, ARRAY);
  fray_json_close(w, OBJECT);
  const bool good = !w->text->failed;
  if (good)
    fray_print("%s", w->text->data);
  fray_text_free(w->text);
  FRAY_CHECK(good, err, MEMORY, "out of memory");
  return FRAY_OK;
}

/* "" is what the program has where nobody said anything; a reader should not have to know that. */
static const char *text_or_null(const char *text) {
  return text && *text ? text : NULL;
}

/* The registries' own texts, so that a method that is added is listed without a line here. */
void cli_put_methods(struct fray_json_writer *w, const struct fray_choices *kind) {
  fray_json_open(w, NULL, OBJECT);
  fray_json_member_text(w, "kind", kind->plural);
  fray_json_open(w, "methods", ARRAY);
  for (size_t i = 0; i < kind->n; i++) {
    fray_json_open(w, NULL, OBJECT);
    fray_json_member_text(w, "name", kind->v[i]->name);
    fray_json_member_text(w, "meaning", kind->v[i]->meaning);
    fray_json_member_text(w, "source", text_or_null(kind->v[i]->source));
    /* What a red team tells its techniques by. */
    if (kind == &fray_corruptions)
      fray_json_member_text(w, "category",
                            fray_category_name(fray_corruption_category(kind->v[i])));
    fray_json_close(w, OBJECT);
  }
  fray_json_close(w, ARRAY);
  fray_json_close(w, OBJECT);
}

/* ---- a data set ---- */

/* Lengths are those of the longest value; is_ragged says that they differ. What a kind does not
 * have is null, so that all modalities have the same keys. */
static void put_modality(struct fray_json_writer *w, const struct fray_dataset *d, size_t m) {
  const struct fray_modality *mod = &d->modality[m];
  const bool image = mod->kind == FRAY_IMAGE;
  /* Counted, not taken from the shards: a sample may lack any modality. */
  size_t present = 0;
  for (size_t i = 0; i < d->n_samples; i++)
    present += d->present[i] >> m & 1;
  fray_json_open(w, NULL, OBJECT);
  fray_json_member_text(w, "name", mod->name);
  fray_json_member_text(w, "kind", fray_modality_kind_names[mod->kind]);
  fray_json_member_count(w, "present", present);
  fray_json_member_real(w, "length", image ? NAN : (double)mod->time);
  fray_json_member_bool(w, "is_ragged", mod->ragged);
  fray_json_member_real(w, "channels", mod->kind == FRAY_TEXT ? NAN : (double)mod->channels);
  fray_json_member_real(w, "height", image ? (double)mod->height : NAN);
  fray_json_member_real(w, "width", image ? (double)mod->width : NAN);
  fray_json_member_real(w, "rate_hz", mod->rate > 0 ? mod->rate : NAN);
  fray_json_member_text(w, "unit", text_or_null(mod->unit));
  /* An empty list where the shards keep no names. */
  fray_json_open(w, "channel_names", ARRAY);
  for (size_t c = 0; mod->channel_name && c < mod->channels; c++)
    fray_json_member_text(w, NULL, mod->channel_name[c]);
  fray_json_close(w, ARRAY);
  fray_json_close(w, OBJECT);
}

/* Per split, as in the table: a class that one of them lacks is seen at once. */
static void put_counts(struct fray_json_writer *w, const size_t count[FRAY_SPLITS]) {
  fray_json_member_count(w, "train", count[FRAY_TRAIN]);
  fray_json_member_count(w, "dev", count[FRAY_DEV]);
  fray_json_member_count(w, "test", count[FRAY_TEST]);
}

/* Of those who have any sample in the split; null of nobody. */
static void put_sizes(struct fray_json_writer *w, const char *key, const struct cli_sizes *s) {
  static const char *const names[CLI_QUARTILES] = {"least", "quarter", "half", "three_quarters",
                                                   "most"};
  fray_json_open(w, key, OBJECT);
  fray_json_member_count(w, "clients", s->clients);
  fray_json_member_count(w, "samples", s->samples);
  for (size_t q = 0; q < CLI_QUARTILES; q++)
    fray_json_member_real(w, names[q], s->quartile[q]);
  fray_json_open(w, "histogram", ARRAY);
  for (size_t i = 0; i < s->n_bins; i++) {
    fray_json_open(w, NULL, OBJECT);
    fray_json_member_count(w, "least", s->bin[i].least);
    fray_json_member_count(w, "most", s->bin[i].most);
    fray_json_member_count(w, "clients", s->bin[i].clients);
    fray_json_close(w, OBJECT);
  }
  fray_json_close(w, ARRAY);
  fray_json_close(w, OBJECT);
}

/* Only classes that a client holds: most clients lack most of many. */
static void put_clients(struct fray_json_writer *w, const struct fray_dataset *d,
                        const struct cli_holdings *h) {
  fray_json_open(w, "client_sizes", OBJECT);
  for (size_t s = 0; s < FRAY_SPLITS; s++)
    put_sizes(w, fray_split_names[s], &h->split[s]);
  put_sizes(w, "all", &h->all);
  fray_json_close(w, OBJECT);
  fray_json_open(w, "client_classes", ARRAY);
  for (size_t c = 0; c < d->n_clients; c++) {
    fray_json_open(w, NULL, OBJECT);
    fray_json_member_text(w, "name", d->client_name[c]);
    put_counts(w, h->client_samples + c * FRAY_SPLITS);
    fray_json_open(w, "classes", OBJECT);
    for (size_t k = h->first[c]; k < h->first[c + 1]; k++)
      fray_json_member_count(w, d->class_name[h->held[k].class], h->held[k].samples);
    fray_json_close(w, OBJECT);
    fray_json_close(w, OBJECT);
  }
  fray_json_close(w, ARRAY);
}

/* All of them, however many: the table for people stops at a hundred. A sample of several classes
 * counts in each. */
static void put_classes(struct fray_json_writer *w, const struct fray_dataset *d,
                        const struct cli_holdings *h) {
  fray_json_open(w, "classes", ARRAY);
  for (size_t k = 0; k < d->n_classes; k++) {
    const struct cli_class_held *c = &h->class[k];
    fray_json_open(w, NULL, OBJECT);
    fray_json_member_text(w, "name", d->class_name[k]);
    put_counts(w, c->samples);
    fray_json_member_count(w, "clients", c->clients);
    fray_json_member_count(w, "most_in_one", c->most);
    fray_json_member_text(w, "most_client", c->clients ? d->client_name[c->most_client] : NULL);
    fray_json_close(w, OBJECT);
  }
  fray_json_close(w, ARRAY);
}

/* Samples of all splits: a value that only training samples have is a value all the same. */
static void put_groups(struct fray_json_writer *w, const struct fray_dataset *d,
                       const struct cli_holdings *h) {
  fray_json_open(w, "groups", ARRAY);
  for (size_t g = 0; g < d->n_groups; g++) {
    const struct fray_group *group = &d->group[g];
    fray_json_open(w, NULL, OBJECT);
    fray_json_member_text(w, "name", group->name);
    fray_json_open(w, "values", ARRAY);
    for (size_t v = 0; v < group->n; v++) {
      const struct cli_value_held *at = &h->value[g][v];
      fray_json_open(w, NULL, OBJECT);
      fray_json_member_text(w, "value", group->value[v]);
      fray_json_member_count(
          w, "samples", at->samples[FRAY_TRAIN] + at->samples[FRAY_DEV] + at->samples[FRAY_TEST]);
      put_counts(w, at->samples);
      fray_json_open(w, "clients", OBJECT);
      fray_json_member_count(w, "all", at->all_clients);
      put_counts(w, at->clients);
      fray_json_close(w, OBJECT);
      fray_json_close(w, OBJECT);
    }
    fray_json_close(w, ARRAY);
    fray_json_close(w, OBJECT);
  }
  fray_json_close(w, ARRAY);
}

/* What an import counted; null where none did. */
static void put_leaks(struct fray_json_writer *w, const struct fray_dataset *d) {
  struct fray_leaks leaks;
  fray_dataset_leaks(d, &leaks);
  fray_json_open(w, "same_content", OBJECT);
  fray_json_member_real(w, "in_train_and_test", leaks.train_and_test);
  fray_json_member_real(w, "in_two_clients", leaks.two_clients);
  fray_json_member_real(w, "in_two_classes", leaks.two_classes);
  fray_json_close(w, OBJECT);
}

/* The hash is text: as a number it would lose its last digits in a reader that has doubles only. A
 * shard that cannot be asked for its size was read all the same, and adds nothing. */
enum fray_status cli_put_dataset(struct fray_json_writer *w, const struct fray_dataset *d,
                                 const char *path, struct fray_err *err) {
  struct fray_arena arena = {0};
  struct cli_holdings holdings;
  size_t split[FRAY_SPLITS] = {0}, unlabelled = 0;
  uint64_t bytes = 0, size = 0;
  char hash[17];
  for (size_t i = 0; i < d->n_samples; i++) {
    split[d->split[i]]++;
    unlabelled += !fray_is_labelled(d, i);
  }
  for (size_t s = 0; s < d->n_shards; s++)
    if (fray_file_size(d->shard_path[s], &size, NULL) == FRAY_OK)
      bytes += size;
  snprintf(hash, sizeof hash, "%016llx", (unsigned long long)d->index_hash);
  fray_json_open(w, NULL, OBJECT);
  fray_json_member_text(w, "path", path);
  fray_json_member_text(w, "name", d->name);
  fray_json_member_text(w, "licence", text_or_null(d->licence));
  fray_json_member_count(w, "shards", d->n_shards);
  fray_json_member_count(w, "bytes", bytes);
  fray_json_member_bool(w, "multi_label", d->multi_label);
  if (d->words)
    fray_json_member_bool(w, "sequence", true);
  fray_json_member_count(w, "clients", d->n_clients);
  fray_json_open(w, "samples", OBJECT);
  put_counts(w, split);
  fray_json_member_count(w, "unlabelled", unlabelled);
  fray_json_close(w, OBJECT);
  fray_json_member_text(w, "index_hash", hash);
  put_leaks(w, d);
  fray_json_open(w, "modalities", ARRAY);
  for (size_t m = 0; m < d->n_modalities; m++)
    put_modality(w, d, m);
  fray_json_close(w, ARRAY);
  enum fray_status found = cli_holdings_find(d, &arena, &holdings, err);
  if (found == FRAY_OK) {
    put_classes(w, d, &holdings);
    put_groups(w, d, &holdings);
    put_clients(w, d, &holdings);
  }
  fray_arena_free(&arena);
  fray_json_close(w, OBJECT);
  return found;
}
