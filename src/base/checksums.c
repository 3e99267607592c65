/* The list of hashes in a results folder, one line for each table. It finds tables that were
 * damaged or edited after they were written; it says nothing against somebody who can write the
 * list as well. */
#include "fray/base/checksums.h"

#include "fray/base/file.h"
#include "fray/base/seal.h"
#include "fray/base/text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static const char anew[] = "fray run --resume writes the list anew once it is removed";
enum { LIMIT = 64 << 20, DIGITS = 32, GAP = 2 };

/* One line of the list; points into its text. */
struct line {
  const char *hash, *name;
  size_t name_length;
};

/* Lower case only, as fray writes them. */
static bool is_hash(const char *text) {
  for (size_t i = 0; i < DIGITS; i++)
    if (!isdigit((unsigned char)text[i]) && !(text[i] >= 'a' && text[i] <= 'f'))
      return false;
  return true;
}

/* The line at *at, which moves behind it; false at the end or where the list is broken. */
static bool next_line(const char **at, struct line *out) {
  size_t length = strcspn(*at, "\n");
  const char *text = *at;
  /* A last line without its end was cut: writing it was interrupted. */
  if (length <= DIGITS + GAP || text[length] != '\n' || !is_hash(text) || text[DIGITS] != ' ')
    return false;
  *out = (struct line){text, text + DIGITS + GAP, length - DIGITS - GAP};
  *at += length + 1;
  return true;
}

/* Names are not terminated in the list. */
static bool is_named(const struct line *line, const char *name) {
  return strlen(name) == line->name_length && memcmp(line->name, name, line->name_length) == 0;
}

/* The list as text; empty if there is none. */
static enum fray_status read_list(const char *folder, struct fray_text *text, bool *found,
                                  struct fray_err *err) {
  char path[4096];
  struct line line;
  FRAY_TRY(fray_folder_path(folder, FRAY_CHECKSUMS, path, err));
  *found = fray_file_exists(path);
  if (!*found)
    return FRAY_OK;
  enum fray_status status = fray_file_read(path, LIMIT, text, err);
  /* A list that is no text or too long is damaged as well; what helps then is the same. */
  size_t used = strlen(err->text);
  if (status == FRAY_INPUT)
    snprintf(err->text + used, sizeof err->text - used, "; %s", anew);
  FRAY_TRY(status);
  const char *at = text->data;
  size_t number = 1;
  while (next_line(&at, &line))
    number++;
  if (at == text->data + text->size)
    return FRAY_OK;
  fray_text_free(text);
  return fray_fail(err, FRAY_INPUT,
                   "%s:%zu: damaged: 32 hexadecimal digits, two blanks and a name are expected; %s",
                   path, number, anew);
}

static enum fray_status write_list(const char *folder, const struct fray_text *text,
                                   struct fray_err *err) {
  char path[4096];
  FRAY_CHECK(!text->failed, err, MEMORY, "out of memory");
  FRAY_TRY(fray_folder_path(folder, FRAY_CHECKSUMS, path, err));
  return fray_file_write(path, text->data ? text->data : "", text->size, err);
}

/* A list that cannot be read is begun anew: what is promised next is known for certain. */
enum fray_status fray_checksums_promise(const char *folder, const struct fray_checksum *sum,
                                        size_t n, struct fray_err *err) {
  struct fray_text text = {0};
  struct fray_err ignored = {0};
  bool found;
  if (n == 0)
    return FRAY_OK;
  if (read_list(folder, &text, &found, &ignored) == FRAY_MEMORY)
    return fray_fail(err, FRAY_MEMORY, "%s", ignored.text);
  for (size_t i = 0; i < n; i++)
    fray_text_printf(&text, "%s  %s\n", sum[i].hash, sum[i].name);
  /* Promised before the file is replaced: whoever looks in between finds two hashes, of which one
   * is right, and fray_checksums_settle drops the older one when all is done. */
  enum fray_status status = write_list(folder, &text, err);
  fray_text_free(&text);
  return status;
}

/* Lines of one name lie together, the last one first. */
static int by_name(const void *a, const void *b) {
  const struct line *x = a, *y = b;
  size_t n = x->name_length < y->name_length ? x->name_length : y->name_length;
  int order = memcmp(x->name, y->name, n);
  if (order || x->name_length != y->name_length)
    return order ? order : x->name_length < y->name_length ? -1 : 1;
  /* Both point into one text, so addresses are places in the list. */
  return (x->name < y->name) - (x->name > y->name);
}

static int by_place(const void *a, const void *b) {
  const struct line *x = a, *y = b;
  return (x->name > y->name) - (x->name < y->name);
}

/* Keeps the last line of each name, in the order of the list; returns how many. */
static size_t keep_last(struct line *line, size_t n) {
  /* Sorted rather than searched for each name: a folder may hold thousands of ledgers. */
  size_t kept = 0;
  qsort(line, n, sizeof *line, by_name);
  for (size_t i = 0; i < n; i++)
    if (kept == 0 || line[kept - 1].name_length != line[i].name_length ||
        memcmp(line[kept - 1].name, line[i].name, line[i].name_length) != 0)
      line[kept++] = line[i];
  qsort(line, kept, sizeof *line, by_place);
  return kept;
}

/* When a run is done each name has one line again, in the order in which the tables were first
 * written. */
enum fray_status fray_checksums_settle(const char *folder, struct fray_err *err) {
  struct fray_text text = {0}, kept = {0};
  struct line one;
  size_t n = 0;
  bool found;
  FRAY_TRY(read_list(folder, &text, &found, err));
  if (!found)
    return FRAY_OK;
  for (const char *at = text.data; next_line(&at, &one);)
    n++;
  /* One more, so that an empty list is no failure. */
  struct line *line = malloc((n + 1) * sizeof *line);
  const char *at = text.data;
  if (line)
    for (size_t i = 0; i < n; i++)
      (void)next_line(&at, &line[i]);
  const size_t last = line ? keep_last(line, n) : 0;
  for (size_t i = 0; i < last; i++)
    fray_text_add(&kept, line[i].hash, DIGITS + GAP + line[i].name_length + 1);
  enum fray_status status =
      line ? write_list(folder, &kept, err) : fray_fail(err, FRAY_MEMORY, "out of memory");
  free(line);
  fray_text_free(&text);
  fray_text_free(&kept);
  return status;
}

static enum fray_status compare(const char *text, const char *folder, const char *name,
                                enum fray_checksum_state *state, struct fray_err *err) {
  char path[4096], hash[33];
  struct line line;
  bool listed = false, same = false;
  FRAY_TRY(fray_folder_path(folder, name, path, err));
  /* What is not there is told by who wants to read it. */
  if (!fray_file_exists(path))
    return FRAY_OK;
  FRAY_TRY(fray_file_hash(path, hash, err));
  while (next_line(&text, &line)) {
    if (!is_named(&line, name))
      continue;
    listed = true;
    /* Any of several lines may be right: see fray_checksums_promise. */
    same = same || memcmp(line.hash, hash, DIGITS) == 0;
  }
  if (!listed)
    *state = FRAY_CHECKSUM_UNLISTED;
  FRAY_CHECK(!listed || same, err, INPUT,
             "%s: not as it was written (" FRAY_CHECKSUMS " has another hash): damaged, or edited "
             "since. fray run --resume makes tables anew; to take the file as it is, delete its "
             "line in %s/" FRAY_CHECKSUMS,
             path, folder);
  return FRAY_OK;
}

/* The list is read anew for each file: a few kilobytes, and another process may be writing it. */
enum fray_status fray_checksums_check(const char *folder, const char *name,
                                      enum fray_checksum_state *state, struct fray_err *err) {
  struct fray_text text = {0};
  bool found;
  *state = FRAY_CHECKSUM_GOOD;
  FRAY_TRY(read_list(folder, &text, &found, err));
  if (!found) {
    *state = FRAY_CHECKSUM_NO_LIST;
    return FRAY_OK;
  }
  enum fray_status status = compare(text.data, folder, name, state, err);
  fray_text_free(&text);
  return status;
}

enum fray_status fray_checksums_check_path(const char *path, struct fray_err *err) {
  char folder[4096];
  enum fray_checksum_state state;
  size_t length = strlen(path);
  FRAY_CHECK(length < sizeof folder, err, INPUT, "path too long: %.80s...", path);
  /* A ledger lies one folder below the list: first the folder of the file, then the one above. */
  for (int above = 0; above < 2; above++) {
    while (length > 0 && path[length - 1] != '/')
      length--;
    const char *name = path + length;
    snprintf(folder, sizeof folder, "%.*s", length ? (int)length : 1, length ? path : ".");
    FRAY_TRY(fray_checksums_check(folder, name, &state, err));
    if (length == 0)
      return FRAY_OK;
    while (length > 0 && path[length - 1] == '/')
      length--;
  }
  return FRAY_OK;
}
