/* Reads a command line by the table of its command. Options and operands may be mixed, as in git
 * and mpirun; whatever is wrong is said with the option's own name, and before anything was done.
 */
#include "options.h"

#include "fray/base/size.h"
#include "values.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One walk over argv, with what it has found so far. */
struct walk {
  const struct cli_command *command;
  int argc, at;
  char **argv;
  bool *given;  /* (n_options) */
  char *values; /* the command's struct, which the rows' offsets point into */
  struct cli_call *call;
};

/* The option that a word names, "--out", "--out=x" or "-o"; NULL: none. */
static const struct cli_option *find_option(const struct cli_command *command, const char *word) {
  /* Letters are not bundled and take their value from the next word: "-o=x" and "-ox" are unknown,
   * rather than a folder called "=x". */
  const size_t length = strcspn(word, "=");
  for (size_t i = 0; i < command->n_options; i++) {
    const struct cli_option *o = &command->option[i];
    if (word[1] != '-' && o->letter && word[1] == o->letter && word[2] == '\0')
      return o;
    if (word[1] == '-' && strlen(o->name) == length - 2 &&
        strncmp(o->name, word + 2, length - 2) == 0)
      return o;
  }
  return NULL;
}

/* The value behind "=" is left out of the comparison, and one dash is read as two: -out is near
 * --out. */
static enum fray_status refuse_unknown(const char *word, const struct cli_command *command,
                                       struct fray_err *err) {
  enum { MOST = 32 };
  /* A list of all is short enough to save a look at --help. */
  char written[MOST][64], name[64], list[512];
  const char *names[MOST];
  size_t n = 0;
  for (; n < command->n_options && n + 1 < MOST; n++) {
    snprintf(written[n], sizeof written[n], "--%s", command->option[n].name);
    names[n] = written[n];
  }
  names[n++] = "--help"; /* main() takes it out, but --hepl comes here */
  const char *start = word + strspn(word, "-");
  snprintf(name, sizeof name, "--%.*s", (int)strcspn(start, "="), start);
  return fray_fail(err, FRAY_INPUT, "unknown option '%s'; %s", word,
                   fray_there_are(name, names, n, list, sizeof list));
}

/* The value of an option: behind "=", or the next word, unless that is an option of the command
 * itself, which was hardly meant to be a file's name. */
static enum fray_status find_value(struct walk *w, const struct cli_option *option,
                                   const char **value, struct fray_err *err) {
  const char *word = w->argv[w->at], *equal = strchr(word, '=');
  if (word[1] == '-' && equal) {
    *value = equal + 1;
    return FRAY_OK;
  }
  *value = w->at + 1 < w->argc ? w->argv[++w->at] : NULL;
  FRAY_CHECK(*value, err, INPUT, "--%s needs a value: %s", option->name, option->argument);
  const bool is_option = (*value)[0] == '-' && (*value)[1] && find_option(w->command, *value);
  FRAY_CHECK(!is_option, err, INPUT,
             "--%s needs a value (%s), but '%s' is an option; --%s=%s if that is the value",
             option->name, option->argument, *value, option->name, *value);
  return FRAY_OK;
}

/* The place in the table is the place in `given`; at each call w->at is the word of the option, and
 * afterwards the last word that was used. */
static enum fray_status take_option(struct walk *w, const struct cli_option *option,
                                    struct fray_err *err) {
  const size_t i = (size_t)(option - w->command->option);
  const char *value = NULL;
  /* Which of two values was meant nobody can know: a script and its caller may each have given one.
   */
  FRAY_CHECK(option->value == CLI_TEXTS || !w->given[i], err, INPUT, "--%s is given twice",
             option->name);
  w->given[i] = true;
  if (option->value == CLI_FLAG)
    FRAY_CHECK(!strchr(w->argv[w->at], '='), err, INPUT, "--%s takes no value", option->name);
  else
    FRAY_TRY(find_value(w, option, &value, err));
  return cli_read_value(option, value, w->values + option->at, err);
}

/* call->operand has room for every word, so nothing is checked here. A word behind "--" may begin
 * with a dash, as names of files do. */
static enum fray_status walk_words(struct walk *w, struct fray_err *err) {
  bool only_operands = false; /* behind "--" */
  for (; w->at < w->argc; w->at++) {
    const char *word = w->argv[w->at];
    if (only_operands || word[0] != '-' || word[1] == '\0') { /* "-" is a file */
      w->call->operand[w->call->n++] = word;
      continue;
    }
    if (strcmp(word, "--") == 0) {
      only_operands = true;
      continue;
    }
    const struct cli_option *option = find_option(w->command, word);
    if (!option)
      return refuse_unknown(word, w->command, err);
    FRAY_TRY(take_option(w, option, err));
  }
  return FRAY_OK;
}

/* Before the words are read. Defaults go through the same reader, so help cannot promise a default
 * that the option would refuse. */
static enum fray_status set_standards(const struct walk *w, struct fray_err *err) {
  for (size_t i = 0; i < w->command->n_options; i++) {
    const struct cli_option *o = &w->command->option[i];
    if (o->standard)
      FRAY_TRY(cli_read_value(o, o->standard, w->values + o->at, err));
  }
  return FRAY_OK;
}

/* By name, since one row speaks of another. A name that no row has is never given. */
static bool is_given(const struct walk *w, const char *name) {
  for (size_t i = 0; i < w->command->n_options; i++)
    if (strcmp(w->command->option[i].name, name) == 0)
      return w->given[i];
  return false;
}

/* The option that was given and ends the matter by itself, or NULL. */
static const struct cli_option *given_alone(const struct walk *w) {
  for (size_t i = 0; i < w->command->n_options; i++)
    if (w->given[i] && w->command->option[i].alone)
      return &w->command->option[i];
  return NULL;
}

/* What no word alone shows: options that are missing, and those that contradict one another. */
static enum fray_status check_together(const struct walk *w, const struct cli_option *alone,
                                       struct fray_err *err) {
  for (size_t i = 0; i < w->command->n_options; i++) {
    const struct cli_option *o = &w->command->option[i];
    FRAY_CHECK(!w->given[i] || !o->excludes || !is_given(w, o->excludes), err, INPUT,
               "--%s and --%s exclude each other", o->name, o->excludes);
    FRAY_CHECK(!w->given[i] || !o->beside || is_given(w, o->beside), err, INPUT,
               "--%s says nothing without --%s", o->name, o->beside);
    if (!o->needed || w->given[i] || alone || (o->unless && is_given(w, o->unless)))
      continue;
    char name[80];
    if (o->letter)
      snprintf(name, sizeof name, "-%c", o->letter);
    else
      snprintf(name, sizeof name, "--%s", o->name);
    return fray_fail(err, FRAY_INPUT, "%s%s%s is missing: %s", name, o->argument ? " " : "",
                     o->argument ? o->argument : "", o->needed);
  }
  return FRAY_OK;
}

/* One sentence of the table serves both ways to be wrong. */
static enum fray_status check_operands(const struct cli_command *command,
                                       const struct cli_option *alone, const struct cli_call *call,
                                       struct fray_err *err) {
  const struct cli_operand *wanted = command->operand;
  FRAY_CHECK(!alone || call->n == 0, err, INPUT, "unexpected '%s'; --%s stands alone",
             call->operand[0], alone->name);
  if (alone)
    return FRAY_OK;
  if (!wanted) {
    FRAY_CHECK(call->n == 0, err, INPUT, "unexpected '%s'; %s takes options alone",
               call->operand[0], command->name);
    return FRAY_OK;
  }
  FRAY_CHECK(call->n > 0 || wanted->least == 0, err, INPUT, "%s, none given", wanted->expected);
  FRAY_CHECK(call->n >= wanted->least && call->n <= wanted->most, err, INPUT, "%s, %zu given",
             wanted->expected, call->n);
  return FRAY_OK;
}

/* What was allocated stays in call also after a failure, for cli_call_free(). */
enum fray_status cli_parse(const struct cli_command *command, int argc, char **argv,
                           struct cli_call *call, struct fray_err *err) {
  struct walk w = {.command = command, .argc = argc, .argv = argv, .call = call};
  call->argc = argc;
  call->argv = argv;
  call->n = 0;
  /* Room for all words: how many of them are operands is known at the end. */
  call->operand = calloc((size_t)argc + 1, sizeof *call->operand);
  w.values = calloc(1, FRAY_MAX(command->size, (size_t)1));
  w.given = calloc(command->n_options + 1, sizeof *w.given);
  call->given = w.values;
  enum fray_status status = call->operand && w.values && w.given
                                ? set_standards(&w, err)
                                : fray_fail(err, FRAY_MEMORY, "out of memory");
  if (status == FRAY_OK)
    status = walk_words(&w, err);
  /* Operands first: who forgot the scenario should hear of that before anything else. */
  if (status == FRAY_OK)
    status = check_operands(command, given_alone(&w), call, err);
  if (status == FRAY_OK)
    status = check_together(&w, given_alone(&w), err);
  free(w.given);
  return status;
}

/* Texts belong to argv; only what was allocated here is released. */
void cli_call_free(struct cli_call *call) {
  free(call->operand);
  free((void *)(uintptr_t)call->given);
  *call = (struct cli_call){0};
}
