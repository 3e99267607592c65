/* fray calibrate: what it is asked for, whether its file can be made, and what it says of what was
 * found. The search itself is the instrument's, which knows neither options nor terminals.
 *
 * At which strength a clean model loses how much, as a table for scenarios. */
#include "fray/instrument/calibrate.h"

#include "commands.h"
#include "fray/base/file.h"
#include "fray/metric/metric.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* More than there are kinds, so that a list that is too long has one twice. */
enum { MOST_KINDS = 256 };

/* Percents, ascending; a severity each. Read as a whole, so that a message can name the list as it
 * was given. The room is that of the published levels, since tables of one's own stand in their
 * place: `severity: 1` is the first of them. */
struct losses {
  size_t n;
  double v[FRAY_SEVERITY_LEVELS];
};
struct given {
  const char *out, *kinds, *models, *method, *metric;
  struct losses losses;
  struct cli_texts set;
  long seeds;
  bool json, quiet, overwrite;
  int environment, progress;
};

/* A shell offers all kinds, one at a time, as it does not know of commas; whether one fits the data
 * is known when these are open, and whether it can be calibrated at all is a question to its
 * strength, which the instrument asks before anything is trained. */
static const char *kind_at(size_t i, const char **meaning) {
  *meaning = i < fray_corruptions.n ? fray_corruptions.v[i]->meaning : "";
  return i < fray_corruptions.n ? fray_corruptions.v[i]->name : NULL;
}

/* Those of probabilities among them, which are refused with their reason when they are asked for.
 */
static const char *metric_at(size_t i, const char **meaning) {
  *meaning = i < fray_metrics.n ? fray_metrics.v[i]->meaning : "";
  return i < fray_metrics.n ? fray_metrics.v[i]->name : NULL;
}

/* "10,20,50": a severity each, so that there are no more than severities, in their order. Whole
 * percents: no number of people that answer dev samples would tell halves of them. */
static enum fray_status read_losses(const char *text, void *member, struct fray_err *err) {
  struct losses *out = member;
  char piece[8];
  out->n = 0;
  for (const char *at = text; at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL) {
    const size_t length = strcspn(at, ",");
    long loss = 0;
    /* What is longer than a number of two digits is none that is meant. */
    if (length < sizeof piece) {
      memcpy(piece, at, length);
      piece[length] = '\0';
    }
    FRAY_CHECK(length < sizeof piece && cli_read_count(piece, 99, &loss), err, INPUT,
               "--losses %s: whole percents of 1 to 99, as 10,20,30, are expected", text);
    FRAY_CHECK(out->n < FRAY_SEVERITY_LEVELS, err, INPUT,
               "--losses %s: more than %d, which is as many severities as there are", text,
               FRAY_SEVERITY_LEVELS);
    FRAY_CHECK(!out->n || (double)loss > out->v[out->n - 1], err, INPUT,
               "--losses %s: %ld does not lie above %g", text, loss, out->v[out->n - 1]);
    out->v[out->n++] = (double)loss;
  }
  return FRAY_OK;
}

/* Names between commas; they are cut in the copy, as what the command was called with is kept for
 * provenance. Which names there are is checked by the instrument, for whoever asks it: no kind is
 * known here. */
static enum fray_status cut_kinds(char *text, const char **kind, size_t *n, struct fray_err *err) {
  for (char *at = text, *end; at; at = end) {
    end = strchr(at, ',');
    if (end)
      *end++ = '\0';
    FRAY_CHECK(*at && *n < MOST_KINDS, err, INPUT,
               "--kinds: names of kinds with commas between them are expected");
    kind[(*n)++] = at;
  }
  return FRAY_OK;
}

/* On rank 0. The summary is left out with -q; the document is not, as somebody asked for it by
 * name. The table first: what is printed afterwards may break on a full terminal or pipe. */
static enum fray_status tell(const struct given *given, const struct fray_calibrated *found,
                             struct fray_err *err) {
  struct fray_text table = {0}, said = {0};
  fray_calibrated_table(found, &table);
  if (given->json)
    fray_calibrated_json(found, &said);
  else if (!given->quiet)
    fray_calibrated_text(found, fray_columns_of(STDOUT_FILENO), &said);
  enum fray_status status = table.failed || said.failed
                                ? fray_fail(err, FRAY_MEMORY, "out of memory")
                                : fray_file_write(given->out, table.data, table.size, err);
  if (status == FRAY_OK && said.data)
    fray_print("%s", said.data);
  if (status == FRAY_OK)
    fray_note("%s: name it by severity_table beside severity: 1 to %zu in a scenario", given->out,
              found->n_losses);
  fray_text_free(&table);
  fray_text_free(&said);
  return status;
}

/* Likewise. Whether the file can be made is seen before hours are spent on what goes into it. */
static enum fray_status check_out(const struct given *given, struct fray_err *err) {
  char folder[4096];
  const char *slash = strrchr(given->out, '/');
  FRAY_CHECK(given->overwrite || !fray_file_exists(given->out), err, INPUT,
             "%s: is there already; give another file, or --overwrite", given->out);
  FRAY_CHECK(!fray_is_folder(given->out), err, INPUT, "%s: is a folder; a file is expected",
             given->out);
  const size_t length = slash ? (size_t)(slash - given->out) : 0;
  FRAY_CHECK(length < sizeof folder, err, INPUT, "--out: the path is too long");
  memcpy(folder, given->out, length);
  folder[length] = '\0';
  FRAY_CHECK(!length || fray_is_folder(folder), err, INPUT, "%s: there is no folder %s", given->out,
             folder);
  return FRAY_OK;
}

/* What is found is released whatever became of it; rank 0 alone writes and speaks, and tells the
 * others how that ended. */
static enum fray_status calibrate(const struct cli_call *call, struct fray_calibrate_wish *wish,
                                  struct fray_err *err) {
  const struct given *given = call->given;
  const bool is_root = fray_comm_rank(call->comm) == 0;
  struct fray_calibrated found = {0};
  FRAY_TRY(fray_comm_agree(call->comm, is_root ? check_out(given, err) : FRAY_OK, err));
  FRAY_TRY(cli_check_scenario(call, err));
  enum fray_status status = fray_calibrate_kinds(wish, call->comm, &found, err);
  if (status == FRAY_OK)
    status = fray_comm_agree(call->comm, is_root ? tell(given, &found, err) : FRAY_OK, err);
  fray_calibrated_free(&found);
  return status;
}

/* Kinds are named in one text, as metrics and groups of other commands are, and cut here: whether
 * they are known is for the instrument to say. The wish borrows all of its texts from the command
 * line, which outlives it. */
static enum fray_status run(const struct cli_call *call, struct fray_err *err) {
  const struct given *given = call->given;
  const char *kind[MOST_KINDS];
  char *line = cli_command_line("calibrate", call);
  char *kinds = given->kinds ? strdup(given->kinds) : NULL;
  struct fray_calibrate_wish wish = {.path = call->operand[0],
                                     .models = given->models,
                                     .kinds = kind,
                                     .n_losses = given->losses.n,
                                     .seeds = (size_t)given->seeds,
                                     .method = given->method,
                                     .metric = given->metric,
                                     .sets = given->set.v,
                                     .n_sets = given->set.n,
                                     .mixed = given->environment == 1,
                                     .progress = (enum fray_progress_style)given->progress,
                                     .command = line};
  memcpy(wish.loss, given->losses.v, sizeof wish.loss);
  fray_log_quiet(given->quiet);
  enum fray_status status =
      line && (kinds || !given->kinds) ? FRAY_OK : fray_fail(err, FRAY_MEMORY, "out of memory");
  status = fray_comm_agree(call->comm, status, err);
  if (status == FRAY_OK && kinds)
    status = cut_kinds(kinds, kind, &wish.n_kinds, err);
  if (status == FRAY_OK)
    status = calibrate(call, &wish, err);
  free(line);
  free(kinds);
  return status;
}

/* What is looked for, then whose models are asked, then how it is watched. No option for the split:
 * strengths that were chosen on the test would make every later score on it too good. */
static const struct cli_option options[] = {
    CLI_OPTION(TEXT, "out", struct given, out, .letter = 'o', .argument = "FILE",
               .offer = CLI_FILES, .help = "the table, as CSV",
               .needed = "the file that the table goes to"),
    CLI_OPTION(FLAG, "overwrite", struct given, overwrite,
               .help = "replaces the file if it is there"),
    CLI_OPTION(TEXT, "kinds", struct given, kinds, .argument = "A,B", .names = {.at = kind_at},
               .otherwise = "all with severities that fit the data and need no files",
               .help = "kinds of corruption, with commas between them"),
    CLI_OPTION(READER, "losses", struct given, losses, .argument = "10,20", .read = read_losses,
               .standard = "10,20,30,40,50",
               .help = "percent of the above-chance score, one for each severity"),
    CLI_OPTION(TEXT, "metric", struct given, metric, .letter = 'm', .argument = "M",
               .names = {.at = metric_at}, .otherwise = "the first of the scenario",
               .help = "score that is lost; one that follows from classes"),
    CLI_OPTION(COUNT, "seeds", struct given, seeds, .argument = "N", .most = 1000,
               .otherwise = "those of the scenario", .help = "trains with the seeds 1 to N",
               .group = "The models"),
    CLI_OPTION(TEXT, "method", struct given, method, .argument = "NAME",
               .otherwise = "the first of the scenario", .help = "method whose models are asked"),
    CLI_OPTION(TEXT, "models", struct given, models, .argument = "DIR", .offer = CLI_FOLDERS,
               .otherwise = "results/NAME-clean",
               .help = "results folder of the clean models; what it holds is not trained again"),
    CLI_SET(struct given,
            "overrides one key of the scenario; of a results folder where data lie", ),
    CLI_ENVIRONMENT(struct given,
                    .help = "mixed: asks models although the program or the machine computes "
                            "otherwise than the one that trained them"),
    CLI_OPTION(FLAG, "json", struct given, json,
               .help = "prints all strengths that were tried as one JSON document",
               .group = "Looking on"),
    CLI_PROGRESS(struct given,
                 .help = "live: one line, rewritten; plain: lines; auto: live on a terminal"),
    CLI_QUIET(struct given, .help = "warnings and errors only, and no summary"),
};

/* Either of the two: which one it is, is seen on the disk, as nothing else has a name like it. */
static const struct cli_operand operand =
    CLI_OPERAND(1, 1, "SCENARIO|RESULTS", "one scenario, or one results folder, is expected",
                .offer = CLI_YAML);

const struct cli_command cli_calibrate = {
    .name = "calibrate",
    .meaning = "strengths at which a clean model loses 10, 20, ... %",
    .parallel = true,
    .operand = &operand,
    CLI_TAKES(options, struct given),
    .about =
        "Finds, for each kind of corruption and each modality, the strengths at which models that "
        "were trained without damage lose given shares of their score above chance, and writes "
        "them as a table that scenarios name by severity_table: damage of several modalities is "
        "then of one size. The scenario is trained once without its corruption, sweep and tests; "
        "of a results folder the models are taken that were trained without damage.\n\n"
        "Models are asked on the dev samples, never on the test. Strengths have 95 % intervals "
        "over seeds and dev clients. A loss that no strength reaches has a row without a value.",
    .exits = CLI_SAID({"0", "done"}, {"1", "failed while training or asking"},
                      {"2", "wrong usage or input; no table was written"},
                      {"75", "stopped by a signal; the same call goes on"}),
    .files = CLI_SAID({"results/NAME-clean/", "results folder of the models, if --models names no "
                                              "other"}),
    .examples = CLI_SAID(
        {"fray calibrate study.yaml -o severities.csv", "All kinds that fit the data:"},
        {"fray calibrate study.yaml -o two.csv --kinds noise,gaussian_noise", "Two kinds alone:"}),
    .also = "run evaluate corrupt list",
    .run = run};
