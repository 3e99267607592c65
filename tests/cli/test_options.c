/* The tables of options, all of them: what holds for every option of every command, so that none
 * can be added that is not read, refused, explained and completed. */
#include "cli/commands.h"

#include "fray/base/size.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ok.h"

enum { MOST_WORDS = 64 };

/* A value that the option takes. A reader without a line here fails. */
static const char *good_value(const struct cli_option *o) {
  static const char *const readers[][2] = {
      {"share", "2/3"}, {"walltime", "1h30m"}, {"losses", "10,30"}, {"drop", ".05"}};
  const char *meaning;
  if (o->value == CLI_COUNT)
    return "1";
  if (o->value != CLI_READER)
    return o->value == CLI_WORD ? cli_name_at(&o->names, 0, &meaning) : "x";
  for (size_t i = 0; i < FRAY_COUNT(readers); i++)
    if (strcmp(readers[i][0], o->name) == 0)
      return readers[i][1];
  fail_msg("--%s: this test has no value for it", o->name);
  return NULL;
}

/* A command line that is good but for what is put behind it. */
struct words {
  size_t n;
  char *v[MOST_WORDS];
  char text[MOST_WORDS][128];
};

static void add(struct words *w, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void add(struct words *w, const char *format, ...) {
  va_list args;
  va_start(args, format);
  assert_true(w->n < MOST_WORDS);
  vsnprintf(w->text[w->n], sizeof w->text[w->n], format, args);
  va_end(args);
  w->v[w->n] = w->text[w->n];
  w->n++;
}

/* Operands and what is needed, all but `but`; nothing beside one that stands alone. */
static void begin(struct words *w, const struct cli_command *c, const struct cli_option *but) {
  w->n = 0;
  if (but && but->alone)
    return;
  for (size_t i = 0; c->operand && i < c->operand->least; i++)
    add(w, "operand");
  for (size_t i = 0; i < c->n_options; i++) {
    const struct cli_option *o = &c->option[i];
    const bool is_beside = but && but->beside && strcmp(o->name, but->beside) == 0;
    if ((!o->needed && !is_beside) || o == but)
      continue;
    add(w, "--%s", o->name);
    if (o->argument)
      add(w, "%s", good_value(o));
  }
}

static void takes(const struct cli_command *c, struct words *w) {
  struct cli_call call = {0};
  struct fray_err err = {0};
  if (cli_parse(c, (int)w->n, w->v, &call, &err) != FRAY_OK)
    fail_msg("fray %s: %s", c->name, err.text);
  cli_call_free(&call);
}

static void refuses(const struct cli_command *c, struct words *w, const char *part) {
  struct cli_call call = {0};
  struct fray_err err = {0};
  if (cli_parse(c, (int)w->n, w->v, &call, &err) != FRAY_INPUT)
    fail_msg("fray %s ... %s: was taken", c->name, w->v[w->n - 1]);
  if (!strstr(err.text, part))
    fail_msg("fray %s: '%s' does not say '%s'", c->name, err.text, part);
  cli_call_free(&call);
}

#define EACH_OPTION(c, o)                                                                          \
  for (size_t k_ = 0; k_ < cli_fray.n; k_++)                                                       \
    for (const struct cli_command *c = cli_fray.command[k_]; c; c = NULL)                          \
      for (const struct cli_option *o = c->option; o < c->option + c->n_options; o++)

static void test_well_formed(void **state) {
  (void)state;
  EACH_OPTION(c, o) {
    const bool flag = o->value == CLI_FLAG;
    if (c->n_options > 31) /* what a message about an unknown one lists */
      fail_msg("fray %s: too many options", c->name);
    if (flag != !o->argument || !o->help || o->at >= c->size)
      fail_msg("fray %s --%s: argument, help or place is wrong", c->name, o->name);
    if ((o->value == CLI_COUNT) != (o->most > 0) || (o->value == CLI_READER) != !!o->read)
      fail_msg("fray %s --%s: .most is for counts, .read for readers", c->name, o->name);
    if (o->standard && o->otherwise)
      fail_msg("fray %s --%s: one default is enough", c->name, o->name);
    for (const struct cli_option *other = c->option; other < o; other++)
      if (strcmp(o->name, other->name) == 0 || (o->letter && o->letter == other->letter))
        fail_msg("fray %s --%s: is there twice", c->name, o->name);
    if (strcmp(o->name, "help") == 0 || o->letter == 'h')
      fail_msg("fray %s --%s: hides --help", c->name, o->name);
  }
}

static void test_taken(void **state) {
  (void)state;
  static struct words w;
  EACH_OPTION(c, o) {
    begin(&w, c, o);
    add(&w, "--%s", o->name);
    if (o->argument)
      add(&w, "%s", good_value(o));
    takes(c, &w);
    if (!o->argument)
      continue;
    begin(&w, c, o);
    add(&w, "--%s=%s", o->name, good_value(o));
    takes(c, &w);
    if (!o->letter)
      continue;
    begin(&w, c, o);
    add(&w, "-%c", o->letter);
    add(&w, "%s", good_value(o));
    takes(c, &w);
  }
}

static void test_given_twice(void **state) {
  (void)state;
  static struct words w;
  EACH_OPTION(c, o) {
    begin(&w, c, o);
    for (int i = 0; i < 2; i++) {
      add(&w, "--%s", o->name);
      if (o->argument)
        add(&w, "%s", good_value(o));
    }
    if (o->value == CLI_TEXTS)
      takes(c, &w);
    else
      refuses(c, &w, "is given twice");
  }
}

static void test_missing_value(void **state) {
  (void)state;
  static struct words w;
  EACH_OPTION(c, o) {
    begin(&w, c, o);
    if (o->argument) {
      add(&w, "--%s", o->name);
      refuses(c, &w, "needs a value");
      add(&w, "--%s", c->option[0].name); /* an option is no value by accident */
      refuses(c, &w, "is an option");
    } else {
      add(&w, "--%s=yes", o->name);
      refuses(c, &w, "takes no value");
    }
  }
}

static void test_out_of_range(void **state) {
  (void)state;
  static const char *const bad[] = {"0", "-1", "", "x", "1x", " 1", "1.5", "99999999999999999999"};
  static struct words w;
  EACH_OPTION(c, o) {
    for (size_t i = 0; i < FRAY_COUNT(bad); i++) {
      if (o->value != CLI_COUNT && o->value != CLI_WORD && o->value != CLI_READER)
        continue;
      begin(&w, c, o);
      add(&w, "--%s=%s", o->name, bad[i]);
      refuses(c, &w, o->name);
    }
    if (o->value != CLI_COUNT)
      continue;
    char most[32];
    snprintf(most, sizeof most, "%ld", o->most);
    begin(&w, c, o);
    add(&w, "--%s=%s", o->name, most);
    takes(c, &w);
    begin(&w, c, o);
    add(&w, "--%s=%ld", o->name, o->most + 1);
    refuses(c, &w, most);
  }
}

static void test_needed_and_excluded(void **state) {
  (void)state;
  static struct words w;
  EACH_OPTION(c, o) {
    if (o->needed) {
      begin(&w, c, o);
      refuses(c, &w, "is missing");
    }
    if (o->unless) {
      add(&w, "--%s", o->unless);
      takes(c, &w);
    }
    if (o->beside) {
      begin(&w, c, NULL);
      add(&w, "--%s", o->name);
      if (o->argument)
        add(&w, "%s", good_value(o));
      refuses(c, &w, "says nothing without");
    }
    if (!o->excludes)
      continue;
    begin(&w, c, o);
    add(&w, "--%s", o->name);
    if (o->argument)
      add(&w, "%s", good_value(o));
    add(&w, "--%s", o->excludes);
    for (size_t i = 0; i < c->n_options; i++)
      if (strcmp(c->option[i].name, o->excludes) == 0 && c->option[i].argument)
        add(&w, "%s", good_value(&c->option[i]));
    refuses(c, &w, "exclude each other");
  }
}

/* What prints its text and ends needs nothing, and takes no operand. */
static void test_alone(void **state) {
  (void)state;
  static struct words w;
  EACH_OPTION(c, o) {
    if (!o->alone)
      continue;
    w.n = 0;
    add(&w, "--%s", o->name);
    takes(c, &w);
    add(&w, "operand");
    refuses(c, &w, "unexpected 'operand'");
  }
}

static void test_operands(void **state) {
  (void)state;
  static struct words w;
  for (size_t k = 0; k < cli_fray.n; k++) {
    const struct cli_command *c = cli_fray.command[k];
    const struct cli_operand none = {.expected = "unexpected"};
    const struct cli_operand *wanted = c->operand ? c->operand : &none;
    begin(&w, c, NULL);
    takes(c, &w);
    if (wanted->least > 0) {
      memmove(w.v, w.v + 1, --w.n * sizeof *w.v); /* one operand less */
      refuses(c, &w, wanted->expected);
    }
    if (wanted->most > MOST_WORDS / 2)
      continue;
    begin(&w, c, NULL);
    for (size_t i = wanted->least; i <= wanted->most; i++)
      add(&w, "operand");
    refuses(c, &w, wanted->expected);
  }
}

/* What is not known, with what was meant. */
static void test_unknown(void **state) {
  (void)state;
  static struct words w;
  EACH_OPTION(c, o) {
    char hint[160];
    if (strlen(o->name) < 4)
      continue; /* a letter less might be anything */
    begin(&w, c, NULL);
    add(&w, "--%.*s", (int)strlen(o->name) - 1, o->name);
    snprintf(hint, sizeof hint, "did you mean '--%s'?", o->name);
    refuses(c, &w, hint);
  }
}

/* Defaults are values that the option would take, and are what a command gets. */
static void test_standards(void **state) {
  (void)state;
  static struct words w;
  size_t n = 0;
  EACH_OPTION(c, o) {
    if (!o->standard)
      continue;
    struct cli_call given = {0}, left = {0};
    begin(&w, c, o);
    OK(cli_parse(c, (int)w.n, w.v, &left, &err));
    add(&w, "--%s=%s", o->name, o->standard);
    OK(cli_parse(c, (int)w.n, w.v, &given, &err));
    assert_memory_equal(given.given, left.given, c->size);
    cli_call_free(&given);
    cli_call_free(&left);
    n++;
  }
  assert_true(n >= 3);
}

static void test_wall_times(void **state) {
  (void)state;
  static const struct {
    const char *text;
    double seconds; /* 0: refused */
  } cases[] = {{"4h", 14400},
               {"30m", 1800},
               {"1h30m", 5400},
               {"2d12h", 216000},
               {"90s", 90},
               {"3600", 3600},
               {"30:00", 1800},
               {"04:00:00", 14400},
               {"1-00:00:00", 86400},
               {"1-12", 129600},
               {"1-12:30", 131400},
               {"999999999", 999999999},
               {"1000000000", 0},
               {"0", 0},
               {"0m", 0},
               {"1:60", 0},
               {"1:2:3:4", 0},
               {"1-", 0},
               {"-4h", 0},
               {"4x", 0},
               {"h", 0},
               {"4h30", 0},
               {"30m4h", 0},
               {"1h1h", 0},
               {"4 h", 0},
               {"4H", 0},
               {"1e3", 0},
               {"", 0}};
  for (size_t i = 0; i < FRAY_COUNT(cases); i++) {
    struct fray_err err = {0};
    double seconds = -1;
    const bool good = cli_read_walltime(cases[i].text, &seconds, &err) == FRAY_OK;
    if (good != (cases[i].seconds > 0) || (good && seconds != cases[i].seconds))
      fail_msg("'%s' is %g seconds: %s", cases[i].text, seconds, err.text);
    if (!good)
      SAYS(err, "HH:MM:SS");
  }
}

static void expect(const struct cli_command *c, const char *where, const struct fray_text *text,
                   const char *part) {
  assert_false(text->failed);
  if (!text->data || !strstr(text->data, part))
    fail_msg("fray %s: %s does not hold '%s'", c->name, where, part);
}

static void test_explained(void **state) {
  (void)state;
  for (size_t k = 0; k < cli_fray.n; k++) {
    const struct cli_command *c = cli_fray.command[k];
    struct fray_text help = {0}, manual = {0};
    cli_put_help(&help, c);
    cli_put_manual(&manual, &cli_fray, c);
    expect(c, "help", &help, "-h, --help");
    for (size_t i = 0; i < c->n_options; i++) {
      struct fray_text label = {0}, roff = {0};
      cli_put_label(&label, &c->option[i], &cli_plain);
      cli_put_label(&roff, &c->option[i], &cli_roff);
      expect(c, "help", &help, label.data);
      expect(c, "the manual page", &manual, roff.data);
      fray_text_free(&label);
      fray_text_free(&roff);
    }
    static const char *const sections[] = {"NAME",    "SYNOPSIS", "DESCRIPTION",
                                           "OPTIONS", "SEE ALSO", "\"EXIT STATUS\""};
    for (size_t i = 0; i < FRAY_COUNT(sections); i++) {
      char heading[40];
      snprintf(heading, sizeof heading, "\n.SH %s\n", sections[i]);
      expect(c, "the manual page", &manual, heading);
    }
    for (const char *at = c->also ? c->also : ""; *at; at += strspn(at, " ")) {
      char name[32];
      snprintf(name, sizeof name, "%.*s", (int)strcspn(at, " "), at);
      if (!cli_find_command(name))
        fail_msg("fray %s: its page names fray-%s, which is none", c->name, name);
      at += strlen(name);
    }
    fray_text_free(&help);
    fray_text_free(&manual);
  }
}

/* Help in lines of 80 columns, without blanks at their ends. */
static void test_lines(void **state) {
  (void)state;
  for (size_t k = 0; k < cli_fray.n; k++) {
    struct fray_text help = {0};
    cli_put_help(&help, cli_fray.command[k]);
    assert_non_null(help.data);
    for (const char *line = help.data; *line;) {
      const size_t size = strcspn(line, "\n");
      if (size > CLI_WIDTH || (size && line[size - 1] == ' ') || memchr(line, CLI_HARD, size))
        fail_msg("fray %s --help: '%.*s'", cli_fray.command[k]->name, (int)size, line);
      line += size + (line[size] == '\n');
    }
    fray_text_free(&help);
  }
}

static void test_completed(void **state) {
  (void)state;
  struct fray_text bash = {0}, zsh = {0}, fish = {0};
  cli_put_bash(&bash, &cli_fray);
  cli_put_zsh(&zsh, &cli_fray);
  cli_put_fish(&fish, &cli_fray);
  size_t n = 0;
  EACH_OPTION(c, o) {
    char part[200];
    snprintf(part, sizeof part, "    %s)\n      options='", c->name);
    const char *options = strstr(bash.data, part);
    assert_non_null(options);
    snprintf(part, sizeof part, "--%s ", o->name);
    const char *found = strstr(options, part), *end = strstr(options, ";;");
    if (!found || found > end)
      fail_msg("fray %s: bash does not offer --%s", c->name, o->name);
    snprintf(part, sizeof part, "'__fish_seen_subcommand_from %s' -l %s ", c->name, o->name);
    expect(c, "fish", &fish, part);
    snprintf(part, sizeof part, "--%s", o->name);
    expect(c, "zsh", &zsh, part);
    n++;
  }
  assert_true(n > 30);
  fray_text_free(&bash);
  fray_text_free(&zsh);
  fray_text_free(&fish);
}

/* What goes on with a run of these words. */
static void goes_on(struct fray_comm *comm, size_t n, const char *const *words,
                    const char *expected) {
  char *own[8];
  assert_true(n <= 8);
  for (size_t i = 0; i < n; i++)
    assert_non_null(own[i] = strdup(words[i]));
  const struct cli_call call = {.argc = (int)n, .argv = own, .comm = comm};
  char *again = cli_command_again(&call);
  assert_string_equal(again, expected);
  free(again);
  for (size_t i = 0; i < n; i++)
    free(own[i]);
}

/* Behind "--" a word is a file, whatever it looks like. */
static void test_command_again(void **state) {
  (void)state;
  struct fray_comm *comm;
  struct fray_err err = {0};
  assert_int_equal(fray_comm_start(NULL, NULL, &comm, &err), FRAY_OK);
  goes_on(comm, 3, (const char *[]){"s.yaml", "-o", "a b"}, "fray run s.yaml -o 'a b' --resume");
  goes_on(comm, 2, (const char *[]){"--overwrite", "s.yaml"}, "fray run s.yaml --resume");
  goes_on(comm, 2, (const char *[]){"--resume", "s.yaml"}, "fray run --resume s.yaml");
  goes_on(comm, 4, (const char *[]){"-o", "x", "--", "-s.yaml"},
          "fray run -o x --resume -- -s.yaml");
  goes_on(comm, 2, (const char *[]){"--", "--resume"}, "fray run --resume -- --resume");
  goes_on(comm, 2, (const char *[]){"--", "--overwrite"}, "fray run --resume -- --overwrite");
  fray_comm_finish(comm);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_well_formed),  cmocka_unit_test(test_taken),
      cmocka_unit_test(test_given_twice),  cmocka_unit_test(test_missing_value),
      cmocka_unit_test(test_out_of_range), cmocka_unit_test(test_needed_and_excluded),
      cmocka_unit_test(test_alone),        cmocka_unit_test(test_operands),
      cmocka_unit_test(test_unknown),      cmocka_unit_test(test_standards),
      cmocka_unit_test(test_wall_times),   cmocka_unit_test(test_explained),
      cmocka_unit_test(test_lines),        cmocka_unit_test(test_completed),
      cmocka_unit_test(test_command_again)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
