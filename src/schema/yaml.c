/* libyaml's events -> a tree of nodes. A scenario is data, not a program: tags, merge keys and
 * several documents are refused, aliases are copied, sizes and depth are bounded. Nothing is
 * interpreted here but null; what a scalar means is decided by the row that reads it. */
#include "fray/base/file.h"
#include "fray/base/hash.h"
#include "fray/base/size.h"
#include "fray/base/utf8.h"
#include "tree.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

/* Far beyond any scenario, and far below what a machine cannot hold. */
enum { MOST_NODES = 1000000, MOST_DEPTH = 64, LONGEST_KEY = 128 };
enum { MOST_BYTES = 16 << 20 };

/* What a copy makes is counted when the anchor ends, so that an alias can be refused before it is
 * copied. */
struct anchor {
  const char *name;
  const struct fray_node *node;
  size_t nodes, bytes; /* that a copy makes */
};

struct loader {
  yaml_parser_t parser;
  const char *text, *source;
  size_t size;
  struct fray_arena *arena;
  struct fray_err *err;
  struct anchor *anchor; /* (room) hash table by name: one that is used again means the last */
  size_t n_anchors, room;
  size_t nodes, bytes; /* of texts */
  int depth;
};

/* Every message has a line; the reader of a long scenario needs nothing as much. */
static enum fray_status fail_at(struct loader *l, size_t line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static enum fray_status fail_at(struct loader *l, size_t line, const char *format, ...) {
  char text[512];
  va_list args;
  va_start(args, format);
  vsnprintf(text, sizeof text, format, args);
  va_end(args);
  return fray_fail(l->err, FRAY_INPUT, "%s:%zu: %s", l->source, line, text);
}

/* libyaml counts from 0, people from 1. */
static size_t line_of(const yaml_event_t *event) {
  return event->start_mark.line + 1;
}

/* The reader's errors (bad UTF-8, control characters) carry a byte offset instead of a line. */
static enum fray_status syntax_error(struct loader *l) {
  const yaml_parser_t *p = &l->parser;
  if (p->error == YAML_MEMORY_ERROR)
    return fray_fail(l->err, FRAY_MEMORY, "out of memory");
  size_t line = p->problem_mark.line + 1;
  if (p->error == YAML_READER_ERROR) {
    line = 1;
    for (size_t i = 0; i < p->problem_offset && i < l->size; i++)
      line += l->text[i] == '\n';
  }
  const char *problem = p->problem ? p->problem : "not valid YAML";
  /* libyaml's own words for the most frequent slip help nobody. */
  if (p->problem_mark.index < l->size && l->text[p->problem_mark.index] == '\t' &&
      strstr(problem, "cannot start any token"))
    return fail_at(l, line,
                   "YAML: a tab stands where a value or key may begin; indent with blanks");
  if (p->context)
    return fail_at(l, line, "YAML: %s %s", p->context, problem);
  return fail_at(l, line, "YAML: %s", problem);
}

/* Owned by the caller, who deletes it on every way out. */
static enum fray_status next_event(struct loader *l, yaml_event_t *event) {
  if (!yaml_parser_parse(&l->parser, event))
    return syntax_error(l);
  return FRAY_OK;
}

/* Counted where nodes are made: no construct can go around the bound. */
static enum fray_status new_node(struct loader *l, enum fray_node_kind kind, size_t line,
                                 struct fray_node **out) {
  if (++l->nodes > MOST_NODES)
    return fail_at(l, line, "more than %d values", MOST_NODES);
  FRAY_ALLOC_ZERO(*out, l->arena, 1, l->err);
  **out = (struct fray_node){.kind = kind, .source = l->source, .line = (int)line};
  return FRAY_OK;
}

static enum fray_status copy_text(struct loader *l, const yaml_event_t *event, const char **out) {
  const char *value = (const char *)event->data.scalar.value;
  size_t n = event->data.scalar.length;
  /* "\0" in quotes is allowed by YAML; every text here is a C string. */
  if (memchr(value, 0, n))
    return fail_at(l, line_of(event), "a text holds a NUL character");
  *out = fray_arena_strndup(l->arena, value, n);
  FRAY_CHECK(*out, l->err, MEMORY, "out of memory");
  l->bytes += n + 1;
  return FRAY_OK;
}

/* What is bare and empty, ~ or null is no text but nothing. */
static enum fray_status parse_scalar(struct loader *l, const yaml_event_t *event,
                                     struct fray_node **out) {
  FRAY_TRY(new_node(l, FRAY_NODE_SCALAR, line_of(event), out));
  FRAY_TRY(copy_text(l, event, &(*out)->scalar));
  (*out)->quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
  if (!(*out)->quoted && fray_text_is_null((*out)->scalar)) {
    (*out)->kind = FRAY_NODE_NULL;
    (*out)->scalar = NULL;
  }
  return FRAY_OK;
}

/* The room is a power of two and at least half empty, so a search ends. */
static struct anchor *find_anchor(const struct loader *l, const char *name) {
  size_t i = (size_t)fray_hash_text(name) & (l->room - 1);
  while (l->anchor[i].name && strcmp(l->anchor[i].name, name) != 0)
    i = (i + 1) & (l->room - 1);
  return &l->anchor[i];
}

/* A few lines can stand for very many values (each list ten times the one before) or for very much
 * text: what copies make is bounded as what is written out is. */
static enum fray_status parse_alias(struct loader *l, const yaml_event_t *event,
                                    struct fray_node **out) {
  const char *name = (const char *)event->data.alias.anchor;
  const struct anchor *a = l->room ? find_anchor(l, name) : NULL;
  if (!a || !a->name)
    return fail_at(l, line_of(event), "*%.80s refers to nothing before it, or to itself", name);
  if (l->nodes + a->nodes > MOST_NODES)
    return fail_at(l, line_of(event), "*%.80s makes more than %d values", name, MOST_NODES);
  if (l->bytes + a->bytes > MOST_BYTES)
    return fail_at(l, line_of(event), "*%.80s makes more than %d bytes", name, MOST_BYTES);
  l->nodes += a->nodes;
  l->bytes += a->bytes;
  *out = fray_node_copy(a->node, l->arena);
  FRAY_CHECK(*out, l->err, MEMORY, "out of memory");
  (*out)->key = NULL;
  return FRAY_OK;
}

/* Two equal keys: by a hash table, since a map may hold very many entries. */
static enum fray_status check_keys(struct loader *l, const struct fray_node *map) {
  size_t slots = 8;
  while (slots < 2 * map->n)
    slots *= 2;
  const struct fray_node **table = calloc(slots, sizeof *table);
  FRAY_CHECK(table, l->err, MEMORY, "out of memory");
  enum fray_status status = FRAY_OK;
  for (const struct fray_node *e = map->child; e && status == FRAY_OK; e = e->next) {
    size_t i = (size_t)fray_hash_text(e->key) & (slots - 1);
    while (table[i] && strcmp(table[i]->key, e->key) != 0)
      i = (i + 1) & (slots - 1);
    if (table[i])
      status = fail_at(l, (size_t)e->line, "key '%s' is already given in line %d", e->key,
                       table[i]->line);
    table[i] = e;
  }
  free(table);
  return status;
}

/* What came into being between begin and end is what a copy of the anchor makes. */
static enum fray_status parse_value(struct loader *l, yaml_event_t *event, struct fray_node **out);

/* Each event is deleted before the next is asked for: libyaml's memory does not grow with the
 * document. */
static enum fray_status parse_list(struct loader *l, struct fray_node *list) {
  for (struct fray_node *last = NULL;;) {
    yaml_event_t event;
    struct fray_node *value = NULL;
    FRAY_TRY(next_event(l, &event));
    bool end = event.type == YAML_SEQUENCE_END_EVENT;
    enum fray_status status = end ? FRAY_OK : parse_value(l, &event, &value);
    yaml_event_delete(&event);
    if (end || status != FRAY_OK)
      return status;
    fray_node_append(list, last, value);
    last = value;
  }
}

static enum fray_status parse_key(struct loader *l, const yaml_event_t *event, const char **key) {
  size_t line = line_of(event);
  if (event->type != YAML_SCALAR_EVENT)
    return fail_at(l, line, "a key must be a plain text");
  /* A tag would change its type, an anchor make it a value: a key is a name. */
  if (event->data.scalar.tag || event->data.scalar.anchor)
    return fail_at(l, line, "a key cannot have a tag or an anchor");
  FRAY_TRY(copy_text(l, event, key));
  size_t length = strlen(*key);
  if (length == 0)
    return fail_at(l, line, "a key is empty");
  if (length > LONGEST_KEY)
    return fail_at(l, line, "key '%.40s...' is longer than %d characters", *key, LONGEST_KEY);
  /* Keys name methods, conditions and columns; see names of shards. */
  if (fray_utf8_control(*key))
    return fail_at(l, line, "key '%s' holds a control character", *key);
  if (event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE && strcmp(*key, "<<") == 0)
    return fail_at(l, line, "merge keys (<<) are not supported; write the keys out");
  return FRAY_OK;
}

/* One "key: value"; *end at the end of the map. Two events for each entry; the key's must be
 * deleted before the value is parsed, for that may be large. */
static enum fray_status parse_entry(struct loader *l, struct fray_node **value, bool *end) {
  yaml_event_t event;
  const char *key = NULL;
  FRAY_TRY(next_event(l, &event));
  *end = event.type == YAML_MAPPING_END_EVENT;
  size_t line = line_of(&event);
  enum fray_status status = *end ? FRAY_OK : parse_key(l, &event, &key);
  yaml_event_delete(&event);
  if (*end || status != FRAY_OK)
    return status;
  FRAY_TRY(next_event(l, &event));
  status = parse_value(l, &event, value);
  yaml_event_delete(&event);
  if (status == FRAY_OK) {
    (*value)->key = key;
    (*value)->line = (int)line; /* people look for the key, so its line stands for the entry */
  }
  return status;
}

/* Keys are compared once the map is whole, when their number is known. */
static enum fray_status parse_map(struct loader *l, struct fray_node *map) {
  for (struct fray_node *last = NULL;;) {
    struct fray_node *value = NULL;
    bool end;
    FRAY_TRY(parse_entry(l, &value, &end));
    if (end)
      return check_keys(l, map);
    fray_node_append(map, last, value);
    last = value;
  }
}

/* Room for one more anchor, at least half of the table empty. */
static enum fray_status make_room(struct loader *l) {
  const struct anchor *old = l->anchor;
  const size_t n = l->room;
  if (2 * (l->n_anchors + 1) <= n)
    return FRAY_OK;
  l->room = n ? 2 * n : 16;
  FRAY_ALLOC_ZERO(l->anchor, l->arena, l->room, l->err);
  for (size_t i = 0; i < n; i++)
    if (old[i].name)
      *find_anchor(l, old[i].name) = old[i];
  return FRAY_OK;
}

/* A name that is used again means the later one, as YAML has it. */
static enum fray_status remember(struct loader *l, const char *name, const struct fray_node *node,
                                 size_t nodes, size_t bytes) {
  FRAY_TRY(make_room(l));
  struct anchor *a = find_anchor(l, name);
  l->n_anchors += !a->name;
  *a = (struct anchor){.node = node, .nodes = nodes, .bytes = bytes};
  a->name = fray_arena_strdup(l->arena, name);
  FRAY_CHECK(a->name, l->err, MEMORY, "out of memory");
  return FRAY_OK;
}

/* The same field in three structs of a union. */
static const yaml_char_t *tag_of(const yaml_event_t *event) {
  switch (event->type) {
  case YAML_SCALAR_EVENT:
    return event->data.scalar.tag;
  case YAML_SEQUENCE_START_EVENT:
    return event->data.sequence_start.tag;
  case YAML_MAPPING_START_EVENT:
    return event->data.mapping_start.tag;
  default:
    return NULL;
  }
}

/* Aliases have one, too, but under another name. */
static const yaml_char_t *anchor_of(const yaml_event_t *event) {
  switch (event->type) {
  case YAML_SCALAR_EVENT:
    return event->data.scalar.anchor;
  case YAML_SEQUENCE_START_EVENT:
    return event->data.sequence_start.anchor;
  case YAML_MAPPING_START_EVENT:
    return event->data.mapping_start.anchor;
  default:
    return NULL;
  }
}

/* Depth is bounded here, and with it every recursion over trees. */
static enum fray_status parse_collection(struct loader *l, const yaml_event_t *event,
                                         struct fray_node **out) {
  bool map = event->type == YAML_MAPPING_START_EVENT;
  /* libyaml itself has no bound. */
  if (l->depth >= MOST_DEPTH)
    return fail_at(l, line_of(event), "nested deeper than %d", MOST_DEPTH);
  FRAY_TRY(new_node(l, map ? FRAY_NODE_MAP : FRAY_NODE_LIST, line_of(event), out));
  l->depth++;
  FRAY_TRY(map ? parse_map(l, *out) : parse_list(l, *out));
  l->depth--;
  return FRAY_OK;
}

static enum fray_status parse_value(struct loader *l, yaml_event_t *event, struct fray_node **out) {
  if (tag_of(event))
    return fail_at(l, line_of(event), "tags (%.80s) are not supported",
                   (const char *)tag_of(event));
  const size_t nodes = l->nodes, bytes = l->bytes;
  if (event->type == YAML_ALIAS_EVENT)
    return parse_alias(l, event, out);
  if (event->type == YAML_SCALAR_EVENT)
    FRAY_TRY(parse_scalar(l, event, out));
  else
    FRAY_TRY(parse_collection(l, event, out));
  if (anchor_of(event))
    return remember(l, (const char *)anchor_of(event), *out, l->nodes - nodes, l->bytes - bytes);
  return FRAY_OK;
}

/* A stream has a fixed frame; what does not fit is told by its caller. */
static enum fray_status expect(struct loader *l, yaml_event_type_t type, bool *other) {
  yaml_event_t event;
  FRAY_TRY(next_event(l, &event));
  *other = event.type != type;
  yaml_event_delete(&event);
  return FRAY_OK;
}

/* A document of comments, or an empty one, is a map without keys: what is required is then missed
 * by name. */
static enum fray_status parse_root(struct loader *l, struct fray_node **root) {
  bool other;
  yaml_event_t event;
  FRAY_TRY(expect(l, YAML_STREAM_START_EVENT, &other));
  FRAY_TRY(expect(l, YAML_DOCUMENT_START_EVENT, &other));
  if (other) /* nothing but comments */
    return new_node(l, FRAY_NODE_MAP, 1, root);
  FRAY_TRY(next_event(l, &event));
  bool empty = event.type == YAML_SCALAR_EVENT && event.data.scalar.length == 0 &&
               event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
  enum fray_status status = parse_value(l, &event, root);
  yaml_event_delete(&event);
  FRAY_TRY(status);
  if (empty)
    (*root)->kind = FRAY_NODE_MAP;
  FRAY_TRY(expect(l, YAML_DOCUMENT_END_EVENT, &other));
  FRAY_TRY(expect(l, YAML_STREAM_END_EVENT, &other));
  if (other)
    return fail_at(l, l->parser.mark.line + 1, "more than one YAML document");
  return FRAY_OK;
}

/* The text stays the caller's: every part that is kept is copied to the arena. */
static enum fray_status parse_bytes(const char *text, size_t size, const char *source,
                                    struct fray_arena *arena, struct fray_node **out,
                                    struct fray_err *err) {
  /* libyaml knows the mark, but would then count lines and bytes from behind it. */
  if (size >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0)
    text += 3, size -= 3;
  struct loader l = {.text = text, .size = size, .arena = arena, .err = err};
  l.source = fray_arena_strdup(arena, source);
  FRAY_CHECK(l.source, err, MEMORY, "out of memory");
  FRAY_CHECK(size <= MOST_BYTES, err, INPUT, "%s: more than %d bytes", source, MOST_BYTES);
  FRAY_CHECK(yaml_parser_initialize(&l.parser), err, MEMORY, "out of memory");
  /* Never guessed: a file in UTF-16 is refused with its first byte. */
  yaml_parser_set_encoding(&l.parser, YAML_UTF8_ENCODING);
  yaml_parser_set_input_string(&l.parser, (const unsigned char *)text, size);
  struct fray_node *root = NULL;
  enum fray_status status = parse_root(&l, &root);
  yaml_parser_delete(&l.parser);
  if (status == FRAY_OK)
    *out = root;
  return status;
}

enum fray_status fray_yaml_parse(const char *text, const char *source, struct fray_arena *arena,
                                 struct fray_node **out, struct fray_err *err) {
  return parse_bytes(text, strlen(text), source, arena, out, err);
}

/* The path as the user gave it stands in every message about the file. */
enum fray_status fray_yaml_load(const char *path, struct fray_arena *arena, struct fray_node **out,
                                struct fray_err *err) {
  struct fray_text text = {0};
  enum fray_status status = fray_file_read_text(path, MOST_BYTES, &text, err);
  if (status == FRAY_OK)
    status = parse_bytes(text.data, text.size, path, arena, out, err);
  fray_text_free(&text);
  return status;
}
