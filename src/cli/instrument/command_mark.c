/* fray mark: which shards, where to, by which key, how strong. */
#include "fray/instrument/mark_command.h"

#include "commands.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The key is a file and never an argument: those of a running program are seen by everybody. */
struct given {
  const char *out, *key, *strength;
};

/* As a share of full scale, or of 8 bits as people say it: "5/255". */
static enum fray_status read_strength(const char *text, double *out, struct fray_err *err) {
  /* strtod takes what C calls a number, also "inf": bounds are looked at behind it. */
  char *end = NULL;
  double value = strtod(text, &end);
  /* In levels of 8 bits, as the field says how strong a change of pictures is. */
  if (end != text && strcmp(end, "/255") == 0) {
    value /= 255;
    end += strlen(end);
  }
  FRAY_CHECK(end != text && !*end && isfinite(value) && value >= 0 && value <= .25, err, INPUT,
             "--strength %s: a number from 0 to 0.25 of full scale is expected, as 0.02 or 5/255",
             text);
  *out = value;
  return FRAY_OK;
}

/* What was marked is said by what was measured: decibels are those of the values in the copy, after
 * rounding and clipping, and not those that were asked for. The last line is what the next command
 * is to be given. */
static enum fray_status run(const struct cli_call *call, struct fray_err *err) {
  const struct given *given = call->given;
  struct fray_text said = {0};
  struct fray_mark_wish wish = {.shards = call->operand[0], .key = given->key, .out = given->out};
  FRAY_TRY(read_strength(given->strength ? given->strength : "5/255", &wish.strength, err));
  const enum fray_status status = fray_mark_shards(&wish, &said, err);
  if (status == FRAY_OK && said.data)
    fray_print("%sshards: %s\n", said.data, given->out);
  fray_text_free(&said);
  return status;
}

/* The copy is always another folder: whoever marks in place has lost what was there. */
static const struct cli_option options[] = {
    CLI_OUT(struct given, "folder of the marked shards; must not exist",
            .needed = "the folder that the marked shards go to"),
    CLI_OPTION(TEXT, "key", struct given, key, .argument = "FILE", .offer = CLI_FILES,
               .needed = "the file of the key",
               .help = "16 to 4096 bytes that only you may read, as `head -c 32 /dev/urandom` "
                       "makes them"),
    CLI_OPTION(TEXT, "strength", struct given, strength, .argument = "A", .otherwise = "5/255",
               .help = "of the mark in pictures, as a share of full scale; sound is marked at -30 "
                       "dB at 5/255, and in proportion"),
};

/* As `fray inspect` takes them: a folder, a file, or a pattern of files. */
static const struct cli_operand operand =
    CLI_OPERAND(1, 1, "SHARDS", "a folder of shards is expected", .offer = CLI_FOLDERS);

/* On one rank: a gigabyte of shards takes seconds, most of them the disk's. */
const struct cli_command cli_mark = {
    .name = "mark",
    .meaning = "put the mark of a key into pictures and sounds",
    .operand = &operand,
    CLI_TAKES(options, struct given),
    .about =
        "Writes a copy of shards whose pictures and sounds carry a pattern that a key draws, "
        "too faint to see or hear. Everything else in the shards stays as it is; series, texts "
        "and features are not marked.\n\n"
        "`fray detect` with the same key tells later whose data they are, also after edits. "
        "provenance.json records what was done, with a fingerprint of the key and never the "
        "key.",
    .exits = CLI_SAID({"0", "done"}, {"1", "failed while reading or writing"},
                      {"2", "wrong usage or input; nothing was written"}),
    .files = CLI_SAID({"DIR/*.h5", "the marked shards"},
                      {"DIR/provenance.json", "what was marked, how strongly, by which key"}),
    .examples = CLI_SAID({"(umask 077; head -c 32 /dev/urandom > mark.key)", "A key:"},
                         {"fray mark shards -o marked --key mark.key", "Marked shards:"}),
    .also = "detect inspect corrupt",
    .run = run};
