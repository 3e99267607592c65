/* Names in people's words: what a scenario gives as titles, and where it gives none, the words of
 * the registries. Presentation alone: no number, name of a trial or hash depends on it. */
#ifndef FRAY_RESULTS_TITLES_H
#define FRAY_RESULTS_TITLES_H

#include "fray/base/arena.h"
#include "fray/base/status.h"
#include "fray/results/strengths.h"
#include "fray/schema/node.h"
#include "fray/schema/schema.h"

/** What titles are looked up in. Borrowed; all text that is made lies in the arena. NULL is
 * returned only when memory is out. Text is plain, not escaped, and never cut. */
struct fray_titles {
  const struct fray_node *scenario; /* NULL: not known, then names speak for themselves */
  const char *const *modality;      /* (n_modalities) of the data */
  const char *const *kind;          /* (n_modalities) theirs; NULL, or one of them: not known */
  size_t n_modalities;              /* 0: not known */
  struct fray_arena *arena;
};

/** Takes the titles of entries, tests and methods, and those of the study, out of a scenario or a
 * tree that becomes a cell's: what is left is all that results depend on. */
void fray_titles_drop(struct fray_node *scenario);
/** Likewise out of the value that a sweep gives a key. */
void fray_titles_drop_swept(const char *key, struct fray_node *value);

/** A text at `titles.SECTION.A` or `titles.SECTION.A.B` (b not NULL), or NULL. */
const char *fray_title_given(const struct fray_titles *t, const char *section, const char *a,
                             const char *b);
/** The title of the study, else its name, else NULL. */
const char *fray_title_of_study(const struct fray_titles *t);
/** Whether a kind of damage may act on a modality of that name, whose kind `is` (NULL: not known:
 * then its name is its kind, or it may be any). */
bool fray_title_may_hit(const struct fray_choice *kind, const char *modality, const char *is);
/** "sound" for a modality that is called after its kind, else its own name. */
const char *fray_title_of_modality(const struct fray_titles *t, const char *name);
/** The title of a class, else its name. */
const char *fray_title_of_class(const struct fray_titles *t, const char *name);
/** What an entry of `corruption:` or `tests:` does: "sound and picture lost". id: where the kind
 * has no words. */
const char *fray_title_of_entry(const struct fray_titles *t, const struct fray_node *entry,
                                const char *id);
/** A swept key before there are results: its title, or what the entry whose key it is does; NULL:
 * it has no other name than its own. */
const char *fray_title_of_key(const struct fray_titles *t, const char *key);
/** "sound lost at test"; name: of the test. A test that nobody told of keeps its name. */
const char *fray_title_of_test(const struct fray_titles *t, const char *name);
/** A strength with its unit: "60 %", "10 dB". */
const char *fray_title_of_strength(const struct fray_strength_meaning *strength, double x,
                                   struct fray_arena *arena);
/** A value of a swept key as the tables have it; strength: of the key, NULL if it is none. What is
 * no number and has no title is as it is. */
const char *fray_title_of_value(const struct fray_titles *t, const char *key,
                                const struct fray_strength_meaning *strength, const char *value);
/** The words of a metric: "macro F1"; its name if nobody knows it. */
const char *fray_title_of_metric(const char *metric);

/** Makes n labels differ: what is equal gets its id behind it, in brackets. ids differ. False: out
 * of memory. O(n log n) a round, of which there are few. */
bool fray_titles_distinct(const char **label, const char *const *id, size_t n,
                          struct fray_arena *arena);

struct fray_rep_results;
/** The titles of what a results folder holds; all of one list differ. */
struct fray_rep_titles {
  struct fray_titles from;
  const char *study;
  const char **key;       /* (n_keys) "sound lost at training and test" */
  const char **key_word;  /* (n_keys) short: "lost", before a number */
  const char **condition; /* (conditions.n) */
  const char **metric;    /* (metrics.n) */
  const char **group;     /* (groups.n) of the value alone: all of one column differ */
  const char **column;    /* (groups.n) of its column; columns differ */
  struct fray_rep_value_titles {
    size_t n;
    const char **value, **title; /* (n) distinct values, in the order of the cells */
  } * values;                    /* (n_keys) */
};
/** Makes results->titles, once the rest was read. MEMORY. */
enum fray_status fray_rep_titles_make(struct fray_rep_results *r, struct fray_err *err);

#endif
