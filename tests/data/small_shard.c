/* The small shard, written data set by data set; see the header. */
#include "small_shard.h"

static void put(fray_h5 file, const char *skip, const char *path, enum fray_h5_type type, int rank,
                const size_t *dims, const void *data) {
  struct fray_err err = {0};
  if (!skip || strcmp(skip, path) != 0)
    good(fray_h5_write(file, path, type, rank, dims, data, false, &err), &err);
}

static void put_texts(fray_h5 file, const char *skip, const char *path, const char *const *texts,
                      size_t n) {
  struct fray_err err = {0};
  if (!skip || strcmp(skip, path) != 0)
    good(fray_h5_write_texts(file, path, texts, n, &err), &err);
}

static void put_modality(fray_h5 file, const char *path, const char *kind, double rate) {
  struct fray_err err = {0};
  good(fray_h5_group(file, path, &err), &err);
  good(fray_h5_put_attr_text(file, path, "kind", kind, &err), &err);
  good(fray_h5_put_attr_real(file, path, "rate", rate, &err), &err);
}

static void put_index(fray_h5 file, const char *prefix, const char *skip) {
  static const char *const classes[] = {"x", "y", "z"}, *const sites[] = {"n", "s"};
  char source[4][32], client[2][32];
  const char *sources[4], *clients[2];
  const size_t two = 2, four = 4;
  for (int i = 0; i < 4; i++) {
    snprintf(source[i], sizeof source[i], "%s%d", prefix, i);
    sources[i] = source[i];
  }
  for (int i = 0; i < 2; i++) {
    snprintf(client[i], sizeof client[i], "%s%c", prefix, 'a' + i);
    clients[i] = client[i];
  }
  put_texts(file, skip, "/classes", classes, 3);
  put_texts(file, skip, "/clients/id", clients, 2);
  put(file, skip, "/clients/first", FRAY_H5_I64, 1, &two, (int64_t[]){0, 3});
  put(file, skip, "/clients/count", FRAY_H5_I64, 1, &two, (int64_t[]){3, 1});
  put(file, skip, "/samples/label", FRAY_H5_I32, 1, &four, (int32_t[]){0, 2, -1, 1});
  put(file, skip, "/samples/split", FRAY_H5_U8, 1, &four, (uint8_t[]){0, 1, 0, 2});
  put_texts(file, skip, "/samples/source", sources, 4);
  put_texts(file, skip, "/groups/site/values", sites, 2);
  put(file, skip, "/groups/site/code", FRAY_H5_U16, 1, &four, (uint16_t[]){0, 1, 1, 0});
}

fray_h5 small_shard(const char *path, const char *prefix, const char *skip) {
  struct fray_err err = {0};
  fray_h5 file = -1;
  float acc[4][5][2];
  uint8_t pic[24];
  int16_t snd[10];
  for (int i = 0; i < 40; i++)
    acc[i / 10][i / 2 % 5][i % 2] = (float)(i / 10 * 10) + (float)(i / 2 % 5) + (float)(i % 2) / 2;
  for (int i = 0; i < 24; i++)
    pic[i] = (uint8_t)i;
  for (int i = 0; i < 10; i++)
    snd[i] = (int16_t)(100 * i);
  good(fray_h5_create(path, &file, &err), &err);
  good(fray_h5_put_attr_text(file, ".", "format", "fray-shard", &err), &err);
  good(fray_h5_put_attr_real(file, ".", "version", 1, &err), &err);
  good(fray_h5_put_attr_text(file, ".", "dataset", "small", &err), &err);
  good(fray_h5_put_attr_text(file, ".", "task", "single_label", &err), &err);
  put_index(file, prefix, skip);
  const size_t four = 4, five = 5, ten = 10;
  put_modality(file, "/modalities/acc", "series", 50);
  put(file, skip, "/modalities/acc/values", FRAY_H5_F32, 3, (size_t[]){4, 5, 2}, acc);
  put_modality(file, "/modalities/pic", "image", 0);
  put(file, skip, "/modalities/pic/values", FRAY_H5_U8, 4, (size_t[]){4, 2, 3, 1}, pic);
  put_modality(file, "/modalities/snd", "audio", 8000);
  put(file, skip, "/modalities/snd/values", FRAY_H5_I16, 1, &ten, snd);
  put(file, skip, "/modalities/snd/offset", FRAY_H5_I64, 1, &five, (int64_t[]){0, 3, 5, 9, 10});
  put(file, skip, "/modalities/snd/present", FRAY_H5_U8, 1, &four, (uint8_t[]){1, 0, 1, 1});
  return file;
}
