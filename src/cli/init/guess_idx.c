/* IDX files, as MNIST and its kin have them: pictures and their labels in a pair, known by their
 * names. */
#include "init.h"

#include "fray/base/size.h"
#include "fray/import/import.h"

#include <string.h>

/* Names of the two files of a pair differ in these parts: train-images-idx3-ubyte(.gz). */
static const char *label_file(const struct init_listing *look, const char *images,
                              struct fray_arena *arena) {
  const char *slash = strrchr(images, '/'), *name = slash ? slash + 1 : images;
  const char *at = strstr(name, "idx3"), *what = strstr(name, "images");
  if (!at)
    return NULL;
  struct fray_text text = {0};
  /* Copied up to the next of the two parts, which may come in either order; a part that is not
   * there lies behind everything. */
  for (const char *p = images; *p;) {
    /* "images" becomes "labels", the three axes become one; all else is the same. */
    const size_t same = (size_t)((p <= what && what ? what : p <= at ? at : p + strlen(p)) - p);
    fray_text_add(&text, p, same);
    p += same;
    if (p == what) {
      fray_text_puts(&text, "labels");
      p += strlen("images");
    } else if (p == at) {
      fray_text_puts(&text, "idx1");
      p += strlen("idx3");
    }
  }
  const char *labels = text.failed || !text.data ? NULL : fray_arena_strdup(arena, text.data);
  fray_text_free(&text);
  const struct init_file *file = labels ? init_find(look, labels) : NULL;
  return file ? file->path : NULL;
}

/* Ids hold the split, since both files number their rows from 0. */
static void put_pair(const char *images, const char *labels, enum fray_split split,
                     struct fray_text *out) {
  fray_text_puts(out, "  - reader: idx\n    images: ");
  init_put_scalar(out, images);
  fray_text_puts(out, "\n    labels: ");
  init_put_scalar(out, labels);
  fray_text_printf(out,
                   "\n    modality: image\n    id: \"%s/{row}\"\n"
                   "    client: all  # check: nothing here says whose a picture is; a scenario can "
                   "deal them (data.partition)\n"
                   "    label: \"{label}\"\n    split: %s  # guessed from the file's name\n",
                   fray_split_names[split], fray_split_names[split]);
}

/* MNIST calls its test t10k. */
static enum fray_split split_of(const char *images) {
  const char *slash = strrchr(images, '/'), *name = slash ? slash + 1 : images;
  const enum fray_split split = init_split_in(name);
  return split != FRAY_SPLITS ? split : strstr(name, "t10k") ? FRAY_TEST : FRAY_TRAIN;
}

/* By names alone: no other format is called so, and an import checks what is in the files. */
enum fray_status init_guess_idx(const struct init_listing *look, struct fray_arena *arena,
                                struct fray_text *out, bool *found, struct fray_err *err) {
  bool has[FRAY_SPLITS] = {false};
  (void)err;
  *found = false;
  for (size_t i = 0; i < look->n; i++) {
    const char *labels = label_file(look, look->file[i].path, arena);
    const enum fray_split split = split_of(look->file[i].path);
    /* Pairs of one split would have one id for two pictures. */
    if (!labels || has[split])
      continue;
    /* The head once, before the first pair. */
    if (!*found)
      fray_text_puts(out, "# Found: IDX files of pictures and labels.\n"
                          "modalities:\n  image: {kind: image}\ninputs:\n");
    *found = has[split] = true;
    look->file[i].used = true;
    init_find(look, labels)->used = true;
    put_pair(look->file[i].path, labels, split, out);
  }
  if (*found && !has[FRAY_TEST])
    fray_text_puts(out, "test: {fraction: 0.2, of: samples}  # guessed: nothing is named test\n");
  if (*found && !has[FRAY_DEV])
    fray_text_puts(out, "dev: {from: train, fraction: 0.1, by: window, within: all}\n");
  return FRAY_OK;
}
