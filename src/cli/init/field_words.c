/* Words that people use in tables and names of files: what columns are called, what classes are,
 * how people are numbered. A wrong guess costs a look, so the lists hold what is common and no
 * more. */
#include "init.h"

#include "fray/base/size.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* In order: the first list that a name is in is what it most likely means. */
static const char *const words[] = {
    [INIT_LABEL] = " label labels class category target emotion activity digit genre diagnosis "
                   "intent ",
    [INIT_MAYBE_LABEL] = " task kind word command gesture sentiment species action scene outcome "
                         "topic act event type ",
    [INIT_CLIENT] = " client speaker subject user patient person participant author writer actor "
                    "voice hospital device site ",
    [INIT_ID] = " id name filename path key ",
    [INIT_TIME] = " time timestamp seconds sec ms t ",
    [INIT_PATH] = " path file filename filepath name id ",
};

/* The word alone, or as a part: speaker_id, "Emotion label". */
static bool holds(const char *name, const char *list) {
  char low[64];
  size_t n = 0;
  for (; name[n] && n < sizeof low - 1; n++)
    low[n] = (char)tolower((unsigned char)name[n]);
  low[n] = '\0';
  /* Each run of letters is a word: "id" is no part of "video". */
  for (const char *p = low; *p;) {
    char word[66];
    size_t width = 0;
    while (isalpha((unsigned char)p[width]))
      width++;
    snprintf(word, sizeof word, " %.*s ", (int)width, p);
    if (width && strstr(list, word))
      return true;
    p += width + (p[width] != '\0');
  }
  return false;
}

/* One door for all lists, so that a word is looked for in one way. */
bool init_is_called(const char *name, enum init_word what) {
  return holds(name, words[what]);
}

/* Names of splits as they are found in published sets; also how they are mapped to fray's three. */
static const char *const splits[] = {[FRAY_TRAIN] = " train training trn tr ",
                                     [FRAY_DEV] = " dev val valid validation devel development ",
                                     [FRAY_TEST] = " test testing tst eval evaluation "};

enum fray_split init_split_of(const char *text) {
  /* Nothing but the word: "test 2" is another value than "test". */
  for (const char *p = text; *p; p++)
    if (!isalpha((unsigned char)*p))
      return FRAY_SPLITS;
  return init_split_in(text);
}

enum fray_split init_split_in(const char *name) {
  for (int s = 0; s < FRAY_SPLITS; s++)
    if (holds(name, splits[s]))
      return (enum fray_split)s;
  return FRAY_SPLITS;
}

/* Emotions and their codes, what sensors are worn for, what is said to machines. */
static const char *const classes[] = {
    "angry",    "anger",      "ang",  "happy",    "happiness", "hap",     "joy",     "sad",
    "sadness",  "neutral",    "neu",  "fear",     "fearful",   "fea",     "disgust", "dis",
    "surprise", "surprised",  "calm", "boredom",  "walk",      "walking", "sit",     "sitting",
    "stand",    "standing",   "run",  "running",  "jogging",   "lie",     "lying",   "laying",
    "upstairs", "downstairs", "rest", "yes",      "no",        "up",      "down",    "left",
    "right",    "on",         "off",  "stop",     "go",        "zero",    "one",     "two",
    "three",    "cat",        "dog",  "positive", "negative",  "normal",  "healthy", "control"};

/* Spelt in any case, as published sets do. Half is much: chance words are in no list. */
bool init_are_classes(const char *const *text, size_t n) {
  /* Half of them, since no list has all the words of anybody's set. */
  size_t known = 0;
  for (size_t i = 0; i < n; i++)
    for (size_t k = 0; k < FRAY_COUNT(classes); k++)
      known += strcasecmp(text[i], classes[k]) == 0;
  return n >= 2 && known * 2 >= n;
}

/* One word and a number that differs: subject12, P-03. */
bool init_are_numbered(const char *const *text, size_t n, bool *bare) {
  *bare = false;
  if (n == 0)
    return false;
  /* Where the digits begin must be the same place behind the same word in all. */
  const size_t word = strcspn(text[0], "0123456789");
  for (size_t i = 0; i < n; i++)
    if (strcspn(text[i], "0123456789") != word || strncmp(text[i], text[0], word) != 0 ||
        !text[i][word] || text[i][word + strspn(text[i] + word, "0123456789")])
      return false;
  *bare = word == 0;
  return true;
}
