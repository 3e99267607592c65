/* Naming schemes of published sets. Codes such as W for anger cannot be guessed from the names, but
 * the schemes are so rigid that a file bears such a name by chance hardly ever. */
#include "known_names.h"

#include "fray/base/size.h"

#include <regex.h>
#include <string.h>

static const struct scheme {
  const char *set;
  const char *fits; /* of the end of a path without its ending: an extended regular expression */
  size_t folders;   /* that it speaks of */
  const char *pattern, *client, *label;
  const char *values; /* of `derive`, from label; NULL: as they are */
  const char *share;  /* of the speakers for the test: at least one of all there are */
} schemes[] = {
    /* http://emodb.bilderbar.info/index-1280.html */
    {"EMO-DB", "(^|/)[0-9]{2}[ab][0-9]{2}[WLEAFTN][a-z]$", 0,
     "{speaker:2}{sentence:3}{emotion:letter}{take:letter}", "speaker", "emotion",
     "W: anger, L: boredom, E: disgust, A: fear, F: happiness, T: sadness, N: neutral", "0.3"},
    /* http://kahlan.eps.surrey.ac.uk/savee/Database.html; the second is how mirrors have it */
    {"SAVEE", "(^|/)(DC|JE|JK|KL)/(a|d|f|h|n|sa|su)[0-9]{2}$", 1,
     "{speaker}/{emotion:letters}{take:digits}", "speaker", "emotion",
     "a: anger, d: disgust, f: fear, h: happiness, n: neutral, sa: sadness, su: surprise", "0.25"},
    {"SAVEE", "(^|/)(DC|JE|JK|KL)_(a|d|f|h|n|sa|su)[0-9]{2}$", 0,
     "{speaker}_{emotion:letters}{take:digits}", "speaker", "emotion",
     "a: anger, d: disgust, f: fear, h: happiness, n: neutral, sa: sadness, su: surprise", "0.25"},
    /* https://doi.org/10.1371/journal.pone.0196391, table of file names */
    {"RAVDESS", "(^|/)0[1-3]-0[12]-0[1-8]-0[12]-0[12]-0[12]-[0-9]{2}$", 0,
     "{medium}-{channel}-{emotion}-{intensity}-{statement}-{take}-{actor}", "actor", "emotion",
     "\"01\": neutral, \"02\": calm, \"03\": happy, \"04\": sad, \"05\": angry, \"06\": fearful, "
     "\"07\": disgust, \"08\": surprised",
     "0.25"},
    /* https://doi.org/10.5683/SP2/E8H2MF */
    {"TESS", "(^|/)(OAF|OA|YAF)_[a-z]+_(angry|disgust|fear|happy|neutral|ps|sad)$", 0,
     "{speaker}_{word}_{emotion}", "speaker", "emotion", NULL, "0.5"},
    /* https://github.com/Jakobovski/free-spoken-digit-dataset */
    {"FSDD", "(^|/)[0-9]_[a-z]+_[0-9]+$", 0, "{digit}_{speaker}_{take}", "speaker", "digit", NULL,
     "0.34"},
};

/* The path without its ending. */
static const char *stem_of(const char *path, struct fray_arena *arena) {
  const char *dot = strrchr(path, '.');
  return fray_arena_strndup(arena, path, dot ? (size_t)(dot - path) : strlen(path));
}

/* How deep a path lies. */
static size_t count_folders(const char *path) {
  size_t n = 0;
  for (; *path; path++)
    n += *path == '/';
  return n;
}

/* Nine of ten files of the kind, with one ending and at one depth. */
struct named {
  size_t n, fit;
  const char *first; /* path of the first one that fits */
};

/* Files of another depth or ending than the first one are not of its pattern. */
static enum fray_status try_scheme(const struct init_listing *look, const struct fray_choice *kind,
                                   const struct scheme *scheme, struct fray_arena *arena,
                                   struct named *out, struct fray_err *err) {
  regex_t regex;
  *out = (struct named){0};
  FRAY_CHECK(regcomp(&regex, scheme->fits, REG_EXTENDED | REG_NOSUB) == 0, err, MEMORY,
             "out of memory");
  /* Bounded: expressions are ours, and no path is longer than the file system allows. */
  /* Compiled once for all files; a name is at most a few hundred bytes long. */
  const char *stem = "";
  for (size_t i = 0; i < look->n && stem; i++) {
    const struct init_file *file = &look->file[i];
    if (file->kind != kind)
      continue;
    const struct fray_arena_place mark = fray_arena_mark(arena);
    stem = stem_of(file->path, arena);
    out->n++;
    if (stem && regexec(&regex, stem, 0, NULL, 0) == 0 &&
        (!out->first || (count_folders(file->path) == count_folders(out->first) &&
                         strcmp(strrchr(file->path, '.'), strrchr(out->first, '.')) == 0))) {
      out->first = out->first ? out->first : file->path;
      out->fit++;
    }
    fray_arena_rewind(arena, mark);
  }
  regfree(&regex);
  FRAY_CHECK(stem, err, MEMORY, "out of memory");
  return FRAY_OK;
}

/* Folders before those that the scheme speaks of: as they are where they are all one, else fields.
 */
static void put_folders(const struct init_listing *look, const struct fray_choice *kind,
                        const struct scheme *scheme, const char *first, struct fray_text *pattern) {
  const size_t n = count_folders(first) - scheme->folders;
  const char *p = first;
  for (size_t k = 0; k < n; k++) {
    /* Compared from the beginning: folders of one name may lie in several others. */
    const size_t width = (size_t)(strchr(p, '/') - p), from = (size_t)(p - first);
    bool same = true;
    for (size_t i = 0; i < look->n; i++)
      same = same && (look->file[i].kind != kind || !look->file[i].used ||
                      strncmp(look->file[i].path, first, from + width + 1) == 0);
    if (same)
      fray_text_printf(pattern, "%.*s/", (int)width, p);
    else
      fray_text_printf(pattern, "{folder%zu}/", k + 1);
    p += width + 1;
  }
}

/* The whole input: nothing of it depends on counts, so it is written at once. */
static void put_scheme(const struct init_listing *look, const struct fray_choice *kind,
                       const struct scheme *scheme, const struct named *named,
                       struct fray_text *out) {
  struct fray_text pattern = {0};
  for (size_t i = 0; i < look->n; i++)
    look->file[i].used = look->file[i].kind == kind &&
                         count_folders(look->file[i].path) == count_folders(named->first);
  put_folders(look, kind, scheme, named->first, &pattern);
  fray_text_printf(&pattern, "%s%s", scheme->pattern, strrchr(named->first, '.'));
  fray_text_printf(out,
                   "# Found: %zu of %zu files of the kind %s are named as in %s.\nmodalities:\n",
                   named->fit, named->n, kind->name, scheme->set);
  init_put_modality(kind->name, kind, look->folder, named->first, out);
  fray_text_puts(out, "inputs:\n  - reader: files\n    pattern: ");
  init_put_scalar(out, pattern.data ? pattern.data : "");
  fray_text_printf(out,
                   "  # guessed: names as in %s\n    modality: %s\n    id: \"{path}\"\n"
                   "    client: \"{%s}\"\n    label: \"{%s}\"\n",
                   scheme->set, kind->name, scheme->client,
                   scheme->values ? "class" : scheme->label);
  if (scheme->values)
    fray_text_printf(out, "    derive:\n      class: {from: %s, values: {%s}}\n", scheme->label,
                     scheme->values);
  /* Few speakers, as all of these sets have: of each some samples are for the test, and folds of
   * speakers are a better way. */
  fray_text_printf(out,
                   "test: {fraction: %s, of: clients}  # check: whole speakers; with few of them "
                   "`folds: {of: client, k: 5}` tests each\n"
                   "dev: {from: train, fraction: 0.2, by: window, within: all}\n",
                   scheme->share);
  out->failed = out->failed || pattern.failed;
  fray_text_free(&pattern);
}

/* The first scheme that nearly all files fit; their expressions exclude each other. */
enum fray_status init_put_known(const struct init_listing *look, const struct fray_choice *kind,
                                struct fray_arena *arena, struct fray_text *out, bool *found,
                                struct fray_err *err) {
  *found = false;
  for (size_t k = 0; k < FRAY_COUNT(schemes) && !*found; k++) {
    struct named named;
    FRAY_TRY(try_scheme(look, kind, &schemes[k], arena, &named, err));
    /* One file may bear such a name by chance. */
    if (named.fit < 2 || named.fit * 10 < named.n * 9)
      continue;
    put_scheme(look, kind, &schemes[k], &named, out);
    *found = true;
  }
  return FRAY_OK;
}
