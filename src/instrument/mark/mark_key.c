/* Keys of marks: read from a file that is its owner's alone, drawn, and named without being told.
 */
#include "mark_parts.h"

#include "fray/base/file.h"
#include "fray/base/hash.h"
#include "fray/base/text.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* As ssh does of its keys: what others may read is no secret, and a mark that anybody can take away
 * proves nothing. */
static enum fray_status check_private(const char *path, struct fray_err *err) {
  struct stat info;
  FRAY_CHECK(stat(path, &info) == 0, err, INPUT, "%s: the key cannot be read", path);
  FRAY_CHECK((info.st_mode & 077) == 0, err, INPUT,
             "%s: the key may be read by others (mode %03o); say `chmod 600 %s`", path,
             (unsigned)info.st_mode & 0777, path);
  return FRAY_OK;
}

/* Bytes as they are, also an end of line: nobody should have to guess what belongs to a secret. */
enum fray_status fray_mark_key_read(const char *path, struct fray_mark_key *out,
                                    struct fray_err *err) {
  struct fray_text text = {0};
  uint64_t size = 0;
  /* Its size first: whoever names a shard by mistake is told so, and nothing is read. */
  FRAY_TRY(fray_file_size(path, &size, err));
  FRAY_CHECK(
      size >= FRAY_MARK_KEY_LEAST && size <= FRAY_MARK_KEY_MOST, err, INPUT,
      "%s: a key of %d to %d bytes is expected, not of %llu; `head -c 32 /dev/urandom` makes "
      "one",
      path, FRAY_MARK_KEY_LEAST, FRAY_MARK_KEY_MOST, (unsigned long long)size);
  FRAY_TRY(check_private(path, err));
  FRAY_TRY(fray_file_read(path, FRAY_MARK_KEY_MOST, &text, err));
  bool varies = false;
  for (size_t i = 1; i < text.size; i++)
    varies |= text.data[i] != text.data[0];
  const struct fray_hash128 hash = fray_hash128_of(text.data ? text.data : "", text.size);
  /* The secret does not stay in memory that others are given later. */
  if (text.data)
    memset(text.data, 0, text.size);
  fray_text_free(&text);
  FRAY_CHECK(varies, err, INPUT, "%s: one byte over and over is no key", path);
  *out = (struct fray_mark_key){hash.high, hash.low};
  return FRAY_OK;
}

/* Anybody may know them: they stand for keys that were not used. */
struct fray_mark_key fray_mark_random_key(size_t i) {
  struct fray_rng rng = fray_rng_for(0, "mark/random key", i, 0, 0);
  struct fray_mark_key key;
  key.high = fray_rng_u64(&rng);
  key.low = fray_rng_u64(&rng);
  return key;
}

/* Half of the key is the generator's, half stands in its counter: 128 bits have to be guessed. */
struct fray_rng mark_stream(struct fray_mark_key key, const char *purpose, uint64_t shape) {
  return fray_rng_for(key.high, purpose, key.low, shape, 0);
}

/* Whoever reads it learns 128 bits of another stream. To find the key from them is as hard as to
 * find it from a pattern, which is bare in every marked picture that is black. */
void fray_mark_fingerprint(struct fray_mark_key key, char out[33]) {
  struct fray_rng rng = mark_stream(key, "mark/fingerprint", 0);
  const unsigned long long high = fray_rng_u64(&rng), low = fray_rng_u64(&rng);
  snprintf(out, 33, "%016llx%016llx", high, low);
}
