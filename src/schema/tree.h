/* Private parts of the node tree. */
#ifndef FRAY_SCHEMA_TREE_H
#define FRAY_SCHEMA_TREE_H

#include "fray/schema/node.h"

/** True if the text, written without quotes, is null in YAML: "", ~, null. */
bool fray_text_is_null(const char *text);
/** True if the text, written without quotes, reads as a number, true or false. */
bool fray_text_is_special(const char *text);

/** Appends an entry that is known to be new; last is the entry before it, or NULL. */
void fray_node_append(struct fray_node *parent, struct fray_node *last, struct fray_node *value);

#endif
