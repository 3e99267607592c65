/* A tree -> block YAML. Quotes are used whenever there is the least doubt: what is written here is
 * read again by fray run --resume, by other programs and by people, and must mean the same to all.
 */
#include "tree.h"

#include "fray/base/utf8.h"

#include <ctype.h>
#include <string.h>

/* Characters that YAML's reader refuses or folds when they are written as they are. C0 and C1
 * controls, line and paragraph separators, the byte order mark, and two code points that are no
 * characters; and those that would show a reader another scenario than there is. */
static bool needs_escape(uint32_t code) {
  return fray_utf8_controls(code) || fray_utf8_turns(code) || code == 0x2028 || code == 0x2029 ||
         code == 0xFEFF || (code >= 0xFFFE && code <= 0xFFFF);
}

/* Only double quotes: the one form of YAML in which every character can be written. */
static void put_quoted(const char *text, struct fray_text *out) {
  fray_text_puts(out, "\"");
  for (const unsigned char *p = (const unsigned char *)text; *p;) {
    uint32_t code;
    size_t n = fray_utf8_read((const char *)p, SIZE_MAX, &code);
    if (code == FRAY_UTF8_BAD) { /* no UTF-8: marked, since YAML cannot hold it */
      fray_text_puts(out, "\\uFFFD");
      n = 1;
    } else if (code == '"' || code == '\\') {
      fray_text_printf(out, "\\%c", (int)code);
    } else if (code == '\n') {
      fray_text_puts(out, "\\n");
    } else if (needs_escape(code)) {
      fray_text_printf(out, "\\u%04X", (unsigned)code);
    } else {
      fray_text_add(out, (const char *)p, n);
    }
    p += n;
  }
  fray_text_puts(out, "\"");
}

/* Fewer texts than YAML allows: what a reader of another version might take for something else is
 * quoted. */
static bool is_plain(const char *text) {
  const unsigned char *p = (const unsigned char *)text;
  /* -3 and .5 may stand bare; a dash before anything else would begin a list. */
  bool number = (*p == '-' || *p == '+') && (isdigit(p[1]) || p[1] == '.');
  if (!isalnum(*p) && !strchr("_./", *p) && !number)
    return false;
  /* The end of a document, whatever follows on the line. */
  if (strncmp(text, "...", 3) == 0 && (text[3] == '\0' || text[3] == ' '))
    return false;
  for (; *p; p++)
    if (*p >= 0x80 || (!isalnum(*p) && !strchr("_./+-@%=*^()", *p) && !(*p == ' ' && p[1] > ' ')))
      return false;
  return true;
}

/* A text that would read as a number or as null must not become one. A scalar that came without
 * quotes is one, and stays so: -inf as well, which begins as a text might not. */
static void put_text(const char *text, bool quoted, struct fray_text *out) {
  const bool special = fray_text_is_special(text); /* made of letters, digits, points and signs */
  if (special ? quoted : fray_text_is_null(text) || !is_plain(text))
    put_quoted(text, out);
  else
    fray_text_puts(out, text);
}

/* An empty list or map has no block form. */
static bool is_leaf(const struct fray_node *node) {
  return node->kind == FRAY_NODE_SCALAR || node->kind == FRAY_NODE_NULL || node->n == 0;
}

/* null is written out: an empty place would look forgotten. */
static void put_leaf(const struct fray_node *node, struct fray_text *out) {
  if (node->kind == FRAY_NODE_SCALAR)
    put_text(node->scalar, node->quoted, out);
  else
    fray_text_puts(out, node->kind == FRAY_NODE_NULL   ? "null"
                        : node->kind == FRAY_NODE_LIST ? "[]"
                                                       : "{}");
}

/* Lists of values, and lists of such lists, stand in one line. Maps never do: their keys are what
 * people look for. */
static bool is_flow(const struct fray_node *node) {
  if (node->kind != FRAY_NODE_LIST)
    return is_leaf(node);
  for (const struct fray_node *e = node->child; e; e = e->next)
    if (!is_flow(e))
      return false;
  return true;
}

/* A list of numbers on twenty lines hides the rest of a scenario. */
static void put_flow(const struct fray_node *node, struct fray_text *out) {
  if (is_leaf(node)) {
    put_leaf(node, out);
    return;
  }
  for (const struct fray_node *e = node->child; e; e = e->next) {
    fray_text_puts(out, e == node->child ? "[" : ", ");
    put_flow(e, out);
  }
  fray_text_puts(out, "]");
}

/* Maps too, for a value that has to fit a cell of a table. */
void fray_node_flow(const struct fray_node *node, struct fray_text *out) {
  const bool map = node->kind == FRAY_NODE_MAP;
  if (is_leaf(node)) {
    put_leaf(node, out);
    return;
  }
  for (const struct fray_node *e = node->child; e; e = e->next) {
    fray_text_puts(out, e != node->child ? ", " : map ? "{" : "[");
    if (map) {
      put_text(e->key, true, out);
      fray_text_puts(out, ": ");
    }
    fray_node_flow(e, out);
  }
  fray_text_puts(out, map ? "}" : "]");
}

/* Indented by hand: libyaml's writer wraps lines, and would fold texts. */
static void indent_by(size_t indent, struct fray_text *out) {
  for (size_t i = 0; i < indent; i++)
    fray_text_puts(out, " ");
}

/* Entries of a block, each on its line; the first one continues the line that `inside` a dash. */
static void put_block(const struct fray_node *node, size_t indent, bool inside,
                      struct fray_text *out) {
  bool map = node->kind == FRAY_NODE_MAP;
  for (const struct fray_node *e = node->child; e; e = e->next) {
    if (!inside || e != node->child)
      indent_by(indent, out);
    /* A key in quotes only where it needs them, as most are identifiers. */
    if (map)
      put_text(e->key, true, out);
    fray_text_puts(out, map ? ":" : "-");
    if (is_flow(e)) {
      fray_text_puts(out, " ");
      put_flow(e, out);
      fray_text_puts(out, "\n");
    } else {
      fray_text_puts(out, map ? "\n" : " ");
      put_block(e, indent + 2, !map, out);
    }
  }
}

/* A scenario is a map; a leaf or a list comes from --set and from the names of cells. */
void fray_node_emit(const struct fray_node *node, struct fray_text *out) {
  if (is_flow(node)) {
    put_flow(node, out);
    fray_text_puts(out, "\n");
  } else {
    put_block(node, 0, false, out);
  }
}
