/* Options and operands of a command line. */
#include "command.h"

#include "fray/base/text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct cli_option *find(const struct cli_option *options, size_t n, const char *name,
                                     size_t length) {
  for (size_t i = 0; i < n; i++)
    if (strlen(options[i].name) == length && strncmp(options[i].name, name, length) == 0)
      return &options[i];
  return NULL;
}

static enum fray_status unknown(const char *given, const struct cli_option *options, size_t n,
                                struct fray_err *err) {
  enum { MOST = 32 };
  char written[MOST][64], name[64], list[512];
  const char *names[MOST];
  const size_t count = n < MOST ? n : MOST;
  for (size_t i = 0; i < count; i++) {
    snprintf(written[i], sizeof written[i], "--%s", options[i].name);
    names[i] = written[i];
  }
  const char *start = given + strspn(given, "-");
  snprintf(name, sizeof name, "--%.*s", (int)strcspn(start, "="), start);
  return fray_fail(err, FRAY_INPUT, "unknown option '%s'; %s", given,
                   fray_there_are(name, names, count, list, sizeof list));
}

static enum fray_status take(const struct cli_option *option, const char *value,
                             struct fray_err *err) {
  if (option->value)
    *option->value = value;
  if (!option->list)
    return FRAY_OK;
  FRAY_CHECK(*option->n_list < CLI_LIST, err, INPUT, "--%s: given more than %d times", option->name,
             CLI_LIST);
  option->list[(*option->n_list)++] = value;
  return FRAY_OK;
}

enum fray_status cli_parse(int argc, char **argv, const struct cli_option *options, size_t n,
                           const char **operands, size_t *n_operands, struct fray_err *err) {
  bool only_operands = false;
  *n_operands = 0;
  for (int i = 0; i < argc; i++) {
    const char *arg = argv[i];
    if (only_operands || arg[0] != '-' || arg[1] == '\0') {
      operands[(*n_operands)++] = arg;
      continue;
    }
    if (strcmp(arg, "--") == 0) {
      only_operands = true;
      continue;
    }
    const struct cli_option *option = NULL;
    const char *equal = strchr(arg, '=');
    if (arg[1] == '-')
      option = find(options, n, arg + 2, equal ? (size_t)(equal - arg - 2) : strlen(arg + 2));
    for (size_t k = 0; !option && arg[1] != '-' && arg[2] == '\0' && k < n; k++)
      option = options[k].letter == arg[1] ? &options[k] : NULL;
    if (!option)
      return unknown(arg, options, n, err);
    if (option->flag) {
      FRAY_CHECK(!equal, err, INPUT, "--%s takes no value", option->name);
      *option->flag = true;
      continue;
    }
    const char *value = arg[1] == '-' && equal ? equal + 1 : i + 1 < argc ? argv[++i] : NULL;
    FRAY_CHECK(value, err, INPUT, "--%s needs a value", option->name);
    FRAY_TRY(take(option, value, err));
  }
  return FRAY_OK;
}

bool cli_read_count(const char *text, long most, long *out) {
  char *end;
  errno = 0;
  *out = strtol(text, &end, 10);
  return *text >= '0' && *text <= '9' && *end == '\0' && errno == 0 && *out >= 1 && *out <= most;
}

enum fray_status cli_count(const char *name, const char *text, long most, long *out,
                           struct fray_err *err) {
  FRAY_CHECK(!text || cli_read_count(text, most, out), err, INPUT,
             "--%s %s: a whole number of 1 to %ld is expected", name, text, most);
  return FRAY_OK;
}
