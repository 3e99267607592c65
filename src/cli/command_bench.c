/* fray bench: the speed of this machine, as a table for people or as JSON, which scripts compare
 * between two programs. */
#include "fray/bench/bench.h"

#include "commands.h"
#include "fray/base/size.h"
#include "fray/base/text.h"
#include "fray/base/version.h"
#include "fray/comm/comm.h"
#include "fray/fed/evaluate.h"
#include "fray/json/json.h"
#include "fray/tensor/blas.h"
#include "fray/tensor/vec.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- table ---- */

/* Room for a number as text. */
enum { NUMBER = 24 };

/* Four significant digits, never an exponent. value > 0. */
static const char *number(double value, char out[NUMBER]) {
  const int decimals = 3 - (int)floor(log10(value));
  snprintf(out, NUMBER, "%.*f", FRAY_MIN(FRAY_MAX(decimals, 0), 9), value);
  return out;
}

/* Widths fit a line of 80 columns; the unit stands behind the median alone and holds for the
 * quartiles too. */
static void print_row(const char *what, struct fray_spread v, const char *unit) {
  char low[NUMBER], median[NUMBER], high[NUMBER];
  fray_print("  %-25s %9s %-7s (%s to %s)", what, number(v.median, median), unit,
             number(v.low, low), number(v.high, high));
}

static void print_line(const char *what, struct fray_spread v, const char *unit) {
  print_row(what, v, unit);
  fray_print("\n");
}

/* Of mflop in ms: GFLOP/s, since both are thousandths. By the median: the mean would count what
 * else the machine did. */
static double speed(double mflop, struct fray_spread ms) {
  return mflop / ms.median;
}

/* Share of the peak beside the speed: it shows what could still be gained. */
static void print_speed(const char *what, struct fray_spread v, const char *unit, double mflop,
                        double peak) {
  char gflops[NUMBER], work[NUMBER];
  print_line(what, v, unit);
  fray_print("  %-25s %9s GFLOP/s, %.0f %% of peak; %s MFLOP\n", "",
             number(speed(mflop, v), gflops), 100 * speed(mflop, v) / peak, number(mflop, work));
}

/* A long name of a processor or of a library is cut: lines of 80 columns. */
static void print_machine(const struct fray_bench_machine *m) {
  const char *version = fray_blas_version(), *pinned = fray_blas_pinned();
  const char *second = strchr(version, ' '); /* "OpenBLAS 0.3.21 DYNAMIC_ARCH ..." */
  const size_t length =
      second ? (size_t)(second - version) + 1 + strcspn(second + 1, " ") : strlen(version);
  fray_print("machine\n  %.60s, cores: %zu\n", m->cpu, m->cores);
  fray_print("  %.*s, kernel %s; vectors %s\n", (int)FRAY_MIN(length, (size_t)40), version,
             fray_blas_kernel(), fray_vec_level());
  if (pinned)
    fray_print("  warning: %s pins a slower OpenBLAS kernel than this CPU has\n", pinned);
  char peak[NUMBER];
  fray_print("  %-25s %9s GFLOP/s\n", "FMA peak of one core", number(m->peak_gflops, peak));
  print_line("memory, copy", m->copy_gbs, "GB/s");
  print_line("memory, triad", m->triad_gbs, "GB/s");
}

static void print_model(const struct fray_bench_model *m, double peak) {
  char what[40];
  fray_print("%s: %zu parameters\n  %s\n", m->name, m->parameters, m->meaning);
  snprintf(what, sizeof what, "training step, batch %zu", m->batch);
  print_speed(what, m->step_ms, "ms", m->step_mflop, peak);
  print_speed("evaluation per sample", m->evaluate_ms, "ms", m->evaluate_mflop, peak);
  snprintf(what, sizeof what, "exact sum of %d updates", FRAY_BENCH_UPDATES);
  print_line(what, m->sum_ms, "ms");
}

/* What costs time beside the arithmetic of models: starting a client, a round, reading, features.
 */
static void print_around(const struct fray_bench *b) {
  fray_print("around the models\n");
  print_line("tiny client, one sample", b->client_us, "us");
  print_line("the same, whole round", b->round_client_us, "us");
  print_line("reading a shard", b->shard_mbs, "MB/s");
  print_line("log-mel, 16 kHz sound", b->log_mel_x, "x real");
}

/* Cut with dots: lines of 80 columns. The JSON has the whole of it. */
static void print_why(const char *name, const char *why) {
  struct fray_text text = {0};
  fray_text_cell(&text, why, 36);
  fray_print("  %-25s not measured: %s\n", name, text.failed || !text.data ? "" : text.data);
  fray_text_free(&text);
}

/* Medium by medium, in the order of the registry. */
static void print_kinds(const struct fray_bench *b) {
  for (size_t i = 0; i < b->n_kinds; i++) {
    const struct fray_bench_kind *k = &b->kind[i];
    if (!i || strcmp(k->medium, b->kind[i - 1].medium) != 0)
      fray_print("damage of %s\n", k->medium);
    if (k->why)
      print_why(k->name, k->why);
    else
      print_line(k->name, k->rate, k->unit);
  }
}

/* Beside a bound that follows from the work: an epoch is an epoch, a condition one encoding more.
 */
static void print_conditions(const struct fray_bench *b) {
  char what[40];
  fray_print("under damage of sound, pictures and series, features cached\n");
  print_line("training, severity 3", b->training_ratio, "x clean");
  snprintf(what, sizeof what, "evaluation, %zu conditions", b->conditions);
  print_line(what, b->evaluation_ratio, "x clean");
}

/* As many steps in either, so the ratio is that of a step's time. */
static void print_ragged(const struct fray_bench *b) {
  char what[40];
  if (b->n_ragged)
    fray_print("lengths from a quarter to all, a step that is there beside one of equal lengths\n");
  for (size_t i = 0; i < b->n_ragged; i++) {
    const struct fray_bench_ragged *r = &b->ragged[i];
    snprintf(what, sizeof what, "%s, training", r->name);
    print_line(what, r->training_us, "us");
    print_line("", r->training_ratio, "x equal");
    snprintf(what, sizeof what, "%s, evaluation", r->name);
    print_line(what, r->evaluation_us, "us");
    print_line("", r->evaluation_ratio, "x equal");
  }
}

/* "1.36 (1.35 to 1.37)": two digits behind the point are all that turns resolve. */
static void put_times(struct fray_text *out, struct fray_spread v) {
  fray_text_printf(out, " %7.2f (%.2f to %.2f)", v.median, v.low, v.high);
}

/* The ratio is what counts: its time is of one small model. Whole lines, so that columns stand
 * below one another. */
static void print_methods(const struct fray_bench *b) {
  if (b->n_methods)
    fray_print("a client in a round, times %-12s all of it    but for its own arithmetic\n",
               b->method[0].name);
  for (size_t i = 0; i < b->n_methods; i++) {
    const struct fray_bench_method *m = &b->method[i];
    struct fray_text ratio = {0}, beyond = {0};
    char us[NUMBER];
    if (m->why[0]) {
      print_why(m->name, m->why);
      continue;
    }
    put_times(&ratio, m->ratio);
    put_times(&beyond, m->beyond);
    fray_print("  %-18s%s%s %9s us\n", m->name, ratio.data ? ratio.data : "",
               beyond.data ? beyond.data : "", number(m->client_us.median, us));
    fray_text_free(&ratio);
    fray_text_free(&beyond);
  }
}

/* All ranks wait for the slowest, so the numbers of one are those of all. The mean of all updates
 * is the first row: beside itself it says how far two equal things are from 1 here. */
static void print_rules(const struct fray_bench *b) {
  if (b->n_rules)
    fray_print("%zu updates of %zu values on %d rank%s, times the mean\n", b->rule_updates,
               b->rule_floats, b->rule_ranks, b->rule_ranks == 1 ? "" : "s");
  for (size_t i = 0; i < b->n_rules; i++) {
    const struct fray_bench_rule *r = &b->rule[i];
    struct fray_text ratio = {0};
    char ms[NUMBER];
    put_times(&ratio, r->ratio);
    fray_print("  %-25s%s %9s ms\n", r->name, ratio.data ? ratio.data : "",
               number(r->ms.median, ms));
    fray_text_free(&ratio);
  }
}

/* From the machine, which all else is measured against, to the small things. */
static void print_table(const struct fray_bench *b) {
  print_machine(&b->machine);
  for (size_t i = 0; i < b->n_models; i++)
    print_model(&b->model[i], b->machine.peak_gflops);
  print_kinds(b);
  if (b->conditions)
    print_conditions(b);
  print_ragged(b);
  print_methods(b);
  print_rules(b);
  if (b->around)
    print_around(b);
  /* What a rate is a rate of is the same for all kinds of a medium: it is said once. */
  if (b->n_kinds)
    fray_print("Damage at severity 3, one core: 16 kHz sound of 4 s as multiples of real time,\n"
               "32 x 32 x 3 pictures a second, series of 128 x 6, texts of 48 words.\n");
  if (b->n_methods)
    fray_print("Clients of 64 vectors of 128 values, mlp, hidden 64, batches of 16, plain steps;\n"
               "ratios of batches that were measured in turn. Own arithmetic is done by itself\n"
               "in the same turns: further passes, loops over vectors, their exact sum.\n");
  /* What the numbers are is said below them, where a copy of the table takes it along. */
  fray_print("Medians (quartiles).\n");
  if (b->n_models)
    fray_print("Evaluation in blocks of %d. MFLOP: matrix products alone, 2 m n k each.\n",
               FRAY_EVALUATION_BLOCK);
}

/* ---- JSON ---- */

/* A comma where something stands before it: only what opens an object has none. */
static void put_key(struct fray_text *out, const char *key) {
  if (out->size && out->data[out->size - 1] != '{')
    fray_text_puts(out, ",");
  fray_json_put_text(out, key);
  fray_text_puts(out, ":");
}

/* Lists of parts are absent where the part was not asked for: an empty one would say that there are
 * no kinds. */
static void begin_item(struct fray_text *out, const char *key, size_t i) {
  if (i == 0)
    put_key(out, key);
  fray_text_puts(out, i ? "," : "[");
}

static void end_items(struct fray_text *out, size_t n) {
  fray_text_puts(out, n ? "]" : "");
}

static void put_text(struct fray_text *out, const char *key, const char *value) {
  put_key(out, key);
  fray_json_put_text(out, value);
}

/* Numbers in as many digits as read back the same: a script may compute with them. */
static void put_real(struct fray_text *out, const char *key, double value) {
  put_key(out, key);
  fray_json_put_real(out, value);
}

/* Quartiles as in the table: who compares two runs needs to know how far one is from itself. */
static void put_spread(struct fray_text *out, const char *key, struct fray_spread v) {
  put_key(out, key);
  fray_text_puts(out, "{");
  put_real(out, "low", v.low);
  put_real(out, "median", v.median);
  put_real(out, "high", v.high);
  fray_text_puts(out, "}");
}

/* What decides how fast a program can be here, so that two results can be told to be of one
 * machine: the processor, the library and the kernel that it chose, and what the memory moves. */
static void put_machine(struct fray_text *out, const struct fray_bench_machine *m) {
  const char *pinned = fray_blas_pinned();
  put_key(out, "machine");
  fray_text_puts(out, "{");
  put_text(out, "cpu", m->cpu);
  put_real(out, "cores", (double)m->cores);
  put_text(out, "openblas", fray_blas_version());
  put_text(out, "openblas_kernel", fray_blas_kernel());
  /* An environment variable may hold the library to a slower kernel; null says that none does. */
  put_key(out, "pinned_by");
  if (pinned)
    fray_json_put_text(out, pinned);
  else
    fray_text_puts(out, "null");
  put_text(out, "vectors", fray_vec_level());
  put_real(out, "peak_gflops", m->peak_gflops);
  put_spread(out, "copy_gb_per_s", m->copy_gbs);
  put_spread(out, "triad_gb_per_s", m->triad_gbs);
  fray_text_puts(out, "}");
}

/* Counts of work go with the times, since a time alone means nothing on another machine. */
static void put_model(struct fray_text *out, const struct fray_bench_model *m, double peak) {
  const double step = speed(m->step_mflop, m->step_ms);
  const double evaluate = speed(m->evaluate_mflop, m->evaluate_ms);
  fray_text_puts(out, "{");
  put_text(out, "name", m->name);
  put_text(out, "meaning", m->meaning);
  put_real(out, "parameters", (double)m->parameters);
  put_real(out, "batch", (double)m->batch);
  put_spread(out, "step_ms", m->step_ms);
  put_real(out, "step_mflop", m->step_mflop);
  put_real(out, "step_gflops", step);
  put_real(out, "step_share_of_peak", step / peak);
  put_spread(out, "evaluate_ms_per_sample", m->evaluate_ms);
  put_real(out, "evaluate_mflop_per_sample", m->evaluate_mflop);
  put_real(out, "evaluate_gflops", evaluate);
  put_real(out, "evaluate_share_of_peak", evaluate / peak);
  put_spread(out, "exact_sum_ms", m->sum_ms);
  fray_text_puts(out, "}");
}

/* What was not measured says why, and has no rate: a script that adds up rates then fails by name
 * and not by a zero. */
static void put_kind(struct fray_text *out, const struct fray_bench_kind *k) {
  fray_text_puts(out, "{");
  put_text(out, "name", k->name);
  put_text(out, "medium", k->medium);
  put_text(out, "unit", k->unit);
  if (k->why)
    put_text(out, "not_measured", k->why);
  else
    put_spread(out, "rate", k->rate);
  fray_text_puts(out, "}");
}

static void put_ragged(struct fray_text *out, const struct fray_bench_ragged *r) {
  fray_text_puts(out, "{");
  put_text(out, "name", r->name);
  put_spread(out, "training_us", r->training_us);
  put_spread(out, "training_times_equal", r->training_ratio);
  put_spread(out, "evaluation_us", r->evaluation_us);
  put_spread(out, "evaluation_times_equal", r->evaluation_ratio);
  fray_text_puts(out, "}");
}

/* A method without a time has no ratio either: a script must not take it for one that costs
 * nothing.
 */
static void put_method(struct fray_text *out, const struct fray_bench_method *m) {
  fray_text_puts(out, "{");
  put_text(out, "name", m->name);
  if (m->why[0]) {
    put_text(out, "not_measured", m->why);
  } else {
    put_spread(out, "client_us", m->client_us);
    put_spread(out, "ratio", m->ratio);
    put_spread(out, "own", m->own);
    put_spread(out, "beyond", m->beyond);
  }
  fray_text_puts(out, "}");
}

/* How many updates of how many values stands beside the list, once. A script that compares two
 * programs takes the times, one that compares rules the ratios. */
static void put_rule(struct fray_text *out, const struct fray_bench_rule *r) {
  fray_text_puts(out, "{");
  put_text(out, "name", r->name);
  put_spread(out, "ms", r->ms);
  put_spread(out, "times_mean", r->ratio);
  fray_text_puts(out, "}");
}

/* The object is built in memory and printed whole: a reader gets all of it or nothing. */
static enum fray_status print_json(const struct fray_bench *b, struct fray_err *err) {
  struct fray_text text = {0};
  fray_text_puts(&text, "{");
  put_text(&text, "fray", fray_version);
  put_machine(&text, &b->machine);
  put_real(&text, "evaluation_block", FRAY_EVALUATION_BLOCK);
  put_real(&text, "summed_updates", FRAY_BENCH_UPDATES);
  put_key(&text, "models");
  fray_text_puts(&text, "[");
  for (size_t i = 0; i < b->n_models; i++) {
    fray_text_puts(&text, i ? "," : "");
    put_model(&text, &b->model[i], b->machine.peak_gflops);
  }
  fray_text_puts(&text, "]");
  for (size_t i = 0; i < b->n_kinds; i++) {
    begin_item(&text, "damage", i);
    put_kind(&text, &b->kind[i]);
  }
  end_items(&text, b->n_kinds);
  if (b->conditions) {
    put_real(&text, "conditions", (double)b->conditions);
    put_spread(&text, "training_times_clean", b->training_ratio);
    put_spread(&text, "evaluation_times_clean", b->evaluation_ratio);
  }
  for (size_t i = 0; i < b->n_ragged; i++) {
    begin_item(&text, "ragged", i);
    put_ragged(&text, &b->ragged[i]);
  }
  end_items(&text, b->n_ragged);
  for (size_t i = 0; i < b->n_methods; i++) {
    begin_item(&text, "servers", i);
    put_method(&text, &b->method[i]);
  }
  end_items(&text, b->n_methods);
  if (b->n_rules) {
    put_real(&text, "rule_ranks", b->rule_ranks);
    put_real(&text, "rule_updates", (double)b->rule_updates);
    put_real(&text, "rule_values", (double)b->rule_floats);
  }
  for (size_t i = 0; i < b->n_rules; i++) {
    begin_item(&text, "rules", i);
    put_rule(&text, &b->rule[i]);
  }
  end_items(&text, b->n_rules);
  /* One part alone was asked for, where these are missing. */
  if (b->around) {
    put_spread(&text, "tiny_client_us", b->client_us);
    put_spread(&text, "round_client_us", b->round_client_us);
    put_spread(&text, "shard_mb_per_s", b->shard_mbs);
    put_spread(&text, "log_mel_times_real_time", b->log_mel_x);
  }
  fray_text_puts(&text, "}\n");
  const bool good = !text.failed;
  if (good)
    fray_print("%s", text.data);
  fray_text_free(&text);
  FRAY_CHECK(good, err, MEMORY, "out of memory");
  return FRAY_OK;
}

/* What is measured is fixed, so that two results can be compared; what is asked is how to say it,
 * and whether one part will do. */
struct given {
  bool json, brief;
  const char *only, *values;
};

static enum fray_status run(const struct cli_call *call, struct fray_err *err) {
  const struct given *given = call->given;
  struct fray_arena arena = {0};
  struct fray_bench bench;
  enum fray_status status = fray_bench_run(
      call->comm, &(struct fray_bench_wish){given->only, given->values, given->brief}, &arena,
      &bench, err);
  /* Ranks that measured together say it once. */
  const bool speaks = status == FRAY_OK && fray_comm_rank(call->comm) == 0;
  if (speaks && given->json)
    status = print_json(&bench, err);
  else if (speaks)
    print_table(&bench);
  fray_arena_free(&arena);
  return status;
}

/* Values are handed out so that other programs can be timed on the same, and their outputs be held
 * against ours before: a ratio of times of two different deeds says nothing.
 * One part takes a few seconds, which a script that alternates two programs needs. Damage is
 * measured where it is asked for alone: its kinds are many. */
static const struct cli_option options[] = {
    CLI_OPTION(FLAG, "json", struct given, json, .help = "one JSON object instead of the table"),
    CLI_OPTION(FLAG, "brief", struct given, brief,
               .help = "a fiftieth of the time for each number: to see that it works on a machine; "
                       "the numbers scatter"),
    CLI_OPTION(
        TEXT, "only", struct given, only, .argument = "PART",
        .names = {.at = fray_bench_part_at, .title = "Parts"},
        .help =
            "the machine and one part alone: a model, ragged, servers, rules, damage, or a kind of "
            "damage"),
    CLI_OPTION(TEXT, "values", struct given, values, .argument = "DIR", .offer = CLI_FOLDERS,
               .help =
                   "of damage and rules: a new folder for what was damaged or put together, before "
                   "and after (.npy, .txt)"),
};

const struct cli_command cli_bench = {
    .name = "bench",
    .meaning = "measure the speed on this machine",
    .parallel = true,
    CLI_TAKES(options, struct given),
    .about =
        "Measures this program on this machine, on one core, for about ten seconds: the peak of "
        "multiply-adds, training steps and evaluation of five models, the sum of updates, the "
        "overhead of a client, reading and features. Damage of raw values and the algorithms of a "
        "federation (servers) are measured by --only. "
        "Medians with quartiles of 9 batches of "
        "repetitions. GFLOP/s counts the matrix products alone, 2 m n k each.",
    .exits = CLI_SAID({"0", "done"}, {"1", "failed while measuring"}, {"2", "wrong usage"}),
    .examples =
        CLI_SAID({"fray bench --only uci-har", "One model alone:"},
                 {"fray bench --only gaussian_noise", "One kind of damage:"},
                 {"fray bench --only servers", "What a round costs with each algorithm:"},
                 {"mpirun -n 2 fray bench --only rules", "Rules of aggregation, on two ranks:"}),
    .passing = true,
    .run = run};
