/* Manual pages, in the old macros of man(7) that groff and mandoc both read: the newer .SY and .OP
 * are groff's own, and mdoc would need marks in the tables. */
#include "options.h"

#include <ctype.h>
#include <string.h>

enum { SOURCE_WIDTH = 72 }; /* of lines in the file, before their marks are escaped */

/* Words as roff takes them: its own marks are escaped, also in front of a line; `quoted` words
 * become bold. */
static void put_escaped(struct fray_text *out, const char *words) {
  bool quoted = false, begins = true;
  for (const char *p = words; *p; p++) {
    if (begins && (*p == '.' || *p == '\''))
      fray_text_puts(out, "\\&");
    begins = *p == '\n'; /* there a full stop would begin a request, and the line would vanish */
    if (*p == '`') {
      fray_text_puts(out, quoted ? "\\fR" : "\\fB");
      quoted = !quoted;
    } else if (*p == '\\') {
      fray_text_puts(out, "\\e");
    } else if (*p == '-') {
      fray_text_puts(out, "\\-");
    } else if (*p == '~') { /* groff prints accents for these two, which nobody can paste */
      fray_text_puts(out, "\\(ti");
    } else if (*p == '^') {
      fray_text_puts(out, "\\(ha");
    } else {
      fray_text_add(out, p, 1);
    }
  }
}

/* The same, in lines that a person can read. */
static void put_words(struct fray_text *out, const char *words) {
  struct fray_text lines = {0};
  fray_text_wrap(&lines, words, 0, SOURCE_WIDTH);
  put_escaped(out, lines.data ? lines.data : "");
  out->failed |= lines.failed;
  fray_text_free(&lines);
}

/* Titles of pages are in capitals by custom; man finds them by the file's name. */
static void put_capitals(struct fray_text *out, const char *name) {
  for (const char *p = name; *p; p++) {
    const char c = (char)toupper((unsigned char)*p);
    fray_text_add(out, &c, 1);
  }
}

static void put_title(struct fray_text *out, const struct cli_program *program,
                      const char *command) {
  /* No date: the same sources give the same page whenever it is made. */
  fray_text_puts(out, ".\\\" Made from the program's table of options.\n.TH ");
  put_capitals(out, program->name);
  if (command) {
    fray_text_puts(out, "\\-");
    put_capitals(out, command);
  }
  fray_text_printf(out, " 1 \"\" \"%s %s\" \"User Commands\"\n.SH NAME\n%s", program->name,
                   program->version, program->name);
  fray_text_printf(out, "%s%s \\- ", command ? "\\-" : "", command ? command : "");
}

/* Words of a heading are one argument only if they have no blank, or are quoted by the caller. */
static void put_heading(struct fray_text *out, const char *macro, const char *words) {
  fray_text_printf(out, ".%s %s\n", macro, words);
}

/* Paragraphs with an empty line between them. */
static void put_paragraphs(struct fray_text *out, const char *text) {
  /* Each becomes a paragraph of its own; the last has no empty line behind it. */
  const char *end;
  while (text && (end = strstr(text, "\n\n")) != NULL) {
    struct fray_text part = {0};
    fray_text_add(&part, text, (size_t)(end - text));
    put_words(out, part.data ? part.data : "");
    fray_text_puts(out, "\n.PP\n");
    out->failed |= part.failed;
    fray_text_free(&part);
    text = end + 2;
  }
  put_words(out, text ? text : "");
  fray_text_puts(out, "\n");
}

/* Here the whole, however long: a page is where all of it belongs. */
static void put_synopsis(struct fray_text *out, const struct cli_command *command) {
  struct fray_text line = {0}, lines = {0};
  cli_put_synopsis(&line, command, &cli_roff, command->n_options);
  fray_text_wrap(&lines, line.data ? line.data : "", 0, SOURCE_WIDTH);
  for (size_t i = 0; i < lines.size; i++) {
    if (lines.data[i] == CLI_HARD) /* a blank that does not break */
      fray_text_puts(out, "\\ ");
    else
      fray_text_add(out, lines.data + i, 1);
  }
  fray_text_puts(out, "\n");
  out->failed |= line.failed || lines.failed;
  fray_text_free(&line);
  fray_text_free(&lines);
}

/* The label is marked already and must not be escaped again; the sentence is plain text. */
static void put_option(struct fray_text *out, const struct cli_option *option) {
  struct fray_text meaning = {0};
  fray_text_puts(out, ".TP\n");
  cli_put_label(out, option, &cli_roff);
  fray_text_puts(out, "\n");
  cli_put_meaning(&meaning, option, true);
  put_words(out, meaning.data ? meaning.data : "");
  fray_text_puts(out, "\n");
  out->failed |= meaning.failed;
  fray_text_free(&meaning);
}

/* In the order and under the headings of --help, so that who knows one finds the other. */
static void put_options(struct fray_text *out, const struct cli_command *command) {
  put_heading(out, "SH", "OPTIONS");
  for (size_t i = 0; i < command->n_options; i++) {
    if (command->option[i].group)
      put_heading(out, "SS", command->option[i].group);
    put_option(out, &command->option[i]);
  }
  if (command->n_options && command->option[0].group)
    put_heading(out, "SS", "Help");
  fray_text_puts(out, ".TP\n\\fB\\-h\\fR, \\fB\\-\\-help\\fR\nsays all this in short\n");
}

/* Below the option that takes them, where a table gives the list a title. */
static void put_names(struct fray_text *out, const struct cli_names *names) {
  const char *name, *meaning;
  if (!names->title)
    return;
  put_heading(out, "SS", names->title);
  for (size_t i = 0; (name = cli_name_at(names, i, &meaning)) != NULL; i++) {
    if (*meaning == '\0') { /* names that say it all are a sentence, not a list of nothing */
      fray_text_printf(out, "%s\\fB%s\\fR", i ? ",\n" : "", name);
      continue;
    }
    fray_text_puts(out, ".TP\n\\fB");
    put_words(out, name);
    fray_text_puts(out, "\\fR\n");
    put_words(out, meaning);
    fray_text_puts(out, "\n");
  }
  fray_text_puts(out, out->data && out->data[out->size - 1] != '\n' ? "\n" : "");
}

/* Tagged paragraphs: what is said of a file or a code stands beside it. */
static void put_said(struct fray_text *out, const char *title, const struct cli_said *said) {
  if (!said)
    return;
  put_heading(out, "SH", title);
  for (; said->what; said++) {
    fray_text_puts(out, ".TP\n\\fB");
    put_escaped(out, said->what);
    fray_text_puts(out, "\\fR\n");
    put_words(out, said->text);
    fray_text_puts(out, "\n");
  }
}

/* Examples: what it does, and a command line as it is typed, which must not be filled. */
static void put_examples(struct fray_text *out, const struct cli_said *said) {
  if (!said)
    return;
  put_heading(out, "SH", "EXAMPLES");
  for (const struct cli_said *s = said; s->what; s++) {
    fray_text_puts(out, s == said ? "" : ".PP\n");
    put_words(out, s->text);
    fray_text_puts(out, "\n.PP\n.RS 4\n.nf\n\\fB");
    put_escaped(out, s->what);
    fray_text_puts(out, "\\fR\n.fi\n.RE\n");
  }
}

/* "fray(1), fray-check(1)", of "check". */
static void put_also(struct fray_text *out, const char *names) {
  put_heading(out, "SH", "SEE ALSO");
  /* fray(1) first, since it names all others. */
  fray_text_puts(out, "\\fBfray\\fR(1)");
  for (const char *at = names ? names : ""; *at;) {
    const size_t size = strcspn(at, " ");
    fray_text_printf(out, ",\n\\fBfray\\-%.*s\\fR(1)", (int)size, at);
    at += size + strspn(at + size, " ");
  }
  fray_text_puts(out, "\n");
}

/* Sections that have nothing to say are left out by those that put them. */
void cli_put_manual(struct fray_text *out, const struct cli_program *program,
                    const struct cli_command *command) {
  put_title(out, program, command->name);
  put_words(out, command->meaning);
  fray_text_puts(out, "\n");
  /* Neither hyphens nor wide gaps: a reader takes both for something to type. */
  fray_text_puts(out, ".SH SYNOPSIS\n.nh\n.ad l\n");
  put_synopsis(out, command);
  fray_text_puts(out, ".ad b\n.hy\n");
  put_heading(out, "SH", "DESCRIPTION");
  put_paragraphs(out, command->about);
  if (command->notes) {
    fray_text_puts(out, ".PP\n");
    put_paragraphs(out, command->notes);
  }
  if (command->operand)
    put_names(out, &command->operand->names);
  put_options(out, command);
  for (size_t i = 0; i < command->n_options; i++)
    put_names(out, &command->option[i].names);
  /* The order of man-pages(7). */
  put_said(out, "FILES", command->files);
  put_said(out, "\"EXIT STATUS\"", command->exits);
  put_examples(out, command->examples);
  put_also(out, command->also);
}

/* fray(1) leads to the other pages and repeats nothing of them. */
void cli_put_program_manual(struct fray_text *out, const struct cli_program *program) {
  struct fray_text names = {0};
  put_title(out, program, NULL);
  put_words(out, program->meaning);
  fray_text_puts(out, "\n.SH SYNOPSIS\n\\fBfray\\fR \\fICOMMAND\\fR [\\fIARGUMENTS\\fR]\n.br\n"
                      "\\fBmpirun\\~\\-n\\fR\\~\\fIRANKS\\fR \\fBfray\\~run\\fR ...\n");
  put_heading(out, "SH", "DESCRIPTION");
  put_paragraphs(out, program->about);
  put_heading(out, "SH", "COMMANDS");
  for (size_t i = 0; i < program->n; i++) {
    const struct cli_command *command = program->command[i];
    fray_text_printf(out, ".TP\n\\fBfray\\-%s\\fR(1)\n", command->name);
    put_words(out, command->meaning);
    fray_text_puts(out, "\n");
    fray_text_printf(&names, "%s%s", i ? " " : "", command->name);
  }
  put_heading(out, "SH", "OPTIONS");
  fray_text_puts(out,
                 ".TP\n\\fB\\-h\\fR, \\fB\\-\\-help\\fR\nlists the commands; behind a command: "
                 "says what it takes\n"
                 ".TP\n\\fB\\-V\\fR, \\fB\\-v\\fR, \\fB\\-\\-version\\fR\n"
                 "names the version and the libraries in use\n");
  put_said(out, "FILES", program->files);
  put_said(out, "\"EXIT STATUS\"", program->exits);
  put_examples(out, program->examples);
  put_also(out, names.data);
  out->failed |= names.failed;
  fray_text_free(&names);
}
