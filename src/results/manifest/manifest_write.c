/* A manifest as JSON, a line for each file, and the sums over it. */
#include "manifest_parts.h"

#include "fray/base/file.h"
#include "fray/json/json.h"

#include <string.h>

static const size_t MOST_SUMS = (size_t)256 << 20; /* as of the manifest, which says more */

static const char note[] =
    "SHA-256 of every file of this folder but those in provenance/. Not signed, and not C2PA: "
    "whoever "
    "can write the folder can write this. Sign provenance/SHA256SUMS, as with gpg or minisign.";

static void put_hash(struct fray_text *out, const char *key, const char *hash) {
  if (*hash)
    fray_json_add_text(out, key, hash);
  else
    fray_text_printf(out, ", \"%s\": null", key);
}

static void put_action(const struct manifest_action *a, struct fray_text *out) {
  fray_text_puts(out, "{\"command\": ");
  fray_json_put_text(out, a->command);
  fray_json_add_text(out, "time", a->time);
  fray_json_add_text(out, "version", a->version);
  put_hash(out, "previous", a->previous);
  fray_text_puts(out, "}");
}

static void put_ingredient(const struct manifest_ingredient *in, struct fray_text *out) {
  fray_text_puts(out, "{\"kind\": ");
  fray_json_put_text(out, in->kind);
  fray_json_add_text(out, "path", in->path);
  put_hash(out, "sha256", in->sha256);
  put_hash(out, "origin", in->origin);
  fray_json_add_count(out, "action", in->action);
  fray_text_puts(out, "}");
}

static void put_file(const struct manifest_file *f, struct fray_text *out) {
  fray_text_puts(out, "{\"name\": ");
  fray_json_put_text(out, f->name);
  fray_json_add_count(out, "bytes", f->bytes);
  fray_json_add_text(out, "sha256", f->sha256);
  fray_json_add_count(out, "action", f->action);
  fray_text_puts(out, f->taken ? ", \"taken\": true}" : "}");
}

/* In front of every element. */
static void begin(struct fray_text *out, size_t i) {
  fray_text_puts(out, i ? ",\n    " : "\n    ");
}

void manifest_put(const struct manifest *m, struct fray_text *out) {
  fray_text_puts(out, "{\n  \"format\": \"fray manifest 1\",\n  \"note\": ");
  fray_json_put_text(out, note);
  fray_text_puts(out, ",\n  \"actions\": [");
  for (size_t i = 0; i < m->n_actions; i++)
    begin(out, i), put_action(&m->action[i], out);
  fray_text_puts(out, "\n  ],\n  \"ingredients\": [");
  for (size_t i = 0; i < m->n_ingredients; i++)
    begin(out, i), put_ingredient(&m->ingredient[i], out);
  fray_text_puts(out, "\n  ],\n  \"assertions\": [");
  for (size_t i = 0; i < m->n_files; i++)
    begin(out, i), put_file(&m->file[i], out);
  fray_text_puts(out, "\n  ]\n}\n");
}

/* The manifest first, so that a signature of the sums holds for all that it says. */
void manifest_put_sums(const struct manifest *m, const char *place, const char *sha256,
                       struct fray_text *out) {
  fray_text_printf(out, "%s  %s/manifest.json\n", sha256, place);
  for (size_t i = 0; i < m->n_files; i++)
    fray_text_printf(out, "%s  %s\n", m->file[i].sha256, m->file[i].name);
}

/* The first line of the sums names a manifest by its hash, and so does every action the one before
 * it. What somebody changed in the manifest he would have to have changed into this. */
bool manifest_is_ahead(const char *folder, const struct manifest *m) {
  const char *previous = m->n_actions ? m->action[m->n_actions - 1].previous : "";
  const size_t first = FRAY_SHA256_TEXT - 1;
  char path[4096];
  struct fray_text text = {0};
  if (!m->n_actions || manifest_path(folder, "SHA256SUMS", path, NULL) != FRAY_OK)
    return false;
  if (!fray_file_exists(path))
    return m->n_actions == 1 && !*previous;
  const bool ahead = *previous && fray_file_read(path, MOST_SUMS, &text, NULL) == FRAY_OK &&
                     text.size > first && text.data[first] == ' ' &&
                     memcmp(text.data, previous, first) == 0;
  fray_text_free(&text);
  return ahead;
}

/* Both are written from one thing, so that any other byte is somebody else's. */
const char *manifest_sums_fault(const char *folder, const struct manifest *m) {
  struct fray_text expected = {0}, text = {0};
  char path[4096];
  const char *fault = NULL;
  const size_t first = FRAY_SHA256_TEXT - 1;
  manifest_put_sums(m, manifest_place(folder), m->sha256, &expected);
  if (expected.failed || manifest_path(folder, "SHA256SUMS", path, NULL) != FRAY_OK ||
      !fray_file_exists(path))
    fault = "is missing";
  else if (fray_file_read(path, expected.size, &text, NULL) != FRAY_OK ||
           text.size != expected.size || memcmp(text.data, expected.data, text.size) != 0)
    fault =
        manifest_is_ahead(folder, m)
            ? "is of the command before: one was ended between the two, and the next that fills "
              "this folder writes both"
        : !text.data || text.size < first || memcmp(text.data, expected.data, first) != 0
            ? "does not list manifest.json as it is: one of them was changed"
            : "was changed: it does not list what manifest.json does";
  fray_text_free(&expected);
  fray_text_free(&text);
  return fault;
}
