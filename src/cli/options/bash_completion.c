/* Completion for bash, from the tables. It needs nothing of the package bash-completion, and does
 * not call the program: completing must be fast, and a cluster's login node may not run it. */
#include "options.h"

#include <string.h>

/* bash divides "--out=DIR" into three words at the "=", which is put together again here. Values of
 * files keep their slashes and get no blank behind a folder. */
static const char begins[] =
    "_fray_words() { mapfile -t COMPREPLY < <(compgen -W \"$1\" -- \"$cur\"); }\n"
    "_fray_folders() {\n"
    "  compopt -o filenames\n"
    "  mapfile -t COMPREPLY < <(compgen -d -- \"$cur\")\n"
    "}\n"
    "_fray_files() {\n"
    "  compopt -o filenames\n"
    "  mapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n"
    "}\n"
    "_fray_yaml() {\n"
    "  compopt -o filenames\n"
    "  mapfile -t COMPREPLY < <(compgen -d -- \"$cur\"; compgen -f -X '!*.yaml' -- \"$cur\"\n"
    "                           compgen -f -X '!*.yml' -- \"$cur\")\n"
    "}\n"
    "_fray() {\n"
    "  local cur=${COMP_WORDS[COMP_CWORD]} before=$((COMP_CWORD - 1))\n"
    "  local command=${COMP_WORDS[1]} options= last\n"
    "  COMPREPLY=()\n"
    "  if [[ $cur == '=' ]]; then\n"
    "    cur=\n"
    "  elif [[ ${COMP_WORDS[before]} == '=' ]]; then\n"
    "    before=$((before - 1))\n"
    "  fi\n"
    "  last=${COMP_WORDS[before]}\n";

/* ":" does nothing: values of free text are completed by nothing rather than by file names. */
static const char *function_of(enum cli_offer offer) {
  static const char *const names[] = {[CLI_NOTHING] = ":",
                                      [CLI_FILES] = "_fray_files",
                                      [CLI_YAML] = "_fray_yaml",
                                      [CLI_FOLDERS] = "_fray_folders"};
  return names[offer];
}

/* What completes a value: words, if there are some, else files. */
static void put_offer(struct fray_text *out, const struct cli_names *names, enum cli_offer offer) {
  const char *name, *meaning;
  if (!cli_name_at(names, 0, &meaning)) {
    fray_text_puts(out, function_of(offer));
    return;
  }
  /* All names are words of letters, digits, "-" and "_": nothing of them is read by the shell. */
  fray_text_puts(out, "_fray_words \"");
  for (size_t i = 0; (name = cli_name_at(names, i, &meaning)) != NULL; i++)
    fray_text_printf(out, "%s%s", i ? " " : "", name);
  fray_text_puts(out, "\"");
}

/* One case for each option that takes a value, by command: --tests means something to evaluate
 * alone. */
static void put_values(struct fray_text *out, const struct cli_command *command) {
  for (size_t i = 0; i < command->n_options; i++) {
    const struct cli_option *o = &command->option[i];
    if (!o->argument)
      continue;
    fray_text_printf(out, "    %s/--%s", command->name, o->name);
    if (o->letter)
      fray_text_printf(out, " | %s/-%c", command->name, o->letter);
    fray_text_puts(out, ") ");
    put_offer(out, &o->names, o->offer);
    fray_text_puts(out, "; return ;;\n");
  }
}

/* Options stand in a variable, and are offered at the end, once a dash was typed. */
static void put_command(struct fray_text *out, const struct cli_command *command) {
  fray_text_printf(out, "    %s)\n      options='", command->name);
  for (size_t i = 0; i < command->n_options; i++)
    fray_text_printf(out, "--%s ", command->option[i].name);
  fray_text_puts(out, "--help'\n      ");
  if (command->operand) {
    fray_text_puts(out, "[[ $cur == -* ]] || ");
    put_offer(out, &command->operand->names, command->operand->offer);
    fray_text_puts(out, " ;;\n");
  } else {
    fray_text_puts(out, ": ;;\n");
  }
}

/* First the command, then a value behind its option, then options and operands: the first that fits
 * returns. */
void cli_put_bash(struct fray_text *out, const struct cli_program *program) {
  fray_text_printf(out, "# bash completion for %s, made from the program's table of options\n%s",
                   program->name, begins);
  fray_text_puts(out, "  if ((COMP_CWORD == 1)); then\n    _fray_words '");
  for (size_t i = 0; i < program->n; i++)
    fray_text_printf(out, "%s ", program->command[i]->name);
  fray_text_puts(out, "--help --version'\n    return\n  fi\n  case $command/$last in\n");
  for (size_t i = 0; i < program->n; i++)
    put_values(out, program->command[i]);
  fray_text_puts(out, "  esac\n  case $command in\n");
  for (size_t i = 0; i < program->n; i++)
    put_command(out, program->command[i]);
  fray_text_printf(out,
                   "  esac\n  [[ $cur != -* ]] || _fray_words \"$options\"\n}\n"
                   "complete -F _fray %s\n",
                   program->name);
}
