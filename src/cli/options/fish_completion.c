/* Completion for fish, from the tables: one line an option, each under the condition that its
 * command was typed. */
#include "options.h"

#include <string.h>

/* Words up to a semicolon, quoted: fish shows one line, and what follows are details. */
static void put_short(struct fray_text *out, const char *words) {
  fray_text_puts(out, " -d '");
  for (const char *p = words; *p && *p != ';'; p++) {
    if (*p == '\'' || *p == '\\')
      fray_text_puts(out, "\\");
    fray_text_add(out, p, 1);
  }
  fray_text_puts(out, "'\n");
}

/* -x takes a value and no files; -F brings the files back. */
static void put_offer(struct fray_text *out, const struct cli_names *names, enum cli_offer offer) {
  static const char *const how[] = {[CLI_NOTHING] = "",
                                    [CLI_FILES] = " -rF",
                                    [CLI_YAML] = " -ka '(__fish_complete_suffix .yaml)'",
                                    [CLI_FOLDERS] = " -a '(__fish_complete_directories)'"};
  const char *name, *meaning;
  if (!cli_name_at(names, 0, &meaning)) {
    fray_text_puts(out, how[offer]);
    return;
  }
  fray_text_puts(out, " -a '");
  for (size_t i = 0; (name = cli_name_at(names, i, &meaning)) != NULL; i++)
    fray_text_printf(out, "%s%s", i ? " " : "", name);
  fray_text_puts(out, "'");
}

/* Under "no command yet" the command itself, under "this command was typed" what it takes. */
static void put_command(struct fray_text *out, const struct cli_program *program,
                        const struct cli_command *command) {
  fray_text_printf(out, "\ncomplete -c %s -n __fish_use_subcommand -a %s", program->name,
                   command->name);
  put_short(out, command->meaning);
  for (size_t i = 0; i < command->n_options; i++) {
    const struct cli_option *o = &command->option[i];
    fray_text_printf(out, "complete -c %s -n '__fish_seen_subcommand_from %s' -l %s", program->name,
                     command->name, o->name);
    if (o->letter)
      fray_text_printf(out, " -s %c", o->letter);
    if (o->argument) {
      /* Nothing stands between the option and its value but what the table offers. */
      fray_text_puts(out, o->offer == CLI_FILES ? "" : " -x");
      put_offer(out, &o->names, o->offer);
    }
    put_short(out, o->help);
  }
  /* Last, and offered beside the options of the lines above. */
  if (!command->operand)
    return;
  fray_text_printf(out, "complete -c %s -n '__fish_seen_subcommand_from %s'", program->name,
                   command->name);
  put_offer(out, &command->operand->names, command->operand->offer);
  fray_text_puts(out, "\n");
}

/* Files are offered by nothing but what asks for them (-f), and --help by all. */
void cli_put_fish(struct fray_text *out, const struct cli_program *program) {
  fray_text_printf(out,
                   "# fish completion for %s, made from the program's table of options\n"
                   "complete -c %s -f\n"
                   "complete -c %s -s h -l help -d 'says what the command takes'\n",
                   program->name, program->name, program->name);
  for (size_t i = 0; i < program->n; i++)
    put_command(out, program, program->command[i]);
}
