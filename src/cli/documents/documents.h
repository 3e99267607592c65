/* What commands print as JSON, for programs: docs/results-format.md describes the keys, which stay.
 */
#ifndef FRAY_CLI_DOCUMENTS_DOCUMENTS_H
#define FRAY_CLI_DOCUMENTS_DOCUMENTS_H

#include "fray/data/dataset.h"
#include "fray/json/json.h"
#include "fray/schema/schema.h"

/** One data set as an element of an array that is open; whole, where the text for people is cut. */
void cli_put_dataset(struct fray_json_writer *w, const struct fray_dataset *d, const char *path);
/** Methods of one kind, likewise. */
void cli_put_methods(struct fray_json_writer *w, const struct fray_choices *kind);

/** {"fray": VERSION, KEY: [ ... : what is open for elements; and the end of it, printed. MEMORY. */
void cli_document_begin(struct fray_json_writer *w, const char *key);
enum fray_status cli_document_end(struct fray_json_writer *w, struct fray_err *err);

#endif
