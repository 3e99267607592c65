/* What a command takes and says, as one table: it is read, shown as --help, written as a manual
 * page and as completion for shells. Nothing about an option is written anywhere else. */
#ifndef FRAY_CLI_OPTIONS_H
#define FRAY_CLI_OPTIONS_H

#include "fray/base/status.h"
#include "fray/base/text.h"
#include "fray/schema/node.h"

#include <stdbool.h>
#include <stddef.h>

struct fray_comm;

/** What the member is that an option sets. */
enum cli_value {
  CLI_FLAG,   /* bool */
  CLI_TEXT,   /* const char *: argv memory */
  CLI_TEXTS,  /* struct cli_texts: may be given several times */
  CLI_COUNT,  /* long: 1 to .most */
  CLI_WORD,   /* int: index into .words */
  CLI_READER, /* what .read makes of it */
};

/** What a shell offers where a value is expected. */
enum cli_offer { CLI_NOTHING, CLI_FILES, CLI_YAML, CLI_FOLDERS };

enum { CLI_MOST_TEXTS = 256 };
struct cli_texts {
  size_t n;
  const char *v[CLI_MOST_TEXTS];
};

/** Names that can be said: the i-th with its meaning ("" if it has none), or NULL beyond the last.
 *  Static storage. */
struct cli_names {
  const char *const *list; /* NULL-terminated; or */
  const char *(*at)(size_t i, const char **meaning);
  const char *title; /* help lists them with their meanings under this; NULL: it does not */
};
const char *cli_name_at(const struct cli_names *names, size_t i, const char **meaning);

struct cli_option {
  const char *name; /* without dashes */
  char letter;      /* 'o' for -o; 0: none */
  enum cli_value value;
  size_t at;              /* offset of its member in the command's struct */
  const char *argument;   /* what help calls the value: "DIR"; NULL: a flag */
  const char *standard;   /* the value when it is not given, read like a given one; NULL: zero */
  const char *otherwise;  /* what is done when it is not given, where no value says so */
  const char *help;       /* begins in lower case, has no full stop */
  const char *group;      /* heading; NULL: that of the option above */
  const char *needed;     /* it must be given, and what for */
  const char *unless;     /* ... but not beside this flag */
  const char *excludes;   /* option that cannot be given beside it */
  const char *beside;     /* option without which it would say nothing, and is refused */
  bool alone;             /* FLAG: prints something and ends; no operand is taken beside it, and
                             nothing is needed */
  long most;              /* COUNT */
  struct cli_names names; /* WORD: what is allowed. TEXT, TEXTS: what a shell offers */
  enum cli_offer offer;
  enum fray_status (*read)(const char *text, void *member, struct fray_err *err); /* READER */
};

/* Rows: CLI_OPTION(TEXT, "out", struct given, out, .letter = 'o', .help = "..."). A member of
 * another type than the row says does not compile. */
#define CLI_OPTION(VALUE, NAME, STRUCT, MEMBER, ...)                                               \
  {                                                                                                \
    .name = NAME, .value = CLI_##VALUE,                                                            \
    .at = offsetof(STRUCT, MEMBER) + 0 * sizeof((CLI_AS_##VALUE *)0 == &((STRUCT *)0)->MEMBER),    \
    __VA_ARGS__                                                                                    \
  }
#define CLI_AS_FLAG bool
#define CLI_AS_TEXT const char *
#define CLI_AS_TEXTS struct cli_texts
#define CLI_AS_COUNT long
#define CLI_AS_WORD int
#define CLI_AS_READER void

/** What stands on the command line beside the options. */
struct cli_operand {
  const char *name;     /* as in the synopsis: "SCENARIO", "SHARDS...", "[KIND]" */
  const char *expected; /* "one scenario file is expected": of a message when the number is wrong */
  size_t least, most;
  struct cli_names names;
  enum cli_offer offer;
};
/* CLI_OPERAND(1, 1, "SCENARIO", "one scenario file is expected", .offer = CLI_YAML) */
#define CLI_OPERAND(LEAST, MOST, NAME, EXPECTED, ...)                                              \
  { .name = NAME, .expected = EXPECTED, .least = LEAST, .most = MOST, __VA_ARGS__ }

/** A line of a list in a manual page: a file, an exit status, an example and what is said of it. */
struct cli_said {
  const char *what, *text;
};
/** Such a list: CLI_SAID({"0", "done"}, {"1", "failed"}). */
#define CLI_SAID(...)                                                                              \
  (const struct cli_said[]) {                                                                      \
    __VA_ARGS__, {                                                                                 \
      NULL, NULL                                                                                   \
    }                                                                                              \
  }

struct cli_call;

struct cli_command {
  const char *name, *meaning;
  bool parallel; /* runs on all ranks with MPI; else on rank 0 alone, without it */
  bool passing;  /* what it leaves is looked at and gone: folders get no manifest */
  const struct cli_operand *operand; /* NULL: takes none */
  const struct cli_option *option;   /* (n_options) */
  size_t n_options;
  size_t size;                             /* of the struct that the options' members lie in */
  const char *about;                       /* paragraphs, with an empty line between them */
  const char *notes;                       /* what else, behind the options; NULL */
  const struct cli_said *exits;            /* up to a NULL: what 0, 1, ... mean */
  const struct cli_said *files, *examples; /* of the manual page; up to a NULL */
  const char *also;                        /* related commands, blanks between: "check status" */
  enum fray_status (*run)(const struct cli_call *call, struct fray_err *err);
};

/* Members of a command: its options, and the struct that they are read into. */
#define CLI_TAKES(OPTIONS, STRUCT)                                                                 \
  .option = OPTIONS, .n_options = sizeof(OPTIONS) / sizeof *(OPTIONS), .size = sizeof(STRUCT)

/** What a command was called with. */
struct cli_call {
  int argc;               /* as it was said, behind the command's name */
  char **argv;            /* (argc) */
  struct fray_comm *comm; /* NULL: the command runs without MPI */
  size_t n;
  const char **operand; /* (n) argv memory */
  const void *given;    /* the command's struct */
};

/** Reads argv by the command's table into *call, all but comm. cli_call_free releases it, also
 * after an error. INPUT: an unknown option (names the nearest), one that is given twice, or without
 * its value, or with one that it does not take; too many or too few operands; a needed or an
 * excluded option. MEMORY. */
enum fray_status cli_parse(const struct cli_command *command, int argc, char **argv,
                           struct cli_call *call, struct fray_err *err);
void cli_call_free(struct cli_call *call);

/** True if text is a whole number of 1 to most, and nothing else. */
bool cli_read_count(const char *text, long most, long *out);

/** Reads a wall time into a double of seconds, as cli_option.read does. INPUT: none of the forms,
 * or not more than 0. */
enum fray_status cli_read_walltime(const char *text, void *member, struct fray_err *err);

/** KEY=VALUE texts as one map, values as YAML; a later one replaces an earlier one. Memory: arena.
 *  INPUT: a text that is none. */
enum fray_status cli_read_sets(const char *const *sets, size_t n, struct fray_arena *arena,
                               struct fray_node **out, struct fray_err *err);

/** The program itself: what `fray --help` and its manual page say. */
struct cli_program {
  const char *name, *meaning, *version;
  const struct cli_command *const *command; /* (n) */
  size_t n;
  const char *about;
  const struct cli_said *exits, *files, *examples;
};

/** How the parts of a command line are marked where they are shown. */
struct cli_marks {
  const char *literal, *argument, *end, *dash;
};
extern const struct cli_marks cli_plain, cli_roff;
/** "fray run SCENARIO [-o DIR] [--set KEY=VALUE]..." with blanks that must not break as CLI_HARD.
 *  most_options: with more of them, those that may be left out become "[OPTION]...". */
void cli_put_synopsis(struct fray_text *out, const struct cli_command *command,
                      const struct cli_marks *marks, size_t most_options);
enum { CLI_HARD = '\x1f', CLI_WIDTH = 80 };
/** "-o, --out DIR". */
void cli_put_label(struct fray_text *out, const struct cli_option *option,
                   const struct cli_marks *marks);
/** The help sentence with the default: "results folder (default: results/NAME)". whole: and with
 * the range. */
void cli_put_meaning(struct fray_text *out, const struct cli_option *option, bool whole);

/** The texts of --help: of a command, of the program. Lines of at most 80 columns. */
void cli_put_help(struct fray_text *out, const struct cli_command *command);
void cli_put_program_help(struct fray_text *out, const struct cli_program *program);

/** Manual pages in the man macros of groff and mandoc: of a command, of the program. */
void cli_put_manual(struct fray_text *out, const struct cli_program *program,
                    const struct cli_command *command);
void cli_put_program_manual(struct fray_text *out, const struct cli_program *program);

/** Completion scripts of shells. */
void cli_put_bash(struct fray_text *out, const struct cli_program *program);
void cli_put_zsh(struct fray_text *out, const struct cli_program *program);
void cli_put_fish(struct fray_text *out, const struct cli_program *program);

#endif
