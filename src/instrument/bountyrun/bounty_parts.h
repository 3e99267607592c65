/* Parts of the bounty's command: what is asked for, what models said, what became of certificates.
 */
#ifndef BOUNTY_PARTS_H
#define BOUNTY_PARTS_H

#include "fray/fed/sample_traits.h"
#include "fray/instrument/bounty.h"
#include "fray/instrument/bounty_command.h"
#include "fray/metric/pointer_list.h"
#include "fray/study/kept.h"

/* ---- bounty_file.c ---- */

/** What a certificate's answer is, as the file has it: one of these. */
struct bounty_given {
  const struct fray_node *cell;
  const char *without;
  const struct fray_node *say;
  const char *head;
};
/** A file: a certificate, or (without group and answer) the terms of the bounty. */
struct bounty_paper {
  const char *path, *hunter, *model;
  const struct fray_node *group; /* NULL: no certificate */
  struct bounty_given answer;
};
/** Whose model is to be mended, and under what. */
struct bounty_against {
  const char *path;             /* that says it; NULL: none does */
  const struct fray_node *cell; /* NULL: not said */
  int64_t seed;                 /* INT64_MIN: the first that has models */
  const char *condition;        /* NULL: clean */
};
struct bounty_file {
  size_t n;
  struct bounty_paper *paper; /* (n) */
  struct bounty_against against;
  struct fray_bounty_terms terms;
};
/** INPUT: as fray_bounty. Collective. */
enum fray_status bounty_file_read(const struct fray_bounty_wish *wish, struct fray_comm *comm,
                                  struct fray_arena *arena, struct bounty_file *out,
                                  struct fray_err *err);

/* ---- what there is ---- */

enum bounty_kind { BOUNTY_CELL, BOUNTY_WITHOUT, BOUNTY_SAY, BOUNTY_HEAD };
/** An answer that a certificate may give. */
struct bounty_answer {
  enum bounty_kind kind;
  const char *text;   /* as YAML in one line */
  size_t trial;       /* of CELL */
  const char *name;   /* of that trial */
  uint64_t model;     /* its hash, once it was asked */
  size_t modality;    /* of WITHOUT */
  const int16_t *say; /* (classes) of SAY: the class that is said in its place, -1: the same */
  const char *path;   /* of HEAD */
  const float *weight, *bias; /* (classes, hidden width), (classes) */
};
/** A certificate, and what became of it. */
struct bounty_certificate {
  const char *hunter, *team; /* team: of hunted ones, else "" */
  const struct fray_node *node;
  struct fray_group_rule group;
  size_t answer;
  size_t dev_n; /* of hunted ones: samples of dev that it was found on, and */
  int64_t dev_gain;
  struct fray_bounty_verdict verdict;
  size_t version, repairs; /* that it made; 0: none */
};
/** Samples of one role, and what was said of them. */
struct bounty_panel {
  enum fray_role role;
  size_t n;
  uint32_t *sample, *client;
  int32_t *label;
  uint8_t *present;
  int16_t *said; /* by the model that is mended */
  struct fray_traits traits;
  const int16_t **answer; /* (answers)(n) */
  const uint8_t **member; /* (certificates)(n) */
  const int16_t **given;  /* (certificates)(n) the answer of each */
};
enum { BOUNTY_FIND, BOUNTY_VERIFY, BOUNTY_REPORT, BOUNTY_PANELS };

struct bounty {
  struct fray_arena *arena;
  struct fray_comm *comm;
  const struct fray_bounty_wish *wish;
  const struct bounty_file *file;
  struct fray_kept *kept;
  bool drawn;       /* the study set no clients aside, so the bounty did */
  double share;     /* of test clients that verify */
  size_t trial;     /* whose model is mended */
  const char *cell; /* its name */
  const char *condition;
  size_t n_entries;
  const struct fray_corruption_config *const *entry;
  uint64_t model, data; /* hashes */
  size_t n_clients, n_classes, n_modalities;
  const char *const *class_name, *const *modality;
  struct fray_trait_plan plan;
  size_t n_answers, n_certificates;
  struct bounty_answer *answer;
  struct bounty_certificate *certificate;
  struct bounty_panel panel[BOUNTY_PANELS];
  struct fray_pointer_list list;
};

/* ---- bounty_target.c ---- */

/** Opens the results, and finds the model and the condition. The caller closes b->kept, also after
 *  an error. INPUT. Collective. */
enum fray_status bounty_open(struct bounty *b, struct fray_err *err);
/** The cell that a map of swept keys means; keys that it leaves out are those of `like`
 * (SIZE_MAX: any). where: for messages. INPUT: none, several, or one without models of the seed. */
enum fray_status bounty_find_cell(const struct bounty *b, const struct fray_node *map, size_t like,
                                  const char *where, size_t *out, struct fray_err *err);
/** The trial of a cell with a seed that has models; SIZE_MAX: none. */
size_t bounty_trial_of(const struct bounty *b, size_t cell, uint64_t seed);

/* ---- bounty_answers.c ---- */

/** The answer that a file gives. INPUT. */
enum fray_status bounty_answer_read(struct bounty *b, const struct bounty_paper *paper, size_t *out,
                                    struct fray_err *err);
/** All that hunters may offer: other cells' models of the same seed, and one modality left out. */
enum fray_status bounty_answers_at_hand(struct bounty *b, struct fray_err *err);
/** What answers that come of the model's own outputs say of samples: all but those of cells. */
enum fray_status bounty_answers_take(struct bounty *b, const struct fray_outputs *of,
                                     struct bounty_panel *panel, struct fray_err *err);
/** What of the outputs they need: enum fray_output. */
unsigned bounty_answers_read(const struct bounty *b);

/* ---- bounty_ask.c ---- */

/** What traits there are, and the certificates of the files. Collective. */
enum fray_status bounty_prepare(struct bounty *b, struct fray_err *err);
/** Asks the model and those of the answers about all panels. Collective. */
enum fray_status bounty_ask(struct bounty *b, struct fray_err *err);
/** Whose samples a certificate's group are, in all panels, and what it says of them. */
enum fray_status bounty_place(struct bounty *b, size_t certificate, struct fray_err *err);
struct fray_certified bounty_certified(const struct bounty_panel *panel);

/* ---- bounty_hunt.c ---- */

/** Adds certificates that hunters found on dev, the best first, as far as the budget goes. Ranks
 *  share the teams. Collective. */
enum fray_status bounty_hunt(struct bounty *b, struct fray_err *err);

/* ---- bounty_tables.c, bounty_list.c ---- */

/** A version on samples of one role, or of one group of them. */
struct bounty_error {
  size_t n, clients, wrong;
  double gain, low, high; /* share of mistakes that is gone since version 0, with its interval */
};
/** member (n): of the group; NULL: all. */
enum fray_status bounty_error_of(const struct bounty *b, const struct bounty_panel *panel,
                                 size_t version, const uint8_t *member, struct bounty_error *out,
                                 struct fray_err *err);
/** Fewer people or samples than these, and no rate of a group is said. */
enum { BOUNTY_CLIENTS = 5, BOUNTY_SAMPLES = 30 };

void bounty_submissions(const void *bounty, struct fray_text *out);
void bounty_versions(const void *bounty, struct fray_text *out);
void bounty_teams(const void *bounty, struct fray_text *out);
void bounty_columns(const void *bounty, struct fray_text *out);
void bounty_list_yaml(const void *bounty, struct fray_text *out);
/** For people, lines of at most `columns`. */
enum fray_status bounty_say(const struct bounty *b, size_t columns, struct fray_text *out,
                            struct fray_err *err);

#endif
