/* Names in shards that others wrote: of channels, and those that look alike. */
#include "small_shard.h"

#include <unistd.h>

static void put_texts(fray_h5 file, const char *path, const char *const *texts, size_t n) {
  struct fray_err err = {0};
  good(fray_h5_write_texts(file, path, texts, n, &err), &err);
}

static struct fray_dataset *opened(const char *path) {
  struct fray_dataset *d = NULL;
  struct fray_err err = {0};
  good(fray_dataset_open(path, NULL, 0, world, &d, &err), &err);
  return d;
}

/* What opening says on stderr; free it. */
static char *said(const char *path) {
  struct fray_text text = {0};
  int screen = dup(STDERR_FILENO);
  assert_non_null(freopen(in_folder("said.txt"), "w", stderr));
  struct fray_dataset *d = opened(path);
  fflush(stderr);
  assert_true(dup2(screen, STDERR_FILENO) >= 0);
  close(screen);
  fray_dataset_close(d);
  assert_int_equal(fray_file_read(in_folder("said.txt"), 4096, &text, NULL), FRAY_OK);
  return text.data;
}

static void channels_have_names(void **state) {
  (void)state;
  static const char *const xy[] = {"x", "y"}, *const yx[] = {"y", "x"};
  const char *a = in_folder("a.h5"), *b = in_folder("b.h5"), *all = in_folder("*.h5");
  struct fray_dataset *d;
  struct fray_err err = {0};
  fray_h5 file = small_shard(a, "a", NULL);
  put_texts(file, "/modalities/acc/channel_names", xy, 2);
  fray_h5_close(file, NULL);
  d = opened(a);
  uint64_t hash = d->index_hash;
  assert_string_equal(d->modality[0].name, "acc");
  assert_string_equal(d->modality[0].channel_name[1], "y");
  assert_null(d->modality[1].channel_name);
  fray_dataset_close(d);
  fray_h5_close(small_shard(b, "a", NULL), NULL);
  d = opened(b);
  assert_true(d->index_hash == hash); /* names of channels are no part of it */
  fray_dataset_close(d);
  file = small_shard(b, "b", "/clients/id");
  put_texts(file, "/clients/id", (const char *const[]){"c", "d"}, 2);
  fray_h5_close(file, NULL);
  fray_dataset_close(opened(all)); /* one has names, the other has none */
  file = small_shard(b, "b", "/clients/id");
  put_texts(file, "/clients/id", (const char *const[]){"c", "d"}, 2);
  put_texts(file, "/modalities/acc/channel_names", yx, 2);
  fray_h5_close(file, NULL);
  refused(fray_dataset_open(all, NULL, 0, world, &d, &err), &err,
          "b.h5: channel 0 of modality acc is \"y\", but \"x\" in ");
  file = small_shard(b, "b", NULL);
  put_texts(file, "/modalities/acc/channel_names", xy, 1);
  fray_h5_close(file, NULL);
  refused(fray_dataset_open(b, NULL, 0, world, &d, &err), &err,
          "/modalities/acc/channel_names: 1 names, but values have 2 channels");
  file = small_shard(b, "b", NULL);
  put_texts(file, "/modalities/acc/channel_names", (const char *const[]){"x", "\033[31m"}, 2);
  fray_h5_close(file, NULL);
  refused(fray_dataset_open(b, NULL, 0, world, &d, &err), &err,
          "/modalities/acc/channel_names[1]: broken by a control character");
}

static void names_that_look_alike_are_warned_of(void **state) {
  (void)state;
  static const struct {
    const char *path, *name[3];
    size_t n;
    const char *says;
  } cases[] = {
      {"/clients/id", {"k1", "k1 "}, 2, "the clients \"k1\" (number 0) and \"k1 \" (number 1)"},
      {"/classes",
       {"x", "Ren\xc3\xa9", "Rene\xcc\x81"},
       3,
       "the classes \"Ren\xc3\xa9\" (number 1)"},
      {"/groups/site/values", {"n", "\xc2\xa0n"}, 2, "the site \"n\" (number 0)"},
      {"/clients/id", {"k1", "K1"}, 2, NULL},
  };
  for (size_t i = 0; i < FRAY_COUNT(cases); i++) {
    const char *path = in_folder("a.h5");
    fray_h5 file = small_shard(path, "a", cases[i].path);
    put_texts(file, cases[i].path, cases[i].name, cases[i].n);
    fray_h5_close(file, NULL);
    char *text = said(path);
    if (cases[i].says ? !strstr(text, cases[i].says) : strstr(text, "look alike") != NULL)
      fail_msg("case %zu: '%s'", i, text);
    free(text);
  }
}

/* Values of groups are joined over shards; those that look alike stay two, as they were. */
static void values_of_groups_are_joined_by_their_bytes(void **state) {
  (void)state;
  const char *a = in_folder("a.h5"), *b = in_folder("b.h5");
  struct fray_err err = {0};
  struct fray_dataset *d;
  fray_h5_close(small_shard(a, "a", NULL), NULL); /* site: n s s n */
  fray_h5 file = small_shard(b, "b", "/clients/id");
  put_texts(file, "/clients/id", (const char *const[]){"c", "d"}, 2);
  fray_h5_close(file, NULL);
  d = opened(in_folder("*.h5"));
  assert_int_equal(d->group[0].n, 2);
  fray_dataset_close(d);
  file = small_shard(b, "b", "/groups/site/values");
  put_texts(file, "/groups/site/values", (const char *const[]){"s ", "n"}, 2);
  fray_h5_close(file, NULL);
  remove(a);
  file = small_shard(a, "a", "/clients/id");
  put_texts(file, "/clients/id", (const char *const[]){"c", "d"}, 2);
  fray_h5_close(file, NULL);
  d = opened(in_folder("*.h5"));
  assert_int_equal(d->group[0].n, 3);
  assert_string_equal(d->group[0].value[2], "s ");
  fray_dataset_close(d);
  file = small_shard(a, "a", "/groups/site/values");
  put_texts(file, "/groups/site/values", (const char *const[]){"n", "n"}, 2);
  fray_h5_close(file, NULL);
  refused(fray_dataset_open(a, NULL, 0, world, &d, &err), &err, "\"n\" appears twice");
}

int main(int argc, char **argv) {
  const struct CMUnitTest tests[] = {
      IN_OWN_FOLDER(channels_have_names),
      IN_OWN_FOLDER(names_that_look_alike_are_warned_of),
      IN_OWN_FOLDER(values_of_groups_are_joined_by_their_bytes),
  };
  return run_data_tests(argc, argv, false, tests, FRAY_COUNT(tests), NULL, NULL);
}
