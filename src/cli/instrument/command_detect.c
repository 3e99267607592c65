/* fray detect: which shards, which key, under which edits, and where the tables go. */
#include "fray/instrument/mark_command.h"

#include "commands.h"
#include "fray/data/dataset.h" /* the order of the splits */

/* Looking writes nothing unless a folder is named, so that whoever only wants to know need not
 * clean up. */
struct given {
  const char *key, *tests, *against, *out;
  int split;
  long seed;
  bool overwrite, quiet;
};

static enum fray_status run(const struct cli_call *call, struct fray_err *err) {
  const struct given *given = call->given;
  /* A wish borrows from the command line, which outlives it. */
  struct fray_text said = {0};
  /* Whatever is wrong with any of it is said before anything is looked at. */
  const struct fray_detect_wish wish = {.shards = call->operand[0],
                                        .key = given->key,
                                        .tests = given->tests,
                                        .against = given->against,
                                        .out = given->out,
                                        .split = given->split,
                                        .seed = given->seed,
                                        .overwrite = given->overwrite};
  /* Also what is said of progress; what went wrong is always told. */
  fray_log_quiet(given->quiet);
  /* Rank 0 has the words; the others have none to print. What is said comes last, when the tables
   * are there. */
  return cli_say_last(fray_detect(&wish, call->comm, &said, err), given->quiet, &said);
}

/* Without a folder the answer is what is printed. Conditions come in the words of a scenario, so
 * that what models were tested under can be put to the mark as it stands. */
static const struct cli_option options[] = {
    CLI_OPTION(TEXT, "key", struct given, key, .argument = "FILE", .offer = CLI_FILES,
               .needed = "the file of the key", .help = "the key that is looked for"),
    CLI_OPTION(TEXT, "tests", struct given, tests, .argument = "FILE", .offer = CLI_YAML,
               .otherwise = "as the shards are",
               .help = "also after what its conditions do, as under `tests` of a scenario"),
    CLI_OPTION(TEXT, "against", struct given, against, .argument = "SHARDS", .offer = CLI_FOLDERS,
               .help = "the same samples without the mark: false finds, and areas under the curve"),
    /* The order of the words is that of the splits, all of them last. */
    CLI_OPTION(WORD, "split", struct given, split, .argument = "train|dev|test|all",
               .standard = "all",
               .names = {.list = (const char *const[]){"train", "dev", "test", "all", NULL}},
               .help = "samples that are looked at"),
    CLI_OPTION(COUNT, "seed", struct given, seed, .argument = "N", .most = 1000000000,
               .standard = "1", .help = "that damage is drawn from"),
    CLI_OUT(struct given, "folder of the tables", .otherwise = "none is made"),
    CLI_OPTION(FLAG, "overwrite", struct given, overwrite,
               .help = "replaces a folder that holds detect.csv"),
    CLI_QUIET(struct given, .help = "warnings and errors only, and no summary"),
};

/* As `fray inspect` takes them: a folder, a file, or a pattern of files. */
static const struct cli_operand operand =
    CLI_OPERAND(1, 1, "SHARDS", "a folder of shards is expected", .offer = CLI_FOLDERS);

/* On any number of ranks, which share the clients; the tables are the same. */
const struct cli_command cli_detect = {
    .name = "detect",
    .meaning = "find the mark of a key, also after edits",
    .parallel = true,
    .operand = &operand,
    CLI_TAKES(options, struct given),
    .about =
        "Looks for the mark of a key in each picture and sound, and in all of a client together: "
        "turned, mirrored, rotated, shifted, resized and inverted pictures, sounds that are late, "
        "filtered, backwards or upside down. How sure it is is counted, by 199 keys that nobody "
        "used, and so is exact "
        "whatever the data. What was done is named.",
    .exits = CLI_SAID({"0", "done, also if nothing was found"}, {"1", "failed while looking"},
                      {"2", "wrong usage or input; nothing was written"}),
    .files = CLI_SAID({"DIR/detect.csv", "what was found in each value and client"},
                      {"DIR/conditions.csv", "how many were found under each condition"},
                      {"DIR/columns.csv", "what the columns mean"}),
    .examples = CLI_SAID(
        {"fray detect marked --key mark.key", "Whose they are:"},
        {"fray detect marked --key mark.key --tests edits.yaml -o found", "What the mark stands:"}),
    .also = "mark corrupt",
    .run = run};
