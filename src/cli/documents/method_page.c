/* The page of all algorithms of a federation, docs/algorithms.md: what happens in a round, what is
 * sent and kept, when to take which. From the registry alone, so that a method that is added stands
 * in it, with what it says of itself. */
#include "documents.h"

#include "fray/fed/algorithm.h"

/* What it declares: words as well as counts. */
static const struct fray_algorithm_ops *ops_of(const struct fray_choice *method) {
  return method->impl;
}

/* "8P": floats of four bytes, P parameters. What is sent beside vectors has eight bytes a number;
 * of numbers for each class there are as many as C classes, which the data have. */
static void put_bytes(unsigned vectors, unsigned numbers, unsigned per_class,
                      struct fray_text *out) {
  fray_text_printf(out, "%uP", 4 * vectors);
  if (numbers)
    fray_text_printf(out, " + %u", 8 * numbers);
  if (per_class)
    fray_text_printf(out, " + %uC", 8 * per_class);
}

/* Vectors are P floats; numbers are as many as there are clients or groups, which the page cannot
 * know. */
static void put_state(unsigned vectors, bool numbers, struct fray_text *out) {
  if (vectors)
    fray_text_printf(out, "%uP", 4 * vectors);
  fray_text_puts(out, numbers ? vectors ? " and numbers" : "numbers" : vectors ? "" : "–");
}

/* What lies with a client: vectors, and so many floats of each of its samples. */
static void put_kept(const struct fray_algorithm_ops *ops, struct fray_text *out) {
  if (ops->client_vectors || !ops->sample_floats)
    put_state(ops->client_vectors, false, out);
  if (ops->sample_floats)
    fray_text_printf(out, "%s%un_k", ops->client_vectors ? " + " : "", 4 * ops->sample_floats);
}

/* A bar would end a cell. */
static void put_cell(const char *words, struct fray_text *out) {
  for (const char *p = words; *p; p++) {
    fray_text_puts(out, *p == '|' ? "\\" : "");
    fray_text_add(out, p, 1);
  }
}

/* Names of methods are their anchors, as headings of Markdown have them. */
static void put_row(const struct fray_choice *method, struct fray_text *out) {
  const struct fray_algorithm_ops *ops = ops_of(method);
  fray_text_printf(out, "| [`%s`](#%s) | ", method->name, method->name);
  put_cell(ops->use, out);
  fray_text_puts(out, " | ");
  put_bytes(1 + ops->down, 0, 0, out);
  fray_text_puts(out, " | ");
  put_bytes(1 + ops->up, ops->numbers, ops->numbers_per_class, out);
  fray_text_puts(out, " | ");
  put_state(ops->server_vectors, ops->server_numbers != NULL, out);
  fray_text_puts(out, " | ");
  put_kept(ops, out);
  fray_text_puts(out, " |\n");
}

/* Labels instead of a table: the sentences are longer than a column is wide. */
static void put_method(const struct fray_choice *method, struct fray_text *out) {
  const struct fray_algorithm_ops *ops = ops_of(method);
  fray_text_printf(out, "\n## %s\n\n%s.\n\n", method->name, method->meaning);
  fray_text_printf(out, "- **A round**: %s\n", ops->formula);
  fray_text_printf(out, "- **Meant for**: %s\n- **Not for**: %s\n", ops->use, ops->avoid);
  /* What a server sees of clients is the method's own word, which is also that of a refusal. */
  if (ops->singles)
    fray_text_printf(out, "- **The server looks at** %s: not with secure aggregation\n",
                     ops->singles);
  if (method->source && *method->source)
    fray_text_printf(out, "- **Source**: %s\n", method->source);
  if (method->table)
    fray_schema_rows(method->table, out);
}

/* In the order of the registry, which is that of reports. */
void cli_put_algorithms(struct fray_text *out) {
  fray_text_printf(
      out,
      "# Algorithms of a federation\n\nMade by `fray list servers --reference`, from what the %zu "
      "methods declare of themselves; one is chosen by `training.server.algorithm`. [Adding an "
      "algorithm](adding-an-algorithm.md) says how they are written, the test `softmax` what they "
      "are held against.\n\n"
      "w is the received model of P parameters, w_k client k's model after its training, D_k = w_k "
      "- w, g the gradient of a batch, n_k a client's samples with a label, N all clients, C the "
      "classes. Means "
      "are weighed by n_k unless it says *unweighted*. Bytes are those of one client in one round; "
      "what the server keeps it keeps once, what a client keeps it keeps from its first round on "
      "(`keep: disk` puts it there).\n\n"
      "What makes no sense together is refused before anything runs, with the reason; `fray check` "
      "says as well what of a method has no effect: state of clients that are seen once, a pull in "
      "clients that make one step, weights under a rule that takes all alike.\n\n"
      "| method | meant for | down | up | server keeps | client keeps "
      "|\n|---|---|---|---|---|---|\n",
      fray_algorithms.n);
  for (size_t i = 0; i < fray_algorithms.n; i++)
    put_row(fray_algorithms.v[i], out);
  for (size_t i = 0; i < fray_algorithms.n; i++)
    put_method(fray_algorithms.v[i], out);
}
