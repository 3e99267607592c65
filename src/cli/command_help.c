/* fray help: what commands take, as text, as manual pages and as completion for shells. */
#include "commands.h"

#include "fray/base/size.h"

#include <string.h>

/* Text, manual pages and completion come from the same tables, so one command gives them all; the
 * build asks it for what is installed. */
struct given {
  bool man;
  const char *completion;
};

static const struct shell {
  const char *name;
  void (*put)(struct fray_text *out, const struct cli_program *program);
} shells[] = {{"bash", cli_put_bash}, {"fish", cli_put_fish}, {"zsh", cli_put_zsh}};

/* NULL ends the list, as of all lists of names. */
static const char *shell_at(size_t i, const char **meaning) {
  *meaning = "";
  return i < FRAY_COUNT(shells) ? shells[i].name : NULL;
}

/* No shell is guessed from the environment: scripts are made for other shells than the one that
 * runs. */
static enum fray_status put_completion(const char *shell, struct fray_text *out,
                                       struct fray_err *err) {
  const char *names[FRAY_COUNT(shells)];
  char list[128];
  for (size_t i = 0; i < FRAY_COUNT(shells); i++) {
    names[i] = shells[i].name;
    if (strcmp(shell, names[i]) != 0)
      continue;
    shells[i].put(out, &cli_fray);
    return FRAY_OK;
  }
  return fray_fail(err, FRAY_INPUT, "no completion for '%s'; %s", shell,
                   fray_there_are(shell, names, FRAY_COUNT(shells), list, sizeof list));
}

/* Everything is put into a text before any of it is printed: an unknown command prints nothing. */
static enum fray_status put_help(const struct cli_call *call, struct fray_text *out,
                                 struct fray_err *err) {
  const struct given *given = call->given;
  if (given->completion)
    return put_completion(given->completion, out, err);
  /* The shells complete the whole program: a command beside --completion changes nothing. */
  const struct cli_command *command = call->n ? cli_find_command(call->operand[0]) : NULL;
  if (call->n && !command)
    return cli_unknown_command(call->operand[0], err);
  if (command && given->man)
    cli_put_manual(out, &cli_fray, command);
  else if (command)
    cli_put_help(out, command);
  else if (given->man)
    cli_put_program_manual(out, &cli_fray);
  else
    cli_put_program_help(out, &cli_fray);
  return FRAY_OK;
}

static enum fray_status run(const struct cli_call *call, struct fray_err *err) {
  struct fray_text text = {0};
  enum fray_status status = put_help(call, &text, err);
  /* A page that lost a line to memory is worse than none, since a build would install it. */
  if (status == FRAY_OK && (text.failed || !text.data))
    status = fray_fail(err, FRAY_MEMORY, "out of memory");
  if (status == FRAY_OK)
    fray_print("%s", text.data);
  fray_text_free(&text);
  return status;
}

/* The build calls both for what it installs; people have them without installing. */
static const struct cli_option options[] = {
    CLI_OPTION(FLAG, "man", struct given, man, .excludes = "completion",
               .help = "prints the manual page, for man -l"),
    CLI_OPTION(TEXT, "completion", struct given, completion, .argument = "SHELL",
               .names = {.at = shell_at},
               .help = "prints what completes the words of a command line: bash, fish or zsh"),
};

static const struct cli_operand operand = CLI_OPERAND(
    0, 1, "[COMMAND]", "one command at most is expected", .names = {.at = cli_command_at});

const struct cli_command cli_help = {
    .name = "help",
    .meaning = "say what a command takes",
    .operand = &operand,
    CLI_TAKES(options, struct given),
    .about = "Lists the commands, or says what one of them takes.",
    .exits = CLI_SAID({"0", "done"}, {"2", "wrong usage: there is no such command"}),
    .examples = CLI_SAID({"fray help run --man | man -l -", "A manual page that is not installed:"},
                         {"source <(fray help --completion bash)", "Completion in this bash:"}),
    .also = "version list scenario",
    .run = run};
