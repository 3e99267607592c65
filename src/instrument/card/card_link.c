/* From where a page lies to the files that its numbers are from, in relative terms, so that folder
 * and page can move together. */
#include "card_parts.h"

#include "fray/base/file.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* Whatever a name holds, the address has no scheme and no markup in it. */
static void put_address(struct fray_text *out, const char *path) {
  static const char kept[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/";
  for (; *path; path++)
    if (strchr(kept, *path))
      fray_text_add(out, path, 1);
    else
      fray_text_printf(out, "%%%02X", (unsigned)(unsigned char)*path);
}

/* Where `path` is going to lie, with a slash behind it: it may not be there yet, its folder is. */
static bool folder_of(const char *path, char out[PATH_MAX]) {
  char copy[PATH_MAX];
  const char *end = strrchr(path, '/');
  const size_t n = end ? (size_t)(end - path) : 0;
  if (n >= sizeof copy)
    return false;
  memcpy(copy, path, n);
  copy[n] = '\0';
  if (!realpath(n ? copy : end ? "/" : ".", out) || strlen(out) + 2 > PATH_MAX)
    return false;
  if (strcmp(out, "/") != 0)
    strcat(out, "/");
  return true;
}

/* Both begin with a slash and hold no dots; the folder ends with one, so that a name which another
 * begins with is not taken for it. */
static void put_relative(struct fray_text *out, const char *from, const char *to) {
  size_t shared = 0;
  for (size_t i = 0; from[i] && from[i] == to[i]; i++)
    shared = from[i] == '/' ? i + 1 : shared;
  for (const char *p = from + shared; *p; p++)
    fray_text_puts(out, *p == '/' ? "../" : "");
  put_address(out, to + shared);
}

/* Links of the file system are followed on both sides, or "../" would lead out of another folder. A
 * file that is not there has no address, and the footnote is plain. */
enum fray_status card_link(const char *path, const char *folder, const char *file,
                           struct fray_arena *arena, const char **out, struct fray_err *err) {
  char from[PATH_MAX], to[PATH_MAX], whole[4096];
  struct fray_text text = {0};
  *out = NULL;
  FRAY_TRY(fray_folder_path(folder, file, whole, err));
  if (!folder_of(path, from) || !realpath(whole, to))
    return FRAY_OK;
  put_relative(&text, from, to);
  *out = text.failed || !text.data ? NULL : fray_arena_strdup(arena, text.data);
  fray_text_free(&text);
  FRAY_CHECK(*out, err, MEMORY, "out of memory");
  return FRAY_OK;
}
